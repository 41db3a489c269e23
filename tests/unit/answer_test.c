/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounds and advice from made-up threads: on both sides of each threshold. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../userspace/advice/advice.h"
#include "tap.h"

#define MS 1000000ull
#define WALL (1000 * MS)

static struct result result;
static struct thread_row threads[24];
static struct process_row process;
static struct lock_row lock;
static const struct experiment experiment = {.traced = true, .plan = {.workload = WORKLOAD_THREAD}, .task_text = ""};
static struct target target;
static struct answer answer;
static struct advice advice;

static void begin(void)
{
	memset(threads, 0, sizeof(threads));
	process = (struct process_row){.pid = 7, .pss_bytes = {.missing = "none"}};
	lock = (struct lock_row){.address = 0x1234, .cause = CAUSE_LOCK, .kind = LOCK_MUTEX, .tgid = 7, .waits = 3};
	target = (struct target){.command = "x", .cpus = 2};
	result = (struct result){.experiment = &experiment,
				 .target = &target,
				 .threads = threads,
				 .processes = &process,
				 .process_count = 1,
				 .locks = &lock,
				 .lock_count = 1,
				 .environment.cpus = 2};
	result.outcome.wall_ns = measured(WALL);
	result.cgroup.throttled_ns = not_measured("none");
	result.parallel.known = true;
}

/* One more thread, there for all of the time: so many ms on a CPU, in the queue, and blocked by @cause in @waits. */
static struct thread_record *add(uint64_t cpu, uint64_t queue, enum cause cause, uint64_t blocked, uint64_t waits)
{
	struct thread_row *row = &threads[result.thread_count++];

	row->role = ROLE_WORKER;
	row->record = (struct thread_record){.tid = 7,
					     .tgid = 7,
					     .start_ns = 1,
					     .end_ns = 1 + WALL,
					     .on_cpu_ns = cpu * MS,
					     .run_queue_ns = queue * MS,
					     .runs = 1 + waits};
	row->record.blocked_ns[cause] = blocked * MS;
	row->record.waits[cause] = waits;
	return &row->record;
}

static void judge(uint64_t one_ms, uint64_t two_ms)
{
	result.parallel.time_ns[1] = one_ms * MS;
	result.parallel.time_ns[2] = two_ms * MS;
	answer__of(&answer, &result);
	advice__of(&advice, &answer, &result);
}

static void bound(enum bound wanted, const char *says)
{
	ok_if(answer.bound == wanted, "%s: %s (%s)", says, bound_names[wanted], bound_names[answer.bound]);
	ok_if(answer.says[0] && answer.share >= 0 && answer.share <= 1, "with a share of %.2f: %s", answer.share,
	      answer.says);
}

static void chosen(enum choice wanted, double low, double high)
{
	ok_if(advice.choose == wanted, "advice: %s (%s)", choice_names[wanted], choice_names[advice.choose]);
	ok_if(isnan(low) ? isnan(advice.speed_up_limit) : advice.speed_up_limit >= low && advice.speed_up_limit <= high,
	      "at most %.2f times as fast", advice.speed_up_limit);
}

static void test_cpu(void)
{
	begin();
	add(950, 10, CAUSE_IO, 40, 4);
	judge(950, 0);
	bound(BOUND_CPU, "one thread computes");
	chosen(CHOICE_THREAD_POOL, 1.8, 2);
	strcpy(process.python, "3.11");
	judge(950, 0);
	chosen(CHOICE_POOL, 1.8, 2);
	begin();
	add(990, 5, CAUSE_IO, 0, 0);
	add(990, 5, CAUSE_IO, 0, 0);
	judge(0, 990);
	bound(BOUND_CPU, "two on two CPUs");
	chosen(CHOICE_NOTHING, 1, 1);
	begin();
	add(900, 0, CAUSE_LOCK, 50, 10);
	add(50, 0, CAUSE_IO, 950, 100000)->io_ns[IO_PIPE] = 950 * MS;
	judge(950, 0);
	bound(BOUND_CPU, "one computes, the other waits for it");
	begin();
	add(300, 0, CAUSE_SLEEP, 200, 1);
	add(0, 0, CAUSE_SLEEP, 1000, 1);
	judge(300, 0);
	bound(BOUND_CPU, "one computes for a while, another sleeps beside it");
	chosen(CHOICE_THREAD_POOL, 6.6, 6.7);
	begin();
	add(300, 0, CAUSE_SLEEP, 0, 1);
	add(0, 0, CAUSE_SLEEP, 1000, 1);
	judge(300, 0);
	chosen(CHOICE_THREAD_POOL, 1.17, 1.18);
}

static void test_gil(void)
{
	begin();
	add(500, 20, CAUSE_GIL, 480, 100);
	add(490, 20, CAUSE_GIL, 490, 100);
	judge(990, 0);
	bound(BOUND_GIL, "two take turns");
	chosen(CHOICE_POOL, 1.9, 2);
	begin();
	add(900, 20, CAUSE_GIL, 80, 100);
	judge(900, 0);
	bound(BOUND_CPU, "it is hardly waited for");
}

static void test_lock(void)
{
	begin();
	add(400, 0, CAUSE_LOCK, 600, 1000)->mutex_ns = 600 * MS;
	add(400, 0, CAUSE_LOCK, 600, 1000)->mutex_ns = 600 * MS;
	judge(800, 0);
	bound(BOUND_LOCK, "a mutex");
	ok_if(strstr(answer.says, "0x1234") && strstr(answer.says, "mutex"), "which one is told");
	chosen(CHOICE_FEWER_WORKERS, 1.2, 1.3);
	begin();
	add(100, 0, CAUSE_LOCK, 900, 9000);
	add(100, 0, CAUSE_LOCK, 900, 9000);
	judge(200, 0);
	bound(BOUND_LOCK, "a condition variable that is signalled all the time");
	begin();
	add(1, 0, CAUSE_LOCK, 999, 3);
	add(1, 0, CAUSE_LOCK, 999, 3);
	judge(2, 0);
	bound(BOUND_IDLE, "one that is waited for long");
	chosen(CHOICE_NOTHING, 1, 1);
}

static void test_waits(void)
{
	begin();
	add(100, 0, CAUSE_IO, 900, 90)->io_ns[IO_DISK] = 900 * MS;
	judge(100, 0);
	bound(BOUND_IO, "a reader");
	ok_if(answer.kind == IO_DISK, "of a disk");
	chosen(CHOICE_THREAD_POOL, 19, 21);
	strcpy(process.python, "3.11");
	judge(100, 0);
	chosen(CHOICE_POOL, 10, 11); /* 20, but for the time that processes take to start and end */
	begin();
	add(50, 0, CAUSE_IO, 950, 90)->io_ns[IO_DISK] = 950 * MS;
	strcpy(process.python, "3.11");
	judge(50, 0);
	chosen(CHOICE_THREAD_POOL, 19.9, 20.1);
	begin();
	for (int i = 0; i < 4; i++)
		add(50, 0, CAUSE_IO, 950, 90)->io_ns[IO_DISK] = 950 * MS;
	judge(200, 0);
	chosen(CHOICE_MORE_WORKERS, 9.9, 10.1);
	begin();
	add(2, 0, CAUSE_SLEEP, 998, 3);
	judge(2, 0);
	bound(BOUND_SLEEP, "a sleeper");
	begin();
	threads[0].record.io_waits[IO_EVENT] = 1;
	add(10, 0, CAUSE_IO, 990, 5)->io_ns[IO_EVENT] = 990 * MS;
	threads[0].record.io_waits[IO_EVENT] = 5;
	judge(10, 0);
	bound(BOUND_IDLE, "an event loop without events");
	begin();
	add(1, 0, CAUSE_CHILD, 999, 1);
	judge(1, 0);
	bound(BOUND_CHILD, "it waits for others");
	begin();
	add(200, 0, CAUSE_FAULT, 800, 500);
	judge(200, 0);
	bound(BOUND_MEMORY, "major faults");
	chosen(CHOICE_NOTHING, NAN, NAN);
	add(200, 0, CAUSE_FAULT, 800, 500);
	judge(400, 0);
	chosen(CHOICE_FEWER_WORKERS, NAN, NAN);
}

static void test_queue(void)
{
	begin();
	for (int i = 0; i < 8; i++)
		add(250, 750, CAUSE_IO, 0, 0);
	judge(0, 1000);
	bound(BOUND_RUN_QUEUE, "eight on two CPUs");
	chosen(CHOICE_FEWER_WORKERS, 1, 1.01);
	begin();
	add(200, 800, CAUSE_IO, 0, 10);
	result.cgroup.throttled_ns = measured(800 * MS);
	judge(200, 0);
	bound(BOUND_RUN_QUEUE, "a CPU limit");
	ok_if(strstr(answer.says, "CPU limit") != NULL, "which is told");
	chosen(CHOICE_NOTHING, 1, 1);
	begin();
	add(500, 500, CAUSE_IO, 0, 20);
	judge(500, 0);
	bound(BOUND_RUN_QUEUE, "others have the CPU");
	chosen(CHOICE_NOTHING, 1, 4.01);
	for (int foreign = 0; foreign <= 500; foreign += 500) {
		begin();
		add(420, 470, CAUSE_IO, 110, 5000)->io_ns[IO_PIPE] = 110 * MS;
		result.foreign_permille = measured((uint64_t)foreign);
		judge(420, 0);
		bound(foreign ? BOUND_RUN_QUEUE : BOUND_IO, foreign ? "others have half of the CPUs" : "they do not");
	}
	begin();
	add(300, 300, CAUSE_LOCK, 400, 50000);
	add(300, 300, CAUSE_LOCK, 400, 50000);
	judge(600, 0);
	ok_if(answer.bound != BOUND_RUN_QUEUE, "a moment after each wake-up is no shortage: %s",
	      bound_names[answer.bound]);
}

/* A Pool of two, and who hands out its tasks: its waits are nobody's work. */
static void test_helper(void)
{
	begin();
	add(850, 110, CAUSE_IO, 40, 50)->io_ns[IO_OTHER] = 40 * MS;
	add(850, 110, CAUSE_IO, 40, 50)->io_ns[IO_OTHER] = 40 * MS;
	add(100, 0, CAUSE_IO, 900, 2000)->io_ns[IO_OTHER] = 900 * MS;
	judge(200, 800);
	bound(BOUND_CPU, "two compute, one hands out");
	chosen(CHOICE_NOTHING, 1, 1);
	begin();
	add(600, 0, CAUSE_IO, 400, 50)->io_ns[IO_DISK] = 400 * MS;
	add(600, 0, CAUSE_IO, 400, 50)->io_ns[IO_DISK] = 400 * MS;
	judge(100, 550);
	chosen(CHOICE_MORE_WORKERS, 1.6, 1.7);
}

/* Twenty that their parent forked in so many ms each, and that had so many each. */
static void fork_twenty(uint64_t parent_ms, uint64_t child_ms)
{
	static struct process_row processes[21];

	begin();
	result.outcome.wall_ns = measured(20 * (parent_ms + child_ms) / 2 * MS);
	add(20 * parent_ms, 0, CAUSE_CHILD, 0, 0);
	for (uint32_t i = 0; i < 20; i++) {
		struct thread_record *child = add(child_ms, 0, CAUSE_IO, 0, 0);

		child->tid = child->tgid = 100 + i;
		child->parent_tgid = 7;
	}
	for (size_t i = 0; i < 21; i++) {
		processes[i].pss_bytes = not_measured("none");
		threads[i].record.end_ns = 1 + result.outcome.wall_ns.value;
	}
	result.processes = processes;
	result.process_count = 21;
	judge(0, 20 * (parent_ms + child_ms) / 2);
}

static void test_creation(void)
{
	fork_twenty(1, 9);
	chosen(CHOICE_POOL, NAN, 0);
	ok_if(strstr(advice.says, "A Pool: a few processes") != NULL, "many short processes: %s", advice.says);
	fork_twenty(1, 11);
	chosen(CHOICE_NOTHING, 1, 1);
	fork_twenty(8, 28);
	chosen(CHOICE_POOL, NAN, 0);
	ok_if(strstr(advice.because[0], "20 processes were forked") != NULL,
	      "where forking takes long, longer ones: %s", advice.because[0]);
	fork_twenty(4, 41);
	chosen(CHOICE_NOTHING, 1, 1);
	fork_twenty(50, 51);
	chosen(CHOICE_NOTHING, 1, 1);
	fork_twenty(1, 11);
	add(2000, 0, CAUSE_IO, 0, 0)->tid = 0;
	threads[21].record.tgid = 0;
	judge(0, 1000);
	ok_if(advice.choose != CHOICE_POOL, "what threads that are one row had is not their parent's");
	fork_twenty(8, 28);
	for (int i = 0; i < 11; i++)
		threads[1 + i].record.executed = true;
	judge(0, 360);
	ok_if(advice.choose != CHOICE_POOL, "programs that are executed are no tasks of a Pool's");
}

/* A command of 1 s: a quarter of it decides whether it was idle. */
static void test_lived(void)
{
	begin();
	add(200, 0, CAUSE_IDLE, 400, 4)->end_ns = 1 + 600 * MS;
	judge(200, 0);
	bound(BOUND_CPU, "of the 0.6 s that it lived it ran a third");
	begin();
	add(200, 0, CAUSE_IDLE, 800, 4);
	judge(200, 0);
	bound(BOUND_IDLE, "of 1 s a fifth");
	begin();
	add(200, 0, CAUSE_IDLE, 400, 4)->end_ns = 1 + 600 * MS;
	add(0, 0, CAUSE_IDLE, 500, 4)->tid = 0;
	threads[1].record.end_ns = 500 * MS;
	judge(200, 0);
	bound(BOUND_IDLE, "threads that are one row have no ends: all of the time counts");
	begin();
	add(200, 0, CAUSE_IDLE, 400, 4)->end_ns = 1 + 600 * MS;
	add(100, 0, CAUSE_IDLE, 9000, 40)->tid = 0;
	threads[1].record.start_ns = 0;
	threads[1].record.end_ns = 100 * WALL;
	judge(200, 0);
	bound(BOUND_CPU, "whatever their sum of lives is");
}

static void test_thresholds(void)
{
	const char *name, *means;
	double value;
	size_t count = 0;

	for (; answer__threshold(count, &name, &value, &means); count++)
		ok_if(*name && value > 0 && *means, "threshold %s: %g", name, value);
	ok_if(count >= 9, "%zu thresholds", count);
}

int main(void)
{
	test_cpu();
	test_gil();
	test_lock();
	test_waits();
	test_queue();
	test_helper();
	test_creation();
	test_lived();
	test_thresholds();
	return tap_done();
}
