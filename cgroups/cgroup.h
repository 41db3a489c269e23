/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A control group of our own, one interface over v1, hybrid and v2. It is made below the caller's
 * own place in each hierarchy as mptrace/<workload>-<pid>-<start time>: pid and start time name the
 * owner, so that a later run can tell a leftover from a group in use.
 */
#ifndef MPTRACE_CGROUPS_CGROUP_H
#define MPTRACE_CGROUPS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../userspace/base/failure.h"
#include "../userspace/base/figure.h"

enum cgroup_mode { CGROUP_NONE, CGROUP_V1, CGROUP_HYBRID, CGROUP_V2 };
enum controller {
	CONTROLLER_CPU,
	CONTROLLER_CPUACCT,
	CONTROLLER_CPUSET,
	CONTROLLER_MEMORY,
	CONTROLLER_FREEZER,
	CONTROLLER_PIDS, /**< only where there is a limit for it: it charges every fork */
	CONTROLLER_COUNT
};

/** What this machine offers where we stand. missing[c] is NULL or says why controller c cannot be used. */
struct cgroup_support {
	enum cgroup_mode mode;
	const char *missing[CONTROLLER_COUNT];
};

/** Limits to set; 0 or NULL means none. */
struct cgroup_limits {
	uint64_t memory_bytes;
	uint32_t cpu_percent; /**< 150 is one and a half CPUs */
	const char *cpus; /**< a list as in /proc: 0,2-3; ignored without a cpuset controller */
	uint64_t processes; /**< threads count, too */
};

/** The group's own counters. A figure that its mode or controllers cannot give is not_measured. */
struct cgroup_usage {
	struct figure memory_peak_bytes, cpu_usage_ns, throttled_ns, oom_kills;
};

struct control_group;

const char *cgroup_mode__name(enum cgroup_mode mode);
const char *cgroup_controller__name(enum controller controller);

/** Looks, changes nothing. */
void cgroup__probe(struct cgroup_support *support);

/**
 * Makes the group in every hierarchy that matters and sets the limits. NULL with @failure filled:
 * STATUS_CANNOT when a limit that was asked for cannot be set (nothing is left behind then).
 * A controller that is missing and not needed for a limit is no failure: usage says so.
 */
struct control_group *cgroup__create(const char *workload, const struct cgroup_limits *limits, struct failure *failure);

/** Moves process @pid in. Costs up to 20 ms: never while the clock runs. */
int cgroup__enter(struct control_group *cgroup, pid_t pid, struct failure *failure);

/** Reads the counters; never fails, see struct cgroup_usage. */
void cgroup__read(const struct control_group *cgroup, struct cgroup_usage *usage);

/** Bytes that it is charged now. */
struct figure cgroup__memory(const struct control_group *cgroup);

/** Fills @pids with the processes that are in it; returns how many there are, which can be more than @room. */
size_t cgroup__processes(const struct control_group *cgroup, pid_t *pids, size_t room);

/**
 * How long the CPU limits of our own place and of those above it have held us back so far, ns: nothing in a group's own
 * counters shows that. Not measured without a cpu controller.
 */
struct figure cgroup__throttled_above(void);

/** How many CPUs the limits of control group @directory and of those above it leave; INFINITY: all. */
double cgroup__cpu_limit(const char *directory);
/** The same of our own place. */
double cgroup__cpu_limit_above(void);

/** How many processes are in it or below, or -1 if that cannot be read. */
int cgroup__population(const struct control_group *cgroup);

/** Kills everything inside, also what forks meanwhile; returns 0 once it is empty, -1 after @timeout_ms. */
int cgroup__kill(const struct control_group *cgroup, int timeout_ms);

/** Removes the directories (must be empty) and frees @cgroup; NULL is allowed. */
void cgroup__remove(struct control_group *cgroup);

/** The name below the caller's place: "mptrace/pool-1234-56789". */
const char *cgroup__name(const struct control_group *cgroup);

/**
 * Calls @visit for each mptrace group whose owner is gone. With @clean, kills what is in it and
 * removes it first. Returns how many there were.
 */
int cgroup__leftovers(bool clean, void (*visit)(const char *path, bool removed, void *context), void *context);

#endif
