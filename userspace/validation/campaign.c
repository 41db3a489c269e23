/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "campaign.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
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
	size_t *order, order_count; /* arms of the present block */
	double *steal; /* shares of the warm-up's trials: what is usual here */
	size_t steal_count;
};

static bool must_stop(const struct campaign *campaign)
{
	return trial_stop_signal ||
	       (campaign->options->most_ns && clock_ns() - campaign->began_ns > campaign->options->most_ns);
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

static uint64_t time_left(const struct campaign *campaign, uint32_t block, size_t done)
{
	struct look_plan looks = look_plan__blocks(campaign->validation->blocks);
	uint64_t left = 0, blocks = looks.blocks[looks.count - 1];
	uint64_t most = campaign->options->most_ns, passed = clock_ns() - campaign->began_ns;

	for (size_t i = done; i < campaign->order_count; i++)
		left += campaign->schedule->arms[campaign->order[i]].took_ns;
	for (size_t i = 0; block < blocks && i < campaign->order_count; i++)
		left += (blocks - block) * campaign->schedule->arms[campaign->order[i]].took_ns;
	return most && left > most - (passed < most ? passed : most) ? most - (passed < most ? passed : most) : left;
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

static double usual_steal(const struct campaign *campaign)
{
	return campaign->steal_count ? interval__range(campaign->steal, campaign->steal_count).estimate : 0;
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
static void run_trial(struct campaign *campaign, struct planned_arm *planned, struct trial_row *row)
{
	const struct experiment bounded = bound(campaign, &planned->arm.experiment), *experiment = &bounded;
	struct gate_snapshot before, after;
	struct result result = {0};
	struct failure failure = {0};
	cpu_set_t allowed;
	int status;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	if (experiment->cpus)
		host__run_on(experiment->cpus); /* mptrace as well: see gate_snapshot__take */
	row->started_ns = clock_ns();
	gate_snapshot__take(&before, experiment->cpus);
	status = trial__run(experiment, &planned->arm.identity, NULL, &result, &failure);
	gate_snapshot__take(&after, experiment->cpus);
	row->took_ns = clock_ns() - row->started_ns;
	sched_setaffinity(0, sizeof(allowed), &allowed);
	if (!status)
		trial_row__from(row, &result);
	else
		snprintf(row->says, sizeof(row->says), "%.255s", failure.says);
	/* What fails later, where it has run before, is an accident. */
	row->cannot = status && failure.status == STATUS_CANNOT && !row->block;
	if (status && !row->cannot)
		snprintf(row->voided, sizeof(row->voided), "%.159s", failure.says);
	gates__judge(row, experiment, planned->may_fail, status ? NULL : &result, &before, &after,
		     usual_steal(campaign));
	if (!row->block)
		campaign->steal[campaign->steal_count++] = gates__steal_share(&before, &after);
	gate_snapshot__free(&before);
	gate_snapshot__free(&after);
	result__free(&result);
	planned->took_ns = row->took_ns;
}

static int append(struct campaign *campaign, const struct trial_row *row, struct failure *failure)
{
	if (campaign->options->log && trial_log__append(campaign->options->log, row))
		return fail(failure, STATUS_USAGE, "cannot write to the log of trials (" LOG_NAME "): %s",
			    strerror(errno));
	return 0;
}

static struct trial_row *new_row(struct campaign *campaign, const struct planned_arm *planned, struct failure *failure)
{
	struct trial_row *row = trial_rows__add(campaign->rows);

	if (row)
		row->command = strdup(planned->command);
	if (!row || !row->command) {
		fail(failure, STATUS_CANNOT, "out of memory");
		return NULL;
	}
	row->ns_per_switch = row->cpu_share = NAN;
	for (size_t i = 0; i < MAX_METRICS; i++)
		row->metrics[i] = NAN;
	return row;
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

/* What cannot be run on this machine at all is noted once. */
static int note_unrunnable(struct campaign *campaign, struct failure *failure)
{
	for (size_t i = 0; i < campaign->schedule->arm_count; i++) {
		struct planned_arm *planned = &campaign->schedule->arms[i];
		struct trial_row *row;

		if (!planned->cannot || is_known_not_to_run(campaign, planned))
			continue;
		row = new_row(campaign, planned, failure);
		if (!row)
			return -1;
		row->cannot = true;
		snprintf(row->says, sizeof(row->says), "%s", planned->why);
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
		    schedule__block(campaign->schedule, validation, block, campaign->order, &campaign->order_count,
				    failure))
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
	if (!campaign.order || !campaign.steal)
		fail(failure, STATUS_CANNOT, "out of memory");
	else if (!note_unrunnable(&campaign, failure))
		status = run_blocks(&campaign, failure);
	free(campaign.order);
	free(campaign.steal);
	return status;
}
