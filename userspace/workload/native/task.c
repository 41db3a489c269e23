/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One task as every workload does it, and its result on the way back. */
#include <inttypes.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../base/clock.h"
#include "exchange.h"
#include "mutant.h"
#include "signals.h"
#include "steps.h"

void native__arrive(struct native *native, uint32_t worker)
{
	struct journal_worker *row = &native->workers[worker];

	row->pid = (uint32_t)getpid();
	row->tid = (uint32_t)gettid();
	row->ready_ns = clock_ns();
}

struct unfinished {
	struct native *native;
	uint64_t task;
};

/* The thread ends itself in the midst of its task. */
static void give_up(void *data)
{
	const struct unfinished *unfinished = data;

	native__says(unfinished->native,
		     "task %" PRIu64 ": its thread ended itself by pthread_cancel, as signal USR2 told it",
		     unfinished->task);
	unfinished->native->shared->slots[unfinished->task] = (struct slot){.failed = 1};
	unfinished->native->tasks[unfinished->task].failed = 1;
	exchange__abandon(unfinished->native, unfinished->task);
}

void native__do_task(struct native *native, uint64_t task, uint32_t worker)
{
	struct journal_task *row = &native->tasks[task];
	struct slot *slot = &native->shared->slots[task];
	struct unfinished unfinished = {native, task};

	row->worker = worker;
	row->tid = native->workers[worker].tid;
	row->start_ns = clock_ns();
	mutant__before_task(native, task, worker);
	pthread_cleanup_push(give_up, &unfinished);
	if (mutant("big-lock"))
		pthread_mutex_lock(&native->shared->task_lock);
	slot->failed = steps__do(native, task, &slot->checksum) != 0;
	if (mutant("big-lock"))
		pthread_mutex_unlock(&native->shared->task_lock);
	if (slot->failed)
		exchange__abandon(native, task);
	signals__obey();
	pthread_cleanup_pop(0);
	row->failed = slot->failed;
	row->checksum = slot->checksum;
	row->end_ns = clock_ns();
}

void native__leave(struct native *native, uint32_t worker)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	native->workers[worker].switches = (uint64_t)(usage.ru_nvcsw + usage.ru_nivcsw);
	native->workers[worker].left = 1;
	native->workers[worker].left_ns = clock_ns();
}

void native__take_result(struct native *native, uint64_t task)
{
	const struct slot *slot = &native->shared->slots[task];

	native->tasks[task].received_ns = clock_ns();
	native->tasks[task].returned = slot->checksum;
	native->journal->tasks_failed += slot->failed;
	native->journal->tasks_done += !slot->failed;
}
