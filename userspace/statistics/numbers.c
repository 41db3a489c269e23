// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"

const struct interval interval_unknown = {.estimate = NAN, .low = -INFINITY, .high = INFINITY};

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

void numbers__sort(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), by_value);
}

double *numbers__sorted(const double *values, size_t n)
{
	double *sorted;

	if (!n)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (isnan(values[i]))
			return NULL;
	sorted = calloc(n, sizeof(*sorted));
	if (!sorted)
		return NULL;
	memcpy(sorted, values, n * sizeof(*sorted));
	numbers__sort(sorted, n);
	return sorted;
}

double numbers__median(const double *sorted, size_t n)
{
	double below = sorted[(n - 1) / 2], above = sorted[n / 2];

	/* Halved first, so that the sum of two huge ones is not infinite; equal ones, as they are. */
	return below == above ? below : below / 2 + above / 2;
}

bool numbers__all_finite(const double *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(values[i]))
			return false;
	return true;
}
