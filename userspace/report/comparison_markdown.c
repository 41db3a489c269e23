/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison as a page: the answer, the tables, how sure they are, how to do it again. */
#include <inttypes.h>

#include "comparison_parts.h"
#include "comparison_report.h"
#include "contrast_report.h"
#include "markdown.h"

static void write_head(FILE *file, const struct comparison *comparison)
{
	char text[SENTENCE], arms[SENTENCE];

	fputs("# Side by side\n\n", file);
	comparison_point__list(arms, comparison->points, NULL);
	markdown__line(file, "", arms);
	if (*comparison__swept(text, comparison))
		markdown__line(file, "by ", text);
	markdown__line(file, "\n", validation__how(text, comparison->validation));
	if (comparison->validation->interrupted)
		fputs("\n**Interrupted**: this is what was decided so far.\n", file);
}

static void write_arm(FILE *file, const struct comparison_point *point, size_t at)
{
	const struct compared_arm *arm = &point->arms[at];
	char text[SENTENCE], figure[HUMAN];

	fputs("|", file);
	markdown__cell(file, arm->name);
	fprintf(file, " %s |", compared_arm__rank(figure, point, at));
	markdown__cell(file, compared_arm__speed_up(text, arm));
	for (const struct figure_column *column = figure_columns; column->metric; column++)
		markdown__cell(file, compared_arm__figure(figure, arm, column->metric));
	fprintf(file, " %zu |", arm->trials);
	markdown__cell(file, compared_arm__trouble(text, arm));
	putc('\n', file);
}

static void write_point(FILE *file, const struct comparison_point *point)
{
	char text[2 * SENTENCE];

	fputs("\n## ", file);
	markdown__text(file, *point->label ? point->label : "Answer");
	fputs("\n\n", file);
	markdown__line(file, "", comparison_point__answer(text, point));
	putc('\n', file);
	for (size_t i = 0; i < point->arm_count; i++)
		if (i != point->second)
			markdown__line(file, "- ", compared_arm__behind(text, point, i));
	fputs("\n| arm | rank | as fast as ", file);
	markdown__text(file, point->arms[0].name);
	fputs(" |", file);
	for (const struct figure_column *column = figure_columns; column->metric; column++)
		fprintf(file, " %s |", column->title);
	fputs(" trials | trouble |\n|---|---|---|", file);
	for (const struct figure_column *column = figure_columns; column->metric; column++)
		fputs("---|", file);
	fputs("---|---|\n", file);
	for (size_t i = 0; i < point->arm_count; i++)
		write_arm(file, point, i);
}

static void write_sweep(FILE *file, const struct comparison *comparison)
{
	const struct comparison_point *first = comparison->points;
	char text[SENTENCE], figure[HUMAN];

	fputs("\n|", file);
	markdown__cell(file, comparison__swept(text, comparison));
	for (size_t i = 0; i < first->arm_count; i++)
		markdown__cell(file, first->arms[i].name);
	fputs(" |\n|---|", file);
	for (size_t i = 0; i < first->arm_count; i++)
		fputs("---|", file);
	fputs("---|\n", file);
	for (size_t i = 0; i < comparison->point_count; i++) {
		const struct comparison_point *point = &comparison->points[i];

		fputs("|", file);
		markdown__cell(file, comparison_point__values(text, point));
		for (size_t j = 0; j < point->arm_count; j++)
			markdown__cell(file, compared_arm__figure(figure, &point->arms[j], "wall_ns"));
		markdown__cell(file, point->says);
		putc('\n', file);
	}
	for (size_t i = 0; i < comparison->crossover_count; i++)
		markdown__line(file, i ? "- " : "\n- ", crossover__says(text, &comparison->crossovers[i]));
}

int report__comparison_markdown(FILE *file, const struct comparison *comparison, struct style style)
{
	(void)style;
	write_head(file, comparison);
	if (comparison->point_count > 1)
		write_sweep(file, comparison);
	for (size_t i = 0; i < comparison->point_count; i++)
		write_point(file, &comparison->points[i]);
	markdown__validity(file, comparison->validation);
	markdown__environment(file, comparison->validation);
	report__contrast_markdown(file, comparison->validation->baseline);
	markdown__threats(file, comparison->validation);
	markdown__how(file, comparison->validation);
	return fflush(file) || ferror(file) ? -1 : 0;
}
