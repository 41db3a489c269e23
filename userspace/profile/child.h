/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The profiled command: our child in everything but what it sees. */
#ifndef MPTRACE_PROFILE_CHILD_H
#define MPTRACE_PROFILE_CHILD_H

#include "../experiment/trial.h"

struct child {
	pid_t pid;
	int gate; /**< a byte lets it go */
	int error; /**< its end says what became of execve: nothing, or an errno */
};

/** Forks; the child waits at its gate as @identity on @cpus (NULL: all). -1: STATUS_CANNOT. */
int child__start(struct child *child, char *const *command, const struct identity *identity, const char *cpus,
		 struct failure *failure);

/** Opens the gate. 0: it runs the command; else the errno with which it could not be executed, and it is reaped. */
int child__go(struct child *child);

/** Ends a child that was never let go. */
void child__drop(struct child *child);

#endif
