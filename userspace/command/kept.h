/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What -o DIR keeps of a run or a profile: its result, the timeline if there is one, and a page of both. */
#ifndef MPTRACE_COMMAND_KEPT_H
#define MPTRACE_COMMAND_KEPT_H

#include "output.h"

/** All zero: nothing is kept. */
struct kept {
	const char *directory; /**< must outlive it */
	bool several;
	int held; /**< the directory's descriptor */
	struct output result, timeline, page;
};

/**
 * Opens all of it in @directory (NULL: nothing is kept) before anything runs; what is there stays until kept__commit.
 * @several: the results of --repeat are an array, which has no page. STATUS_USAGE: it cannot be written, or holds
 * trials.
 */
int kept__open(struct kept *kept, const char *directory, bool timeline, bool several, const struct identity *owner,
	       struct failure *failure);

/**
 * Without room for the result all stays as it was. Of what is made of it, what was not asked for or cannot be written
 * is removed: what is there is of an earlier result.
 */
int kept__commit(struct kept *kept, const struct result *const *results, size_t count, struct failure *failure);

void kept__discard(struct kept *kept);

#endif
