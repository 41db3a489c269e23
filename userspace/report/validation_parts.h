/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the formats of a validation share: which numbers speak for a claim, and how they are said. */
#ifndef MPTRACE_REPORT_VALIDATION_PARTS_H
#define MPTRACE_REPORT_VALIDATION_PARTS_H

#include "../validation/validation.h"

#define SENTENCE 640 /* the longest is a reason and what stands before it */
#define MAX_THREATS 16
#define PICTURE 64 /* columns */

/** What a claim is to a CI job (statistics.md, the table at the end). */
enum ending {
	ENDING_PASS,
	ENDING_FAILURE, /**< decided, and not as expected */
	ENDING_SKIPPED, /**< INCONCLUSIVE, NOT-RUN */
	ENDING_ERROR, /**< INVALID */
	ENDINGS
};
enum ending claim_finding__ending(const struct claim_finding *finding);

struct tally {
	size_t verdicts[VERDICTS], endings[ENDINGS];
	/** Of claims that expect a verdict: those that came out so, those that did not, and those that are open. */
	size_t as_expected, not_expected, open;
};
/** Of the claims from @source, or of all if it is NULL. */
struct tally validation__tally(const struct validation *validation, const char *source);

/** "28 of 33 came out as expected, 5 are open; of 14 nothing was expected". */
const char *validation__expected(char room[SENTENCE], const struct tally *tally);

/** True for the first finding of its source: where a suite begins. */
bool validation__begins_source(const struct validation *validation, size_t index);

/** The case whose numbers stand for the claim's verdict; NULL where none can: CONDITIONAL, NOT-RUN. */
const struct case_finding *claim_finding__speaker(const struct claim_finding *finding);

/** The condition that decided the case; NULL: nothing was measured. */
const struct finding *case_finding__decider(const struct case_finding *finding);

/** True if there is anything in it to show. */
bool finding__is_measured(const struct finding *finding);

/** "3.21 (2.95 to 3.60)", "0 of 300 violated". Returns @room. */
const char *finding__effect(char room[SENTENCE], const struct finding *finding);

/** What the condition asks of the value: ">= 2", "from 0.95 to 1.05". Empty: nothing. Returns @room. */
const char *condition__asks(char room[SENTENCE], const struct condition *condition);

/** The effect of the whole claim, as finding__effect; of a CONDITIONAL one in how many cases it holds; or "". */
const char *claim_finding__effect(char room[SENTENCE], const struct claim_finding *finding);

/** Where it turns on its scales: "by the length of a task it turns between 2 ms and 20 ms". Empty: it does not. */
const char *claim_finding__turns(char room[SENTENCE], const struct claim_finding *finding);

/** What was asked for, and the reason of the verdict. */
const char *claim_finding__why(char room[SENTENCE], const struct claim_finding *finding);

/** Why the claim came out as it did, by the kernel's figures: "because: figure; figure". Empty: none are known. */
const char *case_finding__mechanism(char room[SENTENCE], const struct claim *claim, const struct case_finding *finding);

/**
 * Two lines of PICTURE columns: the region that the claim asks for ("=") and, under it, the interval with its estimate.
 * False: there is nothing to draw.
 */
bool finding__picture(char claimed[PICTURE + 1], char measured[PICTURE + 1], const struct finding *finding);

/** "1.02 (1.00 to 1.03)". */
const char *interval__says(char room[SENTENCE], struct interval interval, enum unit unit);

/** The command line that decides this claim again, the same way. */
const char *claim_finding__command(char room[SENTENCE], const struct validation *validation,
				   const struct claim_finding *finding);

/** The least effect that could have been seen, over all cases, in plain words. Empty: nothing measures an effect. */
const char *validation__visible(char room[SENTENCE], const struct validation *validation);

/** The cases that --quick left out, by claim. Empty: none. */
const char *validation__left_out(char room[SENTENCE], const struct validation *validation);

/** What traced runs cost: time, and per context switch. */
const char *validation__overhead(char room[SENTENCE], const struct validation *validation);

/** What a claim is called: its id, or of a comparison the swept values. */
const char *claim__name(const struct claim *claim);

/** What the verdicts are about: "claim", or of a comparison "comparison". */
const char *validation__noun(const struct validation *validation);

/** How it was decided: looks, level, trials, how long that took. */
const char *validation__how(char room[SENTENCE], const struct validation *validation);

/** What speaks against the verdicts, from facts alone. Returns how many sentences there are. */
size_t validation__threats(char threats[MAX_THREATS][SENTENCE], const struct validation *validation);

#endif
