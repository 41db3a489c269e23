/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the watched processes are CPythons, and where each has its GIL. */
#ifndef MPTRACE_PROFILE_PYTHON_H
#define MPTRACE_PROFILE_PYTHON_H

#include "../trace/tracer.h"

#define PYTHON_VERSION 16

/** A process that was looked at: a Python, which stays, or one that may still become known as one. */
struct python {
	pid_t pid;
	uint64_t next_ns; /**< when to look again: its library may come later; 0: no more */
	unsigned tries;
	char version[PYTHON_VERSION]; /**< "3.11"; empty: not found so far */
};

struct pythons {
	struct python *list;
	size_t count, room;
};

/**
 * Looks at process @pid now, and again as long as that may tell more. @runs: it is not just being executed. -1: out of
 * memory.
 */
int pythons__add(struct pythons *pythons, struct tracer *tracer, pid_t pid, bool runs);
/** Looks again at those whose time has come. */
void pythons__look(struct pythons *pythons, struct tracer *tracer, uint64_t now);
/** The version of the Python that process @pid is; NULL: none that was found. */
const char *pythons__version(const struct pythons *pythons, pid_t pid);
void pythons__free(struct pythons *pythons);

#endif
