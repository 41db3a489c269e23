/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "validation_report.h"

const struct validation_format validation_formats[] = {
	{"text", "for a terminal: one line per claim, then what needs more words", report__validation_text},
	{"json", VALIDATION_SCHEMA ": all of it", report__validation_json},
	{"markdown", "for a page: every claim quoted, with its numbers and its mechanism", report__validation_markdown},
	{"html", "a page: the verdicts to sort and filter, each claim to open", report__validation_html},
	{"junit", "JUnit XML for a CI server", report__validation_junit},
	{"ktap", "KTAP 1, as kernel tests print it", report__validation_ktap},
	{NULL, NULL, NULL},
};

const struct validation_format *validation_format__find(const struct validation_format *formats, const char *name,
							struct failure *failure)
{
	char names[128] = "";
	size_t length = 0;

	for (const struct validation_format *format = formats; format->name; format++) {
		if (!strcmp(format->name, name))
			return format;
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s", length ? ", " : "",
					   format->name);
	}
	fail(failure, STATUS_USAGE, "there is no format '%.40s': there are %s", name, names);
	return NULL;
}
