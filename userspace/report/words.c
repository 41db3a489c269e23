/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "words.h"

#include <string.h>

#include "../base/utf8.h"
#include "../base/letter.h"

#define LEAST_ROOM 20u /* columns: text stays readable in the narrowest window */

/* A letter as it may be shown, which never controls anything; and the columns it takes. */
static uint32_t shown(struct style style, uint32_t letter, unsigned *columns)
{
	int wide = utf8__columns(letter);

	*columns = 1;
	if (letter == '\n' || letter == '\t' || letter == '\r')
		return ' ';
	if (wide < 0 || letter == LETTER_REPLACEMENT || letter__controls(letter) || (letter > '~' && !style.unicode))
		return '?';
	*columns = (unsigned)wide;
	return letter;
}

/* Writes the letter at *@at, which moves behind it, and returns its columns. */
static unsigned put_next(FILE *file, struct style style, const char **at)
{
	const char *start = *at;
	uint32_t letter = letter__next(at);
	unsigned columns;
	uint32_t as = shown(style, letter, &columns);

	if (as != letter)
		putc((int)as, file);
	else
		fwrite(start, 1, (size_t)(*at - start), file);
	return columns;
}

static unsigned next_columns(struct style style, const char **at)
{
	unsigned columns;

	shown(style, letter__next(at), &columns);
	return columns;
}

unsigned words__columns(struct style style, const char *text)
{
	unsigned columns = 0;

	while (*text)
		columns += next_columns(style, &text);
	return columns;
}

void words__label(FILE *file, struct style style, int columns, const char *name)
{
	fprintf(file, "%s%-*s%s", style.color ? "\033[1m" : "", columns, name, style.color ? "\033[0m" : "");
}

void words__colored(FILE *file, struct style style, const char *code, const char *text)
{
	fprintf(file, "%s%s%s", style.color ? code : "", text, style.color ? "\033[0m" : "");
}

void words__plain(FILE *file, struct style style, const char *text, unsigned columns, bool pad)
{
	static const char dots[] = "...";
	bool fits = words__columns(style, text) <= columns;
	unsigned room = fits || columns < strlen(dots) ? columns : columns - (unsigned)strlen(dots), used = 0;

	while (*text) {
		const char *next = text;

		if (used + next_columns(style, &next) > room)
			break;
		used += put_next(file, style, &text);
	}
	if (!fits && room < columns) {
		fputs(dots, file);
		used += (unsigned)strlen(dots);
	}
	if (pad)
		fprintf(file, "%*s", (int)(columns - used), "");
}

static const char blanks[] = " \n\t\r";

/* Where the line that begins at @text ends: after the last word that has room, or in the middle of a longer one. */
static const char *line_end(struct style style, const char *text, unsigned room)
{
	const char *at = text, *end = NULL;
	unsigned used = 0;

	while (*at) {
		const char *next = at;

		used += next_columns(style, &next);
		if (used > room)
			return end ? end : at;
		at = next;
		if (!*at || strchr(blanks, *at))
			end = at;
	}
	return at;
}

void words__wrapped(FILE *file, struct style style, unsigned indent, bool started, const char *text)
{
	unsigned width = style.width > 0 ? (unsigned)style.width : 0;
	unsigned room = width > indent + LEAST_ROOM ? width - indent : LEAST_ROOM;

	text += strspn(text, blanks);
	while (*text) {
		const char *end = line_end(style, text, room);

		fprintf(file, "%*s", started ? 0 : (int)indent, "");
		while (text < end)
			put_next(file, style, &text);
		putc('\n', file);
		text += strspn(text, blanks);
		started = false;
	}
}
