/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CSV (RFC 4180): what is not measured is an empty field. Times in ns, sizes in bytes, ratios as such. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "../base/letter.h"
#include "comparison_report.h"

/* A text in quotes. A spreadsheet would calculate what begins like a formula: a quote before it keeps it a text. */
static void write_text(FILE *file, const char *text)
{
	putc('"', file);
	if (*text && strchr("=+-@\t\r", *text))
		putc('\'', file);
	while (*text)
		if (*text == '"') {
			fputs("\"\"", file);
			text++;
		} else {
			letter__put(file, &text);
		}
	putc('"', file);
}

static void write_number(FILE *file, double value)
{
	if (isfinite(value))
		fprintf(file, ",%.10g", value);
	else
		putc(',', file);
}

static void write_arm(FILE *file, const struct comparison_point *point, const struct compared_arm *arm)
{
	write_text(file, point->label);
	putc(',', file);
	write_text(file, arm->name);
	fprintf(file, ",%u,%zu,%zu", arm->rank, arm->trials, arm->failed);
	write_number(file, arm->against_first.estimate);
	write_number(file, arm->against_first.low);
	write_number(file, arm->against_first.high);
	for (size_t i = 0; i < metric_count; i++)
		write_number(file, arm->figures[i]);
	putc(',', file);
	write_text(file, arm->says ? arm->says : "");
	putc(',', file);
	write_text(file, arm->command);
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
