// SPDX-License-Identifier: GPL-2.0-or-later
/* What needs no more than an order: the median with the sign test, and the range. */
#include <math.h>
#include <stdlib.h>

#include "numbers.h"

/* How many of @n values are outside at each end: so many heads or fewer have at most the chance @error / 2. */
static size_t outside(size_t n, double error)
{
	/* A logarithm, because a half to the power of n is soon no double any more. */
	double heads = -(double)n * M_LN2, sum = exp(heads);
	size_t count = 0;

	while (sum <= error / 2 && count < n / 2) {
		heads += log((double)(n - count) / (double)(count + 1));
		sum += exp(heads);
		count++;
	}
	return count;
}

struct interval interval__median(const double *values, size_t n, double error)
{
	struct interval interval = interval_unknown;
	double *sorted = numbers__sorted(values, n);
	size_t left_out;

	if (!sorted)
		return interval;
	interval.estimate = numbers__median(sorted, n);
	left_out = outside(n, error);
	if (left_out) {
		interval.low = sorted[left_out - 1];
		interval.high = sorted[n - left_out];
	}
	free(sorted);
	return interval;
}

struct interval interval__range(const double *values, size_t n)
{
	struct interval interval = interval_unknown;
	double *sorted = numbers__sorted(values, n);

	if (!sorted)
		return interval;
	interval = (struct interval){numbers__median(sorted, n), sorted[0], sorted[n - 1]};
	free(sorted);
	return interval;
}
