/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mptrace.comparison/1: experiments side by side. They are run and judged as claims that any two of them take the same
 * time (request.h composes these); here the verdicts are read as a comparison: what wins, by how much, and why.
 */
#ifndef MPTRACE_COMPARISON_COMPARISON_H
#define MPTRACE_COMPARISON_COMPARISON_H

#include "../validation/validation.h"

#define COMPARISON_SCHEMA "mptrace.comparison/1"
#define COMPARISON_SOURCE "side-by-side"
#define COMPARISON_FILE "(arms)" /* no path: whoever has a file of claims has another name for it */
#define COMPARISON_NO_SWEEP "side by side"
#define COMPARISON_MARGIN "3" /* percent */

#define COMPARISON_OPEN "not decided"
#define COMPARISON_SAYS 640

/** How an arm stands to the best one. */
enum standing {
	STANDING_BEST, /**< nothing is faster for sure; of several such, it has the least time */
	STANDING_SAME, /**< no difference larger than the margin */
	STANDING_OPEN, /**< not decided, or not run yet */
	STANDING_BEHIND, /**< slower, for sure */
	STANDING_FAILS, /**< now and then at least */
	STANDING_CANNOT, /**< be run here */
};

/** One arm at one point. */
struct compared_arm {
	const char *name, *command;
	size_t trials; /**< that count: not the warm-up, nor what a gate voided */
	size_t failed; /**< of them; one is enough for the last rank */
	enum outcome outcome; /**< of the last one that failed */
	const char *says; /**< why it did; or why it could not be run at all; NULL: neither */
	bool cannot; /**< be run here: it has no trials */
	enum standing standing;
	double figures[MAX_METRICS]; /**< medians over the blocks that all arms share; index: the metric table */
	struct interval against_first; /**< ratio of times; of the first one all NAN */
	struct interval behind; /**< how many times as fast the best one is; NAN: it is not behind */
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
	size_t best; /**< SIZE_MAX: no arm ends well */
	size_t second; /**< the fastest of those that are slower for sure; SIZE_MAX: none is */
	size_t open, tied; /**< how many others are not decided, and are the same */
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

/**
 * Exit status: that of the validation (5: a pair is not judged), else 0 where it gave an answer or will do so with more
 * blocks. Where no arm has times at all: 3 if none can be run here, 1 if all fail, 5 if their trials are void, 4 if
 * there was no time for any.
 */
enum exit_status comparison__status(const struct validation *validation);

/** A part of a point's label: "tasks=10". */
struct label_part {
	const char *option, *value; /**< inside the label */
	size_t option_length, value_length;
};

/** Takes the first part off *@label, which moves behind it. False: there is none. A part without '=' has no value. */
bool label__next(const char **label, struct label_part *part);

/** "a", "a and b", "a, b and c": the arms of a point that @chosen picks; NULL: all. Returns @room. */
const char *comparison_point__list(char room[COMPARISON_SAYS], const struct comparison_point *point,
				   bool (*chosen)(const struct comparison_point *point, size_t arm));

/** Whether a trial is one of @arm's that count: neither the warm-up, nor void. */
bool comparison__counts(const struct trial_row *row, const struct compared_arm *arm);

/** The pair of two arms of a point, in either order. */
const struct compared_pair *comparison_point__pair(const struct comparison_point *point, size_t a, size_t b);

/** In a word: the winner's name, or what there is instead. */
const char *comparison_point__verdict(const struct comparison_point *point);

/** How much less time @faster takes: the ratio of the other's time to its own. */
struct interval compared_pair__speed_up(const struct compared_pair *pair, size_t faster);

/**
 * Why @slow takes longer than @fast, from their figures, as the rest of a sentence: "its workers ran one at a time; 96
 * % of their blocked time was the GIL". Empty: they do not say. Returns @room.
 */
const char *comparison__because(char room[COMPARISON_SAYS], const struct compared_arm *fast,
				const struct compared_arm *slow);

#endif
