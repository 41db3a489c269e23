/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mapped where in watched processes: kept for when they have ended. */
#ifndef MPTRACE_SYMBOLS_SPACE_H
#define MPTRACE_SYMBOLS_SPACE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct space {
	pid_t pid;
	char *maps; /**< /proc/PID/maps as it was last read; NULL: never */
	uint64_t next_ns, wait_ns; /**< when to read it again, and how long after that; next_ns 0: no more */
};

struct spaces {
	struct space *list;
	size_t count, room;
};

/** Reads the maps of process @pid now, and again later: libraries come after the start. -1: out of memory. */
int spaces__add(struct spaces *spaces, pid_t pid);
/** Reads those again whose time has come. */
void spaces__look(struct spaces *spaces, uint64_t now);
/** NULL: it was not read. */
const struct space *spaces__of(const struct spaces *spaces, pid_t pid);
void spaces__free(struct spaces *spaces);

#endif
