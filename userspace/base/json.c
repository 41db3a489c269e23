/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct json json__to(FILE *file)
{
	return (struct json){.file = file};
}

struct json json__line_to(FILE *file)
{
	return (struct json){.file = file, .one_line = true};
}

/* Length of the UTF-8 sequence at @at, 0 if it is none (also: overlong, surrogate, beyond U+10FFFF). */
static size_t utf8_length(const unsigned char *at)
{
	static const struct {
		unsigned char low, high, second_low, second_high, length;
	} forms[] = {
		{0x01, 0x7f, 0x80, 0xbf, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (at[0] < forms[i].low || at[0] > forms[i].high)
			continue;
		if (forms[i].length > 1 && (at[1] < forms[i].second_low || at[1] > forms[i].second_high))
			return 0;
		for (size_t j = 2; j < forms[i].length; j++)
			if (at[j] < 0x80 || at[j] > 0xbf)
				return 0;
		return forms[i].length;
	}
	return 0;
}

static void write_string(FILE *file, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	putc('"', file);
	while (*at) {
		size_t length = utf8_length(at);

		if (!length) {
			fputs("\\ufffd", file);
			at++;
			continue;
		}
		if (*at == '"' || *at == '\\')
			fprintf(file, "\\%c", *at);
		else if (*at < 0x20 || *at == '<' || *at == 0x7f)
			fprintf(file, "\\u%04x", *at);
		else
			fwrite(at, 1, length, file);
		at += length;
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

static bool is_missing(struct json *json, const char *key, struct figure figure)
{
	if (!figure.missing)
		return false;
	json__string(json, key, NULL);
	if (json->missing_count < JSON_MISSING) {
		json->missing[json->missing_count].key = key;
		json->missing[json->missing_count].why = figure.missing;
		json->missing[json->missing_count++].depth = json->depth;
	}
	return true;
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
