/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each row of the accounting: exact when nothing is wrong, off when one thing is. */
#include "fixture.h"
#include "tap.h"

static struct fixture fixture;

/* The first thread that works: what a test spoils. */
static struct thread_record *first(void)
{
	return &fixture.result.threads[1].record;
}

static struct thread_record *second(void)
{
	return &fixture.result.threads[2].record;
}

static const struct accounting_row *row(const char *name)
{
	static const struct accounting_row none = {.name = "no such row", .status = ACCOUNT_OFF};

	for (size_t i = 0; i < fixture.result.account_count; i++)
		if (!strcmp(fixture.result.accounting[i].name, name))
			return &fixture.result.accounting[i];
	return &none;
}

/* Makes the fixture, lets @spoil change it, reconciles and expects @status in row @name. */
static void expect(const char *name, enum accounting_status status, void (*spoil)(void), const char *says)
{
	const struct accounting_row *found;

	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	if (spoil)
		spoil();
	result__reconcile(&fixture.result);
	found = row(name);
	ok_if(found->status == status, "%s: %s is %s (%s)", says, name, accounting_names[found->status],
	      found->because);
	fixture__free(&fixture);
}

static void lose_a_switch(void)
{
	first()->switches[SWITCH_VOLUNTARY]--;
}

/* The sums agree: only a look at each thread finds it. */
static void swap_a_switch(void)
{
	first()->switches[SWITCH_VOLUNTARY]++;
	second()->switches[SWITCH_VOLUNTARY]--;
}

static void miss_a_run(void)
{
	first()->runs--;
}

static void lack_final_switches(void)
{
	fixture.result.kernel.rusage_switches = measured(298);
}

static void lack_too_many_switches(void)
{
	fixture.result.kernel.rusage_switches = measured(290);
}

static void exceed_wait4(void)
{
	fixture.result.kernel.rusage_switches = measured(301);
}

static void workers_ask_before_they_leave(void)
{
	fixture.result.workers[0].switches.value -= 8;
	fixture.result.workers[1].switches.value -= 8;
}

static void workers_leave_long(void)
{
	fixture.result.workers[0].switches.value -= 17;
}

/* The sums agree. */
static void pythons_leave_long(void)
{
	fixture.experiment.plan.engine = ENGINE_PYTHON;
	fixture.result.workers[0].switches.value -= 17;
}

static void pythons_leave_too_long(void)
{
	fixture.experiment.plan.engine = ENGINE_PYTHON;
	fixture.result.workers[0].switches.value -= 17 + 2 * 9;
}

static void a_worker_saw_more(void)
{
	fixture.result.workers[0].switches.value++;
	fixture.result.workers[1].switches.value--;
}

static void no_worker_asked(void)
{
	for (size_t i = 0; i < FIXTURE_WORKERS; i++)
		fixture.result.workers[i].switches = not_measured("died");
}

static void see_runs_late(unsigned count)
{
	first()->runs -= count;
	first()->unseen_runs += count;
}

static void see_12_runs_late(void)
{
	see_runs_late(12);
}

static void see_14_runs_late(void)
{
	see_runs_late(14);
}

/* As the kernel counts it: 5 ms of what the thread was blocked. */
static void count_blocked_time_as_delay(void)
{
	first()->kernel.run_delay_ns += 5 * FIXTURE_MS;
}

static void count_it_before_6_12(void)
{
	count_blocked_time_as_delay();
	strcpy(fixture.result.environment.kernel, "Linux 6.11.9");
}

static void wait_too_short(void)
{
	first()->kernel.run_delay_ns += 30 * FIXTURE_MS;
	/* Also more than it was blocked: no delayed dequeue explains it. */
	first()->kernel.exec_runtime_ns += 30 * FIXTURE_MS;
}

static void wait_too_long(void)
{
	first()->run_queue_ns += 60 * FIXTURE_MS;
}

static void wait_too_short_for_a_tick(void)
{
	first()->run_queue_ns -= 7 * FIXTURE_MS;
	strcpy(fixture.result.environment.kernel, "Linux 6.11.9");
}

static void wait_too_short_on_a_coarse_clock(void)
{
	wait_too_short_for_a_tick();
	fixture.result.kernel.coarse_clock = true;
}

static void wait_for_idle_cpus(void)
{
	wait_too_long();
	first()->idle_wait_ns = 58 * FIXTURE_MS;
}

static void wait_for_idle_cpus_and_longer(void)
{
	wait_too_long();
	first()->idle_wait_ns = 40 * FIXTURE_MS;
}

/* One stolen CPU delays every thread that queues for it. */
static void all_wait_while_stolen(void)
{
	for (size_t i = 0; i < FIXTURE_THREADS; i++)
		fixture.result.threads[i].record.run_queue_ns += 60 * FIXTURE_MS;
	fixture.result.kernel.steal_ns = measured(60 * FIXTURE_MS);
}

static void wait_while_stolen(void)
{
	wait_too_long();
	fixture.result.kernel.steal_ns = measured(60 * FIXTURE_MS);
}

/* Of each CPU /proc/stat shows whole ticks alone: 9 ms stolen on each of two show as none. */
static void wait_while_parts_of_ticks_are_stolen(void)
{
	first()->cpus = 3;
	first()->run_queue_ns += 18 * FIXTURE_MS;
}

static void wait_for_a_part_of_a_tick(void)
{
	first()->cpus = 0;
	first()->run_queue_ns += 9 * FIXTURE_MS;
}

static void wait_for_more_than_a_tick(void)
{
	first()->run_queue_ns += 18 * FIXTURE_MS;
}

static void twice_on_cpu(void)
{
	fixture.result.kernel.rusage_cpu_ns = fixture.result.cgroup.cpu_usage_ns = measured(300 * FIXTURE_MS);
}

static void half_on_cpu(void)
{
	fixture.result.kernel.rusage_cpu_ns = fixture.result.cgroup.cpu_usage_ns = measured(900 * FIXTURE_MS);
}

static void lose_16_faults(void)
{
	first()->faults -= 16;
}

static void lose_17_faults(void)
{
	first()->faults -= 17;
}

static void double_17_faults(void)
{
	first()->faults += 17;
}

static void lose_a_record(void)
{
	fixture.result.tracer.lost[LOST_RECORDS] = 1;
}

static void lose_a_thread(void)
{
	fixture.result.tracer.lost[LOST_THREADS] = 1;
}

/* Nothing that is summed over threads depends on these. */
static void lose_locks_and_parallelism(void)
{
	fixture.result.tracer.lost[LOST_LOCKS] = fixture.result.tracer.lost[LOST_PARALLEL] = 1;
}

static void know_no_wait4(void)
{
	fixture.result.kernel.rusage_switches = fixture.result.kernel.rusage_cpu_ns = not_measured("nobody waited");
}

static void know_no_wait4_and_lose(void)
{
	know_no_wait4();
	lose_a_thread();
}

/* A command whose processes are the fixture's: wait4 told of so much. */
static void profile_with(uint64_t waited_switches, uint64_t waited_ms)
{
	static const struct target command = {.command = "x", .cpus = 2};

	fixture.result.target = &command;
	fixture.result.kernel.rusage_switches = measured(waited_switches);
	fixture.result.kernel.rusage_cpu_ns = measured(waited_ms * FIXTURE_MS);
}

static void have_a_child_unwaited(void)
{
	profile_with(200, 400);
}

static void have_its_switches_unwaited(void)
{
	profile_with(200, 600);
}

static void have_more_than_children_unwaited(void)
{
	profile_with(50, 100);
}

static void wait_for_more(void)
{
	profile_with(310, 900);
}

static void have_a_worker_unwaited(void)
{
	have_a_child_unwaited();
	fixture.result.target = NULL;
}

static void have_no_controller(void)
{
	fixture.result.cgroup.cpu_usage_ns = not_measured("no cpuacct controller here");
}

static void test_clean(void)
{
	static const char *const names[] = {"switches",
					    "switches by wait4",
					    "time on a CPU or runnable",
					    "switches by the workers",
					    "CPU time by wait4",
					    "CPU time of the group",
					    "page faults"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		expect(names[i], ACCOUNT_EXACT, NULL, "nothing wrong");
	expect("memory peak", ACCOUNT_KERNEL_ONLY, NULL, "nothing wrong");
	expect("throttled", ACCOUNT_KERNEL_ONLY, NULL, "nothing wrong");
	expect("OOM kills", ACCOUNT_KERNEL_ONLY, NULL, "nothing wrong");
}

static void test_counts(void)
{
	expect("switches", ACCOUNT_OFF, lose_a_switch, "one switch lost");
	expect("switches", ACCOUNT_OFF, swap_a_switch, "one switch given to another thread");
	expect("switches by wait4", ACCOUNT_WITHIN, lack_final_switches, "wait4 lacks final switches");
	expect("switches by wait4", ACCOUNT_OFF, lack_too_many_switches, "wait4 lacks more than the final switches");
	expect("switches by wait4", ACCOUNT_OFF, exceed_wait4, "wait4 saw more than the probe");
	expect("switches by the workers", ACCOUNT_WITHIN, workers_ask_before_they_leave, "8 on each one's way out");
	expect("switches by the workers", ACCOUNT_OFF, workers_leave_long, "17 on two workers' ways out");
	expect("switches by the workers", ACCOUNT_WITHIN, pythons_leave_long, "so many, of Pythons that are preempted");
	expect("switches by the workers", ACCOUNT_OFF, pythons_leave_too_long, "more than they were preempted in all");
	expect("switches by the workers", ACCOUNT_OFF, a_worker_saw_more, "a worker saw one more than was traced");
	expect("switches by the workers", ACCOUNT_KERNEL_ONLY, no_worker_asked, "all workers died");
	expect("page faults", ACCOUNT_WITHIN, lose_16_faults, "16 faults lost");
	expect("page faults", ACCOUNT_OFF, lose_17_faults, "17 faults lost");
	expect("page faults", ACCOUNT_OFF, double_17_faults, "17 faults counted twice");
}

static void test_times(void)
{
	expect("time on a CPU or runnable", ACCOUNT_OFF, miss_a_run, "a run not seen");
	expect("CPU time by wait4", ACCOUNT_OFF, miss_a_run, "a run not seen");
	expect("CPU time of the group", ACCOUNT_OFF, miss_a_run, "a run not seen");
	expect("time on a CPU or runnable", ACCOUNT_EXACT, see_12_runs_late, "12 of 300 runs seen only at their end");
	expect("time on a CPU or runnable", ACCOUNT_OFF, see_14_runs_late, "14 of 300 runs seen only at their end");
	expect("CPU time by wait4", ACCOUNT_OFF, see_14_runs_late, "14 of 300 runs seen only at their end");
	expect("time on a CPU or runnable", ACCOUNT_WITHIN, count_blocked_time_as_delay, "blocked time in run_delay");
	expect("time on a CPU or runnable", ACCOUNT_OFF, count_it_before_6_12, "the same before 6.12");
	expect("time on a CPU or runnable", ACCOUNT_OFF, wait_too_short, "30 ms lacking");
	expect("time on a CPU or runnable", ACCOUNT_OFF, wait_too_short_for_a_tick, "7 ms lacking");
	expect("time on a CPU or runnable", ACCOUNT_WITHIN, wait_too_short_on_a_coarse_clock,
	       "7 ms lacking, by a clock of ticks");
	expect("time on a CPU or runnable", ACCOUNT_OFF, wait_too_long, "60 ms too much");
	expect("time on a CPU or runnable", ACCOUNT_WITHIN, wait_for_idle_cpus,
	       "idle CPUs took 58 of 60 ms to wake up");
	expect("time on a CPU or runnable", ACCOUNT_OFF, wait_for_idle_cpus_and_longer, "they took 40 of 60 ms");
	expect("time on a CPU or runnable", ACCOUNT_WITHIN, wait_while_stolen, "60 ms too much and stolen");
	expect("time on a CPU or runnable", ACCOUNT_WITHIN, all_wait_while_stolen, "all waited for the one stolen CPU");
	expect("time on a CPU or runnable", ACCOUNT_WITHIN, wait_while_parts_of_ticks_are_stolen,
	       "18 ms too much on two CPUs");
	expect("time on a CPU or runnable", ACCOUNT_WITHIN, wait_for_a_part_of_a_tick,
	       "9 ms too much, on a CPU that no run told");
	expect("time on a CPU or runnable", ACCOUNT_OFF, wait_for_more_than_a_tick, "18 ms too much on one CPU");
	expect("CPU time by wait4", ACCOUNT_OFF, twice_on_cpu, "twice the CPU time");
	expect("CPU time of the group", ACCOUNT_OFF, twice_on_cpu, "twice the CPU time");
	expect("CPU time by wait4", ACCOUNT_OFF, half_on_cpu, "two thirds of the CPU time");
	expect("CPU time of the group", ACCOUNT_OFF, half_on_cpu, "two thirds of the CPU time");
}

static void test_losses(void)
{
	expect("switches", ACCOUNT_OFF, lose_a_thread, "a thread lost");
	expect("CPU time by wait4", ACCOUNT_OFF, lose_a_thread, "a thread lost");
	expect("page faults", ACCOUNT_OFF, lose_a_thread, "a thread lost");
	expect("switches", ACCOUNT_EXACT, lose_locks_and_parallelism, "locks and parallelism lost");
	expect("switches by wait4", ACCOUNT_KERNEL_ONLY, know_no_wait4, "no wait4");
	expect("CPU time by wait4", ACCOUNT_KERNEL_ONLY, know_no_wait4, "no wait4");
	expect("CPU time by wait4", ACCOUNT_KERNEL_ONLY, know_no_wait4_and_lose, "no wait4, a thread lost");
	expect("switches", ACCOUNT_OFF, lose_a_record, "a record lost");
	expect("page faults", ACCOUNT_OFF, lose_a_record, "a record lost");
	expect("memory peak", ACCOUNT_KERNEL_ONLY, lose_a_record, "a record lost");
	expect("CPU time of the group", ACCOUNT_KERNEL_ONLY, have_no_controller, "no controller");
}

static void test_unwaited(void)
{
	static const char *const rows[] = {"switches by wait4", "CPU time by wait4"};

	for (int i = 0; i < 2; i++) {
		expect(rows[i], ACCOUNT_KERNEL_ONLY, have_a_child_unwaited, "nobody waits for a child");
		expect(rows[i], ACCOUNT_OFF, have_more_than_children_unwaited, "of the first process wait4 lacks some");
		expect(rows[i], ACCOUNT_OFF, wait_for_more, "wait4 has more than was traced");
		expect(rows[i], ACCOUNT_OFF, have_a_worker_unwaited, "a run's workers are waited for");
	}
	expect(rows[0], ACCOUNT_KERNEL_ONLY, have_its_switches_unwaited, "switches alone are lacking");
	expect(rows[1], ACCOUNT_EXACT, have_its_switches_unwaited, "switches alone are lacking");
}

static void test_untraced(void)
{
	bool alone = true;

	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	fixture__untrace(&fixture);
	result__reconcile(&fixture.result);
	for (size_t i = 0; i < fixture.result.account_count; i++)
		alone &= fixture.result.accounting[i].status == ACCOUNT_KERNEL_ONLY;
	ok_if(alone && fixture.result.account_count, "without tracing all rows are kernel-only");
	fixture__free(&fixture);
}

static void test_summary(void)
{
	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	result__reconcile(&fixture.result);
	ok_if(result__accounting(&fixture.result) == ACCOUNT_EXACT, "the summary is exact");
	fixture__free(&fixture);
	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	lose_16_faults();
	result__reconcile(&fixture.result);
	ok_if(result__accounting(&fixture.result) == ACCOUNT_WITHIN, "one row within: so is the summary");
	fixture__free(&fixture);
	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	lose_16_faults();
	lose_a_switch();
	result__reconcile(&fixture.result);
	ok_if(result__accounting(&fixture.result) == ACCOUNT_OFF, "one row off: so is the summary");
	fixture__free(&fixture);
}

static void test_because(void)
{
	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	wait_too_long();
	result__reconcile(&fixture.result);
	ok_if(!strstr(row("time on a CPU or runnable")->because, "explained by"),
	      "what is off is not called explained");
	fixture__free(&fixture);
}

int main(void)
{
	test_clean();
	test_counts();
	test_times();
	test_losses();
	test_unwaited();
	test_because();
	test_untraced();
	test_summary();
	return tap_done();
}
