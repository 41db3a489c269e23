/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several results of one experiment: the median and the spread of the main figures. */
#include <stdlib.h>

#include "../result/metrics.h"
#include "human.h"
#include "report.h"

static int by_value(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* As results keep it: ratios in thousandths. */
static const char *shown(char room[HUMAN], const struct metric *metric, uint64_t value)
{
	return human__value(room, metric->unit == UNIT_RATIO ? (double)value / 1000 : (double)value, metric->unit);
}

/* One row: median, least and most over the results that have the figure. */
static void print_metric(FILE *file, const struct metric *metric, const struct result *const *results, size_t count,
			 uint64_t *values)
{
	char median[HUMAN], least[HUMAN], most[HUMAN];
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		struct figure figure = metric__of(metric, results[i]);

		if (!figure.missing)
			values[found++] = figure.value;
	}
	if (!found)
		return;
	qsort(values, found, sizeof(*values), by_value);
	if (!values[found - 1])
		return;
	shown(median, metric, found % 2 ? values[found / 2] : (values[found / 2 - 1] + values[found / 2]) / 2);
	fprintf(file, "%-22s %12s  %12s to %s\n", metric->name, median, shown(least, metric, values[0]),
		shown(most, metric, values[found - 1]));
}

int report__repeats(FILE *file, const struct result *const *results, size_t count)
{
	uint64_t *values = calloc(count + 1, sizeof(*values));
	size_t ok = 0;

	if (!values)
		return -1;
	for (size_t i = 0; i < count; i++)
		ok += results[i]->outcome.status == OUTCOME_OK;
	if (count)
		report__what(file, results[0]);
	fprintf(file, "%-15s%zu, %zu of them ok\n", "Runs", count, ok);
	for (size_t i = 0; i < count; i++)
		if (results[i]->outcome.status != OUTCOME_OK)
			fprintf(file, "%-15snumber %zu: %s%s%s\n", "", i + 1, outcome_names[results[i]->outcome.status],
				results[i]->outcome.says[0] ? ": " : "", results[i]->outcome.says);
	fprintf(file, "\n%-22s %12s  %12s to %s\n", "", "median", "least", "most");
	for (size_t i = 0; i < metric_count; i++)
		print_metric(file, &metrics[i], results, count, values);
	free(values);
	return ferror(file) ? -1 : 0;
}
