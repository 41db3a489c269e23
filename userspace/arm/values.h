/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of options: each names the option and the value when it refuses. All return 0 or -1. */
#ifndef MPTRACE_ARM_VALUES_H
#define MPTRACE_ARM_VALUES_H

#include <stdint.h>

#include "../base/failure.h"

int value__count(const char *option, const char *text, uint64_t low, uint64_t high, uint64_t *value,
		 struct failure *failure);
/** Bytes; K, M, G are powers of 1024. */
int value__size(const char *option, const char *text, uint64_t *value, struct failure *failure);
/** Seconds, with decimals, into ns. */
int value__seconds(const char *option, const char *text, double low, uint64_t *value, struct failure *failure);

#endif
