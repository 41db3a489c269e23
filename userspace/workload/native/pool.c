/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool, written as one would write multiprocessing.Pool.map in C: workers started once, chunks
 * handed out first in, first out through one queue, results gathered into an ordered list that the
 * caller gets after the last task. Workers are processes (pool) or threads (thread-pool).
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../base/clock.h"
#include "mutant.h"
#include "queue.h"

struct member {
	struct native *native;
	uint32_t worker;
	pthread_t thread;
	pid_t pid;
};

static struct member members[MAX_WORKERS];
static struct native *in_charge; /* for the signal handler */

static bool of_processes(const struct native *native)
{
	return workload_kinds[native->plan->workload].processes;
}

/* A worker ended while the pool runs: it must not. The caller wakes from whatever it sleeps on. */
static void note_dead_worker(void)
{
	struct done_list *done = in_charge->shared->done;

	__atomic_store_n(&in_charge->child_died, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&done->word, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &done->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void note_dead_child(int number)
{
	(void)number;
	note_dead_worker();
}

static void note_dead_thread(void *data)
{
	(void)data;
	note_dead_worker();
}

static int prepare(struct native *native)
{
	uint64_t chunks = (native->plan->tasks + native->plan->chunk - 1) / native->plan->chunk;

	native->journal->workers = native->plan->workers;
	if (queue__prepare(native, of_processes(native)))
		return -1;
	return done__prepare(native, chunks);
}

static void work(struct native *native, uint32_t worker)
{
	struct chunk chunk;

	native__arrive(native, worker);
	while (mutant("lazy-worker") && worker == 0 &&
	       native->shared->done->put * native->plan->chunk < native->plan->tasks)
		usleep(1000);
	while (queue__take(native, &chunk)) {
		for (uint64_t i = 0; i < chunk.count; i++)
			native__do_task(native, chunk.first + i, worker);
		done__append(native, (uint32_t)(chunk.first / native->plan->chunk));
	}
	native__leave(native, worker);
}

static void *thread_main(void *data)
{
	struct member *member = data;

	pthread_cleanup_push(note_dead_thread, NULL);
	work(member->native, member->worker);
	pthread_cleanup_pop(0);
	return NULL;
}

static int start_process(struct native *native, struct member *member)
{
	member->pid = fork();
	if (member->pid < 0)
		return native__says(native, "cannot fork worker %" PRIu32 ": %s; use fewer (-n)", member->worker,
				    strerror(errno));
	if (member->pid) {
		native->workers[member->worker].pid = (uint32_t)member->pid; /* it may not have run yet */
		return 0;
	}
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_NAME, "mptrace-worker");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a pool's workers end with its owner */
	work(native, member->worker);
	_exit(0);
}

static int start_thread(struct native *native, struct member *member)
{
	int error = pthread_create(&member->thread, NULL, thread_main, member);

	return error ? native__says(native, "cannot create worker %" PRIu32 ": %s; use fewer (-n)", member->worker,
				    strerror(error))
		     : 0;
}

static int start_workers(struct native *native)
{
	in_charge = native;
	if (of_processes(native))
		sigaction(SIGCHLD, &(struct sigaction){.sa_handler = note_dead_child, .sa_flags = SA_NOCLDSTOP}, NULL);
	for (uint32_t i = 0; i < native->plan->workers; i++) {
		struct member *member = &members[i];

		member->native = native;
		member->worker = i;
		native->workers[i].asked_ns = clock_ns();
		if (of_processes(native) ? start_process(native, member) : start_thread(native, member))
			return -1;
	}
	return 0;
}

/* Which worker it was, on which task, and how it ended. */
static int explain_death(struct native *native)
{
	for (uint32_t i = 0; i < native->plan->workers; i++) {
		uint64_t task = UINT64_MAX;
		char where[40] = "between two tasks";
		int status;

		if (!of_processes(native) || waitpid(members[i].pid, &status, WNOHANG) != members[i].pid)
			continue;
		native->workers[i].reaped = 1;
		native->workers[i].status = status;
		for (uint64_t j = 0; j < native->plan->tasks; j++)
			if (native->tasks[j].start_ns && !native->tasks[j].end_ns && native->tasks[j].worker == i)
				task = j;
		if (task != UINT64_MAX)
			snprintf(where, sizeof(where), "on task %" PRIu64, task);
		if (WIFSIGNALED(status))
			return native__says(native, "worker %" PRIu32 " (process %d) was killed by signal %d (%s) %s",
					    i, members[i].pid, WTERMSIG(status), strsignal(WTERMSIG(status)), where);
		return native__says(native, "worker %" PRIu32 " (process %d) ended with status %d %s", i,
				    members[i].pid, WEXITSTATUS(status), where);
	}
	return native__says(native, "a worker died");
}

static bool put_all(struct native *native)
{
	uint64_t tasks = native->plan->tasks, step = native->plan->chunk;

	for (uint64_t first = 0; first < tasks; first += step) {
		struct chunk chunk = {first, tasks - first < step ? tasks - first : step};
		uint64_t now = clock_ns();

		for (uint64_t i = first; i < first + chunk.count; i++)
			native->tasks[i].submit_ns = now;
		if (!queue__put(native, chunk))
			return false;
	}
	return true;
}

static bool take_all(struct native *native)
{
	uint64_t tasks = native->plan->tasks, step = native->plan->chunk, chunks = (tasks + step - 1) / step;

	while (chunks--) {
		uint32_t chunk;

		if (!done__take(native, &chunk))
			return false;
		for (uint64_t i = chunk * step; i < (chunk + 1) * step && i < tasks; i++)
			native__take_result(native, i);
		if (mutant("early-return"))
			return true;
	}
	return true;
}

static int run(struct native *native)
{
	if (mutant("lifo") && !put_all(native)) /* all is there before anybody takes: the order is only the queue's */
		return -1;
	if (start_workers(native))
		return -1;
	if ((mutant("lifo") || put_all(native)) && take_all(native))
		return 0;
	return explain_death(native);
}

static int finish(struct native *native)
{
	native->journal->closing_ns = clock_ns();
	signal(SIGCHLD, SIG_DFL);
	queue__close(native);
	for (uint32_t i = 0; i < native->plan->workers; i++) {
		struct journal_worker *row = &native->workers[i];

		if (!of_processes(native)) {
			row->reaped = !pthread_join(members[i].thread, NULL);
			row->reaped_ns = clock_ns();
			continue;
		}
		row->reaped = waitpid(members[i].pid, &row->status, 0) == members[i].pid;
		row->reaped_ns = clock_ns();
		if (row->status)
			return native__says(
				native, "worker %" PRIu32 " (process %d) ended badly after its last task: status %#x",
				i, members[i].pid, (unsigned)row->status);
	}
	native->journal->closed_ns = clock_ns();
	return 0;
}

const struct shape pool_shape = {prepare, run, finish};
