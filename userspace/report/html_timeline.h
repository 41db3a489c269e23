/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a page that a timeline is drawn in. */
#ifndef MPTRACE_REPORT_HTML_TIMELINE_H
#define MPTRACE_REPORT_HTML_TIMELINE_H

#include <stdio.h>

#include "../result/spans.h"

/** A section; @spans: NULL: says how to get one. Where scripts are off, it is in letters. */
void html__timeline(FILE *file, const struct result *result, const struct spans *spans);

/** The control group's memory over time, and its limit; nothing where none is known. */
void html__memory(FILE *file, const struct result *result, const struct spans *spans);

#endif
