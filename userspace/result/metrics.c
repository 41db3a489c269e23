/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

static const char untraced[] = "tracing was off (--no-trace)";

static const char lost_threads[] = "threads were lost while tracing (tracer.lost)";
static const char lost_locks[] = "waits for locks were lost while tracing (tracer.lost)";
static const char lost_parallel[] = "changes of the number running were lost while tracing (tracer.lost)";
static const char unseen_parallel[] = "the kernel did not show when workers came on a CPU (unseen_run_ns)";

/* Why nothing can be said that needs every thread's record; NULL: it can. */
static const char *unseen(const struct result *result)
{
	if (!result->experiment->traced)
		return untraced;
	return result->tracer.lost[LOST_THREADS] || result->tracer.lost[LOST_RECORDS] ? lost_threads : NULL;
}

static const char *unseen_locks(const struct result *result)
{
	return result->tracer.lost[LOST_LOCKS] ? lost_locks : unseen(result);
}

/* Sums a field of the records of worker threads. */
#define SUM_OF_WORKERS(name, field)                                                                                    \
	static struct figure name(const struct result *result)                                                         \
	{                                                                                                              \
		uint64_t sum = 0;                                                                                      \
                                                                                                                       \
		if (unseen(result))                                                                                    \
			return not_measured(unseen(result));                                                           \
		for (size_t i = 0; i < result->thread_count; i++)                                                      \
			if (result->threads[i].role == ROLE_WORKER)                                                    \
				sum += result->threads[i].record.field;                                                \
		return measured(sum);                                                                                  \
	}

SUM_OF_WORKERS(on_cpu, on_cpu_ns)
SUM_OF_WORKERS(run_queue, run_queue_ns)
SUM_OF_WORKERS(blocked_lock, blocked_ns[CAUSE_LOCK])
SUM_OF_WORKERS(blocked_gil, blocked_ns[CAUSE_GIL])
SUM_OF_WORKERS(blocked_io, blocked_ns[CAUSE_IO])
SUM_OF_WORKERS(blocked_sleep, blocked_ns[CAUSE_SLEEP])
SUM_OF_WORKERS(blocked_child, blocked_ns[CAUSE_CHILD])
SUM_OF_WORKERS(blocked_idle, blocked_ns[CAUSE_IDLE])
SUM_OF_WORKERS(blocked_fault, blocked_ns[CAUSE_FAULT])
SUM_OF_WORKERS(blocked_other, blocked_ns[CAUSE_OTHER])

/* Sums a field of all threads' records. */
#define SUM_OF_ALL(name, field)                                                                                        \
	static struct figure name(const struct result *result)                                                         \
	{                                                                                                              \
		uint64_t sum = 0;                                                                                      \
                                                                                                                       \
		if (unseen(result))                                                                                    \
			return not_measured(unseen(result));                                                           \
		for (size_t i = 0; i < result->thread_count; i++)                                                      \
			sum += result->threads[i].record.field;                                                        \
		return measured(sum);                                                                                  \
	}

SUM_OF_ALL(voluntary, switches[SWITCH_VOLUNTARY])
SUM_OF_ALL(involuntary, switches[SWITCH_INVOLUNTARY])
SUM_OF_ALL(yields, switches[SWITCH_YIELD])
SUM_OF_ALL(thread_switches, switches[SWITCH_THREAD])
SUM_OF_ALL(process_switches, switches[SWITCH_PROCESS])
SUM_OF_ALL(migrations, migrations)
SUM_OF_ALL(wakeups, wakeups)
SUM_OF_ALL(faults, faults)
SUM_OF_ALL(counted_cow_faults, cow_faults)
SUM_OF_ALL(all_on_cpu, on_cpu_ns)
SUM_OF_WORKERS(all_calls, calls)

static struct figure cow_faults(const struct result *result)
{
	return result->target ? not_measured(no_fault_probe) : counted_cow_faults(result);
}

static struct figure wall(const struct result *result)
{
	return result->outcome.wall_ns;
}

static struct figure tasks(const struct result *result)
{
	return measured(result->task_count);
}

static struct figure tasks_failed(const struct result *result)
{
	return measured(result->outcome.tasks_failed);
}

static struct figure tasks_interrupted(const struct result *result)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < result->task_count; i++)
		sum += result->tasks[i].interrupted;
	return measured(sum);
}

static struct figure workers(const struct result *result)
{
	uint64_t count = 0;

	for (size_t i = 0; i < result->worker_count; i++)
		count += result->workers[i].tasks != 0;
	return measured(count);
}

static struct figure workers_killed(const struct result *result)
{
	uint64_t count = 0;

	for (size_t i = 0; i < result->worker_count; i++)
		count += result->workers[i].killed;
	return measured(count);
}

static struct figure tasks_done(const struct result *result)
{
	return measured(result->outcome.tasks_done);
}

/* What was added to the counter of race steps, and is not there. */
static struct figure lost_updates(const struct result *result)
{
	const struct plan *plan = &result->experiment->plan;
	uint64_t added = 0;

	if (plan->calls || !task_spec__largest(&plan->spec, STEP_RACE))
		return not_measured("no task has a race step");
	if (result->outcome.tasks_done != result->task_count)
		return not_measured("not all tasks ended");
	for (size_t i = 0; i < result->task_count; i++)
		added += task_group__sum(task_spec__group(&plan->spec, i), STEP_RACE);
	return added < result->race_count ? not_measured("the counter says more than was added")
					  : measured(added - result->race_count);
}

/* By the first of each pair: a round trip ends with the answer. */
static struct figure messages(const struct result *result)
{
	const struct plan *plan = &result->experiment->plan;
	uint64_t count = 0;

	if (plan->calls || !task_spec__largest(&plan->spec, STEP_EXCHANGE))
		return not_measured("no task has an exchange step");
	for (size_t i = 0; i < result->task_count; i += 2)
		count += result->tasks[i].messages;
	return measured(count);
}

static struct figure tasks_per_second(const struct result *result)
{
	if (result->outcome.wall_ns.missing || !result->outcome.wall_ns.value)
		return not_measured("the results were never returned");
	return measured(
		(uint64_t)((double)result->outcome.tasks_done * 1e9 / (double)result->outcome.wall_ns.value * 1000));
}

static struct figure tasks_in_flight(const struct result *result)
{
	uint64_t sum = 0;

	if (result->outcome.wall_ns.missing || !result->outcome.wall_ns.value)
		return not_measured("the results were never returned");
	for (size_t i = 0; i < result->task_count; i++)
		if (result->tasks[i].end_ns)
			sum += result->tasks[i].end_ns - result->tasks[i].start_ns;
	return measured((uint64_t)((double)sum * 1000 / (double)result->outcome.wall_ns.value + 0.5));
}

static int by_value(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* One task ends before another begins at the same instant. */
static struct figure tasks_at_once(const struct result *result)
{
	uint64_t *starts = calloc(2 * result->task_count + 1, sizeof(*starts)), *ends = starts + result->task_count;
	size_t count = 0, ended = 0, most = 0;

	if (!starts)
		return not_measured("out of memory");
	for (size_t i = 0; i < result->task_count; i++)
		if (result->tasks[i].end_ns) {
			starts[count] = result->tasks[i].start_ns;
			ends[count++] = result->tasks[i].end_ns;
		}
	qsort(starts, count, sizeof(*starts), by_value);
	qsort(ends, count, sizeof(*ends), by_value);
	for (size_t started = 1; started <= count; started++) {
		while (ended + 1 < started && ends[ended] <= starts[started - 1])
			ended++;
		most = started - ended > most ? started - ended : most;
	}
	free(starts);
	return measured(most);
}

double result__unseen_share(const struct result *result)
{
	uint64_t unseen_ns = 0, on_cpu_ns = 0;

	for (size_t i = 0; i < result->thread_count; i++)
		if (result->threads[i].role == ROLE_WORKER) {
			unseen_ns += result->threads[i].record.unseen_run_ns;
			on_cpu_ns += result->threads[i].record.on_cpu_ns;
		}
	return on_cpu_ns ? (double)unseen_ns / (double)on_cpu_ns : 0;
}

/* Why the parallelism histogram cannot be used; NULL: it can. */
static const char *parallel_unknown(const struct result *result)
{
	if (!result->parallel.known || unseen(result))
		return unseen(result) ? unseen(result) : untraced;
	if (result->tracer.lost[LOST_PARALLEL])
		return lost_parallel;
	return result__unseen_share(result) > MOST_UNSEEN ? unseen_parallel : NULL;
}

static struct figure parallelism(const struct result *result)
{
	double busy = 0, work = 0;

	if (parallel_unknown(result))
		return not_measured(parallel_unknown(result));
	for (size_t i = 1; i < MAX_PARALLEL; i++) {
		busy += (double)result->parallel.time_ns[i];
		work += (double)i * (double)result->parallel.time_ns[i];
	}
	return busy > 0 ? measured((uint64_t)(work * 1000 / busy + 0.5)) : not_measured("no worker was ever on a CPU");
}

/* What is waited for as a lock: not a worker's idle wait, nor waiting for a child. */
static bool contended(const struct lock_row *lock)
{
	return lock->cause == CAUSE_LOCK || lock->cause == CAUSE_GIL;
}

#define SUM_OF_LOCKS(name, field)                                                                                      \
	static struct figure name(const struct result *result)                                                         \
	{                                                                                                              \
		uint64_t sum = 0;                                                                                      \
                                                                                                                       \
		if (unseen_locks(result))                                                                              \
			return not_measured(unseen_locks(result));                                                     \
		for (size_t i = 0; i < result->lock_count; i++)                                                        \
			if (contended(&result->locks[i]))                                                              \
				sum += result->locks[i].field;                                                         \
		return measured(sum);                                                                                  \
	}

SUM_OF_LOCKS(lock_waits, waits)
SUM_OF_LOCKS(lock_wait, wait_ns)
SUM_OF_LOCKS(lock_timeouts, timeouts)
SUM_OF_LOCKS(hand_overs, hand_overs)

/* Rows, of which one can stand for many. */
static struct figure count_of(const struct result *result, size_t rows, uint64_t folded)
{
	return unseen(result) ? not_measured(unseen(result)) : measured(rows + folded - (result->folded.threads > 0));
}

static struct figure threads(const struct result *result)
{
	return count_of(result, result->thread_count, result->folded.threads);
}

static struct figure processes(const struct result *result)
{
	return count_of(result, result->process_count, result->folded.processes);
}

/* First run of a worker's thread after the caller asked for it: the median over workers. */
static struct figure creation(const struct result *result)
{
	uint64_t *delays, median;
	size_t count = 0;

	if (unseen(result))
		return not_measured(unseen(result));
	delays = calloc(result->thread_count + 1, sizeof(*delays));
	if (!delays)
		return not_measured("out of memory");
	for (size_t i = 0; i < result->thread_count; i++)
		if (result->threads[i].created_ns)
			delays[count++] = result->threads[i].created_ns;
	qsort(delays, count, sizeof(*delays), by_value);
	median = delays[count / 2];
	free(delays);
	return count ? measured(median) : not_measured("no worker was created");
}

/* Who shares its memory with its maker has CLONE_VM; after vfork it has to execute something, and has its own. */
static bool shares_memory(const struct thread_record *record)
{
	return (record->clone_flags & CLONE_VM) && !(record->clone_flags & CLONE_VFORK);
}

static struct figure address_spaces(const struct result *result)
{
	uint64_t count = 0;

	if (unseen(result))
		return not_measured(unseen(result));
	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;

		count += record->tid == record->tgid && !shares_memory(record);
	}
	return measured(count);
}

static struct figure fifo_threads(const struct result *result)
{
	uint64_t count = 0;

	if (unseen(result))
		return not_measured(unseen(result));
	for (size_t i = 0; i < result->thread_count; i++)
		count += result->threads[i].record.policy == SCHED_FIFO;
	return measured(count);
}

static struct figure cpus_used(const struct result *result)
{
	uint64_t cpus = 0;

	if (unseen(result))
		return not_measured(unseen(result));
	if (result->environment.cpus > 64)
		return not_measured("more than 64 CPUs are not told apart");
	for (size_t i = 0; i < result->thread_count; i++)
		if (result->threads[i].role == ROLE_WORKER)
			cpus |= result->threads[i].record.cpus;
	return measured((uint64_t)__builtin_popcountll(cpus));
}

static struct figure system_calls(const struct result *result)
{
	if (result->experiment->traced && !result->experiment->count_calls)
		return not_measured("they were not counted (--count-calls)");
	return all_calls(result);
}

static struct figure first_start(const struct result *result)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < result->task_count; i++)
		if (result->tasks[i].start_ns && result->tasks[i].start_ns < first)
			first = result->tasks[i].start_ns;
	return first == UINT64_MAX ? not_measured("no task began") : measured(first - result->gate_ns);
}

/* From a worker's last own instruction to the caller's return from its join or wait: the median over workers. */
static struct figure ending(const struct result *result)
{
	uint64_t *delays = calloc(result->worker_count + 1, sizeof(*delays)), median;
	size_t count = 0;

	if (!delays)
		return not_measured("out of memory");
	for (size_t i = 0; i < result->worker_count; i++) {
		const struct worker_row *worker = &result->workers[i];

		if (worker->left_ns && worker->reaped_ns >= worker->left_ns)
			delays[count++] = worker->reaped_ns - worker->left_ns;
	}
	qsort(delays, count, sizeof(*delays), by_value);
	median = delays[count / 2];
	free(delays);
	return count ? measured(median) : not_measured("no worker was seen to leave and to be joined");
}

static struct figure closing(const struct result *result)
{
	return result->close_ns;
}

static struct figure results_early(const struct result *result)
{
	uint64_t last = 0, early = 0, known = 0;

	for (size_t i = 0; i < result->task_count; i++)
		last = result->tasks[i].end_ns > last ? result->tasks[i].end_ns : last;
	for (size_t i = 0; i < result->task_count; i++) {
		known += result->tasks[i].received_ns != 0;
		early += result->tasks[i].received_ns && result->tasks[i].received_ns < last;
	}
	return known ? measured(early) : not_measured("when the caller had each result was not noted");
}

static struct figure closing_pss(const struct result *result)
{
	return result->closing.pss_bytes;
}

static struct figure closing_rss(const struct result *result)
{
	return result->closing.rss_bytes;
}

static struct figure closing_data(const struct result *result)
{
	return result->closing.data_bytes;
}

static struct figure closing_files(const struct result *result)
{
	return result->closing.open_files;
}

/* What the creation of a pool costs: until the last of its workers, not of their replacements, asks for work. */
static struct figure pool_ready(const struct result *result)
{
	const struct plan *plan = &result->experiment->plan;
	uint64_t last = 0;

	if (!workload_kinds[plan->workload].pooled)
		return not_measured("there is no pool");
	for (size_t i = 0; i < plan->workers; i++) {
		uint64_t ready = i < result->worker_count ? result->workers[i].ready_ns : 0;

		if (ready < result->gate_ns)
			return not_measured("not all of the pool's workers arrived");
		last = ready > last ? ready : last;
	}
	return measured(last - result->gate_ns);
}

static struct figure memory_peak(const struct result *result)
{
	return result->cgroup.memory_peak_bytes;
}

static struct figure cpu_usage(const struct result *result)
{
	return result->cgroup.cpu_usage_ns;
}

static struct figure throttled(const struct result *result)
{
	return result->cgroup.throttled_ns;
}

/* Sums a field of the rows of interpreter locks. */
#define SUM_OF_GILS(name, field)                                                                                       \
	static struct figure name(const struct result *result)                                                         \
	{                                                                                                              \
		uint64_t sum = 0;                                                                                      \
                                                                                                                       \
		if (unseen_locks(result))                                                                              \
			return not_measured(unseen_locks(result));                                                     \
		for (size_t i = 0; i < result->lock_count; i++)                                                        \
			if (result->locks[i].kind == LOCK_GIL)                                                         \
				sum += result->locks[i].field;                                                         \
		return measured(sum);                                                                                  \
	}

SUM_OF_GILS(gil_waits, waits)
SUM_OF_GILS(gil_hand_overs, hand_overs)
SUM_OF_GILS(gil_forced_drops, timeouts)
SUM_OF_WORKERS(gil_after_io, gil_after_io_ns)
SUM_OF_WORKERS(read_bytes, kernel.read_bytes - result->threads[i].record.kernel_before.read_bytes)
SUM_OF_WORKERS(written_bytes, kernel.write_bytes - result->threads[i].record.kernel_before.write_bytes)

SUM_OF_WORKERS(read_calls, kernel.read_calls - result->threads[i].record.kernel_before.read_calls)
SUM_OF_WORKERS(write_calls, kernel.write_calls - result->threads[i].record.kernel_before.write_calls)

/* Per mille of the time with a worker on a CPU: two or more were. */
static struct figure together(const struct result *result)
{
	uint64_t any = 0;

	if (parallel_unknown(result))
		return not_measured(parallel_unknown(result));
	for (size_t i = 1; i < MAX_PARALLEL; i++)
		any += result->parallel.time_ns[i];
	return any ? measured((any - result->parallel.time_ns[1]) * 1000 / any)
		   : not_measured("no worker was ever on a CPU");
}

static struct figure oom_kills(const struct result *result)
{
	return result->cgroup.oom_kills;
}

const struct metric metrics[] = {
	{"wall_ns", UNIT_NS, "from the gate to the ordered results in the caller's hands", wall},
	{"tasks_done", UNIT_COUNT, "tasks that ended", tasks_done},
	{"tasks_per_second", UNIT_RATIO, "tasks that ended per second of wall time", tasks_per_second},
	{"tasks_in_flight", UNIT_RATIO, "sum of all tasks' durations over wall time; not a speed-up", tasks_in_flight},
	{"tasks_at_once", UNIT_COUNT, "most tasks in flight at the same time, of those that ended", tasks_at_once},
	{"parallelism", UNIT_RATIO, "mean number of workers on a CPU while any is", parallelism},
	{"together", UNIT_RATIO, "share of that time with two or more workers on a CPU", together},
	{"on_cpu_ns", UNIT_NS, "workers on a CPU", on_cpu},
	{"run_queue_ns", UNIT_NS, "workers that could run and waited for a CPU", run_queue},
	{"lock_ns", UNIT_NS, "workers blocked by a lock", blocked_lock},
	{"gil_ns", UNIT_NS, "workers blocked by Python's interpreter lock", blocked_gil},
	{"io_ns", UNIT_NS, "workers blocked in input or output", blocked_io},
	{"sleep_ns", UNIT_NS, "workers asleep on purpose", blocked_sleep},
	{"child_ns", UNIT_NS, "workers waiting for a thread or process", blocked_child},
	{"idle_ns", UNIT_NS, "workers waiting for work", blocked_idle},
	{"fault_ns", UNIT_NS, "workers blocked in a page fault", blocked_fault},
	{"other_ns", UNIT_NS, "workers blocked otherwise, mostly in the kernel's own locks", blocked_other},
	{"switches_voluntary", UNIT_COUNT, "switches away from a thread that had to wait", voluntary},
	{"switches_involuntary", UNIT_COUNT, "switches away from a thread that could have run on", involuntary},
	{"switches_yield", UNIT_COUNT, "switches away from a thread that called sched_yield", yields},
	{"switches_thread", UNIT_COUNT, "switches to another thread of the same address space", thread_switches},
	{"switches_process", UNIT_COUNT, "switches to another address space", process_switches},
	{"migrations", UNIT_COUNT, "times a thread was switched in on another CPU than before", migrations},
	{"wakeups", UNIT_COUNT, "waits that ended", wakeups},
	{"lock_waits", UNIT_COUNT, "waits for locks, of all threads", lock_waits},
	{"lock_wait_ns", UNIT_NS, "time in them", lock_wait},
	{"lock_timeouts", UNIT_COUNT, "waits with a time limit that nobody ended", lock_timeouts},
	{"lock_hand_overs", UNIT_COUNT, "waits that another thread ended by releasing the lock", hand_overs},
	{"gil_waits", UNIT_COUNT, "waits for Python's interpreter lock, of all threads", gil_waits},
	{"gil_hand_overs", UNIT_COUNT, "of them ended by another thread that gave it up", gil_hand_overs},
	{"gil_forced_drops", UNIT_COUNT, "of them ended by the switch interval, which forces the holder",
	 gil_forced_drops},
	{"gil_after_io_ns", UNIT_NS, "waits for the GIL of workers whose I/O or sleep had ended", gil_after_io},
	{"read_bytes", UNIT_BYTES, "bytes that workers read, from pipes and files", read_bytes},
	{"read_calls", UNIT_COUNT, "system calls with which they did", read_calls},
	{"write_calls", UNIT_COUNT, "system calls with which workers wrote", write_calls},
	{"written_bytes", UNIT_BYTES, "bytes that workers wrote, to pipes and files", written_bytes},
	{"faults", UNIT_COUNT, "page faults, of all threads", faults},
	{"faults_cow", UNIT_COUNT, "writes to a page that was shared copy-on-write", cow_faults},
	{"threads", UNIT_COUNT, "threads that lived in the experiment", threads},
	{"processes", UNIT_COUNT, "processes that lived in the experiment", processes},
	{"created_ns", UNIT_NS, "median time from asking for a worker to its first run", creation},
	{"pool_ready_ns", UNIT_NS, "from the gate until all workers of a pool were ready", pool_ready},
	{"memory_peak_bytes", UNIT_BYTES, "peak of the control group", memory_peak},
	{"cpu_usage_ns", UNIT_NS, "CPU time of the control group", cpu_usage},
	{"throttled_ns", UNIT_NS, "time the group's CPU limit held it back", throttled},
	{"lost_updates", UNIT_COUNT, "of race steps: additions that the shared counter does not have", lost_updates},
	{"messages", UNIT_COUNT, "of exchange steps: round trips that arrived, once per pair of tasks", messages},
	{"oom_kills", UNIT_COUNT, "processes killed because of the memory limit", oom_kills},
	{"tasks", UNIT_COUNT, "tasks that were asked for", tasks},
	{"tasks_failed", UNIT_COUNT, "tasks that failed: a step, an exception, the end of their worker", tasks_failed},
	{"tasks_interrupted", UNIT_COUNT, "sleep steps that a signal ended early", tasks_interrupted},
	{"workers", UNIT_COUNT, "workers that began at least one task", workers},
	{"workers_killed", UNIT_COUNT, "workers that a signal killed", workers_killed},
	{"system_calls", UNIT_COUNT, "system calls of workers (--count-calls)", system_calls},
	{"all_on_cpu_ns", UNIT_NS, "all threads on a CPU, workers or not", all_on_cpu},
	{"address_spaces", UNIT_COUNT, "processes with memory of their own", address_spaces},
	{"cpus_used", UNIT_COUNT, "different CPUs that workers ran on", cpus_used},
	{"fifo_threads", UNIT_COUNT, "threads that ended under the scheduling policy SCHED_FIFO", fifo_threads},
	{"first_start_ns", UNIT_NS, "from the gate to the start of the first task", first_start},
	{"ended_ns", UNIT_NS, "median time from a worker's last own instruction to the return of its join or wait",
	 ending},
	{"close_ns", UNIT_NS, "closing the pool, by the workload's own clock", closing},
	{"results_early", UNIT_COUNT, "tasks whose result was with the caller before the last task ended",
	 results_early},
	{"pss_bytes", UNIT_BYTES, "share of memory of the median worker process, while all wait at the end",
	 closing_pss},
	{"rss_bytes", UNIT_BYTES, "memory of the median worker process then, shared or not", closing_rss},
	{"data_bytes", UNIT_BYTES, "least memory for data (VmData) of all processes that wait at the end",
	 closing_data},
	{"open_files", UNIT_COUNT, "least number of open file descriptors of the same processes", closing_files},
};

const size_t metric_count = sizeof(metrics) / sizeof(*metrics);

const struct metric *metric__find(const char *name)
{
	for (size_t i = 0; i < metric_count; i++)
		if (!strcmp(metrics[i].name, name))
			return &metrics[i];
	return NULL;
}

/* Of any program there are no tasks, and nobody closes a pool and tells. */
static bool needs_tasks(const struct metric *metric)
{
	static const char *const names[] = {
		"tasks",	 "tasks_done",	      "tasks_per_second",  "tasks_in_flight", "tasks_at_once",
		"tasks_failed",	 "tasks_interrupted", "workers",	   "workers_killed",  "created_ns",
		"pool_ready_ns", "lost_updates",      "messages",	   "system_calls",    "first_start_ns",
		"ended_ns",	 "close_ns",	      "results_early",	   "pss_bytes",	      "rss_bytes",
		"data_bytes",	 "open_files",	      "memory_peak_bytes", "cpu_usage_ns",    "oom_kills"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(metric->name, names[i]))
			return true;
	return false;
}

struct figure metric__of(const struct metric *metric, const struct result *result)
{
	if (result->target && needs_tasks(metric))
		return not_measured("a profiled program has no tasks that are known, and no cgroup of its own");
	return result->totals ? result->totals[metric - metrics] : metric->read(result);
}
