/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which arms run in a block, and in what order: complete for every case that it is to decide, and balanced. */
#include <stdlib.h>

#include "campaign.h"

struct block_plan {
	const struct schedule *schedule;
	const struct validation *validation;
	uint32_t block;
	size_t *groups; /* by arm: which arms belong together in this block; SIZE_MAX: the arm does not run */
	size_t *sequence, *members, *places; /* scratch: as many as there are arms */
};

/* Its place among the schedule's arms. */
static size_t planned_of(const struct schedule *schedule, const char *command)
{
	return (size_t)(schedule__find(schedule, command) - schedule->arms);
}

static const struct case_finding *finding_of(const struct validation *validation, const struct claim_case *of)
{
	for (size_t i = 0; i < validation->finding_count; i++)
		for (size_t j = 0; j < validation->findings[i].claim->case_count; j++)
			if (validation->findings[i].cases[j].of == of)
				return &validation->findings[i].cases[j];
	return NULL;
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

/* A case that needs this block; a control runs as long as any claim that is decided by blocks does. */
static bool wants_block(const struct block_plan *plan, const struct claim *claim, const struct claim_case *of,
			bool others_want)
{
	const struct case_finding *finding = finding_of(plan->validation, of);

	if (claim__is_control(claim))
		return others_want;
	return finding ? finding->wanted : may_want(plan, of);
}

/* Marks @group for every arm that shares a case with one of it already: arms that are compared run together. */
static void join(size_t *groups, size_t count, size_t a, size_t b)
{
	size_t from = groups[b], to = groups[a];

	for (size_t i = 0; i < count; i++)
		if (groups[i] == from)
			groups[i] = to;
}

/* Arms that are compared with each other, also by way of third ones, are one group. */
static int group_arms(struct block_plan *plan, struct failure *failure)
{
	const struct claims *claims = plan->validation->claims;
	size_t arms = plan->schedule->arm_count;
	bool others_want = false, *wanted = calloc(arms + 1, sizeof(*wanted));

	if (!wanted)
		return fail(failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < arms; i++)
		plan->groups[i] = i;
	for (int controls = 0; controls < 2; controls++) /* controls last: they follow the others */
		for (size_t i = 0; i < claims->count; i++)
			for (size_t j = 0; j < claims->list[i]->case_count; j++) {
				const struct claim_case *of = &claims->list[i]->cases[j];

				if (claim__is_control(claims->list[i]) != controls ||
				    !wants_block(plan, claims->list[i], of, others_want))
					continue;
				others_want |= of->decide == DECIDE_BLOCKS;
				for (size_t k = 0; k < of->arm_count; k++) {
					size_t arm = planned_of(plan->schedule, of->arms[k].command);

					wanted[arm] = true;
					join(plan->groups, arms, planned_of(plan->schedule, of->arms[0].command), arm);
				}
			}
	for (size_t i = 0; i < arms; i++)
		if (!wanted[i])
			plan->groups[i] = SIZE_MAX;
	free(wanted);
	return 0;
}

/* Appends the arms of one group in its balanced order. */
static size_t append_group(const struct block_plan *plan, size_t group, size_t *order)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->schedule->arm_count; i++)
		if (plan->groups[i] == group)
			plan->members[count++] = i;
	order__balanced(plan->validation->seed + group, plan->block, plan->places, count);
	for (size_t i = 0; i < count; i++)
		order[i] = plan->members[plan->places[i]];
	return count;
}

int schedule__block(const struct schedule *schedule, const struct validation *validation, uint32_t block, size_t *order,
		    size_t *count, struct failure *failure)
{
	size_t arms = schedule->arm_count, *memory = calloc(4 * (arms + 1), sizeof(*memory));
	struct block_plan plan = {schedule,
				  validation,
				  block,
				  memory,
				  memory + arms + 1,
				  memory + 2 * (arms + 1),
				  memory + 3 * (arms + 1)};
	struct random random = random__seeded(validation->seed ^ (uint64_t)block << 32);

	if (!memory)
		return fail(failure, STATUS_CANNOT, "out of memory");
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
