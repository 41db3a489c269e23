/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of a timeline, and that they tell of the same time as the threads' records. */
#include <stdlib.h>

#include "../result/tids.h"
#include "harvest_parts.h"

/* @who: timeline_who(). */
static void add_event(struct result *result, uint64_t when_ns, uint32_t order, uint32_t cpu, uint32_t who)
{
	result->timeline.events[result->timeline.count++] = (struct timeline_event){
		.when_cpu = timeline_when_cpu(result__since_gate(result, when_ns), order, cpu), .who = who};
}

/* Of who ran already when it was met. */
static void add_met_runs(struct result *result)
{
	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;

		/* Before the first event of the kernel's at that time, which has number 0. */
		if (record->met_cpu)
			add_event(result, record->start_ns, (uint32_t)-1, record->met_cpu - 1,
				  timeline_who(record->first_tid, EVENT_RUN, 0));
	}
}

/*
 * A record can be copied between the instant of a switch and its being charged: the event is later than the record.
 * @last: of each thread that lived at the end the last event that is left, who = 0: none.
 */
static void drop_later(struct result *result, const struct thread_number *numbers, size_t count,
		       struct timeline_event *last)
{
	struct timeline_event *events = result->timeline.events;
	size_t kept = 0;

	for (size_t i = 0; i < result->timeline.count; i++) {
		const struct timeline_event event = events[i];
		uint64_t when = timeline__when(&event);
		size_t thread = tids__find(numbers, count, timeline__tid(&event), when);
		uint64_t since = thread == SIZE_MAX ? 0 : result->threads[thread].record.present.since_ns;

		if (since && when > result__since_gate(result, since))
			continue;
		if (since && (!last[thread].who || timeline__is_later(&event, &last[thread])))
			last[thread] = event;
		events[kept++] = event;
	}
	result->timeline.count = kept;
}

static bool tells(const struct timeline_event *event, const struct thread_present *present, uint64_t since_gate)
{
	uint32_t what = timeline__what(event) == EVENT_WAKE ? EVENT_PREEMPT : timeline__what(event);

	return event->who && timeline__when(event) == since_gate && what == present->what &&
	       (what != EVENT_BLOCK || timeline__cause(event) == present->cause);
}

/* What a thread did at its end, if its last event does not tell that. */
static void add_present(struct result *result, const struct thread_record *record, const struct timeline_event *last)
{
	const struct thread_present *present = &record->present;
	uint32_t order = last->who ? timeline__order(last) + 1 : 0;

	if (!tells(last, present, result__since_gate(result, present->since_ns)))
		add_event(result, present->since_ns, order++, present->cpu,
			  timeline_who(record->first_tid, present->what,
				       present->what == EVENT_BLOCK ? present->cause : 0));
	if (present->late_run_ns)
		add_event(result, record->end_ns - present->late_run_ns, order, present->cpu,
			  timeline_who(record->first_tid, EVENT_RUN, 0));
}

int harvest_fit_events(struct result *result)
{
	size_t threads = result->thread_count, room = result->timeline.count + 3 * threads + 1, count;
	struct timeline_event *grown = realloc(result->timeline.events, room * sizeof(*grown)),
			      *last = calloc(threads + 1, sizeof(*last));
	struct thread_number *numbers = calloc(threads + 1, sizeof(*numbers));

	if (grown)
		result->timeline.events = grown;
	if (grown && last && numbers) {
		count = tids__list(result, numbers);
		add_met_runs(result);
		drop_later(result, numbers, count, last);
		for (size_t i = 0; i < threads; i++)
			if (result->threads[i].record.present.since_ns)
				add_present(result, &result->threads[i].record, &last[i]);
	}
	free(last);
	free(numbers);
	return grown && last && numbers ? 0 : -1;
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
	if (harvest_fit_events(result))
		return fail(failure, STATUS_CANNOT, "out of memory for a timeline");
	return 0;
}
