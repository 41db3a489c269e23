/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats of a validation: written from it alone. Each returns 0, or -1 with errno when writing failed. */
#ifndef MPTRACE_REPORT_VALIDATION_REPORT_H
#define MPTRACE_REPORT_VALIDATION_REPORT_H

#include "../validation/validation.h"
#include "report.h"

/** One line per claim, then what needs more words, the validity of the whole, and how to do it again. */
int report__validation_text(FILE *file, const struct validation *validation, struct style style);
/** mptrace.validation/1: userspace/validation/validation.schema.json. */
int report__validation_json(FILE *file, const struct validation *validation, struct style style);
int report__validation_markdown(FILE *file, const struct validation *validation, struct style style);
/** A page that needs nothing beside it. */
int report__validation_html(FILE *file, const struct validation *validation, struct style style);
/** A testsuite per source, a testcase per claim. */
int report__validation_junit(FILE *file, const struct validation *validation, struct style style);
/** KTAP 1: a test with subtests per source. */
int report__validation_ktap(FILE *file, const struct validation *validation, struct style style);

/** What `--format` takes. */
struct validation_format {
	const char *name, *says;
	int (*write)(FILE *file, const struct validation *validation, struct style style);
};
/** The first one is for people at a terminal. Ends with a row without a name. */
extern const struct validation_format validation_formats[];
/** The one of @formats called @name. NULL: STATUS_USAGE, with the names that there are. */
const struct validation_format *validation_format__find(const struct validation_format *formats, const char *name,
							struct failure *failure);

#endif
