/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small process outside the experiment's group that outlives us: when mptrace dies, however it
 * dies, it sees the end of a pipe, waits until mptrace is gone, and ends and removes what it left.
 */
#ifndef MPTRACE_EXPERIMENT_GUARDIAN_H
#define MPTRACE_EXPERIMENT_GUARDIAN_H

#include <sys/types.h>

#include "../base/failure.h"

struct guardian {
	pid_t pid; /**< 0: none */
	int pipe_fd; /**< its other end is the guardian's; only we hold this one */
};

/** To be called before anything is made that must not be left. */
int guardian__start(struct guardian *guardian, struct failure *failure);

/** Starts another one if somebody killed it. */
int guardian__renew(struct guardian *guardian, struct failure *failure);

/** Tells it that nothing is left, and waits for it. */
void guardian__dismiss(struct guardian *guardian);

#endif
