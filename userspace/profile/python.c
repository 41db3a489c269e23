/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "python.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../trace/symbol.h"
#include "python_layout.h"

#define TRIES 4
#define FIRST_WITH_MAPS 2 /* of the tries */
/* Four times as long with each try: 0.4 s in all, for a loader to map its libraries. */
#define FIRST_WAIT_NS 5000000ull

/* "3.11" of "/usr/bin/python3.11" or "/usr/lib/libpython3.11.so.1.0"; false: no such file. */
static bool version_in(const char *path, char version[PYTHON_VERSION])
{
	const char *name = strrchr(path, '/'), *at = name ? strstr(name, "python") : NULL;
	size_t length = 0;

	if (!at)
		return false;
	for (at += strlen("python"); isdigit((unsigned char)*at) || *at == '.'; at++)
		if (length + 1 < PYTHON_VERSION && !(at[0] == '.' && !isdigit((unsigned char)at[1])))
			version[length++] = *at;
	version[length] = '\0';
	return true;
}

/* Its file is called so. -1: it is gone. */
static int is_called_python(pid_t pid, char version[PYTHON_VERSION])
{
	char path[32], file[4096];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	length = readlink(path, file, sizeof(file) - 1);
	if (length < 0)
		return -1;
	file[length] = '\0';
	return version_in(file, version);
}

/* One of the files that it has mapped is called so. -1: it is gone. */
static int maps_python(pid_t pid, char version[PYTHON_VERSION])
{
	char path[32], line[4096 + 128];
	int found = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return -1;
	while (!found && fgets(line, sizeof(line), maps)) {
		line[strcspn(line, "\n")] = '\0';
		found = strchr(line, '/') && version_in(strchr(line, '/'), version);
	}
	fclose(maps);
	return found;
}

/* What its name tells costs little, also of thousands of short processes; of those that stay the maps are read. */
static void look(struct python *python, struct tracer *tracer, uint64_t now)
{
	char version[PYTHON_VERSION];
	struct python_interpreter found = {0};
	int is = python->tries < FIRST_WITH_MAPS ? is_called_python(python->pid, version)
						 : maps_python(python->pid, version);

	python->next_ns = 0;
	if (is > 0 &&
	    symbol__find(python->pid, "_PyRuntime", ".PyRuntime", (uint64_t *)&found.low, (uint64_t *)&found.high)) {
		memcpy(python->version, version[0] ? version : "3", version[0] ? sizeof(version) : 2);
		python_layout__read(&found.layout, python->pid, found.low);
		tracer__tell_interpreter(tracer, python->pid, &found);
	} else if (is >= 0 && ++python->tries < TRIES) {
		python->next_ns = now + (FIRST_WAIT_NS << 2 * python->tries);
	}
}

int pythons__add(struct pythons *pythons, struct tracer *tracer, pid_t pid, bool runs)
{
	struct python *python = NULL;

	for (size_t i = pythons->count; i-- > 0 && !python;)
		if (pythons->list[i].pid == pid)
			python = &pythons->list[i];
	if (!python && pythons->count == pythons->room) {
		size_t room = pythons->room ? 2 * pythons->room : 64;
		struct python *grown = realloc(pythons->list, room * sizeof(*grown));

		if (!grown)
			return -1;
		pythons->list = grown;
		pythons->room = room;
	}
	if (!python)
		python = &pythons->list[pythons->count++];
	*python = (struct python){.pid = pid, .tries = runs ? FIRST_WITH_MAPS : 0};
	look(python, tracer, clock_ns());
	return 0;
}

/* What was no Python and is not looked at again is forgotten. */
void pythons__look(struct pythons *pythons, struct tracer *tracer, uint64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < pythons->count; i++) {
		struct python *python = &pythons->list[i];

		if (python->next_ns && python->next_ns <= now)
			look(python, tracer, now);
		if (python->next_ns || python->version[0])
			pythons->list[kept++] = *python;
	}
	pythons->count = kept;
}

const char *pythons__version(const struct pythons *pythons, pid_t pid)
{
	for (size_t i = pythons->count; i-- > 0;)
		if (pythons->list[i].pid == pid && pythons->list[i].version[0])
			return pythons->list[i].version;
	return NULL;
}

void pythons__free(struct pythons *pythons)
{
	free(pythons->list);
	*pythons = (struct pythons){0};
}
