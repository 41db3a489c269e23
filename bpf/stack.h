/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where threads left their CPUs, and for how long they were off them; only where userspace asked for it. */
#ifndef MPTRACE_BPF_STACK_H
#define MPTRACE_BPF_STACK_H

#include "python.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct stack_key);
	__type(value, struct stack_time);
} stack_times SEC(".maps");

static __always_inline __u64 take_stack(void *context, __u64 flags)
{
	struct stack_frames *list = begin_frames();
	__u64 id;

	/* What is left of the list after the last call is filled with 0. */
	if (!list || bpf_get_stack(context, list, sizeof(*list), flags) <= 0)
		return 0;
	id = id_of_frames(flags + 1);
	return is_kept(id) ? id : keep_frames(id);
}

/* @task, the present thread, is about to leave its CPU. */
static __always_inline void keep_stack(struct thread_state *thread, struct task_struct *task, void *context)
{
	if (!with_stacks)
		return;
	thread->user_stack = take_stack(context, BPF_F_USER_STACK);
	thread->kernel_stack = take_stack(context, 0);
	thread->python_stack = python_stack_of(thread, own_number(task));
}

/* @task was off its CPU for @passed ns by @cause, which can be CAUSE_RUN_QUEUE. */
static __always_inline void charge_stack(struct thread_state *thread, struct task_struct *task, __u32 cause,
					 __u64 passed)
{
	struct stack_time *sum, first = {.ns = passed, .times = 1};
	struct stack_key key = {.tgid = thread->record.tgid,
				.cause = cause,
				.user = thread->user_stack,
				.kernel = thread->kernel_stack,
				.python = thread->python_stack};

	if (!with_stacks || !passed)
		return;
	__builtin_memcpy(key.comm, task->comm, sizeof(key.comm));
	sum = find_sum(&stack_times, &key, &first, LOST_STACKS);
	if (sum) {
		__sync_fetch_and_add(&sum->ns, passed);
		__sync_fetch_and_add(&sum->times, 1);
	}
}

#endif
