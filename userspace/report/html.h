/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages: what all of them are made of. Nothing that others wrote is markup in them. */
#ifndef MPTRACE_REPORT_HTML_H
#define MPTRACE_REPORT_HTML_H

#include <stdint.h>
#include <stdio.h>

#include "looks.h"

/** Down to what comes before the first html__section: the title and, under it, @answer (NULL: none). */
void html__begin(FILE *file, const char *title, const char *answer);
void html__end(FILE *file);

void html__section(FILE *file, const char *title);
void html__paragraph(FILE *file, const char *text);
void html__code(FILE *file, const char *text);

/** On one line; control characters, and letters that reorder others, become blanks. */
void html__text(FILE *file, const char *text);

/** A table; @heads ends with NULL, one that begins with '#' is of numbers. Readers can sort it. */
void html__table(FILE *file, const char *caption, const char *const *heads);
/** The same, with a field in which to type what its rows must have. */
void html__filtered_table(FILE *file, const char *const *heads);
void html__row(FILE *file);
void html__cell(FILE *file, const char *text);
/** @value: to sort by. */
void html__number(FILE *file, double value, const char *text);
void html__row_end(FILE *file);
void html__table_end(FILE *file);

/** A cell with a bar of times by state. */
void html__bar(FILE *file, const uint64_t ns[STATE_COUNT]);
/** What the colours and hatches mean; those of @used. */
void html__legend(FILE *file, const bool used[STATE_COUNT]);

#endif
