/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pages and Markdown say of a result in words. Each returns @room. */
#ifndef MPTRACE_REPORT_WORDS_OF_RESULT_H
#define MPTRACE_REPORT_WORDS_OF_RESULT_H

#include "../advice/advice.h"
#include "human.h"

#define RESULT_SENTENCE 1200

/** "run pool: 100 tasks of cpu:10ms, 2 workers (native)" */
const char *result__title(char room[RESULT_SENTENCE], const struct result *result);

/** Of an experiment: how it ended, what it took, and what most of the workers' time went to. */
const char *result__outcome(char room[RESULT_SENTENCE], const struct result *result);

/** A figure of the row, in its unit. */
const char *account__figure(char room[HUMAN], const struct accounting_row *row, struct figure figure);

/** What would help, and by how much at most. */
const char *advice__sentence(char room[RESULT_SENTENCE], const struct advice *advice);

#endif
