/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each workload promises, judged from its tasks, its workers and the group's memory. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../workload/journal.h"
#include "judge.h"

#define MEMORY_SLACK (16ull << 20) /* programs, stacks, page tables */
#define FAIR_NS 50000000ull /* within this time a worker can be kept out by others that come again and again */
#define MEMORY_FACTOR 4 /* all at once must need this many times more, else nothing can be told */

const char *const check_ids[] = {"verified",   "fifo",	 "ordered",  "everyone", "one-each",
				 "one-thread", "memory", "threaded", NULL};

static struct check_row *add(struct result *result, const char *id, const char *says)
{
	struct check_row *row = &result->checks[result->check_count++];

	row->id = id;
	snprintf(row->says, sizeof(row->says), "%s", says);
	return row;
}

static void __attribute__((format(printf, 3, 4)))
verdict(struct check_row *row, enum check_verdict verdict, const char *format, ...)
{
	va_list arguments;

	row->verdict = verdict;
	va_start(arguments, format);
	vsnprintf(row->evidence, sizeof(row->evidence), format, arguments);
	va_end(arguments);
}

static void count(struct check_row *row, uint64_t opportunities, uint64_t violations)
{
	row->opportunities = opportunities;
	row->violations = violations;
}

static uint64_t lock_steps_of(const struct task_group *group)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < group->step_count; i++)
		count += group->steps[i].kind == STEP_LOCK;
	return count;
}

/* What the tasks that ended came to, and should have. */
struct audit {
	uint64_t done, wrong, first; /* first: of those whose checksum is wrong */
	uint64_t locks, added; /* lock steps; additions of race steps */
	uint64_t strays; /* tasks that got more or fewer messages than there were */
};

static struct audit audit_tasks(const struct result *result)
{
	const struct plan *plan = &result->experiment->plan;
	struct audit audit = {0};

	for (size_t i = 0; i < result->task_count; i++) {
		const struct task_group *group = task_spec__group(&plan->spec, i);

		if (!result->tasks[i].end_ns)
			continue;
		audit.done++;
		audit.locks += lock_steps_of(group);
		audit.added += task_group__sum(group, STEP_RACE);
		audit.strays += result->tasks[i].messages != journal__messages(plan, i);
		if (result->tasks[i].checksum == journal__expected(plan, i, result->calibrated))
			continue;
		audit.first = audit.wrong++ ? audit.first : i;
	}
	return audit;
}

/* Race steps may lose additions, but one is always left, and there are never more than were made. */
static bool miscounted(const struct result *result, uint64_t added)
{
	return result->race_count > added || (added && !result->race_count);
}

/*
 * The sums that the caller can find without doing the work; the shared lock's counter, incremented not atomically; the
 * counter of race steps, which may have lost additions but never has more; and the messages that arrived.
 */
static void check_verified(struct result *result)
{
	struct check_row *row = add(result, "verified", "every task's work is verified");
	struct audit audit;
	uint64_t done;

	if (result->experiment->plan.calls) {
		verdict(row, CHECK_NO_CHANCE, "what your function should return is yours to know");
		return;
	}
	audit = audit_tasks(result);
	done = audit.done;
	count(row, done, audit.wrong ? audit.wrong : audit.strays);
	if (audit.wrong) {
		verdict(row, CHECK_FAIL, "%" PRIu64 " of %" PRIu64 " checksums are wrong, first task %" PRIu64,
			audit.wrong, done, audit.first);
	} else if (audit.strays) {
		verdict(row, CHECK_FAIL, "%" PRIu64 " of %" PRIu64 " tasks got a wrong number of messages",
			audit.strays, done);
	} else if (done != result->task_count) {
		verdict(row, CHECK_NO_CHANCE, "%" PRIu64 " of %zu checksums are right; the other tasks did not end",
			done, result->task_count);
	} else if (audit.locks != result->lock_steps) {
		count(row, audit.locks, audit.locks > result->lock_steps ? audit.locks - result->lock_steps : 1);
		verdict(row, CHECK_FAIL, "the shared lock was held %" PRIu64 " times, its counter says %" PRIu64,
			audit.locks, result->lock_steps);
	} else if (miscounted(result, audit.added)) {
		count(row, audit.added, audit.added ? audit.added : 1);
		verdict(row, CHECK_FAIL, "race steps added %" PRIu64 " times, their counter says %" PRIu64, audit.added,
			result->race_count);
	} else {
		verdict(row, CHECK_PASS, "%" PRIu64 " of %zu checksums are right", done, result->task_count);
	}
}

/* By the number taken under the queue's lock: start times also show who was scheduled first. */
static void check_fifo(struct result *result)
{
	struct check_row *row = add(result, "fifo", "tasks are handed out first in, first out");
	uint64_t hand_outs = 0, out_of_order = 0, last = 0;

	for (size_t i = 0; i < result->task_count; i++) {
		uint64_t sequence = result->tasks[i].sequence;

		if (!sequence || sequence == last)
			continue;
		hand_outs++;
		out_of_order += sequence < last;
		last = sequence;
	}
	count(row, hand_outs ? hand_outs - 1 : 0, out_of_order);
	verdict(row,
		hand_outs < 2  ? CHECK_NO_CHANCE
		: out_of_order ? CHECK_FAIL
			       : CHECK_PASS,
		"%" PRIu64 " hand-outs, %" PRIu64 " out of order", hand_outs, out_of_order);
}

static void judge_order(struct check_row *row, const struct result *result, uint64_t last_end, uint64_t late,
			uint64_t misplaced)
{
	count(row, result->task_count, late ? late : misplaced);
	if (late)
		verdict(row, CHECK_FAIL, "returned %.3f ms before the last task ended",
			(double)(last_end - result->returned_ns) / 1e6);
	else
		verdict(row,
			misplaced		 ? CHECK_FAIL
			: result->task_count < 2 ? CHECK_NO_CHANCE
						 : CHECK_PASS,
			"%" PRIu64 " of %zu results misplaced; returned %.3f ms after the last task", misplaced,
			result->task_count, (double)(result->returned_ns - last_end) / 1e6);
}

static void check_ordered(struct result *result)
{
	struct check_row *row = add(result, "ordered", "results come back in order, after the last task");
	uint64_t last_end = 0, misplaced = 0, late = 0;

	for (size_t i = 0; i < result->task_count; i++) {
		if (result->tasks[i].end_ns > last_end)
			last_end = result->tasks[i].end_ns;
		late += result->tasks[i].end_ns > result->returned_ns;
		misplaced += result->tasks[i].returned != result->tasks[i].checksum;
	}
	if (result->experiment->plan.unordered)
		verdict(row, CHECK_NO_CHANCE, "this method promises no order");
	else if (!result->returned_ns || !last_end)
		verdict(row, CHECK_NO_CHANCE, "no results were returned");
	else
		judge_order(row, result, last_end, late, misplaced);
}
/* How long worker @index's thread was on a CPU, ns; without tracing unknown, taken as enough. */
static uint64_t time_on_cpu(const struct result *result, size_t index)
{
	for (size_t i = 0; i < result->thread_count; i++)
		if (result->threads[i].record.tid == result->workers[index].tid)
			return result->threads[i].record.on_cpu_ns + result->threads[i].record.blocked_ns[CAUSE_SLEEP];
	return UINT64_MAX;
}

/* Chunks handed out after worker @index was ready: what it could have taken. */
static uint64_t chances(const struct result *result, size_t index)
{
	uint64_t count = 0, last = 0;

	for (size_t i = 0; i < result->task_count; i++) {
		const struct task_row *task = &result->tasks[i];

		if (task->sequence != last && task->start_ns > result->workers[index].ready_ns)
			count++;
		last = task->sequence;
	}
	return count;
}

static uint64_t last_start(const struct result *result)
{
	uint64_t last = 0;

	for (size_t i = 0; i < result->task_count; i++)
		last = result->tasks[i].start_ns > last ? result->tasks[i].start_ns : last;
	return last;
}

static void check_everyone(struct result *result)
{
	struct check_row *row = add(result, "everyone", "every worker takes part");
	uint64_t idle = 0, no_chance = 0, least = UINT64_MAX, most = 0;

	for (size_t i = 0; i < result->worker_count; i++) {
		const struct worker_row *worker = &result->workers[i];

		least = worker->tasks < least ? worker->tasks : least;
		most = worker->tasks > most ? worker->tasks : most;
		if (worker->tasks)
			continue;
		/* A worker that came late, or that had to wait while the others emptied the queue: locks are not fair.
		 */
		if (!worker->ready_ns || chances(result, i) < 2 * result->worker_count || !time_on_cpu(result, i) ||
		    last_start(result) < worker->ready_ns + FAIR_NS)
			no_chance++;
		else
			idle++;
	}
	count(row, result->worker_count - no_chance, idle);
	if (!result->worker_count)
		verdict(row, CHECK_NO_CHANCE, "no worker was ever there");
	else if (idle)
		verdict(row, CHECK_FAIL, "%" PRIu64 " of %zu workers took no task although work was queued", idle,
			result->worker_count);
	else if (no_chance)
		verdict(row, CHECK_NO_CHANCE, "%" PRIu64 " of %zu workers did not get at the queue before it was empty",
			no_chance, result->worker_count);
	else
		verdict(row, CHECK_PASS, "%zu workers, %" PRIu64 " to %" PRIu64 " tasks each", result->worker_count,
			least, most);
}

struct instant {
	uint64_t ns;
	int by;
};

static int by_time(const void *a, const void *b)
{
	const struct instant *left = a, *right = b;

	if (left->ns != right->ns)
		return left->ns < right->ns ? -1 : 1;
	return left->by - right->by;
}

/* The most tasks that ran at one time. 0: out of memory. */
static uint64_t most_at_once(const struct result *result)
{
	struct instant *instants = calloc(2 * result->task_count, sizeof(*instants));
	int64_t now = 0, most = 0;

	for (size_t i = 0; instants && i < result->task_count; i++) {
		instants[2 * i] = (struct instant){result->tasks[i].start_ns, 1};
		instants[2 * i + 1] = (struct instant){result->tasks[i].end_ns, -1};
	}
	if (instants)
		qsort(instants, 2 * result->task_count, sizeof(*instants), by_time);
	for (size_t i = 0; instants && i < 2 * result->task_count; i++) {
		now += instants[i].by;
		most = now > most ? now : most;
	}
	free(instants);
	return (uint64_t)most;
}

/* A thread or process per task: nobody does two, and no more live than asked for. */
static void check_one_each(struct result *result)
{
	struct check_row *row = add(result, "one-each", "every task has a worker of its own");
	uint64_t bound = result->experiment->plan.workers, shared = 0, used = 0, most;

	for (size_t i = 0; i < result->worker_count; i++) {
		shared += result->workers[i].tasks > 1;
		used += result->workers[i].tasks > 0;
	}
	count(row, used, shared);
	if (result->outcome.tasks_done != result->task_count) {
		verdict(row, shared ? CHECK_FAIL : CHECK_NO_CHANCE,
			"not all tasks ended; %" PRIu64 " workers did more than one", shared);
		return;
	}
	most = most_at_once(result);
	if (!most) {
		verdict(row, CHECK_NO_CHANCE, "out of memory for %zu tasks", result->task_count);
		return;
	}
	if (bound && most > bound)
		row->violations += most - bound;
	verdict(row, row->violations ? CHECK_FAIL : CHECK_PASS,
		"%zu tasks, %" PRIu64 " workers did more than one; at most %" PRIu64 " tasks at once%s",
		result->task_count, shared, most, bound ? " (-n)" : "");
}

static void check_one_thread(struct result *result)
{
	struct check_row *row = add(result, "one-thread", "one thread does everything, one task after another");
	uint64_t most = most_at_once(result);
	/* What the user's function starts is its own. */
	uint64_t others = result->thread_count > 1 && !result->experiment->plan.calls ? result->thread_count - 1 : 0;

	count(row, result->outcome.tasks_done, most > 1 ? most - 1 : others);
	if (result->outcome.tasks_done != result->task_count)
		verdict(row, CHECK_NO_CHANCE, "not all tasks ended");
	else if (!most)
		verdict(row, CHECK_NO_CHANCE, "out of memory for %zu tasks", result->task_count);
	else if (result->experiment->traced)
		verdict(row, most > 1 || others ? CHECK_FAIL : CHECK_PASS,
			"%zu thread(s), at most %" PRIu64 " task at once", result->thread_count, most);
	else
		verdict(row, most > 1 ? CHECK_FAIL : CHECK_PASS, "at most %" PRIu64 " task at once", most);
}

static uint64_t touched_by(const struct plan *plan, uint64_t task)
{
	const struct task_group *group = task_spec__group(&plan->spec, task);
	uint64_t most = 0, copied = 0;

	/* The steps of a task follow one another: each gives its memory back before the next; but copies stay. */
	for (uint32_t i = 0; i < group->step_count; i++) {
		const struct step *step = &group->steps[i];

		if (step->kind == STEP_TOUCH && step->amount > most)
			most = step->amount;
		if (step->kind == STEP_COW && workload_kinds[plan->workload].processes && step->amount > copied)
			copied = step->amount;
		most = step->working_set > most ? step->working_set : most;
	}
	return most + copied;
}

static bool uses_files(const struct task_spec *spec)
{
	return task_spec__largest(spec, STEP_READ) || task_spec__largest(spec, STEP_WRITE);
}

/* Memory of tasks that wait: a pool must need that of its workers only, not that of all tasks. */
static void check_memory(struct result *result)
{
	struct check_row *row = add(result, "memory", "only running tasks need memory, waiting ones do not");
	const struct plan *plan = &result->experiment->plan;
	uint64_t all = 0, most = 0, at_once = plan->workers ? plan->workers : plan->tasks, running;
	double peak;

	for (uint64_t i = 0; i < plan->tasks; i++) {
		uint64_t touched = touched_by(plan, i);

		all += touched;
		most = touched > most ? touched : most;
	}
	running = at_once * most;
	if (result->cgroup.memory_peak_bytes.missing) {
		verdict(row, CHECK_NO_CHANCE, "%s", result->cgroup.memory_peak_bytes.missing);
		return;
	}
	peak = (double)result->cgroup.memory_peak_bytes.value / 1048576;
	if (plan->calls)
		verdict(row, CHECK_NO_CHANCE, "peak %.1f MiB; what your function needs is not known", peak);
	else if (uses_files(&plan->spec))
		verdict(row, CHECK_NO_CHANCE, "peak %.1f MiB, with the page cache of read and write steps in it", peak);
	else if (!all)
		verdict(row, CHECK_NO_CHANCE,
			"peak %.1f MiB; these tasks take no memory of their own (a touch step would)", peak);
	else if (all < MEMORY_FACTOR * (running + MEMORY_SLACK))
		verdict(row, CHECK_NO_CHANCE,
			"peak %.1f MiB; all tasks at once would need %.1f MiB: too little more to tell", peak,
			(double)all / 1048576);
	else {
		count(row, 1, result->cgroup.memory_peak_bytes.value > all / 2);
		verdict(row, row->violations ? CHECK_FAIL : CHECK_PASS,
			"peak %.1f MiB; the running tasks need %.1f MiB, all at once %.1f MiB", peak,
			(double)running / 1048576, (double)all / 1048576);
	}
}

static bool is_process_of(const struct thread_row *thread, const struct thread_row *first)
{
	return thread->record.tgid == first->record.tgid &&
	       thread->record.group_start_ns == first->record.group_start_ns;
}

/*
 * From here on the threads of one process, in order of birth; returns how many. @gap: for a time none of them was
 * there, or a worker says that it was at work when its thread was not.
 */
static size_t follow_process(const struct thread_row *threads, size_t count, bool *gap)
{
	uint64_t covered = threads->record.start_ns;
	size_t i = 0;

	*gap = threads->record.tid != threads->record.tgid;
	for (; i < count && is_process_of(&threads[i], threads); i++) {
		const struct thread_record *record = &threads[i].record;
		const struct worker_row *worker = threads[i].worker;

		*gap |= record->start_ns > covered;
		covered = record->end_ns > covered ? record->end_ns : covered;
		*gap |= worker &&
			((worker->ready_ns && worker->ready_ns < record->start_ns) || worker->left_ns > record->end_ns);
	}
	return i;
}

/* Threads stand in order of process and birth. That each worker has one is told by the workers themselves. */
static void check_threaded(struct result *result)
{
	struct check_row *row = add(result, "threaded", "every process has a thread from its start to its end");
	uint64_t processes = 0, gaps = 0, unseen = 0;

	if (!result->experiment->traced || result->tracer.lost[LOST_THREADS] || result->tracer.lost[LOST_RECORDS]) {
		verdict(row, CHECK_NO_CHANCE,
			result->experiment->traced ? "threads were lost while tracing"
						   : "tracing was off (--no-trace)");
		return;
	}
	for (size_t i = 0; i < result->worker_count; i++)
		unseen += result->workers[i].ready_ns != 0;
	for (size_t i = 0; i < result->thread_count; i++)
		unseen -= result->threads[i].worker && result->threads[i].worker->ready_ns && unseen;
	for (size_t i = 0; i < result->thread_count; processes++) {
		bool gap;

		i += follow_process(&result->threads[i], result->thread_count - i, &gap);
		gaps += gap;
	}
	count(row, processes + unseen, gaps + unseen);
	verdict(row,
		row->violations ? CHECK_FAIL
		: processes	? CHECK_PASS
				: CHECK_NO_CHANCE,
		"%" PRIu64 " process(es), %zu thread(s); %" PRIu64 " without a thread for a time, %" PRIu64
		" worker(s) without one",
		processes, result->thread_count, gaps, unseen);
}

void result__check(struct result *result)
{
	const struct workload_kind *kind = &workload_kinds[result->experiment->plan.workload];

	check_verified(result);
	check_fifo(result);
	check_ordered(result);
	if (kind->pooled)
		check_everyone(result);
	else if (result->experiment->plan.workload == WORKLOAD_SERIAL)
		check_one_thread(result);
	else
		check_one_each(result);
	check_memory(result);
	check_threaded(result);
}
