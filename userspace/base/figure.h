/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MPTRACE_BASE_FIGURE_H
#define MPTRACE_BASE_FIGURE_H

#include <stdint.h>

/**
 * A number that was measured, or the reason why it was not. A figure without a number is `null` in
 * JSON and "not measured (reason)" in text; it is never 0.
 */
struct figure {
	uint64_t value;
	const char *missing; /**< NULL: value was measured; else why not. Static or owned by the result. */
};

static inline struct figure measured(uint64_t value)
{
	return (struct figure){.value = value};
}

static inline struct figure not_measured(const char *why)
{
	return (struct figure){.missing = why};
}

#endif
