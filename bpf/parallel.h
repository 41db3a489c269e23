/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For how long exactly k workers were on a CPU at once. */
#ifndef MPTRACE_BPF_PARALLEL_H
#define MPTRACE_BPF_PARALLEL_H

#include "state.h"

#define PARALLEL_TRIES 16

/*
 * One word holds the time of the last change and the number running, so that one compare-and-swap
 * both ends an interval and says who owns it; each CPU has a row of its own to add to. A switch between
 * two workers does not come here.
 */
static __always_inline void change_parallel(int by, __u32 cpu, __u64 now)
{
	for (int i = 0; i < PARALLEL_TRIES; i++) {
		__u64 old = parallel_word, then = old >> 8, count = old & 255, since_gate = now - gate_ns;
		__u64 at = since_gate > then ? since_gate : then;

		if (__sync_val_compare_and_swap(&parallel_word, old, at << 8 | ((count + by) & 255)) != old)
			continue;
		if (count >= MAX_PARALLEL)
			count = MAX_PARALLEL - 1;
		parallel_ns[cpu & (PARALLEL_CPUS - 1)][count] += at - then;
		return;
	}
	lose(LOST_PARALLEL);
}

#endif
