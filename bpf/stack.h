/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where threads left their CPUs, and for how long they were off them; only where userspace asked for it. */
#ifndef MPTRACE_BPF_STACK_H
#define MPTRACE_BPF_STACK_H

#include "python.h"
#include "state.h"

/*
 * With their memory from the start, as python_stacks. Not the kernel's own table of stacks: two of them that have the
 * same place there are one too many.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct stack_frames);
} stacks SEC(".maps");

/* Too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_frames);
} walked_frames SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct stack_key);
	__type(value, struct stack_time);
} stack_times SEC(".maps");

/* The id of the stack of @size bytes that was walked through last, 0: none. Global: see python_stack_of. */
__weak __noinline __u64 keep_frames(__s64 size)
{
	struct stack_frames *walked;
	__u64 id = size;
	__u32 zero = 0;

	walked = bpf_map_lookup_elem(&walked_frames, &zero);
	if (!walked || size <= 0)
		return 0;
	for (int i = 0; i < MAX_FRAMES && walked->frames[i]; i++)
		id = (id ^ walked->frames[i]) * 0x9e3779b97f4a7c15;
	if (!bpf_map_lookup_elem(&stacks, &id) && bpf_map_update_elem(&stacks, &id, walked, BPF_ANY)) {
		lose(LOST_STACKS);
		return 0;
	}
	return id;
}

static __always_inline __u64 take_stack(void *context, __u64 flags)
{
	__u32 zero = 0;
	struct stack_frames *walked = bpf_map_lookup_elem(&walked_frames, &zero);

	return walked ? keep_frames(bpf_get_stack(context, walked, sizeof(*walked), flags)) : 0;
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
