/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A journal that lies: whatever the workload wrote, nothing outside it is read, and the outcome says what is wrong. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/experiment/harvest_parts.h"
#include "tap.h"

#define TASKS 6u
#define WORKERS 2u
#define GATE 1000000ull
#define ENDED (GATE + 1000000)

static struct experiment experiment;
static struct result result;
static struct readings readings;
static struct failure failure;
static struct journal *journal;
static struct journal_worker *workers;
static struct journal_task *tasks;

/* An honest journal of a pool, of exactly its size, so that AddressSanitizer sees any step outside. */
static void make(void)
{
	experiment = (struct experiment){.task_text = "none"};
	experiment.plan = (struct plan){.workload = WORKLOAD_POOL, .workers = WORKERS, .tasks = TASKS, .chunk = 1};
	failure = (struct failure){0};
	if (task_spec__parse(&experiment.plan.spec, "none", &failure))
		exit(2);
	result = (struct result){.experiment = &experiment};
	readings = (struct readings){.gate_ns = GATE, .ended_ns = ENDED};
	journal = calloc(1, journal__size(WORKERS, TASKS));
	if (!journal)
		exit(2);
	journal->magic = JOURNAL_MAGIC;
	journal->state = JOURNAL_RETURNED;
	journal->worker_room = WORKERS;
	journal->plan = experiment.plan;
	journal->returned_ns = GATE + 900000;
	journal->workers = WORKERS;
	workers = journal__workers(journal);
	tasks = journal__tasks(journal, journal->worker_room);
	for (uint32_t i = 0; i < WORKERS; i++)
		workers[i] = (struct journal_worker){.asked_ns = GATE + 1, .pid = 100 + i, .tid = 100 + i, .reaped = 1};
	for (uint32_t i = 0; i < TASKS; i++)
		tasks[i] = (struct journal_task){.submit_ns = GATE + 10,
						 .start_ns = GATE + 1000 * (i + 1),
						 .end_ns = GATE + 1000 * (i + 1) + 500,
						 .sequence = i + 1,
						 .worker = i % WORKERS,
						 .tid = 100 + i % WORKERS};
	journal->tasks_done = TASKS;
}

static bool harvested(void)
{
	return harvest(&result, journal, NULL, &readings, &failure) == 0;
}

static void clean(void)
{
	result__free(&result);
	free(journal);
}

/* Makes the journal, lets @lie spoil it, and expects a failed outcome that says @says, with @done tasks. */
static void caught(void (*lie)(void), const char *says, uint64_t done, const char *name)
{
	bool good;

	make();
	lie();
	good = harvested() && result.outcome.status == OUTCOME_FAILED && strstr(result.outcome.says, says) &&
	       result.outcome.tasks_done == done && result.task_count == TASKS && result.worker_count <= WORKERS;
	ok_if(good, "%s: %s (%d tasks done)", name, result.outcome.says, (int)result.outcome.tasks_done);
	clean();
}

static void claim_workers(void)
{
	journal->workers = UINT64_MAX;
}

static void claim_one_worker_more(void)
{
	journal->workers = WORKERS + 1;
}

static void claim_no_workers(void)
{
	journal->workers = 0;
}

/* Both would move where the tasks are read, if they were believed. */
static void claim_room_and_tasks(void)
{
	journal->worker_room = UINT32_MAX;
	journal->plan.tasks = UINT64_MAX;
	journal->plan.workload = UINT32_MAX;
	tasks[0].worker = WORKERS;
}

static void name_worker_beyond(void)
{
	tasks[3].worker = WORKERS;
}

static void name_worker_far(void)
{
	tasks[3].worker = UINT32_MAX;
}

static void name_other_thread(void)
{
	tasks[3].tid = 1;
}

static void end_before_start(void)
{
	tasks[3].end_ns = tasks[3].start_ns - 1;
}

static void end_in_future(void)
{
	tasks[3].end_ns = ENDED + 1;
}

static void start_before_gate(void)
{
	tasks[3].start_ns = GATE - 1;
}

static void start_in_future(void)
{
	tasks[3].start_ns = tasks[3].end_ns = UINT64_MAX;
}

static void start_before_submit(void)
{
	tasks[3].submit_ns = tasks[3].start_ns + 1;
}

static void submit_before_gate(void)
{
	tasks[3].submit_ns = GATE - 1;
}

static void submit_never(void)
{
	tasks[3].submit_ns = 0;
}

static void do_not_end(void)
{
	tasks[5].end_ns = 0;
}

static void do_nothing(void)
{
	memset(tasks, 0, TASKS * sizeof(*tasks));
}

static void fill_with_ones(void)
{
	memset(journal, 0xff, journal__size(WORKERS, TASKS));
}

static void test_lies(void)
{
	caught(claim_workers, "claims 18446744073709551615 workers where at most 2 can be", TASKS, "workers: 2^64 - 1");
	caught(claim_one_worker_more, "claims 3 workers", TASKS, "workers: one more than there is room for");
	caught(claim_no_workers, "task 0 ran in a worker that does not exist", 0, "no workers at all");
	caught(claim_room_and_tasks, "task 0 ran in a worker that does not exist", TASKS - 1,
	       "another plan and more room");
	caught(name_worker_beyond, "task 3 ran in a worker that does not exist", TASKS - 1, "a worker just beyond");
	caught(name_worker_far, "task 3 ran in a worker that does not exist", TASKS - 1, "a worker far beyond");
	caught(name_other_thread, "task 3 ran in another thread", TASKS - 1, "a thread that is not the worker's");
	caught(end_before_start, "task 3 ended before it started", TASKS - 1, "an end before the start");
	caught(end_in_future, "task 3 ended before it started, or in the future", TASKS - 1, "an end in the future");
	caught(start_before_gate, "task 3 started outside", TASKS - 1, "a start before the gate");
	caught(start_in_future, "task 3 started outside", TASKS - 1, "a start at the end of time");
	caught(start_before_submit, "task 3 started before it was submitted", TASKS - 1, "a start before submission");
	caught(submit_before_gate, "task 3 started before it was submitted", TASKS - 1, "a submission before the gate");
	caught(submit_never, "task 3 started before it was submitted", TASKS - 1, "no submission");
	caught(do_not_end, "only 5 of 6 tasks ended", TASKS - 1, "one task without end");
	caught(do_nothing, "only 0 of 6 tasks ended", 0, "no task at all");
	caught(fill_with_ones, "workers where at most 2 can be", 0, "every byte 0xff");
}

static void test_honest(void)
{
	make();
	ok_if(harvested() && result.outcome.status == OUTCOME_OK && !result.outcome.says[0] &&
		      result.outcome.tasks_done == TASKS && result.outcome.wall_ns.value == 900000,
	      "an honest journal is believed: %s", result.outcome.says);
	ok_if(result.workers[0].tasks == TASKS / 2 && result.workers[1].tasks == TASKS / 2 &&
		      result.tasks[1].pid == 101,
	      "each task is its worker's");
	clean();
	make();
	tasks[3].worker = UINT32_MAX;
	ok_if(harvested() && result.tasks[3].id == 3 && !result.tasks[3].start_ns && !result.tasks[3].worker &&
		      result.tasks[4].start_ns,
	      "of a task that cannot be true only its number stays");
	clean();
}

static void returned_at(uint64_t ns, bool known, const char *name)
{
	make();
	journal->returned_ns = ns;
	ok_if(harvested() && !result.outcome.wall_ns.missing == known && !!result.returned_ns == known, "%s", name);
	clean();
}

static void test_returned(void)
{
	returned_at(0, false, "results that never came have no time");
	returned_at(GATE - 1, false, "nor have results before the gate");
	returned_at(ENDED + 1, false, "nor have results from the future");
	returned_at(ENDED, true, "results at the very end have");
}

/* Its neighbour in memory, the first worker, must not be read as part of the sentence. */
static void test_says(void)
{
	make();
	journal->state = JOURNAL_FAILED;
	memset(journal->says, 'x', sizeof(journal->says));
	memset(workers, 'y', WORKERS * sizeof(*workers));
	memset(tasks, 0, TASKS * sizeof(*tasks));
	ok_if(harvested() && result.outcome.status == OUTCOME_FAILED &&
		      strlen(result.outcome.says) == sizeof(journal->says) - 1 && !strchr(result.outcome.says, 'y'),
	      "a sentence without an end is cut");
	clean();
	make();
	journal->tasks_failed = 1;
	snprintf(journal->says, sizeof(journal->says), "task 3: %%s%%n no space left");
	ok_if(harvested() && result.outcome.status == OUTCOME_FAILED &&
		      !strcmp(result.outcome.says, "task 3: %s%n no space left"),
	      "its percent signs are no format: %s", result.outcome.says);
	clean();
}

static void test_signalled(void)
{
	make();
	experiment.plan.signal = 10;
	experiment.signal_text = "USR1@5ms:1";
	experiment.signal_task = 1;
	readings.delivery.missed = "it had ended before";
	ok_if(harvested() && result.outcome.status == OUTCOME_FAILED && result.signal_ns.missing &&
		      !strcmp(result.outcome.says, "--signal USR1@5ms:1 was not sent to task 1: it had ended before"),
	      "a signal that was not sent: %s", result.outcome.says);
	clean();
	make();
	workers[1].status = 9;
	do_not_end();
	ok_if(harvested() && result.outcome.tasks_failed == 1 && result.workers[1].killed && !result.workers[0].killed,
	      "the task of a worker that was killed failed");
	clean();
	make();
	experiment.plan.workload = WORKLOAD_THREAD_POOL;
	readings.wait_status = 9;
	workers[0].ready_ns = workers[1].ready_ns = GATE + 2;
	workers[1].left = 1;
	ok_if(harvested() && result.workers[0].killed && !result.workers[1].killed,
	      "a thread that had left was not killed");
	clean();
	make();
	experiment.plan.workload = WORKLOAD_THREAD_POOL;
	readings.wait_status = 9;
	readings.ended_by_us = true;
	workers[0].ready_ns = GATE + 2;
	ok_if(harvested() && !result.workers[0].killed, "nor was one that we ended");
	clean();
}

static void test_closing(void)
{
	struct memory_sample samples[] = {
		{7, {50, 60, 70, 80}}, {8, {10, 21, 90, 5}}, {9, {30, 11, 40, 6}}, {10, {20, 41, 50, 7}}};

	make();
	readings.first = 7;
	readings.memory = samples;
	readings.memory_count = 4;
	journal->closing_ns = GATE + 5;
	journal->closed_ns = GATE + 25;
	workers[0].left_ns = GATE - 1;
	workers[0].reaped_ns = ENDED + 1;
	ok_if(harvested() && result.closing.pss_bytes.value == 20 && result.closing.rss_bytes.value == 21 &&
		      result.closing.data_bytes.value == 40 && result.closing.open_files.value == 5,
	      "at the end: the median of the workers, the least of all");
	ok_if(result.close_ns.value == 20 && !result.close_ns.missing, "closing took 20 ns");
	ok_if(!result.workers[0].left_ns && !result.workers[0].reaped_ns, "times outside the experiment are none");
	readings.memory = NULL;
	clean();
	make();
	journal->closing_ns = GATE + 25;
	journal->closed_ns = GATE + 5;
	ok_if(harvested() && result.close_ns.missing && result.closing.pss_bytes.missing &&
		      result.closing.open_files.missing,
	      "a pool cannot be closed before that began; nothing was read at the end");
	clean();
}

static void test_process(void)
{
	make();
	readings.wait_status = 9;
	ok_if(harvested() && result.outcome.status == OUTCOME_FAILED && strstr(result.outcome.says, "signal 9"),
	      "a killed first process: %s", result.outcome.says);
	clean();
	make();
	readings.wait_status = 3 << 8;
	ok_if(harvested() && result.outcome.status == OUTCOME_FAILED && strstr(result.outcome.says, "status 3"),
	      "a first process that failed: %s", result.outcome.says);
	clean();
	make();
	experiment.memory_limit = 1 << 20;
	readings.usage_after.oom_kills = measured(2);
	ok_if(harvested() && result.outcome.status == OUTCOME_FAILED && strstr(result.outcome.says, "killed 2 process"),
	      "an OOM kill: %s", result.outcome.says);
	clean();
	make();
	result.outcome.status = OUTCOME_TIMEOUT;
	do_not_end();
	ok_if(harvested() && result.outcome.status == OUTCOME_TIMEOUT && result.outcome.tasks_done == TASKS - 1,
	      "a timeout stays a timeout");
	clean();
}

/* Two CPUs for a second, 1 s of it busy: 0.1 s of mptrace, 0.6 s of the workload. */
static void harvest_with(uint64_t busy_after_ms, uint32_t cpus_after, uint64_t passed_ms)
{
	make();
	readings.ended_ns = GATE + passed_ms * 1000000;
	readings.cpus_before = (struct cpu_times){.busy_ns = 9000000000, .own_ns = 50000000, .cpus = 2};
	readings.cpus_after = readings.cpus_before;
	readings.cpus_after.busy_ns = busy_after_ms * 1000000;
	readings.cpus_after.own_ns += 100000000;
	readings.cpus_after.cpus = cpus_after;
	readings.usage_before.cpu_usage_ns = measured(0);
	readings.usage_after.cpu_usage_ns = measured(600000000);
	harvested();
}

static void test_machine(void)
{
	harvest_with(10000, 2, 1000);
	ok_if(!result.foreign_permille.missing && result.foreign_permille.value == 150 &&
		      !result__is_disturbed(&result),
	      "others had 0.3 s of 2: %" PRIu64 " permille", result.foreign_permille.value);
	clean();
	harvest_with(10004, 2, 1000);
	ok_if(result.foreign_permille.value == 152 && result__is_disturbed(&result), "a little more is too much");
	clean();
	harvest_with(8990, 2, 1000);
	ok_if(!result.foreign_permille.missing && result.foreign_permille.value == 0,
	      "a counter can go back by a tick");
	clean();
	harvest_with(10000, 1, 1000);
	ok_if(result.foreign_permille.missing && result.kernel.steal_ns.missing && !result__is_disturbed(&result),
	      "a CPU is gone: not measured");
	clean();
	harvest_with(10000, 2, 99);
	ok_if(result.foreign_permille.missing && !result.kernel.steal_ns.missing, "ten ticks are too few");
	clean();
}

#define TID 100
#define IO CAUSE_IO
#define LOCK CAUSE_LOCK

/* An event of thread @tid, @when ns after the gate, on CPU @cpu. */
#define EVENT(tid, when, order, what, cause, cpu)                                                                      \
	((struct timeline_event){.when_cpu = timeline_when_cpu(when, order, cpu),                                      \
				 .who = timeline_who(tid, what, cause)})

static size_t event_count;

/* One thread of these that lives from 0 to 1000, or has ended then; in front of it a younger one of another number. */
static void fit(struct thread_record record, const struct timeline_event *events, size_t count)
{
	record.first_tid = record.tid = TID;
	record.start_ns = GATE;
	record.end_ns = GATE + 1000;
	record.present.since_ns += record.present.since_ns ? GATE : 0;
	result = (struct result){.gate_ns = GATE, .thread_count = 2, .threads = calloc(2, sizeof(*result.threads))};
	result.timeline.events = calloc(count, sizeof(*events));
	if (!result.threads || !result.timeline.events)
		exit(2);
	result.threads[0].record = (struct thread_record){.first_tid = TID + 1,
							  .tid = TID + 1,
							  .start_ns = GATE + 50,
							  .end_ns = GATE + 1000,
							  .present = {.since_ns = GATE + 600, .what = EVENT_RUN}};
	result.threads[1].record = record;
	memcpy(result.timeline.events, events, count * sizeof(*events));
	result.timeline.count = count;
	if (harvest_fit_events(&result))
		exit(2);
	event_count = result.timeline.count;
}

static bool has(struct timeline_event event)
{
	for (size_t i = 0; i < event_count; i++)
		if (!memcmp(&result.timeline.events[i], &event, sizeof(event)))
			return true;
	return false;
}

static void free_fit(void)
{
	free(result.threads);
	free(result.timeline.events);
}

/* The thread's first and its second event, and one that its neighbour's record ends with. */
#define FIT(record, second)                                                                                            \
	fit((struct thread_record)record,                                                                              \
	    (struct timeline_event[]){EVENT(TID + 1, 600, 4, EVENT_RUN, 0, 0), second,                                 \
				      EVENT(TID, 100, 0, EVENT_RUN, 0, 0)},                                            \
	    3)
#define PRESENT(...)                                                                                                   \
	{                                                                                                              \
		.present = { __VA_ARGS__ }                                                                             \
	}

/* Events that the copy of a thread's record has not seen, and what that has and no event tells. */
static void test_fit(void)
{
	FIT({0}, EVENT(TID, 500, 1, EVENT_PREEMPT, 0, 0));
	ok_if(event_count == 3 && has(EVENT(TID, 500, 1, EVENT_PREEMPT, 0, 0)), "of who has ended all events stay");
	free_fit();
	FIT(PRESENT(.since_ns = 100, .what = EVENT_RUN), EVENT(TID, 101, 1, EVENT_PREEMPT, 0, 0));
	ok_if(event_count == 2 && has(EVENT(TID, 100, 0, EVENT_RUN, 0, 0)),
	      "of who lives none that is later than its record");
	free_fit();
	FIT(PRESENT(.since_ns = 500, .what = EVENT_BLOCK, .cause = IO), EVENT(TID, 500, 1, EVENT_BLOCK, IO, 0));
	ok_if(event_count == 3 && has(EVENT(TID, 500, 1, EVENT_BLOCK, IO, 0)), "the last one tells what it did last");
	free_fit();
	FIT(PRESENT(.since_ns = 500, .what = EVENT_BLOCK, .cause = IO), EVENT(TID, 500, 1, EVENT_BLOCK, LOCK, 0));
	ok_if(event_count == 4 && has(EVENT(TID, 500, 2, EVENT_BLOCK, IO, 0)), "or one is put behind it that does");
	free_fit();
	FIT(PRESENT(.since_ns = 500, .what = EVENT_PREEMPT, .cause = IO, .cpu = 3),
	    EVENT(TID, 500, 15, EVENT_WAKE, 0, 0));
	ok_if(event_count == 3, "who was woken can run");
	free_fit();
	FIT(PRESENT(.since_ns = 500, .what = EVENT_RUN, .cause = IO, .cpu = 3), EVENT(TID, 500, 15, EVENT_WAKE, 0, 0));
	ok_if(event_count == 4 && has(EVENT(TID, 500, 0, EVENT_RUN, 0, 3)), "on its CPU, and of no cause");
	free_fit();
	FIT(PRESENT(.since_ns = 300, .what = EVENT_RUN), EVENT(TID, 500, 1, EVENT_PREEMPT, 0, 0));
	ok_if(event_count == 3 && has(EVENT(TID, 300, 1, EVENT_RUN, 0, 0)), "also where events between had no room");
	free_fit();
	FIT(PRESENT(.since_ns = 500, .late_run_ns = 200, .what = EVENT_BLOCK, .cause = IO, .cpu = 2),
	    EVENT(TID, 500, 1, EVENT_PREEMPT, 0, 0));
	ok_if(event_count == 5 && has(EVENT(TID, 500, 2, EVENT_BLOCK, IO, 2)) &&
		      has(EVENT(TID, 800, 3, EVENT_RUN, 0, 2)),
	      "and a run at its end whose beginning was not shown");
	free_fit();
}

/* Events at one instant are told apart by their order; who ran when it was met, did so before all of them. */
static void test_fit_ties(void)
{
	const struct timeline_event events[] = {EVENT(TID, 500, 0, EVENT_WAKE, 0, 0),
						EVENT(TID, 500, 15, EVENT_BLOCK, IO, 0),
						EVENT(TID + 1, 40, 7, EVENT_BLOCK, IO, 0)};

	fit((struct thread_record)PRESENT(.since_ns = 500, .what = EVENT_PREEMPT), events, 3);
	ok_if(event_count == 4 && has(EVENT(TID + 1, 40, 7, EVENT_BLOCK, IO, 0)) &&
		      has(EVENT(TID + 1, 600, 0, EVENT_RUN, 0, 0)),
	      "who had a number before is not who has it now");
	free_fit();
	fit((struct thread_record){.met_cpu = 3, .present = {.since_ns = 500, .what = EVENT_PREEMPT}}, events, 3);
	ok_if(event_count == 5 && has(EVENT(TID, 0, 15, EVENT_RUN, 0, 2)), "who ran when it was met");
	free_fit();
}

/* Random bytes over the rows: never a crash, and what is counted adds up. */
static void test_random(void)
{
	size_t wrong = 0;

	srand(1);
	for (int i = 0; i < 20000; i++) {
		uint64_t sum = 0;

		make();
		for (int j = rand() % 40; j >= 0; j--)
			((unsigned char *)journal)[(size_t)rand() % journal__size(WORKERS, TASKS)] =
				(unsigned char)rand();
		wrong += !harvested() || result.task_count != TASKS || result.outcome.tasks_done > TASKS;
		for (size_t j = 0; j < result.task_count; j++)
			wrong += result.tasks[j].start_ns && result.tasks[j].worker >= result.worker_count;
		for (size_t j = 0; j < result.worker_count; j++)
			sum += result.workers[j].tasks;
		wrong += sum > result.outcome.tasks_done;
		clean();
	}
	ok_if(wrong == 0, "20,000 journals with random bytes are harvested (%zu wrong)", wrong);
}

int main(void)
{
	test_honest();
	test_lies();
	test_returned();
	test_says();
	test_process();
	test_signalled();
	test_closing();
	test_machine();
	test_fit();
	test_fit_ties();
	test_random();
	return tap_done();
}
