/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each change of a followed thread's state as it happens, for pictures: into a ring of the CPU that userspace empties.
 */
#ifndef MPTRACE_BPF_TIMELINE_H
#define MPTRACE_BPF_TIMELINE_H

#include "state.h"

/* Before loading, as any_program. */
const volatile bool with_timeline = false;

/* One for each CPU. Set in size before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timeline_ring);
} timeline_rings SEC(".maps");

/* TIMELINE_ROOM for each CPU, one CPU after the other. Likewise. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timeline_event);
} timeline_events SEC(".maps");

static __always_inline void store_event(__u64 place, __u64 when_cpu, __u32 who, __u32 other)
{
	__u32 index = when_cpu % TIMELINE_CPUS * TIMELINE_ROOM + (place & (TIMELINE_ROOM - 1));
	struct timeline_event *event = bpf_map_lookup_elem(&timeline_events, &index);

	if (!event)
		return;
	event->when_cpu = when_cpu;
	event->who = who;
	event->other = other;
}

/*
 * Only from where interrupts are off (switches and wake-ups), or when all probes are off (iterate.h): nothing on this
 * CPU comes in between. The head moves last: userspace on another CPU sees whole events alone.
 */
__weak __noinline int keep_event(__u64 now, __u32 who, __u32 other, __u32 order)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct timeline_ring *ring = bpf_map_lookup_elem(&timeline_rings, &cpu);
	__u64 since_gate = now > gate_ns ? now - gate_ns : 0, when_cpu = timeline_when_cpu(since_gate, order, cpu),
	      head;

	if (!ring)
		return 0;
	head = ring->head;
	if (since_gate >> (64 - TIMELINE_SHIFT) || cpu >= TIMELINE_CPUS) {
		ring->lost++;
		return 0;
	}
	/* With room for the event that tells of a loss. */
	if (head + 2 - ring->tail > TIMELINE_ROOM) {
		ring->lost++;
		return 0;
	}
	if (ring->lost != ring->told) {
		store_event(head++, when_cpu, timeline_who(0, EVENT_LOST, 0), ring->lost - ring->told);
		ring->told = ring->lost;
	}
	store_event(head, when_cpu, who, other);
	barrier();
	ring->head = head + 1;
	return 0;
}

/* Its state has changed, by the accounting, @when. */
static __always_inline void mark(struct thread_state *thread, __u32 what, __u32 cause, __u32 other, __u64 when)
{
	if (with_timeline)
		keep_event(when, timeline_who(thread->record.first_tid, what, cause & 15), other, thread->events++);
}

#endif
