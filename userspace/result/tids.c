/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tids.h"

#include <stdlib.h>

static int by_number(const void *a, const void *b)
{
	const struct thread_number *left = a, *right = b;

	if (left->tid != right->tid)
		return left->tid < right->tid ? -1 : 1;
	return left->start_ns < right->start_ns ? -1 : left->start_ns > right->start_ns;
}

void tids__sort(struct thread_number *list, size_t count)
{
	qsort(list, count, sizeof(*list), by_number);
}

size_t tids__list(const struct result *result, struct thread_number *list)
{
	size_t count = 0;

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;

		if (record->tid)
			list[count++] = (struct thread_number){record->first_tid, (uint32_t)i,
							       result__since_gate(result, record->start_ns),
							       result__since_gate(result, record->end_ns)};
	}
	tids__sort(list, count);
	return count;
}

size_t tids__find(const struct thread_number *list, size_t count, uint32_t tid, uint64_t when)
{
	size_t low = 0, high = count;

	/* The first that is of a larger number, or began later. */
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct thread_number *number = &list[middle];

		if (number->tid < tid || (number->tid == tid && number->start_ns <= when))
			low = middle + 1;
		else
			high = middle;
	}
	return low && list[low - 1].tid == tid && when <= list[low - 1].end_ns ? list[low - 1].thread : SIZE_MAX;
}
