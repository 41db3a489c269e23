/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where threads left their CPUs, and for how long they were off them; only where userspace asked for it. */
#ifndef MPTRACE_BPF_STACK_H
#define MPTRACE_BPF_STACK_H

#include "python.h"
#include "state.h"

#define EEXIST 17

/* Set by userspace to one stack where none is wanted: the memory is taken at once. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, MAX_FRAMES * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct stack_key);
	__type(value, struct stack_time);
} stack_times SEC(".maps");

static __always_inline int take_stack(void *context, __u64 flags)
{
	long id = bpf_get_stackid(context, &stacks, flags);

	if (id == -EEXIST) /* another stack has its place */
		lose(LOST_STACKS);
	return id < 0 ? NO_STACK : (int)id;
}

/* @task, the present thread, is about to leave its CPU. */
static __always_inline void keep_stack(struct thread_state *thread, struct task_struct *task, void *context)
{
	if (!with_stacks)
		return;
	thread->user_stack = take_stack(context, BPF_F_USER_STACK);
	thread->kernel_stack = take_stack(context, 0);
	thread->python_stack = python_stack_of(thread, own_number(task));
	thread->has_stack = 1;
}

/* @task was off its CPU for @passed ns by @cause, which can be CAUSE_RUN_QUEUE. */
static __always_inline void charge_stack(struct thread_state *thread, struct task_struct *task, __u32 cause,
					 __u64 passed)
{
	struct stack_time *sum, first = {.ns = passed, .times = 1};
	struct stack_key key = {.tgid = thread->record.tgid, .cause = cause, .user = NO_STACK, .kernel = NO_STACK};

	if (!with_stacks || !passed)
		return;
	if (thread->has_stack) {
		key.user = thread->user_stack;
		key.kernel = thread->kernel_stack;
		key.python = thread->python_stack;
	}
	__builtin_memcpy(key.comm, task->comm, sizeof(key.comm));
	sum = find_sum(&stack_times, &key, &first, LOST_STACKS);
	if (sum) {
		__sync_fetch_and_add(&sum->ns, passed);
		__sync_fetch_and_add(&sum->times, 1);
	}
}

#endif
