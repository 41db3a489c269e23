/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contrast_report.h"

#include <math.h>
#include <string.h>

#include "human.h"
#include "html.h"
#include "markdown.h"
#include "page.h"
#include "scale.h"
#include "validation_parts.h"
#include "words.h"

static const char *or_nothing(const char *text)
{
	return text ? *text ? text : "(empty)" : "(not there)";
}

static const char *says_fact(char room[SENTENCE], const struct changed_fact *fact)
{
	snprintf(room, SENTENCE, "%.100s: was %.200s, is %.200s", fact->what, or_nothing(fact->before),
		 or_nothing(fact->now));
	return room;
}

/* "+18.6 % (+15.1 to +22.0)". */
static const char *says_change(char room[SENTENCE], const struct changed_figure *figure)
{
	bool no_interval = figure->single || figure->few;
	char change[SENTENCE] = "";

	if (figure->absolute && !no_interval)
		interval__says(change, figure->change, figure->metric->unit);
	else if (!figure->absolute && no_interval)
		snprintf(change, sizeof(change), "%+.1f %%", 100 * (figure->change.estimate - 1));
	else if (!figure->absolute)
		snprintf(change, sizeof(change), "%+.1f %% (%+.1f to %+.1f)", 100 * (figure->change.estimate - 1),
			 100 * (figure->change.low - 1), 100 * (figure->change.high - 1));
	snprintf(room, SENTENCE, "%.100s%s%s", change, figure->by_control ? ", relative to its control" : "",
		 figure->few ? "; too few trials to tell it from noise" : "");
	return room;
}

static const char *names_figure(char room[SENTENCE], const struct changed_figure *figure)
{
	snprintf(room, SENTENCE, "%.200s%s%s", figure->what, *figure->what ? ": " : "", figure->metric->name);
	return room;
}

/* "pool: wall_ns: was 1.02 s, is 1.21 s: +18.6 % (+15.1 to +22.0)". */
static const char *says_figure(char room[SENTENCE], const struct changed_figure *figure)
{
	char before[HUMAN], now[HUMAN], change[SENTENCE], name[SENTENCE];

	human__value(before, figure->before, figure->metric->unit);
	human__value(now, figure->now, figure->metric->unit);
	says_change(change, figure);
	snprintf(room, SENTENCE, "%.280s: was %.40s, is %.40s%s%.200s", names_figure(name, figure), before, now,
		 *change && *change != ',' && *change != ';' ? ": " : "", change);
	return room;
}

static const char *says_figures(char room[SENTENCE], const struct contrast *contrast)
{
	size_t single = 0;

	for (size_t i = 0; i < contrast->figure_count; i++)
		single += contrast->figures[i].single || contrast->figures[i].few;
	snprintf(room, SENTENCE, "%zu of %zu figures differ by more than %s%.0f %%", contrast->figure_count - single,
		 contrast->figures_compared, contrast->figures_compared ? "their noise and " : "",
		 100 * CONTRAST_MARGIN);
	if (contrast->figures_apart)
		snprintf(room + strlen(room), SENTENCE - strlen(room), "; %zu are on one side alone",
			 contrast->figures_apart);
	if (single)
		snprintf(room + strlen(room), SENTENCE - strlen(room),
			 "; %zu more are single observations, or of too few trials: no findings", single);
	return room;
}

static const char *says_verdicts(char room[SENTENCE], const struct contrast *contrast)
{
	size_t changed = 0;

	for (size_t i = 0; i < contrast->verdict_count; i++)
		changed += contrast->verdicts[i].before && contrast->verdicts[i].now;
	snprintf(room, SENTENCE, "%zu of %zu verdicts changed", changed, contrast->verdicts_compared);
	if (contrast->verdict_count > changed)
		snprintf(room + strlen(room), SENTENCE - strlen(room), "; %zu are on one side alone",
			 contrast->verdict_count - changed);
	return room;
}

static void print_list(const struct page *page, const struct changed_fact *facts, size_t count)
{
	char text[SENTENCE];

	for (size_t i = 0; i < count; i++)
		page__wrapped(page, PAGE_LABEL, says_fact(text, &facts[i]));
}

static void print_contrast(const struct page *page, const struct contrast *contrast)
{
	char text[SENTENCE];

	page__section(page, "Environment", contrast->fact_count ? "differs" : "is the same");
	print_list(page, contrast->facts, contrast->fact_count);
	if (contrast->figures_compared || contrast->figures_apart)
		page__section(page, "Figures", says_figures(text, contrast));
	for (size_t i = 0; i < contrast->figure_count; i++)
		page__wrapped(page, PAGE_LABEL, says_figure(text, &contrast->figures[i]));
	page__section(page, "Verdicts", says_verdicts(text, contrast));
	print_list(page, contrast->verdicts, contrast->verdict_count);
}

void page__baseline(const struct page *page)
{
	if (!page->validation->baseline)
		return;
	page__section(page, "Baseline", page->validation->baseline->before);
	print_contrast(page, page->validation->baseline);
}

int report__contrast_text(FILE *file, const struct contrast *contrast, struct style style)
{
	const struct page page = {file, style, NULL};
	char text[SENTENCE];

	snprintf(text, sizeof(text), "%.280s with %.280s: each is %s", contrast->before, contrast->now,
		 stored_kind_names[contrast->kind]);
	page__section(&page, "Compared", text);
	print_contrast(&page, contrast);
	return fflush(file) || ferror(file) ? -1 : 0;
}

static void write_facts(struct json *json, const char *key, const struct changed_fact *facts, size_t count)
{
	json__begin_array(json, key);
	for (size_t i = 0; i < count; i++) {
		json__begin_object(json, NULL);
		json__string(json, "what", facts[i].what);
		json__string(json, "before", facts[i].before);
		json__string(json, "now", facts[i].now);
		json__end_object(json);
	}
	json__end_array(json);
}

static void write_figure(struct json *json, const struct changed_figure *figure)
{
	static const char no_end[] = "a single observation, or too few";

	json__begin_object(json, NULL);
	json__string(json, "what", figure->what);
	json__string(json, "metric", figure->metric->name);
	json__number_or(json, "before", figure->before, "not measured");
	json__number_or(json, "now", figure->now, "not measured");
	json__string(json, "change", figure->absolute ? "difference" : "ratio");
	json__number_or(json, "estimate", figure->change.estimate, "not measured");
	json__number_or(json, "low", figure->change.low, no_end);
	json__number_or(json, "high", figure->change.high, no_end);
	json__boolean(json, "by_control", figure->by_control);
	json__boolean(json, "single", figure->single);
	json__boolean(json, "few", figure->few);
	json__end_object(json);
}

void report__contrast_json(struct json *json, const struct contrast *contrast)
{
	if (!contrast) {
		json__string(json, "baseline", NULL);
		return;
	}
	json__begin_object(json, "baseline");
	json__string(json, "path", contrast->before);
	write_facts(json, "environment", contrast->facts, contrast->fact_count);
	json__begin_array(json, "figures");
	for (size_t i = 0; i < contrast->figure_count; i++)
		write_figure(json, &contrast->figures[i]);
	json__end_array(json);
	json__integer(json, "figures_compared", contrast->figures_compared);
	json__integer(json, "figures_apart", contrast->figures_apart);
	write_facts(json, "flips", contrast->verdicts, contrast->verdict_count);
	json__integer(json, "verdicts_compared", contrast->verdicts_compared);
	json__end_object(json);
}

void report__contrast_markdown(FILE *file, const struct contrast *contrast)
{
	char text[SENTENCE];

	if (!contrast)
		return;
	markdown__line(file, "\nCompared with: ", contrast->before);
	putc('\n', file);
	for (size_t i = 0; i < contrast->fact_count; i++)
		markdown__line(file, "- ", says_fact(text, &contrast->facts[i]));
	if (contrast->figures_compared || contrast->figures_apart)
		markdown__line(file, "\n", says_figures(text, contrast));
	putc('\n', file);
	for (size_t i = 0; i < contrast->figure_count; i++)
		markdown__line(file, "- ", says_figure(text, &contrast->figures[i]));
	markdown__line(file, "\n", says_verdicts(text, contrast));
	putc('\n', file);
	for (size_t i = 0; i < contrast->verdict_count; i++)
		markdown__line(file, "- ", says_fact(text, &contrast->verdicts[i]));
}

#define CHANGE_WIDTH 240
#define CHANGE_HEIGHT 16

static bool is_drawn(const struct changed_figure *figure)
{
	return !figure->absolute && isfinite(figure->change.estimate) && figure->change.estimate > 0;
}

/* All figures have one scale; shaded: no change that counts. A point without a line: a single observation. */
static void draw_change(FILE *file, const struct scale *scale, const struct changed_figure *figure)
{
	double low = CHANGE_WIDTH * scale__place(scale, 1 / (1 + CONTRAST_MARGIN));
	double high = CHANGE_WIDTH * scale__place(scale, 1 + CONTRAST_MARGIN);

	fprintf(file,
		"<td data-v=\"%.9g\"><svg viewBox=\"0 0 %d %d\" width=\"%d\" aria-hidden=\"true\"><rect "
		"class=\"region\" x=\"%.1f\" "
		"width=\"%.1f\" height=\"%d\"/>",
		figure->change.estimate, CHANGE_WIDTH, CHANGE_HEIGHT, CHANGE_WIDTH, low, high - low, CHANGE_HEIGHT);
	if (isfinite(figure->change.low) && isfinite(figure->change.high))
		fprintf(file, "<path class=\"mark\" stroke-width=\"2\" d=\"M%.1f 8H%.1f\"/>",
			CHANGE_WIDTH * scale__place(scale, figure->change.low),
			CHANGE_WIDTH * scale__place(scale, figure->change.high));
	fprintf(file, "<circle class=\"mark\" cx=\"%.1f\" cy=\"8\" r=\"4\"/></svg></td>",
		CHANGE_WIDTH * scale__place(scale, figure->change.estimate));
}

static struct scale scale_of(const struct contrast *contrast)
{
	struct scale scale = {1 / (1 + CONTRAST_MARGIN), 1 + CONTRAST_MARGIN, true};

	for (size_t i = 0; i < contrast->figure_count; i++) {
		const struct interval *change = &contrast->figures[i].change;

		if (!is_drawn(&contrast->figures[i]))
			continue;
		scale__include(&scale, change->estimate);
		scale__include(&scale, change->low);
		scale__include(&scale, change->high);
	}
	return scale;
}

static void write_figures(FILE *file, const struct contrast *contrast)
{
	static const char *heads[] = {"figure", "#was", "#is", "change", "less, or more (shaded: within 5 %)", NULL};
	struct scale scale = scale_of(contrast);
	char text[SENTENCE], value[HUMAN];

	html__table(file, NULL, heads);
	for (size_t i = 0; i < contrast->figure_count; i++) {
		const struct changed_figure *figure = &contrast->figures[i];

		html__row(file);
		html__cell(file, names_figure(text, figure));
		html__number(file, figure->before, human__value(value, figure->before, figure->metric->unit));
		html__number(file, figure->now, human__value(value, figure->now, figure->metric->unit));
		html__cell(file, says_change(text, figure));
		if (is_drawn(figure))
			draw_change(file, &scale, figure);
		else
			html__cell(file, "");
		html__row_end(file);
	}
	html__table_end(file);
}

void report__contrast_html(FILE *file, const struct contrast *contrast)
{
	char text[SENTENCE], line[SENTENCE + 32];

	if (!contrast)
		return;
	snprintf(line, sizeof(line), "Compared with: %.600s", contrast->before);
	html__paragraph(file, line);
	for (size_t i = 0; i < contrast->fact_count; i++)
		html__paragraph(file, says_fact(text, &contrast->facts[i]));
	if (contrast->figures_compared || contrast->figures_apart)
		html__paragraph(file, says_figures(text, contrast));
	if (contrast->figure_count)
		write_figures(file, contrast);
	html__paragraph(file, says_verdicts(text, contrast));
	for (size_t i = 0; i < contrast->verdict_count; i++)
		html__paragraph(file, says_fact(text, &contrast->verdicts[i]));
}

int report__contrast_page(FILE *file, const struct contrast *contrast)
{
	char title[SENTENCE];

	snprintf(title, sizeof(title), "compare %.300s %.300s", contrast->before, contrast->now);
	html__begin(file, title, NULL);
	html__section(file, "What differs");
	report__contrast_html(file, contrast);
	html__end(file);
	return ferror(file) ? -1 : 0;
}
