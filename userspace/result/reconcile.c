/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was traced against what the kernel counted. The bars stand here and nowhere else:
 * switches and runs exactly, faults within 16, times within 1 % (or 1 ms; a tick where the scheduler's clock is no
 * better) below and, above, the time that the scheduler's clock does not see: stolen time, picking, and what it takes
 * to wake up a CPU that is idle. A thread is put into its queue by that CPU itself, when it is awake: until then nobody
 * but us knows that it waits. (Seen: 40 us on average on one virtual machine, 80 us on another.) A thread whose
 * run_delay holds blocked time (below) is judged by its time on a CPU alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "judge.h"

#define FAULTS_WITHIN 16
#define TICK_NS 10000000ull /* /proc/stat counts steal in ticks of 10 ms, of each CPU */
#define AT_LEAST_NS 1000000ull
/*
 * The scheduler reads its clock before it picks the next thread, the tracepoint comes after: measured
 * 0.5 us apart on a quiet CPU, 3 us when it looks for work on other CPUs first, 15 us beside a loaded
 * emulator. What one thread gets too much of CPU time is missing from its wait, so the sum of the two
 * needs less room than CPU time alone.
 */
#define PER_RUN_NS 5000ull
#define PER_RUN_CPU_NS 20000ull

/*
 * A worker's last switch, and those before it once it has asked: an exit waits for locks and is preempted. Python's
 * takes milliseconds when it was spawned, and is preempted as the rest of its life is: 84 seen on busy CPUs.
 */
#define PER_WAY_OUT 8
/* Of a thread's runs so many may be without a switch-in that the tracepoint showed: see bpf/sched.h. */
#define UNSEEN_RUNS 10
#define UNSEEN_RUNS_PERCENT 1
#define DELAYED_DEQUEUE_MAJOR 6 /* Linux 6.12 */
#define DELAYED_DEQUEUE_MINOR 12

/* Sums over threads, and whether a single one is out of its bar. */
struct totals {
	uint64_t switches, kernel_switches, involuntary;
	uint64_t worker_switches, own_switches, way_out; /* of workers that told their own */
	uint64_t runs, unseen_runs, idle_runs, idle_wait_ns; /* runs: with the unseen ones */
	uint64_t runnable_ns, kernel_runnable_ns, on_cpu_ns;
	uint64_t cpus; /* bits, as in a record */
	uint64_t may_be_unwaited_switches, may_be_unwaited_ns; /* of a command's processes but its first */
	uint64_t faults, kernel_faults;
	size_t wrong_switches, wrong_runs, wrong_times, delayed, workers, fewer_than_own;
};

static struct accounting_row *add(struct result *result, const char *name, const char *unit, struct figure traced,
				  struct figure kernel)
{
	struct accounting_row *row = &result->accounting[result->account_count++];

	*row = (struct accounting_row){.name = name, .unit = unit, .traced = traced, .kernel = kernel};
	row->difference = (int64_t)traced.value - (int64_t)kernel.value;
	row->status = traced.missing || kernel.missing ? ACCOUNT_KERNEL_ONLY : ACCOUNT_EXACT;
	if (kernel.missing)
		snprintf(row->because, sizeof(row->because), "%s", kernel.missing);
	return row;
}

/* How much a time may lack. */
static uint64_t lack(const struct result *result, uint64_t value)
{
	uint64_t least = result->kernel.coarse_clock ? TICK_NS : AT_LEAST_NS;

	return value / 100 > least ? value / 100 : least;
}

/*
 * Stolen time, as well as /proc/stat can tell: of each of the CPUs a part of a tick may be missing. Runs that were
 * found at their end do not tell their CPU: it was one.
 */
static uint64_t stolen(const struct result *result, uint64_t cpus)
{
	uint64_t count = cpus ? (uint64_t)__builtin_popcountll(cpus) : 1;

	return (result->kernel.steal_ns.missing ? 0 : result->kernel.steal_ns.value) + count * TICK_NS;
}

/* By how much a time may exceed the scheduler's: see the top. */
static uint64_t excess(const struct result *result, uint64_t cpus, uint64_t runs)
{
	return stolen(result, cpus) + runs * PER_RUN_NS;
}

static bool time_is_within(uint64_t traced, uint64_t kernel, uint64_t less, uint64_t more)
{
	return traced + less >= kernel && traced <= kernel + more;
}

/*
 * From 6.12 on a thread that blocks can stay queued for a while ("delayed dequeue"); when it is moved to
 * another CPU then, the kernel counts the time it is blocked from there on as run_delay. Seen on 6.18
 * on threads that wait long: run_delay too large by up to the blocked time, sum_exec_runtime right.
 */
static bool delay_holds_blocked_time(const struct result *result, const struct thread_record *record,
				     uint64_t kernel_runnable)
{
	int major = 0, minor = 0;

	uint64_t runtime = record->kernel.exec_runtime_ns - record->kernel_before.exec_runtime_ns, blocked = 0;

	sscanf(result->environment.kernel, "Linux %d.%d", &major, &minor);
	if (major < DELAYED_DEQUEUE_MAJOR || (major == DELAYED_DEQUEUE_MAJOR && minor < DELAYED_DEQUEUE_MINOR))
		return false;
	for (int i = 0; i < CAUSE_COUNT; i++)
		blocked += record->blocked_ns[i];
	return record->on_cpu_ns + lack(result, runtime) >= runtime &&
	       record->on_cpu_ns + record->run_queue_ns + blocked + lack(result, kernel_runnable) >= kernel_runnable;
}

static uint64_t switches_of(const struct thread_record *record)
{
	return record->switches[SWITCH_VOLUNTARY] + record->switches[SWITCH_INVOLUNTARY] +
	       record->switches[SWITCH_YIELD];
}

static void sum_thread(const struct result *result, const struct thread_record *record, struct totals *sum)
{
	const struct kernel_counters *before = &record->kernel_before, *after = &record->kernel;
	uint64_t switches = switches_of(record);
	uint64_t kernel_switches = after->switches - before->switches;
	uint64_t runs = record->runs + record->unseen_runs, runnable = record->on_cpu_ns + record->run_queue_ns;
	uint64_t kernel_runnable =
		after->exec_runtime_ns - before->exec_runtime_ns + after->run_delay_ns - before->run_delay_ns;

	sum->switches += switches;
	sum->involuntary += record->switches[SWITCH_INVOLUNTARY];
	sum->kernel_switches += kernel_switches;
	sum->wrong_switches += switches != kernel_switches;
	sum->runs += runs;
	sum->unseen_runs += record->unseen_runs;
	/* Each switch away ends one run. sched_info.pcount would say the same, but lacks one now and then. */
	sum->wrong_runs += runs != kernel_switches;
	sum->idle_runs += record->idle_runs;
	sum->idle_wait_ns += record->idle_wait_ns;
	sum->runnable_ns += runnable;
	sum->kernel_runnable_ns += kernel_runnable;
	if (runnable + lack(result, kernel_runnable) < kernel_runnable &&
	    delay_holds_blocked_time(result, record, kernel_runnable)) {
		sum->delayed++;
	} else {
		sum->wrong_times += !time_is_within(runnable, kernel_runnable, lack(result, kernel_runnable),
						    excess(result, record->cpus, runs) + record->idle_wait_ns);
	}
	sum->on_cpu_ns += record->on_cpu_ns;
	sum->cpus |= record->cpus;
	sum->faults += record->faults;
	sum->kernel_faults += after->minor_faults - before->minor_faults + after->major_faults - before->major_faults;
}

/* The first is waited for by mptrace. Of a child that nobody waits for, wait4 tells nothing. */
static void sum_unwaited(const struct result *result, struct totals *sum)
{
	const struct thread_record *first = NULL;

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;

		if (record->tid && (!first || record->group_start_ns < first->group_start_ns))
			first = record;
	}
	for (size_t i = 0; i < result->thread_count && result->target; i++) {
		const struct thread_record *record = &result->threads[i].record;

		if (first && record->tgid == first->tgid && record->group_start_ns == first->group_start_ns)
			continue;
		sum->may_be_unwaited_switches += switches_of(record);
		sum->may_be_unwaited_ns += record->on_cpu_ns;
	}
}

static void leave_out_unwaited(struct accounting_row *row)
{
	row->status = ACCOUNT_KERNEL_ONLY;
	row->traced = not_measured("not without the processes that wait4 does not tell of");
	snprintf(row->because, sizeof(row->because),
		 "traced was more by %" PRId64
		 " (%s), no more than processes but the first had: wait4 does not tell of those that nobody waits for",
		 row->difference, row->unit);
}

static void sum_worker(const struct result *result, const struct thread_row *thread, struct totals *sum)
{
	bool python = result->experiment->plan.engine == ENGINE_PYTHON;
	uint64_t switches = switches_of(&thread->record);

	if (!thread->worker || thread->worker->switches.missing)
		return;
	sum->workers++;
	sum->worker_switches += switches;
	sum->own_switches += thread->worker->switches.value;
	sum->way_out += PER_WAY_OUT + (python ? thread->record.switches[SWITCH_INVOLUNTARY] : 0);
	sum->fewer_than_own += switches < thread->worker->switches.value;
}

static void judge_switches(struct result *result, const struct totals *sum)
{
	struct accounting_row *row =
		add(result, "switches", "count", measured(sum->switches), measured(sum->kernel_switches));

	if (sum->wrong_switches) {
		row->status = ACCOUNT_OFF;
		snprintf(row->because, sizeof(row->because), "%zu of %zu threads differ from nvcsw + nivcsw",
			 sum->wrong_switches, result->thread_count);
	} else {
		snprintf(row->because, sizeof(row->because),
			 "each thread's last switch, out of a dead task, counted on both sides");
	}
}

static void judge_switches_by_wait(struct result *result, const struct totals *sum)
{
	struct accounting_row *row =
		add(result, "switches by wait4", "count", measured(sum->switches), result->kernel.rusage_switches);
	uint64_t threads = result->thread_count;
	/* Between the two a thread can be preempted: 1,000 threads on 2 CPUs lacked 1.5 each. */
	uint64_t may_lack = threads + (sum->involuntary < threads ? sum->involuntary : threads);

	if (row->status == ACCOUNT_KERNEL_ONLY || !row->difference)
		return;
	row->status = row->difference > 0 && (uint64_t)row->difference <= may_lack ? ACCOUNT_WITHIN : ACCOUNT_OFF;
	snprintf(row->because, sizeof(row->because),
		 "a thread's figures are passed on before its final switch: the kernel's sum may lack %" PRIu64
		 " switches of %zu threads",
		 may_lack, result->thread_count);
	if (row->difference > (int64_t)may_lack &&
	    (uint64_t)row->difference <= may_lack + sum->may_be_unwaited_switches)
		leave_out_unwaited(row);
}

/* What each worker asked for itself just before it left: its way out comes on top. */
static void judge_switches_by_workers(struct result *result, const struct totals *sum)
{
	struct accounting_row *row =
		add(result, "switches by the workers", "count", measured(sum->worker_switches),
		    sum->workers ? measured(sum->own_switches) : not_measured("no worker lived to ask for its own"));

	if (row->status == ACCOUNT_KERNEL_ONLY)
		return;
	if (sum->fewer_than_own || (uint64_t)row->difference > sum->way_out)
		row->status = ACCOUNT_OFF;
	else if (row->difference)
		row->status = ACCOUNT_WITHIN;
	snprintf(
		row->because, sizeof(row->because),
		"getrusage of %zu workers as they leave; %zu saw more than was traced; their ways out may add %" PRIu64,
		sum->workers, sum->fewer_than_own, sum->way_out);
}

/* A run that only one side saw spoils every time that is summed over runs. */
static bool runs_are_wrong(const struct totals *sum, struct accounting_row *row)
{
	bool unseen = sum->unseen_runs > UNSEEN_RUNS + sum->runs * UNSEEN_RUNS_PERCENT / 100;

	if (!sum->wrong_runs && !unseen)
		return false;
	row->status = ACCOUNT_OFF;
	snprintf(row->because, sizeof(row->because),
		 "the probe saw %" PRIu64 " of the kernel's %" PRIu64 " runs on a CPU (%zu threads differ), %" PRIu64
		 " of them only at their end",
		 sum->runs, sum->kernel_switches, sum->wrong_runs, sum->unseen_runs);
	return true;
}

/* What the row allows above: how much of it is stolen time, wake-ups of an idle CPU (of CPU time none), and the rest.
 */
static const char *explanation(const struct accounting_row *row, uint64_t steal_ns, uint64_t idle_ns)
{
	if (row->status == ACCOUNT_OFF)
		return row->difference < 0 ? "too little, and nothing explains it"
					   : "too much, and nothing explains it";
	if (row->difference <= 0)
		return "no excess";
	if ((uint64_t)row->difference <= idle_ns)
		return "explained by idle wake-ups";
	return steal_ns ? "explained by steal" : "explained by a tick and picking";
}

static void explain_excess(struct accounting_row *row, const struct result *result, const struct totals *sum,
			   uint64_t idle_ns)
{
	uint64_t steal = result->kernel.steal_ns.missing ? 0 : result->kernel.steal_ns.value;
	char idle[96] = "";

	if (idle_ns)
		snprintf(idle, sizeof(idle), " and wake-ups of an idle CPU (%" PRIu64 ", at most %.1f ms)",
			 sum->idle_runs, (double)idle_ns / 1e6);
	snprintf(row->because, sizeof(row->because),
		 "%s: the scheduler's clock leaves out stolen time (%.1f ms here)%s%s; %" PRIu64 " of %" PRIu64
		 " runs found late; run_delay holds blocked time in %zu threads",
		 explanation(row, steal, idle_ns), (double)steal / 1e6, idle,
		 result->kernel.coarse_clock ? " and can be off by a tick (TSC not stable)" : "", sum->unseen_runs,
		 sum->runs, sum->delayed);
}

/*
 * Judged thread by thread: the sum proves nothing more. While one CPU is stolen, every thread that
 * queues for it waits as much longer, so the sum may exceed the steal as often as threads queue.
 */
static void judge_runnable(struct result *result, const struct totals *sum)
{
	struct accounting_row *row = add(result, "time on a CPU or runnable", "ns", measured(sum->runnable_ns),
					 measured(sum->kernel_runnable_ns));

	if (runs_are_wrong(sum, row))
		return;
	if (sum->wrong_times)
		row->status = ACCOUNT_OFF;
	else if (row->difference)
		row->status = ACCOUNT_WITHIN;
	explain_excess(row, result, sum, sum->idle_wait_ns);
}

/*
 * Here stolen time works both ways: a CPU that is taken away between the scheduler's reading of its clock and the
 * tracepoint moves time from a thread's run to its wait (2.9 ms of 82 seen). @may_be_unwaited: of it the kernel's
 * figure may lack any part.
 */
static void judge_cpu_time(struct result *result, const struct totals *sum, const char *name, struct figure kernel,
			   uint64_t may_be_unwaited)
{
	struct accounting_row *row = add(result, name, "ns", measured(sum->on_cpu_ns), kernel);
	uint64_t picking = sum->runs * PER_RUN_CPU_NS;
	uint64_t less = lack(result, kernel.value) + stolen(result, sum->cpus) + picking;
	uint64_t more = excess(result, sum->cpus, sum->runs) + picking;

	if (row->status == ACCOUNT_KERNEL_ONLY || runs_are_wrong(sum, row))
		return;
	if (row->difference)
		row->status = time_is_within(sum->on_cpu_ns, kernel.value, less, more) ? ACCOUNT_WITHIN : ACCOUNT_OFF;
	explain_excess(row, result, sum, 0);
	if (row->difference > (int64_t)more && (uint64_t)row->difference <= more + may_be_unwaited)
		leave_out_unwaited(row);
}

static void judge_faults(struct result *result, const struct totals *sum)
{
	bool executed = result->experiment->plan.engine == ENGINE_PYTHON;
	int64_t within = FAULTS_WITHIN + (executed ? 2 * (int64_t)result->process_count : 0);
	struct accounting_row *row = add(result, "page faults", "count",
					 result->target ? not_measured(no_fault_probe) : measured(sum->faults),
					 measured(sum->kernel_faults));

	if (row->status == ACCOUNT_KERNEL_ONLY) {
		snprintf(row->because, sizeof(row->because), "%s", no_fault_probe);
		return;
	}
	if (row->difference)
		row->status = row->difference <= within && -row->difference <= within ? ACCOUNT_WITHIN : ACCOUNT_OFF;
	snprintf(row->because, sizeof(row->because),
		 "min_flt + maj_flt of all threads; within %" PRId64
		 ": at each exec the kernel takes a page for the arguments without a trap",
		 within);
}

static void judge_traced(struct result *result)
{
	struct totals sum = {0};

	for (size_t i = 0; i < result->thread_count; i++) {
		sum_thread(result, &result->threads[i].record, &sum);
		sum_worker(result, &result->threads[i], &sum);
	}
	sum_unwaited(result, &sum);
	judge_switches(result, &sum);
	judge_switches_by_wait(result, &sum);
	judge_switches_by_workers(result, &sum);
	judge_runnable(result, &sum);
	judge_cpu_time(result, &sum, "CPU time by wait4", result->kernel.rusage_cpu_ns, sum.may_be_unwaited_ns);
	judge_cpu_time(result, &sum, "CPU time of the group", result->cgroup.cpu_usage_ns, 0);
	judge_faults(result, &sum);
	for (size_t i = 0; i < result->account_count; i++)
		if ((result->tracer.lost[LOST_THREADS] || result->tracer.lost[LOST_RECORDS]) &&
		    result->accounting[i].status != ACCOUNT_KERNEL_ONLY) {
			result->accounting[i].status = ACCOUNT_OFF;
			snprintf(result->accounting[i].because, sizeof(result->accounting[i].because),
				 "threads were lost: see tracer.lost");
		}
}

void result__reconcile(struct result *result)
{
	static const char only[] = "no probe measures this";

	if (result->experiment->traced)
		judge_traced(result);
	add(result, "memory peak", "bytes", not_measured(only), result->cgroup.memory_peak_bytes);
	add(result, "throttled", "ns", not_measured(only), result->cgroup.throttled_ns);
	add(result, "OOM kills", "count", not_measured(only), result->cgroup.oom_kills);
}

enum accounting_status result__accounting(const struct result *result)
{
	enum accounting_status worst = ACCOUNT_EXACT;

	for (size_t i = 0; i < result->account_count; i++)
		if (result->accounting[i].status != ACCOUNT_KERNEL_ONLY && result->accounting[i].status > worst)
			worst = result->accounting[i].status;
	return worst;
}
