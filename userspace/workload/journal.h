/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory that a workload shares with mptrace (a memfd): the plan, the barriers and the task
 * journal. mptrace makes it and allocates its pages (so that they are not charged to the
 * experiment's cgroup); the workload maps it. All times are CLOCK_MONOTONIC ns, the clock of
 * bpf_ktime_get_ns(). What the workload wrote is untrusted: userspace/experiment checks every bound.
 */
#ifndef MPTRACE_WORKLOAD_JOURNAL_H
#define MPTRACE_WORKLOAD_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "plan.h"

#define JOURNAL_MAGIC 0x3165636172746d70ull

/**
 * The workload's descriptors: the journal; and a stream to mptrace, whose first byte opens the gate, whose second lets
 * the workload end. Back goes a byte with each change of journal.state, so that mptrace looks at once.
 */
#define JOURNAL_DESCRIPTOR 3
/* GATE_DESCRIPTOR: bpf/abi.h */

/** Journal.state: the workload moves it forward. */
enum journal_state {
	JOURNAL_STARTING,
	JOURNAL_READY, /**< calibrated, mapped, about to wait at the gate */
	JOURNAL_RETURNED, /**< results returned; live workers wait at the closing barrier */
	JOURNAL_FAILED, /**< journal.says says why */
};

/** One task. All zero until the workload gets to it. */
struct journal_task {
	uint64_t submit_ns, start_ns, end_ns;
	uint64_t taken_ns; /**< Python's Pool: its chunk was taken */
	uint64_t received_ns; /**< its result was with the caller; not noted by Python's threads */
	uint64_t sequence; /**< from 1: order of hand-out, taken under the queue's lock */
	uint64_t checksum; /**< what its worker computed */
	uint64_t returned; /**< the same task's place in the ordered list that the caller got back */
	uint32_t worker; /**< index into the workers */
	uint32_t tid;
	uint64_t messages; /**< of exchange steps: that it got from its partner, and were right */
	uint32_t failed; /**< 1: its worker says that it failed */
	uint32_t interrupted; /**< sleep steps that a signal ended early */
};

/** One worker: a pool's member, or the thread or process of one task. */
struct journal_worker {
	uint64_t asked_ns; /**< just before fork or pthread_create */
	uint64_t ready_ns; /**< when it first asked for work */
	uint64_t switches; /**< ru_nvcsw + ru_nivcsw of RUSAGE_THREAD when it left */
	uint32_t pid, tid;
	uint32_t left; /**< 1: it has done its last task and found out its switches */
	uint32_t reaped; /**< 1: wait4 or pthread_join has returned for it */
	int32_t status; /**< as wait4 gives it; 0 for threads */
	uint32_t unused;
	uint64_t left_ns; /**< its last own instruction */
	uint64_t reaped_ns; /**< the caller came back from its join or wait */
};

/** Where waiting has a meaning: becomes abi.h's place_range and the lock's symbol. */
struct journal_place {
	uint64_t low, high; /**< addresses of futexes; of a pipe its inode number and the next */
	uint16_t cause; /**< enum cause of bpf/abi.h */
	uint16_t is_pipe;
	char name[28];
};

#define JOURNAL_PLACES 16
#define JOURNAL_MEMBERS 64

struct journal {
	uint64_t magic;
	uint32_t state; /**< enum journal_state */
	uint32_t worker_room; /**< how many journal_worker follow */
	struct plan plan;
	uint64_t opened_ns; /**< the first thread came through the gate */
	uint64_t returned_ns; /**< the ordered results were in the caller's hands */
	uint64_t closing_ns, closed_ns; /**< around the closing of a pool */
	uint64_t steps_per_ms_before, steps_per_ms_after; /**< calibration of cpu steps, at the start and at the end */
	uint64_t note_ns; /**< Python: what noting one task here costs its worker; 0: not measured */
	uint64_t native_per_ms; /**< calibration of native steps; 0: they are the same as cpu steps */
	uint64_t workers; /**< how many were started */
	uint64_t tasks_done, tasks_failed; /**< counted by the caller as results come in */
	uint64_t lock_count; /**< incremented under the shared lock, once per lock step, not atomically */
	uint64_t race_count; /**< incremented by race steps, without a lock and not atomically */
	uint64_t handed_out; /**< Python: chunks taken from a Pool's queue, counted under its lock */
	uint64_t member_count, place_count;
	uint64_t members[JOURNAL_MEMBERS]; /**< Python: tid | enum role << 32 of threads that are neither main nor
					      workers */
	struct journal_place places[JOURNAL_PLACES];
	char says[256];
	/* struct journal_worker[worker_room], then struct journal_task[plan.tasks] */
};

static inline size_t journal__size(uint64_t workers, uint64_t tasks)
{
	return sizeof(struct journal) + workers * sizeof(struct journal_worker) + tasks * sizeof(struct journal_task);
}

static inline struct journal_worker *journal__workers(const struct journal *journal)
{
	return (struct journal_worker *)(journal + 1);
}

/** @room: how many workers the journal has room for. Not read from the journal: that can be overwritten. */
static inline struct journal_task *journal__tasks(const struct journal *journal, uint64_t room)
{
	return (struct journal_task *)(journal__workers(journal) + room);
}

/** How fast work is: rounds of cpu steps per ms, and of native steps (0: the same). */
struct calibration {
	uint64_t cpu, native;
};

/** The checksum that task number @task must have produced: from the plan alone, in O(steps * log). */
uint64_t journal__expected(const struct plan *plan, uint64_t task, struct calibration per_ms);

/** How many messages task number @task must have got: none through memory that it does not share with its partner. */
uint64_t journal__messages(const struct plan *plan, uint64_t task);

#endif
