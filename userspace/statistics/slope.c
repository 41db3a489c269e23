// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>

#include "numbers.h"

static size_t slopes_between(double *slopes, const double *x, const double *y, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (x[i] != x[j])
				slopes[count++] = (y[j] - y[i]) / (x[j] - x[i]);
	return count;
}

double slope__theil_sen(const double *x, const double *y, size_t n)
{
	double *slopes, *sorted, median = NAN;
	size_t count;

	if (n < 2 || !numbers__all_finite(x, n) || !numbers__all_finite(y, n))
		return NAN;
	slopes = calloc(n * (n - 1) / 2, sizeof(*slopes));
	if (!slopes)
		return NAN;
	count = slopes_between(slopes, x, y, n);
	sorted = numbers__sorted(slopes, count);
	if (sorted)
		median = numbers__median(sorted, count);
	free(sorted);
	free(slopes);
	return median;
}
