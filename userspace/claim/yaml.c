/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "yaml.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "../base/utf8.h"

#define SENTENCE 400
/* failure.says holds the sentence (FIRST_LINE bytes at most), the line and the caret. */
#define FIRST_LINE 700
#define SHOWN_BYTES 200
#define SHOWN_COLUMNS 100
#define BEFORE_CARET 60 /* columns, where a line is too long to be shown from its beginning */

struct reader {
	yaml_parser_t parser;
	const struct yaml_file *file;
	struct memory *memory;
	struct failure *failure;
};

/* What may stand in a line. Some of the others end a line for YAML and for no editor; some move a terminal's cursor. */
static bool is_text(uint32_t letter)
{
	return letter == '\t' || (letter >= ' ' && letter < 0x7f) ||
	       (letter >= 0xa0 && letter != 0x2028 && letter != 0x2029 && letter != 0xfeff && letter != 0xfffe &&
		letter != 0xffff);
}

/* A letter as the line of an error shows it. */
struct glyph {
	char text[5];
	size_t bytes; /* in the file */
	size_t columns;
};

static struct glyph glyph(const char *text, size_t size)
{
	struct glyph shown = {"?", 1, 1};
	uint32_t letter;
	size_t length = utf8__letter(text, size, &letter);
	int wide = length && is_text(letter) ? utf8__columns(letter) : -1;

	if (length)
		shown.bytes = length;
	if (*text == '\t')
		shown.text[0] = ' ';
	if (wide >= 0) {
		memcpy(shown.text, text, length);
		shown.columns = (size_t)wide;
	}
	return shown;
}

/* Where line number @line of @file begins; its size without its end in @size. */
static const char *find_line(const struct yaml_file *file, unsigned line, size_t *size)
{
	const char *start = file->text, *end = file->text + file->size, *feed;

	for (; line > 1; line--) {
		feed = memchr(start, '\n', (size_t)(end - start));
		start = feed ? feed + 1 : end;
	}
	feed = memchr(start, '\n', (size_t)(end - start));
	*size = (size_t)((feed ? feed : end) - start);
	if (*size && start[*size - 1] == '\r')
		--*size;
	return start;
}

/* Moves @text on by letters while fewer than @letters and @columns were passed. Returns the columns. */
static size_t skip(const char **text, const char *end, size_t letters, size_t columns)
{
	size_t passed = 0;

	while (*text < end && letters-- && passed < columns) {
		struct glyph shown = glyph(*text, (size_t)(end - *text));

		*text += shown.bytes;
		passed += shown.columns;
	}
	return passed;
}

/* Adds the line, and the caret under its letter number @column. */
static void add_line(const struct yaml_file *file, unsigned line, unsigned column, struct failure *failure)
{
	char *out = failure->says + strlen(failure->says), *start = out;
	size_t size, before, skipped = 0;
	const char *text = find_line(file, line, &size), *end = text + size, *at = text;

	before = skip(&at, end, column - 1, SIZE_MAX);
	*out++ = '\n';
	if (before >= SHOWN_COLUMNS - 10) {
		skipped = skip(&text, end, SIZE_MAX, before - BEFORE_CARET);
		out = stpcpy(out, "...");
		before = before - skipped + 3;
	}
	for (size_t columns = 0; text < end && columns < SHOWN_COLUMNS && out - start < SHOWN_BYTES;) {
		struct glyph shown = glyph(text, (size_t)(end - text));

		out = stpcpy(out, shown.text);
		text += shown.bytes;
		columns += shown.columns;
	}
	snprintf(out, sizeof(failure->says) - (size_t)(out - failure->says), "\n%*s^", (int)before, "");
}

static void cut(char *text, size_t size)
{
	if (strlen(text) < size)
		return;
	while (((unsigned char)text[size] & 0xc0) == 0x80) /* not within a letter */
		size--;
	text[size] = '\0';
}

__attribute__((format(printf, 5, 0))) static int refuse(const struct yaml_file *file, unsigned line, unsigned column,
							struct failure *failure, const char *format, va_list arguments)
{
	char sentence[SENTENCE];

	if (failure->status != STATUS_DONE)
		return -1;
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	cut(sentence, sizeof(sentence) - 1);
	fail(failure, STATUS_USAGE, "%s:%u:%u: error: %s", file->name, line, column, sentence);
	cut(failure->says, FIRST_LINE);
	add_line(file, line, column, failure);
	return -1;
}

int yaml__refuse(const struct yaml_file *file, unsigned line, unsigned column, struct failure *failure,
		 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	refuse(file, line, column, failure, format, arguments);
	va_end(arguments);
	return -1;
}

/* Of which letter of its line text @node's byte @at is, if it stands there as it is, quoted or not; else its first. */
static unsigned column_within(const struct yaml_file *file, const struct node *node, size_t at)
{
	size_t size;
	const char *line = find_line(file, node->line, &size), *start = line;
	unsigned quote, letters = 0;

	skip(&start, line + size, node->column - 1, SIZE_MAX);
	size -= (size_t)(start - line);
	quote = size && (*start == '"' || *start == '\'');
	if (size < quote + at || memcmp(start + quote, node->text, at))
		return node->column;
	for (size_t i = 0; i < at; i++)
		letters += ((unsigned char)node->text[i] & 0xc0) != 0x80;
	return node->column + quote + letters;
}

int yaml__refuse_within(const struct yaml_file *file, const struct node *node, size_t at, struct failure *failure,
			const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	refuse(file, node->line, column_within(file, node, at), failure, format, arguments);
	va_end(arguments);
	return -1;
}

/* Before libyaml sees anything: every byte belongs to a letter that can be shown. */
static int check_letters(const struct yaml_file *file, struct failure *failure)
{
	unsigned line = 1, column = 1;
	uint32_t letter = 0;

	if (file->size > YAML_MAX_SIZE)
		return yaml__refuse(file, 1, 1, failure, "the file is larger than 1 MiB");
	for (size_t at = 0, length; at < file->size; at += length) {
		const char *text = file->text + at;

		length = utf8__letter(text, file->size - at, &letter);
		if (!length)
			return yaml__refuse(file, line, column, failure, "byte 0x%02x is no UTF-8",
					    (unsigned)(unsigned char)*text);
		column++;
		if (letter == '\n') {
			line++;
			column = 1;
		} else if (!is_text(letter) && !(letter == '\r' && length < file->size - at && text[1] == '\n')) {
			return yaml__refuse(file, line, column - 1, failure, "U+%04X is no text", letter);
		}
	}
	return 0;
}

static int refuse_event(struct reader *reader, const yaml_event_t *event, const char *sentence)
{
	return yaml__refuse(reader->file, (unsigned)event->start_mark.line + 1, (unsigned)event->start_mark.column + 1,
			    reader->failure, "%s", sentence);
}

static int refuse_syntax(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;

	if (parser->error == YAML_MEMORY_ERROR)
		return fail(reader->failure, STATUS_CANNOT, "out of memory");
	return yaml__refuse(reader->file, (unsigned)parser->problem_mark.line + 1,
			    (unsigned)parser->problem_mark.column + 1, reader->failure, "not YAML: %s%s%s",
			    parser->problem ? parser->problem : "unknown error", parser->context ? " " : "",
			    parser->context ? parser->context : "");
}

static bool has_properties(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor || event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor || event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor || event->data.mapping_start.tag;
	default:
		return event->type == YAML_ALIAS_EVENT;
	}
}

/* The next event, which the caller deletes unless this fails. */
static int next(struct reader *reader, yaml_event_t *event)
{
	if (!yaml_parser_parse(&reader->parser, event))
		return refuse_syntax(reader);
	if (!has_properties(event))
		return 0;
	refuse_event(reader, event, "anchors, aliases and tags are not allowed");
	yaml_event_delete(event);
	return -1;
}

static struct node *read_node(struct reader *reader, const yaml_event_t *event, unsigned depth);

static int read_text(struct reader *reader, const yaml_event_t *event, struct node *node)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t size = event->data.scalar.length;
	uint32_t letter = 0;

	for (size_t at = 0, length; at < size; at += length) {
		length = utf8__letter(text + at, size - at, &letter);
		if (!length || (!is_text(letter) && letter != '\n'))
			return refuse_event(reader, event, "an escape here makes a letter that is no text");
	}
	node->text = memory__copy(reader->memory, text, size);
	return node->text ? 0 : fail(reader->failure, STATUS_CANNOT, "out of memory");
}

static struct node *read_key(struct reader *reader, const yaml_event_t *event, const struct node *map)
{
	struct node *key;

	if (event->type != YAML_SCALAR_EVENT) {
		refuse_event(reader, event, "a key must be a word");
		return NULL;
	}
	key = read_node(reader, event, 0);
	if (!key || !yaml__item(map, key->text))
		return key;
	yaml__refuse(reader->file, key->line, key->column, reader->failure, "key %s stands here twice", key->text);
	return NULL;
}

/* One item of a list or map, whose first event (a map's: of its key) is @event. */
static struct node *read_item(struct reader *reader, const yaml_event_t *event, const struct node *into, unsigned depth)
{
	struct node *key, *item;
	yaml_event_t value;

	if (into->count == YAML_MAX_ITEMS) {
		refuse_event(reader, event, "more than 1000 items");
		return NULL;
	}
	if (into->kind == NODE_LIST)
		return read_node(reader, event, depth);
	key = read_key(reader, event, into);
	if (!key || next(reader, &value))
		return NULL;
	item = read_node(reader, &value, depth);
	yaml_event_delete(&value);
	if (item)
		item->key = key;
	return item;
}

static int read_items(struct reader *reader, const yaml_event_t *start, struct node *node, unsigned depth)
{
	yaml_event_type_t end = node->kind == NODE_LIST ? YAML_SEQUENCE_END_EVENT : YAML_MAPPING_END_EVENT;
	struct node **last = &node->items;
	yaml_event_t event;

	if (depth > YAML_MAX_DEPTH)
		return refuse_event(reader, start, "nested too deeply");
	for (;;) {
		bool ended;

		if (next(reader, &event))
			return -1;
		ended = event.type == end;
		if (!ended)
			*last = read_item(reader, &event, node, depth);
		yaml_event_delete(&event);
		if (ended)
			return 0;
		if (!*last)
			return -1;
		last = &(*last)->next;
		node->count++;
	}
}

/* The node that @event begins. */
static struct node *read_node(struct reader *reader, const yaml_event_t *event, unsigned depth)
{
	struct node *node = memory__take(reader->memory, sizeof(*node));
	int status;

	if (!node) {
		fail(reader->failure, STATUS_CANNOT, "out of memory");
		return NULL;
	}
	node->line = (unsigned)event->start_mark.line + 1;
	node->column = (unsigned)event->start_mark.column + 1;
	node->kind = event->type == YAML_SEQUENCE_START_EVENT  ? NODE_LIST
		     : event->type == YAML_MAPPING_START_EVENT ? NODE_MAP
							       : NODE_TEXT;
	status = node->kind == NODE_TEXT ? read_text(reader, event, node) : read_items(reader, event, node, depth + 1);
	return status ? NULL : node;
}

static int check_document(struct reader *reader, const yaml_event_t *event, bool first)
{
	if (event->type != YAML_DOCUMENT_START_EVENT)
		return refuse_event(reader, event, "the file is empty");
	if (!first)
		return refuse_event(reader, event, "a second document: a file has one");
	if (event->data.document_start.version_directive ||
	    event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
		return refuse_event(reader, event, "directives are not allowed");
	return 0;
}

/* Reads the stream's start, the document's start, its node, its end, and the stream's end. */
static struct node *read_stream(struct reader *reader)
{
	struct node *root = NULL;
	yaml_event_t event;
	int status = 0;

	while (!status && !next(reader, &event)) {
		bool ended = event.type == YAML_STREAM_END_EVENT && root;

		if (event.type == YAML_STREAM_START_EVENT || event.type == YAML_DOCUMENT_END_EVENT || ended)
			;
		else if (event.type == YAML_DOCUMENT_START_EVENT || event.type == YAML_STREAM_END_EVENT)
			status = check_document(reader, &event, !root);
		else if (!(root = read_node(reader, &event, 0)))
			status = -1;
		yaml_event_delete(&event);
		if (ended)
			return root;
	}
	return NULL;
}

struct node *yaml__read(const struct yaml_file *file, struct memory *memory, struct failure *failure)
{
	struct reader reader = {.file = file, .memory = memory, .failure = failure};
	struct node *root;

	if (check_letters(file, failure))
		return NULL;
	if (!yaml_parser_initialize(&reader.parser)) {
		fail(failure, STATUS_CANNOT, "out of memory");
		return NULL;
	}
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)file->text, file->size);
	root = read_stream(&reader);
	yaml_parser_delete(&reader.parser);
	return root;
}

const struct node *yaml__item(const struct node *node, const char *key)
{
	for (const struct node *item = node->items; item; item = item->next)
		if (!strcmp(item->key->text, key))
			return item;
	return NULL;
}
