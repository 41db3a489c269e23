/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Python workload on disk: its files, and the plan as JSON beside them. */
#ifndef MPTRACE_EXPERIMENT_SCRIPT_H
#define MPTRACE_EXPERIMENT_SCRIPT_H

#include "area.h"

#define SCRIPT_MAIN "mptrace_main.py"

/**
 * Writes the files of userspace/workload/python and plan.json into @folder, which nobody else can write to yet: real
 * files, because spawn and forkserver import them by path. They belong to @identity, whose workload rewrites the plan.
 */
int script__unpack(const char *folder, const struct experiment *experiment, const struct identity *identity,
		   struct failure *failure);

#endif
