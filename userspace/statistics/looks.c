// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "statistics.h"

#define MOST_LOOKS 4

double looks__error(unsigned looks, double overall)
{
	/* Pocock's; checked by simulation in tests/stats. */
	static const struct {
		double overall, each[MOST_LOOKS + 1];
	} rows[] = {
		{0.05, {NAN, 0.05, 0.0294, 0.0221, 0.0182}},
		{0.01, {NAN, 0.01, 0.0056, 0.0041, 0.0033}},
	};

	if (looks == 1)
		return overall;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (overall == rows[i].overall && looks <= MOST_LOOKS)
			return rows[i].each[looks];
	return NAN;
}
