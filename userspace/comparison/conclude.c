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

/* "a", "a and b", "a, b and c": of the arms that stand to the best one as @verdict says. */
static void list_arms(char room[COMPARISON_SAYS], const struct comparison_point *point, bool best,
		      bool (*chosen)(const struct comparison_point *point, size_t arm))
{
	size_t count = best, listed = 0;
	int length = 0;

	for (size_t i = 0; i < point->arm_count; i++)
		count += i != point->best && chosen(point, i);
	*room = '\0';
	for (size_t i = 0; i < point->arm_count; i++) {
		if (i == point->best ? !best : !chosen(point, i))
			continue;
		length += snprintf(room + length, COMPARISON_SAYS - (size_t)length, "%s%s",
				   !listed		 ? ""
				   : listed + 1 == count ? " and "
							 : ", ",
				   name_of(point, i));
		listed++;
	}
}

static enum pair_verdict against_best(const struct comparison_point *point, size_t arm)
{
	const struct compared_pair *pair = comparison_point__pair(point, point->best, arm);

	return pair ? pair->verdict : PAIR_FAILED;
}

static bool is_tied(const struct comparison_point *point, size_t arm)
{
	return against_best(point, arm) == PAIR_SAME;
}

static bool is_open(const struct comparison_point *point, size_t arm)
{
	const struct compared_pair *pair = comparison_point__pair(point, point->best, arm);

	return pair && pair->verdict != PAIR_FAILED && pair->verdict != PAIR_SAME &&
	       pair->verdict != (pair->first == point->best ? PAIR_SLOWER : PAIR_FASTER);
}

static bool is_slower(const struct comparison_point *point, size_t arm)
{
	const struct compared_pair *pair = comparison_point__pair(point, point->best, arm);

	return pair && pair->verdict != PAIR_FAILED && !is_tied(point, arm) && !is_open(point, arm);
}

/* By how much, and why; returns the fastest of those that are slower than the best for sure. SIZE_MAX: none is. */
static size_t note_slower(struct comparison_point *point)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < point->arm_count; i++) {
		struct compared_arm *arm = &point->arms[i];

		if (i == point->best || !is_slower(point, i))
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

/* No winner: those that are as fast as the best, and what is slower than all of them. */
static void say_tie(struct comparison_point *point)
{
	char tied[COMPARISON_SAYS];
	int length;

	list_arms(tied, point, true, is_tied);
	length = snprintf(point->says, sizeof(point->says),
			  "no difference larger than " COMPARISON_MARGIN " %% between %.300s", tied);
	if (point->second == SIZE_MAX)
		return;
	snprintf(point->says + length, sizeof(point->says) - (size_t)length, "; next comes %s, %.2fx slower",
		 name_of(point, point->second), point->arms[point->second].behind.estimate);
}

static void say_open(struct comparison_point *point)
{
	char open[COMPARISON_SAYS];
	int length;

	list_arms(open, point, false, is_open);
	length = snprintf(point->says, sizeof(point->says),
			  "not decided: %s has the least time, but is not told from %.300s",
			  name_of(point, point->best), open);
	for (size_t i = 0; i < point->arm_count; i++) {
		const struct compared_pair *pair = comparison_point__pair(point, point->best, i);

		if (i == point->best || !is_open(point, i) || !pair->of->reason[0])
			continue;
		snprintf(point->says + length, sizeof(point->says) - (size_t)length, " (%.160s)", pair->of->reason);
		break;
	}
}

void comparison_point__conclude(struct comparison_point *point)
{
	size_t comparable = 0;

	point->second = SIZE_MAX;

	for (size_t i = 0; i < point->arm_count; i++)
		comparable += !point->arms[i].cannot && point->arms[i].trials && !point->arms[i].failed;
	if (point->best == SIZE_MAX) {
		snprintf(point->says, sizeof(point->says), "no arm was run to its end: there is nothing to compare");
		return;
	}
	point->second = note_slower(point);
	if (comparable == 1)
		snprintf(point->says, sizeof(point->says), "%s is the only one that ends well",
			 name_of(point, point->best));
	else if (point->open)
		say_open(point);
	else if (point->tied)
		say_tie(point);
	else if (point->second != SIZE_MAX)
		say_winner(point);
}

/* The value of @option in a point's label, as text; NULL: it is not swept. *@length: of it. */
static const char *swept_value(const char *label, const char *option, size_t *length)
{
	size_t word = strlen(option);

	for (const char *at = label; *at;) {
		size_t end = strcspn(at, ",");

		if (!strncmp(at, option, word) && at[word] == '=') {
			*length = end - word - 1;
			return at + word + 1;
		}
		at += end + strspn(at + end, ", ");
	}
	return NULL;
}

/* NAN: it is no number. Sizes may have a unit. */
static double number_of(const char *label, const char *option)
{
	size_t length;
	const char *text = swept_value(label, option, &length);
	static const char units[] = "KMG";
	char *end;
	double value;

	if (!text)
		return NAN;
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

		if (point->pair_count > pair && (!decided || is_decided(point, pair)) &&
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
	if (!next)
		return NAN;
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

/* The option, of all that a label names, that @name points at: "tasks=10, chunk=1" has two. */
static size_t option_name(const char *at, char name[64])
{
	snprintf(name, 64, "%.*s", (int)strcspn(at, "="), at);
	return strcspn(at, ",") + strspn(at + strcspn(at, ","), ", ");
}

static int look_along(struct comparison *comparison, const struct comparison_point *from, const char *option)
{
	for (size_t i = 0; i < from->pair_count; i++) {
		const struct compared_pair *pair = &from->pairs[i];
		const struct comparison_point *to =
			is_decided(from, i) ? next_point(comparison, from, option, i, true) : NULL;
		struct crossover crossover;
		bool first;

		if (!to || to->pairs[i].verdict == pair->verdict)
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
		const struct comparison_point *point = &comparison->points[i];
		char option[64];

		for (const char *at = point->label; *at;) {
			at += option_name(at, option);
			if (look_along(comparison, point, option))
				return -1;
		}
	}
	return 0;
}
