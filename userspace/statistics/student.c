// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Student's t. For whole degrees of freedom the probability is a finite sum in the angle whose tangent is
 * t / sqrt(degrees), so the quantile is found as that angle, by bisection: nothing is approximated.
 */
#include <math.h>

#include "numbers.h"

/* What is less adds nothing to these sums, and numbers that are smaller still are slow. */
static const double too_small = 1e-30;

/* P(|T| <= sqrt(degrees) * tan(angle)) */
static double inside(size_t degrees, double angle)
{
	double cosine = cos(angle), sum = 0, term = 1;

	/* Even: sin (1 + 1/2 cos^2 + 1*3/(2*4) cos^4 + ...), up to the power degrees - 2. */
	if (degrees % 2 == 0) {
		for (size_t power = 0; power + 2 <= degrees && term > too_small; power += 2) {
			sum += term;
			term *= cosine * cosine * (double)(power + 1) / (double)(power + 2);
		}
		return sin(angle) * sum;
	}
	/* Odd: 2/pi (angle + sin (cos + 2/3 cos^3 + 2*4/(3*5) cos^5 + ...)), up to the power degrees - 2. */
	term = cosine;
	for (size_t power = 1; power + 2 <= degrees && term > too_small; power += 2) {
		sum += term;
		term *= cosine * cosine * (double)(power + 1) / (double)(power + 2);
	}
	return M_2_PI * (angle + sin(angle) * sum);
}

/* The t beyond which, at both sides together, @error lies. */
static double quantile(size_t degrees, double error)
{
	double low = 0, high = M_PI_2;

	if (!(error > 0))
		return INFINITY;
	for (;;) {
		double angle = low / 2 + high / 2;

		if (angle <= low || angle >= high)
			return sqrt((double)degrees) * tan(low);
		if (1 - inside(degrees, angle) > error)
			low = angle;
		else
			high = angle;
	}
}

struct interval interval__student(const double *values, size_t n, double error)
{
	struct interval interval = interval_unknown;
	double mean = 0, squares = 0, half;

	if (!n || !numbers__all_finite(values, n))
		return interval;
	for (size_t i = 0; i < n; i++)
		mean += values[i];
	mean /= (double)n;
	if (!isfinite(mean))
		return interval;
	interval.estimate = mean;
	if (n == 1)
		return interval;
	for (size_t i = 0; i < n; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	half = quantile(n - 1, error) * sqrt(squares / (double)(n - 1) / (double)n);
	/* No spread at all and no error at all: NaN. Squares of huge values: infinite, as it should be. */
	if (!isnan(half)) {
		interval.low = mean - half;
		interval.high = mean + half;
	}
	return interval;
}
