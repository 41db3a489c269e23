/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const mode_names[] = {"none", "v1", "hybrid", "v2"};
static const char *const controller_names[CONTROLLER_COUNT] = {"cpu", "cpuacct", "cpuset", "memory", "freezer", "pids"};

const char *cgroup_mode__name(enum cgroup_mode mode)
{
	return mode_names[mode];
}

const char *cgroup_controller__name(enum controller controller)
{
	return controller_names[controller];
}

bool cgroupfs__read(const char *directory, const char *file, char *text, size_t room)
{
	char path[2 * CGROUP_PATH];
	ssize_t got = -1;
	int descriptor;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor >= 0) {
		got = read(descriptor, text, room - 1);
		close(descriptor);
	}
	text[got > 0 ? got : 0] = '\0';
	return got >= 0;
}

int cgroupfs__write(const char *directory, const char *file, const char *text)
{
	char path[2 * CGROUP_PATH];
	int descriptor, error = 0;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	descriptor = open(path, O_WRONLY | O_CLOEXEC);
	if (descriptor < 0)
		return -errno;
	if (write(descriptor, text, strlen(text)) < 0)
		error = -errno;
	close(descriptor);
	return error;
}

bool cgroupfs__key(const char *text, const char *key, uint64_t *value)
{
	size_t length = strlen(key);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, key, length) && text[length] == ' ') {
			*value = strtoull(text + length + 1, NULL, 10);
			return true;
		}
		if (!*text)
			break;
	}
	return false;
}

/* Bits of our controllers among the words of @list, separated by any of @separators. */
static unsigned controllers_in(const char *list, const char *separators)
{
	unsigned found = 0;

	for (size_t length; *list; list += length + (list[length] != '\0')) {
		length = strcspn(list, separators);
		for (unsigned i = 0; i < CONTROLLER_COUNT; i++)
			if (strlen(controller_names[i]) == length && !strncmp(list, controller_names[i], length))
				found |= 1U << i;
	}
	return found;
}

/* mountinfo writes blanks, backslashes and line ends in a path as \NNN (octal). */
static void unescape(char *path)
{
	char *to = path;

	for (; *path; to++)
		if (path[0] == '\\' && strspn(path + 1, "01234567") >= 3) {
			*to = (char)((path[1] - '0') << 6 | (path[2] - '0') << 3 | (path[3] - '0'));
			path += 4;
		} else {
			*to = *path++;
		}
	*to = '\0';
}

/* One line of mountinfo (proc(5)): ... ROOT MOUNTPOINT OPTIONS ... - TYPE SOURCE SUPER-OPTIONS */
static void read_mount(struct layout *layout, const char *line)
{
	const char *rest = strstr(line, " - ");
	char mount[CGROUP_PATH], root[CGROUP_PATH], type[32], options[256];
	struct hierarchy *hierarchy = &layout->hierarchies[layout->count];

	if (!rest || layout->count == MAX_HIERARCHIES || sscanf(line, "%*s %*s %*s %1023s %1023s", root, mount) != 2 ||
	    sscanf(rest, " - %31s %*s %255s", type, options) != 2)
		return;
	unescape(root);
	unescape(mount);
	memset(hierarchy, 0, sizeof(*hierarchy));
	hierarchy->v2 = !strcmp(type, "cgroup2");
	if (!strcmp(type, "cgroup"))
		hierarchy->controllers = controllers_in(options, ",\n");
	if (!hierarchy->v2 && !hierarchy->controllers)
		return;
	for (size_t i = 0; i < layout->count; i++) /* a second mount of the same hierarchy */
		if (layout->hierarchies[i].v2 == hierarchy->v2 &&
		    layout->hierarchies[i].controllers == hierarchy->controllers)
			return;
	snprintf(hierarchy->mount, sizeof(hierarchy->mount), "%s", mount);
	snprintf(hierarchy->root, sizeof(hierarchy->root), "%s", strcmp(root, "/") ? root : "");
	layout->count++;
}

/* Our place as seen through the mount: a bind mount shows only what is below its root. */
static const char *below_root(const char *place, const char *root)
{
	size_t length = strlen(root);

	return strncmp(place, root, length) || (place[length] && place[length] != '/') ? "" : place + length;
}

/* One line of /proc/self/cgroup: ID:CONTROLLERS:PATH */
static void read_place(struct layout *layout, char *line)
{
	char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;
	unsigned controllers;

	if (!path || path[1] != '/')
		return;
	*path++ = '\0';
	path[strcspn(path, "\n")] = '\0';
	if (!strcmp(path, "/"))
		path++;
	controllers = controllers_in(list + 1, ",");
	for (size_t i = 0; i < layout->count; i++) {
		struct hierarchy *hierarchy = &layout->hierarchies[i];

		if (hierarchy->v2 ? list[1] == '\0' : (hierarchy->controllers & controllers) != 0)
			snprintf(hierarchy->place, sizeof(hierarchy->place), "%s", below_root(path, hierarchy->root));
	}
}

void layout__read(struct layout *layout, FILE *mountinfo, FILE *own)
{
	bool v1 = false, v2 = false;
	char line[4096];

	memset(layout, 0, sizeof(*layout));
	while (mountinfo && fgets(line, sizeof(line), mountinfo))
		read_mount(layout, line);
	while (own && fgets(line, sizeof(line), own))
		read_place(layout, line);
	for (size_t i = 0; i < layout->count; i++) {
		v1 |= !layout->hierarchies[i].v2;
		v2 |= layout->hierarchies[i].v2;
	}
	layout->mode = v1 && v2 ? CGROUP_HYBRID : v1 ? CGROUP_V1 : v2 ? CGROUP_V2 : CGROUP_NONE;
}

void layout__path(const struct hierarchy *h, const char *below, char path[CGROUP_PATH])
{
	if ((size_t)snprintf(path, CGROUP_PATH, "%s%s%s%s", h->mount, h->place, *below ? "/" : "", below) >=
	    CGROUP_PATH)
		path[0] = '\0';
}

static bool has_processes(const struct hierarchy *h)
{
	char path[CGROUP_PATH], text[32];

	layout__path(h, "", path);
	return cgroupfs__read(path, "cgroup.procs", text, sizeof(text)) && text[0];
}

/* No group with processes can give its children controllers, but for the root: go up to one that can. */
static void find_room(struct hierarchy *h)
{
	char path[CGROUP_PATH], text[512];

	while (h->place[0] && has_processes(h))
		*strrchr(h->place, '/') = '\0';
	layout__path(h, "", path);
	if (!cgroupfs__read(path, "cgroup.controllers", text, sizeof(text)))
		return;
	h->controllers = controllers_in(text, " \n");
	/* v2 accounts CPU time and freezes in every group, without a controller. */
	h->controllers |= 1U << CONTROLLER_CPUACCT | 1U << CONTROLLER_FREEZER;
}

void layout__here(struct layout *layout)
{
	FILE *mountinfo = fopen("/proc/self/mountinfo", "re"), *own = fopen("/proc/self/cgroup", "re");

	layout__read(layout, mountinfo, own);
	if (mountinfo)
		fclose(mountinfo);
	if (own)
		fclose(own);
	for (size_t i = 0; i < layout->count; i++)
		if (layout->hierarchies[i].v2 && layout->mode == CGROUP_V2)
			find_room(&layout->hierarchies[i]);
}

const struct hierarchy *layout__find(const struct layout *layout, enum controller controller)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->hierarchies[i].controllers & 1U << controller)
			return &layout->hierarchies[i];
	return NULL;
}

void cgroup__probe(struct cgroup_support *support)
{
	struct layout layout;

	layout__here(&layout);
	support->mode = layout.mode;
	for (int i = 0; i < CONTROLLER_COUNT; i++)
		support->missing[i] = layout__find(&layout, i) ? NULL : "no mounted hierarchy offers it here";
}
