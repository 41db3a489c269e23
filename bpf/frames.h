/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of addresses, each kept once: of calls (stack.h), and of Python's functions (python.h). */
#ifndef MPTRACE_BPF_FRAMES_H
#define MPTRACE_BPF_FRAMES_H

#include "state.h"

/* Read-only: without stacks the verifier drops all that is for them. */
const volatile bool with_stacks = false;

/*
 * With their memory from the start: of a new stack many entries are made at once, more than the kernel has at hand. Not
 * the kernel's own table of stacks: two of them that have the same place there are one too many.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct stack_frames);
} stacks SEC(".maps");

/* The list that is being made; too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_frames);
} new_frames SEC(".maps");

static __always_inline struct stack_frames *begin_frames(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&new_frames, &zero);
}

/* What tells the list that was made from others, with @seed from those of another kind. Global: see sched.h. */
__weak __noinline __u64 id_of_frames(__u64 seed)
{
	struct stack_frames *list = begin_frames();
	__u64 id = seed;

	for (int i = 0; list && i < MAX_FRAMES && list->frames[i]; i++)
		id = (id ^ list->frames[i]) * 0x9e3779b97f4a7c15;
	return id;
}

static __always_inline bool is_kept(__u64 id)
{
	return bpf_map_lookup_elem(&stacks, &id) != NULL;
}

/* Keeps the list that was made. Returns its id, 0: there is no room. */
static __always_inline __u64 keep_frames(__u64 id)
{
	struct stack_frames *list = begin_frames();

	if (list && !bpf_map_update_elem(&stacks, &id, list, BPF_ANY))
		return id;
	lose(LOST_STACKS);
	return 0;
}

#endif
