// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wilcoxon's signed ranks. The interval is all shifts that the test does not reject, ends included. Ties and zeros
 * need no special case then: the distribution without them, with the ends included, covers at least as often.
 */
#include <math.h>

#include "numbers.h"

#define MOST_PAIRS (SIGNED_RANK_MAX * (SIGNED_RANK_MAX + 1) / 2)

/*
 * P(W = w) for every w up to n (n + 1) / 2: each rank is in the sum or not, with the same chance. Sums of powers of
 * two: exact up to n = 52, and to the last digits beyond.
 */
static void distribution(double *probability, size_t n)
{
	size_t largest = 0;

	probability[0] = 1;
	for (size_t rank = 1; rank <= n; rank++) {
		for (size_t w = largest + 1; w <= largest + rank; w++)
			probability[w] = 0;
		largest += rank;
		for (size_t w = largest; w >= rank; w--)
			probability[w] = (probability[w] + probability[w - rank]) / 2;
		for (size_t w = 0; w < rank; w++)
			probability[w] /= 2;
	}
}

double signed_rank__probability(size_t n, size_t w)
{
	double probability[MOST_PAIRS + 1], sum = 0;

	if (n > SIGNED_RANK_MAX)
		return NAN;
	if (w >= n * (n + 1) / 2)
		return 1;
	distribution(probability, n);
	for (size_t i = 0; i <= w; i++)
		sum += probability[i];
	return fmin(sum, 1);
}

/* How many values W can take, from 0 on, with at most @error / 2 in all: so many averages are outside at each end. */
static size_t outside(size_t n, double error)
{
	double probability[MOST_PAIRS + 1], sum;
	size_t count = 0;

	distribution(probability, n);
	for (sum = probability[0]; sum <= error / 2 && count < n * (n + 1) / 4; sum += probability[count])
		count++;
	return count;
}

/* All averages of two values, a value and itself among them. false: one is infinity less infinity. */
static bool average_pairs(double *averages, const double *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++) {
			*averages = i == j ? values[i] : values[i] / 2 + values[j] / 2;
			if (isnan(*averages++))
				return false;
		}
	return true;
}

struct interval interval__hodges_lehmann(const double *values, size_t n, double error)
{
	struct interval interval = interval_unknown;
	double averages[MOST_PAIRS];
	size_t count = n * (n + 1) / 2, left_out;

	if (!n || n > SIGNED_RANK_MAX || !average_pairs(averages, values, n))
		return interval;
	numbers__sort(averages, count);
	interval.estimate = numbers__median(averages, count);
	left_out = outside(n, error);
	if (left_out) {
		interval.low = averages[left_out - 1];
		interval.high = averages[count - left_out];
	}
	return interval;
}
