/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MPTRACE_EXPERIMENT_LAUNCH_H
#define MPTRACE_EXPERIMENT_LAUNCH_H

#include "../../cgroups/cgroup.h"
#include "trial.h"

/**
 * Starts the native workload: forked, moved into @cgroup, made @identity, bound to @cpus (NULL: all), then executed
 * with the journal as its descriptor 3. It dies with us. Its stdout is our stderr. Returns its pid or -1.
 */
pid_t launch__native(struct control_group *cgroup, const struct identity *identity, const char *cpus, int journal_fd,
		     struct failure *failure);

#endif
