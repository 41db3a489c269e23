/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making, entering and removing the group. libcgroup makes the group, sets its limits and moves
 * processes; three things are done directly because libcgroup 2.0.2 does not: the directory in a v2
 * hierarchy without controllers (it returns success and makes none), the cpuset of intermediate
 * levels (it leaves them empty, and the level below then refuses), and files longer than 100 bytes.
 */
#include <errno.h>
#include <inttypes.h>
#include <libcgroup.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../userspace/base/owner.h"
#include "group.h"

#define CPU_PERIOD_US 100000ull
#define LEVEL_TRIES 100

const char *group__path(const struct control_group *group, enum controller controller)
{
	for (size_t i = 0; i < group->layout.count; i++)
		if (group->layout.hierarchies[i].controllers & 1U << controller && group->paths[i][0])
			return group->paths[i];
	return NULL;
}

bool group__is_v2(const struct control_group *group, enum controller controller)
{
	const struct hierarchy *h = layout__find(&group->layout, controller);

	return h && h->v2;
}

/* libcgroup reports some errors only by a number of its own; errno, if it noted one, is behind ECGOTHER. */
static const char *explain(int error)
{
	if (error != ECGOTHER)
		return cgroup_strerror(error);
	return cgroup_get_last_errno() ? strerror(cgroup_get_last_errno())
				       : "none is mounted, or no file can be opened; see mptrace doctor";
}

/* A v1 cpuset begins empty and then takes no process: each level gets what its parent has. */
static void fill_cpuset(const char *parent, const char *path)
{
	static const char *const files[] = {"cpuset.mems", "cpuset.cpus"};
	char text[256];

	for (size_t i = 0; i < 2; i++)
		if (cgroupfs__read(path, files[i], text, sizeof(text)) && text[0] == '\n' &&
		    cgroupfs__read(parent, files[i], text, sizeof(text)))
			cgroupfs__write(path, files[i], text);
}

/* The level `mptrace`, and on v2 its controllers for the level below. */
static int make_level(const struct hierarchy *h, struct failure *failure)
{
	char parent[CGROUP_PATH], path[CGROUP_PATH];

	layout__path(h, "", parent);
	layout__path(h, "mptrace", path);
	if (!path[0] || (mkdir(path, 0755) && errno != EEXIST))
		return fail(failure, STATUS_CANNOT, "cannot make the control group %s: %s", path, strerror(errno));
	if (!h->v2 && h->controllers & 1U << CONTROLLER_CPUSET)
		fill_cpuset(parent, path);
	for (unsigned i = 0; h->v2 && i < CONTROLLER_COUNT; i++) {
		char word[32];

		snprintf(word, sizeof(word), "+%s", cgroup_controller__name(i));
		if (h->controllers & 1U << i) {
			cgroupfs__write(parent, "cgroup.subtree_control", word);
			cgroupfs__write(path, "cgroup.subtree_control", word);
		}
	}
	return 0;
}

/* The same group as libcgroup names it: one struct per hierarchy, because our place differs by hierarchy. */
static struct cgroup *library_group(const struct hierarchy *h, const char *name)
{
	char path[2 * CGROUP_PATH];
	struct cgroup *group;

	snprintf(path, sizeof(path), "%s/%s", h->place, name);
	group = cgroup_new_cgroup(path + 1);
	for (unsigned i = 0; group && i < CONTROLLER_COUNT; i++)
		if (h->controllers & 1U << i && !(h->v2 && (i == CONTROLLER_CPUACCT || i == CONTROLLER_FREEZER)))
			cgroup_add_controller(group, cgroup_controller__name(i));
	return group;
}

static int refuse_limit(const char *option, const char *file, int error, struct failure *failure)
{
	return fail(failure, STATUS_CANNOT, "%s cannot be set (%s): %s", option, file, strerror(-error));
}

static int write_limit(const char *option, const char *path, const char *file, const char *text,
		       struct failure *failure)
{
	int error = path ? cgroupfs__write(path, file, text) : -ENOENT;

	if (!path)
		return fail(failure, STATUS_CANNOT, "%s cannot be set: no controller for it here; see mptrace doctor",
			    option);
	return error ? refuse_limit(option, file, error, failure) : 0;
}

static int limit_memory(const struct control_group *group, uint64_t bytes, struct failure *failure)
{
	bool v2 = group__is_v2(group, CONTROLLER_MEMORY);
	const char *path = group__path(group, CONTROLLER_MEMORY);
	const char *swap = v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
	char text[32];
	int error;

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	if (write_limit("--memory-limit", path, v2 ? "memory.max" : "memory.limit_in_bytes", text, failure))
		return -1;
	/* Without this the rest would go to swap, and the limit limit nothing. Not there without swap accounting. */
	error = cgroupfs__write(path, swap, v2 ? "0" : text);
	return error && error != -ENOENT ? refuse_limit("--memory-limit", swap, error, failure) : 0;
}

static int limit_cpu(const struct control_group *group, uint32_t percent, struct failure *failure)
{
	bool v2 = group__is_v2(group, CONTROLLER_CPU);
	const char *path = group__path(group, CONTROLLER_CPU);
	uint64_t quota = CPU_PERIOD_US * percent / 100;
	char text[64];

	snprintf(text, sizeof(text), v2 ? "%" PRIu64 " %llu" : "%" PRIu64, quota, CPU_PERIOD_US);
	if (v2)
		return write_limit("--cpu-limit", path, "cpu.max", text, failure);
	if (path)
		cgroupfs__write(path, "cpu.cfs_period_us", "100000");
	return write_limit("--cpu-limit", path, "cpu.cfs_quota_us", text, failure);
}

static int limit_processes(const struct control_group *group, uint64_t processes, struct failure *failure)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, processes);
	return write_limit("--max-processes", group__path(group, CONTROLLER_PIDS), "pids.max", text, failure);
}

/* v2 takes any list and silently leaves out what the level above may not use; v1 has no such file. */
static int limit_cpus(const struct control_group *group, const char *cpus, struct failure *failure)
{
	const char *path = group__path(group, CONTROLLER_CPUSET);
	char wanted[256], effective[256];

	/* Without a cpuset the CPU affinity, which children inherit, has to do: experiment/launch.c sets it. */
	if (!path)
		return 0;
	if (write_limit("--cpus", path, "cpuset.cpus", cpus, failure))
		return -1;
	if (!group__is_v2(group, CONTROLLER_CPUSET) || !cgroupfs__read(path, "cpuset.cpus", wanted, sizeof(wanted)) ||
	    !cgroupfs__read(path, "cpuset.cpus.effective", effective, sizeof(effective)) || !strcmp(wanted, effective))
		return 0;
	return fail(failure, STATUS_CANNOT, "--cpus %s cannot be had: the group above leaves only CPUs %.*s", cpus,
		    (int)strcspn(effective, "\n"), effective);
}

static int set_limits(const struct control_group *group, const struct cgroup_limits *limits, struct failure *failure)
{
	if (limits->memory_bytes && limit_memory(group, limits->memory_bytes, failure))
		return -1;
	if (limits->cpu_percent && limit_cpu(group, limits->cpu_percent, failure))
		return -1;
	if (limits->processes && limit_processes(group, limits->processes, failure))
		return -1;
	return limits->cpus ? limit_cpus(group, limits->cpus, failure) : 0;
}

/* Without a limit nothing is counted: the pids controller would cost something at every fork. */
static void leave_out_pids(struct layout *layout)
{
	size_t kept = 0;

	for (size_t i = 0; i < layout->count; i++) {
		struct hierarchy *h = &layout->hierarchies[i];

		h->controllers &= ~(1U << CONTROLLER_PIDS);
		if (h->v2 || h->controllers)
			layout->hierarchies[kept++] = *h;
	}
	layout->count = kept;
}

/* Another run that ends can take the level away again while it is empty. */
static int make_directory(const struct hierarchy *h, const char *path, struct failure *failure)
{
	for (int tries = 0;; tries++) {
		if (make_level(h, failure))
			return -1;
		if (!mkdir(path, 0755))
			return 0;
		if (errno != ENOENT || tries == LEVEL_TRIES)
			return fail(failure, STATUS_CANNOT, "cannot make the control group %s: %s", path,
				    strerror(errno));
	}
}

static int make_in(struct control_group *group, size_t i, struct failure *failure)
{
	const struct hierarchy *h = &group->layout.hierarchies[i];
	char level[CGROUP_PATH];
	struct cgroup *made;
	int error;

	layout__path(h, "mptrace", level);
	layout__path(h, group->name, group->paths[i]);
	/* Ours before libcgroup fills it: see the top of this file. */
	if (make_directory(h, group->paths[i], failure)) {
		rmdir(level);
		group->paths[i][0] = '\0';
		return -1;
	}
	if (h->v2 && !h->controllers)
		return 0;
	if (!h->v2 && h->controllers & 1U << CONTROLLER_CPUSET)
		fill_cpuset(level, group->paths[i]);
	made = library_group(h, group->name);
	error = made ? cgroup_create_cgroup(made, 1) : ECGFAIL;
	cgroup_free(&made);
	return error ? fail(failure, STATUS_CANNOT, "cannot make the control group %s: %s", group->paths[i],
			    explain(error))
		     : 0;
}

struct control_group *cgroup__create(const char *workload, const struct cgroup_limits *limits, struct failure *failure)
{
	struct control_group *group = calloc(1, sizeof(*group));
	char owner[OWNER_TEXT];
	static bool initialised; /* libcgroup leaks what it knew before at each further call */
	int error = !group ? ECGFAIL : initialised ? 0 : cgroup_init();

	if (error) {
		free(group);
		fail(failure, STATUS_CANNOT, "control groups cannot be used here: %s", explain(error));
		return NULL;
	}
	initialised = true;
	layout__here(&group->layout);
	if (!limits->processes)
		leave_out_pids(&group->layout);
	owner__self(owner);
	snprintf(group->name, sizeof(group->name), "mptrace/%s-%s", workload, owner);
	for (size_t i = 0; i < group->layout.count; i++)
		if (make_in(group, i, failure))
			goto failed;
	if (set_limits(group, limits, failure))
		goto failed;
	return group;
failed:
	cgroup__remove(group);
	return NULL;
}

int cgroup__enter(struct control_group *group, pid_t pid, struct failure *failure)
{
	char text[16];
	int error;

	snprintf(text, sizeof(text), "%d", pid);
	for (size_t i = 0; i < group->layout.count; i++) {
		const struct hierarchy *h = &group->layout.hierarchies[i];
		struct cgroup *known;

		if (h->v2 && !h->controllers) {
			error = cgroupfs__write(group->paths[i], "cgroup.procs", text);
			if (error)
				return fail(failure, STATUS_CANNOT, "cannot move process %d into %s: %s", pid,
					    group->paths[i], strerror(-error));
			continue;
		}
		known = library_group(h, group->name);
		error = known ? cgroup_attach_task_pid(known, pid) : ECGFAIL;
		cgroup_free(&known);
		if (error)
			return fail(failure, STATUS_CANNOT, "cannot move process %d into %s: %s", pid, group->paths[i],
				    explain(error));
	}
	return 0;
}

void cgroup__remove(struct control_group *group)
{
	if (!group)
		return;
	for (size_t i = 0; i < group->layout.count; i++) {
		char level[CGROUP_PATH];

		if (!group->paths[i][0])
			continue;
		group__remove_tree(group->paths[i]);
		/* Stays where another run has its group. */
		layout__path(&group->layout.hierarchies[i], "mptrace", level);
		rmdir(level);
	}
	free(group);
}

const char *cgroup__name(const struct control_group *group)
{
	return group->name;
}

size_t cgroup__processes(const struct control_group *group, pid_t *pids, size_t room)
{
	char path[CGROUP_PATH + 16];
	size_t count = 0;
	FILE *file = NULL;
	pid_t pid;

	for (size_t i = 0; i < group->layout.count && !file; i++) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", group->paths[i]);
		file = group->paths[i][0] ? fopen(path, "re") : NULL;
	}
	while (file && fscanf(file, "%d", &pid) == 1) {
		if (count < room)
			pids[count] = pid;
		count++;
	}
	if (file)
		fclose(file);
	return count;
}

int cgroup__population(const struct control_group *group)
{
	for (size_t i = 0; i < group->layout.count; i++)
		if (group->paths[i][0])
			return group__population(group->paths[i]);
	return -1;
}

int cgroup__kill(const struct control_group *group, int timeout_ms)
{
	return group__kill(group->paths, MAX_HIERARCHIES, timeout_ms);
}
