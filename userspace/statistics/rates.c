// SPDX-License-Identifier: GPL-2.0-or-later
/* How often something happens: one rate that showed no case, and two that are compared. */
#include <math.h>

#include "statistics.h"

double rule_of_three(uint64_t opportunities)
{
	return opportunities <= 3 ? 1 : 3 / (double)opportunities;
}

/* A table that is as likely as the observed one must not be missed for a rounding. */
static const double as_likely = 1 + 1e-7;

/*
 * Walks from the observed table to one end of all tables with the same sums, a growing by one each time (the other way
 * is the same walk with columns swapped). Likelihoods are relative to the observed table's.
 */
static void walk(double a, double b, double c, double d, double *all, double *extreme)
{
	double likelihood = 1;

	/*
	 * It grows to one peak at most and falls from there for good: below the bound nothing more adds to sums that
	 * begin at 1. (It need not become 0: the smallest double times 0.9 is itself.)
	 */
	while (b > 0 && c > 0 && likelihood > 1e-30 && isfinite(likelihood)) {
		likelihood *= b * c / ((a + 1) * (d + 1));
		a++;
		b--;
		c--;
		d++;
		*all += likelihood;
		if (likelihood <= as_likely)
			*extreme += likelihood;
	}
}

double fisher__exact(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	double all = 1, extreme = 1;

	if (a > UINT32_MAX || b > UINT32_MAX || c > UINT32_MAX || d > UINT32_MAX)
		return NAN;
	walk((double)a, (double)b, (double)c, (double)d, &all, &extreme);
	walk((double)b, (double)a, (double)d, (double)c, &all, &extreme);
	return extreme / all;
}
