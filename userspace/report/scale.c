/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scale.h"

#include <math.h>

#define SPACE 0.05 /* of the picture, beyond the outermost mark on each side */

void scale__include(struct scale *scale, double value)
{
	if (!isfinite(value))
		return;
	scale->low = fmin(scale->low, value);
	scale->high = fmax(scale->high, value);
}

bool scale__of_finding(struct scale *scale, const struct finding *finding)
{
	const struct condition *condition = finding->condition;
	struct interval interval = finding->interval;

	if (condition->comparison != COMPARE_REGION || !isfinite(interval.estimate) || isnan(interval.low) ||
	    isnan(interval.high))
		return false;
	*scale = (struct scale){INFINITY, -INFINITY, condition->on_log};
	scale__include(scale, interval.estimate);
	scale__include(scale, interval.low);
	scale__include(scale, interval.high);
	scale__include(scale, condition->low);
	scale__include(scale, condition->high);
	return scale->high > scale->low && isfinite(scale->high - scale->low);
}

double scale__place(const struct scale *scale, double value)
{
	bool on_log = scale->on_log && scale->low > 0;
	double low = on_log ? log(scale->low) : scale->low, high = on_log ? log(scale->high) : scale->high;
	double space = high > low ? (high - low) * SPACE : 1;

	if (isinf(value) || (on_log && value <= 0))
		return value > 0;
	return ((on_log ? log(value) : value) - low + space) / (high - low + 2 * space);
}
