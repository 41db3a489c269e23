/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every nanosecond of every followed thread: on a CPU, in the run queue, or blocked by a cause.
 * `since` moves forward with each charge, so on_cpu + run_queue + blocked = end - start by construction.
 */
#ifndef MPTRACE_BPF_SCHED_H
#define MPTRACE_BPF_SCHED_H

#include "lock.h"
#include "parallel.h"
#include "stack.h"
#include "state.h"
#include "timeline.h"

#define TASK_DEAD 0x80
#define TASK_STOPPED 0x0c /* by a signal, or by a tracer */
/* A thread that wants the GIL runs some us between two waits for it; one that has got it runs on. */
#define SHORT_RUN_NS 500000
#define CLOCKS_APART_NS 1000000 /* the scheduler's and ours, at most, over a wait */

static __always_inline void read_call(struct task_struct *task, struct blocking_call *call)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	call->number = regs->orig_ax;
	call->first = regs->di;
	call->second = regs->si;
	call->third = regs->dx;
	call->fourth = regs->r10;
}

/*
 * Global functions: the verifier looks at each once. Inlined, it follows every system call through all that comes
 * after: loading took twice as long.
 */
__weak __noinline int cause_of_wait(const struct blocking_call *call)
{
	return call ? cause_of(call) : CAUSE_OTHER;
}

__weak __noinline int kind_of_wait(__u64 number)
{
	return io_kind_of_call(number);
}

__weak __noinline int wait_names_file(__u64 number)
{
	return call_names_file(number);
}

/* An open file, NULL: there is none. */
static __always_inline struct file *file_of(struct task_struct *task, __u64 descriptor)
{
	struct fdtable *table = task->files->fdt;
	struct file *file = NULL;

	if (descriptor < table->max_fds)
		bpf_probe_read_kernel(&file, sizeof(file), &table->fd[descriptor]);
	return file;
}

static __always_inline __u32 kind_of(const struct blocking_call *call, struct file *file)
{
	__u32 kind = kind_of_wait(call->number);

	if (kind != IO_KINDS)
		return kind;
	return file ? io_kind_of_file(BPF_CORE_READ(file, f_inode, i_mode)) : IO_OTHER;
}

static __always_inline void keep_name(struct file *file, __u64 inode, __u64 device)
{
	struct file_key key = {.inode = inode, .device = device};
	char name[FILE_NAME] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	if (bpf_map_update_elem(&file_names, &key, name, BPF_ANY))
		lose(LOST_FILES);
}

/* Of any program: for what kind of I/O it waits, and at which file if its call names one. */
static __always_inline void begin_io(struct thread_state *thread, struct task_struct *task,
				     const struct blocking_call *call)
{
	struct file *file = wait_names_file(call->number) ? file_of(task, call->first) : NULL;

	thread->wait_kind = kind_of(call, file);
	if (!file)
		return;
	thread->wait_address = BPF_CORE_READ(file, f_inode, i_ino);
	thread->wait_space = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	thread->wait_seen = 1 << thread->wait_kind;
	thread->wait_limited = 0;
	if (slot_of(thread, thread->wait_address)->address != thread->wait_address)
		keep_name(file, thread->wait_address, thread->wait_space);
}

/* A wait ended (or, without a waker, was found to have ended): charge it to its cause. */
static __always_inline void unblock(struct thread_state *thread, struct task_struct *task, struct task_struct *waker,
				    __u64 now)
{
	__u64 passed = elapse(thread, now);
	__u32 cause = thread->cause;
	bool handed_over = false;

	if (cause < CAUSE_COUNT) {
		thread->record.blocked_ns[cause] += passed;
		thread->record.waits[cause]++;
		charge_stack(thread, task, cause, passed);
	}
	if (cause == CAUSE_LOCK && thread->wait_address && futex_is_mutex(thread->wait_seen))
		thread->record.mutex_ns += passed;
	if (cause == CAUSE_IO && thread->wait_kind < IO_KINDS) {
		thread->record.io_ns[thread->wait_kind] += passed;
		thread->record.io_waits[thread->wait_kind]++;
	}
	if (cause == CAUSE_GIL)
		thread->record.gil_after_io_ns += thread->after_io ? passed : 0;
	else
		thread->after_io = cause == CAUSE_IO || cause == CAUSE_SLEEP;
	thread->record.wakeups++;
	if (thread->wait_address)
		handed_over = end_wait(thread, task, waker, passed);
	mark(thread, EVENT_WAKE, handed_over, waker ? waker->pid : 0, thread->since);
	thread->state = STATE_RUNNABLE;
}

/* A read that does not mean I/O: of the gate by the first process, of a pipe that hands out work. */
static __always_inline void begin_read(struct thread_state *thread, struct task_struct *task,
				       const struct blocking_call *call)
{
	__u32 count = place_count;
	struct file *file;
	__u64 inode;

	if (!thread->record.parent_tgid && call->first == GATE_DESCRIPTOR)
		thread->cause = CAUSE_IDLE;
	if (!pipe_count)
		return;
	file = file_of(task, call->first);
	inode = file ? BPF_CORE_READ(file, f_inode, i_ino) : 0;
	for (__u32 i = 0; i < MAX_PLACES && i < count; i++)
		if (places[i].is_pipe && inode == places[i].low)
			thread->cause = places[i].cause;
}

/*
 * Some kernels do not show every wake-up (seen on a firecracker 6.18: now and then those of one timer interrupt, up to
 * 6 sleepers). Then the scheduler's own figures tell how long @next has waited for a CPU: for this one and, if it was
 * moved meanwhile, for others before.
 */
static __always_inline void unblock_unseen(struct thread_state *thread, struct task_struct *next, __u64 now)
{
	__u64 waited = next->sched_info.run_delay - thread->last_delay + pending_delay(next);

	unblock(thread, next, NULL, now - waited);
}

static __always_inline void block(struct thread_state *thread, struct task_struct *task)
{
	struct blocking_call call;

	thread->wait_address = 0;
	thread->last_delay = task->sched_info.run_delay;
	read_call(task, &call);
	if (call.number != CALL_RESTART) {
		thread->cause = cause_of_wait(&call);
		thread->wait_kind = IO_KINDS;
	}
	if (task->__state & TASK_STOPPED) /* not by its call */
		thread->cause = CAUSE_OTHER;
	else if (call_waits_at_address(&call))
		begin_wait(thread, &call);
	else if (any_program && thread->cause == CAUSE_IO && call.number != CALL_RESTART)
		begin_io(thread, task, &call);
	else if (!any_program && call.number == CALL_READ)
		begin_read(thread, task, &call);
	mark(thread, EVENT_BLOCK, thread->cause, thread->wait_address, thread->since);
	/* Last: a waker on another CPU reads the rest as soon as it sees this state. */
	barrier();
	thread->state = STATE_BLOCKED;
}

/* The kernel has just raised nvcsw or nivcsw: whichever moved says how it saw this switch. */
static __always_inline void class_switch_out(struct thread_state *thread, struct task_struct *task)
{
	__u64 nvcsw = task->nvcsw;
	__u32 class = SWITCH_VOLUNTARY;

	if (nvcsw == thread->last_nvcsw) {
		struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

		class = regs->orig_ax == CALL_SCHED_YIELD ? SWITCH_YIELD : SWITCH_INVOLUNTARY;
	}
	thread->last_nvcsw = nvcsw;
	thread->record.switches[class] += times(MUTATE_SWITCHES);
}

/*
 * Before all else: for each pointer of a task that it sees read the verifier of 6.18 takes half a millisecond, on every
 * way that leads there. What is read back from a map are numbers to it.
 */
static __always_inline void keep_spaces(struct thread_state *thread, struct task_struct *prev, struct task_struct *next)
{
	thread->spaces.before = (__u64)prev->mm;
	thread->spaces.active = (__u64)prev->active_mm;
	thread->spaces.own = (__u64)next->mm;
}

/* active_mm of idle and kernel threads is the last user address space on this CPU. */
static __always_inline void class_switch_in(struct thread_state *thread)
{
	__u64 before = thread->spaces.before, last = before ? before : thread->spaces.active;
	__u32 class = SWITCH_PROCESS;

	if (last == thread->spaces.own)
		class = before ? SWITCH_THREAD : SWITCH_RETURN;
	thread->record.switches[class]++;
}

static __always_inline void send_record(struct thread_state *thread, struct task_struct *task)
{
	struct thread_record *record = &thread->record;

	record->tid = task->pid;
	flush_locks(thread);
	record->group_start_ns = task->group_leader->start_time;
	read_kernel_counters(task, &record->kernel);
	__builtin_memcpy(record->comm, task->comm, sizeof(record->comm));
	record->end_ns = thread->since;
	if (bpf_ringbuf_output(&records, record, sizeof(*record), BPF_RB_NO_WAKEUP))
		lose(LOST_RECORDS);
}

static __always_inline void charge_queue(struct thread_state *thread, struct task_struct *task, __u64 passed)
{
	thread->record.run_queue_ns += passed;
	charge_stack(thread, task, CAUSE_RUN_QUEUE, passed);
}

static __always_inline void charge_run(struct thread_state *thread, __u64 now)
{
	__u64 weight = times(MUTATE_INTERVALS), passed = elapse(thread, now);

	thread->record.on_cpu_ns += passed * weight;
	if (passed > SHORT_RUN_NS)
		thread->after_io = 0;
	thread->record.runs += weight;
}

/* Of one that was met: the kernel counts all of its first wait, of which some was before, up to @delay now. */
static __always_inline void compare_from_met(struct thread_state *thread, __u64 delay)
{
	thread->record.kernel_before.run_delay_ns = delay - thread->record.run_queue_ns;
}

/*
 * Some kernels do not show every switch-in (1 to 3 a second on a firecracker 6.18; ftrace misses the
 * same ones). Such a run is found at its switch-out; how long it was is the scheduler's own figure.
 */
static __always_inline void charge_unseen_run(struct thread_state *thread, struct task_struct *task, __u64 now)
{
	__u64 ran = task->se.sum_exec_runtime - thread->last_runtime, passed;

	if (thread->state == STATE_BLOCKED)
		/* Nor was its wake-up shown: what it waited for a CPU then is the scheduler's figure too. */
		unblock(thread, task, NULL, now - ran - (task->sched_info.run_delay - thread->last_delay));
	passed = elapse(thread, now);
	if (ran > passed)
		ran = passed;
	thread->record.on_cpu_ns += ran;
	charge_queue(thread, task, passed - ran);
	if (any_program && thread->was_met && !thread->record.runs && !thread->record.unseen_runs)
		compare_from_met(thread, task->sched_info.run_delay);
	thread->record.unseen_runs++;
	thread->record.unseen_run_ns += ran;
	mark(thread, EVENT_RUN, 0, 0, thread->since - ran);
	if (!thread->record.first_run_ns)
		thread->record.first_run_ns = now - ran;
}

static __always_inline void switch_out(struct thread_state *thread, struct task_struct *task, bool preempt, __u64 now,
				       void *context)
{
	/* Read, not the argument that 5.18 added: a wake-up that raced us shows here, and 5.15 loads it too. */
	unsigned int state = task->__state;

	if (thread->state == STATE_RUNNING)
		charge_run(thread, now);
	else
		charge_unseen_run(thread, task, now);
	if (any_program && thread->was_met && thread->record.runs == 1 && !thread->record.first_run_ns)
		/* It ran when it was met: what the kernel had counted then was of the last tick. */
		thread->record.kernel_before.exec_runtime_ns = task->se.sum_exec_runtime - thread->record.on_cpu_ns;
	thread->last_runtime = task->se.sum_exec_runtime;
	if (any_program && thread->was_met && thread->record.runs + thread->record.unseen_runs == 1) {
		/* It may have been met between the kernel's counting of this switch and its being shown. */
		thread->record.kernel_before.switches = task->nvcsw + task->nivcsw - 1;
		thread->last_nvcsw = task->nvcsw - (!preempt && state);
	}
	class_switch_out(thread, task);
	if (state & TASK_DEAD) {
		send_record(thread, task);
		thread->state = STATE_DEAD;
		return;
	}
	keep_stack(thread, task, context);
	if (preempt || !state) {
		thread->state = STATE_RUNNABLE;
		mark(thread, EVENT_PREEMPT, 0, 0, thread->since);
	} else {
		block(thread, task);
	}
}

/* It was there before, and nothing was seen of it since: what it waited for until it was queued still shows. */
static __always_inline void begin_met(struct thread_state *thread, struct task_struct *next, __u64 now)
{
	__u64 waited = pending_delay(next);

	if (thread->since + waited + CLOCKS_APART_NS < now) {
		block(thread, next);
		unblock(thread, next, NULL, now - waited);
	}
}

static __always_inline void switch_in(struct thread_state *thread, struct task_struct *prev, struct task_struct *next,
				      __u64 now)
{
	__u32 cpu = bpf_get_smp_processor_id();
	__u64 waited;

	if (thread->state == STATE_BLOCKED && thread->woken_early)
		/* In the instant before its switch-out: it never really blocked. */
		unblock(thread, next, NULL, thread->since);
	else if (thread->state == STATE_BLOCKED)
		unblock_unseen(thread, next, now);
	thread->woken_early = 0;
	if (thread->state == STATE_RUNNING) /* its switch-out was not shown */
		thread->record.on_cpu_ns += elapse(thread, now);
	if (any_program && thread->state == STATE_MET)
		begin_met(thread, next, now);
	waited = elapse(thread, now);
	charge_queue(thread, next, waited);
	if (any_program && thread->was_met && !thread->record.runs)
		compare_from_met(thread, next->sched_info.run_delay + pending_delay(next));
	thread->state = STATE_RUNNING;
	mark(thread, EVENT_RUN, 0, 0, thread->since);
	if (!thread->record.first_run_ns)
		thread->record.first_run_ns = now;
	else if (thread->last_cpu != cpu)
		thread->record.migrations++;
	if (!prev->pid) {
		thread->record.idle_runs++;
		thread->record.idle_wait_ns += waited < IDLE_WAKE_NS ? waited : IDLE_WAKE_NS;
	}
	thread->last_cpu = cpu;
	thread->record.cpus |= 1ULL << (cpu & 63);
	class_switch_in(thread);
}

/*
 * It leaves this CPU, and nothing was seen of it before. Either it was here when it was met: who changes the state
 * first (here or in iterate.h) says whether it counts. Or its switch-in was not shown; then it did not run all the
 * time.
 */
static __always_inline bool met_running(struct thread_state *thread, struct task_struct *task, __u64 now)
{
	if (!any_program || thread->state != STATE_MET)
		return false;
	if (thread->since + task->se.sum_exec_runtime - thread->last_runtime + CLOCKS_APART_NS < now) {
		thread->state = thread->met_as;
		return false;
	}
	if (__sync_val_compare_and_swap(&thread->state, STATE_MET, STATE_RUNNING) != STATE_MET)
		return false;
	thread->record.met_cpu = 0;
	mark(thread, EVENT_RUN, 0, 0, thread->since);
	return true;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct thread_state *out, *in;
	bool leaves = false, enters = false;
	__u64 now;

	if (!prev->bpf_storage && !next->bpf_storage)
		return 0;
	now = bpf_ktime_get_ns();
	in = followed(next);
	if (in)
		keep_spaces(in, prev, next);
	out = followed(prev);
	if (out) {
		/* One that was met in this state counts from here on: see iterate.h. */
		leaves = !met_running(out, prev, now) && out->counts && out->state == STATE_RUNNING;
		switch_out(out, prev, preempt, now, ctx);
	}
	if (in) {
		enters = in->counts && in->state != STATE_RUNNING;
		switch_in(in, prev, next, now);
	}
	if (leaves != enters)
		change_parallel(enters ? 1 : -1, bpf_get_smp_processor_id(), now);
	return 0;
}

/* It was there before, and wakes up for the first time since: what it waited for its system call still shows. */
static __always_inline void wake_met(struct thread_state *thread, struct task_struct *task)
{
	bool queued = task->on_rq;

	/* From 6.12 on a thread that blocks can stay queued for a while. */
	if (bpf_core_field_exists(task->se.sched_delayed))
		queued = queued && !task->se.sched_delayed;
	if (queued) {
		thread->woken_early = 1;
		return;
	}
	block(thread, task);
	unblock(thread, task, bpf_get_current_task_btf(), bpf_ktime_get_ns());
}

/* The gate: a thread that was there before begins to be followed when it is first woken after the gate opened. */
static __always_inline void pass_gate(struct thread_state *thread, struct task_struct *task)
{
	__u64 now;

	if (!gate_open || thread->record.start_ns)
		return;
	now = bpf_ktime_get_ns();
	if (!gate_ns) /* the first process comes first: the others wait for what it does */
		gate_ns = now;
	thread->record.start_ns = thread->since = now;
	thread->record.tgid = task->tgid;
	thread->record.first_tid = task->pid;
	thread->last_runtime = task->se.sum_exec_runtime;
	thread->last_nvcsw = task->nvcsw;
	thread->counts = first_thread_works;
	read_kernel_counters(task, &thread->record.kernel_before);
	__sync_fetch_and_add(&started_threads, 1);
	thread->state = STATE_RUNNABLE;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(sched_waking, struct task_struct *task)
{
	struct thread_state *thread = known(task);

	if (!thread || !times(MUTATE_WAKEUPS))
		return 0;
	if (thread->state == STATE_BLOCKED)
		unblock(thread, task, bpf_get_current_task_btf(), bpf_ktime_get_ns());
	else if (thread->state == STATE_WAITING)
		pass_gate(thread, task);
	else if (any_program && thread->state == STATE_MET)
		wake_met(thread, task);
	else
		thread->woken_early = 1;
	return 0;
}

#endif
