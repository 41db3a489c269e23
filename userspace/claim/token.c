/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "token.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/utf8.h"

void *parser__refuse(struct parser *parser, size_t at, const char *format, ...)
{
	char sentence[256];
	va_list arguments;

	*parser->wrong = at;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	fail(parser->failure, STATUS_USAGE, "%s", sentence);
	return NULL;
}

size_t parser__past_blanks(const struct parser *parser)
{
	return parser->at + strspn(parser->text + parser->at, " \t\n");
}

static size_t while_in(const char *text, const char *others)
{
	size_t length = 0;

	while (text[length] && (isalnum((unsigned char)text[length]) || strchr(others, text[length])))
		length++;
	return length;
}

/* Digits, and a unit with no blank before it; but 5 % is a percentage too. */
static size_t number_length(const char *text)
{
	size_t length = while_in(text, "._"), blanks;

	if (text[length] == '%')
		return length + 1;
	blanks = strspn(text + length, " \t");
	return blanks && text[length + blanks] == '%' ? length + blanks + 1 : length;
}

struct token parser__peek(const struct parser *parser)
{
	struct token token = {TOKEN_END, parser__past_blanks(parser), 0};
	const char *text = parser->text + token.start;
	uint32_t letter;

	if (!*text)
		return token;
	if (isdigit((unsigned char)*text) || *text == '.') {
		token.kind = TOKEN_NUMBER;
		token.length = number_length(text);
	} else if (isalpha((unsigned char)*text)) {
		token.kind = TOKEN_WORD;
		token.length = while_in(text, "_");
	} else if (strchr("()+-*/,<>", *text)) {
		token.kind = TOKEN_SIGN;
		token.length = strchr("<>", *text) && text[1] == '=' ? 2 : 1;
	} else {
		token.kind = TOKEN_OTHER;
		token.length = utf8__letter(text, strlen(text), &letter);
		if (!token.length)
			token.length = 1;
	}
	return token;
}

void parser__take(struct parser *parser, struct token token)
{
	parser->at = token.start + token.length;
}

bool parser__is(const struct parser *parser, struct token token, const char *word)
{
	return token.length == strlen(word) && !strncmp(parser->text + token.start, word, token.length);
}

bool parser__take_if(struct parser *parser, const char *word)
{
	struct token token = parser__peek(parser);

	if (!parser__is(parser, token, word))
		return false;
	parser__take(parser, token);
	return true;
}

void *parser__refuse_token(struct parser *parser, const char *wanted)
{
	struct token token = parser__peek(parser);

	if (token.kind == TOKEN_END)
		return parser__refuse(parser, token.start, "ends too early: here must be %s", wanted);
	return parser__refuse(parser, token.start, "here must be %s, not %.*s", wanted,
			      (int)(token.length < MAX_NAME ? token.length : MAX_NAME), parser->text + token.start);
}

bool parser__expect(struct parser *parser, const char *sign)
{
	return parser__take_if(parser, sign) || parser__refuse_token(parser, sign);
}

bool parser__take_name(struct parser *parser, char name[MAX_NAME], const char *wanted)
{
	struct token token = {TOKEN_WORD, parser__past_blanks(parser), 0};

	token.length = while_in(parser->text + token.start, "_.-");
	if (!token.length)
		return parser__refuse_token(parser, wanted);
	if (token.length >= MAX_NAME)
		return parser__refuse(parser, token.start, "a name has at most %d letters", MAX_NAME - 1);
	snprintf(name, MAX_NAME, "%.*s", (int)token.length, parser->text + token.start);
	parser__take(parser, token);
	return true;
}

/* Units */

struct dimension dimension__of(enum unit unit)
{
	return (struct dimension){unit == UNIT_NS, unit == UNIT_BYTES, unit == UNIT_COUNT};
}

bool dimension__is_plain(struct dimension dimension)
{
	return !dimension.time && !dimension.size;
}

bool dimension__is_alike(struct dimension a, struct dimension b)
{
	return a.time == b.time && a.size == b.size;
}

const char *dimension__name(struct dimension dimension)
{
	if (dimension__is_plain(dimension))
		return "a plain number";
	if (dimension.time == 1 && !dimension.size)
		return "a time";
	return !dimension.time && dimension.size == 1 ? "a size" : "neither a time nor a size nor a plain number";
}

enum unit dimension__unit(struct dimension dimension)
{
	if (!dimension__is_plain(dimension))
		return dimension.time ? UNIT_NS : UNIT_BYTES;
	return dimension.whole ? UNIT_COUNT : UNIT_RATIO;
}

/* Numbers */

static bool set_unit(struct parser *parser, const char *unit, struct number *number)
{
	static const struct {
		const char *name;
		double factor;
		int time, size;
	} units[] = {{"ns", 1, 1, 0},	{"us", 1e3, 1, 0},	  {"ms", 1e6, 1, 0},	{"s", 1e9, 1, 0},
		     {"K", 1024, 0, 1}, {"M", 1024 * 1024, 0, 1}, {"G", 1 << 30, 0, 1}, {"%", 0.01, 0, 0}};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(unit, units[i].name)) {
			number->value *= units[i].factor;
			number->dimension = (struct dimension){units[i].time, units[i].size, false};
			number->percent = *unit == '%';
			return true;
		}
	return parser__refuse(parser, number->start, "unknown unit %s: there are ns, us, ms, s, K, M, G and %%", unit);
}

bool parser__take_number(struct parser *parser, struct number *number, const char *wanted)
{
	struct token token = parser__peek(parser);
	char text[MAX_NAME], *end;

	if (token.kind != TOKEN_NUMBER)
		return parser__refuse_token(parser, wanted);
	if (token.length >= MAX_NAME)
		return parser__refuse(parser, token.start, "a number has at most %d letters", MAX_NAME - 1);
	snprintf(text, sizeof(text), "%.*s", (int)token.length, parser->text + token.start);
	/* Digits alone: strtod would take 0x10 and 1e9 too. */
	end = text + strspn(text, "0123456789");
	end += *end == '.';
	end += strspn(end, "0123456789");
	if (*text == '.' || end[-1] == '.' || *end == '.')
		return parser__refuse(parser, token.start, "%s is no decimal number", text);
	*number = (struct number){.value = strtod(text, NULL), .start = token.start};
	number->dimension.whole = !strchr(text, '.');
	end += strspn(end, " \t");
	if (*end && !set_unit(parser, end, number))
		return false;
	parser__take(parser, token);
	return true;
}
