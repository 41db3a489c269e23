/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is made from a result and its timeline. Each returns 0, or -1 with errno when writing failed. */
#ifndef MPTRACE_REPORT_PICTURES_H
#define MPTRACE_REPORT_PICTURES_H

#include "../result/spans.h"
#include "report.h"

/** A row of letters for each thread, from left to right. */
int report__timeline(FILE *file, const struct result *result, const struct spans *spans, struct style style);

/** A trace for Perfetto: https://ui.perfetto.dev opens it. */
int report__perfetto(FILE *file, const struct result *result, const struct spans *spans);

/** A page that needs nothing beside it. @spans: NULL: no timeline was kept. */
int report__html(FILE *file, const struct result *result, const struct spans *spans);

/** The same, of a result that has its events. */
int report__page(FILE *file, const struct result *result);

#endif
