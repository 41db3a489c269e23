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

static int add_environment(struct snapshot *snapshot, const struct validation *validation)
{
	const struct environment *environment = &validation->environment;
	char blocks[64];
	const struct fact facts[] = {{"kernel", environment->kernel},
				     {"machine", environment->machine},
				     {"CPUs", environment->cpus_allowed},
				     {"clock", environment->clock},
				     {"control groups", environment->cgroup_mode},
				     {"Python", validation->interpreter},
				     {"mptrace", environment->version},
				     {"blocks", blocks}};

	if (validation->blocks)
		snprintf(blocks, sizeof(blocks), "one look at %u", (unsigned)validation->blocks);
	else
		snprintf(blocks, sizeof(blocks), "%u looks", validation->looks);
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		if (snapshot__add_fact(snapshot, &snapshot->facts, &snapshot->fact_count, facts[i].what, facts[i].text))
			return -1;
	return 0;
}

/* The identical pair of runs that watches an arm's engine and workload: its first one, in block @block; NAN: none. */
static double control_time(const struct validation *validation, const char *kind, uint32_t block)
{
	size_t wall = (size_t)(metric__find("wall_ns") - metrics);
	char id[64];

	snprintf(id, sizeof(id), "again-%s", kind);
	for (char *at = id; *at; at++)
		if (*at == ' ')
			*at = '-';
	for (size_t i = 0; i < validation->claims->count; i++) {
		const struct claim *claim = validation->claims->list[i];

		for (size_t j = 0; !strcmp(claim->id, id) && j < validation->row_count; j++) {
			const struct trial_row *row = &validation->rows[j];

			if (row->block == block && !row->voided[0] && !row->cannot &&
			    !strcmp(row->command, claim->cases[0].arms[0].command))
				return row->metrics[wall];
		}
	}
	return NAN;
}

static bool counts(const struct trial_row *row, const struct compared_arm *arm, size_t metric)
{
	return row->block && !row->cannot && !row->voided[0] && row->outcome == OUTCOME_OK &&
	       !strcmp(row->command, arm->command) && !isnan(row->metrics[metric]);
}

static int add_figure(struct snapshot *snapshot, const struct validation *validation, const char *what,
		      const struct compared_arm *arm, size_t metric)
{
	bool wall = metric == (size_t)(metric__find("wall_ns") - metrics);
	struct series *series = snapshot__add_series(snapshot, what, &metrics[metric], arm->trials);
	char kind[40];

	if (!series)
		return -1;
	if (wall)
		series->controls = memory__take(&snapshot->memory, (arm->trials + 1) * sizeof(double));
	if (wall && !series->controls)
		return -1;
	if (wall)
		command__kind(arm->command, kind);
	for (size_t i = 0; i < validation->row_count; i++) {
		const struct trial_row *row = &validation->rows[i];

		if (!counts(row, arm, metric) || series->count == arm->trials)
			continue;
		if (wall)
			series->controls[series->count] = control_time(validation, kind, row->block);
		series->values[series->count++] = row->metrics[metric];
	}
	return 0;
}

static int add_arm(struct snapshot *snapshot, const struct validation *validation, const char *label,
		   const struct compared_arm *arm)
{
	char what[256];

	snprintf(what, sizeof(what), "%.180s%s%.48s", label, *label ? ": " : "", arm->name);
	if (snapshot__add_fact(snapshot, &snapshot->facts, &snapshot->fact_count, what, arm->command))
		return -1;
	if (arm->failed && snapshot__add_fact(snapshot, &snapshot->verdicts, &snapshot->verdict_count, what, "fails"))
		return -1;
	for (size_t i = 0; i < metric_count; i++)
		if (add_figure(snapshot, validation, what, arm, i))
			return -1;
	return 0;
}

/* The winner, by its name; it is its numbers that change from day to day. */
static int add_point(struct snapshot *snapshot, const struct validation *validation,
		     const struct comparison_point *point)
{
	const char *winner = point->best == SIZE_MAX ? "nothing ends well"
			     : point->open	     ? NOT_DECIDED
			     : point->tied	     ? "no difference"
						     : point->arms[point->best].name;

	if (snapshot__add_fact(snapshot, &snapshot->verdicts, &snapshot->verdict_count,
			       *point->label ? point->label : "fastest", winner))
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

static int add_verdicts(struct snapshot *snapshot, const struct validation *validation)
{
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
	    (side_by_side ? add_comparison(snapshot, validation, failure) : add_verdicts(snapshot, validation)))
		return fail(failure, STATUS_CANNOT, "out of memory");
	return 0;
}

void snapshot__free(struct snapshot *snapshot)
{
	memory__free(&snapshot->memory);
	*snapshot = (struct snapshot){0};
}
