/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gates on looks at the machine that are made by hand: what voids a trial, and what is said of it. */
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "../../userspace/validation/gate.h"
#include "tap.h"

#define SECOND 1000000000ull

static struct process_time earlier[] = {{10, 500, 0, "init"}, {20, 7000, 0, "backup"}, {30, 40, 0, "browser"}};
static struct process_time later[] = {
	{10, 500, 0, "init"}, {20, 7003, 1, "backup"}, {30, 90, 0, "browser"}, {40, 5, 1, "new"}};
static struct gate_snapshot before, after;
static struct experiment experiment;
static struct result result;
static struct trial_row row;

/* A good trial: two CPUs for ten seconds, busy with nothing but itself. */
static void begin(void)
{
	memset(&experiment, 0, sizeof(experiment));
	memset(&result, 0, sizeof(result));
	memset(&row, 0, sizeof(row));
	before = (struct gate_snapshot){
		.cpus = {.busy_ns = 100 * SECOND, .steal_ns = SECOND, .own_ns = 3 * SECOND, .cpus = 2},
		.ns = 50 * SECOND,
		.swapped_pages = 9,
		.memory_stall_ns = SECOND,
		.throttled_above_ns = measured(5),
		.processes = earlier,
		.process_count = 3};
	after = before;
	after.ns += 10 * SECOND;
	after.cpus.busy_ns += 16 * SECOND;
	after.cpus.own_ns += 16 * SECOND;
	after.processes = later;
	after.process_count = 4;
}

static const struct gate_row *gate(const char *name)
{
	for (size_t i = 0; i < row.gate_count; i++)
		if (!strcmp(row.gates[i].name, name))
			return &row.gates[i];
	return NULL;
}

static bool outcome_counts; /* a bad end is an outcome */

static void judge(void)
{
	gates__judge(&row, &experiment, outcome_counts, &result, &before, &after, 0.05);
}

/* One gate is shut, and says so. */
static void is_void(const char *name, const char *says)
{
	size_t shut = 0;

	judge();
	for (size_t i = 0; i < row.gate_count; i++)
		shut += row.gates[i].shut;
	ok_if(shut == 1 && gate(name) && gate(name)->shut && !strcmp(row.voided, says), "%s: %s", name, row.voided);
	begin();
}

static void is_good(const char *of)
{
	judge();
	ok_if(!row.voided[0], "%s: %s", of, row.voided[0] ? row.voided : "good");
	begin();
}

static void test_good(void)
{
	static const char *const names[] = {"foreign-cpu", "steal",	 "swap",      "memory-stall", "lost-events",
					    "unseen-runs", "accounting", "throttled", "oom-kills",    "failed"};

	judge();
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ok_if(gate(names[i]) && !gate(names[i])->shut && gate(names[i])->value == 0, "%s is open", names[i]);
	ok_if(row.gate_count == sizeof(names) / sizeof(*names) && !row.voided[0], "these are all, and it is good");
	begin();
	gates__judge(&row, &experiment, false, NULL, &before, &after, 0.05);
	ok_if(row.gate_count == 4 && !row.voided[0], "without a result, those of the machine");
	begin();
}

static void test_foreign(void)
{
	after.cpus.busy_ns = before.cpus.busy_ns + 18 * SECOND;
	is_good("10 % of two CPUs for others");
	after.cpus.own_ns = before.cpus.own_ns + 12 * SECOND;
	is_void("foreign-cpu", "foreign CPU time: 20 % of the CPUs, most of it by browser (pid 30)");
	after.cpus.own_ns = before.cpus.own_ns + 12 * SECOND;
	later[3].ticks = 500;
	is_void("foreign-cpu", "foreign CPU time: 20 % of the CPUs, most of it by new (pid 40)");
	experiment.cpus = "0,2";
	after.cpus.own_ns = before.cpus.own_ns + 12 * SECOND;
	is_void("foreign-cpu", "foreign CPU time: 20 % of the CPUs, most of it by browser (pid 30)");
	later[3].ticks = 5;
	after.cpus.own_ns = before.cpus.own_ns + 12 * SECOND;
	after.processes = earlier;
	after.process_count = 3;
	is_void("foreign-cpu", "foreign CPU time: 20 % of the CPUs, by processes that are gone");
	after.cpus.own_ns = before.cpus.own_ns + 17 * SECOND;
	is_good("more than was busy is a rounding");
	after.cpus.own_ns = before.cpus.own_ns + 12 * SECOND;
	judge();
	ok_if(gate("foreign-cpu")->value == 0.2 && gate("foreign-cpu")->limit == 0.15, "its reading is kept");
	begin();
}

/* Both shares are of 20 s; 5 % are usual here. */
static void test_steal(void)
{
	after.cpus.steal_ns += 2 * SECOND;
	is_good("10 % stolen where 5 % are usual");
	after.cpus.steal_ns += 4 * SECOND;
	judge();
	ok_if(gates__steal_share(&before, &after) == 0.2 && gate("steal")->value == 0.2, "a share of the CPUs");
	row = (struct trial_row){0};
	is_void("steal", "stolen time: 20 % of the CPUs");
}

static void test_memory(void)
{
	after.swapped_pages += 3;
	is_void("swap", "swapping: 3 pages");
	after.memory_stall_ns += SECOND;
	is_void("memory-stall", "nothing could run for want of memory: 10 % of the time");
	after.memory_stall_ns += SECOND;
	experiment.memory_limit = 1 << 20;
	is_good("which a memory limit asks for");
}

static void test_throttled(void)
{
	result.cgroup.throttled_ns = measured(2500000);
	is_void("throttled", "throttled: a CPU limit held it back for 2.5 ms");
	after.throttled_above_ns = measured(1500005);
	is_void("throttled", "throttled: a CPU limit held it back for 1.5 ms");
	result.cgroup.throttled_ns = measured(2500000);
	experiment.cpu_limit = 50;
	is_good("which --cpu-limit asks for");
	after.throttled_above_ns = before.throttled_above_ns = not_measured("no controller");
	is_good("nobody tells of groups above");
}

static void test_trial(void)
{
	struct thread_row worker = {.role = ROLE_WORKER, .record = {.on_cpu_ns = 100, .unseen_run_ns = 12}};

	row.lost = 7;
	is_void("lost-events", "lost events: 7");
	result.threads = &worker;
	result.thread_count = 1;
	is_void("unseen-runs", "the kernel did not show 12 % of the workers' time on CPUs");
	worker.record.unseen_run_ns = 10;
	result.threads = &worker;
	result.thread_count = 1;
	is_good("a tenth of it unseen");
	row.off = true;
	result.accounting[0] = (struct accounting_row){.name = "switches", .unit = "count", .status = ACCOUNT_EXACT};
	result.accounting[1] = (struct accounting_row){
		.name = "page faults", .unit = "count", .traced = measured(7), .difference = -3, .status = ACCOUNT_OFF};
	result.account_count = 2;
	is_void("accounting", "it does not reconcile with the kernel: page faults: 7 count traced, off by -3");
	result.cgroup.oom_kills = measured(2);
	is_void("oom-kills", "out of memory: 2 kills");
	result.cgroup.oom_kills = not_measured("no controller");
	is_good("nobody counts kills");
	row.outcome = OUTCOME_FAILED;
	snprintf(row.says, sizeof(row.says), "task 3: it raised");
	is_void("failed", "its outcome is failed: task 3: it raised");
	row.outcome = OUTCOME_TIMEOUT;
	is_void("failed", "its outcome is timeout");
}

/* What asks for trouble may end badly. */
static void may_fail(const char *of)
{
	row.outcome = OUTCOME_FAILED;
	result.cgroup.oom_kills = measured(1);
	is_good(of);
}

static void test_trouble(void)
{
	experiment.memory_limit = 1 << 20;
	may_fail("a memory limit");
	experiment.max_processes = 5;
	may_fail("a limit of processes");
	experiment.open_files = 5;
	may_fail("a limit of open files");
	experiment.plan.signal = 15;
	may_fail("a signal");
	experiment.plan.calls = 1;
	may_fail("a function of the user's");
	experiment.memory_limit = 1 << 20;
	row.lost = 1;
	is_void("lost-events", "lost events: 1");
}

static void test_first(void)
{
	row.lost = 7;
	row.off = true;
	after.swapped_pages += 3;
	judge();
	ok_if(!strcmp(row.voided, "swapping: 3 pages") && gate("lost-events")->shut && gate("accounting")->shut,
	      "the first one says why: %s", row.voided);
	begin();
	snprintf(row.voided, sizeof(row.voided), "it did not start");
	after.swapped_pages += 3;
	judge();
	ok_if(!strcmp(row.voided, "it did not start"), "what was said before stays");
	begin();
	after.ns = before.ns;
	judge();
	ok_if(row.gate_count == 10, "no time at all passes without a crash");
	begin();
}

static void test_real(void)
{
	struct gate_snapshot one, two;
	bool found = false;

	gate_snapshot__take(&one, NULL);
	gate_snapshot__take(&two, "0");
	ok_if(one.process_count && one.cpus.cpus >= two.cpus.cpus && two.cpus.cpus == 1 && two.ns >= one.ns &&
		      two.cpus.own_ns >= one.cpus.own_ns && one.cpus.busy_ns,
	      "the machine itself can be looked at");
	for (size_t i = 0; i < one.process_count; i++)
		found |= one.processes[i].pid == getppid() && one.processes[i].cpu < CPU_SETSIZE &&
			 one.processes[i].comm[0];
	ok_if(found, "and its processes");
	gate_snapshot__free(&one);
	gate_snapshot__free(&two);
}

int main(void)
{
	begin();
	test_good();
	test_foreign();
	test_steal();
	test_memory();
	test_throttled();
	test_trial();
	test_trouble();
	test_first();
	test_real();
	return tap_done();
}
