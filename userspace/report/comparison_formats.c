/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "comparison_report.h"

static int read_as_comparison(FILE *file, const struct validation *validation, struct style style,
			      int (*write)(FILE *file, const struct comparison *comparison, struct style style))
{
	struct failure failure = {0};
	struct comparison comparison;
	int status = -1;

	if (comparison__make(&comparison, validation, &failure))
		errno = ENOMEM;
	else
		status = write(file, &comparison, style);
	comparison__free(&comparison);
	return status;
}

#define OF_COMPARISON(name)                                                                                            \
	static int write_##name(FILE *file, const struct validation *validation, struct style style)                   \
	{                                                                                                              \
		return read_as_comparison(file, validation, style, report__comparison_##name);                         \
	}

OF_COMPARISON(text)
OF_COMPARISON(json)
OF_COMPARISON(csv)
OF_COMPARISON(markdown)
OF_COMPARISON(html)

const struct validation_format comparison_formats[] = {
	{"text", "for a terminal: the arms side by side, what wins, and why", write_text},
	{"json", COMPARISON_SCHEMA ": all of it", write_json},
	{"csv", "one row for each arm at each point", write_csv},
	{"markdown", "for a page: the tables, and how sure they are", write_markdown},
	{"html", "a page: the arms side by side, their trials, and how sure they are", write_html},
	{NULL, NULL, NULL},
};
