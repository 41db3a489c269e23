// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wilcoxon's rank sum (Mann and Whitney's U), for two sets of values that are not paired. The interval is all shifts
 * that the test does not reject, ends included: with ties it covers at least as often.
 */
#include <math.h>
#include <stdlib.h>

#include "numbers.h"

#define MOST_PAIRS (RANK_SUM_MAX * RANK_SUM_MAX)

/*
 * How many of all orders of @m and @n values give each U: the coefficients of the Gaussian binomial, by multiplying
 * with (1 - q^(n+i)) and dividing by (1 - q^i). Each depends on smaller ones alone, so that the tails, which decide,
 * are exact whole numbers.
 */
static void count_orders(double *orders, size_t m, size_t n)
{
	orders[0] = 1;
	for (size_t u = 1; u <= m * n; u++)
		orders[u] = 0;
	for (size_t i = 1; i <= m; i++) {
		for (size_t u = m * n; u >= n + i; u--)
			orders[u] -= orders[u - n - i];
		for (size_t u = i; u <= m * n; u++)
			orders[u] += orders[u - i];
	}
}

static double all_orders(size_t m, size_t n)
{
	double all = 1;

	for (size_t i = 1; i <= m; i++)
		all = all * (double)(n + i) / (double)i;
	return all;
}

double rank_sum__probability(size_t m, size_t n, size_t u)
{
	double orders[MOST_PAIRS + 1], sum = 0;

	if (m > RANK_SUM_MAX || n > RANK_SUM_MAX)
		return NAN;
	if (u >= m * n)
		return 1;
	count_orders(orders, m, n);
	for (size_t i = 0; i <= u; i++)
		sum += orders[i];
	return fmin(sum / all_orders(m, n), 1);
}

/* How many values U can take, from 0 on, with at most @error / 2 in all: so many differences are outside at each end.
 */
static size_t outside(size_t m, size_t n, double error)
{
	double orders[MOST_PAIRS + 1], all = all_orders(m, n), sum;
	size_t count = 0;

	count_orders(orders, m, n);
	for (sum = orders[0]; sum <= all * error / 2 && count < m * n / 2; sum += orders[count])
		count++;
	return count;
}

struct interval interval__shift(const double *before, size_t m, const double *after, size_t n, double error)
{
	struct interval interval = interval_unknown;
	double differences[MOST_PAIRS];
	size_t count = 0, left_out;

	if (!m || !n || m > RANK_SUM_MAX || n > RANK_SUM_MAX)
		return interval;
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			differences[count] = after[j] - before[i];
			if (isnan(differences[count++]))
				return interval;
		}
	numbers__sort(differences, count);
	interval.estimate = numbers__median(differences, count);
	left_out = outside(m, n, error);
	if (left_out) {
		interval.low = differences[left_out - 1];
		interval.high = differences[count - left_out];
	}
	return interval;
}
