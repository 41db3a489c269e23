/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report.h"

#define WIDTH 100

struct style style__of(FILE *file)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct style style = {.width = WIDTH};
	struct winsize window;

	style.unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
	if (!isatty(fileno(file)))
		return style;
	style.color = !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
	if (!ioctl(fileno(file), TIOCGWINSZ, &window) && window.ws_col >= 40 && window.ws_col < WIDTH)
		style.width = window.ws_col;
	return style;
}
