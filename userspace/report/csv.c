/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "csv.h"

#include <string.h>

#include "../base/letter.h"

void csv__text(FILE *file, const char *text)
{
	putc('"', file);
	if (*text && strchr("=+-@\t\r", *text))
		putc('\'', file);
	while (*text)
		if (*text == '"') {
			fputs("\"\"", file);
			text++;
		} else {
			letter__put(file, &text);
		}
	putc('"', file);
}
