/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "space.h"

#include <stdio.h>
#include <stdlib.h>

#include "../base/clock.h"

#define FIRST_WAIT_NS 20000000ull /* doubled each time */
#define LONGEST_WAIT_NS 1000000000ull
#define MOST_SPACES 8192 /* of some kB each; of others nothing is known */

/* All of a file that grows while it is read, with a zero behind it. NULL: it cannot be read. */
static char *read_all(const char *path)
{
	FILE *file = fopen(path, "re"), *copy;
	char part[4096], *all = NULL;
	size_t got, size;

	if (!file)
		return NULL;
	copy = open_memstream(&all, &size);
	while (copy && (got = fread(part, 1, sizeof(part), file)) > 0)
		fwrite(part, 1, got, copy);
	if (copy)
		fclose(copy);
	fclose(file);
	return all;
}

/* One that is ending has none any more: what was read before stays. */
static void look(struct space *space, uint64_t now)
{
	char path[32], *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", space->pid);
	maps = read_all(path);
	if (maps && *maps) {
		free(space->maps);
		space->maps = maps;
		space->next_ns = now + space->wait_ns;
		space->wait_ns = 2 * space->wait_ns < LONGEST_WAIT_NS ? 2 * space->wait_ns : LONGEST_WAIT_NS;
	} else {
		free(maps);
		space->next_ns = 0;
	}
}

int spaces__add(struct spaces *spaces, pid_t pid)
{
	struct space *space = (struct space *)spaces__of(spaces, pid);

	if (!space && spaces->count == MOST_SPACES)
		return 0;
	if (!space && spaces->count == spaces->room) {
		size_t room = spaces->room ? 2 * spaces->room : 64;
		struct space *grown = realloc(spaces->list, room * sizeof(*grown));

		if (!grown)
			return -1;
		spaces->list = grown;
		spaces->room = room;
	}
	if (!space) {
		space = &spaces->list[spaces->count++];
		*space = (struct space){.pid = pid};
	}
	space->wait_ns = FIRST_WAIT_NS;
	look(space, clock_ns());
	return 0;
}

void spaces__look(struct spaces *spaces, uint64_t now)
{
	for (size_t i = 0; i < spaces->count; i++)
		if (spaces->list[i].next_ns && spaces->list[i].next_ns <= now)
			look(&spaces->list[i], now);
}

const struct space *spaces__of(const struct spaces *spaces, pid_t pid)
{
	/* The last first: a fork that has just executed something is there. */
	for (size_t i = spaces->count; i-- > 0;)
		if (spaces->list[i].pid == pid)
			return &spaces->list[i];
	return NULL;
}

void spaces__free(struct spaces *spaces)
{
	for (size_t i = 0; i < spaces->count; i++)
		free(spaces->list[i].maps);
	free(spaces->list);
	*spaces = (struct spaces){0};
}
