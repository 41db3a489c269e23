/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conclusions of a comparison, drawn while it is made. */
#ifndef MPTRACE_COMPARISON_CONCLUDE_H
#define MPTRACE_COMPARISON_CONCLUDE_H

#include "comparison.h"

/** Fills what a point says, and how far and why arms are behind, of a point whose pairs, ranks and best arm are known.
 */
void comparison_point__conclude(struct comparison_point *point, const struct validation *validation);

/** Fills the crossovers. -1: out of memory. */
int comparison__find_crossovers(struct comparison *comparison);

#endif
