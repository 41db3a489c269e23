/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of any program: the threads that are there already, and what they have done so far. Both are iterators over all tasks
 * that userspace reads; everything else goes on meanwhile.
 */
#ifndef MPTRACE_BPF_ITERATE_H
#define MPTRACE_BPF_ITERATE_H

#include "life.h"
#include "sched.h"

#define COPIES 16 /* tries to copy a record while nobody changes it */

/* The scheduler sets this before the tracepoint is called: a thread that leaves its CPU later is seen to leave it. */
static __always_inline bool has_cpu(struct task_struct *task)
{
	if (bpf_core_field_exists(task->se.cfs_rq))
		return task->on_cpu && task->se.cfs_rq->rq->curr == task;
	return task->on_cpu;
}

static __always_inline __u32 cpu_of(struct task_struct *task)
{
	if (bpf_core_field_exists(task->thread_info.cpu))
		return task->thread_info.cpu;
	return bpf_core_field_exists(task->cpu) ? task->cpu : 0;
}

/* Follows a thread from now on. */
static __always_inline void meet(struct task_struct *task)
{
	struct thread_state *thread = bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct blocking_call call;

	__sync_fetch_and_add(&started_threads, 1);
	if (!thread) {
		lose(LOST_THREADS);
		return;
	}
	thread->record.tgid = task->tgid;
	thread->record.first_tid = task->pid;
	thread->last_runtime = task->se.sum_exec_runtime;
	thread->last_delay = task->sched_info.run_delay;
	thread->last_nvcsw = task->nvcsw;
	thread->counts = 1;
	thread->was_met = 1;
	met_threads++;
	thread->met_as = task->__state ? STATE_BLOCKED : STATE_RUNNABLE;
	read_call(task, &call);
	thread->cause = cause_of_wait(&call);
	thread->wait_kind = IO_KINDS;
	read_kernel_counters(task, &thread->record.kernel_before);
	thread->record.start_ns = thread->since = bpf_ktime_get_ns();
	/* Last: from here on its events count. */
	barrier();
	thread->state = STATE_MET;
	if (!has_cpu(task))
		return;
	/* Before it is said to run: its own CPU can end it, and write its record, from there on. */
	thread->record.met_cpu = 1 + cpu_of(task);
	if (__sync_val_compare_and_swap(&thread->state, STATE_MET, STATE_RUNNING) == STATE_MET)
		change_parallel(1, bpf_get_smp_processor_id(), bpf_ktime_get_ns());
	else
		thread->record.met_cpu = 0;
}

/* Whoever is read by this is followed: the threads of the wanted processes that are not yet. */
SEC("iter/task")
int meet_wanted(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	__u32 tgid;

	/* Kernel threads have no memory, nor has what is about to end. */
	if (!task || !task->mm || task->flags & (PF_IO_WORKER | PF_USER_WORKER) || known(task))
		return 0;
	tgid = task->tgid;
	if (bpf_map_lookup_elem(&wanted, &tgid))
		meet(task);
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct thread_record);
} copies SEC(".maps");

/* A thread's state at one instant, beside its record. */
struct sight {
	__u64 now, since, state;
	__u32 cause, wait_kind;
	__u64 wait_seen;
	bool on_cpu, asleep;
};

/* True if no time is missing in the copy: nobody was in the middle of charging it. */
static __always_inline bool is_whole(const struct thread_record *copy, __u64 since)
{
	__u64 sum = copy->on_cpu_ns + copy->run_queue_ns;

	for (int i = 0; i < CAUSE_COUNT; i++)
		sum += copy->blocked_ns[i];
	return sum == since - copy->start_ns;
}

/*
 * Copies its record and its state, of one instant. False: it was being switched all the while. Who runs by its state
 * but has no CPU any more is leaving it: that event has happened before now, and is charged in a moment.
 */
static __always_inline bool look_at(struct thread_record *copy, struct thread_state *thread, struct task_struct *task,
				    struct sight *sight)
{
	bool whole = false;

	for (int i = 0; i < COPIES && !whole; i++) {
		/* First: what changes after it has not happened yet. */
		sight->now = bpf_ktime_get_ns();
		sight->since = thread->since;
		sight->state = thread->state;
		sight->cause = thread->cause;
		sight->wait_kind = thread->wait_kind;
		sight->wait_seen = thread->wait_address ? thread->wait_seen : 0;
		sight->on_cpu = has_cpu(task);
		sight->asleep = task->__state;
		__builtin_memcpy(copy, &thread->record, sizeof(*copy));
		whole = is_whole(copy, sight->since) && sight->state == thread->state &&
			(sight->state != STATE_RUNNING || sight->on_cpu);
	}
	return whole;
}

/* The compiler must not check one copy of the index and use another: the verifier follows each alone. */
static __always_inline void add_at(__u64 *counters, __u64 index, __u64 count, __u64 by)
{
	barrier_var(index);
	if (index < count)
		counters[index] += by;
}

/*
 * Charges @copy with the time in the present state up to now, and says which that is: the thread itself goes on as if
 * nothing were.
 */
static __always_inline void charge_present(struct thread_record *copy, struct thread_state *thread,
					   struct task_struct *task, const struct sight *sight)
{
	struct blocking_call call;
	__u32 cause = sight->cause, kind = sight->wait_kind;
	__u64 state = sight->state, seen = sight->wait_seen, passed = copy->end_ns - sight->since;

	if (state == STATE_MET)
		state = sight->on_cpu ? STATE_RUNNING : sight->asleep ? STATE_MET : STATE_RUNNABLE;
	copy->present.cpu = cpu_of(task);
	copy->present.what = state == STATE_RUNNING ? EVENT_RUN : state == STATE_RUNNABLE ? EVENT_PREEMPT : EVENT_BLOCK;
	if (state == STATE_RUNNING) {
		copy->on_cpu_ns += passed;
		return;
	}
	if (state != STATE_MET && sight->on_cpu) {
		/* Its switch-in was not shown: see charge_unseen_run. */
		__u64 ran = task->se.sum_exec_runtime - thread->last_runtime;

		ran = ran < passed ? ran : passed;
		copy->present.late_run_ns = ran;
		copy->on_cpu_ns += ran;
		passed -= ran;
		if (state == STATE_RUNNABLE) {
			copy->run_queue_ns += passed;
			return;
		}
	}
	if (state == STATE_RUNNABLE) {
		copy->run_queue_ns += passed;
		/* The kernel counts a wait when it is over. */
		copy->kernel.run_delay_ns += passed;
		return;
	}
	if (state == STATE_MET) {
		read_call(task, &call);
		cause = task->__state & TASK_STOPPED ? CAUSE_OTHER : cause_of_wait(&call);
		if (cause == CAUSE_IO)
			kind = kind_of(&call, wait_names_file(call.number) ? file_of(task, call.first) : NULL);
		seen = call_waits_at_address(&call) ? futex_evidence(&call) : 0;
		if (cause == CAUSE_LOCK && seen && waits_in_gil(copy->tgid, call.first))
			cause = CAUSE_GIL;
	}
	copy->present.cause = cause;
	copy->mutex_ns += cause == CAUSE_LOCK && futex_is_mutex(seen) ? passed : 0;
	add_at(copy->blocked_ns, cause, CAUSE_COUNT, passed);
	add_at(copy->waits, cause, CAUSE_COUNT, 1);
	if (cause == CAUSE_IO) {
		add_at(copy->io_ns, kind, IO_KINDS, passed);
		add_at(copy->io_waits, kind, IO_KINDS, 1);
	}
}

/* The probes are off: what it waits for, and has waited for, goes to the tables. */
static __always_inline void finish_waits(struct thread_state *thread, struct task_struct *task)
{
	__u64 passed = finished_ns > thread->since ? finished_ns - thread->since : 0;

	if (thread->state == STATE_MET && !has_cpu(task) && task->__state)
		block(thread, task);
	if (thread->state == STATE_BLOCKED && thread->wait_address)
		end_wait(thread, task, NULL, passed);
	if (thread->state == STATE_BLOCKED || thread->state == STATE_RUNNABLE)
		charge_stack(thread, task, thread->state == STATE_BLOCKED ? thread->cause : CAUSE_RUN_QUEUE, passed);
	flush_locks(thread);
}

/* Each followed thread that lives writes its record, up to now. */
SEC("iter/task")
int snapshot(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct thread_state *thread = task ? followed(task) : NULL;
	struct thread_record *copy;
	struct sight sight;
	bool whole;
	__u32 zero = 0;

	copy = bpf_map_lookup_elem(&copies, &zero);
	if (!thread || !thread->record.start_ns || !copy)
		return 0;
	if (finished_ns) {
		finish_waits(thread, task);
		return 0;
	}
	whole = look_at(copy, thread, task, &sight);
	if (sight.state == STATE_DEAD) /* meanwhile: its record is in the ring */
		return 0;
	read_kernel_counters(task, &copy->kernel);
	copy->tid = task->pid;
	copy->group_start_ns = task->group_leader->start_time;
	copy->present.since_ns = sight.since;
	copy->present.torn = !whole;
	copy->end_ns = sight.now > sight.since ? sight.now : sight.since;
	charge_present(copy, thread, task, &sight);
	__builtin_memcpy(copy->comm, task->comm, sizeof(copy->comm));
	bpf_seq_write(context->meta->seq, copy, sizeof(*copy));
	return 0;
}

#endif
