/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contrast.h"

#include <math.h>
#include <string.h>

#define MOST_VALUES RANK_SUM_MAX

/* @at: where it is in most cases, as both have the same order. */
static const struct fact *find_fact(const struct fact *list, size_t count, const char *what, size_t at)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[(at + i) % count].what, what))
			return &list[(at + i) % count];
	return NULL;
}

/* As find_fact. */
static const struct series *find_series(const struct snapshot *snapshot, const struct series *like, size_t at)
{
	for (size_t i = 0; i < snapshot->series_count; i++) {
		const struct series *series = &snapshot->series[(at + i) % snapshot->series_count];

		if (series->metric == like->metric && !strcmp(series->what, like->what))
			return series;
	}
	return NULL;
}

static const char *copy(struct contrast *contrast, const char *text)
{
	return text ? memory__copy(&contrast->memory, text, strlen(text)) : NULL;
}

static void note_fact(struct contrast *contrast, struct changed_fact *list, size_t *count, const struct fact *before,
		      const struct fact *now)
{
	const char *was = before ? before->text : NULL, *is = now ? now->text : NULL;

	if (was && is && !strcmp(was, is))
		return;
	list[(*count)++] = (struct changed_fact){copy(contrast, (before ? before : now)->what), copy(contrast, was),
						 copy(contrast, is)};
}

/* What either has, in the order of the later one. */
static struct changed_fact *compare_facts(struct contrast *contrast, const struct fact *before, size_t before_count,
					  const struct fact *now, size_t now_count, size_t *count)
{
	struct changed_fact *list = memory__take(&contrast->memory, (before_count + now_count + 1) * sizeof(*list));

	for (size_t i = 0; list && i < now_count; i++)
		note_fact(contrast, list, count, find_fact(before, before_count, now[i].what, i), &now[i]);
	for (size_t i = 0; list && i < before_count; i++)
		if (!find_fact(now, now_count, before[i].what, i))
			note_fact(contrast, list, count, &before[i], NULL);
	return list;
}

/* Not what a report leaves open. */
static bool is_decided(const char *verdict)
{
	static const char *const open[] = {"INCONCLUSIVE", "INVALID", "NOT-RUN", "NO-CHANCE", COMPARISON_OPEN};

	for (size_t i = 0; i < sizeof(open) / sizeof(*open); i++)
		if (!verdict || !strcmp(verdict, open[i]))
			return false;
	return true;
}

static bool all_positive(const struct series *series)
{
	for (size_t i = 0; i < series->count; i++)
		if (!(series->values[i] > 0))
			return false;
	return true;
}

/* Trials whose control was void are left out then; where that leaves few, there is no control. */
static bool has_controls(const struct series *series)
{
	size_t controlled = 0;

	for (size_t i = 0; series->controls && i < series->count; i++)
		controlled += series->controls[i] > 0;
	return controlled && 2 * controlled >= series->count;
}

/* The last values, as they are compared: logarithms, and relative to the control. */
static size_t prepare(double values[MOST_VALUES], const struct series *series, bool logarithms, bool by_control)
{
	size_t from = series->count > MOST_VALUES ? series->count - MOST_VALUES : 0, count = 0;

	for (size_t i = from; i < series->count; i++) {
		if (by_control && !(series->controls[i] > 0))
			continue;
		values[count++] = !logarithms  ? series->values[i]
				  : by_control ? log(series->values[i] / series->controls[i])
					       : log(series->values[i]);
	}
	return count;
}

static double median_of(const struct series *series)
{
	return interval__range(series->values, series->count).estimate;
}

/* How far from no change the near end of a change of logarithms is. */
static double distance(struct interval change)
{
	return fmax(0, fmax(change.low, -change.high));
}

/*
 * Of a slower day all that computes is slower, and what sleeps is not: a change counts as far as it is one both as it
 * is and relative to the control.
 */
static void relate(struct changed_figure *figure, const struct series *before, const struct series *now, double error)
{
	double earlier[MOST_VALUES], later[MOST_VALUES];
	size_t m = prepare(earlier, before, true, true), n = prepare(later, now, true, true);
	struct interval change = interval__shift(earlier, m, later, n, error);

	if (m < 2 || n < 2 || (!figure->few && (!isfinite(change.low) || !isfinite(change.high))))
		return;
	figure->by_control = true;
	if (figure->few)
		figure->change.estimate = exp(change.estimate);
	else if (distance(change) < distance(figure->change))
		figure->change = change;
}

/* @error: that it is called different by chance. */
static struct changed_figure compare_series(const struct series *before, const struct series *now, double error)
{
	double earlier[MOST_VALUES], later[MOST_VALUES];
	bool ratio = all_positive(before) && all_positive(now);
	struct changed_figure figure = {
		.metric = now->metric, .before = median_of(before), .now = median_of(now), .absolute = !ratio};
	size_t m = prepare(earlier, before, ratio, false), n = prepare(later, now, ratio, false);

	figure.change = interval__shift(earlier, m, later, n, error);
	figure.single = m == 1 || n == 1;
	figure.few = !figure.single && (!isfinite(figure.change.low) || !isfinite(figure.change.high));
	if (figure.single || figure.few)
		figure.change = (struct interval){
			figure.absolute ? figure.now - figure.before : figure.now / figure.before, -INFINITY, INFINITY};
	if (ratio && !figure.single && has_controls(before) && has_controls(now))
		relate(&figure, before, now, error);
	if (ratio && !figure.single && !figure.few)
		figure.change =
			(struct interval){exp(figure.change.estimate), exp(figure.change.low), exp(figure.change.high)};
	return figure;
}

/* By more than noise and margin; of single or few observations, by more than the margin. */
static bool differs(const struct changed_figure *figure)
{
	struct interval change = figure->change;
	double margin = CONTRAST_MARGIN * (figure->absolute ? fmax(fabs(figure->before), fabs(figure->now)) : 1);
	double same = figure->absolute ? 0 : 1, least = same - margin, most = same + margin;

	if (figure->single || figure->few)
		return change.estimate < least || change.estimate > most;
	return change.high < least || change.low > most;
}

static bool is_wall(const struct metric *metric)
{
	return metric == metric__find("wall_ns");
}

/* The share by which a time grew: observations as they are, a finding at its nearer end. */
static void note_slower(struct contrast *contrast, const struct changed_figure *figure)
{
	double by = (figure->single || figure->few ? figure->change.estimate : figure->change.low) - 1;

	if (is_wall(figure->metric) && !figure->absolute && by > contrast->slower)
		contrast->slower = by;
}

static size_t count_apart(const struct snapshot *here, const struct snapshot *there)
{
	size_t apart = 0;

	for (size_t i = 0; i < here->series_count; i++) {
		const struct series *other = find_series(there, &here->series[i], i);

		apart += here->series[i].count && !(other && other->count);
	}
	return apart;
}

static int compare_figures(struct contrast *contrast, const struct snapshot *before, const struct snapshot *now)
{
	size_t times = 0, others = 0;

	contrast->figures = memory__take(&contrast->memory, (now->series_count + 1) * sizeof(*contrast->figures));
	if (!contrast->figures)
		return -1;
	contrast->figures_apart = count_apart(before, now) + count_apart(now, before);
	for (size_t i = 0; i < now->series_count; i++) {
		const struct series *later = &now->series[i], *earlier = find_series(before, later, i);

		if (!earlier || !earlier->count || !later->count)
			continue;
		times += is_wall(later->metric);
		others += !is_wall(later->metric);
	}
	for (size_t i = 0; i < now->series_count; i++) {
		const struct series *later = &now->series[i], *earlier = find_series(before, later, i);
		struct changed_figure figure;

		if (!earlier || !earlier->count || !later->count)
			continue;
		/* Half of the error is for the times: they are what a comparison is about. */
		figure = compare_series(earlier, later,
					CONTRAST_ERROR / 2 / (double)(is_wall(later->metric) ? times : others));
		contrast->figures_compared++;
		contrast->times_compared += is_wall(later->metric);
		note_slower(contrast, &figure);
		if (!differs(&figure))
			continue;
		figure.what = copy(contrast, later->what);
		contrast->figures[contrast->figure_count++] = figure;
	}
	return 0;
}

int contrast__make(struct contrast *contrast, const struct snapshot *before, const char *before_name,
		   const struct snapshot *now, const char *now_name, struct failure *failure)
{
	*contrast = (struct contrast){.kind = now->kind};
	contrast->before = copy(contrast, before_name);
	contrast->now = copy(contrast, now_name);
	if (before->kind != now->kind)
		return fail(failure, STATUS_USAGE, "%s is %s, and %s is %s: only things of one kind can be compared",
			    before_name, stored_kind_names[before->kind], now_name, stored_kind_names[now->kind]);
	contrast->facts = compare_facts(contrast, before->facts, before->fact_count, now->facts, now->fact_count,
					&contrast->fact_count);
	contrast->verdicts = compare_facts(contrast, before->verdicts, before->verdict_count, now->verdicts,
					   now->verdict_count, &contrast->verdict_count);
	for (size_t i = 0; i < now->verdict_count; i++)
		contrast->verdicts_compared +=
			find_fact(before->verdicts, before->verdict_count, now->verdicts[i].what, i) != NULL;
	for (size_t i = 0; contrast->verdicts && i < contrast->verdict_count; i++)
		contrast->flipped += is_decided(contrast->verdicts[i].before) && is_decided(contrast->verdicts[i].now);
	if (!contrast->facts || !contrast->verdicts || compare_figures(contrast, before, now))
		return fail(failure, STATUS_CANNOT, "out of memory");
	return 0;
}

int contrast__with(struct contrast *contrast, const char *path, const struct validation *validation,
		   struct failure *failure)
{
	struct snapshot before = {0}, now = {0};
	int status = -1;

	*contrast = (struct contrast){0};
	if (!snapshot__read(&before, path, failure) && !snapshot__of(&now, validation, failure))
		status = contrast__make(contrast, &before, path, &now, "this one", failure);
	snapshot__free(&before);
	snapshot__free(&now);
	return status;
}

void contrast__free(struct contrast *contrast)
{
	memory__free(&contrast->memory);
	*contrast = (struct contrast){0};
}
