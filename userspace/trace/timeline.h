/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rings of bpf/timeline.h, emptied while it runs. */
#ifndef MPTRACE_TRACE_TIMELINE_H
#define MPTRACE_TRACE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../bpf/abi.h"
#include "../base/failure.h"

/** Events in the order in which they were taken: of one CPU, in that in which they happened. */
struct timeline {
	struct timeline_event *events; /**< malloc */
	size_t count;
	uint64_t lost; /**< that had no room */
};

struct timeline_reader {
	struct timeline timeline;
	size_t room;
	struct timeline_ring *rings;
	const struct timeline_event *cells;
	size_t cpus;
};

struct bpf_map;

/** Before loading: as many rings as the machine has CPUs. */
void timeline__size(struct bpf_map *rings, struct bpf_map *events);

int timeline__map(struct timeline_reader *reader, const struct bpf_map *rings, const struct bpf_map *events,
		  struct failure *failure);

/** Takes what there is; call some fifty times a second. What memory has no room for is counted as lost. */
void timeline__take(struct timeline_reader *reader);

/** One more event, of userspace's own. */
void timeline__add(struct timeline_reader *reader, const struct timeline_event *event);

/** Takes what there is, and gives all of it away. What was lost at the end is told @when, ns since the gate. */
struct timeline timeline__hand_over(struct timeline_reader *reader, uint64_t when);

void timeline__unmap(struct timeline_reader *reader);

#endif
