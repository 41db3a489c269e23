/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats of a comparison. Each returns 0, or -1 with errno when writing failed. */
#ifndef MPTRACE_REPORT_COMPARISON_REPORT_H
#define MPTRACE_REPORT_COMPARISON_REPORT_H

#include "../comparison/comparison.h"
#include "validation_report.h"

/** The arms side by side, what wins and why; of a sweep a line per point, and where it turns. */
int report__comparison_text(FILE *file, const struct comparison *comparison, struct style style);
/** mptrace.comparison/1: userspace/comparison/comparison.schema.json. */
int report__comparison_json(FILE *file, const struct comparison *comparison, struct style style);
/** One row for each arm at each point (RFC 4180). */
int report__comparison_csv(FILE *file, const struct comparison *comparison, struct style style);
int report__comparison_markdown(FILE *file, const struct comparison *comparison, struct style style);
/** A page that needs nothing beside it. */
int report__comparison_html(FILE *file, const struct comparison *comparison, struct style style);

/** What `--format` takes: they read the validation as a comparison. Begins and ends like validation_formats. */
extern const struct validation_format comparison_formats[];

#endif
