/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utf8.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

size_t utf8__letter(const char *text, size_t size, uint32_t *letter)
{
	/* Least letter of each length: a longer form of a smaller one is an attack, not a letter. */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = size ? (unsigned char)*text : 0x80;
	size_t length = first < 0x80   ? 1
			: first < 0xc0 ? 0
			: first < 0xe0 ? 2
			: first < 0xf0 ? 3
			: first < 0xf8 ? 4
				       : 0;

	if (!length || length > size)
		return 0;
	*letter = length == 1 ? first : first & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		*letter = *letter << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (*letter < least[length] || *letter > 0x10ffff || (*letter >= 0xd800 && *letter < 0xe000))
		return 0;
	return length;
}

size_t utf8__bytes(uint32_t letter, char bytes[UTF8_LONGEST])
{
	bool none = letter > 0x10ffff || (letter >= 0xd800 && letter < 0xe000);
	uint32_t rest = none ? 0xfffd : letter;
	size_t length = rest < 0x80 ? 1 : rest < 0x800 ? 2 : rest < 0x10000 ? 3 : 4;

	for (size_t i = length; i-- > 1; rest >>= 6)
		bytes[i] = (char)(0x80 | (rest & 0x3f));
	bytes[0] = (char)(length == 1 ? rest : (0xf00u >> length & 0xff) | rest);
	return length;
}

int utf8__columns(uint32_t letter)
{
	static locale_t utf8;
	static bool tried;
	locale_t before;
	int columns;

	if (!tried)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	tried = true;
	if (letter < 0x80 || !utf8)
		return letter >= ' ' && letter != 0x7f ? 1 : -1;
	before = uselocale(utf8);
	columns = wcwidth((wchar_t)letter);
	uselocale(before);
	return columns;
}

/* The letter at @text, and its columns; what is no letter is one byte in one column. */
static size_t next(const char *text, size_t size, size_t *columns)
{
	uint32_t letter;
	size_t length = utf8__letter(text, size, &letter);
	int wide = length ? utf8__columns(letter) : 1;

	*columns = wide < 0 ? 1 : (size_t)wide;
	return length ? length : 1;
}

size_t utf8__fit(const char *text, size_t columns)
{
	size_t size = strlen(text), bytes = 0, used = 0, wide;

	while (bytes < size) {
		size_t length = next(text + bytes, size - bytes, &wide);

		if (used + wide > columns)
			break;
		used += wide;
		bytes += length;
	}
	return bytes;
}

size_t utf8__width(const char *text, size_t size)
{
	size_t width = 0, wide;

	for (size_t at = 0; at < size; width += wide)
		at += next(text + at, size - at, &wide);
	return width;
}
