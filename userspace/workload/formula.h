/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arithmetic of tasks: what the worker does step by step, the checker must find without doing it. */
#ifndef MPTRACE_WORKLOAD_FORMULA_H
#define MPTRACE_WORKLOAD_FORMULA_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"

#define WORK_PAGE 4096
#define WRITE_BLOCK 65536ull
/* A linear congruential generator: n rounds depend on one another, yet have a closed form. Knuth's MMIX. */
#define LCG_A 6364136223846793005ull
#define LCG_C 1442695040888963407ull
#define PATTERN 0x9e3779b97f4a7c15ull

static inline uint64_t formula_mix(uint64_t x)
{
	x = (x ^ x >> 33) * 0xff51afd7ed558ccdull;
	return x ^ x >> 29;
}

static inline uint64_t formula_seed(uint64_t task)
{
	return formula_mix((task + 1) * PATTERN);
}

/** Rounds of the generator that last @ns. */
static inline uint64_t formula_rounds(uint64_t ns, uint64_t steps_per_ms)
{
	return (uint64_t)((double)ns * (double)steps_per_ms / 1e6);
}

#define WORK_LINE 64

/** What the second word of page number @page says, which the first process wrote and nobody else. */
static inline uint64_t formula_page(uint64_t page)
{
	return (page + 1) * PATTERN;
}

/**
 * Message number @round of a pair to its second or first partner. @sum: of the sender's working set, where the word
 * at each WORK_LINE says its number times PATTERN. Never 0: an empty mailbox is.
 */
static inline uint64_t formula_message(uint64_t pair, uint64_t round, bool to_second, uint64_t sum)
{
	return formula_mix(formula_seed(pair) + 2 * round + to_second + sum) | 1;
}

/** Python's native steps: adler32 of blocks of zeros, whose outcome has a closed form. */
#define ADLER_BASE 65521ull
#define ADLER_BLOCK 65536ull

/** Word number @at of the file that read steps read. */
static inline uint64_t formula_word(uint64_t at)
{
	return at * PATTERN;
}

#endif
