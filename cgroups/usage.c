/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"

#define TEXT_ROOM 4096

static const char no_cpu[] = "no cpu controller here";

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
	static const char no_memory[] = "no memory controller here";
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

struct figure cgroup__throttled_above(void)
{
	struct layout layout;
	const struct hierarchy *h;
	char path[CGROUP_PATH];
	uint64_t sum = 0;

	layout__here(&layout);
	h = layout__find(&layout, CONTROLLER_CPU);
	if (!h)
		return not_measured(no_cpu);
	layout__path(h, "", path);
	/* Up to the mount, whose own group has no limit and no such file. */
	while (strlen(path) > strlen(h->mount)) {
		struct figure here = throttled(path, h->v2);

		sum += here.missing ? 0 : here.value;
		*strrchr(path, '/') = '\0';
	}
	return measured(sum);
}
