/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "campaign.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "gate.h"

#define TRIAL_TIMEOUT_NS 300000000000ull /* of an arm that has none of its own */

struct campaign {
	struct validation *validation;
	const struct schedule *schedule;
	struct trial_rows *rows;
	const struct campaign_options *options;
	uint64_t began_ns;
	size_t *order; /* arms of the present block */
	size_t *together; /* scratch: two lists of arms */
	size_t order_count;
	double *steal; /* shares of the warm-up's trials: what is usual here */
	size_t steal_count;
};

static bool must_stop(const struct campaign *campaign)
{
	return trial_stop_signal ||
	       (campaign->options->most_ns && clock_ns() - campaign->began_ns > campaign->options->most_ns);
}

static size_t planned_of(const struct schedule *schedule, const char *command)
{
	size_t planned = 0;

	while (strcmp(schedule->arms[planned].command, command) != 0)
		planned++;
	return planned;
}

/* An earlier session, or this one's warm-up, has found out that it cannot be run here. */
static bool is_known_not_to_run(const struct campaign *campaign, const struct planned_arm *planned)
{
	for (size_t i = campaign->rows->count; i-- > 0;) {
		const struct trial_row *row = &campaign->rows->list[i];

		if (row->cannot && !strcmp(row->command, planned->command))
			return true;
	}
	return false;
}

static const struct case_finding *finding_of(const struct validation *validation, const struct claim_case *of)
{
	for (size_t i = 0; i < validation->finding_count; i++)
		for (size_t j = 0; j < validation->findings[i].claim->case_count; j++)
			if (validation->findings[i].cases[j].of == of)
				return &validation->findings[i].cases[j];
	return NULL;
}

/* A case that needs this block; a control runs as long as any claim that is decided by blocks does. */
static bool wants_block(const struct campaign *campaign, const struct claim *claim, const struct claim_case *of,
			bool others_want)
{
	const struct case_finding *finding = finding_of(campaign->validation, of);

	if (of->left_out)
		return false;
	return claim__is_control(claim) ? others_want : !finding || finding->wanted;
}

/* Marks @group for every arm that shares a case with one of it already: arms that are compared run together. */
static void join(size_t *groups, size_t count, size_t a, size_t b)
{
	size_t from = groups[b], to = groups[a];

	for (size_t i = 0; i < count; i++)
		if (groups[i] == from)
			groups[i] = to;
}

/* groups[arm]: which arms belong together in this block; SIZE_MAX: the arm does not run. */
static void group_arms(const struct campaign *campaign, size_t *groups)
{
	const struct claims *claims = campaign->validation->claims;
	size_t arms = campaign->schedule->arm_count;
	bool others_want = false, *wanted = calloc(arms + 1, sizeof(*wanted));

	for (size_t i = 0; i < arms; i++)
		groups[i] = i;
	for (int controls = 0; wanted && controls < 2; controls++) /* controls last: they follow the others */
		for (size_t i = 0; i < claims->count; i++)
			for (size_t j = 0; j < claims->list[i]->case_count; j++) {
				const struct claim_case *of = &claims->list[i]->cases[j];

				if (claim__is_control(claims->list[i]) != controls ||
				    !wants_block(campaign, claims->list[i], of, others_want))
					continue;
				others_want |= of->decide == DECIDE_BLOCKS;
				for (size_t k = 0; k < of->arm_count; k++) {
					wanted[planned_of(campaign->schedule, of->arms[k].command)] = true;
					join(groups, arms, planned_of(campaign->schedule, of->arms[0].command),
					     planned_of(campaign->schedule, of->arms[k].command));
				}
			}
	for (size_t i = 0; i < arms; i++)
		if (!wanted || !wanted[i])
			groups[i] = SIZE_MAX;
	free(wanted);
}

/* Appends the arms of one group in its balanced order. */
static void append_group(struct campaign *campaign, const size_t *groups, size_t group, uint32_t block)
{
	size_t *order = campaign->together, *members = order + campaign->schedule->arm_count, count = 0;

	for (size_t i = 0; i < campaign->schedule->arm_count; i++)
		if (groups[i] == group)
			members[count++] = i;
	order__balanced(campaign->validation->seed + group, block, order, count);
	for (size_t i = 0; i < count; i++)
		campaign->order[campaign->order_count++] = members[order[i]];
}

/* The block's trials: groups of arms in random order, each in a balanced one. The seed decides, on every machine. */
static int order_block(struct campaign *campaign, uint32_t block, struct failure *failure)
{
	size_t arms = campaign->schedule->arm_count;
	size_t *groups = calloc(2 * (arms + 1), sizeof(*groups)), *sequence = groups + arms + 1;
	struct random random = random__seeded(campaign->validation->seed ^ (uint64_t)block << 32);

	if (!groups)
		return fail(failure, STATUS_CANNOT, "out of memory");
	group_arms(campaign, groups);
	for (size_t i = 0; i < arms; i++)
		sequence[i] = i;
	random__shuffle(&random, sequence, arms);
	campaign->order_count = 0;
	for (size_t i = 0; i < arms; i++)
		append_group(campaign, groups, sequence[i], block);
	free(groups);
	return 0;
}

static uint64_t time_left(const struct campaign *campaign, uint32_t block, size_t done)
{
	struct look_plan looks = look_plan__make(campaign->validation->quick, campaign->validation->error);
	uint64_t left = 0, blocks = looks.blocks[looks.count - 1];

	for (size_t i = done; i < campaign->order_count; i++)
		left += campaign->schedule->arms[campaign->order[i]].took_ns;
	for (size_t i = 0; block < blocks && i < campaign->order_count; i++)
		left += (blocks - block) * campaign->schedule->arms[campaign->order[i]].took_ns;
	return left;
}

/* The first claim that still wants trials of @command. */
static const struct claim_finding *claim_for(const struct validation *validation, const char *command)
{
	for (size_t i = 0; i < validation->finding_count; i++)
		for (size_t j = 0; j < validation->findings[i].claim->case_count; j++) {
			const struct case_finding *finding = &validation->findings[i].cases[j];

			for (size_t k = 0; finding->wanted && k < finding->of->arm_count; k++)
				if (!strcmp(finding->of->arms[k].command, command))
					return &validation->findings[i];
		}
	return NULL;
}

static void tell(const struct campaign *campaign, uint32_t block, size_t done, const char *command)
{
	struct campaign_progress progress = {.block = block,
					     .done = done,
					     .trials = campaign->order_count,
					     .claims = campaign->validation->finding_count,
					     .left_ns = time_left(campaign, block, done),
					     .command = command,
					     .claim = claim_for(campaign->validation, command)};

	for (size_t i = 0; i < campaign->validation->finding_count; i++)
		progress.decided += campaign->validation->findings[i].verdict != VERDICT_INCONCLUSIVE;
	if (campaign->options->progress)
		campaign->options->progress(&progress);
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double usual_steal(const struct campaign *campaign)
{
	size_t count = campaign->steal_count;

	qsort(campaign->steal, count, sizeof(*campaign->steal), by_value);
	return count ? campaign->steal[count / 2] : 0;
}

/* No trial goes on for ever, nor past --max-time. */
static struct experiment bound(const struct campaign *campaign, const struct experiment *experiment)
{
	struct experiment bounded = *experiment;
	uint64_t most = campaign->options->most_ns, passed = clock_ns() - campaign->began_ns;

	if (!bounded.timeout_ns)
		bounded.timeout_ns = TRIAL_TIMEOUT_NS;
	if (most && passed + bounded.timeout_ns > most)
		bounded.timeout_ns = most > passed ? most - passed : 1;
	return bounded;
}

/* A trial between two looks at the machine. What cannot be run here is a row as well, and is not tried again. */
static int run_trial(struct campaign *campaign, struct planned_arm *planned, struct trial_row *row)
{
	const struct experiment bounded = bound(campaign, &planned->arm.experiment), *experiment = &bounded;
	struct gate_snapshot before, after;
	struct result result = {0};
	struct failure failure = {0};
	int status;

	row->started_ns = clock_ns();
	gate_snapshot__take(&before, experiment->cpus);
	status = trial__run(experiment, &planned->arm.identity, NULL, &result, &failure);
	gate_snapshot__take(&after, experiment->cpus);
	row->took_ns = clock_ns() - row->started_ns;
	for (size_t i = 0; i < MAX_METRICS; i++)
		row->metrics[i] = NAN;
	row->ns_per_switch = row->cpu_share = NAN;
	if (!status)
		trial_row__from(row, &result);
	else
		snprintf(row->says, sizeof(row->says), "%.255s", failure.says);
	/* What fails later, where it has run before, is an accident. */
	row->cannot = status && failure.status == STATUS_CANNOT && !row->block;
	if (status && !row->cannot)
		snprintf(row->voided, sizeof(row->voided), "%.159s", failure.says);
	gates__judge(row, experiment, status ? NULL : &result, &before, &after, usual_steal(campaign));
	if (!row->block)
		campaign->steal[campaign->steal_count++] = gates__steal_share(&before, &after);
	gate_snapshot__free(&before);
	gate_snapshot__free(&after);
	result__free(&result);
	planned->took_ns = row->took_ns;
	return 0;
}

static int append(struct campaign *campaign, const struct trial_row *row, struct failure *failure)
{
	if (campaign->options->log && trial_log__append(campaign->options->log, row))
		return fail(failure, STATUS_USAGE, "cannot write to the log of trials: %s", strerror(errno));
	return 0;
}

static struct trial_row *new_row(struct campaign *campaign, const struct planned_arm *planned, struct failure *failure)
{
	struct trial_row *row = trial_rows__add(campaign->rows);

	if (row)
		row->command = strdup(planned->command);
	if (row && row->command)
		return row;
	fail(failure, STATUS_CANNOT, "out of memory");
	return NULL;
}

static int run_block(struct campaign *campaign, uint32_t block, struct failure *failure)
{
	for (size_t i = 0; i < campaign->order_count && !must_stop(campaign); i++) {
		struct planned_arm *planned = &campaign->schedule->arms[campaign->order[i]];
		struct trial_row *row;

		if (planned->cannot || is_known_not_to_run(campaign, planned))
			continue;
		tell(campaign, block, i, planned->command);
		row = new_row(campaign, planned, failure);
		if (!row)
			return -1;
		row->block = block;
		row->place = (uint32_t)i;
		run_trial(campaign, planned, row);
		planned->cannot = row->cannot;
		/* This one was cut short. */
		if (trial_stop_signal || (row->outcome == OUTCOME_TIMEOUT && must_stop(campaign))) {
			trial_row__free(row);
			campaign->rows->count--;
		} else if (append(campaign, row, failure)) {
			return -1;
		}
	}
	return 0;
}

/* Which of the arms can be run on this machine at all. */
static int resolve_arms(struct campaign *campaign, struct failure *failure)
{
	for (size_t i = 0; i < campaign->schedule->arm_count; i++) {
		struct planned_arm *planned = &campaign->schedule->arms[i];
		struct failure why = {0};
		struct trial_row *row;

		planned->arm.experiment.quiet = true; /* a task that fails as it should is no news */
		if (!arm__resolve(&planned->arm, &why))
			continue;
		planned->cannot = true;
		if (is_known_not_to_run(campaign, planned))
			continue;
		row = new_row(campaign, planned, failure);
		if (!row)
			return -1;
		row->cannot = true;
		row->ns_per_switch = row->cpu_share = NAN;
		for (size_t j = 0; j < MAX_METRICS; j++)
			row->metrics[j] = NAN;
		snprintf(row->says, sizeof(row->says), "%.255s", why.says);
		if (append(campaign, row, failure))
			return -1;
	}
	return 0;
}

/* The block that was being run when an earlier session ended is left as it is: its trials would lie too far apart. */
static uint32_t next_block(const struct trial_rows *rows)
{
	uint32_t last = 0;

	for (size_t i = 0; i < rows->count; i++)
		last = rows->list[i].block > last ? rows->list[i].block : last;
	return last + 1;
}

/* A session begins with a warm-up of its own, block 0. */
static int run_blocks(struct campaign *campaign, struct failure *failure)
{
	struct validation *validation = campaign->validation;
	uint32_t first = next_block(campaign->rows);

	for (uint32_t block = 0; block < MAX_BLOCKS; block = block ? block + 1 : first) {
		if (validation__judge(validation, campaign->rows->list, campaign->rows->count, failure) ||
		    order_block(campaign, block, failure))
			return -1;
		if (!campaign->order_count || must_stop(campaign))
			break;
		if (run_block(campaign, block, failure))
			return -1;
	}
	return validation__judge(validation, campaign->rows->list, campaign->rows->count, failure);
}

int campaign__run(struct validation *validation, const struct schedule *schedule, struct trial_rows *rows,
		  const struct campaign_options *options, struct failure *failure)
{
	struct campaign campaign = {.validation = validation,
				    .schedule = schedule,
				    .rows = rows,
				    .options = options,
				    .began_ns = clock_ns()};
	int status = -1;

	campaign.order = calloc(schedule->arm_count + 1, sizeof(*campaign.order));
	campaign.steal = calloc(schedule->arm_count + 1, sizeof(*campaign.steal));
	campaign.together = calloc(2 * (schedule->arm_count + 1), sizeof(*campaign.together));
	if (!campaign.order || !campaign.steal || !campaign.together)
		fail(failure, STATUS_CANNOT, "out of memory");
	else if (!resolve_arms(&campaign, failure))
		status = run_blocks(&campaign, failure);
	free(campaign.order);
	free(campaign.together);
	free(campaign.steal);
	return status;
}
