/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text: what it must say, that it fits, and that it is plain where it must be. `text_test show` prints it. */
#include <sched.h>

#include "../../userspace/report/human.h"
#include "../../userspace/report/report.h"
#include "../../userspace/result/metrics.h"
#include "fixture.h"
#include "tap.h"

#define COLUMNS 100

static struct fixture fixture;
static const struct style plain = {.width = COLUMNS};

/* The report as text; the caller frees it. */
static char *report(struct style style)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file || report__text(file, &fixture.result, style))
		exit(2);
	fclose(file);
	return text;
}

static char *repeats(size_t count)
{
	const struct result *results[8];
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	for (size_t i = 0; i < count; i++)
		results[i] = &fixture.result;
	if (!file || report__repeats(file, results, count))
		exit(2);
	fclose(file);
	return text;
}

/* Columns of the longest line; every character that is not the rest of a UTF-8 sequence is one. */
static unsigned widest(const char *text)
{
	unsigned most = 0, now = 0;

	for (; *text; text++) {
		now = *text == '\n' ? 0 : now + ((*text & 0xc0) != 0x80);
		most = now > most ? now : most;
	}
	return most;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((*text < ' ' && *text != '\n') || *text > '~')
			return false;
	return true;
}

static void expect(const char *text, const char *part)
{
	ok_if(strstr(text, part) != NULL, "it says: %s", part);
}

static void make_result(enum workload workload)
{
	fixture__make(&fixture, workload, "cpu:10ms");
	result__reconcile(&fixture.result);
	result__check(&fixture.result);
}

static void test_numbers(void)
{
	char room[HUMAN];

	ok_if(!strcmp(human__time(room, 999), "999 ns"), "%s", room);
	ok_if(!strcmp(human__time(room, 12300000), "12.3 ms"), "%s", room);
	ok_if(!strcmp(human__time(room, 1500000000), "1.50 s"), "%s", room);
	ok_if(!strcmp(human__count(room, 26110), "26,110"), "%s", room);
	ok_if(!strcmp(human__count(room, 999), "999"), "%s", room);
	ok_if(!strcmp(human__count(room, UINT64_MAX), "18,446,744,073,709,551,615"), "%s", room);
	ok_if(strstr(human__size(room, 8u << 20), "8.0") && strstr(room, "MiB"), "%s", room);
	ok_if(!strcmp(human__figure(room, not_measured("no reason"), human__time), "not measured (no reason)"), "%s",
	      room);
}

static void test_sound(void)
{
	static const char *const parts[] = {"cpu:10ms",
					    "worker processes",
					    "211 ms",
					    "in flight",
					    "parallelism",
					    "on a CPU",
					    "the queue's lock",
					    "26,110",
					    "20.0 MiB",
					    "copy-on-write",
					    "PASS",
					    "hand-outs",
					    "reconciled with the kernel: exact",
					    "per context switch",
					    "nothing was lost"};
	char *text;

	make_result(WORKLOAD_POOL);
	text = report(plain);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		expect(text, parts[i]);
	ok_if(widest(text) <= COLUMNS, "it fits: %u columns", widest(text));
	ok_if(is_ascii(text), "without UTF-8 and colours it is plain ASCII");
	free(text);
	text = report((struct style){.unicode = true, .color = true, .width = COLUMNS});
	ok_if(strstr(text, "\033[32m") && strstr(text, "\u2588"), "with them it has bars and colours");
	free(text);
	fixture__free(&fixture);
}

static void test_faults(void)
{
	char *text;

	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	fixture.result.threads[1].record.switches[SWITCH_VOLUNTARY]--;
	fixture.result.tasks[3].checksum++;
	fixture.result.tracer.lost[LOST_LOCKS] = 3;
	fixture.result.calibrated_after = 330000;
	result__reconcile(&fixture.result);
	result__check(&fixture.result);
	text = report(plain);
	expect(text, "reconciled with the kernel: off");
	expect(text, "1 of 3 threads differ");
	expect(text, "FAIL");
	expect(text, "lost locks: 3");
	expect(text, "drifted by +10 %");
	ok_if(widest(text) <= COLUMNS, "it fits: %u columns", widest(text));
	free(text);
	fixture__free(&fixture);
}

static void test_untraced(void)
{
	char *text;

	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	fixture__untrace(&fixture);
	fixture.result.cgroup.memory_peak_bytes = not_measured("no memory controller here");
	result__reconcile(&fixture.result);
	result__check(&fixture.result);
	text = report(plain);
	expect(text, "not measured (tracing was off (--no-trace))");
	expect(text, "not measured (no memory controller here)");
	ok_if(!strstr(text, "reconciled"), "nothing is said to be reconciled");
	free(text);
	fixture__free(&fixture);
}

static void test_stopped(void)
{
	char *text;

	make_result(WORKLOAD_PROCESS);
	fixture.result.outcome.status = OUTCOME_INTERRUPTED;
	fixture.result.outcome.signal = 2;
	fixture.result.outcome.wall_ns = not_measured("the results were never returned");
	text = report(plain);
	expect(text, "interrupted by signal 2");
	expect(text, "all started at once");
	expect(text, "not measured (the results were never returned)");
	free(text);
	fixture.result.outcome.status = OUTCOME_FAILED;
	snprintf(fixture.result.outcome.says, sizeof(fixture.result.outcome.says),
		 "worker 1 (process 102) was killed by signal 9 (Killed) in task 3, after it had held the lock of the "
		 "queue "
		 "for longer than anybody would wait");
	text = report(plain);
	expect(text, "failed");
	ok_if(widest(text) <= COLUMNS, "a long sentence is broken: %u columns", widest(text));
	free(text);
	snprintf(fixture.result.outcome.says, sizeof(fixture.result.outcome.says), "%s", "\033]0;mine\a");
	free((char *)fixture.result.locks[0].symbol);
	fixture.result.locks[0].symbol = strdup("\033[2Jgone");
	text = report(plain);
	ok_if(is_ascii(text), "a workload cannot reach the terminal");
	free(text);
	fixture__free(&fixture);
}

static void test_repeats(void)
{
	char *text;

	make_result(WORKLOAD_POOL);
	text = repeats(5);
	expect(text, "5, 5 of them ok");
	expect(text, "wall_ns");
	expect(text, "211 ms");
	ok_if(widest(text) <= COLUMNS && is_ascii(text), "plain, and it fits: %u columns", widest(text));
	free(text);
	fixture__free(&fixture);
}

static void test_metrics(void)
{
	make_result(WORKLOAD_POOL);
	ok_if(metric__find("parallelism")->read(&fixture.result).value == 1900,
	      "parallelism: 20 ms of one, 180 of two: 1.9");
	fixture.result.threads[1].record.unseen_run_ns = fixture.result.threads[1].record.on_cpu_ns / 4;
	ok_if(metric__find("parallelism")->read(&fixture.result).missing &&
		      metric__find("together")->read(&fixture.result).missing,
	      "more than a tenth of the time on CPUs was not shown: parallelism is not known");
	fixture.result.threads[1].record.unseen_run_ns = fixture.result.threads[1].record.on_cpu_ns / 10;
	ok_if(metric__find("parallelism")->read(&fixture.result).value == 1900, "less is");
	ok_if(metric__find("tasks_in_flight")->read(&fixture.result).value == 1896,
	      "in flight: 400 ms of tasks in 211 ms");
	ok_if(metric__find("tasks_at_once")->read(&fixture.result).value == 2, "two workers: two tasks at once");
	fixture.result.tasks[0].end_ns = fixture.result.returned_ns;
	ok_if(metric__find("tasks_at_once")->read(&fixture.result).value == 3, "a third one that goes on");
	for (size_t i = 0; i < FIXTURE_TASKS; i++)
		fixture.result.tasks[i].start_ns = fixture.result.tasks[i].end_ns = FIXTURE_GATE + 1;
	ok_if(metric__find("tasks_at_once")->read(&fixture.result).value == 1, "tasks that took no time");
	fixture__free(&fixture);
	make_result(WORKLOAD_POOL);
	ok_if(metric__find("on_cpu_ns")->read(&fixture.result).value == 400 * FIXTURE_MS, "on a CPU: workers only");
	ok_if(metric__find("lock_waits")->read(&fixture.result).value == 26111, "an idle worker waits for no lock");
	ok_if(metric__find("created_ns")->read(&fixture.result).value == 400000, "creation: the median of the workers");
	ok_if(metric__find("all_on_cpu_ns")->read(&fixture.result).value == 600 * FIXTURE_MS,
	      "with the caller: 600 ms");
	ok_if(metric__find("first_start_ns")->read(&fixture.result).value == 10 * FIXTURE_MS, "the first start");
	ok_if(metric__find("tasks")->read(&fixture.result).value == FIXTURE_TASKS &&
		      metric__find("workers")->read(&fixture.result).value == FIXTURE_WORKERS,
	      "tasks and workers");
	fixture.result.threads[0].record.cpus = 8;
	fixture.result.threads[1].record.cpus = 5;
	fixture.result.threads[2].record.cpus = 4;
	ok_if(metric__find("cpus_used")->read(&fixture.result).value == 2, "CPUs of workers, each once");
	fixture.result.threads[1].record.policy = SCHED_FIFO;
	ok_if(metric__find("fifo_threads")->read(&fixture.result).value == 1, "one under SCHED_FIFO");
	fixture.result.threads[2].record.clone_flags = CLONE_VM;
	ok_if(metric__find("address_spaces")->read(&fixture.result).value == 2, "one shares its maker's memory");
	ok_if(metric__find("ended_ns")->read(&fixture.result).missing, "nobody was seen to leave");
	fixture.result.workers[0].left_ns = FIXTURE_GATE + 5;
	fixture.result.workers[0].reaped_ns = FIXTURE_GATE + 12;
	ok_if(metric__find("ended_ns")->read(&fixture.result).value == 7, "from its last instruction to its join");
	ok_if(metric__find("results_early")->read(&fixture.result).missing, "when results came was not noted");
	fixture.result.tasks[0].received_ns = fixture.result.tasks[FIXTURE_TASKS - 1].end_ns - 1;
	fixture.result.tasks[1].received_ns = fixture.result.tasks[FIXTURE_TASKS - 1].end_ns;
	ok_if(metric__find("results_early")->read(&fixture.result).value == 1, "one result was early, one in time");
	ok_if(metric__find("system_calls")->read(&fixture.result).missing, "calls that were not counted are not 0");
	fixture.experiment.count_calls = true;
	fixture.result.threads[0].record.calls = 100;
	fixture.result.threads[1].record.calls = 3;
	ok_if(metric__find("system_calls")->read(&fixture.result).value == 3, "workers' calls only");
	ok_if(metric__find("pool_ready_ns")->read(&fixture.result).value == 2 * FIXTURE_MS,
	      "a pool is ready when its last worker is");
	ok_if(!metric__find("no such metric"), "an unknown metric is not found");
	fixture.result.tracer.lost[LOST_LOCKS] = fixture.result.tracer.lost[LOST_PARALLEL] = 1;
	ok_if(metric__find("lock_waits")->read(&fixture.result).missing, "locks were lost: their sum is not known");
	ok_if(metric__find("parallelism")->read(&fixture.result).missing,
	      "changes were lost: parallelism is not known");
	ok_if(!metric__find("on_cpu_ns")->read(&fixture.result).missing, "what does not depend on them is");
	fixture.result.tracer.lost[LOST_RECORDS] = 1;
	ok_if(metric__find("on_cpu_ns")->read(&fixture.result).missing, "records were lost: nor are times");
	fixture__free(&fixture);
}

static int show(void)
{
	make_result(WORKLOAD_POOL);
	report__text(stdout, &fixture.result, style__of(stdout));
	fixture__free(&fixture);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "show"))
		return show();
	test_numbers();
	test_sound();
	test_faults();
	test_untraced();
	test_stopped();
	test_repeats();
	test_metrics();
	return tap_done();
}
