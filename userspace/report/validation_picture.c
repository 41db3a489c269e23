/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interval against what the claim asks for, drawn with letters. */
#include <math.h>
#include <string.h>

#include "scale.h"
#include "validation_parts.h"

static size_t place(const struct scale *scale, double value)
{
	return (size_t)(scale__place(scale, value) * (PICTURE - 1) + 0.5);
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
	struct scale scale;

	if (!scale__of_finding(&scale, finding))
		return false;
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
