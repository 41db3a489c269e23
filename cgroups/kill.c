/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending what is in a group; also called by the guardian, after a fork of a program with one thread. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "group.h"

#define ROUND_MS 2

/* Calls @visit for @path and each group below it, deepest first. */
static void each_group(const char *path, void (*visit)(const char *path, void *context), void *context)
{
	DIR *list = opendir(path);
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		char below[CGROUP_PATH];

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if ((size_t)snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) < sizeof(below))
			each_group(below, visit, context);
	}
	if (list)
		closedir(list);
	visit(path, context);
}

/* What each_group carries: how many processes there are, and the signal that each is sent (0: none). */
struct count {
	int processes, signal;
};

static void count_group(const char *path, void *context)
{
	struct count *count = context;
	char file[CGROUP_PATH + 16];
	FILE *list;
	int pid;

	snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	list = fopen(file, "re");
	while (list && fscanf(list, "%d", &pid) == 1) {
		count->processes++;
		if (count->signal && pid > 1)
			kill(pid, count->signal);
	}
	if (list)
		fclose(list);
}

int group__population(const char *path)
{
	struct count count = {0, 0};

	if (access(path, F_OK))
		return -1;
	each_group(path, count_group, &count);
	return count.processes;
}

static void remove_group(const char *path, void *context)
{
	(void)context;
	rmdir(path);
}

void group__remove_tree(const char *path)
{
	/* A dying process can hold its group for a moment. */
	for (int i = 0; i < 100 && !access(path, F_OK); i++) {
		each_group(path, remove_group, NULL);
		if (!access(path, F_OK))
			usleep(1000 * ROUND_MS);
	}
}

static void freeze(const char (*paths)[CGROUP_PATH], size_t count, const char *state)
{
	for (size_t i = 0; i < count; i++)
		if (paths[i][0])
			cgroupfs__write(paths[i], "freezer.state", state);
}

/* One round: the kernel's own way if it has one; else nobody can fork while frozen, and dies on thawing. */
static int kill_round(const char (*paths)[CGROUP_PATH], size_t count)
{
	struct count left = {0, SIGKILL};
	bool killed = false;

	for (size_t i = 0; i < count; i++)
		if (paths[i][0] && !cgroupfs__write(paths[i], "cgroup.kill", "1"))
			killed = true;
	if (killed)
		left.signal = 0;
	else
		freeze(paths, count, "FROZEN");
	for (size_t i = 0; i < count; i++)
		if (paths[i][0] && !access(paths[i], F_OK)) {
			each_group(paths[i], count_group, &left);
			break;
		}
	freeze(paths, count, "THAWED");
	return left.processes;
}

int group__kill(const char (*paths)[CGROUP_PATH], size_t count, int timeout_ms)
{
	for (int passed = 0; passed <= timeout_ms; passed += ROUND_MS) {
		if (!kill_round(paths, count))
			return 0;
		usleep(1000 * ROUND_MS);
	}
	return -1;
}
