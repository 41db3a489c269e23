/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of a comparison: the answer, the arms side by side with their trials, how sure it is. */
#include "comparison_parts.h"
#include "comparison_report.h"
#include "html.h"
#include "html_blocks.h"

#define MOST_HEADS 24

static void write_arm(FILE *file, const struct comparison_point *point, size_t at)
{
	const struct compared_arm *arm = &point->arms[at];
	char text[SENTENCE], figure[HUMAN];

	html__row(file);
	html__cell(file, arm->name);
	html__number(file, arm->rank, compared_arm__rank(figure, point, at));
	html__cell(file, compared_arm__speed_up(text, arm));
	for (const struct figure_column *column = figure_columns; column->metric; column++)
		html__number(file, arm->figures[metric__find(column->metric) - metrics],
			     compared_arm__figure(figure, arm, column->metric));
	snprintf(text, sizeof(text), "%zu", arm->trials);
	html__number(file, (double)arm->trials, text);
	html__cell(file, compared_arm__trouble(text, arm));
	html__row_end(file);
}

static void write_arms(FILE *file, const struct comparison_point *point)
{
	char titles[MOST_HEADS][HUMAN], ratio[SENTENCE];
	const char *heads[MOST_HEADS + 1] = {"arm", "#rank", ratio};
	size_t count = 3;

	snprintf(ratio, sizeof(ratio), "as fast as %.200s", point->arms[0].name);

	for (const struct figure_column *column = figure_columns; column->metric && count < MOST_HEADS - 2; column++) {
		snprintf(titles[count], sizeof(titles[count]), "#%.100s", column->title);
		heads[count] = titles[count];
		count++;
	}
	heads[count++] = "#trials";
	heads[count] = "trouble";
	html__table(file, NULL, heads);
	for (size_t i = 0; i < point->arm_count; i++)
		write_arm(file, point, i);
	html__table_end(file);
}

/* Each pair that is decided by its own interval: how much longer the second takes. */
static void write_pairs(FILE *file, const struct comparison_point *point)
{
	for (size_t i = 0; i < point->pair_count; i++) {
		const struct compared_pair *pair = &point->pairs[i];
		const struct finding *decider = case_finding__decider(pair->of);

		if (!decider)
			continue;
		fputs("<p class=\"soft\">", file);
		html__text(file, point->arms[pair->second].name);
		fputs(" over ", file);
		html__text(file, point->arms[pair->first].name);
		fprintf(file, ", their times: %s</p>\n", pair_verdict_names[pair->verdict]);
		html__interval(file, decider, "no difference that counts");
	}
}

static void write_point(FILE *file, const struct comparison *comparison, const struct comparison_point *point)
{
	struct claim_case arms = {.arm_count = point->arm_count};
	char text[2 * SENTENCE];

	html__section(file, *point->label ? point->label : "Side by side");
	if (comparison->point_count > 1)
		html__paragraph(file, comparison_point__answer(text, point));
	for (size_t i = 0; i < point->arm_count; i++) {
		arms.arms[i] = (struct claim_arm){.name = point->arms[i].name, .command = point->arms[i].command};
		if (i != point->second)
			html__paragraph(file, compared_arm__behind(text, point, i));
	}
	write_arms(file, point);
	html__trials(file, comparison->validation, &arms);
	write_pairs(file, point);
}

static void write_sweep(FILE *file, const struct comparison *comparison)
{
	const struct comparison_point *first = comparison->points;
	const char *heads[MAX_ARMS + 3];
	char swept[SENTENCE], text[SENTENCE], figure[HUMAN], titles[MAX_ARMS][HUMAN];
	size_t count = 0;

	heads[count++] = comparison__swept(swept, comparison);
	for (size_t i = 0; i < first->arm_count; i++) {
		snprintf(titles[i], sizeof(titles[i]), "#%.100s", first->arms[i].name);
		heads[count++] = titles[i];
	}
	heads[count++] = "answer";
	heads[count] = NULL;
	html__section(file, "The sweep");
	html__table(file, NULL, heads);
	for (size_t i = 0; i < comparison->point_count; i++) {
		const struct comparison_point *point = &comparison->points[i];

		html__row(file);
		html__cell(file, comparison_point__values(text, point));
		for (size_t j = 0; j < point->arm_count; j++)
			html__number(file, point->arms[j].figures[metric__find("wall_ns") - metrics],
				     compared_arm__figure(figure, &point->arms[j], "wall_ns"));
		html__cell(file, point->says);
		html__row_end(file);
	}
	html__table_end(file);
	for (size_t i = 0; i < comparison->crossover_count; i++)
		html__paragraph(file, crossover__says(text, &comparison->crossovers[i]));
}

int report__comparison_html(FILE *file, const struct comparison *comparison, struct style style)
{
	char text[2 * SENTENCE], arms[COMPARISON_SAYS];

	(void)style;
	comparison_point__list(arms, comparison->points, NULL);
	html__begin(file, arms,
		    comparison->point_count == 1 ? comparison_point__answer(text, comparison->points) : NULL);
	html__paragraph(file, validation__how(text, comparison->validation));
	if (comparison->validation->interrupted)
		html__paragraph(file, "Interrupted: this is what was decided so far.");
	if (comparison->point_count > 1)
		write_sweep(file, comparison);
	for (size_t i = 0; i < comparison->point_count; i++)
		write_point(file, comparison, &comparison->points[i]);
	html__validity(file, comparison->validation);
	html__surroundings(file, comparison->validation);
	html__end(file);
	return fflush(file) || ferror(file) ? -1 : 0;
}
