/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether threads, a Pool, processes, more or fewer workers would help, and by how much at most. From a result alone.
 */
#ifndef MPTRACE_ADVICE_ADVICE_H
#define MPTRACE_ADVICE_ADVICE_H

#include "answer.h"

enum choice {
	CHOICE_NOTHING,
	CHOICE_THREAD,
	CHOICE_THREAD_POOL,
	CHOICE_PROCESS,
	CHOICE_POOL,
	CHOICE_FEWER_WORKERS,
	CHOICE_MORE_WORKERS,
	CHOICE_COUNT,
};
extern const char *const choice_names[CHOICE_COUNT];

#define MAX_BECAUSE 5

struct advice {
	enum choice choose;
	double speed_up_limit; /**< how much faster at most, 1: no faster; NAN: nothing was measured that bounds it */
	char says[400];
	char because[MAX_BECAUSE][240];
	size_t because_count;
	char command[200]; /**< what would prove it; empty: no command of ours */
};

void advice__of(struct advice *advice, const struct answer *answer, const struct result *result);

#endif
