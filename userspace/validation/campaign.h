/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the trials behind claims: which, in what order, until when. Trials never run at the same time. */
#ifndef MPTRACE_VALIDATION_CAMPAIGN_H
#define MPTRACE_VALIDATION_CAMPAIGN_H

#include <search.h>

#include "log.h"

/** How far it is. */
struct campaign_progress {
	uint32_t block; /**< 0: the warm-up */
	size_t done, trials; /**< in this block */
	size_t decided, claims;
	uint64_t left_ns; /**< estimate of the time to the end; at most */
	const char *command; /**< of the trial that begins */
	const struct claim_finding *claim; /**< the first one that it is to decide; NULL: it is for controls alone */
};

struct campaign_options {
	FILE *log; /**< trials are appended here; NULL: nowhere */
	uint64_t most_ns; /**< --max-time; 0: none */
	void (*progress)(const struct campaign_progress *progress);
};

/** One distinct arm. */
struct planned_arm {
	const char *command; /**< the claim's */
	char **words;
	struct arm arm;
	uint64_t took_ns; /**< its last trial's, or an estimate */
	bool in_blocks, in_trials; /**< a case that is decided by blocks has it, or one by trials */
	bool may_fail; /**< a case that has it says so */
	bool cannot; /**< be run on this machine */
	char why[256]; /**< it cannot */
};

/** What a campaign would run. */
struct schedule {
	struct planned_arm *arms;
	size_t arm_count;
	struct hsearch_data index; /**< by command: the arm's place */
};

/** The distinct arms of the claims, and of the controls that these need. To be freed in any case. */
int schedule__make(struct schedule *schedule, struct claims *claims, struct failure *failure);
/** Looks which of its arms this machine can run. Starts the interpreters that they name. */
void schedule__resolve(struct schedule *schedule);
void schedule__free(struct schedule *schedule);

/** The arm with this command, or NULL. */
struct planned_arm *schedule__find(const struct schedule *schedule, const char *command);

/** How long the whole validation takes at most, and if every verdict falls at its first look; ns. */
void schedule__estimate(const struct schedule *schedule, const struct validation *validation, uint64_t *least_ns,
			uint64_t *most_ns);

/**
 * The arms that run in @block (0: the warm-up), in order: @count of them, into @order, which has room for all. Groups
 * of arms that are compared with each other come in random order, each in a balanced one; the seed decides, on every
 * machine. Of a validation that was judged, those that a case still wants; else as many as there may be.
 */
int schedule__block(const struct schedule *schedule, const struct validation *validation, uint32_t block, size_t *order,
		    size_t *count, struct failure *failure);

/** Prints what would run: each case's arms, what cannot be run and why, the order in each block, how long it may take.
 */
int schedule__print(FILE *file, const struct schedule *schedule, const struct validation *validation,
		    struct failure *failure);

/**
 * Runs until everything is decided, the budget of blocks or time is used up, or a signal comes; judges as it goes, and
 * at the end. @rows: trials of an earlier session, which are not run again; new ones are added.
 * -1: nothing more can be run; what was gathered stays in @rows.
 */
int campaign__run(struct validation *validation, const struct schedule *schedule, struct trial_rows *rows,
		  const struct campaign_options *options, struct failure *failure);

#endif
