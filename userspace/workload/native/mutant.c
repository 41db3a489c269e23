/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mutant.h"

#ifdef MUTANT

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool mutant(const char *name)
{
	static const char *chosen;

	if (!chosen)
		chosen = getenv("MPTRACE_MUTANT") ? getenv("MPTRACE_MUTANT") : "";
	return !strcmp(chosen, name);
}

/* The memory of all tasks that wait, as if they were all alive. */
static void hoard(const struct native *native)
{
	static bool done;

	for (uint64_t i = 0; !done && i < native->plan->tasks; i++) {
		const struct task_group *group = task_spec__group(&native->plan->spec, i);

		for (uint32_t j = 0; j < group->step_count; j++)
			if (group->steps[j].kind == STEP_TOUCH)
				memset(mmap(NULL, group->steps[j].amount, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
				       1, group->steps[j].amount);
	}
	done = true;
}

static void escape(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			for (;;)
				pause();
		_exit(0);
	}
}

/* A chain of processes, each born of the last, for ever. */
static void fork_loop(void)
{
	if (fork())
		return;
	for (;;) {
		signal(SIGCHLD, SIG_IGN);
		if (fork())
			_exit(0);
		usleep(500);
	}
}

void mutant__before_task(struct native *native, uint64_t task, uint32_t worker)
{
	static unsigned mine;

	mine++;
	if (mutant("hoard"))
		hoard(native);
	if (mutant("die") && worker == 1 &&
	    (mine == 2 || native->plan->chunk > 1 || !workload_kinds[native->plan->workload].pooled))
		kill(getpid(), SIGKILL);
	if (mutant("double-fork") && task == 0)
		escape();
	if (mutant("fork-loop") && task == 0)
		fork_loop();
	if (mutant("stop")) {
		signal(SIGTERM, SIG_IGN);
		signal(SIGINT, SIG_IGN);
	}
	while ((mutant("hang") || mutant("stop")) && task == 3)
		pause();
}

bool mutant__does_two(struct native *native, uint64_t task)
{
	volatile struct journal_task *next = &native->tasks[task + 1];

	if (!mutant("reuse"))
		return false;
	if (task % 2) {
		while (!((volatile struct journal_task *)native->tasks)[task].end_ns)
			usleep(100);
		return true;
	}
	native__do_task(native, task, (uint32_t)task);
	if (task + 1 == native->plan->tasks)
		return true;
	while (!next->submit_ns)
		usleep(100);
	native__do_task(native, task + 1, (uint32_t)task);
	return true;
}

static void linger(void)
{
	for (;;)
		pause();
}

static void lie(struct native *native)
{
	for (uint64_t i = 0; i < native->plan->tasks; i++) {
		native->tasks[i].worker = UINT32_MAX - (uint32_t)i;
		native->tasks[i].end_ns = 1;
		native->tasks[i].tid = 1;
	}
	native->journal->workers = UINT64_MAX;
	native->journal->place_count = UINT32_MAX;
	native->journal->worker_room = UINT32_MAX;
	native->journal->plan.tasks = UINT64_MAX;
	memset(native->journal->says, 'A', sizeof(native->journal->says));
}

/* Random bytes ($MPTRACE_SEED) all over the journal, but for the state. */
static void scribble(struct journal *journal, size_t size)
{
	const char *seed = getenv("MPTRACE_SEED");
	size_t low = offsetof(struct journal, state), high = low + sizeof(journal->state), at;

	srandom(seed ? (unsigned)atoi(seed) : 1);
	for (int i = 0; i < 2000; i++) {
		at = (size_t)random() % (i % 2 ? size : sizeof(*journal));
		if (at >= high || at < low)
			((unsigned char *)journal)[at] = (unsigned char)(random() >> 8);
	}
}

void mutant__after_return(struct native *native)
{
	struct journal_task *tasks = native->tasks;

	if (mutant("swap-results") && native->plan->tasks > 1) {
		uint64_t first = tasks[0].returned;

		tasks[0].returned = tasks[1].returned;
		tasks[1].returned = first;
	}
	if (mutant("lie"))
		lie(native);
	if (mutant("scribble"))
		scribble(native->journal, journal__size(native->journal->worker_room, native->plan->tasks));
	if (mutant("shrink") && ftruncate(3, 0))
		native->journal->says[0] = 0; /* refused: as it must be */
	if (mutant("easy"))
		native->journal->steps_per_ms_before = 1;
	if (mutant("linger"))
		atexit(linger);
}

#endif
