/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches any program: a command of ours, processes that run already, or a control group. */
#ifndef MPTRACE_PROFILE_PROFILE_H
#define MPTRACE_PROFILE_PROFILE_H

#include "../experiment/trial.h"

/** What to watch and for how long; one of @command, @pids and @cgroup. */
struct profile {
	char *const *command; /**< ended by NULL, or NULL */
	const pid_t *pids;
	size_t pid_count;
	const char *cgroup; /**< directory */
	const struct identity *identity; /**< that the command runs as */
	const char *cpus; /**< of the command; NULL: all */
	bool stacks; /**< keep where threads waited */
	bool timeline; /**< keep each change of a thread's state */
	uint64_t duration_ns, interval_ns; /**< 0: to the end; no intervals */
	/**
	 * Called after each interval with the threads that live or have ended in it, up to now; tid 0 stands for many
	 * that began and ended in it. -1 with errno: the watch ends.
	 */
	int (*tell)(void *context, const struct thread_record *threads, size_t count, uint64_t from_ns, uint64_t to_ns);
	void *context;
};

/** The command and its end. */
struct profile_end {
	pid_t pid; /**< 0: none was started */
	bool ended; /**< and reaped */
	int exec_error; /**< errno of execve, 0: it was executed */
	int wait_status; /**< as wait(2) gave it */
};

/**
 * Watches until the command, or all of the processes, have ended, or the time is up, or a signal asks us to stop: a
 * command gets that signal instead, and decides itself. Fills @result; 0 also if the command could not be executed.
 * -1 with @failure when nothing could be measured: a command was not started then, or goes on unwatched to its end.
 */
int profile__run(const struct profile *profile, struct target *target, struct result *result, struct profile_end *end,
		 struct failure *failure);

/** Waits for the end of a command that outlives its watching. It still gets the signals that are sent to us. */
void profile__await(struct profile_end *end);

#endif
