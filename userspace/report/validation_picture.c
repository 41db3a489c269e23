/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interval against what the claim asks for, drawn with letters. */
#include <math.h>
#include <string.h>

#include "validation_parts.h"

#define SPACE 0.05 /* of the picture, beyond the outermost mark on each side */

struct scale {
	double low, high;
	bool on_log;
};

static void include(struct scale *scale, double value)
{
	if (!isfinite(value))
		return;
	scale->low = fmin(scale->low, value);
	scale->high = fmax(scale->high, value);
}

/* Where @value stands in the picture; beyond it: at its edge. */
static size_t place(const struct scale *scale, double value)
{
	double low = scale->on_log ? log(scale->low) : scale->low,
	       high = scale->on_log ? log(scale->high) : scale->high;
	double space = (high - low) * SPACE, share;

	if (isinf(value) || (scale->on_log && value <= 0))
		return value > 0 ? PICTURE - 1 : 0;
	share = ((scale->on_log ? log(value) : value) - low + space) / (high - low + 2 * space);
	return (size_t)(share * (PICTURE - 1) + 0.5);
}

static void fill(char *line, size_t first, size_t last, char mark)
{
	for (size_t i = first; i <= last; i++)
		line[i] = mark;
}

bool finding__picture(char claimed[PICTURE + 1], char measured[PICTURE + 1], const struct finding *finding)
{
	const struct condition *condition = finding->condition;
	struct interval interval = finding->interval;
	struct scale scale = {INFINITY, -INFINITY, condition->on_log};

	if (condition->comparison != COMPARE_REGION || !isfinite(interval.estimate) || isnan(interval.low) ||
	    isnan(interval.high))
		return false;
	include(&scale, interval.estimate);
	include(&scale, interval.low);
	include(&scale, interval.high);
	include(&scale, condition->low);
	include(&scale, condition->high);
	if (!(scale.high > scale.low) || !isfinite(scale.high - scale.low))
		return false;
	scale.on_log = scale.on_log && scale.low > 0;
	memset(claimed, '.', PICTURE);
	memset(measured, ' ', PICTURE);
	claimed[PICTURE] = measured[PICTURE] = '\0';
	fill(claimed, place(&scale, condition->low), place(&scale, condition->high), '=');
	fill(measured, place(&scale, interval.low), place(&scale, interval.high), '-');
	measured[place(&scale, interval.low)] = isfinite(interval.low) ? '[' : '<';
	measured[place(&scale, interval.high)] = isfinite(interval.high) ? ']' : '>';
	measured[place(&scale, interval.estimate)] = 'o';
	return true;
}
