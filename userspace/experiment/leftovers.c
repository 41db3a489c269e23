/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "leftovers.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../cgroups/cgroup.h"
#include "../base/owner.h"
#include "area.h"

static int scratch_directories(bool clean, void (*visit)(const char *path, bool removed, void *context), void *context)
{
	DIR *list = opendir(area__parent());
	struct dirent *entry;
	int found = 0;

	while (list && (entry = readdir(list))) {
		char path[AREA_PATH];

		if (entry->d_type != DT_DIR || strncmp(entry->d_name, AREA_PREFIX, strlen(AREA_PREFIX)) ||
		    !owner__is_gone(entry->d_name + strlen(AREA_PREFIX)) ||
		    (size_t)snprintf(path, sizeof(path), "%s/%s", area__parent(), entry->d_name) >= sizeof(path))
			continue;
		found++;
		if (clean)
			area__remove_scratch(path);
		visit(path, clean && access(path, F_OK), context);
	}
	if (list)
		closedir(list);
	return found;
}

int leftovers__visit(bool clean, void (*visit)(const char *path, bool removed, void *context), void *context)
{
	/* First the groups: what runs in them may still write to its scratch directory. */
	int found = cgroup__leftovers(clean, visit, context);

	return found + scratch_directories(clean, visit, context);
}

static void ignore_leftover(const char *path, bool removed, void *context)
{
	(void)path;
	(void)removed;
	(void)context;
}

void leftovers__clean(void)
{
	leftovers__visit(true, ignore_leftover, NULL);
}
