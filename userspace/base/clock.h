/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MPTRACE_BASE_CLOCK_H
#define MPTRACE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/** CLOCK_MONOTONIC in ns: the clock of bpf_ktime_get_ns() and of the journal. */
static inline uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

#endif
