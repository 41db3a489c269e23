/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which arms run in a block, and in what order: complete for every case that it is to decide, and balanced. */
#include <stdlib.h>

#include "campaign.h"

struct block_plan {
	const struct schedule *schedule;
	const struct validation *validation;
	uint32_t block;
	bool *wanted; /* by arm: it runs in this block */
	size_t *groups; /* by arm: another one of its group, or itself: the group's name */
	size_t *first, *next; /* by group: its first arm; by arm: the next one in its group; NONE: there is none */
	size_t *sequence, *members, *places; /* scratch: as many as there are arms */
};

#define NONE SIZE_MAX

/* Its place among the schedule's arms. */
static size_t planned_of(const struct schedule *schedule, const char *command)
{
	return (size_t)(schedule__find(schedule, command) - schedule->arms);
}

/* Before anything was judged: as many as there may be. */
static bool may_want(const struct block_plan *plan, const struct claim_case *of)
{
	const struct validation *validation = plan->validation;
	struct look_plan looks = look_plan__blocks(validation->blocks);

	if (of->left_out || of->needs.cpus > validation->environment.cpus)
		return false;
	for (size_t i = 0; i < of->arm_count; i++)
		if (schedule__find(plan->schedule, of->arms[i].command)->cannot)
			return false;
	return plan->block <= (of->decide == DECIDE_TRIALS ? LEAST_TRIALS : looks.blocks[looks.count - 1]);
}

/* The name of an arm's group. */
static size_t group_of(size_t *groups, size_t arm)
{
	for (; groups[arm] != arm; arm = groups[arm])
		groups[arm] = groups[groups[arm]];
	return arm;
}

/* Lists the arms of each group that run in this block, in ascending order. */
static void list_members(struct block_plan *plan)
{
	for (size_t i = 0; i < plan->schedule->arm_count; i++)
		plan->first[i] = NONE;
	for (size_t i = plan->schedule->arm_count; i-- > 0;) {
		size_t group = group_of(plan->groups, i);

		if (!plan->wanted[i])
			continue;
		plan->next[i] = plan->first[group];
		plan->first[group] = i;
	}
}

/* Its arms run, and together. */
static void join(struct block_plan *plan, const struct claim_case *of)
{
	size_t first = planned_of(plan->schedule, of->arms[0].command);

	for (size_t i = 0; i < of->arm_count; i++) {
		size_t arm = planned_of(plan->schedule, of->arms[i].command);

		plan->wanted[arm] = true;
		plan->groups[group_of(plan->groups, arm)] = group_of(plan->groups, first);
	}
}

/* Joins the cases that want this block; whether one of them is decided by blocks. Findings are in the claims' order. */
static bool join_claims(struct block_plan *plan)
{
	const struct validation *validation = plan->validation;
	const struct claim_finding *finding = validation->findings;
	bool blocks = false;

	for (size_t i = 0; i < validation->claims->count; i++) {
		const struct claim *claim = validation->claims->list[i];

		if (claim__is_control(claim))
			continue;
		for (size_t j = 0; j < claim->case_count; j++) {
			const struct claim_case *of = &claim->cases[j];

			if (!(finding ? finding->cases[j].wanted : may_want(plan, of)))
				continue;
			join(plan, of);
			blocks |= of->decide == DECIDE_BLOCKS;
		}
		finding += finding != NULL;
	}
	return blocks;
}

/* A control runs as long as any claim that is decided by blocks does. */
static void join_controls(struct block_plan *plan)
{
	const struct claims *claims = plan->validation->claims;

	for (size_t i = 0; i < claims->count; i++)
		for (size_t j = 0; j < claims->list[i]->case_count && claim__is_control(claims->list[i]); j++)
			join(plan, &claims->list[i]->cases[j]);
}

/* Arms that are compared with each other, also by way of third ones, are one group. */
static int group_arms(struct block_plan *plan, struct failure *failure)
{
	plan->wanted = calloc(plan->schedule->arm_count + 1, sizeof(*plan->wanted));
	if (!plan->wanted)
		return fail(failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < plan->schedule->arm_count; i++)
		plan->groups[i] = i;
	if (join_claims(plan))
		join_controls(plan);
	list_members(plan);
	free(plan->wanted);
	return 0;
}

/* Appends the arms of one group in its balanced order. */
static size_t append_group(const struct block_plan *plan, size_t group, size_t *order)
{
	size_t count = 0;

	for (size_t i = plan->first[group]; i != NONE; i = plan->next[i])
		plan->members[count++] = i;
	order__balanced(plan->validation->seed + group, plan->block, plan->places, count);
	for (size_t i = 0; i < count; i++)
		order[i] = plan->members[plan->places[i]];
	return count;
}

int schedule__block(const struct schedule *schedule, const struct validation *validation, uint32_t block, size_t *order,
		    size_t *count, struct failure *failure)
{
	size_t arms = schedule->arm_count, *memory = calloc(6 * (arms + 1), sizeof(*memory));
	struct block_plan plan = {.schedule = schedule, .validation = validation, .block = block};
	struct random random = random__seeded(validation->seed ^ (uint64_t)block << 32);

	if (!memory)
		return fail(failure, STATUS_CANNOT, "out of memory");
	plan.groups = memory;
	plan.first = plan.groups + arms + 1;
	plan.next = plan.first + arms + 1;
	plan.sequence = plan.next + arms + 1;
	plan.members = plan.sequence + arms + 1;
	plan.places = plan.members + arms + 1;
	*count = 0;
	if (group_arms(&plan, failure)) {
		free(memory);
		return -1;
	}
	for (size_t i = 0; i < arms; i++)
		plan.sequence[i] = i;
	random__shuffle(&random, plan.sequence, arms);
	for (size_t i = 0; i < arms; i++)
		*count += append_group(&plan, plan.sequence[i], order + *count);
	free(memory);
	return 0;
}
