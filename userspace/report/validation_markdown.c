/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Markdown (GitHub's): the verdicts, the validity, every claim with its numbers, the environment, how to do it again.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "human.h"
#include "letter.h"
#include "validation_parts.h"
#include "validation_report.h"

/* On one line, and nothing in it is markup. */
static void write_text(FILE *file, const char *text)
{
	while (*text) {
		const char *start = text;
		uint32_t letter = letter__next(&text);

		if (letter == LETTER_REPLACEMENT)
			fputs("\xef\xbf\xbd", file);
		else if (letter__controls(letter))
			putc(' ', file);
		else if (letter == '<' || letter == '&' || letter == '@')
			fprintf(file, "&#%" PRIu32 ";", letter);
		else if (letter < 0x80 && strchr("\\`*_[]>|#~!$", (int)letter))
			fprintf(file, "\\%c", (char)letter);
		else
			fwrite(start, 1, (size_t)(text - start), file);
	}
}

/* How many backticks follow each other at most. */
static unsigned longest_fence(const char *text)
{
	unsigned longest = 0, now = 0;

	for (; *text; text++) {
		now = *text == '`' ? now + 1 : 0;
		longest = now > longest ? now : longest;
	}
	return longest;
}

/* As code. Not in a table: there a bar ends the cell even in code, and a backslash before it is no help. */
static void write_code(FILE *file, const char *text)
{
	unsigned fence = longest_fence(text) + 1;

	for (unsigned i = 0; i < fence; i++)
		putc('`', file);
	fputs(fence > 1 ? " " : "", file);
	while (*text) {
		const char *start = text;
		uint32_t letter = letter__next(&text);

		if (letter == LETTER_REPLACEMENT)
			fputs("\xef\xbf\xbd", file);
		else if (letter__controls(letter))
			putc(' ', file);
		else
			fwrite(start, 1, (size_t)(text - start), file);
	}
	fputs(fence > 1 ? " " : "", file);
	for (unsigned i = 0; i < fence; i++)
		putc('`', file);
}

static void write_cell(FILE *file, const char *text)
{
	fputs(" ", file);
	write_text(file, text);
	fputs(" |", file);
}

/* @says: our own words. */
static void write_line(FILE *file, const char *says, const char *text)
{
	if (!text || !*text)
		return;
	fputs(says, file);
	write_text(file, text);
	fputs("\n", file);
}

static void write_quote(FILE *file, const char *says, const char *text)
{
	if (!text)
		return;
	fprintf(file, "%s\"", says);
	write_text(file, text);
	fputs("\"\n", file);
}

static void write_verdicts(FILE *file, const struct validation *validation)
{
	char text[SENTENCE];

	fputs("# Validation\n\n", file);
	write_line(file, "", validation__how(text, validation));
	if (*validation__left_out(text, validation))
		write_line(file, "\n", text);
	if (validation->interrupted)
		fputs("\n**Interrupted**: this is what was decided so far.\n", file);
	fputs("\n## Verdicts\n\n", file);
	if (!validation->finding_count) {
		fputs("No claims.\n", file);
		return;
	}
	fputs("| verdict | expected | claim | says | source | effect | why |\n|---|---|---|---|---|---|---|\n", file);
	for (size_t i = 0; i < validation->finding_count; i++) {
		const struct claim_finding *finding = &validation->findings[i];
		const struct claim *claim = finding->claim;

		fprintf(file, "| %s%s |", verdict_names[finding->verdict],
			claim_finding__ending(finding) == ENDING_FAILURE ? " (!)" : "");
		write_cell(file, claim->expects ? verdict_names[claim->expect] : "");
		write_cell(file, claim->id);
		write_cell(file, claim->quote ? claim->quote : claim->english);
		write_cell(file, claim->source);
		write_cell(file, claim_finding__effect(text, finding));
		write_cell(file, claim_finding__why(text, finding));
		putc('\n', file);
	}
	fputs("\n(!) is not what was expected.\n", file);
}

static void write_controls(FILE *file, const struct validation *validation)
{
	char text[SENTENCE];

	if (!validation->control_count) {
		fputs("No control was run.\n", file);
		return;
	}
	fputs("| control | verdict | ratio | blocks | evidence |\n|---|---|---|---|---|\n", file);
	for (size_t i = 0; i < validation->control_count; i++) {
		const struct control_row *control = &validation->controls[i];

		fputs("|", file);
		write_cell(file, control->name);
		write_cell(file, verdict_names[control->verdict]);
		write_cell(file, interval__says(text, control->interval, UNIT_RATIO));
		fprintf(file, " %zu |", control->blocks);
		write_cell(file, control->evidence);
		putc('\n', file);
	}
}

static void write_voids(FILE *file, const struct validation *validation)
{
	if (!validation->void_count)
		return;
	fputs("\n| arm | trials | void | why |\n|---|---|---|---|\n", file);
	for (size_t i = 0; i < validation->void_count; i++) {
		const struct void_row *row = &validation->voids[i];

		fputs("|", file);
		write_cell(file, row->command);
		fprintf(file, " %zu | %zu |", row->trials, row->voided);
		write_cell(file, row->why);
		putc('\n', file);
	}
}

static void write_validity(FILE *file, const struct validation *validation)
{
	char text[SENTENCE], lost[HUMAN];

	fputs("\n## Validity\n\n", file);
	write_controls(file, validation);
	write_line(file, "\n- watching: ", validation__overhead(text, validation));
	fprintf(file, "- lost events: %s\n", human__count(lost, validation->lost));
	write_line(file, "- ", validation__visible(text, validation));
	write_voids(file, validation);
}

static void write_picture(FILE *file, const struct finding *finding)
{
	char claimed[PICTURE + 1], measured[PICTURE + 1];

	if (finding && finding__picture(claimed, measured, finding))
		fprintf(file, "\n```\nclaimed   %s\nmeasured  %s\n```\n", claimed, measured);
}

static void write_finding(FILE *file, const char *says, const struct finding *finding)
{
	char text[SENTENCE];

	if (!finding__is_measured(finding))
		return;
	fprintf(file, "- %s ", says);
	write_code(file, finding->condition->text);
	fputs(": ", file);
	write_text(file, finding__effect(text, finding));
	if (finding->condition->comparison != COMPARE_NONE)
		fprintf(file, ", %s", verdict_names[finding->verdict]);
	fputs(finding->fragile ? " (FRAGILE: another method would have decided otherwise)\n" : "\n", file);
	write_line(file, "  - for example: ", finding->counterexample);
}

static void write_arms(FILE *file, const struct claim_case *of)
{
	for (size_t i = 0; i < of->arm_count; i++) {
		fputs("- arm ", file);
		write_text(file, of->arms[i].name);
		fputs(": ", file);
		write_code(file, of->arms[i].command);
		putc('\n', file);
	}
}

static void write_case(FILE *file, const struct case_finding *finding)
{
	fputs("\n**", file);
	write_text(file, finding->of->name);
	fprintf(file, "**: %s%s", verdict_names[finding->verdict], *finding->reason ? ". " : "");
	write_text(file, finding->reason);
	fprintf(file, "\n%zu block%s, %zu void, %u look%s\n", finding->blocks, finding->blocks == 1 ? "" : "s",
		finding->voided, finding->looks, finding->looks == 1 ? "" : "s");
	write_picture(file, case_finding__decider(finding));
	putc('\n', file);
	for (size_t i = 0; i < finding->of->rule_count; i++)
		write_finding(file, "rule", &finding->rule[i]);
	for (size_t i = 0; i < finding->of->provided_count; i++)
		write_finding(file, "provided", &finding->provided[i]);
	for (size_t i = 0; i < finding->of->mechanism_count; i++)
		write_finding(file, "mechanism", &finding->mechanism[i]);
	write_arms(file, finding->of);
}

static void write_claim(FILE *file, const struct validation *validation, const struct claim_finding *finding)
{
	const struct claim *claim = finding->claim;
	char text[SENTENCE];

	fputs("\n### ", file);
	write_text(file, claim->id);
	fprintf(file, ": %s\n\n", verdict_names[finding->verdict]);
	write_quote(file, "> ", claim->quote);
	write_quote(file, claim->quote ? ">\n> In English: " : "> ", claim->english);
	write_line(file, ">\n> Source: ", claim->source);
	write_line(file, "\nReading: ", claim->reading);
	write_line(file, "\nConfounders: ", claim->confounders);
	write_line(file, "\nNote: ", claim->note);
	write_line(file, "\nExpected: ", claim->expects ? verdict_names[claim->expect] : NULL);
	write_line(file, "\nVerdict: ", finding->reason);
	write_line(file, "\nBecause: ", claim->because);
	for (size_t i = 0; i < claim->case_count; i++)
		write_case(file, &finding->cases[i]);
	fputs("\nAgain: ", file);
	write_code(file, claim_finding__command(text, validation, finding));
	putc('\n', file);
}

static void write_environment(FILE *file, const struct validation *validation)
{
	const struct environment *environment = &validation->environment;
	char text[SENTENCE];

	fputs("\n## Environment\n\n", file);
	write_line(file, "- kernel: ", environment->kernel);
	snprintf(text, sizeof(text), "%s, %" PRIu32 " CPUs (%s)%s", environment->machine, environment->cpus,
		 environment->cpus_allowed, environment->virtual_machine ? ", a virtual machine" : "");
	write_line(file, "- machine: ", text);
	write_line(file, "- control groups: ", environment->cgroup_mode);
	write_line(file, "- clock: ", environment->clock);
	write_line(file, "- Python: ", *validation->interpreter ? validation->interpreter : "none was found");
}

static void write_baseline(FILE *file, const struct validation *validation)
{
	if (!*validation->baseline)
		return;
	write_line(file, "\nCompared with: ", validation->baseline);
	if (validation->change_count)
		putc('\n', file);
	for (size_t i = 0; i < validation->change_count; i++) {
		const struct change_row *change = &validation->changes[i];
		char text[SENTENCE];

		snprintf(text, sizeof(text), "%s: was %s, is %s", change->what, change->before, change->now);
		write_line(file, "- ", text);
	}
	fprintf(file, "\n%zu of %zu verdicts changed.\n\n", validation->flip_count, validation->compared);
	for (size_t i = 0; i < validation->flip_count; i++) {
		fputs("- ", file);
		write_text(file, validation->flips[i].claim->id);
		fprintf(file, ": was %s, is %s\n", verdict_names[validation->flips[i].before],
			verdict_names[validation->flips[i].now]);
	}
}

static void write_threats(FILE *file, const struct validation *validation)
{
	char threats[MAX_THREATS][SENTENCE];
	size_t count = validation__threats(threats, validation);

	fputs("\n## Threats to validity\n\n", file);
	for (size_t i = 0; i < count; i++)
		write_line(file, "- ", threats[i]);
}

static void write_how(FILE *file, const struct validation *validation)
{
	fputs("\n## How to reproduce\n\n- command: ", file);
	write_code(file, validation->command);
	fprintf(file, "\n- seed: %" PRIu64 "\n", validation->seed);
	write_line(file, "- mptrace: ", validation->environment.version);
	write_line(file, "- started: ", validation->started);
}

int report__validation_markdown(FILE *file, const struct validation *validation, struct style style)
{
	(void)style;
	write_verdicts(file, validation);
	write_validity(file, validation);
	if (validation->finding_count)
		fputs("\n## Claims\n", file);
	for (size_t i = 0; i < validation->finding_count; i++)
		write_claim(file, validation, &validation->findings[i]);
	write_environment(file, validation);
	write_baseline(file, validation);
	write_threats(file, validation);
	write_how(file, validation);
	return fflush(file) || ferror(file) ? -1 : 0;
}
