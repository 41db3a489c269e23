// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistics.h"

static void shuffled(struct random *random, size_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	random__shuffle(random, order, n);
}

static void reverse(size_t *order, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		size_t item = order[i];

		order[i] = order[n - 1 - i];
		order[n - 1 - i] = item;
	}
}

void order__balanced(uint64_t seed, size_t row, size_t *order, size_t n)
{
	struct random random = random__seeded(seed);

	if (!n)
		return;
	/* A stream of its own for every pair. Adding to the seed itself would make seed + 1 the same, a pair later. */
	random = random__seeded(random__next(&random) + row / 2);
	shuffled(&random, order, n);
	if (row % 2)
		reverse(order, n);
}
