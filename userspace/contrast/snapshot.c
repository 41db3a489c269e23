/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapshot.h"

#include <math.h>
#include <string.h>

const char *const stored_kind_names[] = {"a result", "a comparison", "a validation"};

/* One more item of @size bytes at the end of a list in the snapshot's memory: it doubles at powers of two. */
static void *append(struct snapshot *snapshot, void *list, size_t *count, size_t size)
{
	char *grown = list;

	if (!(*count & (*count - 1))) {
		grown = memory__take(&snapshot->memory, 2 * (*count + 1) * size);
		if (!grown)
			return NULL;
		if (*count)
			memcpy(grown, list, *count * size);
	}
	++*count;
	return grown;
}

int snapshot__add_fact(struct snapshot *snapshot, struct fact **list, size_t *count, const char *what, const char *text)
{
	struct fact *grown = append(snapshot, *list, count, sizeof(**list));
	struct fact *fact;

	if (!grown)
		return -1;
	*list = grown;
	fact = &grown[*count - 1];
	fact->what = memory__copy(&snapshot->memory, what, strlen(what));
	fact->text = memory__copy(&snapshot->memory, text, strlen(text));
	return fact->what && fact->text ? 0 : -1;
}

struct series *snapshot__add_series(struct snapshot *snapshot, const char *what, const struct metric *metric,
				    size_t room)
{
	struct series *grown = append(snapshot, snapshot->series, &snapshot->series_count, sizeof(*grown));
	struct series *series;

	if (!grown)
		return NULL;
	snapshot->series = grown;
	series = &grown[snapshot->series_count - 1];
	*series = (struct series){.what = memory__copy(&snapshot->memory, what, strlen(what)),
				  .metric = metric,
				  .values = memory__take(&snapshot->memory, (room + 1) * sizeof(double))};
	return series->what && series->values ? series : NULL;
}

int snapshot__add_arm(struct snapshot *snapshot, const char *name, const char *command, const char *ending)
{
	char what[256];

	/* A name of its own: an arm can be called like anything else. */
	snprintf(what, sizeof(what), "arm %.240s", name);
	return snapshot__add_fact(snapshot, &snapshot->facts, &snapshot->fact_count, what, command) ||
			       snapshot__add_fact(snapshot, &snapshot->verdicts, &snapshot->verdict_count, what, ending)
		       ? -1
		       : 0;
}

/* Under the names that they have in the JSON. */
static int add_environment(struct snapshot *snapshot, const struct validation *validation)
{
	const struct environment *environment = &validation->environment;
	char cpus[16], blocks[16];
	const struct fact facts[] = {{"kernel", environment->kernel},
				     {"machine", environment->machine},
				     {"virtual_machine", environment->virtual_machine ? "yes" : "no"},
				     {"hardware_counters", environment->hardware_counters ? "yes" : "no"},
				     {"cpus", cpus},
				     {"cpus_allowed", environment->cpus_allowed},
				     {"cgroup_mode", environment->cgroup_mode},
				     {"clock", environment->clock},
				     {"governor", environment->governor},
				     {"mptrace", environment->version},
				     {"interpreter", validation->interpreter},
				     {"quick", validation->quick ? "yes" : "no"},
				     {"blocks", blocks}};

	snprintf(cpus, sizeof(cpus), "%u", (unsigned)environment->cpus);
	snprintf(blocks, sizeof(blocks), "%u", (unsigned)validation->blocks);
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		if (*facts[i].text &&
		    snapshot__add_fact(snapshot, &snapshot->facts, &snapshot->fact_count, facts[i].what, facts[i].text))
			return -1;
	return 0;
}

/* The first of the two identical runs that watch an arm's engine and workload; NULL: none did. */
static const char *control_of(const struct validation *validation, const char *command)
{
	const struct claim *claim;
	char id[64];

	control__id("again", command, id);
	claim = claims__find(validation->claims, id);
	return claim ? claim->cases[0].arms[0].command : NULL;
}

static bool is_time_of(const struct trial_row *row, const char *command)
{
	return !row->voided[0] && !row->cannot && row->block <= MAX_BLOCKS && !strcmp(row->command, command);
}

/* The trials of one arm, and how fast the machine was in the same blocks. */
struct arm_trials {
	const struct trial_row **rows;
	double *controls; /* times of the control; NULL: there is none */
	size_t count;
};

static int find_trials(struct arm_trials *trials, struct memory *memory, const struct validation *validation,
		       const char *command)
{
	const struct compared_arm arm = {.command = command};
	const char *control = control_of(validation, command);
	double *times = memory__take(memory, (MAX_BLOCKS + 1) * sizeof(*times));

	*trials = (struct arm_trials){
		.rows = memory__take(memory, (validation->row_count + 1) * sizeof(*trials->rows)),
		.controls = control ? memory__take(memory, (validation->row_count + 1) * sizeof(double)) : NULL};
	if (!times || !trials->rows || (control && !trials->controls))
		return -1;
	for (uint32_t block = 0; block <= MAX_BLOCKS; block++)
		times[block] = NAN;
	for (size_t i = 0; control && i < validation->row_count; i++)
		if (is_time_of(&validation->rows[i], control))
			times[validation->rows[i].block] =
				validation->rows[i].metrics[metric__find("wall_ns") - metrics];
	for (size_t i = 0; i < validation->row_count; i++) {
		const struct trial_row *row = &validation->rows[i];

		if (!comparison__counts(row, &arm) || row->outcome != OUTCOME_OK || row->block > MAX_BLOCKS)
			continue;
		if (control)
			trials->controls[trials->count] = times[row->block];
		trials->rows[trials->count++] = row;
	}
	return 0;
}

/* Times have the control beside them. */
static int add_figure(struct snapshot *snapshot, const struct arm_trials *trials, const char *what, size_t metric)
{
	bool controlled = trials->controls && metrics[metric].unit == UNIT_NS;
	struct series *series = snapshot__add_series(snapshot, what, &metrics[metric], trials->count);

	if (series && controlled)
		series->controls = memory__take(&snapshot->memory, (trials->count + 1) * sizeof(double));
	if (!series || (controlled && !series->controls))
		return -1;
	for (size_t i = 0; i < trials->count; i++) {
		if (isnan(trials->rows[i]->metrics[metric]))
			continue;
		if (controlled)
			series->controls[series->count] = trials->controls[i];
		series->values[series->count++] = trials->rows[i]->metrics[metric];
	}
	return 0;
}

/* The figures of an arm: metrics from number @from up to @end. */
static int add_figures(struct snapshot *snapshot, const struct validation *validation, const char *what,
		       const char *command, size_t from, size_t end)
{
	struct memory memory = {0};
	struct arm_trials trials;
	int status = find_trials(&trials, &memory, validation, command);

	for (size_t i = from; !status && i < end; i++)
		status = add_figure(snapshot, &trials, what, i);
	memory__free(&memory);
	return status;
}

static int add_arm(struct snapshot *snapshot, const struct validation *validation, const char *label,
		   const struct compared_arm *arm)
{
	char what[256];

	snprintf(what, sizeof(what), "%.180s%s%.48s", label, *label ? ": " : "", arm->name);
	if (snapshot__add_arm(snapshot, what, arm->command,
			      arm->cannot    ? ARM_CANNOT
			      : arm->failed  ? ARM_FAILS
			      : !arm->trials ? COMPARISON_OPEN
					     : ARM_ENDS_WELL))
		return -1;
	return add_figures(snapshot, validation, what, arm->command, 0, metric_count);
}

/* The winner, by its name; it is its numbers that change from day to day. */
static int add_point(struct snapshot *snapshot, const struct validation *validation,
		     const struct comparison_point *point)
{
	if (snapshot__add_fact(snapshot, &snapshot->verdicts, &snapshot->verdict_count,
			       *point->label ? point->label : "fastest", comparison_point__verdict(point)))
		return -1;
	for (size_t i = 0; i < point->arm_count; i++)
		if (add_arm(snapshot, validation, point->label, &point->arms[i]))
			return -1;
	return 0;
}

static int add_comparison(struct snapshot *snapshot, const struct validation *validation, struct failure *failure)
{
	struct comparison comparison;
	int status = comparison__make(&comparison, validation, failure);

	for (size_t i = 0; !status && i < comparison.point_count; i++)
		status = add_point(snapshot, validation, &comparison.points[i]);
	comparison__free(&comparison);
	return status;
}

/* The verdicts; and how long each arm of their claims took. An arm that cases share is there once. */
static int add_claims(struct snapshot *snapshot, const struct validation *validation)
{
	size_t wall = (size_t)(metric__find("wall_ns") - metrics);

	for (size_t i = 0; i < validation->void_count; i++)
		if (add_figures(snapshot, validation, validation->voids[i].command, validation->voids[i].command, wall,
				wall + 1))
			return -1;
	for (size_t i = 0; i < validation->finding_count; i++)
		if (snapshot__add_fact(snapshot, &snapshot->verdicts, &snapshot->verdict_count,
				       validation->findings[i].claim->id,
				       verdict_names[validation->findings[i].verdict]))
			return -1;
	return 0;
}

int snapshot__of(struct snapshot *snapshot, const struct validation *validation, struct failure *failure)
{
	bool side_by_side = comparison__is(validation);

	*snapshot = (struct snapshot){.kind = side_by_side ? KIND_COMPARISON : KIND_VALIDATION};
	if (add_environment(snapshot, validation) ||
	    (side_by_side ? add_comparison(snapshot, validation, failure) : add_claims(snapshot, validation)))
		return fail(failure, STATUS_CANNOT, "out of memory");
	return 0;
}

void snapshot__free(struct snapshot *snapshot)
{
	memory__free(&snapshot->memory);
	*snapshot = (struct snapshot){0};
}
