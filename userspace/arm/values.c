/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "values.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int value__count(const char *option, const char *text, uint64_t low, uint64_t high, uint64_t *value,
		 struct failure *failure)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end)
		return fail(failure, STATUS_USAGE, "%s '%s' is not a whole number", option, text);
	if (errno || *value < low || *value > high)
		return fail(failure, STATUS_USAGE, "%s %s is out of range: from %" PRIu64 " to %" PRIu64, option, text,
			    low, high);
	return 0;
}

int value__size(const char *option, const char *text, uint64_t *value, struct failure *failure)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (!isdigit((unsigned char)*text) || errno || (*end && (!unit || end[1])))
		return fail(failure, STATUS_USAGE, "%s '%s' is not a size: write bytes, or 64K, 512M, 2G", option,
			    text);
	for (const char *at = units; unit && at <= unit; at++)
		if (__builtin_mul_overflow(*value, 1024, value))
			return fail(failure, STATUS_USAGE, "%s %s is too large", option, text);
	if (!*value)
		return fail(failure, STATUS_USAGE, "%s %s must be more than 0", option, text);
	return 0;
}

int value__seconds(const char *option, const char *text, double low, uint64_t *value, struct failure *failure)
{
	char *end;
	double seconds = strtod(text, &end);

	if (!isdigit((unsigned char)*text) || text[strspn(text, "0123456789.eE+-")] || *end || !isfinite(seconds) ||
	    seconds < low || seconds > 1e6)
		return fail(failure, STATUS_USAGE, "%s '%s' is not a time in seconds from %g to 1000000", option, text,
			    low);
	*value = (uint64_t)(seconds * 1e9);
	return 0;
}
