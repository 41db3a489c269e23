/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timeline.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MOST_EVENTS ((size_t)16 << 20) /* 256 MiB */
#define FIRST_ROOM 65536

void timeline__size(struct bpf_map *rings, struct bpf_map *events)
{
	int possible = libbpf_num_possible_cpus();
	__u32 cpus = possible > 0 ? (__u32)possible : 1;

	bpf_map__set_max_entries(rings, cpus);
	bpf_map__set_max_entries(events, cpus * TIMELINE_ROOM);
}

static size_t ring_bytes(const struct timeline_reader *reader)
{
	return reader->cpus * sizeof(*reader->rings);
}

static size_t cell_bytes(const struct timeline_reader *reader)
{
	return reader->cpus * TIMELINE_ROOM * sizeof(*reader->cells);
}

int timeline__map(struct timeline_reader *reader, const struct bpf_map *rings, const struct bpf_map *events,
		  struct failure *failure)
{
	reader->cpus = bpf_map__max_entries(rings);
	reader->rings = mmap(NULL, ring_bytes(reader), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(rings), 0);
	reader->cells = mmap(NULL, cell_bytes(reader), PROT_READ, MAP_SHARED, bpf_map__fd(events), 0);
	if (reader->rings != MAP_FAILED && reader->cells != MAP_FAILED)
		return 0;
	return fail(failure, STATUS_CANNOT, "cannot map the timeline's rings: %s", strerror(errno));
}

/* @most: of all events. */
static bool has_room(struct timeline_reader *reader, size_t more, size_t most)
{
	size_t wanted = reader->timeline.count + more, room = reader->room ? reader->room : FIRST_ROOM;
	struct timeline_event *grown;

	while (room < wanted)
		room *= 2;
	if (wanted > most)
		return false;
	if (room == reader->room)
		return true;
	grown = realloc(reader->timeline.events, room * sizeof(*grown));
	if (!grown)
		return false;
	reader->timeline.events = grown;
	reader->room = room;
	return true;
}

void timeline__take(struct timeline_reader *reader)
{
	uint64_t lost = 0;

	for (size_t cpu = 0; cpu < reader->cpus; cpu++) {
		struct timeline_ring *ring = &reader->rings[cpu];
		uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE), tail = ring->tail;

		/* Full for good: the ring fills up, and the kernel counts what is lost from then on. */
		if (!has_room(reader, head - tail, MOST_EVENTS))
			continue;
		for (; tail != head; tail++)
			reader->timeline.events[reader->timeline.count++] =
				reader->cells[cpu * TIMELINE_ROOM + tail % TIMELINE_ROOM];
		__atomic_store_n(&ring->tail, tail, __ATOMIC_RELEASE);
	}
	for (size_t cpu = 0; cpu < reader->cpus; cpu++)
		lost += __atomic_load_n(&reader->rings[cpu].lost, __ATOMIC_RELAXED) +
			(__atomic_load_n(&reader->rings[cpu].head, __ATOMIC_RELAXED) - reader->rings[cpu].tail);
	reader->timeline.lost = lost;
}

void timeline__add(struct timeline_reader *reader, const struct timeline_event *event)
{
	/* Beyond the most, as these are few. */
	if (has_room(reader, 1, 2 * MOST_EVENTS))
		reader->timeline.events[reader->timeline.count++] = *event;
}

/* Events of that CPU that no event tells of: the kernel tells of losses with the next event that has room. */
static uint64_t untold(const struct timeline_reader *reader, size_t cpu)
{
	const struct timeline_ring *ring = &reader->rings[cpu];

	return ring->lost - ring->told + (ring->head - ring->tail);
}

struct timeline timeline__hand_over(struct timeline_reader *reader, uint64_t when)
{
	struct timeline timeline;

	timeline__take(reader);
	for (size_t cpu = 0; cpu < reader->cpus; cpu++) {
		uint64_t lost = untold(reader, cpu);
		const struct timeline_event event = {.when_cpu = timeline_when_cpu(when, 0, (__u32)cpu),
						     .who = timeline_who(0, EVENT_LOST, 0),
						     .other = lost < UINT32_MAX ? (uint32_t)lost : UINT32_MAX};

		if (lost)
			timeline__add(reader, &event);
	}
	timeline = reader->timeline;
	reader->timeline = (struct timeline){0};
	reader->room = 0;
	return timeline;
}

void timeline__unmap(struct timeline_reader *reader)
{
	if (reader->rings && reader->rings != MAP_FAILED)
		munmap(reader->rings, ring_bytes(reader));
	if (reader->cells && reader->cells != MAP_FAILED)
		munmap((void *)reader->cells, cell_bytes(reader));
	free(reader->timeline.events);
}
