// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistics.h"

struct random random__seeded(uint64_t seed)
{
	return (struct random){.state = seed};
}

/* splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
uint64_t random__next(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint64_t random__below(struct random *random, uint64_t below)
{
	uint64_t number, surplus;

	if (below <= 1)
		return 0;
	/* 2^64 modulo below: so many of the largest numbers would favour the small remainders. */
	surplus = -below % below;
	do
		number = random__next(random);
	while (number > UINT64_MAX - surplus);
	return number % below;
}

double random__unit(struct random *random)
{
	return (double)(random__next(random) >> 11) * 0x1p-53;
}

void random__shuffle(struct random *random, size_t *items, size_t n)
{
	for (size_t left = n; left > 1; left--) {
		size_t other = random__below(random, left), item = items[left - 1];

		items[left - 1] = items[other];
		items[other] = item;
	}
}
