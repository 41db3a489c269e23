/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mptrace.comparison/1: experiments side by side. They are run and judged as claims that any two of them take the same
 * time (request.h composes these); here the verdicts are read as a comparison: what wins, by how much, and why.
 */
#ifndef MPTRACE_COMPARISON_COMPARISON_H
#define MPTRACE_COMPARISON_COMPARISON_H

#include "../validation/validation.h"

#define COMPARISON_SOURCE "side-by-side"
#define COMPARISON_FILE "(arms)" /* no path: whoever has a file of claims has another name for it */
#define COMPARISON_NO_SWEEP "side by side"
#define COMPARISON_MARGIN "3" /* percent */

#define COMPARISON_SAYS 640

/** One arm at one point. */
struct compared_arm {
	const char *name, *command;
	size_t trials; /**< that count: not the warm-up, nor what a gate voided */
	size_t failed; /**< of them; one is enough for the last rank */
	enum outcome outcome; /**< of the last one that failed */
	const char *says; /**< why it did; or why it could not be run at all; NULL: neither */
	bool cannot; /**< be run here */
	double figures[MAX_METRICS]; /**< medians; index: the metric table; NAN: not measured */
	struct interval against_first; /**< ratio of times; of the first one all NAN */
	struct interval
		behind; /**< how many times as fast the best one is; of those that are not slower for sure NAN */
	char because[COMPARISON_SAYS]; /**< why, by the kernel's figures; empty: it is not slower, or they do not say */
	unsigned rank; /**< 1 + how many are faster for sure; 0: it could not be run */
};

enum pair_verdict {
	PAIR_OPEN, /**< not decided */
	PAIR_SAME, /**< no difference larger than the margin */
	PAIR_FASTER, /**< the second one takes less time */
	PAIR_SLOWER,
	PAIR_FAILED, /**< one of the two fails or cannot be run: their times are not compared */
};
extern const char *const pair_verdict_names[];

struct compared_pair {
	size_t first, second; /**< index of the arms */
	enum pair_verdict verdict;
	struct interval ratio; /**< time of the second over time of the first */
	const struct case_finding *of;
};

/** The arms at one combination of swept values. */
struct comparison_point {
	const char *label; /**< "tasks=10, chunk=1"; empty: nothing is swept */
	const struct claim_finding *finding;
	struct compared_arm arms[MAX_ARMS];
	size_t arm_count;
	struct compared_pair pairs[MAX_CASES];
	size_t pair_count;
	size_t best; /**< least time of those that do not fail; SIZE_MAX: all fail */
	size_t second; /**< the fastest of those that are slower for sure; SIZE_MAX: none is */
	size_t open, tied; /**< how many others are not told from it, and are as fast */
	char says[COMPARISON_SAYS]; /**< what wins */
};

/** Where along one swept number it turns which of two arms is faster. */
struct crossover {
	const char *first, *second; /**< the arms: which one is faster before, and which after */
	const char *option; /**< swept */
	const struct comparison_point *from, *to; /**< the neighbours that are decided, differently */
	double estimate, low, high; /**< of the option: low and high are the neighbours' */
};

struct comparison {
	const struct validation *validation;
	struct comparison_point *points;
	size_t point_count;
	struct crossover *crossovers;
	size_t crossover_count;
};

/** Whether a validation is a comparison. */
bool comparison__is(const struct validation *validation);

/** Reads a judged validation; it must stay as it is meanwhile. To be freed in any case. -1: out of memory. */
int comparison__make(struct comparison *comparison, const struct validation *validation, struct failure *failure);
void comparison__free(struct comparison *comparison);

/** The pair of two arms of a point, in either order. */
const struct compared_pair *comparison_point__pair(const struct comparison_point *point, size_t a, size_t b);

/** How much less time @faster takes: the ratio of the other's time to its own. */
struct interval compared_pair__speed_up(const struct compared_pair *pair, size_t faster);

/**
 * Why @slow takes longer than @fast, from their figures, as the rest of a sentence: "its workers ran one at a time; 96
 * % of their blocked time was the GIL". Empty: they do not say. Returns @room.
 */
const char *comparison__because(char room[COMPARISON_SAYS], const struct compared_arm *fast,
				const struct compared_arm *slow);

#endif
