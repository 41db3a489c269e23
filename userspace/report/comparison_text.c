/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a newcomer reads of a comparison: what wins, the arms side by side, and how sure that is. 100 columns. */
#include <math.h>
#include <string.h>

#include "comparison_parts.h"
#include "comparison_report.h"
#include "contrast_report.h"
#include "page.h"
#include "words.h"

#define MOST_NAME 24
#define CELL 11 /* columns of a figure */
#define LEAST_CELL 6
#define RATIO 24
#define MOST_COLUMNS 100

static void cell(const struct page *page, const char *text, unsigned columns)
{
	unsigned width = words__columns(page->style, text);

	if (width < columns)
		fprintf(page->file, "%*s", (int)(columns - width), "");
	words__plain(page->file, page->style, text, columns, false);
}

static unsigned name_columns(const struct page *page, const struct comparison *comparison)
{
	unsigned widest = 0;

	for (size_t i = 0; comparison->point_count && i < comparison->points[0].arm_count; i++) {
		unsigned now = words__columns(page->style, comparison->points[0].arms[i].name);

		widest = now > widest ? now : widest;
	}
	return widest < MOST_NAME ? widest : MOST_NAME;
}

static void print_summary(const struct page *page, const struct comparison *comparison)
{
	char text[SENTENCE], arms[SENTENCE], swept[SENTENCE];

	comparison_point__list(arms, comparison->points, NULL);
	comparison__swept(swept, comparison);
	snprintf(text, sizeof(text), *swept ? "%.300s, by %.200s" : "%.300s", arms, swept);
	page__section(page, "Side by side", text);
	page__wrapped(page, PAGE_LABEL, validation__how(text, page->validation));
	if (page->validation->interrupted)
		page__wrapped(page, PAGE_LABEL,
			      "not finished; what -o DIR keeps goes on with: sudo mptrace run --resume DIR");
}

static void print_point_answer(const struct page *page, const struct comparison_point *point)
{
	char text[2 * SENTENCE];

	page__section(page, "Answer", comparison_point__answer(text, point));
	for (size_t i = 0; i < point->arm_count; i++)
		if (i != point->second)
			page__wrapped(page, PAGE_LABEL, compared_arm__behind(text, point, i));
}

/* How fast, and how sure. */
static void print_times(const struct page *page, const struct comparison_point *point, unsigned name)
{
	char text[SENTENCE], figure[HUMAN];

	fprintf(page->file, "\n%*s", (int)name, "");
	cell(page, "rank", 6);
	cell(page, "time", CELL);
	snprintf(text, sizeof(text), "as fast as %s", point->arms[0].name);
	cell(page, text, RATIO);
	cell(page, "trials", 8);
	putc('\n', page->file);
	for (size_t i = 0; i < point->arm_count; i++) {
		const struct compared_arm *arm = &point->arms[i];

		words__plain(page->file, page->style, arm->name, name, true);
		cell(page, compared_arm__rank(figure, point, i), 6);
		cell(page, compared_arm__figure(figure, arm, "wall_ns"), CELL);
		cell(page, compared_arm__speed_up(text, arm), RATIO);
		snprintf(text, sizeof(text), "%zu", arm->trials);
		cell(page, text, 8);
		putc('\n', page->file);
	}
}

/* What it took. Columns narrow where the window is. */
static void print_figures(const struct page *page, const struct comparison_point *point, unsigned name)
{
	unsigned width = page->style.width < MOST_COLUMNS ? (unsigned)page->style.width : MOST_COLUMNS;
	unsigned columns = 0, each;
	char figure[HUMAN];

	for (const struct figure_column *column = figure_columns + 1; column->metric; column++)
		columns++;
	each = columns && width > name + LEAST_CELL * columns ? (width - name) / columns : LEAST_CELL;
	fprintf(page->file, "\n%*s", (int)name, "");
	for (const struct figure_column *column = figure_columns + 1; column->metric; column++)
		cell(page, column->title, each);
	putc('\n', page->file);
	for (size_t i = 0; i < point->arm_count; i++) {
		words__plain(page->file, page->style, point->arms[i].name, name, true);
		for (const struct figure_column *column = figure_columns + 1; column->metric; column++)
			cell(page, compared_arm__figure(figure, &point->arms[i], column->metric), each);
		putc('\n', page->file);
	}
}

static void print_trouble(const struct page *page, const struct comparison_point *point)
{
	char text[SENTENCE];

	for (size_t i = 0; i < point->arm_count; i++)
		if (*compared_arm__trouble(text, &point->arms[i]))
			page__wrapped(page, 0, text);
}

/* A line per point: the times, and what wins. */
static void print_sweep(const struct page *page, const struct comparison *comparison)
{
	const struct comparison_point *first = comparison->points;
	unsigned values = 0, used;
	char text[SENTENCE], figure[HUMAN];

	comparison__swept(text, comparison);
	values = words__columns(page->style, text);
	for (size_t i = 0; i < comparison->point_count; i++) {
		char value[SENTENCE];
		unsigned now = words__columns(page->style, comparison_point__values(value, &comparison->points[i]));

		values = now > values ? now : values;
	}
	values = values < MOST_NAME ? values : MOST_NAME;
	fputc('\n', page->file);
	words__plain(page->file, page->style, text, values, true);
	for (size_t i = 0; i < first->arm_count; i++)
		cell(page, first->arms[i].name, CELL);
	putc('\n', page->file);
	for (size_t i = 0; i < comparison->point_count; i++) {
		const struct comparison_point *point = &comparison->points[i];

		words__plain(page->file, page->style, comparison_point__values(text, point), values, true);
		for (size_t j = 0; j < point->arm_count; j++)
			cell(page, compared_arm__figure(figure, &point->arms[j], "wall_ns"), CELL);
		fputs("  ", page->file);
		used = values + (unsigned)point->arm_count * CELL + 2;
		words__wrapped(page->file, page->style, used < MOST_COLUMNS / 2 ? used : PAGE_LABEL,
			       used < MOST_COLUMNS / 2, point->says);
	}
}

static void print_crossovers(const struct page *page, const struct comparison *comparison)
{
	char text[SENTENCE];

	for (size_t i = 0; i < comparison->crossover_count; i++)
		page__section(page, i ? "" : "Turns", crossover__says(text, &comparison->crossovers[i]));
}

static void print_comparison(const struct page *page, const struct comparison *comparison)
{
	bool sweeps = comparison->point_count != 1;

	print_summary(page, comparison);
	if (sweeps) {
		print_sweep(page, comparison);
		putc('\n', page->file);
		print_crossovers(page, comparison);
		for (size_t i = 0; i < comparison->point_count; i++)
			print_trouble(page, &comparison->points[i]);
	} else {
		unsigned name = name_columns(page, comparison);

		print_point_answer(page, comparison->points);
		print_times(page, comparison->points, name);
		print_figures(page, comparison->points, name);
		print_trouble(page, comparison->points);
		putc('\n', page->file);
	}
	page__validity(page);
	page__threats(page);
	page__baseline(page);
	page__how(page);
}

int report__comparison_text(FILE *file, const struct comparison *comparison, struct style style)
{
	const struct page page = {file, style, comparison->validation};

	print_comparison(&page, comparison);
	return fflush(file) || ferror(file) ? -1 : 0;
}
