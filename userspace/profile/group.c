/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "group.h"

#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

int group__check(const char *directory, struct failure *failure)
{
	struct statfs system;
	struct stat status;

	if (statfs(directory, &system) || stat(directory, &status))
		return fail(failure, STATUS_USAGE, "--cgroup %.200s: %s", directory, strerror(errno));
	if ((system.f_type != CGROUP_SUPER_MAGIC && system.f_type != CGROUP2_SUPER_MAGIC) || !S_ISDIR(status.st_mode))
		return fail(
			failure, STATUS_USAGE,
			"--cgroup %.200s is no control group: name a directory below /sys/fs/cgroup (or wherever it is "
			"mounted)",
			directory);
	return 0;
}

static int add_processes(const char *directory, pid_t **pids, size_t *count, size_t *room)
{
	char path[4096];
	FILE *file;
	int pid, status = 0;

	snprintf(path, sizeof(path), "%.4000s/cgroup.procs", directory);
	file = fopen(path, "re");
	while (!status && file && fscanf(file, "%d", &pid) == 1) {
		if (*count == *room) {
			size_t more = *room ? 2 * *room : 64;
			pid_t *grown = realloc(*pids, more * sizeof(*grown));

			if (!grown) {
				status = -1;
				break;
			}
			*pids = grown;
			*room = more;
		}
		if (pid > 0)
			(*pids)[(*count)++] = pid;
	}
	if (file)
		fclose(file);
	return status;
}

int group__processes(const char *directory, pid_t **pids, size_t *count, struct failure *failure)
{
	char *const roots[] = {(char *)directory, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	size_t room = 0;
	int status = 0;

	*pids = NULL;
	*count = 0;
	if (!tree)
		return fail(failure, STATUS_CANNOT, "--cgroup %.200s: %s", directory, strerror(errno));
	while (!status && (entry = fts_read(tree)))
		if (entry->fts_info == FTS_D)
			status = add_processes(entry->fts_path, pids, count, &room);
	fts_close(tree);
	return status ? fail(failure, STATUS_CANNOT, "out of memory for the processes of %.200s", directory) : 0;
}

struct figure group__throttled(const char *directory)
{
	static const char missing[] = "the directory is none of a cpu controller";
	char path[4096], key[64];
	uint64_t value;
	struct figure held = not_measured(missing);
	FILE *file;

	snprintf(path, sizeof(path), "%.4000s/cpu.stat", directory);
	file = fopen(path, "re");
	while (file && fscanf(file, "%63s %" SCNu64, key, &value) == 2) {
		if (!strcmp(key, "throttled_time")) /* v1 */
			held = measured(value);
		else if (!strcmp(key, "throttled_usec"))
			held = measured(value * 1000);
	}
	if (file)
		fclose(file);
	return held;
}
