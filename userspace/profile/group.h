/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes of somebody else's control group: looked at, never changed. */
#ifndef MPTRACE_PROFILE_GROUP_H
#define MPTRACE_PROFILE_GROUP_H

#include <stddef.h>
#include <sys/types.h>

#include "../base/failure.h"
#include "../base/figure.h"

/** Whether @directory is a control group, of whatever version; else STATUS_USAGE. */
int group__check(const char *directory, struct failure *failure);

/** The processes in it and below it; the caller frees *pids. */
int group__processes(const char *directory, pid_t **pids, size_t *count, struct failure *failure);

/** How long its CPU limit has held it back so far, ns. */
struct figure group__throttled(const char *directory);

#endif
