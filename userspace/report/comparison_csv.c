/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CSV (RFC 4180): what is not measured is an empty field. Times in ns, sizes in bytes, ratios as such. */
#include <inttypes.h>
#include <math.h>

#include "comparison_report.h"
#include "csv.h"

static void write_number(FILE *file, double value)
{
	if (isfinite(value))
		fprintf(file, ",%.10g", value);
	else
		putc(',', file);
}

static void write_arm(FILE *file, const struct comparison_point *point, const struct compared_arm *arm)
{
	csv__text(file, point->label);
	putc(',', file);
	csv__text(file, arm->name);
	fprintf(file, ",%u,%zu,%zu", arm->rank, arm->trials, arm->failed);
	write_number(file, arm->against_first.estimate);
	write_number(file, arm->against_first.low);
	write_number(file, arm->against_first.high);
	for (size_t i = 0; i < metric_count; i++)
		write_number(file, arm->figures[i]);
	putc(',', file);
	csv__text(file, arm->says ? arm->says : "");
	putc(',', file);
	csv__text(file, arm->command);
	fputs("\r\n", file);
}

int report__comparison_csv(FILE *file, const struct comparison *comparison, struct style style)
{
	(void)style;
	fputs("point,arm,rank,trials,failed,time_ratio,time_ratio_low,time_ratio_high", file);
	for (size_t i = 0; i < metric_count; i++)
		fprintf(file, ",%s", metrics[i].name);
	fputs(",says,command\r\n", file);
	for (size_t i = 0; i < comparison->point_count; i++)
		for (size_t j = 0; j < comparison->points[i].arm_count; j++)
			write_arm(file, &comparison->points[i], &comparison->points[i].arms[j]);
	return fflush(file) || ferror(file) ? -1 : 0;
}
