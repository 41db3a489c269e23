/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc says of the machine and of single processes. */
#ifndef MPTRACE_EXPERIMENT_HOST_H
#define MPTRACE_EXPERIMENT_HOST_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

#include "../base/figure.h"
#include "../result/result.h"

void host__describe(struct environment *environment);

/** The CPUs of a list as in -C; NULL: those that mptrace itself may use. */
void host__cpu_set(const char *cpus, cpu_set_t *set);

/** What some CPUs have done since boot, ns in ticks of the kernel's (10 ms). */
struct cpu_times {
	uint64_t busy_ns; /**< user, nice, system and interrupts; without steal */
	uint64_t steal_ns;
	uint64_t own_ns; /**< mptrace's own CPU time, on whatever CPU */
	uint32_t cpus; /**< how many there are of them; 0: /proc/stat could not be read */
};
/** @cpus: NULL: all. */
void host__cpu_times(const cpu_set_t *cpus, struct cpu_times *times);

/**
 * The share of these CPUs that was had in @passed_ns by others than mptrace and what it watched, which had @watched_ns
 * of CPU time. NAN: /proc/stat cannot be read, or a CPU came or went.
 */
double host__foreign_share(const struct cpu_times *before, const struct cpu_times *after, uint64_t watched_ns,
			   uint64_t passed_ns);

/**
 * Whether the kernel holds the CPUs' cycle counters (TSC) for unreliable. Its scheduler's clock is then put right at
 * ticks alone (kernel/sched/clock.c), and after an idle time it can be off by one: seen are runs of 0.2 ms that count
 * as 3.
 */
bool host__has_coarse_clock(void);

/** CPU time so far of mptrace (RUSAGE_SELF) or of all that it has waited for (RUSAGE_CHILDREN). */
uint64_t host__cpu_ns_of(int whose);

/** Whether a process waits for others and is off its CPU, its last switch counted (a state of 'S' comes before that).
 */
bool host__asleep(pid_t pid);

/** Whether it sleeps in a read of @descriptor. */
bool host__reads(pid_t pid, int descriptor);

/** Context switches of the first thread so far, and its time on the scheduler's clock. */
struct figure host__switches(pid_t pid);
struct figure host__exec_runtime_ns(pid_t pid);

/** What a process has. */
struct host_memory {
	uint64_t pss_bytes, rss_bytes; /**< smaps_rollup */
	uint64_t data_bytes; /**< VmData: heap, data and all other memory of its own that can be written */
	uint64_t open_files;
};

/** False if it is gone. */
bool host__memory(pid_t pid, struct host_memory *memory);

/** True if /proc/PID/cgroup names the group @name. */
bool host__is_in_group(pid_t pid, const char *name);

/** True if @cpus is a list of CPUs, whether or not they exist here. */
bool host__is_cpu_list(const char *cpus, struct failure *failure);

/** True if @cpus is a list of CPUs that are online; else @failure says which is not. */
bool host__cpus_exist(const char *cpus, struct failure *failure);

/** Lets this process and its children run on the CPUs of the list only. -1 with errno. */
int host__run_on(const char *cpus);

/** How many CPUs the list names; NULL: how many mptrace itself may use. */
uint32_t host__cpu_count(const char *cpus);

#endif
