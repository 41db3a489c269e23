/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is looked at when two stored things are compared: facts, figures trial by trial, and verdicts. */
#ifndef MPTRACE_CONTRAST_SNAPSHOT_H
#define MPTRACE_CONTRAST_SNAPSHOT_H

#include "../base/memory.h"
#include "../comparison/comparison.h"

enum stored_kind { KIND_RESULT, KIND_COMPARISON, KIND_VALIDATION };
extern const char *const stored_kind_names[]; /**< "a result" */

/** Something that is said: of the environment, of what was run, or a verdict. */
struct fact {
	const char *what, *text;
};

/** A metric of one experiment, trial by trial. */
struct series {
	const char *what; /**< "pool", "tasks=10: pool"; empty: there is only one experiment */
	const struct metric *metric;
	double *values;
	double *controls; /**< the same of a control in the same block: how fast the machine was; NULL: there is none */
	size_t count;
};

struct snapshot {
	struct memory memory; /**< of all that follows */
	enum stored_kind kind;
	struct fact *facts, *verdicts;
	struct series *series;
	size_t fact_count, verdict_count, series_count;
};

/** Of a judged validation or comparison. To be freed in any case. -1: out of memory. */
int snapshot__of(struct snapshot *snapshot, const struct validation *validation, struct failure *failure);

/**
 * Of @path: a directory of -o, or a file that `-j` or `-o` wrote. STATUS_USAGE with a sentence: it cannot be read, or
 * is nothing of ours, or of another major version. To be freed in any case.
 */
int snapshot__read(struct snapshot *snapshot, const char *path, struct failure *failure);

void snapshot__free(struct snapshot *snapshot);

/* For its own files: appends; texts are copied. -1: out of memory. */
int snapshot__add_fact(struct snapshot *snapshot, struct fact **list, size_t *count, const char *what,
		       const char *text);
/** An arm: @command is a fact, how it ended (one of these, or COMPARISON_OPEN) a verdict. */
int snapshot__add_arm(struct snapshot *snapshot, const char *name, const char *command, const char *ending);
#define ARM_CANNOT "cannot be run"
#define ARM_FAILS "fails"
#define ARM_ENDS_WELL "ends well"
struct series *snapshot__add_series(struct snapshot *snapshot, const char *what, const struct metric *metric,
				    size_t room);

#endif
