/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "report.h"

const struct validation_format validation_formats[] = {
	{"text", "for a terminal: one line per claim, then what needs more words", report__validation_text},
	{"json", "mptrace.validation/1: all of it", report__validation_json},
	{"markdown", "for a page: every claim quoted, with its numbers and its mechanism", report__validation_markdown},
	{"junit", "JUnit XML for a CI server", report__validation_junit},
	{"ktap", "KTAP 1, as kernel tests print it", report__validation_ktap},
	{NULL, NULL, NULL},
};

const struct validation_format *validation_format__find(const char *name)
{
	for (const struct validation_format *format = validation_formats; format->name; format++)
		if (!strcmp(format->name, name))
			return format;
	return NULL;
}
