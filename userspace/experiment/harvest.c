/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "harvest_parts.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "../base/letter.h"

static const char untraced[] = "tracing was off (--no-trace)";
static const char too_late[] = "it had ended before the closing barrier";

static struct figure since(struct figure after, struct figure before)
{
	if (after.missing || before.missing)
		return after.missing ? after : before;
	return measured(after.value > before.value ? after.value - before.value : 0);
}

static int by_tid(const void *a, const void *b)
{
	const struct worker_row *left = *(const struct worker_row *const *)a,
				*right = *(const struct worker_row *const *)b;

	return (left->tid > right->tid) - (left->tid < right->tid);
}

/* The workers in order of tid, for looking them up. NULL: out of memory. */
static const struct worker_row **sort_workers(const struct result *result)
{
	const struct worker_row **sorted = calloc(result->worker_count + 1, sizeof(*sorted));

	for (size_t i = 0; sorted && i < result->worker_count; i++)
		sorted[i] = &result->workers[i];
	if (sorted)
		qsort(sorted, result->worker_count, sizeof(*sorted), by_tid);
	return sorted;
}

/*
 * The worker whose life contains this thread's birth. A tid can come again in a long run, so the
 * time decides: asked for before the thread began, and the last such.
 */
static const struct worker_row *worker_of(const struct worker_row *const *sorted, size_t count,
					  const struct thread_record *record)
{
	const struct worker_row *best = NULL;
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (sorted[middle]->tid < record->tid)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < count && sorted[low]->tid == record->tid; low++)
		if (sorted[low]->asked_ns <= record->start_ns && (!best || sorted[low]->asked_ns > best->asked_ns))
			best = sorted[low];
	return best;
}

/* What the workload says that a thread is for: Python's helpers. */
static enum role member_role(const struct journal *journal, uint32_t tid)
{
	for (uint64_t i = 0; i < journal->member_count && i < JOURNAL_MEMBERS; i++)
		if ((uint32_t)journal->members[i] == tid && journal->members[i] >> 32 < ROLE_COUNT)
			return (enum role)(journal->members[i] >> 32);
	return ROLE_OTHER;
}

static int harvest_threads(struct result *result, const struct journal *journal, const struct tracer *tracer,
			   const struct readings *readings)
{
	const struct thread_record *records = tracer__threads(tracer, &result->thread_count);
	const struct worker_row **workers = sort_workers(result);
	bool serial = result->experiment->plan.workload == WORKLOAD_SERIAL;

	result->threads = calloc(result->thread_count + 1, sizeof(*result->threads));
	if (!result->threads || !workers) {
		free(workers);
		return -1;
	}
	for (size_t i = 0; i < result->thread_count; i++) {
		struct thread_row *row = &result->threads[i];
		bool first = (pid_t)records[i].tid == readings->first;
		const struct worker_row *worker = serial && first && result->worker_count ? result->workers
						  : first				  ? NULL
							  : worker_of(workers, result->worker_count, &records[i]);

		row->worker = worker;
		row->record = records[i];
		row->record.comm[15] = '\0';
		letter__harmless(row->record.comm);
		row->role = worker ? ROLE_WORKER : first ? ROLE_MAIN : member_role(journal, records[i].tid);
		if (worker && worker->asked_ns >= result->gate_ns && records[i].first_run_ns > worker->asked_ns)
			row->created_ns = records[i].first_run_ns - worker->asked_ns;
	}
	free(workers);
	return 0;
}

static int by_process(const void *a, const void *b)
{
	const struct thread_row *left = a, *right = b;

	if (left->record.group_start_ns != right->record.group_start_ns)
		return left->record.group_start_ns < right->record.group_start_ns ? -1 : 1;
	if (left->record.tgid != right->record.tgid)
		return left->record.tgid < right->record.tgid ? -1 : 1;
	return (left->record.start_ns > right->record.start_ns) - (left->record.start_ns < right->record.start_ns);
}

static bool same_process(const struct thread_record *a, const struct thread_record *b)
{
	return a->tgid == b->tgid && a->group_start_ns == b->group_start_ns;
}

static void add_thread(struct process_row *process, const struct thread_row *thread)
{
	const struct thread_record *record = &thread->record;
	uint64_t major = record->kernel.major_faults - record->kernel_before.major_faults;

	process->major_faults.value += major;
	process->minor_faults.value += record->faults - (major < record->faults ? major : record->faults);
	process->cow_faults.value += record->cow_faults;
	if (record->peak_rss_bytes)
		process->peak_rss_bytes = measured(record->peak_rss_bytes);
	if (record->tid == record->tgid) {
		process->exit_code = record->exit_code;
		process->role = thread->role;
	}
}

static void add_memory(struct process_row *process, const struct thread_record *last, const struct result *result,
		       const struct readings *readings)
{
	process->pss_bytes = process->rss_bytes = not_measured(too_late);
	if (!result->returned_ns || last->end_ns < result->returned_ns)
		return;
	process->pss_bytes = process->rss_bytes =
		not_measured("it was not one of those that wait at the closing barrier");
	for (size_t i = 0; i < readings->memory_count; i++)
		if (readings->memory[i].pid == process->pid) {
			process->pss_bytes = measured(readings->memory[i].has.pss_bytes);
			process->rss_bytes = measured(readings->memory[i].has.rss_bytes);
		}
}

static int harvest_processes(struct result *result, const struct readings *readings)
{
	qsort(result->threads, result->thread_count, sizeof(*result->threads), by_process);
	result->processes = calloc(result->thread_count + 1, sizeof(*result->processes));
	if (!result->processes)
		return -1;
	for (size_t i = 0, end; i < result->thread_count; i = end) {
		struct process_row *process = &result->processes[result->process_count++];
		const struct thread_record *first = &result->threads[i].record, *last = first;

		process->pid = first->tgid;
		process->group_start_ns = first->group_start_ns;
		process->role = ROLE_OTHER;
		process->peak_rss_bytes = not_measured("its last thread was not seen to exit");
		process->created_ns = result->threads[i].created_ns
					      ? measured(result->threads[i].created_ns)
					      : not_measured("not created by the workload's own doing");
		for (end = i; end < result->thread_count && same_process(first, &result->threads[end].record); end++) {
			add_thread(process, &result->threads[end]);
			if (result->threads[end].record.end_ns > last->end_ns)
				last = &result->threads[end].record;
		}
		add_memory(process, last, result, readings);
	}
	return 0;
}

static uint64_t watched_ns(const struct result *result)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < result->thread_count; i++)
		sum += result->threads[i].record.on_cpu_ns;
	return sum;
}

/* The statistics were on for a part of the time: the share of the CPU time is scaled up to the whole. */
static void harvest_bill(struct result *result, const struct tracer *tracer, const struct readings *readings)
{
	struct program_bill bills[MAX_PROGRAMS];
	uint64_t sampled = tracer__sampled_ns(tracer), spent = 0, watched = watched_ns(result), switch_ns = 0,
		 switches = 0;

	result->tracer.program_count = tracer__bill(tracer, bills, MAX_PROGRAMS);
	for (size_t i = 0; i < result->tracer.program_count; i++) {
		struct program_row *row = &result->tracer.programs[i];

		snprintf(row->name, sizeof(row->name), "%s", bills[i].name);
		row->runs = bills[i].runs;
		row->ns = bills[i].ns;
		spent += row->ns;
		if (!strcmp(row->name, "sched_switch"))
			switches = row->runs;
		if (!strncmp(row->name, "sched_", 6))
			switch_ns += row->ns;
	}
	result->tracer.sampled_ns = measured(sampled);
	result->tracer.ns_per_switch =
		switches ? measured(switch_ns / switches) : not_measured("no switch was sampled");
	result->tracer.cpu_permille = not_measured("nothing was sampled");
	if (sampled && watched)
		result->tracer.cpu_permille =
			measured((uint64_t)((double)spent * 1000.0 / (double)sampled *
						    (double)(readings->ended_ns - readings->gate_ns) / (double)watched +
					    0.5));
	tracer__lost(tracer, result->tracer.lost);
}

#define LEAST_NS 100000000ull /* ten of the ticks in which the machine's CPU time is counted */

/* What the machine did besides. @workload_ns: CPU time of what was watched, from the gate to the end. */
static void harvest_machine(struct result *result, const struct readings *readings, struct figure workload_ns)
{
	const struct cpu_times *before = &readings->cpus_before, *after = &readings->cpus_after;
	uint64_t passed = readings->ended_ns - readings->gate_ns;
	double foreign = host__foreign_share(before, after, workload_ns.value, passed);

	result->kernel.coarse_clock = host__has_coarse_clock();
	if (isnan(foreign)) {
		result->kernel.steal_ns = result->foreign_permille =
			not_measured("/proc/stat cannot be read, or a CPU came or went");
		return;
	}
	result->kernel.steal_ns = since(measured(after->steal_ns), measured(before->steal_ns));
	result->foreign_permille = workload_ns;
	if (!workload_ns.missing)
		result->foreign_permille = passed < LEAST_NS ? not_measured("too short for the machine's clock ticks")
							     : measured((uint64_t)(1000 * foreign + 0.5));
}

static void harvest_kernel(struct result *result, const struct readings *readings)
{
	result->cgroup.memory_peak_bytes = readings->usage_after.memory_peak_bytes;
	result->cgroup.oom_kills = readings->usage_after.oom_kills;
	result->cgroup.lifetime_cpu_ns = readings->usage_after.cpu_usage_ns;
	result->cgroup.cpu_usage_ns = since(readings->usage_after.cpu_usage_ns, readings->usage_before.cpu_usage_ns);
	result->cgroup.throttled_ns = since(readings->usage_after.throttled_ns, readings->usage_before.throttled_ns);
	result->kernel.rusage_switches = since(readings->rusage_switches, readings->switches_before);
	result->kernel.rusage_cpu_ns = since(readings->rusage_cpu_ns, readings->exec_runtime_before);
	harvest_machine(result, readings, result->cgroup.cpu_usage_ns);
}

static int by_value(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* The median of a figure (at @offset of struct host_memory) of the worker processes at the closing barrier. */
static struct figure median_of_workers(const struct readings *readings, size_t offset)
{
	uint64_t *values = calloc(readings->memory_count + 1, sizeof(*values)), median;
	size_t count = 0;

	if (!values)
		return not_measured("out of memory");
	for (size_t i = 0; i < readings->memory_count; i++)
		if ((pid_t)readings->memory[i].pid != readings->first)
			values[count++] = *(const uint64_t *)((const char *)&readings->memory[i].has + offset);
	qsort(values, count, sizeof(*values), by_value);
	median = values[count / 2];
	free(values);
	return count ? measured(median) : not_measured("no worker process waited at the closing barrier");
}

static struct figure least_of_all(const struct readings *readings, size_t offset)
{
	struct figure least = not_measured("it did not get to the closing barrier");

	for (size_t i = 0; i < readings->memory_count; i++) {
		uint64_t value = *(const uint64_t *)((const char *)&readings->memory[i].has + offset);

		if (least.missing || value < least.value)
			least = measured(value);
	}
	return least;
}

static void harvest_closing(struct result *result, const struct journal *journal, const struct readings *readings)
{
	uint64_t closing = journal->closing_ns, closed = journal->closed_ns;
	bool known = closing >= readings->gate_ns && closed >= closing && closed <= readings->ended_ns;

	result->closing.pss_bytes = median_of_workers(readings, offsetof(struct host_memory, pss_bytes));
	result->closing.rss_bytes = median_of_workers(readings, offsetof(struct host_memory, rss_bytes));
	result->closing.data_bytes = least_of_all(readings, offsetof(struct host_memory, data_bytes));
	result->closing.open_files = least_of_all(readings, offsetof(struct host_memory, open_files));
	result->close_ns = !workload_kinds[result->experiment->plan.workload].pooled
				   ? not_measured("this workload has no pool to close")
			   : known ? measured(closed - closing)
				   : not_measured("the pool was never closed");
}

/* Whoever waits for that worker, in Python, does not tell how it ended. */
static void harvest_target(struct result *result)
{
	const struct experiment *experiment = result->experiment;
	const struct task_row *task = &result->tasks[experiment->signal_task];

	for (size_t i = 0; task->start_ns && i < result->thread_count; i++) {
		const struct thread_row *thread = &result->threads[i];
		int status = (int)thread->record.exit_code;

		if (thread->worker == &result->workers[task->worker] && WIFSIGNALED(status) &&
		    (uint32_t)WTERMSIG(status) == experiment->plan.signal)
			result->workers[task->worker].killed = true;
	}
}

/*
 * A signal that kills a thread ends all threads of its process: those that were there and had not left. Tasks fail with
 * their workers, which cannot say so any more.
 */
static void harvest_killed(struct result *result, const struct journal *journal, const struct readings *readings)
{
	bool all = !workload_kinds[result->experiment->plan.workload].processes && !readings->ended_by_us &&
		   WIFSIGNALED(readings->wait_status);

	for (size_t i = 0; all && i < result->worker_count; i++)
		result->workers[i].killed = result->workers[i].ready_ns && !journal__workers(journal)[i].left;
	if (readings->delivery.sent_ns)
		harvest_target(result);
	for (size_t i = 0; i < result->task_count; i++) {
		struct task_row *task = &result->tasks[i];

		if (!task->start_ns || task->end_ns || task->failed || !result->workers[task->worker].killed)
			continue;
		task->failed = true;
		result->outcome.tasks_failed++;
	}
}

static void harvest_signal(struct result *result, const struct readings *readings)
{
	const struct experiment *experiment = result->experiment;
	const struct delivery *delivery = &readings->delivery;

	if (!experiment->plan.signal) {
		result->signal_ns = not_measured("no --signal was asked for");
		return;
	}
	result->signal_ns = delivery->sent_ns ? measured(delivery->sent_ns) : not_measured("it was not sent");
	if (!delivery->sent_ns && result->outcome.status == OUTCOME_OK)
		harvest_doubt(result, "--signal %s was not sent to task %" PRIu64 ": %s", experiment->signal_text,
			      experiment->signal_task,
			      delivery->missed ? delivery->missed : "the run ended before it was due");
}

/* As a broken executor ends its other workers, and mptrace all. */
static bool was_killed(const struct thread_record *record)
{
	int status = (int)record->exit_code;

	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGKILL);
}

/* Of the workers that never left, the one that died of itself, or else first. @index: where nobody knows. */
static size_t first_to_die(const struct result *result, size_t index)
{
	uint64_t earliest = UINT64_MAX;
	bool killed = true;

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_row *thread = &result->threads[i];

		if (!thread->worker || !thread->worker->switches.missing || was_killed(&thread->record) > killed ||
		    (was_killed(&thread->record) == killed && thread->record.end_ns >= earliest))
			continue;
		killed = was_killed(&thread->record);
		earliest = thread->record.end_ns;
		index = (size_t)(thread->worker - result->workers);
	}
	return index;
}

/* Which worker died, how, and on which task; unless a task had failed before it was killed or idle: that tells more. */
static void doubt_worker(struct result *result, const struct journal *journal, size_t index)
{
	struct worker_row *worker = &result->workers[index];
	bool busy = false, killed = false;
	char how[64] = "ended", where[40] = "between two tasks";

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;

		if (record->tgid != worker->pid || record->tid != worker->pid)
			continue;
		killed = was_killed(record);
		worker->killed = WIFSIGNALED((int)record->exit_code);
		if (worker->killed)
			snprintf(how, sizeof(how), "was killed by signal %d (%s)", WTERMSIG((int)record->exit_code),
				 strsignal(WTERMSIG((int)record->exit_code)));
		else
			snprintf(how, sizeof(how), "ended with status %d", WEXITSTATUS((int)record->exit_code));
	}
	for (size_t i = 0; i < result->task_count; i++)
		if (result->tasks[i].start_ns && !result->tasks[i].end_ns && result->tasks[i].worker == index) {
			snprintf(where, sizeof(where), "on task %" PRIu64, result->tasks[i].id);
			busy = true;
		}
	if ((killed || !busy) && journal->says[0])
		return;
	harvest_doubt(result, "worker %zu (process %" PRIu32 ") %s %s: its pool would wait for ever", index,
		      worker->pid, how, where);
}

static void judge_outcome(struct result *result, const struct journal *journal, const struct readings *readings)
{
	int status = readings->wait_status;

	/* The caller counts what died, too; a worker of Python marks what raised an exception. */
	if (journal->tasks_failed > result->outcome.tasks_failed && journal->tasks_failed <= result->task_count)
		result->outcome.tasks_failed = journal->tasks_failed;
	if (result->outcome.status == OUTCOME_INTERRUPTED || result->outcome.status == OUTCOME_TIMEOUT)
		return;
	if (journal->says[0] &&
	    (journal->state == JOURNAL_FAILED || readings->dead_worker || result->outcome.tasks_failed))
		harvest_doubt(result, "%.*s", (int)sizeof(journal->says) - 1, journal->says);
	else if (readings->hung)
		harvest_doubt(result, "the workload returned its results but did not end: it was killed");
	else if (WIFSIGNALED(status))
		harvest_doubt(result, "the workload's first process was killed by signal %d (%s)", WTERMSIG(status),
			      strsignal(WTERMSIG(status)));
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		harvest_doubt(result, "the workload's first process ended with status %d", WEXITSTATUS(status));
	else if (readings->left_behind > 0)
		harvest_doubt(result, "the workload left %d process(es) behind: they were killed",
			      readings->left_behind);
	else if (journal->state == JOURNAL_FAILED || result->outcome.tasks_failed)
		harvest_doubt(result, "the workload failed, with %" PRIu64 " of its tasks",
			      result->outcome.tasks_failed);
	if (result->outcome.status == OUTCOME_OK && result->outcome.tasks_done != result->task_count)
		harvest_doubt(result, "only %" PRIu64 " of %zu tasks ended", result->outcome.tasks_done,
			      result->task_count);
	if (!readings->usage_after.oom_kills.missing && readings->usage_after.oom_kills.value &&
	    result->experiment->memory_limit) {
		result->outcome.status = OUTCOME_FAILED;
		snprintf(result->outcome.says, sizeof(result->outcome.says),
			 "the kernel killed %" PRIu64 " process(es) that were over --memory-limit (OOM)",
			 readings->usage_after.oom_kills.value);
	}
}

int harvest(struct result *result, const struct journal *journal, const struct tracer *tracer,
	    const struct readings *readings, struct failure *failure)
{
	result->gate_ns = readings->gate_ns;
	if (journal->returned_ns >= readings->gate_ns && journal->returned_ns <= readings->ended_ns)
		result->returned_ns = journal->returned_ns;
	result->outcome.wall_ns = result->returned_ns ? measured(result->returned_ns - result->gate_ns)
						      : not_measured("the results were never returned");
	result->calibrated = readings->calibrated;
	result->calibrated_after = journal->steps_per_ms_after;
	result->lock_steps = journal->lock_count;
	result->race_count = journal->race_count;
	if (harvest_workers(result, journal, readings->ended_ns) || harvest_tasks(result, journal, readings->ended_ns))
		return fail(failure, STATUS_CANNOT, "out of memory for %zu tasks", result->task_count);
	if (result->experiment->plan.workload == WORKLOAD_SERIAL && result->worker_count)
		result->workers[0].switches = since(result->workers[0].switches, readings->switches_before);
	if (tracer) {
		if (harvest_threads(result, journal, tracer, readings) || harvest_processes(result, readings) ||
		    harvest_locks(result, journal, tracer, &readings->gil, failure))
			return fail(failure, STATUS_CANNOT, "out of memory for %zu threads", result->thread_count);
		harvest_bill(result, tracer, readings);
		tracer__parallel(tracer, result->parallel.time_ns);
		result->parallel.known = true;
	} else {
		result->tracer.ns_per_switch = result->tracer.cpu_permille = result->tracer.sampled_ns =
			not_measured(untraced);
	}
	result->tracer.note_ns = journal->note_ns
					 ? measured(journal->note_ns)
					 : not_measured("the engine does not measure it: some stores in memory");
	harvest_kernel(result, readings);
	harvest_closing(result, journal, readings);
	if (readings->dead_worker && readings->dead_worker <= result->worker_count)
		doubt_worker(result, journal, first_to_die(result, readings->dead_worker - 1));
	harvest_killed(result, journal, readings);
	judge_outcome(result, journal, readings);
	harvest_signal(result, readings);
	return 0;
}

static uint64_t faults_of(const struct kernel_counters *counters)
{
	return counters->minor_faults + counters->major_faults;
}

/* Of page faults the kernel's own numbers are enough. */
static void add_program_threads(struct result *result, const struct thread_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct thread_row *row = &result->threads[result->thread_count++];

		*row = (struct thread_row){.role = ROLE_WORKER, .record = records[i]};
		row->record.faults = faults_of(&records[i].kernel) - faults_of(&records[i].kernel_before);
		row->record.comm[15] = '\0';
		letter__harmless(row->record.comm);
	}
}

/* Those that have ended were not asked for their memory. */
static void add_program_memory(struct result *result, const struct readings *readings)
{
	for (size_t i = 0; i < result->process_count; i++) {
		struct process_row *process = &result->processes[i];

		process->created_ns = not_measured("who asked for it, and when, is not known of any program");
		process->cow_faults = not_measured(no_fault_probe);
		process->pss_bytes = process->rss_bytes = not_measured("it had ended");
		for (size_t j = 0; j < readings->memory_count; j++)
			if (readings->memory[j].pid == process->pid) {
				process->pss_bytes = measured(readings->memory[j].has.pss_bytes);
				process->rss_bytes = measured(readings->memory[j].has.rss_bytes);
			}
	}
}

/* What only a workload of ours, in a cgroup of ours, could tell. */
static void leave_out(struct result *result)
{
	static const struct figure none = {
		.missing = "a profiled program has no tasks that are known, and no cgroup of its "
			   "own"};

	result->signal_ns = result->close_ns = none;
	result->closing.pss_bytes = result->closing.rss_bytes = none;
	result->closing.data_bytes = result->closing.open_files = none;
	result->cgroup.memory_peak_bytes = result->cgroup.cpu_usage_ns = none;
	result->cgroup.oom_kills = result->cgroup.lifetime_cpu_ns = none;
	result->tracer.note_ns = none;
}

int harvest__program(struct result *result, const struct tracer *tracer, const struct thread_record *live, size_t count,
		     const struct folded *folded, const struct readings *readings, struct failure *failure)
{
	size_t dead_count;
	const struct thread_record *dead = tracer__threads(tracer, &dead_count);
	uint64_t ran = 0;

	result->gate_ns = readings->gate_ns;
	result->threads = calloc(dead_count + count + 1, sizeof(*result->threads));
	if (!result->threads)
		return fail(failure, STATUS_CANNOT, "out of memory for %zu threads", dead_count + count);
	result->folded.threads = folded->threads;
	result->folded.processes = folded->processes;
	add_program_threads(result, &folded->sum, folded->threads > 0);
	add_program_threads(result, dead, dead_count);
	add_program_threads(result, live, count);
	if (harvest_processes(result, readings) || harvest_locks(result, NULL, tracer, NULL, failure))
		return fail(failure, STATUS_CANNOT, "out of memory for %zu threads", result->thread_count);
	add_program_memory(result, readings);
	harvest_bill(result, tracer, readings);
	tracer__parallel(tracer, result->parallel.time_ns);
	result->parallel.known = true;
	result->outcome.wall_ns = measured(readings->ended_ns - readings->gate_ns);
	result->kernel.rusage_switches = since(readings->rusage_switches, readings->switches_before);
	result->kernel.rusage_cpu_ns = since(readings->rusage_cpu_ns, readings->exec_runtime_before);
	for (size_t i = 0; i < result->thread_count; i++)
		ran += result->threads[i].record.on_cpu_ns;
	harvest_machine(result, readings, measured(ran));
	result->cgroup.throttled_ns = since(readings->usage_after.throttled_ns, readings->usage_before.throttled_ns);
	leave_out(result);
	return 0;
}
