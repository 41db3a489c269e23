/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each check: passes on a sound result, fails on the one fault it is for, and says when there was no chance. */
#include <inttypes.h>

#include "fixture.h"
#include "tap.h"

static struct fixture fixture;

static struct result *result(void)
{
	return &fixture.result;
}

/* Makes the fixture, lets @spoil change it, and expects @verdict of check @id. */
static void expect(enum workload workload, const char *task, const char *id, enum check_verdict verdict,
		   void (*spoil)(void), const char *says)
{
	fixture__make(&fixture, workload, task);
	if (spoil)
		spoil();
	result__check(result());
	for (size_t i = 0; i < result()->check_count; i++) {
		const struct check_row *row = &result()->checks[i];

		if (strcmp(row->id, id))
			continue;
		ok_if(row->verdict == verdict && row->evidence[0] && !row->violations == (verdict != CHECK_FAIL) &&
			      (verdict == CHECK_NO_CHANCE || row->opportunities >= row->violations + !row->violations),
		      "%s: %s is %s (%s; %" PRIu64 " of %" PRIu64 ")", says, id, check_names[row->verdict],
		      row->evidence, row->violations, row->opportunities);
		fixture__free(&fixture);
		return;
	}
	ok_if(false, "%s: there is no check %s", says, id);
	fixture__free(&fixture);
}

/* Rules of claims name checks: all that there are must be in the table. */
static void test_names(void)
{
	for (uint32_t workload = 0; workload < WORKLOAD_COUNT; workload++) {
		size_t found = 0;

		fixture__make(&fixture, workload, "none");
		result__check(result());
		for (size_t i = 0; i < result()->check_count; i++)
			for (size_t j = 0; check_ids[j]; j++)
				found += !strcmp(result()->checks[i].id, check_ids[j]);
		ok_if(found == result()->check_count, "%s: check_ids has all its checks",
		      workload_kinds[workload].name);
		fixture__free(&fixture);
	}
}

static void wrong_sum(void)
{
	result()->tasks[7].checksum++;
}

static void lose_an_increment(void)
{
	result()->lock_steps = FIXTURE_TASKS - 1;
}

static void count_all_increments(void)
{
	result()->lock_steps = FIXTURE_TASKS;
}

static void count_all_additions(void)
{
	result()->race_count = FIXTURE_TASKS * 100;
}

static void lose_most_additions(void)
{
	result()->race_count = 2;
}

static void count_too_many(void)
{
	result()->race_count = FIXTURE_TASKS * 100 + 1;
}

static void lose_a_message(void)
{
	result()->tasks[8].messages--;
}

static void hear_of_the_other_process(void)
{
	result()->tasks[8].messages++;
}

static void lose_the_last(void)
{
	result()->tasks[FIXTURE_TASKS - 1] = (struct task_row){.id = FIXTURE_TASKS - 1};
	result()->outcome.tasks_done--;
}

static void nothing_ended(void)
{
	for (size_t i = 0; i < FIXTURE_TASKS; i++)
		result()->tasks[i] = (struct task_row){.id = i};
	result()->outcome.tasks_done = 0;
	result()->returned_ns = 0;
}

static void last_in_first_out(void)
{
	for (size_t i = 0; i < FIXTURE_TASKS; i++)
		result()->tasks[i].sequence = FIXTURE_TASKS - i;
}

static void overtake_once(void)
{
	result()->tasks[20].sequence = 22;
	result()->tasks[21].sequence = 21;
}

/* Handed out in order, begun in another: no fault of the queue. */
static void start_out_of_order(void)
{
	uint64_t start = result()->tasks[4].start_ns;

	result()->tasks[4].start_ns = result()->tasks[6].start_ns;
	result()->tasks[6].start_ns = start;
}

static void hand_out_once(void)
{
	for (size_t i = 0; i < FIXTURE_TASKS; i++)
		result()->tasks[i].sequence = 1;
}

static void swap_results(void)
{
	uint64_t returned = result()->tasks[3].returned;

	result()->tasks[3].returned = result()->tasks[4].returned;
	result()->tasks[4].returned = returned;
}

static void return_early(void)
{
	result()->returned_ns = result()->tasks[FIXTURE_TASKS - 1].end_ns - 1;
}

/* Worker 0 does everything. */
static void be_lazy(void)
{
	for (size_t i = 0; i < FIXTURE_TASKS; i++)
		result()->tasks[i].worker = 0;
	result()->workers[0].tasks = FIXTURE_TASKS;
	result()->workers[1].tasks = 0;
}

static void come_too_late(void)
{
	be_lazy();
	result()->workers[1].ready_ns = result()->tasks[FIXTURE_TASKS - 1].start_ns + 1;
}

static void never_come(void)
{
	be_lazy();
	result()->workers[1].ready_ns = 0;
}

static void never_run(void)
{
	be_lazy();
	result()->threads[2].record.on_cpu_ns = 0;
}

static void be_lazy_untraced(void)
{
	be_lazy();
	fixture__untrace(&fixture);
}

/* A worker per task, four at a time. */
static void give_each_its_own(void)
{
	for (uint32_t i = 0; i < FIXTURE_THREADS; i++)
		result()->threads[i].worker = NULL;
	free(result()->workers);
	result()->workers = calloc(FIXTURE_TASKS, sizeof(*result()->workers));
	result()->worker_count = FIXTURE_TASKS;
	for (uint32_t i = 0; i < FIXTURE_TASKS; i++) {
		result()->workers[i] = (struct worker_row){.pid = 200 + i, .tid = 200 + i, .tasks = 1};
		result()->tasks[i].worker = i;
	}
}

static void use_one_twice(void)
{
	give_each_its_own();
	result()->tasks[9].worker = 8;
	result()->workers[8].tasks = 2;
	result()->workers[9].tasks = 0;
}

static void bound_to_two(void)
{
	give_each_its_own();
	fixture.experiment.plan.workers = 2;
}

static void exceed_the_bound(void)
{
	bound_to_two();
	result()->tasks[2].start_ns = result()->tasks[0].start_ns + 1;
}

static void be_serial(void)
{
	for (size_t i = 0; i < FIXTURE_TASKS; i++) {
		struct task_row *task = &result()->tasks[i];

		task->start_ns = FIXTURE_GATE + (1 + i) * FIXTURE_MS;
		task->end_ns = task->start_ns + FIXTURE_MS;
		task->worker = 0;
	}
	result()->thread_count = 1;
}

static void be_two_threads(void)
{
	be_serial();
	result()->thread_count = 2;
}

static void call_what_starts_one(void)
{
	be_two_threads();
	fixture.experiment.plan.calls = 1;
}

static void overlap(void)
{
	be_serial();
	result()->tasks[5].start_ns -= 1000;
}

static void give_each_but_one_its_own(void)
{
	give_each_its_own();
	lose_the_last();
	result()->workers[FIXTURE_TASKS - 1].tasks = 0;
}

static void be_serial_and_lose_the_last(void)
{
	be_serial();
	lose_the_last();
}

static void hoard(void)
{
	result()->cgroup.memory_peak_bytes = measured(40 * (16ull << 20));
}

static void know_no_peak(void)
{
	result()->cgroup.memory_peak_bytes = not_measured("no memory controller here");
}

static void test_verified(void)
{
	expect(WORKLOAD_POOL, "cpu:10ms", "verified", CHECK_PASS, NULL, "sound");
	expect(WORKLOAD_POOL, "cpu:10ms", "verified", CHECK_FAIL, wrong_sum, "one wrong sum");
	expect(WORKLOAD_POOL, "lock:50us", "verified", CHECK_PASS, count_all_increments, "the lock's counter is whole");
	expect(WORKLOAD_POOL, "lock:50us", "verified", CHECK_FAIL, lose_an_increment, "the lock did not exclude");
	expect(WORKLOAD_POOL, "cpu:10ms", "verified", CHECK_NO_CHANCE, lose_the_last, "one did not end");
	expect(WORKLOAD_POOL, "cpu:10ms", "verified", CHECK_NO_CHANCE, nothing_ended, "nothing ended");
}

static void test_shared(void)
{
	expect(WORKLOAD_THREAD, "race:100", "verified", CHECK_PASS, count_all_additions, "no addition lost");
	expect(WORKLOAD_THREAD, "race:100", "verified", CHECK_PASS, lose_most_additions, "additions lost");
	expect(WORKLOAD_THREAD, "race:100", "verified", CHECK_FAIL, NULL, "nothing was added");
	expect(WORKLOAD_THREAD, "race:100", "verified", CHECK_FAIL, count_too_many, "more than was added");
	expect(WORKLOAD_THREAD, "exchange:pipe:9", "verified", CHECK_PASS, NULL, "all messages arrived");
	expect(WORKLOAD_THREAD, "exchange:pipe:9", "verified", CHECK_FAIL, lose_a_message, "one message lost");
	expect(WORKLOAD_PROCESS, "exchange:memory:9", "verified", CHECK_PASS, NULL, "nothing is shared");
	expect(WORKLOAD_PROCESS, "exchange:memory:9", "verified", CHECK_FAIL, hear_of_the_other_process,
	       "memory is shared");
}

static void test_order(void)
{
	expect(WORKLOAD_POOL, "cpu:10ms", "fifo", CHECK_PASS, NULL, "sound");
	expect(WORKLOAD_POOL, "cpu:10ms", "fifo", CHECK_FAIL, last_in_first_out, "last in, first out");
	expect(WORKLOAD_POOL, "cpu:10ms", "fifo", CHECK_FAIL, overtake_once, "one task overtook another");
	expect(WORKLOAD_POOL, "cpu:10ms", "fifo", CHECK_PASS, start_out_of_order,
	       "only the start times are out of order");
	expect(WORKLOAD_POOL, "cpu:10ms", "fifo", CHECK_NO_CHANCE, hand_out_once, "one hand-out");
	expect(WORKLOAD_POOL, "cpu:10ms", "ordered", CHECK_PASS, NULL, "sound");
	expect(WORKLOAD_POOL, "cpu:10ms", "ordered", CHECK_FAIL, swap_results, "two results swapped");
	expect(WORKLOAD_POOL, "cpu:10ms", "ordered", CHECK_FAIL, return_early, "returned before the last end");
	expect(WORKLOAD_POOL, "cpu:10ms", "ordered", CHECK_NO_CHANCE, nothing_ended, "nothing returned");
}

static void test_everyone(void)
{
	expect(WORKLOAD_POOL, "cpu:10ms", "everyone", CHECK_PASS, NULL, "sound");
	expect(WORKLOAD_POOL, "cpu:10ms", "everyone", CHECK_FAIL, be_lazy, "one is lazy");
	expect(WORKLOAD_THREAD_POOL, "cpu:10ms", "everyone", CHECK_FAIL, be_lazy, "one is lazy");
	expect(WORKLOAD_POOL, "cpu:10ms", "everyone", CHECK_FAIL, be_lazy_untraced, "one is lazy, not traced");
	expect(WORKLOAD_POOL, "cpu:10ms", "everyone", CHECK_NO_CHANCE, come_too_late,
	       "one came after the last hand-out");
	expect(WORKLOAD_POOL, "cpu:10ms", "everyone", CHECK_NO_CHANCE, never_come, "one never asked");
	expect(WORKLOAD_POOL, "cpu:10ms", "everyone", CHECK_NO_CHANCE, never_run, "one never got a CPU");
}

static void test_per_task(void)
{
	expect(WORKLOAD_PROCESS, "cpu:10ms", "one-each", CHECK_PASS, give_each_its_own, "sound");
	expect(WORKLOAD_THREAD, "cpu:10ms", "one-each", CHECK_FAIL, use_one_twice, "a worker used twice");
	expect(WORKLOAD_PROCESS, "cpu:10ms", "one-each", CHECK_PASS, bound_to_two, "two at a time, as asked");
	expect(WORKLOAD_PROCESS, "cpu:10ms", "one-each", CHECK_FAIL, exceed_the_bound,
	       "three where two were asked for");
	expect(WORKLOAD_PROCESS, "cpu:10ms", "one-each", CHECK_NO_CHANCE, give_each_but_one_its_own, "one did not end");
	expect(WORKLOAD_SERIAL, "cpu:10ms", "one-thread", CHECK_PASS, be_serial, "sound");
	expect(WORKLOAD_SERIAL, "cpu:10ms", "one-thread", CHECK_NO_CHANCE, be_serial_and_lose_the_last,
	       "one did not end");
	expect(WORKLOAD_SERIAL, "cpu:10ms", "one-thread", CHECK_FAIL, be_two_threads, "two threads");
	expect(WORKLOAD_SERIAL, "cpu:10ms", "one-thread", CHECK_PASS, call_what_starts_one,
	       "two threads, of which the user's function started one");
	expect(WORKLOAD_SERIAL, "cpu:10ms", "one-thread", CHECK_FAIL, overlap, "two tasks at once");
}

static void test_memory(void)
{
	expect(WORKLOAD_POOL, "touch:16M", "memory", CHECK_PASS, NULL, "sound");
	expect(WORKLOAD_POOL, "touch:16M", "memory", CHECK_FAIL, hoard, "the memory of all tasks at once");
	expect(WORKLOAD_POOL, "touch:16M", "memory", CHECK_NO_CHANCE, know_no_peak, "no peak known");
	expect(WORKLOAD_POOL, "cpu:10ms", "memory", CHECK_NO_CHANCE, NULL, "tasks without memory");
	expect(WORKLOAD_POOL, "touch:64K", "memory", CHECK_NO_CHANCE, NULL, "too little memory to tell");
	expect(WORKLOAD_PROCESS, "touch:16M", "memory", CHECK_NO_CHANCE, hoard, "all at once, as asked");
	expect(WORKLOAD_POOL, "cow:16M", "memory", CHECK_FAIL, hoard, "copies of all tasks at once");
	expect(WORKLOAD_THREAD_POOL, "cow:16M", "memory", CHECK_NO_CHANCE, NULL, "threads copy nothing");
	expect(WORKLOAD_POOL, "touch:16M+write:1M", "memory", CHECK_NO_CHANCE, hoard, "page cache in the peak");
	expect(WORKLOAD_POOL, "touch:16M,read:1M", "memory", CHECK_NO_CHANCE, hoard, "page cache in the peak");
}

/* The first worker's process: its leader, and from 100 ms on a second thread that outlives it. */
static void outlive_the_leader(void)
{
	struct thread_record *leader = &result()->threads[1].record, *second = &result()->threads[2].record;

	result()->threads[2].worker = NULL;
	result()->workers[1].ready_ns = 0;
	second->tgid = leader->tgid;
	second->tid = leader->tgid + 1;
	leader->end_ns = FIXTURE_GATE + 150 * FIXTURE_MS;
	second->start_ns = FIXTURE_GATE + 100 * FIXTURE_MS;
}

static void leave_a_gap(void)
{
	outlive_the_leader();
	result()->threads[1].record.end_ns = FIXTURE_GATE + 50 * FIXTURE_MS;
}

static void work_without_a_thread(void)
{
	result()->threads[2].worker = NULL;
}

static void leave_after_the_end(void)
{
	result()->workers[0].left_ns = result()->threads[1].record.end_ns + 1;
}

static void lose_the_leader(void)
{
	result()->threads[1].record.tid++;
}

static void lose_threads(void)
{
	result()->tracer.lost[LOST_THREADS] = 1;
}

static void untrace(void)
{
	fixture__untrace(&fixture);
}

static void test_threaded(void)
{
	expect(WORKLOAD_POOL, "cpu:10ms", "threaded", CHECK_PASS, NULL, "sound");
	expect(WORKLOAD_POOL, "cpu:10ms", "threaded", CHECK_PASS, outlive_the_leader, "a second thread goes on");
	expect(WORKLOAD_POOL, "cpu:10ms", "threaded", CHECK_FAIL, leave_a_gap, "for 50 ms there was none");
	expect(WORKLOAD_POOL, "cpu:10ms", "threaded", CHECK_FAIL, work_without_a_thread, "a worker that nobody saw");
	expect(WORKLOAD_POOL, "cpu:10ms", "threaded", CHECK_FAIL, leave_after_the_end, "it worked after its end");
	expect(WORKLOAD_POOL, "cpu:10ms", "threaded", CHECK_FAIL, lose_the_leader, "its first thread was never there");
	expect(WORKLOAD_POOL, "cpu:10ms", "threaded", CHECK_NO_CHANCE, lose_threads, "threads were lost");
	expect(WORKLOAD_POOL, "cpu:10ms", "threaded", CHECK_NO_CHANCE, untrace, "not traced");
}

/* How many, in numbers. */
static void counted(const char *id, void (*spoil)(void), uint64_t opportunities, uint64_t violations)
{
	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	if (spoil)
		spoil();
	result__check(result());
	for (size_t i = 0; i < result()->check_count; i++)
		if (!strcmp(result()->checks[i].id, id))
			ok_if(result()->checks[i].opportunities == opportunities &&
				      result()->checks[i].violations == violations,
			      "%s: %" PRIu64 " violations in %" PRIu64 " opportunities", id,
			      result()->checks[i].violations, result()->checks[i].opportunities);
	fixture__free(&fixture);
}

static void test_numbers(void)
{
	counted("verified", NULL, FIXTURE_TASKS, 0);
	counted("verified", wrong_sum, FIXTURE_TASKS, 1);
	counted("fifo", NULL, FIXTURE_TASKS - 1, 0);
	counted("fifo", last_in_first_out, FIXTURE_TASKS - 1, FIXTURE_TASKS - 1);
	counted("ordered", swap_results, FIXTURE_TASKS, 2);
	counted("ordered", return_early, FIXTURE_TASKS, 2);
	counted("everyone", NULL, FIXTURE_WORKERS, 0);
	counted("everyone", come_too_late, FIXTURE_WORKERS - 1, 0);
	counted("memory", NULL, 0, 0);
	counted("threaded", NULL, FIXTURE_THREADS, 0);
	counted("threaded", work_without_a_thread, FIXTURE_THREADS + 1, 1);
}

int main(void)
{
	test_threaded();
	test_numbers();
	test_names();
	test_verified();
	test_shared();
	test_order();
	test_everyone();
	test_per_task();
	test_memory();
	return tap_done();
}
