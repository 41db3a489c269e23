/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the formats of a comparison share: which figures stand side by side, and how they are said. */
#ifndef MPTRACE_REPORT_COMPARISON_PARTS_H
#define MPTRACE_REPORT_COMPARISON_PARTS_H

#include "../comparison/comparison.h"
#include "human.h"
#include "validation_parts.h"

/** A column of the table: a metric, and what people call it. Ends with a row without a metric. */
struct figure_column {
	const char *metric, *title;
};
extern const struct figure_column figure_columns[];

/** An arm's median of a metric, as people read it; "-": not measured. */
const char *compared_arm__figure(char room[HUMAN], const struct compared_arm *arm, const char *metric);

/** "1.95x (1.90 to 2.01)" as fast as the first one; "" for that itself and where it was not measured. */
const char *compared_arm__speed_up(char room[SENTENCE], const struct compared_arm *arm);

/** What wins, and why the next one is behind. */
const char *comparison_point__answer(char room[2 * SENTENCE], const struct comparison_point *point);

/** "pool is 1.55x as fast as serial, 1.42 to 1.68: why", of arm @at; empty: it is not behind. */
const char *compared_arm__behind(char room[2 * SENTENCE], const struct comparison_point *point, size_t at);

/** "2"; "2?" where the trials do not decide it; "-": it has none. */
const char *compared_arm__rank(char room[HUMAN], const struct comparison_point *point, size_t at);

/** "3 of 12 trials: failed: why"; empty: all ended well. */
const char *compared_arm__trouble(char room[SENTENCE], const struct compared_arm *arm);

/** "thread is faster than pool up to 12 chunk, ...": where it turns. */
const char *crossover__says(char room[SENTENCE], const struct crossover *crossover);

/** The common part of a sweep's points: "tasks", "tasks, chunk"; empty: nothing is swept. */
const char *comparison__swept(char room[SENTENCE], const struct comparison *comparison);

/** The swept values of a point: "10", "10, 1". */
const char *comparison_point__values(char room[SENTENCE], const struct comparison_point *point);

#endif
