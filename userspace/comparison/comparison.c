/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conclude.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const pair_verdict_names[] = {"open", "same", "faster", "slower", "failed"};

bool comparison__is(const struct validation *validation)
{
	for (size_t i = 0; i < validation->claims->count; i++) {
		const struct claim *claim = validation->claims->list[i];

		if (!claim__is_control(claim))
			return !strcmp(claim->source, COMPARISON_SOURCE) && !strcmp(claim->place.file, COMPARISON_FILE);
	}
	return false;
}

/* Index of the arm called @name; a new one if there is none yet. SIZE_MAX: there is no more room. */
static size_t arm_of(struct comparison_point *point, const struct claim_arm *arm)
{
	size_t i = 0;

	while (i < point->arm_count && strcmp(point->arms[i].name, arm->name) != 0)
		i++;
	if (i == MAX_ARMS)
		return SIZE_MAX;
	if (i == point->arm_count)
		point->arms[point->arm_count++] = (struct compared_arm){.name = arm->name,
									.command = arm->command,
									.against_first = {NAN, NAN, NAN},
									.behind = {NAN, NAN, NAN}};
	return i;
}

bool comparison__counts(const struct trial_row *row, const struct compared_arm *arm)
{
	return row->block && !row->cannot && !row->voided[0] && !strcmp(row->command, arm->command);
}

static void note_outcomes(struct compared_arm *arm, const struct validation *validation)
{
	const char *cannot = NULL;

	for (size_t i = 0; i < validation->row_count; i++) {
		const struct trial_row *row = &validation->rows[i];

		if (row->cannot && !strcmp(row->command, arm->command))
			cannot = row->says;
		if (!comparison__counts(row, arm))
			continue;
		arm->trials++;
		if (row->outcome == OUTCOME_OK)
			continue;
		arm->failed++;
		arm->outcome = row->outcome;
		arm->says = row->says;
	}
	arm->cannot = cannot && !arm->trials;
	arm->says = arm->cannot ? cannot : arm->says;
}

static bool ends_well(const struct compared_arm *arm)
{
	return !arm->cannot && !arm->failed;
}

/* Blocks in which every arm that ends well has a trial that counts: an arm that is decided early has fewer. */
static void find_shared(const struct comparison_point *point, const struct validation *validation, bool *shared)
{
	for (uint32_t block = 0; block <= MAX_BLOCKS; block++)
		shared[block] = block;
	for (size_t i = 0; i < point->arm_count; i++) {
		bool has[MAX_BLOCKS + 1] = {false};

		if (!ends_well(&point->arms[i]) || !point->arms[i].trials)
			continue;
		for (size_t j = 0; j < validation->row_count; j++)
			if (comparison__counts(&validation->rows[j], &point->arms[i]) &&
			    validation->rows[j].block <= MAX_BLOCKS)
				has[validation->rows[j].block] = true;
		for (uint32_t block = 0; block <= MAX_BLOCKS; block++)
			shared[block] &= has[block];
	}
}

/* Room for all rows: of one arm, and of one of its figures. */
struct scratch {
	const struct trial_row **rows;
	double *values;
};

/* Medians; of an arm that fails over the trials that ended well, if there are any. */
static void take_medians(struct compared_arm *arm, const struct validation *validation, const bool *shared,
			 struct scratch scratch)
{
	size_t count = 0;

	for (size_t i = 0; i < validation->row_count; i++) {
		const struct trial_row *row = &validation->rows[i];
		bool wanted = arm->failed ? row->outcome == OUTCOME_OK || arm->failed == arm->trials
					  : row->block <= MAX_BLOCKS && shared[row->block];

		if (wanted && comparison__counts(row, arm))
			scratch.rows[count++] = row;
	}
	for (size_t metric = 0; metric < metric_count; metric++) {
		size_t found = 0;
		double *values = scratch.values;

		for (size_t i = 0; i < count; i++)
			if (!isnan(scratch.rows[i]->metrics[metric]))
				values[found++] = scratch.rows[i]->metrics[metric];
		arm->figures[metric] = found ? interval__range(values, found).estimate : NAN;
	}
}

static enum pair_verdict verdict_of(const struct comparison_point *point, const struct compared_pair *pair)
{
	if (!ends_well(&point->arms[pair->first]) || !ends_well(&point->arms[pair->second]))
		return PAIR_FAILED;
	if (pair->of->verdict == VERDICT_CONFIRMED)
		return PAIR_SAME;
	if (pair->of->verdict == VERDICT_REFUTED)
		return pair->ratio.estimate < 1 ? PAIR_FASTER : PAIR_SLOWER;
	return PAIR_OPEN;
}

const struct compared_pair *comparison_point__pair(const struct comparison_point *point, size_t a, size_t b)
{
	for (size_t i = 0; i < point->pair_count; i++)
		if ((point->pairs[i].first == a && point->pairs[i].second == b) ||
		    (point->pairs[i].first == b && point->pairs[i].second == a))
			return &point->pairs[i];
	return NULL;
}

struct interval compared_pair__speed_up(const struct compared_pair *pair, size_t faster)
{
	struct interval ratio = pair->ratio;

	if (faster == pair->first)
		return ratio;
	return (struct interval){1 / ratio.estimate, 1 / ratio.high, 1 / ratio.low};
}

/* Whether @a is faster than @b for sure. */
static bool beats(const struct comparison_point *point, size_t a, size_t b)
{
	const struct compared_pair *pair = comparison_point__pair(point, a, b);

	return pair && pair->verdict == (pair->first == a ? PAIR_SLOWER : PAIR_FASTER);
}

/* Those that fail come after all others, those that cannot be run nowhere. */
static void rank(struct comparison_point *point)
{
	unsigned well = 0;

	for (size_t i = 0; i < point->arm_count; i++)
		well += ends_well(&point->arms[i]);
	for (size_t i = 0; i < point->arm_count; i++) {
		struct compared_arm *arm = &point->arms[i];

		arm->rank = arm->cannot || !arm->trials ? 0 : arm->failed ? well + 1 : 1;
		for (size_t j = 0; arm->rank && !arm->failed && j < point->arm_count; j++)
			arm->rank += beats(point, j, i);
	}
}

/* Of those that nothing beats for sure, the one with the least time. */
static size_t find_best(const struct comparison_point *point)
{
	size_t wall = (size_t)(metric__find("wall_ns") - metrics), best = SIZE_MAX;

	for (size_t i = 0; i < point->arm_count; i++) {
		const struct compared_arm *arm = &point->arms[i];

		if (!ends_well(arm) || isnan(arm->figures[wall]))
			continue;
		if (best == SIZE_MAX || arm->rank < point->arms[best].rank ||
		    (arm->rank == point->arms[best].rank && arm->figures[wall] < point->arms[best].figures[wall]))
			best = i;
	}
	return best;
}

static enum standing standing_of(const struct comparison_point *point, size_t arm)
{
	const struct compared_pair *pair;

	if (point->arms[arm].cannot)
		return STANDING_CANNOT;
	if (point->arms[arm].failed)
		return STANDING_FAILS;
	if (point->best == SIZE_MAX)
		return STANDING_OPEN;
	if (arm == point->best)
		return STANDING_BEST;
	pair = comparison_point__pair(point, point->best, arm);
	return pair && pair->verdict == PAIR_SAME ? STANDING_SAME
	       : beats(point, point->best, arm)	  ? STANDING_BEHIND
						  : STANDING_OPEN;
}

/* Each pair is a case: the first @arm_count - 1 of them are those with the first arm. */
static void read_pairs(struct comparison_point *point)
{
	const struct claim_finding *finding = point->finding;

	for (size_t i = 0; i < finding->claim->case_count; i++) {
		const struct case_finding *of = &finding->cases[i];
		struct compared_pair *pair = &point->pairs[point->pair_count];

		if (of->of->arm_count != 2)
			continue;
		*pair = (struct compared_pair){.first = arm_of(point, &of->of->arms[0]),
					       .second = arm_of(point, &of->of->arms[1]),
					       .ratio = of->rule[0].interval,
					       .of = of};
		if (pair->first == SIZE_MAX || pair->second == SIZE_MAX)
			continue;
		if (!of->blocks)
			pair->ratio = (struct interval){NAN, NAN, NAN};
		point->pair_count++;
	}
}

static void read_point(struct comparison_point *point, const struct validation *validation,
		       const struct claim_finding *finding, struct scratch scratch)
{
	bool shared[MAX_BLOCKS + 1];

	point->finding = finding;
	point->label = strcmp(finding->claim->english, COMPARISON_NO_SWEEP) ? finding->claim->english : "";
	read_pairs(point);
	for (size_t i = 0; i < point->arm_count; i++)
		note_outcomes(&point->arms[i], validation);
	find_shared(point, validation, shared);
	for (size_t i = 0; i < point->arm_count; i++)
		take_medians(&point->arms[i], validation, shared, scratch);
	for (size_t i = 0; i < point->pair_count; i++) {
		struct compared_pair *pair = &point->pairs[i];

		pair->verdict = verdict_of(point, pair);
		if (pair->verdict == PAIR_FAILED)
			pair->ratio = (struct interval){NAN, NAN, NAN};
		if (!pair->first)
			point->arms[pair->second].against_first = pair->ratio;
	}
	rank(point);
	point->best = find_best(point);
	for (size_t i = 0; i < point->arm_count; i++) {
		point->arms[i].standing = standing_of(point, i);
		point->open += point->arms[i].standing == STANDING_OPEN;
		point->tied += point->arms[i].standing == STANDING_SAME;
	}
	comparison_point__conclude(point, validation);
}

int comparison__make(struct comparison *comparison, const struct validation *validation, struct failure *failure)
{
	struct scratch scratch = {calloc(validation->row_count + 1, sizeof(*scratch.rows)),
				  calloc(validation->row_count + 1, sizeof(*scratch.values))};
	bool room;

	*comparison = (struct comparison){.validation = validation};
	comparison->points = calloc(validation->finding_count + 1, sizeof(*comparison->points));
	room = scratch.rows && scratch.values && comparison->points;
	for (size_t i = 0; room && i < validation->finding_count; i++)
		read_point(&comparison->points[comparison->point_count++], validation, &validation->findings[i],
			   scratch);
	free(scratch.rows);
	free(scratch.values);
	if (!room)
		return fail(failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < comparison->point_count; i++)
		if (!comparison->points[i].pair_count)
			return fail(failure, STATUS_USAGE, "the trials' claim '%.80s' has no two arms to compare",
				    comparison->points[i].finding->claim->id);
	return comparison__find_crossovers(comparison) ? fail(failure, STATUS_CANNOT, "out of memory") : 0;
}

static size_t count_standing(const struct comparison *comparison, enum standing standing)
{
	size_t count = 0;

	for (size_t i = 0; i < comparison->point_count; i++)
		for (size_t j = 0; j < comparison->points[i].arm_count; j++)
			count += comparison->points[i].arms[j].standing == standing;
	return count;
}

static bool is_void(const struct validation *validation)
{
	for (size_t i = 0; i < validation->void_count; i++)
		if (validation->voids[i].voided)
			return true;
	return false;
}

enum exit_status comparison__status(const struct validation *validation)
{
	struct failure failure = {0};
	struct comparison comparison;
	enum exit_status status = (enum exit_status)validation__status(validation, false);

	if (status != STATUS_DONE)
		return status;
	if (comparison__make(&comparison, validation, &failure))
		status = failure.status;
	else if (!count_standing(&comparison, STANDING_BEST))
		status = count_standing(&comparison, STANDING_FAILS)	? STATUS_CONTRADICTED
			 : count_standing(&comparison, STANDING_CANNOT) ? STATUS_CANNOT
			 : is_void(validation)				? STATUS_INVALID
									: STATUS_UNSURE;
	comparison__free(&comparison);
	return status;
}

void comparison__free(struct comparison *comparison)
{
	free(comparison->points);
	free(comparison->crossovers);
	*comparison = (struct comparison){0};
}
