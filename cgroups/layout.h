/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which hierarchies there are, and where we stand in each: read from /proc, testable on recorded text. */
#ifndef MPTRACE_CGROUPS_LAYOUT_H
#define MPTRACE_CGROUPS_LAYOUT_H

#include <stdio.h>

#include "cgroup.h"

#define MAX_HIERARCHIES 8
#define CGROUP_PATH 1024

struct hierarchy {
	bool v2;
	unsigned controllers; /**< bits: 1 << enum controller */
	char mount[CGROUP_PATH]; /**< where it is mounted */
	char root[CGROUP_PATH]; /**< which of its groups is there: "", or "/a" for a bind mount */
	char place[CGROUP_PATH]; /**< our place below the mount: "" or "/a/b" */
};

struct layout {
	enum cgroup_mode mode;
	struct hierarchy hierarchies[MAX_HIERARCHIES];
	size_t count;
};

/**
 * Reads the text of /proc/self/mountinfo and /proc/self/cgroup. Hierarchies with none of our
 * controllers are left out, but for v2. Lines that make no sense are skipped.
 */
void layout__read(struct layout *layout, FILE *mountinfo, FILE *own);

/** The same for this process, with v2's controllers and our place in v2 where children can have them. */
void layout__here(struct layout *layout);

/** Full path of @below our place in hierarchy @h. */
void layout__path(const struct hierarchy *h, const char *below, char path[CGROUP_PATH]);

/** The hierarchy of @controller, or NULL. */
const struct hierarchy *layout__find(const struct layout *layout, enum controller controller);

/** Reads a small file into @text; false if it cannot be read. */
bool cgroupfs__read(const char *directory, const char *file, char *text, size_t room);

/** Writes @text to a file; 0 or -errno. */
int cgroupfs__write(const char *directory, const char *file, const char *text);

/** Value of "KEY VALUE" in a flat-keyed file's text. */
bool cgroupfs__key(const char *text, const char *key, uint64_t *value);

#endif
