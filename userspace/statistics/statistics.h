/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How sure a number is. Pure functions of numbers; nothing here knows what they mean. Every @error is the
 * probability of a wrong interval that is accepted, both sides together: 0.01 gives a 99 % interval.
 */
#ifndef MPTRACE_STATISTICS_STATISTICS_H
#define MPTRACE_STATISTICS_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * An end that the numbers cannot tell is -INFINITY or INFINITY; without numbers, or with a NaN among them, the estimate
 * is NAN and both ends are infinite.
 */
struct interval {
	double estimate, low, high;
};

/** At most so many values have an exact interval; a validation has 40 blocks. */
#define SIGNED_RANK_MAX 60

/** P(W <= w) of Wilcoxon's signed-rank statistic of @n values without ties. @n <= SIGNED_RANK_MAX, or NAN. */
double signed_rank__probability(size_t n, size_t w);

/**
 * Hodges-Lehmann estimate of @n paired differences, with its exact signed-rank interval; with ties and zeros it holds
 * at least as often. Nothing is known of more than SIGNED_RANK_MAX values.
 */
struct interval interval__hodges_lehmann(const double *values, size_t n, double error);

/** At most so many values on each side have an exact interval. */
#define RANK_SUM_MAX 60

/** P(U <= u) of Mann and Whitney's U of @m and @n values without ties. Each at most RANK_SUM_MAX, or NAN. */
double rank_sum__probability(size_t m, size_t n, size_t u);

/**
 * By how much @after (@n values) is larger than @before (@m), not paired: Hodges-Lehmann estimate of the shift, with
 * its exact rank-sum interval. Nothing is known of more than RANK_SUM_MAX values on a side.
 */
struct interval interval__shift(const double *before, size_t m, const double *after, size_t n, double error);

/** Mean and Student's t interval. Nothing is known if a value is infinite. */
struct interval interval__student(const double *values, size_t n, double error);

/** Median, and the interval of the sign test (binomial). */
struct interval interval__median(const double *values, size_t n, double error);

/** All values: median, least and most. What is decided by counting has no other interval. */
struct interval interval__range(const double *values, size_t n);

/**
 * Median of the slopes between all pairs of points with different @x. NAN if there is no such pair, or a number is not
 * finite.
 */
double slope__theil_sen(const double *x, const double *y, size_t n);

/**
 * Pocock's constant error of each of @looks (1 to 4) planned looks after equally many blocks each, so that all together
 * err with @overall; by numerical integration for normal figures. One look: @overall itself. NAN for more looks.
 */
double looks__error(unsigned looks, double overall);

/** What @looks looks err with together if each errs with @each: the inverse of looks__error. */
double looks__overall(unsigned looks, double each);

/** Upper end at 95 % of a rate of which @opportunities showed no case: the rule of three. */
double rule_of_three(uint64_t opportunities);

/** Fisher's exact test, two-sided: do a of a + b and c of c + d differ? The p value. Counts below 2^32, or NAN. */
double fisher__exact(uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/** Holm's adjusted p values, in place. A NaN stays, and is not counted. */
void holm__adjust(double *p, size_t n);

/** A small generator with a seed (splitmix64): the same numbers everywhere. */
struct random {
	uint64_t state;
};
struct random random__seeded(uint64_t seed);
uint64_t random__next(struct random *random);
/** Uniform in [0, @below). */
uint64_t random__below(struct random *random, uint64_t below);
/** Uniform in [0, 1). */
double random__unit(struct random *random);
/** Fisher-Yates. */
void random__shuffle(struct random *random, size_t *items, size_t n);

/**
 * Balanced order of @n arms: of two rows (an even @row and the next) the second is the first one backwards, so that of
 * any two arms each comes first once; every pair of rows is drawn anew from @seed. A cyclic square would balance the
 * places, but leave each arm behind the same other one.
 */
void order__balanced(uint64_t seed, size_t row, size_t *order, size_t n);

#endif
