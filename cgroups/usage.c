/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"

#define TEXT_ROOM 4096

static const char no_cpu[] = "no cpu controller here";
static const char no_memory[] = "no memory controller here";

/* A file with one number in it. */
static struct figure number(const char *path, const char *file, const char *missing)
{
	char text[64];

	if (!path || !cgroupfs__read(path, file, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
		return not_measured(missing);
	return measured(strtoull(text, NULL, 10));
}

static struct figure keyed(const char *path, const char *file, const char *key, uint64_t factor, const char *missing)
{
	char text[TEXT_ROOM];
	uint64_t value;

	if (!path || !cgroupfs__read(path, file, text, sizeof(text)) || !cgroupfs__key(text, key, &value))
		return not_measured(missing);
	return measured(value * factor);
}

static struct figure throttled(const char *path, bool v2)
{
	return v2 ? keyed(path, "cpu.stat", "throttled_usec", 1000, no_cpu)
		  : keyed(path, "cpu.stat", "throttled_time", 1, no_cpu);
}

/* Without cpuacct, a v2 directory beside v1 hierarchies still accounts CPU time. */
static const char *v2_path(const struct control_group *group)
{
	for (size_t i = 0; i < group->layout.count; i++)
		if (group->layout.hierarchies[i].v2)
			return group->paths[i];
	return NULL;
}

void cgroup__read(const struct control_group *group, struct cgroup_usage *usage)
{
	const char *memory = group__path(group, CONTROLLER_MEMORY), *cpu = group__path(group, CONTROLLER_CPU);
	const char *cpuacct = group__path(group, CONTROLLER_CPUACCT);

	if (group__is_v2(group, CONTROLLER_MEMORY)) {
		usage->memory_peak_bytes =
			number(memory, "memory.peak", "this kernel has no memory.peak (from 5.19 on)");
		usage->oom_kills = keyed(memory, "memory.events", "oom_kill", 1, no_memory);
	} else {
		usage->memory_peak_bytes = number(memory, "memory.max_usage_in_bytes", no_memory);
		usage->oom_kills = keyed(memory, "memory.oom_control", "oom_kill", 1, no_memory);
	}
	if (cpuacct && !group__is_v2(group, CONTROLLER_CPUACCT))
		usage->cpu_usage_ns = number(cpuacct, "cpuacct.usage", "cpuacct.usage cannot be read");
	else
		usage->cpu_usage_ns =
			keyed(v2_path(group), "cpu.stat", "usage_usec", 1000, "no cpuacct controller here");
	usage->throttled_ns = throttled(cpu, group__is_v2(group, CONTROLLER_CPU));
}

struct figure cgroup__memory(const struct control_group *group)
{
	return number(group__path(group, CONTROLLER_MEMORY),
		      group__is_v2(group, CONTROLLER_MEMORY) ? "memory.current" : "memory.usage_in_bytes", no_memory);
}

/* The quota of one group, CPUs: v2's "QUOTA PERIOD" or "max PERIOD", or v1's two files. */
static double quota(const char *path)
{
	/* Without a limit v1 has -1 there, which is no number. */
	uint64_t quota_us = number(path, "cpu.cfs_quota_us", no_cpu).value;
	uint64_t period_us = number(path, "cpu.cfs_period_us", no_cpu).value;
	char text[64];

	if (cgroupfs__read(path, "cpu.max", text, sizeof(text)) &&
	    sscanf(text, "%" SCNu64 " %" SCNu64, &quota_us, &period_us) != 2)
		quota_us = 0;
	return quota_us && period_us ? (double)quota_us / (double)period_us : INFINITY;
}

double cgroup__cpu_limit(const char *directory)
{
	char path[CGROUP_PATH];
	double least = INFINITY;

	snprintf(path, sizeof(path), "%s", directory);
	/* Above the mount there are no such files. */
	while (strrchr(path, '/')) {
		least = fmin(least, quota(path));
		*strrchr(path, '/') = '\0';
	}
	return least;
}

/* Our own group of the cpu controller. False: there is none. */
static bool own_cpu_group(struct layout *layout, const struct hierarchy **h, char path[CGROUP_PATH])
{
	layout__here(layout);
	*h = layout__find(layout, CONTROLLER_CPU);
	if (*h)
		layout__path(*h, "", path);
	return *h != NULL;
}

double cgroup__cpu_limit_above(void)
{
	struct layout layout;
	const struct hierarchy *h;
	char path[CGROUP_PATH];

	return own_cpu_group(&layout, &h, path) ? cgroup__cpu_limit(path) : INFINITY;
}

struct figure cgroup__throttled_above(void)
{
	struct layout layout;
	const struct hierarchy *h;
	char path[CGROUP_PATH];
	uint64_t sum = 0;

	if (!own_cpu_group(&layout, &h, path))
		return not_measured(no_cpu);
	/* Up to the mount, whose own group has no limit and no such file. */
	while (strlen(path) > strlen(h->mount)) {
		struct figure here = throttled(path, h->v2);

		sum += here.missing ? 0 : here.value;
		*strrchr(path, '/') = '\0';
	}
	return measured(sum);
}
