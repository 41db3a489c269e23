/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace for Perfetto: what each CPU ran (as the scheduler's own events), tasks, waits for locks and the GIL,
 * hand-overs as arrows, where events were lost, memory. A thread has the number that it began with: no other one has it
 * meanwhile, as that of its process, which it gets if it executes a program.
 * Field numbers: https://perfetto.dev/docs/reference/trace-packet-proto
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/letter.h"
#include "pictures.h"
#include "protobuf.h"

enum { TRACE_PACKET = 1 };
enum {
	PACKET_FTRACE = 1,
	PACKET_PROCESSES = 2,
	PACKET_CLOCKS = 6,
	PACKET_TIME = 8,
	PACKET_SEQUENCE = 10,
	PACKET_EVENT = 11,
	PACKET_FLAGS = 13,
	PACKET_CLOCK = 58,
	PACKET_TRACK = 60,
};
enum { BUNDLE_CPU = 1, BUNDLE_EVENT = 2 };
enum { FTRACE_TIME = 1, FTRACE_TID = 2, FTRACE_SWITCH = 4, FTRACE_WAKING = 20 };
enum {
	SWITCH_PREV_COMM = 1,
	SWITCH_PREV_TID,
	SWITCH_PREV_PRIO,
	SWITCH_PREV_STATE,
	SWITCH_NEXT_COMM,
	SWITCH_NEXT_TID,
	SWITCH_NEXT_PRIO
};
enum { WAKING_COMM = 1, WAKING_TID, WAKING_PRIO, WAKING_SUCCESS, WAKING_CPU };
enum { TREE_PROCESS = 1, TREE_THREAD = 2 };
enum { PROCESS_PID = 1, PROCESS_PARENT, PROCESS_CMDLINE };
enum { THREAD_TID = 1, THREAD_NAME, THREAD_GROUP };
enum { TRACK_ID = 1, TRACK_NAME = 2, TRACK_THREAD = 4, TRACK_PARENT = 5, TRACK_COUNTER = 8 };
enum { TRACK_THREAD_PID = 1, TRACK_THREAD_TID = 2 };
enum { COUNTER_UNIT = 3, COUNTER_UNIT_BYTES = 3 };
enum { EVENT_TYPE = 9, EVENT_TRACK = 11, EVENT_NAME = 23, EVENT_VALUE = 30, EVENT_FLOW = 47, EVENT_FLOW_END = 48 };
enum { TYPE_BEGIN = 1, TYPE_END, TYPE_INSTANT, TYPE_COUNTER };
enum { CLOCK_OF_EVENTS = 3, CLOCK_OF_FTRACE = 6 }; /* monotonic and boot time: here the same */

#define SEQUENCE 1
#define SEQUENCE_STARTS 1
#define PRIORITY 120
#define PREV_STATE_RUNS_ON 0 /* of prev_state, as the kernel has them */
#define PREV_STATE_WAITS 1
#define PREV_STATE_ENDED 16
#define START_NS 1000000000ull /* of the trace: times are since the gate, and 0 would be no time */
#define TRACK_OF_MEMORY 1
#define TRACK_OF_GAPS 2

struct writer {
	FILE *file;
	const struct result *result;
	const struct spans *spans;
	struct message packet, part, inner, field;
	bool started, failed;
	uint64_t flows;
};

/* A track for each thread and what it shows: never 0, nor one of those two. */
enum thread_track { TRACK_OF_THREAD = 3, TRACK_OF_TASKS, TRACK_OF_WAITS, THREAD_TRACKS };

static uint64_t track(size_t thread, enum thread_track which)
{
	return (uint64_t)thread * THREAD_TRACKS + which;
}

/* Names of others in it: what is no UTF-8 is not. */
static void put_text(struct message *message, unsigned field, const char *text)
{
	char clean[512];
	size_t size = 0;

	while (*text && size + 8 < sizeof(clean)) {
		const char *start = text;
		uint32_t letter = letter__next(&text);

		if (letter == LETTER_REPLACEMENT || letter < ' ') {
			clean[size++] = '?';
			continue;
		}
		memcpy(clean + size, start, (size_t)(text - start));
		size += (size_t)(text - start);
	}
	clean[size] = '\0';
	message__text(message, field, clean);
}

static void write_packet(struct writer *writer)
{
	struct message whole = {0};

	message__number(&writer->packet, PACKET_SEQUENCE, SEQUENCE);
	if (!writer->started)
		message__number(&writer->packet, PACKET_FLAGS, SEQUENCE_STARTS);
	writer->started = true;
	message__take(&whole, TRACE_PACKET, &writer->packet);
	if (whole.failed)
		errno = ENOMEM;
	if (whole.failed || fwrite(whole.bytes, 1, whole.size, writer->file) != whole.size)
		writer->failed = true;
	message__free(&whole);
}

static void write_clocks(struct writer *writer)
{
	static const unsigned clocks[] = {CLOCK_OF_EVENTS, CLOCK_OF_FTRACE};

	for (size_t i = 0; i < sizeof(clocks) / sizeof(*clocks); i++) {
		message__number(&writer->inner, 1, clocks[i]);
		message__number(&writer->inner, 2, START_NS);
		message__take(&writer->part, 1, &writer->inner);
	}
	message__take(&writer->packet, PACKET_CLOCKS, &writer->part);
	write_packet(writer);
}

/* Of any program its first thread's; else what it is in the experiment. */
static const char *name_of(const struct result *result, const struct process_row *process)
{
	for (size_t i = 0; result->target && i < result->thread_count; i++)
		if (result->threads[i].record.tid == process->pid)
			return result->threads[i].record.comm;
	return role_names[process->role];
}

static void write_processes(struct writer *writer)
{
	const struct result *result = writer->result;

	for (size_t i = 0; i < result->process_count; i++) {
		message__number(&writer->inner, PROCESS_PID, result->processes[i].pid);
		message__number(&writer->inner, PROCESS_PARENT, 0);
		put_text(&writer->inner, PROCESS_CMDLINE, name_of(result, &result->processes[i]));
		message__take(&writer->part, TREE_PROCESS, &writer->inner);
	}
	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;

		if (!record->tid)
			continue;
		message__number(&writer->inner, THREAD_TID, record->first_tid);
		put_text(&writer->inner, THREAD_NAME, record->comm);
		message__number(&writer->inner, THREAD_GROUP, record->tgid);
		message__take(&writer->part, TREE_THREAD, &writer->inner);
	}
	message__take(&writer->packet, PACKET_PROCESSES, &writer->part);
	write_packet(writer);
}

/* Of one CPU in order of time: whom it began to run when, and when that ended. */
static int by_cpu(const void *a, const void *b)
{
	const struct span *left = *(const struct span *const *)a, *right = *(const struct span *const *)b;

	if (left->cpu != right->cpu)
		return left->cpu < right->cpu ? -1 : 1;
	return left->from_ns < right->from_ns ? -1 : left->from_ns > right->from_ns;
}

/* What it did next: as the kernel tells it of who leaves a CPU. */
static unsigned state_after(const struct writer *writer, const struct span *span)
{
	const struct span *next = span + 1;

	if (next == writer->spans->list + writer->spans->count || next->thread != span->thread)
		return writer->result->target ? PREV_STATE_RUNS_ON : PREV_STATE_ENDED; /* of a profile it may go on */
	return next->state == STATE_QUEUE || next->state == STATE_CPU ? PREV_STATE_RUNS_ON : PREV_STATE_WAITS;
}

static const struct thread_record *record_of(const struct writer *writer, const struct span *span)
{
	return &writer->result->threads[span->thread].record;
}

/* @from, @to: NULL is the idle thread. */
static void add_switch(struct writer *writer, const struct span *from, const struct span *to, uint64_t when)
{
	const struct thread_record *leaves = from ? record_of(writer, from) : NULL;
	const struct thread_record *enters = to ? record_of(writer, to) : NULL;

	put_text(&writer->field, SWITCH_PREV_COMM, leaves ? leaves->comm : "idle");
	message__number(&writer->field, SWITCH_PREV_TID, leaves ? leaves->first_tid : 0);
	message__number(&writer->field, SWITCH_PREV_PRIO, PRIORITY);
	message__number(&writer->field, SWITCH_PREV_STATE, from ? state_after(writer, from) : PREV_STATE_RUNS_ON);
	put_text(&writer->field, SWITCH_NEXT_COMM, enters ? enters->comm : "idle");
	message__number(&writer->field, SWITCH_NEXT_TID, enters ? enters->first_tid : 0);
	message__number(&writer->field, SWITCH_NEXT_PRIO, PRIORITY);
	message__number(&writer->inner, FTRACE_TIME, START_NS + when);
	message__number(&writer->inner, FTRACE_TID, leaves ? leaves->first_tid : 0);
	message__take(&writer->inner, FTRACE_SWITCH, &writer->field);
	message__take(&writer->part, BUNDLE_EVENT, &writer->inner);
}

/* A wake-up just before the wait for a CPU that it began. */
static void add_waking(struct writer *writer, const struct span *woken, unsigned cpu)
{
	const struct thread_record *record = record_of(writer, woken);

	put_text(&writer->field, WAKING_COMM, record->comm);
	message__number(&writer->field, WAKING_TID, record->first_tid);
	message__number(&writer->field, WAKING_PRIO, PRIORITY);
	message__number(&writer->field, WAKING_SUCCESS, 1);
	message__number(&writer->field, WAKING_CPU, cpu);
	message__number(&writer->inner, FTRACE_TIME, START_NS + woken->from_ns);
	message__number(&writer->inner, FTRACE_TID, woken->waker);
	message__take(&writer->inner, FTRACE_WAKING, &writer->field);
	message__take(&writer->part, BUNDLE_EVENT, &writer->inner);
}

/* Whether a wait for a CPU is before the run, and before that another wait. */
static bool was_woken(const struct writer *writer, const struct span *run)
{
	return run - writer->spans->list >= 2 && run[-1].thread == run->thread && run[-1].state == STATE_QUEUE &&
	       run[-2].thread == run->thread && run[-2].state != STATE_CPU;
}

/* All runs on one CPU, @runs[0] to @runs[count - 1], with the idle time between them. */
static void write_cpu(struct writer *writer, const struct span *const *runs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct span *before = i ? runs[i - 1] : NULL, *now = runs[i];

		if (before && before->to_ns < now->from_ns) {
			add_switch(writer, before, NULL, before->to_ns);
			before = NULL;
		}
		if (was_woken(writer, now))
			add_waking(writer, now - 1, now->cpu);
		add_switch(writer, before, now, now->from_ns);
	}
	add_switch(writer, runs[count - 1], NULL, runs[count - 1]->to_ns);
	message__number(&writer->part, BUNDLE_CPU, runs[0]->cpu);
	message__take(&writer->packet, PACKET_FTRACE, &writer->part);
	write_packet(writer);
}

static int write_cpus(struct writer *writer)
{
	const struct span **runs = calloc(writer->spans->count + 1, sizeof(*runs));
	size_t count = 0;

	if (!runs)
		return -1;
	for (size_t i = 0; i < writer->spans->count; i++)
		if (writer->spans->list[i].state == STATE_CPU)
			runs[count++] = &writer->spans->list[i];
	qsort(runs, count, sizeof(*runs), by_cpu);
	for (size_t first = 0, last; first < count; first = last) {
		for (last = first; last < count && runs[last]->cpu == runs[first]->cpu; last++)
			;
		write_cpu(writer, runs + first, last - first);
	}
	free(runs);
	return 0;
}

static void write_track(struct writer *writer, size_t thread, enum thread_track which, const char *name)
{
	const struct thread_record *record = &writer->result->threads[thread].record;

	message__number(&writer->part, TRACK_ID, track(thread, which));
	if (which == TRACK_OF_THREAD) {
		message__number(&writer->inner, TRACK_THREAD_PID, record->tgid);
		message__number(&writer->inner, TRACK_THREAD_TID, record->first_tid);
		message__take(&writer->part, TRACK_THREAD, &writer->inner);
	} else {
		message__text(&writer->part, TRACK_NAME, name);
		message__number(&writer->part, TRACK_PARENT, track(thread, TRACK_OF_THREAD));
	}
	message__take(&writer->packet, PACKET_TRACK, &writer->part);
	write_packet(writer);
}

/* @name: NULL: none, as of ends. @flow: 0: none. */
static void write_event(struct writer *writer, unsigned type, uint64_t on, uint64_t when, const char *name,
			unsigned flow_field, uint64_t flow)
{
	message__number(&writer->part, EVENT_TYPE, type);
	message__number(&writer->part, EVENT_TRACK, on);
	if (name)
		put_text(&writer->part, EVENT_NAME, name);
	if (flow)
		message__fixed64(&writer->part, flow_field, flow);
	message__number(&writer->packet, PACKET_TIME, START_NS + when);
	message__number(&writer->packet, PACKET_CLOCK, CLOCK_OF_EVENTS);
	message__take(&writer->packet, PACKET_EVENT, &writer->part);
	write_packet(writer);
}

static void write_wait(struct writer *writer, const struct span *wait)
{
	const struct lock_row *lock = wait->lock ? &writer->result->locks[wait->lock - 1] : NULL;
	const struct span *next = wait + 1;
	uint64_t on = track(wait->thread, TRACK_OF_WAITS);
	char name[128];
	size_t waker;

	if (wait->state == CAUSE_GIL)
		snprintf(name, sizeof(name), "GIL wait");
	else if (lock && lock->symbol)
		snprintf(name, sizeof(name), "lock wait: %.80s", lock->symbol);
	else if (lock)
		snprintf(name, sizeof(name), "lock wait: 0x%" PRIx64, lock->address);
	else
		snprintf(name, sizeof(name), "lock wait");
	write_event(writer, TYPE_BEGIN, on, wait->from_ns, name, 0, 0);
	write_event(writer, TYPE_END, on, wait->to_ns, NULL, 0, 0);
	if (next == writer->spans->list + writer->spans->count || next->thread != wait->thread || !next->handed_over)
		return;
	waker = spans__thread(writer->spans, next->waker, wait->to_ns);
	if (waker == SIZE_MAX)
		return;
	writer->flows++;
	write_event(writer, TYPE_INSTANT, track(waker, TRACK_OF_WAITS), wait->to_ns, "hands over", EVENT_FLOW,
		    writer->flows);
	write_event(writer, TYPE_INSTANT, on, wait->to_ns, "is woken", EVENT_FLOW_END, writer->flows);
}

static void write_threads(struct writer *writer)
{
	const struct result *result = writer->result;

	for (size_t i = 0; i < result->thread_count; i++) {
		if (!result->threads[i].record.tid)
			continue;
		write_track(writer, i, TRACK_OF_THREAD, NULL);
		if (result->task_count)
			write_track(writer, i, TRACK_OF_TASKS, "tasks");
		write_track(writer, i, TRACK_OF_WAITS, "waits for locks");
	}
	for (size_t i = 0; i < result->task_count && !writer->failed; i++) {
		const struct task_row *task = &result->tasks[i];
		uint64_t begin = task->start_ns - result->gate_ns, end = task->end_ns - result->gate_ns;
		size_t thread =
			task->start_ns && task->end_ns ? spans__thread(writer->spans, task->tid, begin) : SIZE_MAX;
		char name[64];

		if (thread == SIZE_MAX)
			continue;
		snprintf(name, sizeof(name), "task %" PRIu64 "%s", task->id, task->failed ? " (failed)" : "");
		write_event(writer, TYPE_BEGIN, track(thread, TRACK_OF_TASKS), begin, name, 0, 0);
		write_event(writer, TYPE_END, track(thread, TRACK_OF_TASKS), end, NULL, 0, 0);
	}
	for (size_t i = 0; i < writer->spans->count && !writer->failed; i++)
		if (writer->spans->list[i].state == CAUSE_GIL || writer->spans->list[i].state == CAUSE_LOCK)
			write_wait(writer, &writer->spans->list[i]);
}

/* Around these, states last too long. */
static void write_gaps(struct writer *writer)
{
	if (!writer->spans->gap_count)
		return;
	message__number(&writer->part, TRACK_ID, TRACK_OF_GAPS);
	message__text(&writer->part, TRACK_NAME, "events lost");
	message__take(&writer->packet, PACKET_TRACK, &writer->part);
	write_packet(writer);
	for (size_t i = 0; i < writer->spans->gap_count; i++) {
		const struct gap *gap = &writer->spans->gaps[i];
		char name[64];

		snprintf(name, sizeof(name), "%" PRIu64 " events lost", gap->count);
		write_event(writer, TYPE_BEGIN, TRACK_OF_GAPS, gap->from_ns, name, 0, 0);
		write_event(writer, TYPE_END, TRACK_OF_GAPS, gap->to_ns, NULL, 0, 0);
	}
}

static void write_memory(struct writer *writer)
{
	if (!writer->spans->memory_count)
		return;
	message__number(&writer->part, TRACK_ID, TRACK_OF_MEMORY);
	message__text(&writer->part, TRACK_NAME, "memory of the control group");
	message__number(&writer->inner, COUNTER_UNIT, COUNTER_UNIT_BYTES);
	message__take(&writer->part, TRACK_COUNTER, &writer->inner);
	message__take(&writer->packet, PACKET_TRACK, &writer->part);
	write_packet(writer);
	for (size_t i = 0; i < writer->spans->memory_count; i++) {
		message__number(&writer->part, EVENT_TYPE, TYPE_COUNTER);
		message__number(&writer->part, EVENT_TRACK, TRACK_OF_MEMORY);
		message__number(&writer->part, EVENT_VALUE, writer->spans->memory[i].bytes);
		message__number(&writer->packet, PACKET_TIME, START_NS + writer->spans->memory[i].when_ns);
		message__number(&writer->packet, PACKET_CLOCK, CLOCK_OF_EVENTS);
		message__take(&writer->packet, PACKET_EVENT, &writer->part);
		write_packet(writer);
	}
}

int report__perfetto(FILE *file, const struct result *result, const struct spans *spans)
{
	struct writer writer = {.file = file, .result = result, .spans = spans};
	int status;

	write_clocks(&writer);
	write_processes(&writer);
	status = write_cpus(&writer);
	write_threads(&writer);
	write_gaps(&writer);
	write_memory(&writer);
	message__free(&writer.packet);
	message__free(&writer.part);
	message__free(&writer.inner);
	message__free(&writer.field);
	return status || writer.failed || ferror(file) ? -1 : 0;
}
