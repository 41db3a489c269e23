// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>

#include "statistics.h"

static int by_p(const void *left, const void *right)
{
	double a = **(double *const *)left, b = **(double *const *)right;

	return (a > b) - (a < b);
}

void holm__adjust(double *p, size_t n)
{
	double **order = calloc(n ? n : 1, sizeof(*order)), least = 0;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (isnan(p[i]))
			continue;
		else if (order)
			order[count++] = &p[i];
		else
			p[i] = 1; /* no memory: nothing is claimed */
	if (order)
		qsort(order, count, sizeof(*order), by_p);
	for (size_t i = 0; i < count; i++) {
		least = fmax(least, fmin(1, *order[i] * (double)(count - i)));
		*order[i] = least;
	}
	free(order);
}
