/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mptrace.validation/1: what was found out about claims. Made from trials alone; all its reports are made from it. */
#ifndef MPTRACE_VALIDATION_VALIDATION_H
#define MPTRACE_VALIDATION_VALIDATION_H

#include "../claim/claim.h"
#include "../statistics/statistics.h"
#include "trial_row.h"

/** Why a verdict is what it is, in one word of statistics.md. */
enum sub_reason { REASON_NONE, REASON_NEGLIGIBLE, REASON_OPPOSITE, REASON_WEAK, REASON_NOISE, REASON_BUDGET };
extern const char *const sub_reason_names[];

#define VALIDATION_SCHEMA "mptrace.validation/1"
#define QUICK_BLOCKS 12 /**< of --quick */
#define LEAST_TRIALS 5 /**< of what is decided by counting */

/** One condition as it was judged. Values in the condition's own unit, not logarithms. */
struct finding {
	const struct condition *condition;
	enum verdict verdict; /**< CONFIRMED, REFUTED or INCONCLUSIVE */
	struct interval interval; /**< of the values over blocks; detectors: all NAN */
	struct interval student, median; /**< secondary */
	double p; /**< Wilcoxon's, against the nearer end of the region; NAN: not by intervals */
	double larger; /**< share of blocks in which the second arm's was the larger one; NAN: it compares no arms */
	bool fragile; /**< one of the secondary intervals would have decided otherwise */
	uint64_t opportunities, violations; /**< detectors */
	char counterexample[256]; /**< detectors: the evidence of one violation; else empty */
	size_t blocks; /**< how many values there were */
};

struct case_finding {
	const struct claim_case *of;
	enum verdict verdict;
	enum sub_reason sub_reason;
	char reason[256]; /**< a sentence */
	struct finding rule[MAX_CONDITIONS], provided[MAX_CONDITIONS], mechanism[MAX_CONDITIONS];
	size_t blocks, voided; /**< blocks (or trials) that count, and those that a gate voided */
	size_t wanted; /**< so many more blocks could decide it; 0: it is decided, or there are no more */
	unsigned looks; /**< how many have been taken */
	double rule_p; /**< of the deciding condition, against the end of its region; NAN: decided by counting */
	double smallest_visible; /**< relative: effects under this could not have been seen; NAN: does not apply */
};

/** Neighbours on a scale that came out differently: somewhere between them the claim begins or ceases to hold. */
struct turn {
	const struct claim_case *from, *to;
};

/** How many blocks a verdict is looked at after, and how sure a look must be. */
struct look_plan {
	unsigned count;
	size_t blocks[4];
	double overall; /**< the error of an interval at all looks together */
	double error; /**< at each look: Pocock's */
};

struct claim_finding {
	const struct claim *claim;
	enum verdict verdict;
	char reason[256];
	bool contradicts; /**< the verdict is not the expected one */
	struct look_plan looks; /**< its intervals share the error of a claim */
	double p; /**< the error of a claim at which this verdict would just stand; NAN: decided by counting */
	double holm_p; /**< the same of the whole report */
	struct case_finding *cases; /**< claim->case_count */
	struct turn turns[MAX_CASES];
	size_t turn_count;
};

/** A control: a case of a claim whose source is "controls", such as "A/A native pool". */
struct control_row {
	const char *name;
	enum verdict verdict; /**< CONFIRMED: as it must be; REFUTED: alarm; INCONCLUSIVE: not sure */
	struct interval interval; /**< of the ratio */
	size_t blocks;
	char evidence[256];
};

/** How often an arm's trials were voided, by which gates. */
struct void_row {
	const char *command;
	size_t trials, voided;
	char why[160];
};

struct contrast;

struct validation {
	struct environment environment;
	char started[32]; /**< UTC, ISO 8601 */
	char interpreter[128]; /**< version and path of the default Python; empty: none was found */
	uint64_t seed;
	bool quick; /**< cases between the ends of a scale are left out */
	uint32_t blocks; /**< there is one look, at so many; 0: there are four */
	bool interrupted; /**< more trials are wanted: it was stopped, or its time was up */
	double error; /**< overall, of one claim */
	unsigned looks;
	uint64_t took_ns;
	struct claims *claims;
	struct claim_finding *findings;
	size_t finding_count;
	struct control_row *controls;
	size_t control_count;
	struct void_row *voids;
	size_t void_count;
	struct unknown_keys unknown; /**< of the log that it was read from */
	const struct contrast *baseline; /**< what is not as in an earlier one; NULL: compared with none */
	const struct trial_row *rows; /**< that it was judged by; the caller's */
	size_t row_count, trials;
	struct interval overhead; /**< traced over untraced wall time, all controls together */
	double ns_per_switch; /**< median over trials; NAN: not measured */
	uint64_t lost;
	char command[1024]; /**< how to do it again */
};

/** Four looks at 10, 20, 30 and 40 blocks, or one look at @blocks, if it is not 0. Without errors. */
struct look_plan look_plan__blocks(uint32_t blocks);

/** The least number of blocks whose interval can err with no more than @error: that all of them lie on one side. */
size_t look_plan__least(double error);

/**
 * The same, with looks that err with @overall together. The first of several is taken when it can decide at all.
 * Takes a while: about a millisecond.
 */
struct look_plan look_plan__make(uint32_t blocks, double overall);

/**
 * Judges validation->claims by @rows (@count): findings, controls, voids, overhead, losses. Pure: the same rows give
 * the same verdicts, at any time, without root. What was there before is freed. -1: out of memory.
 */
int validation__judge(struct validation *validation, const struct trial_row *rows, size_t count,
		      struct failure *failure);

/** Judges one case. @cpus: of the machine. */
int case__judge(struct case_finding *finding, const struct claim_case *of, uint32_t cpus, const struct look_plan *looks,
		const struct trial_row *rows, size_t count, struct failure *failure);

/** "native pool": engine and workload of an arm's command. */
void command__kind(const char *command, char kind[40]);

/** Id of the control of kind @what ("again", "more", "untraced") for an arm's engine and workload. */
void control__id(const char *what, const char *command, char id[64]);

/** Exit status of design.md: as expected 0, contradicted 1, invalid 5, with @strict undecided 4. */
int validation__status(const struct validation *validation, bool strict);

void validation__free(struct validation *validation);

#endif
