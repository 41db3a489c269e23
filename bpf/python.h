/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which Python functions a thread is in: read from the records of its interpreter, where that says how they look
 * (CPython 3.13: see profile/python_layout.c). What is read is the program's and can be anything: it is only ever
 * followed through reads that can fail, a limited number of times.
 */
#ifndef MPTRACE_BPF_PYTHON_H
#define MPTRACE_BPF_PYTHON_H

#include "frames.h"

#define MOST_THREADS 64 /* looked at for the record of one; a new one's is the first */
#define OWNED_BY_C 3 /* a frame that is no function, between those that C called */
#define KIND_OF(state) ((state) >> 2 & 7) /* bytes of a letter */
#define IS_ASCII 0x40
#define BEFORE_OTHERS 16 /* bytes between the record of a string that is not ASCII and its letters */

/* With their memory from the start, as stacks. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct python_code_key);
	__type(value, struct python_code);
} python_codes SEC(".maps");

/* Too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct python_code);
} python_names SEC(".maps");

static __always_inline __u64 read_address(__u64 at)
{
	__u64 address = 0;

	bpf_probe_read_user(&address, sizeof(address), (void *)at);
	return address;
}

/* The number of a thread as it knows it itself. */
static __always_inline __u64 own_number(struct task_struct *task)
{
	struct pid *pid = task->thread_pid;
	struct upid number = {};

	bpf_probe_read_kernel(&number, sizeof(number), &pid->numbers[pid->level]);
	return number.nr;
}

/* The address of the thread's record, 0: not found. One that was found stays where it is as long as the thread. */
static __always_inline __u64 find_record(struct thread_state *thread, const struct python_layout *layout, __u64 number)
{
	__u64 interpreter, at;

	if (thread->python_thread && read_address(thread->python_thread + layout->thread_number) == number)
		return thread->python_thread;
	interpreter = read_address(layout->interpreters);
	at = read_address(interpreter + layout->first_thread);
	for (int i = 0; i < MOST_THREADS && interpreter; i++) {
		if (!at) {
			interpreter = read_address(interpreter + layout->next_interpreter);
			at = read_address(interpreter + layout->first_thread);
		} else if (read_address(at + layout->thread_number) == number) {
			thread->python_thread = at;
			return at;
		} else {
			at = read_address(at + layout->next_thread);
		}
	}
	return 0;
}

/* @ends: of a text that is too long the end, not the start. */
static __always_inline void read_text(struct python_text *text, __u64 at, const struct python_layout *layout, bool ends)
{
	__u64 size, skipped;

	text->state = text->unused = 0;
	text->length = read_address(at + layout->length);
	bpf_probe_read_user(&text->state, sizeof(text->state), (void *)(at + layout->state));
	size = text->length * KIND_OF(text->state);
	skipped = ends && size > PYTHON_TEXT ? size - PYTHON_TEXT : 0;
	at += layout->characters + (text->state & IS_ASCII ? 0 : BEFORE_OTHERS) + skipped;
	if (bpf_probe_read_user(text->bytes, sizeof(text->bytes), (void *)at))
		text->length = 0;
}

/* Keeps the names of the function whose code is there. Global: see python_stack_of. */
__weak __noinline int keep_code(__u32 tgid, __u64 code, const struct python_layout *layout)
{
	struct python_code_key key = {.tgid = tgid, .code = code};
	__u32 zero = 0;
	struct python_code *names = bpf_map_lookup_elem(&python_names, &zero);

	if (!names || !layout || code == NO_FUNCTION || bpf_map_lookup_elem(&python_codes, &key))
		return 0;
	read_text(&names->name, read_address(code + layout->name), layout, false);
	read_text(&names->file, read_address(code + layout->file), layout, true);
	if (bpf_map_update_elem(&python_codes, &key, names, BPF_ANY))
		lose(LOST_STACKS);
	return 0;
}

/* Fills @list with the functions that the thread of this record is in. */
static __always_inline void read_functions(struct stack_frames *list, __u64 record, const struct python_layout *layout)
{
	__u64 frame = read_address(record + layout->frame);
	int i;

	for (i = 0; i < MAX_PYTHON_FRAMES && frame; i++) {
		__u64 code = read_address(frame + layout->code);
		__u8 owner = OWNED_BY_C;

		bpf_probe_read_user(&owner, sizeof(owner), (void *)(frame + layout->owner));
		list->frames[i] = owner < OWNED_BY_C ? code : NO_FUNCTION;
		frame = read_address(frame + layout->caller);
	}
	list->frames[i] = 0;
}

/* The id of the present thread's Python functions, 0: none are known. Global: the verifier looks at it once. */
__weak __noinline __u64 python_stack_of(struct thread_state *thread, __u64 number)
{
	struct stack_frames *list = begin_frames();
	struct python_interpreter *python;
	__u64 record, id;
	__u32 tgid;

	if (!thread || !list || !with_stacks)
		return 0;
	tgid = thread->record.tgid;
	python = bpf_map_lookup_elem(&interpreters, &tgid);
	if (!python || !python->layout.interpreters)
		return 0;
	record = find_record(thread, &python->layout, number);
	if (!record)
		return 0;
	read_functions(list, record, &python->layout);
	if (!list->frames[0])
		return 0;
	id = id_of_frames(tgid);
	if (is_kept(id))
		return id;
	for (int i = 0; i < MAX_PYTHON_FRAMES && list->frames[i]; i++)
		keep_code(tgid, list->frames[i], &python->layout);
	return keep_frames(id);
}

#endif
