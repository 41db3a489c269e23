/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands share that run blocks of trials: their options, where trials are kept, progress, and the report. */
#ifndef MPTRACE_COMMAND_SESSION_H
#define MPTRACE_COMMAND_SESSION_H

#include "../arm/options.h"
#include "../contrast/contrast.h"
#include "../report/validation_report.h"
#include "../validation/campaign.h"
#include "output.h"

/** Of one claim, all its looks together (statistics.md). */
#define SESSION_ERROR 0.01

/** Whose session it is. */
struct session_kind {
	const char *command; /**< "validate" */
	const char *file; /**< in the directory of -o: "validation.json" */
	bool side_by_side; /**< claims are composed from arms: comparison/ */
	const struct validation_format *formats;
};

struct session {
	const struct session_kind *kind;
	struct validation validation;
	struct claims claims;
	struct claim_texts texts;
	struct schedule schedule;
	struct trial_rows rows;
	struct identity caller; /**< whose the files are */
	const char *directory, *resume, *baseline, *json_path;
	bool seeded; /**< --seed was given */
	bool quick, json;
	uint64_t seed, most_ns;
	const struct validation_format *format;
	struct contrast contrast; /**< with the baseline */
	int held; /**< the directory's descriptor; -1: there is none */
	struct output log, json_file, directory_file, page_file;
};

/** Their context begins with a struct session. The first are of blocks alone and among the second. */
extern const struct option_row session_block_rows[], session_rows[];

/** The `set` of --format. */
int session__set_format(void *context, const char *value, struct failure *failure);

void session__begin(struct session *session, const struct session_kind *kind);

/**
 * After claims and options are there: environment, seed, blocks, and the command as it was given (@argv[0]: its name),
 * for the log and the report. @blocks: one look at so many; 0: as many as it takes.
 */
void session__describe(struct session *session, int argc, char *const *argv, uint32_t blocks);

/** Holds the directory that --resume names, if it does: before it is read, so that nobody adds trials meanwhile. */
int session__hold(struct session *session, struct failure *failure);

/** Reads what --resume names, if it does, and plans what is to be run. */
int session__plan(struct session *session, struct failure *failure);

/** Runs the plan, keeps trials as they end, and writes the report. What was measured before it failed is written. */
int session__run(struct session *session, struct failure *failure);

/** Of the whole command. */
int session__status(const struct session *session, bool strict);

void session__free(struct session *session);

#endif
