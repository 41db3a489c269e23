/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "../userspace/base/owner.h"
#include "group.h"

#define KILL_TIMEOUT_MS 5000

/* Names end in -<owner>, which has one '-' in it itself. */
static bool owner_is_gone(const char *name)
{
	const char *last = strrchr(name, '-'), *at = last;

	while (at && at > name && *--at != '-')
		;
	return at && at > name && owner__is_gone(at + 1);
}

/* Fills @group with the paths of mptrace/@name in every hierarchy that has it. */
static void find_group(struct control_group *group, const char *name)
{
	snprintf(group->name, sizeof(group->name), "mptrace/%.100s", name);
	for (size_t i = 0; i < group->layout.count; i++) {
		layout__path(&group->layout.hierarchies[i], group->name, group->paths[i]);
		if (access(group->paths[i], F_OK))
			group->paths[i][0] = '\0';
	}
}

static bool seen_before(const struct layout *layout, size_t hierarchy, const char *name)
{
	char below[256], path[CGROUP_PATH];

	snprintf(below, sizeof(below), "mptrace/%.200s", name);
	for (size_t i = 0; i < hierarchy; i++) {
		layout__path(&layout->hierarchies[i], below, path);
		if (!access(path, F_OK))
			return true;
	}
	return false;
}

static bool clean_up(struct control_group *group)
{
	bool dead = !group__kill(group->paths, MAX_HIERARCHIES, KILL_TIMEOUT_MS), removed = true;

	for (size_t i = 0; dead && i < group->layout.count; i++) {
		char level[CGROUP_PATH];

		if (!group->paths[i][0])
			continue;
		group__remove_tree(group->paths[i]);
		removed &= access(group->paths[i], F_OK) != 0;
		layout__path(&group->layout.hierarchies[i], "mptrace", level);
		rmdir(level);
	}
	return dead && removed;
}

int cgroup__leftovers(bool clean, void (*visit)(const char *path, bool removed, void *context), void *context)
{
	struct control_group group = {.name = ""};
	int found = 0;

	layout__here(&group.layout);
	for (size_t i = 0; i < group.layout.count; i++) {
		char level[CGROUP_PATH], path[CGROUP_PATH];
		struct dirent *entry;
		DIR *list;

		layout__path(&group.layout.hierarchies[i], "mptrace", level);
		list = opendir(level);
		while (list && (entry = readdir(list))) {
			/* Once cleaned it is gone from the other hierarchies; while it is there, the first one counts.
			 */
			if (entry->d_type != DT_DIR || !owner_is_gone(entry->d_name) ||
			    seen_before(&group.layout, i, entry->d_name))
				continue;
			find_group(&group, entry->d_name);
			snprintf(path, sizeof(path), "%s", group.paths[i]);
			found++;
			visit(path, clean && clean_up(&group), context);
		}
		if (list)
			closedir(list);
	}
	return found;
}
