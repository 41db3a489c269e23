/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of struct control_group, for the files of this room. */
#ifndef MPTRACE_CGROUPS_GROUP_H
#define MPTRACE_CGROUPS_GROUP_H

#include "layout.h"

struct control_group {
	struct layout layout;
	char name[128]; /* mptrace/pool-1234-56789 */
	/* Index: hierarchy. Empty: not made there. */
	char paths[MAX_HIERARCHIES][CGROUP_PATH];
};

/** Directory of the group in the hierarchy of @controller, or NULL. */
const char *group__path(const struct control_group *group, enum controller controller);
bool group__is_v2(const struct control_group *group, enum controller controller);

/** Kills what is in these directories (all are one group); 0 once empty, -1 after @timeout_ms. */
int group__kill(const char (*paths)[CGROUP_PATH], size_t count, int timeout_ms);

/** How many processes are in @path and below it; -1: cannot be read. */
int group__population(const char *path);

/** Removes @path and the groups below it. */
void group__remove_tree(const char *path);

#endif
