/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "comparison_parts.h"

#include <math.h>
#include <string.h>

const struct figure_column figure_columns[] = {
	{"wall_ns", "time"},
	{"workers", "workers"},
	{"all_on_cpu_ns", "CPU time"},
	{"memory_peak_bytes", "memory"},
	{"switches_voluntary", "voluntary"},
	{"switches_involuntary", "preempted"},
	{"run_queue_ns", "run queue"},
	{"lock_ns", "locks"},
	{"gil_ns", "GIL"},
	{"created_ns", "creation"},
	{NULL, NULL},
};

const char *compared_arm__figure(char room[HUMAN], const struct compared_arm *arm, const char *name)
{
	const struct metric *metric = metric__find(name);
	double value = arm->figures[metric - metrics];

	if (isnan(value))
		snprintf(room, HUMAN, "-");
	else
		human__value(room, value, metric->unit);
	return room;
}

const char *compared_arm__speed_up(char room[SENTENCE], const struct compared_arm *arm)
{
	struct interval ratio = arm->against_first;

	*room = '\0';
	if (isnan(ratio.estimate) || arm->failed)
		return room;
	if (isfinite(ratio.low) && isfinite(ratio.high) && ratio.low > 0)
		snprintf(room, SENTENCE, "%.2fx (%.2f to %.2f)", 1 / ratio.estimate, 1 / ratio.high, 1 / ratio.low);
	else
		snprintf(room, SENTENCE, "%.2fx (too few blocks)", 1 / ratio.estimate);
	return room;
}

const char *comparison_point__answer(char room[2 * SENTENCE], const struct comparison_point *point)
{
	const char *because = point->second == SIZE_MAX ? "" : point->arms[point->second].because;

	snprintf(room, 2ul * SENTENCE, "%s%s%.600s", point->says, *because ? ": " : "", because);
	return room;
}

const char *compared_arm__behind(char room[2 * SENTENCE], const struct comparison_point *point, size_t at)
{
	const struct compared_arm *arm = &point->arms[at];

	*room = '\0';
	if (arm->standing == STANDING_BEHIND)
		snprintf(room, 2ul * SENTENCE, "%.48s is %.2fx as fast as %.48s, %.2f to %.2f%s%.600s",
			 point->arms[point->best].name, arm->behind.estimate, arm->name, arm->behind.low,
			 arm->behind.high, *arm->because ? ": " : "", arm->because);
	return room;
}

/* Whether its rank can still change. */
static bool is_open(const struct comparison_point *point, size_t arm)
{
	for (size_t i = 0; i < point->pair_count; i++)
		if ((point->pairs[i].first == arm || point->pairs[i].second == arm) &&
		    point->pairs[i].verdict == PAIR_OPEN)
			return true;
	return false;
}

const char *compared_arm__rank(char room[HUMAN], const struct comparison_point *point, size_t at)
{
	unsigned rank = point->arms[at].rank;

	snprintf(room, HUMAN, rank ? "%u%s" : "-", rank, is_open(point, at) ? "?" : "");
	return room;
}

const char *compared_arm__trouble(char room[SENTENCE], const struct compared_arm *arm)
{
	*room = '\0';
	if (arm->cannot)
		snprintf(room, SENTENCE, "%.40s cannot be run here: %.300s", arm->name, arm->says);
	else if (arm->failed)
		snprintf(room, SENTENCE, "%.40s: %zu of %zu trials %s%s%.300s", arm->name, arm->failed, arm->trials,
			 arm->outcome == OUTCOME_TIMEOUT ? "ran out of time" : outcome_names[arm->outcome],
			 *arm->says ? ": " : "", arm->says);
	return room;
}

const char *crossover__says(char room[SENTENCE], const struct crossover *crossover)
{
	snprintf(room, SENTENCE, "%.48s is faster up to --%s %.10g, %.48s from %.10g on: they meet at about %.*f",
		 crossover->first, crossover->option, crossover->low, crossover->second, crossover->high,
		 crossover->estimate < 10    ? 2
		 : crossover->estimate < 100 ? 1
					     : 0,
		 crossover->estimate);
	return room;
}

/* The options of a label (@values: their values), one after the other. */
static const char *parts_of(char room[SENTENCE], const char *label, bool values)
{
	struct label_part part;
	size_t length = 0;

	*room = '\0';
	while (length < SENTENCE && label__next(&label, &part))
		length += (size_t)snprintf(room + length, SENTENCE - length, "%s%.*s", length ? ", " : "",
					   (int)(values ? part.value_length : part.option_length),
					   values ? part.value : part.option);
	return room;
}

const char *comparison__swept(char room[SENTENCE], const struct comparison *comparison)
{
	return parts_of(room, comparison->point_count ? comparison->points[0].label : "", false);
}

const char *comparison_point__values(char room[SENTENCE], const struct comparison_point *point)
{
	return parts_of(room, point->label, true);
}
