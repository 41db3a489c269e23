/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Markdown (GitHub's): the verdicts, the validity, every claim with its numbers, the environment, how to do it again.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "contrast_report.h"
#include "human.h"
#include "../base/letter.h"
#include "markdown.h"
#include "validation_parts.h"
#include "validation_report.h"

static void write_quote(FILE *file, const char *says, const char *text)
{
	if (!text)
		return;
	fprintf(file, "%s\"", says);
	markdown__text(file, text);
	fputs("\"\n", file);
}

static void write_verdicts(FILE *file, const struct validation *validation)
{
	char text[SENTENCE];

	fputs("# Validation\n\n", file);
	markdown__line(file, "", validation__how(text, validation));
	if (*validation__left_out(text, validation))
		markdown__line(file, "\n", text);
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
		markdown__cell(file, claim->expects ? verdict_names[claim->expect] : "");
		markdown__cell(file, claim->id);
		markdown__cell(file, claim->quote ? claim->quote : claim->english);
		markdown__cell(file, claim->source);
		markdown__cell(file, claim_finding__effect(text, finding));
		markdown__cell(file, claim_finding__why(text, finding));
		putc('\n', file);
	}
	fputs("\n(!) is not what was expected.\n", file);
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
	markdown__code(file, finding->condition->text);
	fputs(": ", file);
	markdown__text(file, finding__effect(text, finding));
	if (finding->condition->comparison != COMPARE_NONE)
		fprintf(file, ", %s", verdict_names[finding->verdict]);
	fputs(finding->fragile ? " (FRAGILE: another method would have decided otherwise)\n" : "\n", file);
	markdown__line(file, "  - for example: ", finding->counterexample);
}

static void write_arms(FILE *file, const struct claim_case *of)
{
	for (size_t i = 0; i < of->arm_count; i++) {
		fputs("- arm ", file);
		markdown__text(file, of->arms[i].name);
		fputs(": ", file);
		markdown__code(file, of->arms[i].command);
		putc('\n', file);
	}
}

static void write_case(FILE *file, const struct case_finding *finding)
{
	fputs("\n**", file);
	markdown__text(file, finding->of->name);
	fprintf(file, "**: %s%s", verdict_names[finding->verdict], *finding->reason ? ". " : "");
	markdown__text(file, finding->reason);
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
	markdown__text(file, claim->id);
	fprintf(file, ": %s\n\n", verdict_names[finding->verdict]);
	write_quote(file, "> ", claim->quote);
	write_quote(file, claim->quote ? ">\n> In English: " : "> ", claim->english);
	markdown__line(file, ">\n> Source: ", claim->source);
	markdown__line(file, "\nReading: ", claim->reading);
	markdown__line(file, "\nConfounders: ", claim->confounders);
	markdown__line(file, "\nNote: ", claim->note);
	markdown__line(file, "\nExpected: ", claim->expects ? verdict_names[claim->expect] : NULL);
	markdown__line(file, "\nVerdict: ", finding->reason);
	markdown__line(file, "\nBecause: ", claim->because);
	for (size_t i = 0; i < claim->case_count; i++)
		write_case(file, &finding->cases[i]);
	fputs("\nAgain: ", file);
	markdown__code(file, claim_finding__command(text, validation, finding));
	putc('\n', file);
}

int report__validation_markdown(FILE *file, const struct validation *validation, struct style style)
{
	(void)style;
	write_verdicts(file, validation);
	markdown__validity(file, validation);
	if (validation->finding_count)
		fputs("\n## Claims\n", file);
	for (size_t i = 0; i < validation->finding_count; i++)
		write_claim(file, validation, &validation->findings[i]);
	markdown__environment(file, validation);
	report__contrast_markdown(file, validation->baseline);
	markdown__threats(file, validation);
	markdown__how(file, validation);
	return fflush(file) || ferror(file) ? -1 : 0;
}
