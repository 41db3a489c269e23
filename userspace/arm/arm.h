/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From words to an experiment: what `mptrace run` takes by hand, a claim's arm says in its file, word by word. */
#ifndef MPTRACE_ARM_ARM_H
#define MPTRACE_ARM_ARM_H

#include "../experiment/trial.h"
#include "options.h"
#include "python.h"

/** An experiment as it was asked for. Strings live as long as the words. */
struct arm {
	struct experiment experiment;
	struct python_request python;
	const char *user; /**< --user or NULL */
	struct identity identity; /**< who the tasks run as; after arm__resolve */
};

/** The options of an experiment; their context is a struct arm. Ends with a row without a name. */
extern const struct option_row arm_rows[];

/** What holds when nothing is said: 100 tasks of cpu:10ms, traced. */
int arm__begin(struct arm *arm, struct failure *failure);

/** The workload called @word. STATUS_USAGE with the nearest name. */
int arm__set_workload(struct arm *arm, const char *word, struct failure *failure);

/**
 * After the options and the workload: refuses what does not go together, and finds out what depends on the machine. Who
 * runs it, how many workers there are, which interpreter. Needs no root.
 */
int arm__resolve(struct arm *arm, struct failure *failure);

/**
 * All words of an arm: @argv[1] is the workload, the rest are options; @argv is reordered. Refuses what contradicts
 * itself on every machine.
 */
int arm__parse(struct arm *arm, int argc, char **argv, struct failure *failure);

/**
 * About how long a trial of it takes, before it has run once: what surrounds it, and what its steps say they take. What
 * a call of the user's function takes is not known, nor what waits for other things than time.
 */
double arm__expected_ns(const struct arm *arm);

#endif
