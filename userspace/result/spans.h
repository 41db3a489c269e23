/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From events to intervals: what each thread did when. */
#ifndef MPTRACE_RESULT_SPANS_H
#define MPTRACE_RESULT_SPANS_H

#include "../base/failure.h"
#include "tids.h"

/** What a thread does: waits for its cause (enum cause), or: */
enum state {
	STATE_QUEUE = CAUSE_COUNT, /**< it could run, and waits for a CPU */
	STATE_CPU, /**< it runs */
	STATE_NOT_KNOWN, /**< no event tells: it was there before */
	STATE_COUNT,
};

/** How long a thread was in a state, by the accounting; of STATE_NOT_KNOWN 0. */
uint64_t state__ns(const struct thread_record *record, enum state state);

/** One interval of one thread; of a thread they follow each other without gaps from its start to its end. */
struct span {
	uint64_t from_ns, to_ns; /**< since the gate */
	uint32_t thread; /**< index in the result's threads */
	uint16_t state;
	uint16_t cpu; /**< STATE_CPU: on which */
	uint32_t waker; /**< the first tid of who ran where the wait before it was ended; 0: there was none, or it
			   is not known */
	bool handed_over; /**< and ended it for sure: by a call for the same futex */
	uint32_t lock; /**< of a wait: 1 + index in the result's locks of what it was for; 0: that is not known */
};

/** Events of a CPU, or of several, that had no room. */
struct gap {
	uint64_t from_ns, to_ns, count;
};

/** Memory that the control group was charged. */
struct memory_point {
	uint64_t when_ns, bytes;
};

struct spans {
	struct span *list; /**< by thread, then by time */
	size_t count;
	struct gap *gaps; /**< by time; each ends before the next one begins */
	size_t gap_count;
	struct thread_number *numbers; /**< by tid, then by time */
	size_t number_count;
	struct memory_point *memory; /**< by time */
	size_t memory_count;
	uint64_t end_ns; /**< of the last thread, since the gate */
};

/** STATUS_CANNOT: no memory. To be freed in any case. */
int spans__of(struct spans *spans, const struct result *result, struct failure *failure);
void spans__free(struct spans *spans);

/** The thread that began with number @tid and lived at @when: index in the result's threads. SIZE_MAX: none that is
 * known. */
size_t spans__thread(const struct spans *spans, uint32_t tid, uint64_t when);

/** Where the spans of the next thread begin: behind all that are of the same one as number @first. */
size_t spans__next_thread(const struct spans *spans, size_t first);

#endif
