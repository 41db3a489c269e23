/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CSV (RFC 4180). */
#ifndef MPTRACE_REPORT_CSV_H
#define MPTRACE_REPORT_CSV_H

#include <stdio.h>

/** A text in quotes. A spreadsheet would calculate what begins like a formula: a quote before it keeps it a text. */
void csv__text(FILE *file, const char *text);

#endif
