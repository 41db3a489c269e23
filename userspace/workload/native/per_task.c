/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread or a process for each task: all at once, or plan.workers at a time. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../base/clock.h"
#include "exchange.h"
#include "mutant.h"

#define STACK_BYTES ((size_t)256 * 1024)

struct thread_argument {
	struct native *native;
	uint64_t task;
	pthread_t thread;
};

#define PID_ROOM 4194304 /* PID_MAX_LIMIT of 64-bit kernels */

/* The caller's list of what it started. Of task_of_pid only the pages that are used exist. */
static struct thread_argument *threads; /* index: task */
static uint32_t task_of_pid[PID_ROOM]; /* task + 1; 0: no process of ours */

static int prepare(struct native *native)
{
	bool processes = workload_kinds[native->plan->workload].processes;

	native->journal->workers = native->plan->tasks;
	if (processes)
		return 0;
	threads = calloc(native->plan->tasks, sizeof(*threads));
	if (!threads)
		return native__says(native, "out of memory for %" PRIu64 " tasks", native->plan->tasks);
	return done__prepare(native, native->plan->tasks);
}

static void work(struct native *native, uint64_t task)
{
	native__arrive(native, (uint32_t)task);
	if (!mutant__does_two(native, task))
		native__do_task(native, task, (uint32_t)task);
}

static void hand_back(void *data)
{
	struct thread_argument *argument = data;

	done__append(argument->native, (uint32_t)argument->task);
}

static void *thread_main(void *data)
{
	struct thread_argument *argument = data;

	/* Also if it ends itself: the caller waits for it. */
	pthread_cleanup_push(hand_back, argument);
	work(argument->native, argument->task);
	pthread_cleanup_pop(1);
	native__leave(argument->native, (uint32_t)argument->task);
	return NULL;
}

static int start_thread(struct native *native, uint64_t task)
{
	struct thread_argument *argument = &threads[task];
	pthread_attr_t attributes;
	int error;

	argument->native = native;
	argument->task = task;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	error = pthread_create(&argument->thread, &attributes, thread_main, argument);
	pthread_attr_destroy(&attributes);
	return error ? native__says(native,
				    "cannot create a thread for task %" PRIu64 ": %s; use -n to bound how many live",
				    task, strerror(error))
		     : 0;
}

static int start_process(struct native *native, uint64_t task)
{
	pid_t pid = fork();

	if (pid < 0)
		return native__says(native,
				    "cannot fork a process for task %" PRIu64 ": %s; use -n to bound how many live",
				    task, strerror(errno));
	if (!pid) {
		prctl(PR_SET_NAME, "mptrace-worker");
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* ends with its owner */
		work(native, task);
		native__leave(native, (uint32_t)task);
		_exit(native->shared->slots[task].failed != 0);
	}
	task_of_pid[pid] = (uint32_t)task + 1;
	return 0;
}

static int start(struct native *native, uint64_t task, bool processes)
{
	native->tasks[task].submit_ns = native->workers[task].asked_ns = clock_ns();
	native->tasks[task].sequence = mutant("lifo") ? native->plan->tasks - task : task + 1;
	return processes ? start_process(native, task) : start_thread(native, task);
}

static void join_one(struct native *native)
{
	uint32_t task;

	while (!done__take(native, &task))
		;
	pthread_join(threads[task].thread, NULL);
	native->workers[task].reaped_ns = clock_ns();
	native->workers[task].reaped = 1;
	native__take_result(native, task);
}

/* Waits for any child; a child that died fails its task, the others go on. */
static int wait_one(struct native *native)
{
	int status;
	pid_t pid = wait(&status);
	uint64_t now = clock_ns();
	uint32_t task;

	while (pid > 0 && !task_of_pid[pid]) { /* a stranger that a task left to us */
		pid = wait(&status);
		now = clock_ns();
	}
	if (pid < 0)
		return native__says(native, "wait: %s", strerror(errno));
	task = task_of_pid[pid] - 1;
	task_of_pid[pid] = 0;
	native->workers[task].reaped_ns = now;
	native->workers[task].reaped = 1;
	native->workers[task].status = status;
	if (WIFSIGNALED(status)) {
		native__says(native, "task %" PRIu32 ": its process %d was killed by signal %d (%s)", task, pid,
			     WTERMSIG(status), strsignal(WTERMSIG(status)));
		native->shared->slots[task].failed = 1;
		exchange__abandon(native, task);
	}
	native__take_result(native, task);
	return 0;
}

static int end_one(struct native *native, bool processes)
{
	if (processes)
		return wait_one(native);
	join_one(native);
	return 0;
}

static int run(struct native *native)
{
	bool processes = workload_kinds[native->plan->workload].processes;
	uint64_t bound = native->plan->workers ? native->plan->workers : native->plan->tasks, live = 0;

	for (uint64_t i = 0; i < native->plan->tasks; i++) {
		if (live == bound) {
			if (end_one(native, processes))
				return -1;
			live--;
		}
		if (start(native, i, processes))
			return -1;
		live++;
	}
	for (; live; live--)
		if (end_one(native, processes))
			return -1;
	return 0;
}

static int finish(struct native *native)
{
	(void)native;
	free(threads);
	return 0;
}

const struct shape per_task_shape = {prepare, run, finish};
