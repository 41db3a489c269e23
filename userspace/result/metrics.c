/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics.h"

#include <stdlib.h>
#include <string.h>

static const char untraced[] = "tracing was off (--no-trace)";

static const char lost_threads[] = "threads were lost while tracing (tracer.lost)";
static const char lost_locks[] = "waits for locks were lost while tracing (tracer.lost)";
static const char lost_parallel[] = "changes of the number running were lost while tracing (tracer.lost)";

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
SUM_OF_ALL(cow_faults, cow_faults)

static struct figure wall(const struct result *result)
{
	return result->outcome.wall_ns;
}

static struct figure tasks_done(const struct result *result)
{
	return measured(result->outcome.tasks_done);
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

static struct figure parallelism(const struct result *result)
{
	double busy = 0, work = 0;

	if (!result->parallel.known || unseen(result))
		return not_measured(unseen(result) ? unseen(result) : untraced);
	if (result->tracer.lost[LOST_PARALLEL])
		return not_measured(lost_parallel);
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

static struct figure threads(const struct result *result)
{
	return unseen(result) ? not_measured(unseen(result)) : measured(result->thread_count);
}

static struct figure processes(const struct result *result)
{
	return unseen(result) ? not_measured(unseen(result)) : measured(result->process_count);
}

static int by_value(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
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

	if (!result->parallel.known)
		return not_measured(untraced);
	if (result->tracer.lost[LOST_PARALLEL])
		return not_measured(lost_parallel);
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
	{"oom_kills", UNIT_COUNT, "processes killed because of the memory limit", oom_kills},
};

const size_t metric_count = sizeof(metrics) / sizeof(*metrics);

const struct metric *metric__find(const char *name)
{
	for (size_t i = 0; i < metric_count; i++)
		if (!strcmp(metrics[i].name, name))
			return &metrics[i];
	return NULL;
}
