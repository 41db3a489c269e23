// SPDX-License-Identifier: GPL-2.0-or-later
/* Golden values of the statistics, and what they say of nothing, of infinities and of NaN. Rates: make check-stats. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "../../userspace/statistics/statistics.h"
#include "tap.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static bool near(double a, double b)
{
	return a == b || fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static bool is(struct interval interval, double estimate, double low, double high)
{
	return near(interval.estimate, estimate) && near(interval.low, low) && near(interval.high, high);
}

static bool unknown(struct interval interval)
{
	return isnan(interval.estimate) && interval.low == -INFINITY && interval.high == INFINITY;
}

static bool bounded(struct interval interval)
{
	return isfinite(interval.low) && isfinite(interval.high);
}

static void test_signed_rank_distribution(void)
{
	bool grows = true;

	ok_if(signed_rank__probability(5, 0) == 1.0 / 32, "n = 5: P(W <= 0) is 1/32");
	ok_if(signed_rank__probability(5, 3) == 5.0 / 32, "n = 5: P(W <= 3) is 5/32");
	ok_if(signed_rank__probability(10, 8) == 25.0 / 1024, "n = 10: P(W <= 8) is 25/1024");
	ok_if(signed_rank__probability(20, 52) == 25397.0 / 1048576, "n = 20: P(W <= 52) is 25397/2^20");
	ok_if(signed_rank__probability(0, 0) == 1 && signed_rank__probability(5, 15) == 1 &&
		      signed_rank__probability(5, SIZE_MAX) == 1,
	      "all of it is 1");
	ok_if(isnan(signed_rank__probability(SIGNED_RANK_MAX + 1, 3)), "more than %d are not answered",
	      SIGNED_RANK_MAX);
	for (size_t w = 0; w < 1830; w += 61)
		grows = grows && signed_rank__probability(60, w) <= signed_rank__probability(60, w + 61);
	ok_if(grows && signed_rank__probability(60, 0) == ldexp(1, -60) &&
		      near(signed_rank__probability(60, 914) + signed_rank__probability(60, 915), 1),
	      "n = 60: from 2^-60 it grows, alike from both ends");
}

static void test_smallest_numbers(void)
{
	static const double values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
	static const struct {
		size_t n;
		double error;
	} smallest[] = {{6, 0.05}, {8, 0.01}, {11, 0.001}};

	for (size_t i = 0; i < LENGTH(smallest); i++) {
		size_t n = smallest[i].n;
		double error = smallest[i].error, middle = (double)(n + 1) / 2;

		ok_if(is(interval__hodges_lehmann(values, n, error), middle, 1, (double)n) &&
			      is(interval__hodges_lehmann(values, n - 1, error), middle - 0.5, -INFINITY, INFINITY),
		      "signed ranks: %zu values bound an error of %g, one less do not", n, error);
		ok_if(is(interval__median(values, n, error), middle, 1, (double)n) &&
			      is(interval__median(values, n - 1, error), middle - 0.5, -INFINITY, INFINITY),
		      "sign test: %zu values bound an error of %g, one less do not", n, error);
	}
}

static void test_hodges_lehmann(void)
{
	/* Hollander and Wolfe, example 3.1: Hamilton depression scale factor. */
	static const double depression[] = {-0.952, 0.147, -1.022, -0.430, -0.620, -0.590, -0.490, 0.080, -0.010};
	static const double ties[] = {0, 0, 0, 0, 1, 1, 1, 1}, same[] = {3, 3, 3, 3, 3, 3};
	double many[SIGNED_RANK_MAX + 1];

	ok_if(is(interval__hodges_lehmann(depression, 9, 0.04), -0.46, -0.786, -0.010),
	      "a textbook's estimate and interval");
	ok_if(is(interval__hodges_lehmann(ties, 8, 0.05), 0.5, 0, 1), "ties and zeros: the ends are values");
	ok_if(is(interval__hodges_lehmann(same, 6, 0.05), 3, 3, 3), "no spread: one point");
	for (size_t i = 0; i < LENGTH(many); i++)
		many[i] = (double)i;
	ok_if(bounded(interval__hodges_lehmann(many, SIGNED_RANK_MAX, 0.01)) &&
		      unknown(interval__hodges_lehmann(many, LENGTH(many), 0.01)),
	      "%d values are answered, more are not", SIGNED_RANK_MAX);
}

/* The quantile alone: by values whose standard error is 1. */
static double t_quantile(size_t degrees, double error)
{
	size_t n = degrees + 1;
	double *values = calloc(n, sizeof(*values)), t, spread;

	/* Two of them differ from the rest; the sum of squares is then 2 spread^2. */
	spread = sqrt((double)n * (double)degrees / 2);
	values[0] = spread;
	values[1] = -spread;
	t = interval__student(values, n, error).high;
	free(values);
	return t;
}

static void test_rank_sum(void)
{
	static const double before[] = {1, 2, 3, 4, 5}, after[] = {11, 12, 13, 14, 15}, spoilt[] = {1, NAN, 3};
	double many[RANK_SUM_MAX + 1] = {0}, sum = 0;

	ok_if(near(rank_sum__probability(5, 5, 0), 1.0 / 252) && near(rank_sum__probability(5, 5, 2), 4.0 / 252) &&
		      near(rank_sum__probability(3, 4, 1), 2.0 / 35),
	      "P(U <= 0) of 5 and 5 is 1/252, P(U <= 2) 4/252; P(U <= 1) of 3 and 4 is 2/35");
	/* Counted by another recursion: of the orders of 10 and 10, 3,996 have at most 23. */
	ok_if(near(rank_sum__probability(10, 10, 23), 3996.0 / 184756) && rank_sum__probability(10, 10, 24) > 0.025,
	      "10 and 10: P(U <= 23) is 3996/184756, the last one under 2.5 %%");
	sum = rank_sum__probability(60, 60, 1799) + rank_sum__probability(60, 60, 1800);
	ok_if(fabs(sum - 1) < 1e-6, "60 and 60: alike from both ends (%.9f)", sum);
	ok_if(isnan(rank_sum__probability(RANK_SUM_MAX + 1, 3, 1)) && rank_sum__probability(3, 3, 9) == 1,
	      "its limits");
	ok_if(is(interval__shift(before, 5, after, 5, 0.05), 10, 7, 13), "a shift of ten, at 5 %%");
	ok_if(is(interval__shift(before, 5, after, 5, 0.001), 10, -INFINITY, INFINITY), "too few for 0.1 %%");
	ok_if(unknown(interval__shift(before, 0, after, 5, 0.05)) &&
		      unknown(interval__shift(spoilt, 3, after, 5, 0.05)) &&
		      unknown(interval__shift(many, RANK_SUM_MAX + 1, after, 5, 0.05)),
	      "nothing, a NaN or too many: nothing known");
}

static void test_student(void)
{
	static const struct {
		size_t degrees;
		double error, t;
	} known[] = {
		{1, 0.05, 12.7062047361747},	 {1, 0.01, 63.65674116287129},	 {2, 0.05, 4.302652729749464},
		{3, 0.001, 12.92397863668749},	 {4, 0.5, 0.7406970841126832},	 {9, 0.01, 3.249835541592126},
		{39, 0.0033, 3.130574224625855}, {100, 0.01, 2.625890521438018}, {10000, 0.05, 1.9602012398135764},
	};
	static const double values[] = {4, 5, 6};

	for (size_t i = 0; i < LENGTH(known); i++)
		ok_if(fabs(t_quantile(known[i].degrees, known[i].error) / known[i].t - 1) < 1e-10,
		      "t of %zu degrees, error %g: %.9f, got %.9f", known[i].degrees, known[i].error, known[i].t,
		      t_quantile(known[i].degrees, known[i].error));
	ok_if(is(interval__student(values, 3, 0.05), 5, 5 - 4.302652729749464 / sqrt(3),
		 5 + 4.302652729749464 / sqrt(3)),
	      "mean and interval of 4, 5, 6");
	ok_if(is(interval__student(values, 3, 1), 5, 5, 5) &&
		      is(interval__student(values, 3, 0), 5, -INFINITY, INFINITY),
	      "an error of 1 is a point, of 0 everything");
}

static void test_median_and_range(void)
{
	static const double values[] = {9, 1, 8, 2, 7, 3, 6, 4, 5, 10};
	double many[3000];

	/* P(at most 1 of 10 heads) = 11/1024 = 0.0107, at most 2: 0.0547 */
	ok_if(is(interval__median(values, 10, 0.05), 5.5, 2, 9), "median of ten, sign test at 5 %%");
	ok_if(is(interval__median(values, 10, 0.022), 5.5, 2, 9) && is(interval__median(values, 10, 0.021), 5.5, 1, 10),
	      "the ends move at twice 11/1024");
	ok_if(is(interval__range(values, 10), 5.5, 1, 10), "range of ten");
	for (size_t i = 0; i < LENGTH(many); i++)
		many[i] = (double)i + 1;
	ok_if(is(interval__median(many, LENGTH(many), 0.05), 1500.5, 1446, 1555), "3000 values: no underflow");
}

static void test_nothing_known(void)
{
	static const double spoilt[] = {1, 2, NAN, 4, 5, 6, 7, 8}, one[] = {7};
	static const double up[] = {1, 2, 3, 4, 5, 6, 7, INFINITY}, both[] = {-INFINITY, 2, 3, 4, 5, 6, 7, INFINITY};
	static const double huge[] = {DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX};
	struct interval interval;

	ok_if(unknown(interval__hodges_lehmann(NULL, 0, 0.05)) && unknown(interval__student(NULL, 0, 0.05)) &&
		      unknown(interval__median(NULL, 0, 0.05)) && unknown(interval__range(NULL, 0)),
	      "no values: nothing known");
	ok_if(unknown(interval__hodges_lehmann(spoilt, 8, 0.05)) && unknown(interval__student(spoilt, 8, 0.05)) &&
		      unknown(interval__median(spoilt, 8, 0.05)) && unknown(interval__range(spoilt, 8)),
	      "one is NaN: nothing known");
	ok_if(is(interval__hodges_lehmann(one, 1, 0.05), 7, -INFINITY, INFINITY) &&
		      is(interval__student(one, 1, 0.05), 7, -INFINITY, INFINITY) &&
		      is(interval__median(one, 1, 0.05), 7, -INFINITY, INFINITY) &&
		      is(interval__range(one, 1), 7, 7, 7),
	      "one value: an estimate without ends");
	interval = interval__hodges_lehmann(up, 8, 0.05);
	ok_if(interval.high == INFINITY && isfinite(interval.low) && isfinite(interval.estimate),
	      "infinities of one sign are numbers for signed ranks");
	ok_if(unknown(interval__hodges_lehmann(both, 8, 0.05)), "those of both signs have no average");
	ok_if(unknown(interval__student(up, 8, 0.05)), "infinite: no mean");
	ok_if(is(interval__median(both, 8, 0.05), 4.5, -INFINITY, INFINITY), "infinite: the median stands");
	ok_if(is(interval__hodges_lehmann(huge, 6, 0.05), DBL_MAX, DBL_MAX, DBL_MAX) &&
		      unknown(interval__student(huge, 6, 0.05)),
	      "huge values: exact, or nothing known");
}

static void test_slope(void)
{
	static const double x[] = {1, 2, 3, 4, 5}, line[] = {3, 5, 7, 9, 11}, outlier[] = {3, 5, 7, 9, 1000};
	static const double same[] = {2, 2, 2}, y[] = {1, 2, 3}, pairs[] = {1, 1, 2}, bad[] = {1, INFINITY, 3, 4, NAN};

	ok_if(near(slope__theil_sen(x, line, 5), 2), "slope of a line");
	/* Six slopes of 2, then 993.., 497.., 331.., 249..: the median of ten is 2. */
	ok_if(near(slope__theil_sen(x, outlier, 5), 2), "one outlier does not move it");
	ok_if(near(slope__theil_sen(pairs, y, 3), 1.5), "equal x are left out: median of 2 and 1");
	ok_if(isnan(slope__theil_sen(same, y, 3)) && isnan(slope__theil_sen(x, line, 1)) &&
		      isnan(slope__theil_sen(NULL, NULL, 0)),
	      "no pair: NaN");
	ok_if(isnan(slope__theil_sen(x, bad, 3)) && isnan(slope__theil_sen(bad, x, 5)), "infinite or NaN: NaN");
}

/* To the digits that are published. */
static bool rounds_to(double value, double published)
{
	return fabs(value - published) <= 0.00005;
}

static void test_looks(void)
{
	ok_if(rounds_to(looks__error(4, 0.05), 0.0182) && rounds_to(looks__error(3, 0.05), 0.0221) &&
		      rounds_to(looks__error(2, 0.05), 0.0294),
	      "Pocock's constants for 5 %%: %g, %g, %g", looks__error(4, 0.05), looks__error(3, 0.05),
	      looks__error(2, 0.05));
	ok_if(rounds_to(looks__error(4, 0.01), 0.0033) && rounds_to(looks__error(3, 0.01), 0.0041) &&
		      rounds_to(looks__error(2, 0.01), 0.0056),
	      "Pocock's constants for 1 %%: %g, %g, %g", looks__error(4, 0.01), looks__error(3, 0.01),
	      looks__error(2, 0.01));
	ok_if(looks__error(1, 0.01) == 0.01 && looks__error(1, 0.2) == 0.2, "one look: all of it");
	for (double overall = 0.1; overall > 1e-5; overall /= 3)
		ok_if(fabs(looks__overall(4, looks__error(4, overall)) / overall - 1) < 1e-5 &&
			      looks__error(4, overall) >= overall / 4 && looks__error(4, overall) <= overall / 2,
		      "four looks of %g each make %g", looks__error(4, overall),
		      looks__overall(4, looks__error(4, overall)));
	ok_if(isnan(looks__error(0, 0.05)) && isnan(looks__error(5, 0.05)) && isnan(looks__error(2, -0.1)) &&
		      isnan(looks__error(2, 1.1)) && isnan(looks__error(3, NAN)) && isnan(looks__overall(2, NAN)),
	      "no error, or other numbers of looks: NaN");
}

static void test_rates(void)
{
	ok_if(near(rule_of_three(300), 0.01) && near(rule_of_three(10000), 0.0003) && rule_of_three(0) == 1 &&
		      rule_of_three(2) == 1,
	      "the rule of three, at most 1");
	ok_if(near(fisher__exact(3, 1, 1, 3), 34.0 / 70), "Fisher's lady: 34/70");
	ok_if(near(fisher__exact(1, 9, 11, 3), 0.002759456185220083), "1 of 10 and 11 of 14: 0.00276");
	ok_if(near(fisher__exact(0, 5, 5, 0), 2.0 / 252) && near(fisher__exact(5, 0, 0, 5), 2.0 / 252),
	      "none of 5 and all of 5: 2/252");
	ok_if(near(fisher__exact(2, 3, 2, 3), 1) && near(fisher__exact(0, 0, 3, 4), 1) &&
		      near(fisher__exact(0, 0, 0, 0), 1),
	      "equal, or empty: 1");
	ok_if(fisher__exact(1000000, 0, 0, 1000000) < 1e-300 &&
		      near(fisher__exact(4000000000, 4000000000, 4000000000, 4000000000), 1),
	      "huge counts");
	ok_if(isnan(fisher__exact(UINT64_MAX, 1, 1, 1)), "what no double counts: NaN");
}

static bool adjusted(double *p, const double *expected, size_t n)
{
	holm__adjust(p, n);
	for (size_t i = 0; i < n; i++)
		if (!near(p[i], expected[i]) && !(isnan(p[i]) && isnan(expected[i])))
			return false;
	return true;
}

static void test_holm(void)
{
	double p[] = {0.01, 0.04, 0.03, 0.005}, some[] = {NAN, 0.02, NAN, 0.03}, large[] = {0.5, 0.6},
	       same[] = {0.02, 0.02};
	static const double of_p[] = {0.03, 0.06, 0.06, 0.02}, of_some[] = {NAN, 0.04, NAN, 0.04}, of_large[] = {1, 1};
	static const double of_same[] = {0.04, 0.04};

	ok_if(adjusted(p, of_p, 4), "Holm: 0.01 0.04 0.03 0.005 become 0.03 0.06 0.06 0.02");
	ok_if(adjusted(some, of_some, 4), "Holm: a NaN stays and does not count");
	ok_if(adjusted(large, of_large, 2) && adjusted(same, of_same, 2), "Holm: at most 1; equal ones stay equal");
	holm__adjust(NULL, 0);
}

static void test_random(void)
{
	struct random random = random__seeded(1234567);
	size_t items[10], seen = 0, counts[6] = {0};
	bool even = true, within = true;

	ok_if(random__next(&random) == 6457827717110365317u && random__next(&random) == 3203168211198807973u &&
		      random__next(&random) == 9817491932198370423u,
	      "splitmix64: the published numbers of seed 1234567");
	for (size_t i = 0; i < 60000; i++)
		counts[random__below(&random, 6)]++;
	for (size_t i = 0; i < 6; i++)
		even = even && counts[i] > 9500 && counts[i] < 10500;
	ok_if(even, "below 6: all six, evenly");
	ok_if(!random__below(&random, 0) && !random__below(&random, 1), "below 0 and 1: 0");
	for (size_t i = 0; i < 1000; i++)
		within = within && random__below(&random, UINT64_MAX / 2 + 2) <= UINT64_MAX / 2 + 1;
	for (size_t i = 0; i < 1000; i++) {
		double unit = random__unit(&random);

		within = within && unit >= 0 && unit < 1;
	}
	ok_if(within, "within the bounds");
	for (size_t i = 0; i < 10; i++)
		items[i] = i;
	random__shuffle(&random, items, 10);
	for (size_t i = 0; i < 10; i++)
		seen |= (size_t)1 << items[i];
	ok_if(seen == 1023, "a shuffle keeps every item");
	random__shuffle(&random, NULL, 0);
}

/* Each arm once in every row and, over n rows, once at every place. */
/* Of every two arms each comes before the other once in two rows. */
static bool balanced(uint64_t seed, size_t pair, size_t n)
{
	size_t order[16], place[2][16];

	for (size_t row = 0; row < 2; row++) {
		unsigned arms = 0;

		order__balanced(seed, 2 * pair + row, order, n);
		for (size_t at = 0; at < n; at++) {
			arms |= 1u << order[at];
			place[row][order[at]] = at;
		}
		if (arms != (1u << n) - 1)
			return false;
	}
	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < a; b++)
			if ((place[0][a] < place[0][b]) == (place[1][a] < place[1][b]))
				return false;
	return true;
}

/* In how many of 12 rows the commonest neighbours of 16 arms stand side by side, one behind the other. */
static unsigned most_neighbours(uint64_t seed)
{
	unsigned behind[16][16] = {0}, most = 0;
	size_t order[16];

	for (size_t row = 0; row < 12; row++) {
		order__balanced(seed, row, order, 16);
		for (size_t at = 1; at < 16; at++)
			if (++behind[order[at - 1]][order[at]] > most)
				most = behind[order[at - 1]][order[at]];
	}
	return most;
}

static void test_balanced_orders(void)
{
	size_t order[16], again[16], first[3] = {0}, same = 0;
	unsigned most = 0;
	bool good = true;

	for (size_t n = 1; n <= 16; n++)
		for (size_t pair = 0; pair < 50; pair++)
			good = good && balanced(n, pair, n);
	ok_if(good, "1 to 16 arms, 50 pairs of rows: of any two arms each comes first once");
	for (uint64_t seed = 0; seed < 50; seed++)
		most = most_neighbours(seed) > most ? most_neighbours(seed) : most;
	ok_if(most <= 6, "no arm follows the same other one in more than %u of 12 rows", most);
	for (size_t row = 0; row < 3000; row++) {
		order__balanced(7, row, order, 3);
		first[order[0]]++;
	}
	ok_if(first[0] > 800 && first[1] > 800 && first[2] > 800, "rows are drawn anew: any arm begins one");
	order__balanced(7, 11, order, 5);
	order__balanced(7, 11, again, 5);
	ok_if(order[0] == again[0] && order[4] == again[4], "the same seed, the same order");
	for (size_t row = 0; row < 100; row += 2) {
		order__balanced(7, row + 2, order, 2);
		order__balanced(8, row, again, 2);
		same += order[0] == again[0];
	}
	ok_if(same > 10 && same < 40, "the next seed is not the same sequence, moved");
	order__balanced(7, 11, NULL, 0);
}

int main(void)
{
	test_signed_rank_distribution();
	test_smallest_numbers();
	test_hodges_lehmann();
	test_rank_sum();
	test_student();
	test_median_and_range();
	test_nothing_known();
	test_slope();
	test_looks();
	test_rates();
	test_holm();
	test_random();
	test_balanced_orders();
	return tap_done();
}
