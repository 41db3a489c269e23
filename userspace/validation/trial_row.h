/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One trial as a verdict needs it, and as a line of trials.jsonl keeps it. */
#ifndef MPTRACE_VALIDATION_TRIAL_ROW_H
#define MPTRACE_VALIDATION_TRIAL_ROW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/unknown.h"
#include "../result/metrics.h"

#define MAX_METRICS 96
#define MAX_GATES 12
#define MAX_BLOCKS 1000 /* of one validation, with those that are voided */

/** A gate's reading of one trial. */
struct gate_row {
	char name[24]; /**< of the gate table */
	double value, limit; /**< NAN: not measured */
	bool shut; /**< the trial is void */
};

struct check_count {
	char id[24];
	enum check_verdict verdict;
	uint64_t opportunities, violations;
};

struct trial_row {
	char *command; /**< the arm's */
	uint32_t block; /**< from 0; number 0 is the warm-up and does not count */
	uint32_t place; /**< from 0: order within the block */
	uint64_t started_ns, took_ns; /**< CLOCK_MONOTONIC; from set-up to tear-down */
	bool cannot; /**< it could not be run here, and says why: there are no figures */
	enum outcome outcome;
	char says[256]; /**< outcome.says */
	double metrics[MAX_METRICS]; /**< index: the metric table; own units, ratios as such; NAN: not measured */
	struct check_count checks[MAX_CHECKS];
	size_t check_count;
	struct gate_row gates[MAX_GATES];
	size_t gate_count;
	char voided[160]; /**< empty, or which gate was shut, by whom */
	bool off; /**< accounting is off */
	uint64_t lost; /**< all losses together */
	double ns_per_switch, cpu_share; /**< what watching cost; NAN: not measured */
};

/** From a result. @row's strings are copies. */
void trial_row__from(struct trial_row *row, const struct result *result);

/** One line. -1 with errno. */
int trial_row__write(FILE *file, const struct trial_row *row);

/**
 * From one line of JSON of @size bytes; keys that this version does not know are added to @unknown. -1: @failure's
 * sentence (what is wrong with which key).
 */
int trial_row__read(struct trial_row *row, const char *line, size_t size, struct unknown_keys *unknown,
		    struct failure *failure);

void trial_row__free(struct trial_row *row);

#endif
