/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MPTRACE_EXPERIMENT_TRIAL_H
#define MPTRACE_EXPERIMENT_TRIAL_H

#include <signal.h>
#include <sys/types.h>

#include "../result/result.h"

/** Who the workload runs as. */
struct identity {
	uid_t user;
	gid_t group;
	char name[64];
};

/** The signal that asked us to stop (SIGINT, SIGTERM, SIGHUP), 0 if none. Set by trial__catch_signals. */
extern volatile sig_atomic_t trial_stop_signal;

/** Installs the handlers: a running trial then ends its workload and returns what was measured. */
void trial__catch_signals(void);

/** Fails because of trial_stop_signal. */
int trial__fail_stopped(struct failure *failure);

/**
 * Runs @experiment once in a fresh control group and fills @result (free with result__free).
 * Called every 20 ms while it runs with the tasks done so far: @progress, may be NULL.
 * Returns 0 when there is a result, also one of a failed, interrupted or timed-out workload; -1 with
 * @failure when nothing could be measured. Nothing is left behind either way.
 */
int trial__run(const struct experiment *experiment, const struct identity *identity,
	       void (*progress)(const struct experiment *experiment, uint64_t done, uint64_t elapsed_ns),
	       struct result *result, struct failure *failure);

/** Whether trials can be run here at all: root, and a view of all processes. STATUS_CANNOT for @command if not. */
int trial__check_place(const char *command, struct failure *failure);

#endif
