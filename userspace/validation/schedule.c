/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which trials there are to run, and how long they may take. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "campaign.h"

#define PER_LINE 20 /* arms */
#define MOST_EXPECTED_NS 1e15 /* days: no sum of them overflows */

struct planned_arm *schedule__find(const struct schedule *schedule, const char *command)
{
	struct hsearch_data index = schedule->index; /* a search changes nothing, but is not declared so */
	ENTRY wanted = {.key = (char *)command}, *found = NULL;

	return hsearch_r(wanted, FIND, &found, &index) ? found->data : NULL;
}

/* Room for all arms, and for as many in the index. */
static int take_room(struct schedule *schedule, const struct claims *claims, struct failure *failure)
{
	size_t arms = 1;

	for (size_t i = 0; i < claims->count; i++)
		for (size_t j = 0; j < claims->list[i]->case_count; j++)
			arms += claims->list[i]->cases[j].arm_count;
	if (!hcreate_r(2 * arms, &schedule->index))
		return fail(failure, STATUS_CANNOT, "out of memory");
	schedule->arms = calloc(arms, sizeof(*schedule->arms));
	if (schedule->arms)
		return 0;
	fail(failure, STATUS_CANNOT, "out of memory");
	return -1;
}

/* Of the same command there is one. */
static struct planned_arm *add_arm(struct schedule *schedule, const char *command, struct failure *failure)
{
	struct planned_arm *planned = schedule__find(schedule, command);
	ENTRY entry = {.key = (char *)command}, *entered;
	int count;

	if (planned)
		return planned;
	planned = entry.data = &schedule->arms[schedule->arm_count];
	planned->command = command;
	if (!hsearch_r(entry, ENTER, &entered, &schedule->index)) {
		fail(failure, STATUS_CANNOT, "out of memory");
		return NULL;
	}
	if (command__words(command, &planned->words, &count, failure))
		return NULL;
	schedule->arm_count++;
	if (arm__parse(&planned->arm, count, planned->words, failure))
		return NULL;
	planned->took_ns = (uint64_t)fmin(arm__expected_ns(&planned->arm), MOST_EXPECTED_NS);
	return planned;
}

static int add_case(struct schedule *schedule, const struct claim_case *of, struct failure *failure)
{
	for (size_t i = 0; i < of->arm_count && !of->left_out; i++) {
		struct planned_arm *planned = add_arm(schedule, of->arms[i].command, failure);

		if (!planned)
			return -1;
		planned->may_fail |= of->may_fail;
		planned->in_trials |= of->decide == DECIDE_TRIALS;
		planned->in_blocks |= of->decide == DECIDE_BLOCKS;
	}
	return 0;
}

static int add_claim(struct schedule *schedule, const struct claim *claim, struct failure *failure)
{
	for (size_t i = 0; i < claim->case_count; i++)
		if (add_case(schedule, &claim->cases[i], failure))
			return -1;
	return 0;
}

/* A control is of one engine and workload, but for the machine's own (capacity). */
static bool is_needed(const struct claims *claims, const struct claim *control)
{
	char kind[40], wanted[40];

	command__kind(control->cases[0].arms[0].command, wanted);
	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = claims->list[i];

		for (size_t j = 0; j < claim->case_count && !claim__is_control(claim); j++) {
			const struct claim_case *of = &claim->cases[j];

			if (!strcmp(control->id, "capacity") && of->needs.cpus > 1)
				return true;
			for (size_t k = 0; k < of->arm_count && of->decide == DECIDE_BLOCKS; k++) {
				command__kind(of->arms[k].command, kind);
				if (!strcmp(kind, wanted) && strcmp(control->id, "capacity") != 0)
					return true;
			}
		}
	}
	return false;
}

/* Controls that no claim here needs leave the list. */
static void drop_controls(struct claims *claims)
{
	size_t kept = 0;

	for (size_t i = 0; i < claims->count; i++)
		if (!claim__is_control(claims->list[i]) || is_needed(claims, claims->list[i]))
			claims->list[kept++] = claims->list[i];
	claims->count = kept;
}

static void resolve(struct planned_arm *planned)
{
	struct failure why = {0};

	planned->arm.experiment.quiet = true; /* a task that fails as it should is no news */
	planned->cannot = arm__resolve(&planned->arm, &why);
	if (planned->cannot)
		snprintf(planned->why, sizeof(planned->why), "%.255s", why.says);
}

int schedule__make(struct schedule *schedule, struct claims *claims, struct failure *failure)
{
	*schedule = (struct schedule){0};
	drop_controls(claims);
	if (take_room(schedule, claims, failure))
		return -1;
	for (size_t i = 0; i < claims->count; i++)
		if (add_claim(schedule, claims->list[i], failure))
			return -1;
	return 0;
}

void schedule__resolve(struct schedule *schedule)
{
	for (size_t i = 0; i < schedule->arm_count; i++)
		resolve(&schedule->arms[i]);
}

void schedule__free(struct schedule *schedule)
{
	for (size_t i = 0; i < schedule->arm_count; i++)
		free(schedule->arms[i].words);
	free(schedule->arms);
	hdestroy_r(&schedule->index);
	*schedule = (struct schedule){0};
}

/* In how many blocks an arm runs, if every case that has it takes @blocks; the warm-up is one more. */
static size_t runs_of(const struct planned_arm *planned, size_t blocks)
{
	size_t trials = planned->in_trials ? LEAST_TRIALS : 0;

	return 1 + (planned->in_blocks && blocks > trials ? blocks : trials);
}

void schedule__estimate(const struct schedule *schedule, const struct validation *validation, uint64_t *least_ns,
			uint64_t *most_ns)
{
	struct look_plan looks = look_plan__blocks(validation->blocks);

	*least_ns = *most_ns = 0;
	for (size_t i = 0; i < schedule->arm_count; i++) {
		const struct planned_arm *planned = &schedule->arms[i];

		*least_ns += planned->took_ns * runs_of(planned, looks.blocks[0]);
		*most_ns += planned->took_ns * runs_of(planned, looks.blocks[looks.count - 1]);
	}
}

static void print_arms(FILE *file, const struct schedule *schedule, const struct claim_case *of)
{
	for (size_t i = 0; i < of->arm_count; i++) {
		const struct planned_arm *planned = schedule__find(schedule, of->arms[i].command);

		fprintf(file, "  %3td %-12s mptrace %s\n", planned - schedule->arms + 1, of->arms[i].name,
			planned->command);
		if (planned->cannot)
			fprintf(file, "      cannot be run here: %s\n", planned->why);
	}
}

static void print_case(FILE *file, const struct schedule *schedule, const struct validation *validation,
		       const struct claim *claim, const struct claim_case *of)
{
	struct look_plan looks = look_plan__blocks(validation->blocks);

	fprintf(file, "%s: %s: ", claim->id, of->name);
	if (of->left_out) {
		fputs("left out by --quick\n", file);
		return;
	}
	if (of->needs.cpus > validation->environment.cpus)
		fprintf(file, "cannot be run here: it needs %" PRIu32 " CPUs, here are %" PRIu32 "\n", of->needs.cpus,
			validation->environment.cpus);
	else if (of->decide == DECIDE_TRIALS)
		fprintf(file, "%d trials each\n", LEAST_TRIALS);
	else if (looks.count == 1)
		fprintf(file, "%zu blocks\n", looks.blocks[0]);
	else
		fprintf(file, "%zu to %zu blocks\n", looks.blocks[0], looks.blocks[looks.count - 1]);
	print_arms(file, schedule, of);
}

static void print_block(FILE *file, const struct schedule *schedule, uint32_t block, const size_t *order, size_t count)
{
	size_t printed = 0;

	fprintf(file, block ? "  %-8" PRIu32 : "  warm-up ", block);
	for (size_t i = 0; i < count; i++) {
		if (schedule->arms[order[i]].cannot)
			continue;
		fprintf(file, "%s %zu", printed && printed % PER_LINE == 0 ? "\n          " : "", order[i] + 1);
		printed++;
	}
	fputc('\n', file);
}

/* If nothing were decided before its last look. */
static int print_blocks(FILE *file, const struct schedule *schedule, const struct validation *validation,
			struct failure *failure)
{
	size_t *order = calloc(schedule->arm_count + 1, sizeof(*order)), count = 1;
	int status = 0;

	if (!order)
		return fail(failure, STATUS_CANNOT, "out of memory");
	fprintf(file, "\nBlocks, and the order of their arms (seed %" PRIu64 "), if nothing is decided early:\n",
		validation->seed);
	for (uint32_t block = 0; !status && count; block++) {
		status = schedule__block(schedule, validation, block, order, &count, failure);
		if (!status && count)
			print_block(file, schedule, block, order, count);
	}
	free(order);
	return status;
}

int schedule__print(FILE *file, const struct schedule *schedule, const struct validation *validation,
		    struct failure *failure)
{
	const struct claims *claims = validation->claims;
	uint64_t least, most;

	for (size_t i = 0; i < claims->count; i++)
		for (size_t j = 0; j < claims->list[i]->case_count; j++)
			print_case(file, schedule, validation, claims->list[i], &claims->list[i]->cases[j]);
	if (print_blocks(file, schedule, validation, failure))
		return -1;
	schedule__estimate(schedule, validation, &least, &most);
	fprintf(file, "\n%zu different arms; estimate: %.1f to %.1f minutes\n", schedule->arm_count,
		(double)least / 6e10, (double)most / 6e10);
	return 0;
}
