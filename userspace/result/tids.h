/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which thread a number means: who executes a program gets another one, and numbers are used again. */
#ifndef MPTRACE_RESULT_TIDS_H
#define MPTRACE_RESULT_TIDS_H

#include "result.h"

/** A number that a thread had, from its start to its end. */
struct thread_number {
	uint32_t tid, thread; /**< thread: index in the result's threads */
	uint64_t start_ns, end_ns; /**< since the gate */
};

/** The numbers that threads began with, into a list with room for all of them: how many, by tid, then by time. */
size_t tids__list(const struct result *result, struct thread_number *list);

void tids__sort(struct thread_number *list, size_t count);

/** Who of a sorted list had number @tid at @when (ns since the gate): index in the result's threads. SIZE_MAX: nobody.
 */
size_t tids__find(const struct thread_number *list, size_t count, uint32_t tid, uint64_t when);

#endif
