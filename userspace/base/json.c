/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

struct json json__to(FILE *file)
{
	return (struct json){.file = file};
}

struct json json__line_to(FILE *file)
{
	return (struct json){.file = file, .one_line = true};
}

static void write_string(FILE *file, const char *text)
{
	putc('"', file);
	while (*text) {
		uint32_t letter;
		size_t length = utf8__letter(text, strnlen(text, 4), &letter);

		if (!length)
			fputs("\\ufffd", file);
		else if (letter == '"' || letter == '\\')
			fprintf(file, "\\%c", (char)letter);
		else if (letter < 0x20 || letter == '<' || letter == 0x7f)
			fprintf(file, "\\u%04" PRIx32, letter);
		else
			fwrite(text, 1, length, file);
		text += length ? length : 1;
	}
	putc('"', file);
}

/* Comma, line break, indentation and key before a value. Rows deeper than three levels stay on one line. */
static void begin(struct json *json, const char *key)
{
	if (json->has_items[json->depth])
		putc(',', json->file);
	json->has_items[json->depth] = true;
	if (json->depth && json->depth <= 2 && !json->one_line)
		fprintf(json->file, "\n%*s", 2 * (int)json->depth, "");
	else if (json->depth)
		putc(' ', json->file);
	if (key) {
		write_string(json->file, key);
		fputs(": ", json->file);
	}
}

static void open_level(struct json *json, const char *key, char bracket)
{
	begin(json, key);
	putc(bracket, json->file);
	json->has_items[++json->depth] = false;
}

static void close_level(struct json *json, char bracket)
{
	bool had_items = json->has_items[json->depth--];

	if (had_items && json->depth <= 1 && !json->one_line)
		fprintf(json->file, "\n%*s", 2 * (int)json->depth, "");
	putc(bracket, json->file);
}

void json__begin_object(struct json *json, const char *key)
{
	open_level(json, key, '{');
}

void json__end_object(struct json *json)
{
	unsigned first = json->missing_count;

	while (first && json->missing[first - 1].depth == json->depth)
		first--;
	if (first < json->missing_count) {
		unsigned end = json->missing_count;

		json->missing_count = first;
		json__begin_object(json, "missing");
		for (unsigned i = first; i < end; i++)
			json__string(json, json->missing[i].key, json->missing[i].why);
		close_level(json, '}');
	}
	close_level(json, '}');
}

void json__begin_array(struct json *json, const char *key)
{
	open_level(json, key, '[');
}

void json__end_array(struct json *json)
{
	close_level(json, ']');
}

void json__string(struct json *json, const char *key, const char *value)
{
	begin(json, key);
	if (value)
		write_string(json->file, value);
	else
		fputs("null", json->file);
}

void json__integer(struct json *json, const char *key, uint64_t value)
{
	begin(json, key);
	fprintf(json->file, "%" PRIu64, value);
}

void json__signed(struct json *json, const char *key, int64_t value)
{
	begin(json, key);
	fprintf(json->file, "%" PRId64, value);
}

void json__number(struct json *json, const char *key, double value)
{
	char text[32];

	if (!isfinite(value)) {
		json__string(json, key, NULL);
		return;
	}
	begin(json, key);
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	fputs(text, json->file);
}

void json__boolean(struct json *json, const char *key, bool value)
{
	begin(json, key);
	fputs(value ? "true" : "false", json->file);
}

static void write_missing(struct json *json, const char *key, const char *why)
{
	json__string(json, key, NULL);
	if (json->missing_count < JSON_MISSING) {
		json->missing[json->missing_count].key = key;
		json->missing[json->missing_count].why = why;
		json->missing[json->missing_count++].depth = json->depth;
	}
}

void json__number_or(struct json *json, const char *key, double value, const char *why)
{
	if (isfinite(value))
		json__number(json, key, value);
	else
		write_missing(json, key, why);
}

static bool is_missing(struct json *json, const char *key, struct figure figure)
{
	if (figure.missing)
		write_missing(json, key, figure.missing);
	return figure.missing != NULL;
}

void json__ratio(struct json *json, const char *key, struct figure thousandths)
{
	if (is_missing(json, key, thousandths))
		return;
	begin(json, key);
	fprintf(json->file, "%" PRIu64 ".%03" PRIu64, thousandths.value / 1000, thousandths.value % 1000);
}

void json__figure(struct json *json, const char *key, struct figure figure)
{
	if (!is_missing(json, key, figure))
		json__integer(json, key, figure.value);
}

int json__finish(struct json *json)
{
	putc('\n', json->file);
	return fflush(json->file) || ferror(json->file) ? -1 : 0;
}
