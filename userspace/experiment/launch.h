/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MPTRACE_EXPERIMENT_LAUNCH_H
#define MPTRACE_EXPERIMENT_LAUNCH_H

#include "../../cgroups/cgroup.h"
#include <stdbool.h>

#include "trial.h"

/** What is started, as whom, and where. */
struct launch {
	const struct identity *identity;
	const char *cpus; /**< NULL: all */
	uint64_t open_files; /**< how many descriptors it may have; 0: no limit of ours */
	const char *interpreter; /**< path; NULL: the native program, which is inside ours */
	const char *script; /**< what the interpreter runs */
	bool isolated; /**< the interpreter does not see the user's modules and environment (-I) */
	bool quiet; /**< what it prints goes nowhere */
	int journal_fd;
	int gate_fd; /**< filled: the other end of the workload's GATE_DESCRIPTOR, a stream both ways */
};

/** Makes this process @identity for ever: user, group and groups. */
int launch__become(const struct identity *identity);

/**
 * Starts a workload: forked, moved into @cgroup, given its identity and CPUs, then executed with the journal and the
 * gate as its descriptors. It dies with us. Its stdout is our stderr. Returns its pid or -1.
 */
pid_t launch__start(struct control_group *cgroup, struct launch *launch, struct failure *failure);

#endif
