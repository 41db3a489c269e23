/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two identical arms differ by, block for block: models, and what was recorded on a machine. */
#ifndef MPTRACE_TESTS_NOISE_H
#define MPTRACE_TESTS_NOISE_H

#include "../../userspace/statistics/statistics.h"

#define MAX_BLOCKS SIGNED_RANK_MAX
#define MAX_SERIES 8
#define MAX_RECORDED 1000

/** Columns of tools/stats/record: log(later / earlier) of one command, block after block. */
struct recording {
	char names[MAX_SERIES][32];
	double ratios[MAX_SERIES][MAX_RECORDED];
	size_t series, blocks;
};

/** Where differences come from. Unless recorded: the logarithm of a trial's figure is the sum of all these. */
struct noise {
	const char *name;
	double spread; /**< normal, of one trial */
	double drift; /**< from each trial to the next */
	double slower; /**< in the slow one of two regimes, which change every 30 trials or so */
	double spike; /**< mean, in one trial of fifty */
	double place; /**< of whoever comes second in its block */
	const double *recorded; /**< or NULL */
	size_t recorded_blocks;
};

/** -1: it is no recording; why is on stderr. */
int recording__read(struct recording *recording, const char *path);

/** log(B / A) of @blocks blocks in which B is a second A. The order in each is the shipped one. */
void noise__differences(const struct noise *noise, struct random *random, double *differences, size_t blocks);

/** Normal, with mean 0 and deviation 1. */
double noise__normal(struct random *random);

#endif
