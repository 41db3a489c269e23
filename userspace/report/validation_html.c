/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of a validation: whether it is valid, the verdicts to sort and filter, and each claim to open. */
#include "html.h"
#include "html_blocks.h"
#include "validation_parts.h"
#include "validation_report.h"

static void write_verdict_row(FILE *file, const struct claim_finding *finding)
{
	const struct claim *claim = finding->claim;
	char text[SENTENCE];

	html__row(file);
	fputs("<td>", file);
	html__verdict(file, finding->verdict);
	fputs(claim_finding__ending(finding) == ENDING_FAILURE ? " (not expected)</td>" : "</td>", file);
	html__cell(file, claim->expects ? verdict_names[claim->expect] : "");
	fputs("<td><a href=\"#", file);
	html__text(file, claim->id);
	fputs("\">", file);
	html__text(file, claim->id);
	fputs("</a></td>", file);
	html__cell(file, claim->quote ? claim->quote : claim->english);
	html__cell(file, claim->source);
	html__cell(file, claim_finding__effect(text, finding));
	html__cell(file, claim_finding__why(text, finding));
	html__row_end(file);
}

static void write_verdicts(FILE *file, const struct validation *validation)
{
	static const char *const heads[] = {"verdict", "expected", "claim", "says", "source", "effect", "why", NULL};

	html__section(file, "Verdicts");
	if (!validation->finding_count) {
		html__paragraph(file, "No claims.");
		return;
	}
	html__filtered_table(file, heads);
	for (size_t i = 0; i < validation->finding_count; i++)
		write_verdict_row(file, &validation->findings[i]);
	html__table_end(file);
}

static void write_finding(FILE *file, const char *says, const struct finding *finding)
{
	char text[SENTENCE];

	if (!finding__is_measured(finding))
		return;
	fprintf(file, "<li>%s ", says);
	html__code(file, finding->condition->text);
	fputs(": ", file);
	html__text(file, finding__effect(text, finding));
	if (finding->condition->comparison != COMPARE_NONE) {
		fputs(", ", file);
		html__verdict(file, finding->verdict);
	}
	fputs(finding->fragile ? " (FRAGILE: another method would have decided otherwise)" : "", file);
	if (finding->counterexample[0]) {
		fputs("; for example: ", file);
		html__text(file, finding->counterexample);
	}
	fputs("</li>\n", file);
}

static void write_case(FILE *file, const struct validation *validation, const struct case_finding *finding)
{
	const struct finding *decider = case_finding__decider(finding);

	fputs("<h3>", file);
	html__text(file, finding->of->name);
	fputs(": ", file);
	html__verdict(file, finding->verdict);
	fputs("</h3>\n", file);
	if (*finding->reason)
		html__paragraph(file, finding->reason);
	fprintf(file, "<p class=\"soft\">%zu block%s, %zu void, %u look%s</p>\n", finding->blocks,
		finding->blocks == 1 ? "" : "s", finding->voided, finding->looks, finding->looks == 1 ? "" : "s");
	if (decider)
		html__interval(file, decider, "what is claimed");
	html__trials(file, validation, finding->of);
	fputs("<ul>\n", file);
	for (size_t i = 0; i < finding->of->rule_count; i++)
		write_finding(file, "rule", &finding->rule[i]);
	for (size_t i = 0; i < finding->of->provided_count; i++)
		write_finding(file, "provided", &finding->provided[i]);
	for (size_t i = 0; i < finding->of->mechanism_count; i++)
		write_finding(file, "mechanism", &finding->mechanism[i]);
	fputs("</ul>\n", file);
}

static void write_line(FILE *file, const char *says, const char *text)
{
	if (!text || !*text)
		return;
	fprintf(file, "<p>%s", says);
	html__text(file, text);
	fputs("</p>\n", file);
}

static void write_claim(FILE *file, const struct validation *validation, const struct claim_finding *finding)
{
	const struct claim *claim = finding->claim;
	char text[SENTENCE];

	fputs("<details id=\"", file);
	html__text(file, claim->id);
	fputs("\"><summary>", file);
	html__verdict(file, finding->verdict);
	putc(' ', file);
	html__text(file, claim->id);
	fputs("</summary>\n<blockquote>", file);
	write_line(file, "", claim->quote);
	write_line(file, claim->quote ? "In English: " : "", claim->english);
	write_line(file, "Source: ", claim->source);
	fputs("</blockquote>\n", file);
	write_line(file, "Reading: ", claim->reading);
	write_line(file, "Confounders: ", claim->confounders);
	write_line(file, "Note: ", claim->note);
	write_line(file, "Expected: ", claim->expects ? verdict_names[claim->expect] : NULL);
	write_line(file, "Verdict: ", finding->reason);
	write_line(file, "Because: ", claim->because);
	for (size_t i = 0; i < claim->case_count; i++)
		write_case(file, validation, &finding->cases[i]);
	fputs("<p>Again: ", file);
	html__code(file, claim_finding__command(text, validation, finding));
	fputs("</p></details>\n", file);
}

int report__validation_html(FILE *file, const struct validation *validation, struct style style)
{
	const struct tally tally = validation__tally(validation, NULL);
	char text[SENTENCE];

	(void)style;
	html__begin(file, "validate", validation__expected(text, &tally));
	html__paragraph(file, validation__how(text, validation));
	html__paragraph(file, validation__left_out(text, validation));
	if (validation->interrupted)
		html__paragraph(file, "Interrupted: this is what was decided so far.");
	html__validity(file, validation);
	write_verdicts(file, validation);
	if (validation->finding_count)
		html__section(file, "Claims");
	for (size_t i = 0; i < validation->finding_count; i++)
		write_claim(file, validation, &validation->findings[i]);
	html__surroundings(file, validation);
	html__end(file);
	return fflush(file) || ferror(file) ? -1 : 0;
}
