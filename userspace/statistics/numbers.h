/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the statistics share: sorted numbers, and the interval that tells nothing. */
#ifndef MPTRACE_STATISTICS_NUMBERS_H
#define MPTRACE_STATISTICS_NUMBERS_H

#include "statistics.h"

/** Nothing is known: no numbers, one that is NaN, or no memory to look at them. */
extern const struct interval interval_unknown;

/** Ascending. There must be no NaN: it has no place in an order. */
void numbers__sort(double *values, size_t n);

/** A sorted copy, for the caller to free. NULL: there are none, one is NaN, or no memory. */
double *numbers__sorted(const double *values, size_t n);

/** Of @n > 0 sorted values. */
double numbers__median(const double *sorted, size_t n);

bool numbers__all_finite(const double *values, size_t n);

#endif
