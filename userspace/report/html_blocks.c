/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "html_blocks.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "../result/metrics.h"
#include "contrast_report.h"
#include "html.h"
#include "human.h"
#include "scale.h"
#include "validation_parts.h"

#define WIDTH 640
#define INTERVAL_HEIGHT 52
#define TRIALS_HEIGHT 150
#define LEFT 90
#define MARKS 6

/* Okabe and Ito's, and a form for each: colours alone are not for everybody. */
static const struct {
	const char *color, *letter;
} marks[MARKS] = {{"#0072b2", "\u25cf"}, {"#d55e00", "\u25b2"}, {"#009e73", "\u25a0"},
		  {"#cc79a7", "\u25c6"}, {"#e69f00", "\u25bc"}, {"#56b4e9", "\u2716"}};

void html__verdict(FILE *file, enum verdict verdict)
{
	static const char *const classes[VERDICTS] = {
		[VERDICT_CONFIRMED] = "good",	 [VERDICT_REFUTED] = "bad", [VERDICT_CONDITIONAL] = "open",
		[VERDICT_INCONCLUSIVE] = "open", [VERDICT_INVALID] = "bad", [VERDICT_NOT_RUN] = "soft"};

	fprintf(file, "<span class=\"%s\">%s</span>", classes[verdict], verdict_names[verdict]);
}

void html__interval(FILE *file, const struct finding *finding, const char *region)
{
	const struct condition *condition = finding->condition;
	struct interval interval = finding->interval;
	struct scale scale;
	double room = WIDTH - 2 * 10, from, to, low, high;
	char says[SENTENCE], asks[SENTENCE];

	if (!scale__of_finding(&scale, finding))
		return;
	from = 10 + room * scale__place(&scale, condition->low);
	to = 10 + room * scale__place(&scale, condition->high);
	low = 10 + room * scale__place(&scale, interval.low);
	high = 10 + room * scale__place(&scale, interval.high);
	fprintf(file, "<svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\" aria-label=\"", WIDTH, INTERVAL_HEIGHT,
		WIDTH);
	html__text(file, finding__effect(says, finding));
	fprintf(file, "; %s: ", region);
	html__text(file, condition__asks(asks, condition));
	fprintf(file,
		"\"><rect class=\"region\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"26\"/>"
		"<path class=\"axis\" d=\"M10 26H%d\"/><circle class=\"mark\" cx=\"%.1f\" cy=\"13\" r=\"4\"/>",
		from, fmax(1, to - from), WIDTH - 10, 10 + room * scale__place(&scale, interval.estimate));
	if (isfinite(interval.low) || isfinite(interval.high))
		fprintf(file, "<path class=\"mark\" stroke-width=\"2\" d=\"M%.1f 13H%.1fM%.1f 7v12M%.1f 7v12\"/>", low,
			high, low, high);
	fputs("<text x=\"10\" y=\"44\">", file);
	html__text(file, says);
	fprintf(file, "; shaded: %s, ", region);
	html__text(file, asks);
	fputs("</text></svg>\n", file);
}

static size_t arm_of(const struct claim_case *of, const char *command)
{
	for (size_t i = 0; i < of->arm_count; i++)
		if (!strcmp(of->arms[i].command, command))
			return i;
	return SIZE_MAX;
}

static double wall_of(const struct trial_row *row)
{
	static const struct metric *wall;

	if (!wall)
		wall = metric__find("wall_ns");
	return row->cannot ? NAN : row->metrics[wall - metrics];
}

static void draw_trial(FILE *file, const struct trial_row *row, size_t arm, const struct scale *by, uint32_t blocks)
{
	double value = wall_of(row);
	char time[HUMAN];

	if (!isfinite(value))
		return;
	fprintf(file,
		"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" style=\"fill:%s%s\"><title>block %" PRIu32 ": ",
		LEFT + (WIDTH - LEFT) * ((double)row->block + 0.5) / ((double)blocks + 1),
		TRIALS_HEIGHT * (1 - scale__place(by, value)) + 4, marks[arm % MARKS].color,
		*row->voided ? ";opacity:0.35" : "", row->block);
	html__text(file, row->command);
	fprintf(file, ": %s%s", human__time(time, (uint64_t)value), *row->voided ? ", void: " : "");
	html__text(file, row->voided);
	fprintf(file, "</title>%s</text>", marks[arm % MARKS].letter);
}

void html__trials(FILE *file, const struct validation *validation, const struct claim_case *of)
{
	struct scale by = {INFINITY, -INFINITY, true};
	uint32_t blocks = 0;
	char low[HUMAN], high[HUMAN];

	for (size_t i = 0; i < validation->row_count; i++) {
		const struct trial_row *row = &validation->rows[i];

		if (arm_of(of, row->command) == SIZE_MAX || !isfinite(wall_of(row)))
			continue;
		scale__include(&by, wall_of(row));
		blocks = row->block > blocks ? row->block : blocks;
	}
	if (!isfinite(by.low) || by.low <= 0)
		return;
	fprintf(file,
		"<svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\" aria-label=\"time of each trial by block\">"
		"<path class=\"axis\" fill=\"none\" d=\"M%d 0V%dH%d\"/><text x=\"0\" y=\"12\">%s</text><text x=\"0\" "
		"y=\"%d\">%s</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">blocks in order of time: 0 (warm-up) to "
		"%" PRIu32 "</text>",
		WIDTH, TRIALS_HEIGHT + 22, WIDTH, LEFT, TRIALS_HEIGHT, WIDTH, human__time(high, (uint64_t)by.high),
		TRIALS_HEIGHT, human__time(low, (uint64_t)by.low), WIDTH, TRIALS_HEIGHT + 16, blocks);
	for (size_t i = 0; i < validation->row_count; i++) {
		size_t arm = arm_of(of, validation->rows[i].command);

		if (arm != SIZE_MAX)
			draw_trial(file, &validation->rows[i], arm, &by, blocks);
	}
	fputs("</svg>\n<ul class=\"legend\">", file);
	for (size_t i = 0; i < of->arm_count; i++) {
		fprintf(file, "<li><span style=\"color:%s\">%s</span> ", marks[i % MARKS].color,
			marks[i % MARKS].letter);
		html__text(file, of->arms[i].name);
		fputs(": ", file);
		html__code(file, of->arms[i].command);
		fputs("</li>", file);
	}
	fputs("</ul>\n", file);
}

static void write_controls(FILE *file, const struct validation *validation)
{
	static const char *heads[] = {"control", "verdict", "ratio", "#blocks", "evidence", NULL};
	char text[SENTENCE];

	if (!validation->control_count) {
		html__paragraph(file, "No control was run.");
		return;
	}
	html__table(file, NULL, heads);
	for (size_t i = 0; i < validation->control_count; i++) {
		const struct control_row *control = &validation->controls[i];

		html__row(file);
		html__cell(file, control->name);
		fputs("<td>", file);
		html__verdict(file, control->verdict);
		fputs("</td>", file);
		html__cell(file, interval__says(text, control->interval, UNIT_RATIO));
		snprintf(text, sizeof(text), "%zu", control->blocks);
		html__number(file, (double)control->blocks, text);
		html__cell(file, control->evidence);
		html__row_end(file);
	}
	html__table_end(file);
}

static void write_voids(FILE *file, const struct validation *validation)
{
	static const char *heads[] = {"arm", "#trials", "#void", "why", NULL};
	char text[64];
	size_t voided = 0;

	for (size_t i = 0; i < validation->void_count; i++)
		voided += validation->voids[i].voided;
	snprintf(text, sizeof(text), "A gate made %zu trial%s void.", voided, voided == 1 ? "" : "s");
	html__paragraph(file, text);
	if (!voided)
		return;
	html__table(file, NULL, heads);
	for (size_t i = 0; i < validation->void_count; i++) {
		const struct void_row *row = &validation->voids[i];

		if (!row->voided)
			continue;
		html__row(file);
		html__cell(file, row->command);
		snprintf(text, sizeof(text), "%zu", row->trials);
		html__number(file, (double)row->trials, text);
		snprintf(text, sizeof(text), "%zu", row->voided);
		html__number(file, (double)row->voided, text);
		html__cell(file, row->why);
		html__row_end(file);
	}
	html__table_end(file);
}

void html__validity(FILE *file, const struct validation *validation)
{
	char text[SENTENCE], room[SENTENCE + 32], lost[HUMAN];

	html__section(file, "Validity");
	write_controls(file, validation);
	snprintf(room, sizeof(room), "Watching: %s. Lost events: %s.", validation__overhead(text, validation),
		 human__count(lost, validation->lost));
	html__paragraph(file, room);
	html__paragraph(file, validation__visible(text, validation));
	write_voids(file, validation);
}

static void write_environment(FILE *file, const struct validation *validation)
{
	const struct environment *environment = &validation->environment;
	char text[SENTENCE];

	html__section(file, "Environment");
	snprintf(text, sizeof(text), "%s, %s, %" PRIu32 " CPUs (%s)%s, control groups %s, clock %s. Python: %s.",
		 environment->kernel, environment->machine, environment->cpus, environment->cpus_allowed,
		 environment->virtual_machine ? ", a virtual machine" : "", environment->cgroup_mode,
		 environment->clock, *validation->interpreter ? validation->interpreter : "none was found");
	html__paragraph(file, text);
	report__contrast_html(file, validation->baseline);
}

void html__surroundings(FILE *file, const struct validation *validation)
{
	char threats[MAX_THREATS][SENTENCE], text[SENTENCE];
	size_t count = validation__threats(threats, validation);

	write_environment(file, validation);
	html__section(file, "Threats to validity");
	for (size_t i = 0; i < count; i++)
		html__paragraph(file, threats[i]);
	html__section(file, "How to reproduce");
	html__code(file, validation->command);
	snprintf(text, sizeof(text), "Seed %" PRIu64 ", mptrace %s, started %s.", validation->seed,
		 validation->environment.version, validation->started);
	html__paragraph(file, text);
	for (size_t i = 0; i < validation->unknown.count; i++) {
		snprintf(text, sizeof(text), "Unknown key, which a newer mptrace wrote: %.500s",
			 validation->unknown.names[i]);
		html__paragraph(file, text);
	}
}
