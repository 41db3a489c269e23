/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one table of metrics: it drives totals in JSON, the text, `list metrics` and the docs. */
#ifndef MPTRACE_RESULT_METRICS_H
#define MPTRACE_RESULT_METRICS_H

#include "result.h"

enum unit { UNIT_COUNT, UNIT_NS, UNIT_BYTES, UNIT_RATIO /**< figure in thousandths */ };

struct metric {
	const char *name; /**< key in totals: snake_case, unit as suffix */
	enum unit unit;
	const char *means; /**< one sentence */
	struct figure (*read)(const struct result *result); /**< computes it: see metric__of */
};

extern const struct metric metrics[];
extern const size_t metric_count;

/** The value of @metric in @result. */
struct figure metric__of(const struct metric *metric, const struct result *result);

/** The metric called @name, or NULL. */
const struct metric *metric__find(const char *name);

/** So much of the workers' time on CPUs may be unseen: parallelism is wrong by no more; more, and it is not known. */
#define MOST_UNSEEN 0.1

/** The share of the workers' time on CPUs that the kernel did not show (charge_unseen_run() in bpf/sched.h), 0 to 1. */
double result__unseen_share(const struct result *result);

#endif
