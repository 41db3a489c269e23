/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits at futexes and files, counted when they end. */
#ifndef MPTRACE_BPF_LOCK_H
#define MPTRACE_BPF_LOCK_H

#include "cause.h"
#include "state.h"

static __always_inline void add_lock(struct lock_record *sum, const struct lock_record *part)
{
	__sync_fetch_and_add(&sum->waits, part->waits);
	__sync_fetch_and_add(&sum->wait_ns, part->wait_ns);
	__sync_fetch_and_add(&sum->timeouts, part->timeouts);
	__sync_fetch_and_add(&sum->hand_overs, part->hand_overs);
	sum->seen |= part->seen;
}

static __noinline void flush_lock(struct lock_slot *slot)
{
	/* Of its own: 6.1 takes no value for a table from what a global function was given. */
	struct lock_record *sum, part;
	struct lock_key key = {};

	if (!slot)
		return;
	part = slot->record;
	key.address = slot->address;
	key.space = slot->space;
	key.cause = slot->cause;
	sum = find_sum(&locks, &key, &part, slot->cause == CAUSE_IO ? LOST_FILES : LOST_LOCKS);
	if (sum)
		add_lock(sum, &part);
}

static __always_inline void flush_locks(struct thread_state *thread)
{
	for (int i = 0; i < LOCK_SLOTS; i++)
		if (thread->locks[i].record.waits)
			flush_lock(&thread->locks[i]);
}

static __always_inline bool waits_in_gil(__u32 tgid, __u64 address)
{
	struct python_interpreter *python = bpf_map_lookup_elem(&interpreters, &tgid);

	return python && address >= python->low && address < python->high;
}

static __always_inline void begin_wait(struct thread_state *thread, const struct blocking_call *call)
{
	__u32 count = place_count;

	thread->wait_address = call->first;
	thread->wait_seen = futex_evidence(call);
	thread->wait_space = futex_is_private(call) ? thread->record.tgid : 0;
	thread->wait_limited = call->fourth != 0;
	if (any_program) {
		if (waits_in_gil(thread->record.tgid, call->first))
			thread->cause = CAUSE_GIL;
		return;
	}
	for (__u32 i = 0; i < MAX_PLACES && i < count; i++)
		if (!places[i].is_pipe && call->first >= places[i].low && call->first < places[i].high)
			thread->cause = places[i].cause;
}

static __always_inline struct lock_slot *slot_of(struct thread_state *thread, __u64 address)
{
	return &thread->locks[(address >> 3 ^ address >> 7) & (LOCK_SLOTS - 1)];
}

/*
 * True if the present thread, in a futex call at this address, is the one that ends the wait. Idle
 * and kernel threads have no system call: what stands where its registers would be means nothing.
 */
static __always_inline bool waker_hands_over(struct task_struct *waker, __u64 address, __u64 *seen)
{
	struct pt_regs *regs;

	if (!waker->mm)
		return false;
	regs = (struct pt_regs *)bpf_task_pt_regs(waker);
	if ((regs->orig_ax != CALL_FUTEX && regs->orig_ax != CALL_FUTEX_WAKE) || regs->di != address)
		return false;
	*seen |= (__u32)regs->dx == 1 ? SEEN_WAKE_ONE : SEEN_WAKE_MANY;
	return true;
}

static __always_inline void count_hand_over(struct thread_state *thread, struct task_struct *from,
					    struct task_struct *to)
{
	struct hand_over key = {
		.address = thread->wait_address, .space = thread->wait_space, .from = from->pid, .to = to->pid};
	__u64 one = 1, *count = find_sum(&hand_overs, &key, &one, LOST_LOCKS);

	if (count)
		__sync_fetch_and_add(count, 1);
}

/* Global, as the tables of system calls in sched.h: the verifier looks at it once. */
__weak __noinline int count_wait(struct thread_state *thread, __u64 passed, __u64 seen, bool hands_over, bool timed_out)
{
	struct lock_slot *slot;
	__u64 address;
	__u32 space, cause;

	if (!thread)
		return 0;
	address = thread->wait_address;
	space = thread->wait_space;
	cause = thread->cause;
	slot = slot_of(thread, address);
	if (slot->address != address || slot->space != space || slot->cause != cause) {
		if (slot->record.waits)
			flush_lock(slot);
		__builtin_memset(&slot->record, 0, sizeof(slot->record));
		slot->address = address;
		slot->space = space;
		slot->cause = cause;
	}
	slot->record.waits++;
	slot->record.wait_ns += passed;
	slot->record.hand_overs += hands_over;
	slot->record.timeouts += timed_out;
	slot->record.seen |= seen;
	thread->wait_address = 0;
	return 0;
}

/*
 * A semaphore's call does not tell whether it is a lock (Python's are) or work is waited for. Who hands it over after
 * it was handed to him has kept it meanwhile; one who brings work was not given it there. The part of a wait during
 * which others kept it, one after the other, is for a mutex. Not all of it: an executor's idle threads wake each other
 * within microseconds when one of them is given work.
 */
static __always_inline void take_turn(struct thread_state *thread, struct task_struct *waker, __u64 passed)
{
	struct thread_state *holder = known(waker);
	__u64 now = thread->since, since = now, kept;

	if (holder && holder->turn_address == thread->wait_address && holder->turns_since < now)
		since = holder->turns_since;
	thread->turn_address = thread->wait_address;
	thread->turns_since = since;
	kept = now - since;
	thread->record.mutex_ns += kept < passed ? kept : passed;
}

/*
 * The present wait of @task ended after @passed ns. @waker: who ended it, NULL if that was not seen. True: it is known
 * to have handed over what was waited for; else it may be whom a timer's interrupt met.
 */
static __always_inline bool end_wait(struct thread_state *thread, struct task_struct *task, struct task_struct *waker,
				     __u64 passed)
{
	__u64 seen = thread->wait_seen;
	bool hands_over = waker && waker_hands_over(waker, thread->wait_address, &seen);

	if (any_program && hands_over) {
		count_hand_over(thread, waker, task);
		if (thread->cause == CAUSE_LOCK && futex_can_be_semaphore(seen) && seen & SEEN_WAKE_ONE)
			take_turn(thread, waker, passed);
	}
	count_wait(thread, passed, seen, hands_over, waker && thread->wait_limited && !hands_over);
	return hands_over;
}

#endif
