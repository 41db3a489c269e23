/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Documented statements and the experiments that decide them, as the catalogue's files have them
 * (userspace/claim/catalogue/, one YAML file per source document) or a user's own.
 */
#ifndef MPTRACE_CLAIM_CLAIM_H
#define MPTRACE_CLAIM_CLAIM_H

#include <stdbool.h>
#include <stdio.h>

#include "../arm/arm.h"
#include "expression.h"

enum verdict {
	VERDICT_CONFIRMED,
	VERDICT_REFUTED,
	VERDICT_CONDITIONAL, /**< its cases come out differently */
	VERDICT_INCONCLUSIVE,
	VERDICT_INVALID, /**< a gate or a control failed */
	VERDICT_NOT_RUN, /**< this machine lacks something */
	VERDICTS,
};
extern const char *const verdict_names[VERDICTS];

/** Where something stands in a file, from 1. */
struct place_in_file {
	const char *file;
	unsigned line, column;
};

/** One arm of a case: a literal `mptrace run` command line. The same experiment is the same string. */
struct claim_arm {
	const char *name; /**< as the rules call it */
	const char *command; /**< "run pool -t 40": words divided by one blank, quoted where a shell needs it */
	struct place_in_file place;
};

/** How a case is decided. */
enum decide {
	DECIDE_BLOCKS, /**< by the interval over paired blocks: magnitudes and shapes */
	DECIDE_TRIALS, /**< by counting: in every one of at least 5 trials; invariants and counts */
};

/** What a machine must have. */
struct claim_needs {
	uint32_t cpus; /**< 0: any number */
	bool free_threaded; /**< a Python without a GIL, named by $MPTRACE_FREE_THREADED */
};

#define MAX_ARMS 12
#define MAX_CONDITIONS 8
#define MAX_CASES 28

struct claim_case {
	const char *name;
	const char *scale; /**< what grows or shrinks from case to case of the same scale; NULL: it is on none */
	bool left_out; /**< see claims__shorten */
	enum decide decide;
	bool may_fail; /**< a trial that ends badly counts: it is an outcome, and voids nothing */
	struct claim_needs needs;
	struct claim_arm arms[MAX_ARMS];
	size_t arm_count;
	struct condition *provided[MAX_CONDITIONS]; /**< not confirmed: the case is INCONCLUSIVE */
	size_t provided_count;
	struct condition *rule[MAX_CONDITIONS]; /**< all of them hold: CONFIRMED; one does not: REFUTED */
	size_t rule_count;
	struct condition *mechanism[MAX_CONDITIONS]; /**< expressions without a comparison: the figures that say why */
	size_t mechanism_count;
	uint64_t opportunities; /**< detectors: so many chances to fail are needed to confirm */
	struct place_in_file place;
};

struct claim {
	const char *id, *source; /**< source: id of the document */
	const char *quote, *english, *reading, *confounders; /**< quote and confounders can be NULL */
	const char *note; /**< NULL, or an erratum */
	const char *because; /**< the mechanism in words, printed before its figures; NULL: none */
	bool expects; /**< expect: was given */
	enum verdict expect;
	struct claim_case *cases;
	size_t case_count;
	struct place_in_file place;
};

struct claims {
	struct claim **list;
	size_t count;
	void *memory; /**< all strings and conditions; opaque */
};

/**
 * Reads a claim file (@text of @size bytes, called @name in errors) and appends its claims. Everything is checked:
 * keys, metrics, detectors, arms (by arm__parse: not whether this machine can run them). -1: STATUS_USAGE with
 * "name:line:col: error: ..." and, on following lines, the line with a caret under the place; nothing is appended.
 */
int claims__read(struct claims *claims, const char *name, const char *text, size_t size, struct failure *failure);

/** File number @index of the catalogue inside the program, and the controls among them; false past the last. */
bool claims__catalogue_file(size_t index, const char **name, const char **text, size_t *size);

/** The catalogue's file of controls. */
#define CONTROLS_FILE "userspace/claim/catalogue/controls.yaml"

/** Whether a file of the catalogue is called @name. */
bool claims__catalogue_has(const char *name);

/** The claims of all these files. */
int claims__catalogue(struct claims *claims, struct failure *failure);

/**
 * For a quick validation: leaves out the cases between the two ends of a scale. The ends are the least that can still
 * come out differently.
 */
void claims__shorten(struct claims *claims);

/** The user's own file that the claim is from; NULL: it is the catalogue's. */
const char *claim__own_file(const struct claim *claim);

/** True of the claims that watch the validation itself (source "controls"). */
bool claim__is_control(const struct claim *claim);

/** The claim called @id, or NULL. */
const struct claim *claims__find(const struct claims *claims, const char *id);

/** STATUS_USAGE: there is no claim called @id; names the one that may be meant. Always -1. */
int claims__no_such(const struct claims *claims, const char *id, struct failure *failure);

void claims__free(struct claims *claims);

/**
 * Cuts @command ("run pool -t 4 --task 'a b'") into words as a shell would: quotes and backslashes, no expansion. NULL
 * ends them. They are one piece of memory: free(words).
 */
int command__words(const char *command, char ***words, int *count, struct failure *failure);

#endif
