/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "letter.h"

#include <string.h>

#include "utf8.h"

#define LONGEST 4 /* bytes of a letter */

uint32_t letter__next(const char **at)
{
	uint32_t letter = 0;
	size_t length = utf8__letter(*at, strnlen(*at, LONGEST), &letter);

	if (!**at)
		return 0;
	*at += length ? length : 1;
	return length ? letter : LETTER_REPLACEMENT;
}

bool letter__controls(uint32_t letter)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x01, 0x1f},	  {0x7f, 0x9f},	    {0xad, 0xad},	{0x061c, 0x061c},
		{0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},	{0xfeff, 0xfeff},
		{0xfff9, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (letter >= ranges[i].first && letter <= ranges[i].last)
			return true;
	return false;
}

void letter__put(FILE *file, const char **at)
{
	const char *start = *at;
	uint32_t letter = letter__next(at);

	if (letter == LETTER_REPLACEMENT)
		fputs("\xef\xbf\xbd", file);
	else if (letter__controls(letter))
		putc(' ', file);
	else
		fwrite(start, 1, (size_t)(*at - start), file);
}

char *letter__harmless(char *text)
{
	const char *from = text;
	char *to = text;

	while (*from) {
		const char *start = from;
		uint32_t letter = letter__next(&from);

		if (letter == LETTER_REPLACEMENT || letter__controls(letter))
			*to++ = '?';
		else
			while (start < from)
				*to++ = *start++;
	}
	*to = '\0';
	return text;
}
