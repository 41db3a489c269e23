/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as a condition: it is read and has a value, or it is refused with a sentence about a place in it. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/base/memory.h"
#include "../../userspace/claim/expression.h"

static void *take(void *context, size_t size)
{
	return memory__take(context, size);
}

static double metric(void *context, const struct metric *which, size_t arm)
{
	(void)context;
	return which->unit == UNIT_COUNT ? (double)arm : 0.5;
}

static void check(const struct condition *condition, size_t arms)
{
	double value = condition__value(condition, metric, NULL);

	if (isinf(value) || condition__unit(condition) > UNIT_RATIO || !condition__arms(condition) ||
	    condition__arms(condition) >= 1u << arms)
		abort();
	if (condition->comparison == COMPARE_REGION && !(condition->low <= condition->high))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const arms[] = {"a", "b", "4-threads", "64M"};
	size_t count = sizeof(arms) / sizeof(*arms), at;
	struct memory memory = {0};
	struct condition_reader reader = {arms, count, take, &memory};
	struct failure failure = {0};
	const char *text = memory__copy(&memory, (const char *)data, size);
	const struct condition *condition = condition__read(text, &reader, &at, &failure);

	if (condition)
		check(condition, count);
	else if (failure.status != STATUS_USAGE || !failure.says[0] || at > strlen(text))
		abort();
	memory__free(&memory);
	return 0;
}
