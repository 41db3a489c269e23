/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What wins, in words; and where it turns. */
#include "conclude.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *name_of(const struct comparison_point *point, size_t arm)
{
	return point->arms[arm].name;
}

const char *comparison_point__list(char room[COMPARISON_SAYS], const struct comparison_point *point,
				   bool (*chosen)(const struct comparison_point *point, size_t arm))
{
	size_t count = 0, listed = 0;
	int length = 0;

	*room = '\0';
	for (size_t i = 0; i < point->arm_count; i++)
		count += !chosen || chosen(point, i);
	for (size_t i = 0; i < point->arm_count; i++)
		if (!chosen || chosen(point, i)) {
			length += snprintf(room + length, COMPARISON_SAYS - (size_t)length, "%s%s",
					   !listed		 ? ""
					   : listed + 1 == count ? " and "
								 : ", ",
					   name_of(point, i));
			listed++;
		}
	return room;
}

static bool is_tied(const struct comparison_point *point, size_t arm)
{
	return point->arms[arm].standing == STANDING_SAME || arm == point->best;
}

/* The best one's time is less for sure, but the margin is not passed. */
static bool is_close(const struct comparison_point *point, size_t arm)
{
	const struct compared_pair *pair = comparison_point__pair(point, point->best, arm);

	return point->arms[arm].standing == STANDING_OPEN && pair && compared_pair__speed_up(pair, point->best).low > 1;
}

static bool is_open(const struct comparison_point *point, size_t arm)
{
	return point->arms[arm].standing == STANDING_OPEN && !is_close(point, arm);
}

/* By how much, and why; returns the fastest of those that are behind. SIZE_MAX: none is. */
static size_t note_slower(struct comparison_point *point)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < point->arm_count; i++) {
		struct compared_arm *arm = &point->arms[i];

		if (arm->standing != STANDING_BEHIND)
			continue;
		arm->behind = compared_pair__speed_up(comparison_point__pair(point, point->best, i), point->best);
		comparison__because(arm->because, &point->arms[point->best], arm);
		if (found == SIZE_MAX || arm->behind.estimate < point->arms[found].behind.estimate)
			found = i;
	}
	return found;
}

static void say_winner(struct comparison_point *point)
{
	struct interval factor = point->arms[point->second].behind;

	snprintf(point->says, sizeof(point->says), "%s is %.2fx as fast as %s, %.2f to %.2f",
		 name_of(point, point->best), factor.estimate, name_of(point, point->second), factor.low, factor.high);
}

/* No winner: those that are as fast as the best, and what is slower than that. */
static void say_tie(struct comparison_point *point)
{
	char tied[COMPARISON_SAYS];
	int length;

	comparison_point__list(tied, point, is_tied);
	length = snprintf(point->says, sizeof(point->says),
			  "no difference larger than " COMPARISON_MARGIN " %% between %.300s", tied);
	if (point->second != SIZE_MAX)
		snprintf(point->says + length, sizeof(point->says) - (size_t)length, "; %s is %.2fx as fast as %s",
			 name_of(point, point->best), point->arms[point->second].behind.estimate,
			 name_of(point, point->second));
}

/* Why a pair with the best is not judged at all; NULL: all are. */
static const char *why_invalid(const struct comparison_point *point)
{
	for (size_t i = 0; i < point->pair_count; i++) {
		const struct compared_pair *pair = &point->pairs[i];

		if ((pair->first == point->best || pair->second == point->best) && pair->of->verdict == VERDICT_INVALID)
			return pair->of->reason;
	}
	return NULL;
}

static void say_open(struct comparison_point *point)
{
	char open[COMPARISON_SAYS], close[COMPARISON_SAYS];
	const char *why = why_invalid(point);
	size_t length;

	comparison_point__list(open, point, is_open);
	comparison_point__list(close, point, is_close);
	snprintf(point->says, sizeof(point->says), "not decided: %s has the least time%s%.200s%s%.200s%s",
		 name_of(point, point->best), *open ? "; it is not told from " : "", open,
		 *close ? "; it is faster than " : "", close,
		 *close ? ", but not for sure by more than " COMPARISON_MARGIN " %" : "");
	length = strlen(point->says);
	if (why)
		snprintf(point->says + length, sizeof(point->says) - length, " (%.150s)", why);
}

/* There are no times: because of the arms, of others who used the machine, or it was stopped. */
static void say_nothing(struct comparison_point *point, const struct validation *validation)
{
	const char *why = NULL;
	size_t trials = 0, voided = 0, fail = 0;

	for (size_t i = 0; i < point->arm_count; i++)
		fail += point->arms[i].standing == STANDING_FAILS || point->arms[i].standing == STANDING_CANNOT;
	for (size_t i = 0; i < validation->void_count; i++)
		for (size_t j = 0; j < point->arm_count; j++) {
			const struct void_row *row = &validation->voids[i];

			if (strcmp(row->command, point->arms[j].command) != 0)
				continue;
			trials += row->trials;
			voided += row->voided;
			why = row->voided ? row->why : why;
		}
	if (fail == point->arm_count)
		snprintf(point->says, sizeof(point->says), "no arm ends well: there is nothing to compare");
	else if (why)
		snprintf(point->says, sizeof(point->says), "nothing that counts: %zu of %zu trials are void: %.150s",
			 voided, trials, why);
	else
		snprintf(point->says, sizeof(point->says), "nothing was measured yet");
}

void comparison_point__conclude(struct comparison_point *point, const struct validation *validation)
{
	size_t slower;

	point->second = SIZE_MAX;
	if (point->best == SIZE_MAX) {
		say_nothing(point, validation);
		return;
	}
	slower = note_slower(point);
	/* Where it is open nobody is named whose reason could be told. */
	point->second = point->open ? SIZE_MAX : slower;
	if (point->open)
		say_open(point);
	else if (point->tied)
		say_tie(point);
	else if (point->second != SIZE_MAX)
		say_winner(point);
	else
		snprintf(point->says, sizeof(point->says), "%s is the only one that ends well",
			 name_of(point, point->best));
}

const char *comparison_point__verdict(const struct comparison_point *point)
{
	bool measured = true;

	for (size_t i = 0; i < point->arm_count; i++)
		measured &= point->arms[i].failed || point->arms[i].cannot;
	return point->best == SIZE_MAX && measured	? "nothing ends well"
	       : point->best == SIZE_MAX || point->open ? COMPARISON_OPEN
	       : point->tied				? "no difference"
							: name_of(point, point->best);
}

bool label__next(const char **label, struct label_part *part)
{
	size_t length = strcspn(*label, ","), equals = strcspn(*label, "=,");

	if (!**label)
		return false;
	*part = (struct label_part){.option = *label, .value = *label + length, .option_length = equals};
	if (equals < length) {
		part->value = *label + equals + 1;
		part->value_length = length - equals - 1;
	}
	*label += length + strspn(*label + length, ", ");
	return true;
}

/* The value of @option in a point's label, as text; NULL: it is not swept. *@length: of it. */
static const char *swept_value(const char *label, const char *option, size_t *length)
{
	struct label_part part;

	while (label__next(&label, &part))
		if (part.option_length == strlen(option) && !strncmp(part.option, option, part.option_length)) {
			*length = part.value_length;
			return part.value;
		}
	return NULL;
}

/* NAN: it is no number. Sizes may have a unit. */
static double number_of(const char *label, const char *option)
{
	size_t length;
	const char *text = swept_value(label, option, &length);
	static const char units[] = "KMG", range[] = "range("; /* of --items */
	char *end;
	double value;

	if (!text)
		return NAN;
	if (length && !strncmp(text, range, strlen(range)) && text[length - 1] == ')') {
		text += strlen(range);
		length -= strlen(range) + 1;
	}
	value = strtod(text, &end);
	if (end == text)
		return NAN;
	if (end < text + length && strchr(units, *end)) {
		value *= pow(1024, 1 + (double)(strchr(units, *end) - units));
		end++;
	}
	return end == text + length ? value : NAN;
}

/* Whether two points differ in @option alone. */
static bool on_one_line(const char *a, const char *b, const char *option)
{
	size_t in_a, in_b;
	const char *at = swept_value(a, option, &in_a), *other = swept_value(b, option, &in_b);

	return at && other && at - a == other - b && !strncmp(a, b, (size_t)(at - a)) &&
	       !strcmp(at + in_a, other + in_b);
}

static double log_ratio(const struct comparison_point *point, size_t pair)
{
	return log(point->pairs[pair].ratio.estimate);
}

static bool is_measured(const struct comparison_point *point, size_t pair)
{
	return point->pairs[pair].verdict != PAIR_FAILED && point->pairs[pair].ratio.estimate > 0;
}

static bool is_decided(const struct comparison_point *point, size_t pair)
{
	return point->pairs[pair].verdict == PAIR_FASTER || point->pairs[pair].verdict == PAIR_SLOWER;
}

/* The next point after @at with a larger number for @option and the same for all else; @decided: one that is. */
static const struct comparison_point *next_point(const struct comparison *comparison, const struct comparison_point *at,
						 const char *option, size_t pair, bool decided)
{
	const struct comparison_point *next = NULL;

	for (size_t i = 0; i < comparison->point_count; i++) {
		const struct comparison_point *point = &comparison->points[i];

		if (point->pair_count > pair && is_measured(point, pair) && (!decided || is_decided(point, pair)) &&
		    on_one_line(at->label, point->label, option) &&
		    number_of(point->label, option) > number_of(at->label, option) &&
		    (!next || number_of(point->label, option) < number_of(next->label, option)))
			next = point;
	}
	return next;
}

/*
 * Where the estimates pass each other, between the two neighbours where they do. There the logarithm of the ratio is
 * taken as a straight line over that of the swept number: exact where times follow powers of it.
 */
static double turning_point(const struct comparison *comparison, const struct comparison_point *from,
			    const struct comparison_point *to, const char *option, size_t pair)
{
	double sign = log_ratio(from, pair), before, after, low, high, share;
	const struct comparison_point *at = from, *next = next_point(comparison, at, option, pair, false);

	for (; next && next != to && log_ratio(next, pair) * sign > 0;
	     next = next_point(comparison, at, option, pair, false))
		at = next;
	next = next ? next : to;
	before = log_ratio(at, pair);
	after = log_ratio(next, pair);
	low = number_of(at->label, option);
	high = number_of(next->label, option);
	share = before / (before - after);
	return low > 0 && high > 0 ? exp(log(low) + share * (log(high) - log(low))) : low + share * (high - low);
}

static int add_crossover(struct comparison *comparison, const struct crossover *crossover)
{
	struct crossover *grown = realloc(comparison->crossovers, (comparison->crossover_count + 1) * sizeof(*grown));

	if (!grown)
		return -1;
	comparison->crossovers = grown;
	comparison->crossovers[comparison->crossover_count++] = *crossover;
	return 0;
}

/* Which of two arms far behind is the faster one is of no interest. */
static bool concerns_best(const struct comparison_point *from, const struct comparison_point *to,
			  const struct compared_pair *pair)
{
	return from->best == pair->first || from->best == pair->second || to->best == pair->first ||
	       to->best == pair->second;
}

static int look_along(struct comparison *comparison, const struct comparison_point *from, const char *option)
{
	for (size_t i = 0; i < from->pair_count; i++) {
		const struct compared_pair *pair = &from->pairs[i];
		const struct comparison_point *to =
			is_decided(from, i) ? next_point(comparison, from, option, i, true) : NULL;
		struct crossover crossover;
		bool first;

		if (!to || to->pairs[i].verdict == pair->verdict || !concerns_best(from, to, pair))
			continue;
		first = pair->verdict == PAIR_SLOWER;
		crossover = (struct crossover){
			.first = name_of(from, first ? pair->first : pair->second),
			.second = name_of(from, first ? pair->second : pair->first),
			.option = options__find(arm_rows, option) ? options__find(arm_rows, option)->name : "",
			.from = from,
			.to = to,
			.low = number_of(from->label, option),
			.high = number_of(to->label, option)};
		crossover.estimate = turning_point(comparison, from, to, option, i);
		if (add_crossover(comparison, &crossover))
			return -1;
	}
	return 0;
}

int comparison__find_crossovers(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->point_count; i++) {
		const char *label = comparison->points[i].label;
		struct label_part part;
		char option[64];

		while (label__next(&label, &part)) {
			snprintf(option, sizeof(option), "%.*s", (int)part.option_length, part.option);
			if (look_along(comparison, &comparison->points[i], option))
				return -1;
		}
	}
	return 0;
}
