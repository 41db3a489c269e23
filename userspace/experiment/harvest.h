/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what was gathered in one trial to its result. */
#ifndef MPTRACE_EXPERIMENT_HARVEST_H
#define MPTRACE_EXPERIMENT_HARVEST_H

#include "../../cgroups/cgroup.h"
#include "../trace/tracer.h"
#include "../workload/journal.h"
#include "delivery.h"
#include "host.h"
#include "trial.h"

/** A live process at the closing barrier. */
struct memory_sample {
	uint32_t pid;
	struct host_memory has;
};

/** What was read around the clock, all by mptrace. */
struct readings {
	struct cgroup_usage usage_before, usage_after;
	struct cpu_times cpus_before, cpus_after; /**< of those that it may use */
	struct figure switches_before, exec_runtime_before; /**< of the first process, in the gate */
	struct figure rusage_switches, rusage_cpu_ns; /**< wait4 of the first process and all it waited for */
	uint64_t gate_ns, ended_ns;
	struct calibration calibrated; /**< by the workload, as it was before the gate */
	uint64_t dead_worker; /**< 1 + index of one that ended without leaving, noticed from outside; 0: none */
	struct place_range gil; /**< where the interpreter's lock lies; low 0: not known */
	pid_t first;
	int wait_status; /**< of the first process */
	int left_behind; /**< processes that still lived when the first had ended */
	bool ended_by_us; /**< the first process was killed by mptrace */
	struct delivery delivery; /**< of --signal */
	bool hung; /**< it did not end although its results were returned */
	struct memory_sample *memory;
	size_t memory_count;
};

/**
 * Fills @result but for accounting and checks. @tracer may be NULL (--no-trace). The journal is
 * untrusted: what cannot be is left out, and the outcome says so. -1 only when memory runs out.
 */
int harvest(struct result *result, const struct journal *journal, const struct tracer *tracer,
	    const struct readings *readings, struct failure *failure);

/** What a tracer with TRACE_TIMELINE has kept, from the result's own gate on. After the threads. -1: out of memory. */
int harvest_timeline(struct result *result, struct tracer *tracer, struct failure *failure);

/**
 * The same of any program: all threads count as workers, there are no tasks, no checks. @live: the records of threads
 * that have not ended (tracer__snapshot); @folded: those that have and are one row. Of the readings the times alone are
 * used, and the memory of live processes.
 */
int harvest__program(struct result *result, const struct tracer *tracer, const struct thread_record *live, size_t count,
		     const struct folded *folded, const struct readings *readings, struct failure *failure);

#endif
