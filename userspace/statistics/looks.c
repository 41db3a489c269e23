// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "statistics.h"

#define MOST_LOOKS 4
#define POINTS 65 /* of a density, for Simpson's rule: an odd number */
#define HALVINGS 30

static double normal_density(double z)
{
	return exp(-z * z / 2) / sqrt(2 * M_PI);
}

/* Two-sided. */
static double normal_tails(double z)
{
	return erfc(z / M_SQRT2);
}

static double point(double bound, size_t i)
{
	return bound * (2 * (double)i / (POINTS - 1) - 1);
}

/* Simpson's weight of point @i from -bound to bound. */
static double weight(double bound, size_t i)
{
	double step = 2 * bound / (POINTS - 1) / 3;

	return i == 0 || i == POINTS - 1 ? step : i % 2 ? 4 * step : 2 * step;
}

/* The density of the sum of one more look, of those sums that have been within @bound so far. */
static void add_look(double *density, double bound, double next_bound)
{
	double next[POINTS] = {0};

	for (size_t i = 0; i < POINTS; i++)
		for (size_t j = 0; j < POINTS; j++)
			next[i] +=
				weight(bound, j) * density[j] * normal_density(point(next_bound, i) - point(bound, j));
	for (size_t i = 0; i < POINTS; i++)
		density[i] = next[i];
}

/* That none of the @looks, each after as many blocks again, is farther off than @z (Armitage, McPherson and Rowe). */
static double stays_within(unsigned looks, double z)
{
	double density[POINTS], bound = z, within = 0;

	for (size_t i = 0; i < POINTS; i++)
		density[i] = normal_density(point(bound, i));
	for (unsigned look = 2; look <= looks; look++) {
		add_look(density, bound, z * sqrt(look));
		bound = z * sqrt(look);
	}
	for (size_t i = 0; i < POINTS; i++)
		within += weight(bound, i) * density[i];
	return within;
}

double looks__overall(unsigned looks, double each)
{
	double low = 0, high = 10; /* farther off lies less than 1e-22 */

	if (!looks || looks > MOST_LOOKS || !(each >= 0 && each <= 1))
		return NAN;
	if (looks == 1)
		return each;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;

		*(normal_tails(middle) > each ? &low : &high) = middle;
	}
	return fmax(each, 1 - stays_within(looks, low)); /* not less, whatever was rounded */
}

double looks__error(unsigned looks, double overall)
{
	double low = overall / looks, high = overall; /* Bonferroni's is too small, all of it too large */

	if (isnan(looks__overall(looks, overall)))
		return NAN;
	for (int i = 0; looks > 1 && i < HALVINGS; i++) {
		double middle = (low + high) / 2;

		*(looks__overall(looks, middle) <= overall ? &low : &high) = middle;
	}
	return low;
}
