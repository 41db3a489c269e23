/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the workload wrote, which may be anything: every bound is checked here. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "../base/letter.h"
#include "area.h"
#include "harvest_parts.h"

void harvest_doubt(struct result *result, const char *format, ...)
{
	va_list arguments;

	if (result->outcome.says[0])
		return;
	if (result->outcome.status == OUTCOME_OK)
		result->outcome.status = OUTCOME_FAILED;
	va_start(arguments, format);
	vsnprintf(result->outcome.says, sizeof(result->outcome.says), format, arguments);
	va_end(arguments);
	letter__harmless(result->outcome.says);
}

/* A time outside the experiment is none. */
static uint64_t within(const struct result *result, uint64_t at_ns, uint64_t ended_ns)
{
	return at_ns >= result->gate_ns && at_ns <= ended_ns ? at_ns : 0;
}

int harvest_workers(struct result *result, const struct journal *journal, uint64_t ended_ns)
{
	/* The journal's own room may have been overwritten: the plan that we gave is the measure. */
	const struct journal_worker *workers = journal__workers(journal);
	uint64_t room = area__worker_room(&result->experiment->plan), count = journal->workers;

	if (count > room) {
		harvest_doubt(result, "the journal claims %" PRIu64 " workers where at most %" PRIu64 " can be", count,
			      room);
		count = room;
	}
	result->workers = calloc(count ? count : 1, sizeof(*result->workers));
	if (!result->workers)
		return -1;
	result->worker_count = count;
	for (uint64_t i = 0; i < count; i++) {
		struct worker_row *row = &result->workers[i];

		row->pid = workers[i].pid;
		row->tid = workers[i].tid;
		row->asked_ns = workers[i].asked_ns;
		row->ready_ns = workers[i].ready_ns;
		row->reaped = workers[i].reaped == 1;
		row->switches = workers[i].left == 1 ? measured(workers[i].switches)
						     : not_measured("it ended before it could ask");
		row->status = workers[i].status;
		row->killed = WIFSIGNALED(row->status);
		row->left_ns = within(result, workers[i].left_ns, ended_ns);
		row->reaped_ns = within(result, workers[i].reaped_ns, ended_ns);
	}
	return 0;
}

/* NULL, or what about this task cannot be true. */
static const char *implausible(const struct task_row *task, const struct result *result, uint64_t ended_ns)
{
	if (task->start_ns && (task->start_ns < result->gate_ns || task->start_ns > ended_ns))
		return "started outside the experiment";
	if ((task->taken_ns && (task->taken_ns < result->gate_ns || task->taken_ns > ended_ns)) ||
	    (task->received_ns && (task->received_ns < result->gate_ns || task->received_ns > ended_ns)))
		return "was taken or received outside the experiment";
	if (task->end_ns && (task->end_ns < task->start_ns || task->end_ns > ended_ns))
		return "ended before it started, or in the future";
	if (task->start_ns &&
	    (!task->submit_ns || task->submit_ns > task->start_ns || task->submit_ns < result->gate_ns))
		return "started before it was submitted";
	if (task->start_ns && task->worker >= result->worker_count)
		return "ran in a worker that does not exist";
	if (task->start_ns && result->workers[task->worker].tid && result->workers[task->worker].tid != task->tid)
		return "ran in another thread than its worker's";
	return NULL;
}

int harvest_tasks(struct result *result, const struct journal *journal, uint64_t ended_ns)
{
	const struct plan *plan = &result->experiment->plan;
	uint64_t count = plan->tasks;
	const struct journal_task *tasks = journal__tasks(journal, area__worker_room(plan));

	result->tasks = calloc(count, sizeof(*result->tasks));
	if (!result->tasks)
		return -1;
	result->task_count = count;
	for (uint64_t i = 0; i < count; i++) {
		struct task_row *row = &result->tasks[i];
		const char *why;

		*row = (struct task_row){.id = i,
					 .worker = tasks[i].worker,
					 .tid = tasks[i].tid,
					 .submit_ns = tasks[i].submit_ns,
					 .start_ns = tasks[i].start_ns,
					 .end_ns = tasks[i].end_ns,
					 .taken_ns = tasks[i].taken_ns,
					 .received_ns = tasks[i].received_ns,
					 .sequence = tasks[i].sequence,
					 .checksum = tasks[i].checksum,
					 .returned = tasks[i].returned,
					 .messages = tasks[i].messages,
					 .failed = tasks[i].failed == 1,
					 .interrupted = tasks[i].interrupted};
		why = implausible(row, result, ended_ns);
		if (why) {
			harvest_doubt(result, "the journal cannot be true: task %" PRIu64 " %s", i, why);
			*row = (struct task_row){.id = i};
		} else if (row->start_ns) {
			row->pid = result->workers[row->worker].pid;
			result->workers[row->worker].tasks++;
		}
		result->outcome.tasks_done += row->end_ns != 0;
		result->outcome.tasks_failed += row->failed;
	}
	return 0;
}
