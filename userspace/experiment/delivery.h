/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --signal: to the thread that does one task, so long after it began. */
#ifndef MPTRACE_EXPERIMENT_DELIVERY_H
#define MPTRACE_EXPERIMENT_DELIVERY_H

#include "../result/result.h"

struct delivery {
	uint64_t sent_ns; /**< 0: not sent */
	const char *missed; /**< why it never will be: the rest of a sentence; NULL: it still can */
};

/**
 * Sends the signal of @experiment once it is due. @journal says which thread that is, and is not believed: only one of
 * the control group @group gets it. Returns after how many ns to look again; UINT64_MAX: there is nothing to wait for.
 */
uint64_t delivery__look(struct delivery *delivery, const struct experiment *experiment, const struct journal *journal,
			const char *group);

#endif
