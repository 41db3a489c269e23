/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What surrounds one trial on disk and in memory: the journal and the scratch directory. */
#ifndef MPTRACE_EXPERIMENT_AREA_H
#define MPTRACE_EXPERIMENT_AREA_H

#include "../workload/journal.h"
#include "trial.h"

#define AREA_PATH 256
/** A scratch directory's name: this, its owner (base/owner.h), '-' and six random letters. */
#define AREA_PREFIX "mptrace-"

struct area {
	struct journal *journal; /**< the workload writes here too */
	size_t journal_size;
	int journal_fd;
	char scratch[AREA_PATH]; /**< empty: not made */
};

/** Where scratch directories are made: $TMPDIR or /tmp. */
const char *area__parent(void);

/** How many workers a plan can have at most: the rows of the journal. */
uint64_t area__worker_room(const struct plan *plan);

/**
 * Makes the scratch directory below $TMPDIR (owned by @identity), with the files of a Python workload in it, and the
 * journal with the plan in it.
 */
int area__create(struct area *area, const struct experiment *experiment, const struct identity *identity,
		 struct failure *failure);

/** Removes the scratch directory with the files in it, and unmaps the journal. */
void area__remove(struct area *area);

/** Removes a scratch directory and the files directly in it; follows no link. */
void area__remove_scratch(const char *path);

#endif
