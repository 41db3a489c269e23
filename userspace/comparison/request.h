/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is asked for side by side: arms `[NAME=]WORKLOAD[:option=value,...]`, options for all of them, and lists of
 * values, each combination of which is a point where the arms are compared.
 */
#ifndef MPTRACE_COMPARISON_REQUEST_H
#define MPTRACE_COMPARISON_REQUEST_H

#include "../arm/arm.h"
#include "../base/memory.h"
#include "../validation/log.h"

#define MAX_SIDES 8 /* arms: the pairs are as many as a claim has cases */
#define MAX_AXES 8

/** One arm as the command line has it. */
struct side {
	const char *name, *workload;
	char **options; /**< "--task=cpu:5ms" */
	size_t option_count;
};

/** An option with a list of values. */
struct axis {
	const char *option;
	char **values;
	size_t count;
};

struct request {
	struct memory memory; /**< of all its strings */
	struct side sides[MAX_SIDES];
	size_t side_count;
	char **options; /**< for all sides */
	size_t option_count;
	struct axis axes[MAX_AXES];
	size_t axis_count;
};

/** Whether @words (@count) and @given are about more than one experiment. */
bool request__is(char *const *words, size_t count, const struct options_given *given);

/**
 * Reads the arms, and those of @given that are options of an arm. Of one arm alone, the values of the first list are
 * the arms. STATUS_USAGE with a sentence; to be freed in any case.
 */
int request__read(struct request *request, char *const *words, size_t count, const struct options_given *given,
		  struct failure *failure);

/** Checks every arm at every point, and estimates how long @blocks blocks and a warm-up take. */
int request__check(const struct request *request, uint32_t blocks, double *expected_ns, struct failure *failure);

/** Writes the claims that decide it, one file for each point: that any two of its arms take the same time. */
int request__compose(const struct request *request, struct claim_texts *texts, struct failure *failure);

void request__free(struct request *request);

#endif
