/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps, globals and the state of a followed thread: what all probe families stand on. */
#ifndef MPTRACE_BPF_STATE_H
#define MPTRACE_BPF_STATE_H

#include "abi.h"

#define STATE_WAITING 0 /* in the gate: nothing is counted yet */
#define STATE_RUNNING 1
#define STATE_RUNNABLE 2
#define STATE_BLOCKED 3
#define STATE_MET 4 /* it was there before: what it was doing shows at its next event */
#define STATE_DEAD 5 /* its record is sent; it can stay until somebody waits for it */

/* Waits at one futex address or file, kept with the thread so that a wait costs no hash lookup. */
struct lock_slot {
	__u64 address;
	__u32 space, cause; /* as in struct lock_key */
	struct lock_record record;
};

#define LOCK_SLOTS 4 /* direct-mapped; a collision is flushed to the table */

struct thread_state {
	struct thread_record record;
	__u64 since; /* when the present state began */
	__u64 last_runtime; /* se.sum_exec_runtime at the previous switch-out */
	__u64 last_delay; /* sched_info.run_delay when it last blocked */
	__u64 last_nvcsw; /* the kernel's count at the previous switch */
	__u64 wait_address; /* futex or inode of the present wait, else 0 */
	__u64 wait_seen; /* as in struct lock_record */
	__u32 wait_space, wait_limited;
	__u64 turn_address; /* of any program: the futex that was last handed to it */
	__u64 turns_since; /* from then on threads have handed it on that had got it so themselves */
	__u32 wait_kind; /* enum io_kind of the present wait for I/O; IO_KINDS: not asked */
	__u64 state; /* of this size there is a compare-and-swap */
	__u32 cause;
	__u32 last_cpu;
	__u32 woken_early; /* it was woken while it was still on its CPU */
	__u32 after_io; /* its I/O or sleep has ended, and it has hardly run since */
	__u64 user_stack, kernel_stack, python_stack; /* with which it last left its CPU; 0: none */
	__u64 python_thread; /* its record in its interpreter; 0: not found yet */
	__u32 was_met, met_as; /* it was there before it was followed; blocked or runnable, if it had no CPU */
	__u32 events; /* of the timeline */
	__u32 counts; /* is a worker: its CPU time is part of parallelism */
	struct {
		__u64 before, active, own;
	} spaces; /* at its switch-in: mm and active_mm of whom it follows, and its own mm */
	struct lock_slot locks[LOCK_SLOTS];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread_state);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct lock_key);
	__type(value, struct lock_record);
} locks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct file_key);
	__type(value, char[FILE_NAME]);
} file_names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct hand_over);
	__type(value, __u64);
} hand_overs SEC(".maps");

/* Of any program: the interpreter of each process that has one, by tgid. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct python_interpreter);
} interpreters SEC(".maps");

/* Processes that are to be followed although none of their parents is; by tgid. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u32);
} wanted SEC(".maps");

/* The tgids of those that have executed another program since userspace last took them: to ask in vain costs it
 * nothing, where a walk through an empty hash table takes 0.1 ms. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 8192);
	__type(value, __u32);
} executed SEC(".maps");

/* Before loading: what is not wanted the verifier drops, and loading takes less than half as long. */
const volatile bool any_program = false; /* profile: no gate that the program knows of, no places that it names */

/* Written by userspace before the gate opens. */
__u32 gate_open;
__u32 first_thread_works; /* serial: the first thread is the worker */
__u32 place_count, pipe_count; /* pipe_count: how many of them are pipes */
struct place_range places[MAX_PLACES];

/* Read by userspace at the end. */
__u64 gate_ns; /* the first thread was woken through the gate */
__u64 lost[LOSS_COUNT];
__u64 started_threads; /* how many began to be followed: each must send a record */
__u64 met_threads; /* how many of them were there already */
__u64 finished_ns; /* written by userspace: the probes are off since */
__u32 moved; /* a process was moved to another cgroup */
__u64 parallel_ns[PARALLEL_CPUS][MAX_PARALLEL];
__u64 parallel_word; /* ns since the gate << 8 | workers on a CPU: good for two years */

static __always_inline void lose(enum loss what)
{
	__sync_fetch_and_add(&lost[what], 1);
}

/* The sum under @key that is to be added to; NULL: there was none, and @first is it now (or is lost, which is counted).
 */
static __always_inline void *find_sum(void *table, const void *key, const void *first, enum loss loss)
{
	void *sum = bpf_map_lookup_elem(table, key);

	if (sum || !bpf_map_update_elem(table, key, first, BPF_NOEXIST))
		return sum;
	/* Another CPU may have made the entry meanwhile. */
	sum = bpf_map_lookup_elem(table, key);
	if (!sum)
		lose(loss);
	return sum;
}

#ifdef MUTANT
/* Test builds: which kind of event is spoilt, and whether each 1,000th is dropped or counted twice. */
#define MUTATE_SWITCHES 1
#define MUTATE_INTERVALS 2
#define MUTATE_FAULTS 3
#define MUTATE_WAKEUPS 4
__u32 mutate_what, mutate_doubles;
__u64 mutate_seen;

static __always_inline __u64 times(__u32 what)
{
	if (what != mutate_what || (__sync_fetch_and_add(&mutate_seen, 1) + 1) % 1000)
		return 1;
	return mutate_doubles ? 2 : 0;
}
#else
#define times(what) 1
#endif

/* The storage pointer is NULL for every thread that nobody follows: the cheapest filter there is. */
static __always_inline struct thread_state *known(struct task_struct *task)
{
	if (!task->bpf_storage)
		return NULL;
	return bpf_task_storage_get(&threads, task, NULL, 0);
}

/* NULL also for the first thread while it waits in the gate. */
static __always_inline struct thread_state *followed(struct task_struct *task)
{
	struct thread_state *thread = known(task);

	return thread && thread->state != STATE_WAITING && thread->state != STATE_DEAD ? thread : NULL;
}

/* At its switch-in: how long it has waited for a CPU, on the scheduler's clock. In a moment run_delay has it. */
static __always_inline __u64 pending_delay(struct task_struct *task)
{
	__u64 queued = task->sched_info.last_queued, clock = 0;

	if (bpf_core_field_exists(task->se.cfs_rq))
		clock = BPF_CORE_READ(task, se.cfs_rq, rq, clock);
	return queued && clock > queued ? clock - queued : 0;
}

static __always_inline void read_kernel_counters(struct task_struct *task, struct kernel_counters *counters)
{
	counters->switches = task->nvcsw + task->nivcsw;
	counters->exec_runtime_ns = task->se.sum_exec_runtime;
	counters->run_delay_ns = task->sched_info.run_delay;
	counters->minor_faults = task->min_flt;
	counters->major_faults = task->maj_flt;
	counters->read_bytes = task->ioac.rchar;
	counters->write_bytes = task->ioac.wchar;
	counters->read_calls = task->ioac.syscr;
	counters->write_calls = task->ioac.syscw;
}

/* Time in the present state up to now. Clocks of two CPUs can differ by some ns: never negative. */
static __always_inline __u64 elapse(struct thread_state *thread, __u64 now)
{
	__u64 passed = 0;

	if (now > thread->since) {
		passed = now - thread->since;
		thread->since = now;
	}
	return passed;
}

#endif
