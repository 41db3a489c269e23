/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of harvest(): each fills its rows of the result. -1: out of memory. */
#ifndef MPTRACE_EXPERIMENT_HARVEST_PARTS_H
#define MPTRACE_EXPERIMENT_HARVEST_PARTS_H

#include "harvest.h"

/** Something cannot be as the workload says: the first such sentence stays, and the result is failed. */
void harvest_doubt(struct result *result, const char *format, ...) __attribute__((format(printf, 2, 3)));

int harvest_workers(struct result *result, const struct journal *journal, uint64_t ended_ns);
int harvest_tasks(struct result *result, const struct journal *journal, uint64_t ended_ns);
/** @journal, @gil: NULL of any program. */
int harvest_locks(struct result *result, const struct journal *journal, const struct tracer *tracer,
		  const struct place_range *gil, struct failure *failure);

/**
 * Makes the timeline's events tell of the same time as the records of threads that lived at the end: without what came
 * after a record was copied, and with what a record has that no event tells.
 */
int harvest_fit_events(struct result *result);

/** What the operations at an address (enum lock_evidence) tell; @neighbour: its word's other half was waited at, too.
 */
enum lock_kind harvest_lock_kind(uint64_t seen, bool neighbour);

#endif
