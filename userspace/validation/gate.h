/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gates: whether something else than the experiment decided how a trial went. Blind to what the trial measured. */
#ifndef MPTRACE_VALIDATION_GATE_H
#define MPTRACE_VALIDATION_GATE_H

#include "../experiment/host.h"
#include "trial_row.h"

/** CPU time of a process so far. */
struct process_time {
	pid_t pid;
	uint64_t ticks;
	unsigned cpu; /**< on which it ran last */
	char comm[32];
};

/** What is read before and after a trial. */
struct gate_snapshot {
	struct cpu_times cpus;
	uint64_t ns, waited_ns; /**< the clock; CPU time of all that mptrace has waited for */
	uint64_t swapped_pages, memory_stall_ns;
	struct figure throttled_above_ns;
	struct process_time *processes; /**< by pid */
	size_t process_count;
};

/**
 * @cpus: the CPUs of the trial (NULL: those that mptrace may use), on which mptrace itself must stay: of its own CPU
 * time only the amount is known. Never fails: what cannot be read stays 0.
 */
void gate_snapshot__take(struct gate_snapshot *snapshot, const char *cpus);
void gate_snapshot__free(struct gate_snapshot *snapshot);

/**
 * @may_fail: a bad end of the trial is an outcome. Fills row->gates and, when one is shut, row->voided with its name,
 * its value and, of foreign CPU time, who took most of it. @usual_steal: the share of stolen time that is normal here.
 * @result: NULL when the trial gave none.
 */
void gates__judge(struct trial_row *row, const struct experiment *experiment, bool may_fail,
		  const struct result *result, const struct gate_snapshot *before, const struct gate_snapshot *after,
		  double usual_steal);

/** The share of stolen time in a trial, as its gate reads it. */
double gates__steal_share(const struct gate_snapshot *before, const struct gate_snapshot *after);

#endif
