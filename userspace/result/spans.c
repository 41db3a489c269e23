/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spans.h"

#include <stdlib.h>
#include <string.h>

struct dated {
	uint64_t when;
	const struct timeline_event *event;
};

/* A lock by what an event tells of it. */
struct known_lock {
	uint32_t low, space, cause; /* the lower half of its address; space as in struct lock_key */
	uint32_t index;
};

struct builder {
	struct spans *spans;
	const struct result *result;
	struct span *present; /* of each of the result's threads, up to now: its end is not known yet */
	struct thread_number *later; /* that threads got when they executed a program; by tid, then by time */
	size_t later_count, room, gap_room, memory_room;
	struct known_lock *locks;
	bool failed;
};

static int by_time(const void *a, const void *b)
{
	const struct dated *left = a, *right = b;

	uint32_t left_tid, right_tid;

	if (left->when != right->when)
		return left->when < right->when ? -1 : 1;
	left_tid = timeline__tid(left->event);
	right_tid = timeline__tid(right->event);
	if (left_tid != right_tid)
		return left_tid < right_tid ? -1 : 1;
	return left->event < right->event ? -1 : left->event > right->event;
}

/* Their order counts from 0 to 15 and on at 0: which of two is later is known of few, and no order of many. */
static void order_ties(struct dated *order, size_t count)
{
	for (size_t first = 0, next; first < count; first = next) {
		for (next = first + 1; next < count && order[next].when == order[first].when &&
				       timeline__tid(order[next].event) == timeline__tid(order[first].event);
		     next++)
			;
		for (size_t i = first + 1; i < next && next - first <= TIMELINE_TIES; i++)
			for (size_t j = i; j > first && timeline__is_later(order[j - 1].event, order[j].event); j--) {
				const struct dated later = order[j - 1];

				order[j - 1] = order[j];
				order[j] = later;
			}
	}
}

static int by_place(const void *a, const void *b)
{
	const struct span *left = a, *right = b;

	if (left->thread != right->thread)
		return left->thread < right->thread ? -1 : 1;
	return left->from_ns < right->from_ns ? -1 : left->from_ns > right->from_ns;
}

static int by_lock(const void *a, const void *b)
{
	const struct known_lock *left = a, *right = b;

	if (left->low != right->low)
		return left->low < right->low ? -1 : 1;
	if (left->space != right->space)
		return left->space < right->space ? -1 : 1;
	return left->cause < right->cause ? -1 : left->cause > right->cause;
}

static void list_locks(struct builder *builder)
{
	const struct result *result = builder->result;

	for (size_t i = 0; i < result->lock_count; i++) {
		const struct lock_row *lock = &result->locks[i];

		builder->locks[i] = (struct known_lock){(uint32_t)lock->address, lock->shared ? 0 : lock->tgid,
							lock->cause, (uint32_t)i};
	}
	qsort(builder->locks, result->lock_count, sizeof(*builder->locks), by_lock);
}

/* 1 + the index of what a thread of that process waits for; 0: that is not known. */
static uint32_t find_lock(const struct builder *builder, const struct timeline_event *event, uint32_t tgid)
{
	/* A condition variable's second word is four bytes behind the first, which names it. */
	const uint32_t lows[] = {event->other, event->other & ~4u}, spaces[] = {tgid, 0};
	const struct known_lock *lock = NULL;

	for (int i = 0; i < 4 && event->other && !lock; i++) {
		struct known_lock key = {.low = lows[i / 2], .space = spaces[i % 2], .cause = timeline__cause(event)};

		lock = bsearch(&key, builder->locks, builder->result->lock_count, sizeof(key), by_lock);
	}
	return lock ? 1 + lock->index : 0;
}

/* Room for one more of @count items of @size bytes; the list may move. */
static bool grow(struct builder *builder, void *list, size_t count, size_t *room, size_t size)
{
	void **at = list, *grown;

	if (count < *room)
		return true;
	*room = *room ? 2 * *room : 64;
	grown = realloc(*at, *room * size);
	if (grown)
		*at = grown;
	builder->failed |= !grown;
	return grown;
}

size_t spans__thread(const struct spans *spans, uint32_t tid, uint64_t when)
{
	return tids__find(spans->numbers, spans->number_count, tid, when);
}

/* Events call their thread by its first number, and who woke it by the present one. */
static uint32_t first_number(const struct builder *builder, uint32_t tid, uint64_t when)
{
	size_t thread = tids__find(builder->later, builder->later_count, tid, when);

	return thread == SIZE_MAX ? tid : builder->result->threads[thread].record.first_tid;
}

/* Ends the present span, if it took any time, and begins the next one. */
static void go_on(struct builder *builder, size_t thread, uint64_t when, struct span next)
{
	struct spans *spans = builder->spans;
	struct span *present = &builder->present[thread];

	next.thread = (uint32_t)thread;
	next.from_ns = present->from_ns;
	if (when > present->from_ns) {
		if (!grow(builder, &spans->list, spans->count, &builder->room, sizeof(*spans->list)))
			return;
		present->to_ns = when;
		spans->list[spans->count++] = *present;
		next.from_ns = when;
	}
	*present = next;
}

/* So many events before this one were not kept, since the one at @last. */
static void add_gap(struct builder *builder, const struct timeline_event *event, uint64_t last)
{
	struct spans *spans = builder->spans;
	uint64_t when = timeline__when(event); /* before @last where events of one CPU came out of order */

	if (grow(builder, &spans->gaps, spans->gap_count, &builder->gap_room, sizeof(*spans->gaps)))
		spans->gaps[spans->gap_count++] =
			(struct gap){when < last ? when : last, when < last ? last : when, event->other};
}

static void add_memory(struct builder *builder, const struct timeline_event *event)
{
	struct spans *spans = builder->spans;

	if (grow(builder, &spans->memory, spans->memory_count, &builder->memory_room, sizeof(*spans->memory)))
		spans->memory[spans->memory_count++] =
			(struct memory_point){timeline__when(event), (uint64_t)event->other * 4096};
}

static void take(struct builder *builder, const struct timeline_event *event)
{
	uint64_t when = timeline__when(event);
	size_t thread = spans__thread(builder->spans, timeline__tid(event), when);
	struct span next = {.state = STATE_QUEUE};

	if (timeline__what(event) == EVENT_MEMORY)
		add_memory(builder, event);
	if (thread == SIZE_MAX)
		return;
	switch (timeline__what(event)) {
	case EVENT_RUN:
		next.state = STATE_CPU;
		next.cpu = timeline__cpu(event);
		break;
	case EVENT_BLOCK:
		next.state = (uint16_t)timeline__cause(event);
		next.lock = find_lock(builder, event, builder->result->threads[thread].record.tgid);
		break;
	case EVENT_WAKE:
		next.waker = first_number(builder, event->other, when);
		next.handed_over = timeline__cause(event);
		break;
	case EVENT_PREEMPT:
		break;
	default:
		return;
	}
	go_on(builder, thread, when, next);
}

/* A thread that begins can run. What one did that may have been met is not known before its first event: see settle. */
static void begin(struct builder *builder)
{
	const struct result *result = builder->result;
	struct spans *spans = builder->spans;
	enum state first = result->target && !result->target->command ? STATE_NOT_KNOWN : STATE_QUEUE;

	spans->number_count = tids__list(result, spans->numbers);
	for (size_t i = 0; i < spans->number_count; i++) {
		const struct thread_number *number = &spans->numbers[i];

		builder->present[number->thread] =
			(struct span){.from_ns = number->start_ns, .thread = number->thread, .state = first};
		if (number->end_ns > spans->end_ns)
			spans->end_ns = number->end_ns;
	}
}

/* The number of its process was somebody else's until that one ended. */
static void add_later(struct builder *builder, const struct thread_number *own)
{
	const struct result *result = builder->result;
	const struct thread_record *record = &result->threads[own->thread].record;
	struct thread_number later = {record->tid, own->thread, 0, own->end_ns};

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *other = &result->threads[i].record;
		uint64_t end = result__since_gate(result, other->end_ns);

		if ((other->first_tid == record->tid || other->tid == record->tid) && end < own->end_ns &&
		    end >= later.start_ns)
			later.start_ns = end + 1;
	}
	if (later.start_ns)
		builder->later[builder->later_count++] = later;
}

static void list_later(struct builder *builder)
{
	const struct spans *spans = builder->spans;

	for (size_t i = 0; i < spans->number_count; i++)
		if (builder->result->threads[spans->numbers[i].thread].record.tid != spans->numbers[i].tid)
			add_later(builder, &spans->numbers[i]);
	tids__sort(builder->later, builder->later_count);
}

static int by_begin(const void *a, const void *b)
{
	const struct gap *left = a, *right = b;

	return left->from_ns < right->from_ns ? -1 : left->from_ns > right->from_ns;
}

/* Those of several CPUs that overlap become one. */
static void merge_gaps(struct spans *spans)
{
	size_t count = 0;

	if (spans->gap_count)
		qsort(spans->gaps, spans->gap_count, sizeof(*spans->gaps), by_begin);
	for (size_t i = 0; i < spans->gap_count; i++) {
		const struct gap gap = spans->gaps[i];
		struct gap *last = count ? &spans->gaps[count - 1] : NULL;

		if (last && gap.from_ns <= last->to_ns) {
			last->to_ns = gap.to_ns > last->to_ns ? gap.to_ns : last->to_ns;
			last->count += gap.count;
		} else {
			spans->gaps[count++] = gap;
		}
	}
	spans->gap_count = count;
}

static void build(struct builder *builder, const struct dated *order, uint64_t last[])
{
	const struct timeline_event *events = builder->result->timeline.events;

	begin(builder);
	list_later(builder);
	list_locks(builder);
	/* As they were kept: there the one before a gap is of the same CPU. */
	for (size_t i = 0; i < builder->result->timeline.count; i++) {
		uint16_t cpu = timeline__cpu(&events[i]);

		/* Userspace's own are kept after what they follow. */
		if (timeline__what(&events[i]) == EVENT_MEMORY)
			continue;
		if (timeline__what(&events[i]) == EVENT_LOST)
			add_gap(builder, &events[i], last[cpu]);
		else if (timeline__when(&events[i]) > last[cpu])
			last[cpu] = timeline__when(&events[i]);
	}
	for (size_t i = 0; i < builder->result->timeline.count; i++)
		take(builder, order[i].event);
	for (size_t i = 0; i < builder->spans->number_count; i++) {
		const struct thread_number *number = &builder->spans->numbers[i];

		go_on(builder, number->thread, number->end_ns, builder->present[number->thread]);
	}
	merge_gaps(builder->spans);
}

/*
 * What a thread did before its first event no event tells. The accounting does, if one state lacks just that time: it
 * waited all the while, and what for was read from the kernel.
 */
static void settle(struct span *first, size_t count, const struct thread_record *record)
{
	uint64_t known[STATE_COUNT] = {0}, length = first->to_ns - first->from_ns;

	for (size_t i = 1; i < count; i++)
		known[first[i].state] += first[i].to_ns - first[i].from_ns;
	for (int i = 0; i < STATE_NOT_KNOWN; i++)
		if (state__ns(record, (enum state)i) == known[i] + length)
			first->state = (uint16_t)i;
}

static void settle_all(struct builder *builder)
{
	struct spans *spans = builder->spans;

	for (size_t first = 0, next; first < spans->count; first = next) {
		struct span *span = &spans->list[first];

		next = spans__next_thread(spans, first);
		if (span->state == STATE_NOT_KNOWN)
			settle(span, next - first, &builder->result->threads[span->thread].record);
	}
}

int spans__of(struct spans *spans, const struct result *result, struct failure *failure)
{
	struct builder builder = {.spans = spans, .result = result};
	struct dated *order = calloc(result->timeline.count + 1, sizeof(*order));
	uint64_t *last = calloc(TIMELINE_CPUS, sizeof(*last));

	*spans = (struct spans){0};
	spans->numbers = calloc(result->thread_count + 1, sizeof(*spans->numbers));
	builder.later = calloc(result->thread_count + 1, sizeof(*builder.later));
	builder.present = calloc(result->thread_count + 1, sizeof(*builder.present));
	builder.locks = calloc(result->lock_count + 1, sizeof(*builder.locks));
	builder.failed = !order || !last || !spans->numbers || !builder.later || !builder.present || !builder.locks;
	for (size_t i = 0; order && i < result->timeline.count; i++)
		order[i] = (struct dated){timeline__when(&result->timeline.events[i]), &result->timeline.events[i]};
	if (!builder.failed) {
		qsort(order, result->timeline.count, sizeof(*order), by_time);
		order_ties(order, result->timeline.count);
		build(&builder, order, last);
		if (spans->count)
			qsort(spans->list, spans->count, sizeof(*spans->list), by_place);
		settle_all(&builder);
	}
	free(order);
	free(last);
	free(builder.present);
	free(builder.later);
	free(builder.locks);
	return builder.failed ? fail(failure, STATUS_CANNOT, "out of memory for a timeline") : 0;
}

void spans__free(struct spans *spans)
{
	free(spans->list);
	free(spans->gaps);
	free(spans->numbers);
	free(spans->memory);
	*spans = (struct spans){0};
}

uint64_t state__ns(const struct thread_record *record, enum state state)
{
	if (state == STATE_CPU)
		return record->on_cpu_ns;
	if (state == STATE_QUEUE)
		return record->run_queue_ns;
	return (size_t)state < CAUSE_COUNT ? record->blocked_ns[state] : 0;
}

size_t spans__next_thread(const struct spans *spans, size_t first)
{
	size_t next = first;

	while (next < spans->count && spans->list[next].thread == spans->list[first].thread)
		next++;
	return next;
}
