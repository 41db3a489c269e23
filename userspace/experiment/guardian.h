/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small process outside the experiment's group that outlives us: when mptrace dies, however it
 * dies, it sees the end of a pipe, kills everything in the group and removes what was made.
 */
#ifndef MPTRACE_EXPERIMENT_GUARDIAN_H
#define MPTRACE_EXPERIMENT_GUARDIAN_H

#include "../../cgroups/cgroup.h"

struct guardian {
	pid_t pid; /**< 0: none */
	int pipe_fd; /**< its other end is the guardian's; only we hold this one */
};

int guardian__start(struct guardian *guardian, struct control_group *cgroup, const char *scratch,
		    struct failure *failure);

/** Starts another one if somebody killed it. */
int guardian__renew(struct guardian *guardian, struct control_group *cgroup, const char *scratch,
		    struct failure *failure);

/** Tells it that all is well, and waits for it. */
void guardian__dismiss(struct guardian *guardian);

#endif
