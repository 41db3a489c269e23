/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of a timeline, and that they tell of the same time as the threads' records. */
#include <stdlib.h>

#include "harvest_parts.h"

/* A thread that lives, and the last event that its record has. */
struct live {
	const struct thread_record *record;
	struct timeline_event last;
	bool has_last;
};

static int by_first_tid(const void *a, const void *b)
{
	const struct live *left = a, *right = b;

	return (left->record->first_tid > right->record->first_tid) -
	       (left->record->first_tid < right->record->first_tid);
}

static size_t list_live(const struct result *result, struct live *list)
{
	size_t count = 0;

	for (size_t i = 0; i < result->thread_count; i++)
		if (result->threads[i].record.present.since_ns)
			list[count++] = (struct live){.record = &result->threads[i].record};
	qsort(list, count, sizeof(*list), by_first_tid);
	return count;
}

static struct live *find_live(struct live *list, size_t count, uint32_t first_tid)
{
	const struct thread_record sought = {.first_tid = first_tid};
	const struct live key = {.record = &sought};

	return bsearch(&key, list, count, sizeof(*list), by_first_tid);
}

static void add_event(struct result *result, const struct thread_record *record, struct thread_present now,
		      uint32_t order)
{
	result->timeline.events[result->timeline.count++] = (struct timeline_event){
		.when_cpu = timeline_when_cpu(result__since_gate(result, now.since_ns), order, now.cpu),
		.who = timeline_who(record->first_tid, now.what, now.what == EVENT_BLOCK ? now.cause : 0)};
}

/* Of who ran already when it was met. */
static void add_met_runs(struct result *result)
{
	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;
		const struct thread_present then = {
			.since_ns = record->start_ns, .what = EVENT_RUN, .cpu = record->met_cpu - 1};

		/* Before the first event of the kernel's at that time, which has number 0. */
		if (record->met_cpu)
			add_event(result, record, then, (uint32_t)-1);
	}
}

/* A record can be copied between the instant of a switch and its being charged: the event is later than the record. */
static void drop_later(struct result *result, struct live *list, size_t count)
{
	struct timeline_event *events = result->timeline.events;
	size_t kept = 0;

	for (size_t i = 0; i < result->timeline.count; i++) {
		const struct timeline_event event = events[i];
		struct live *live = find_live(list, count, timeline__tid(&event));

		if (live && timeline__when(&event) > result__since_gate(result, live->record->present.since_ns))
			continue;
		if (live && (!live->has_last || timeline__is_later(&event, &live->last))) {
			live->last = event;
			live->has_last = true;
		}
		events[kept++] = event;
	}
	result->timeline.count = kept;
}

static bool tells(const struct timeline_event *event, const struct thread_present *present)
{
	switch (timeline__what(event)) {
	case EVENT_RUN:
		return present->what == EVENT_RUN;
	case EVENT_BLOCK:
		return present->what == EVENT_BLOCK && present->cause == timeline__cause(event);
	default:
		return present->what == EVENT_PREEMPT;
	}
}

/* What it did at its end, where the last event that is left tells something else. */
static void add_present(struct result *result, const struct live *live)
{
	const struct thread_record *record = live->record;
	uint32_t order = live->has_last ? timeline__order(&live->last) + 1 : 0;
	struct thread_present run = {.since_ns = record->end_ns - record->present.unseen_run_ns,
				     .what = EVENT_RUN,
				     .cpu = record->present.cpu};

	if (!live->has_last || !tells(&live->last, &record->present))
		add_event(result, record, record->present, order++);
	if (record->present.unseen_run_ns)
		add_event(result, record, run, order);
}

int harvest_match(struct result *result)
{
	size_t room = result->timeline.count + 3 * result->thread_count + 1, count;
	struct timeline_event *grown = realloc(result->timeline.events, room * sizeof(*grown));
	struct live *list = calloc(result->thread_count + 1, sizeof(*list));

	if (grown)
		result->timeline.events = grown;
	if (grown && list) {
		count = list_live(result, list);
		add_met_runs(result);
		drop_later(result, list, count);
		for (size_t i = 0; i < count; i++)
			add_present(result, &list[i]);
	}
	free(list);
	return grown && list ? 0 : -1;
}

int harvest_timeline(struct result *result, struct tracer *tracer, struct failure *failure)
{
	uint64_t apart = timeline_when_cpu(tracer__gate_ns(tracer) - result->gate_ns, 0, 0);
	struct timeline timeline = tracer__timeline(tracer);

	for (size_t i = 0; i < timeline.count; i++)
		timeline.events[i].when_cpu += apart;
	result->timeline.kept = true;
	result->timeline.events = timeline.events;
	result->timeline.count = timeline.count;
	result->timeline.lost = timeline.lost;
	if (harvest_match(result))
		return fail(failure, STATUS_CANNOT, "out of memory for a timeline");
	return 0;
}
