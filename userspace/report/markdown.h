/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Markdown (GitHub's), and the sections of it that every report of blocks has. */
#ifndef MPTRACE_REPORT_MARKDOWN_H
#define MPTRACE_REPORT_MARKDOWN_H

#include <stdio.h>

#include "../validation/validation.h"

/** On one line, and nothing in it is markup. */
void markdown__text(FILE *file, const char *text);

/** As code. Not in a table: there a bar ends the cell even in code, and a backslash before it is no help. */
void markdown__code(FILE *file, const char *text);

/** One cell of a table, and the bar after it. */
void markdown__cell(FILE *file, const char *text);

/** A line that begins with our own words @says; NULL or no @text: nothing. */
void markdown__line(FILE *file, const char *says, const char *text);

void markdown__validity(FILE *file, const struct validation *validation);
void markdown__environment(FILE *file, const struct validation *validation);
void markdown__threats(FILE *file, const struct validation *validation);
/** How to do it again. */
void markdown__how(FILE *file, const struct validation *validation);

#endif
