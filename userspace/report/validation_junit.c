/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JUnit XML: a testsuite per source, a testcase per claim, its numbers in system-out. */
#include <inttypes.h>
#include <string.h>

#include "../base/letter.h"
#include "validation_parts.h"
#include "validation_report.h"

/*
 * Good in attributes and in text. What XML 1.0 has no character for is dropped, and so is every other control
 * letter; what is no UTF-8 becomes U+FFFD.
 */
static void write_text(FILE *file, const char *text)
{
	while (*text) {
		const char *start = text;
		uint32_t letter = letter__next(&text);

		if (letter == LETTER_REPLACEMENT)
			fputs("\xef\xbf\xbd", file);
		else if (letter < 0x80 && strchr("<>&\"'\n\t", (int)letter))
			fprintf(file, "&#%" PRIu32 ";", letter);
		else if (!letter__controls(letter))
			fwrite(start, 1, (size_t)(text - start), file);
	}
}

static void write_attribute(FILE *file, const char *name, const char *value)
{
	fprintf(file, " %s=\"", name);
	write_text(file, value);
	putc('"', file);
}

static void write_line(FILE *file, const char *says, const char *text)
{
	if (!*text)
		return;
	fprintf(file, "%s: ", says);
	write_text(file, text);
	putc('\n', file);
}

static void write_finding(FILE *file, const char *says, const struct finding *finding)
{
	char effect[SENTENCE];

	if (!finding__is_measured(finding))
		return;
	fprintf(file, "  %s: ", says);
	write_text(file, finding->condition->text);
	fprintf(file, ": %s = ", verdict_names[finding->verdict]);
	write_text(file, finding__effect(effect, finding));
	fputs(finding->fragile ? "; FRAGILE\n" : "\n", file);
	write_line(file, "  for example", finding->counterexample);
}

static void write_case(FILE *file, const struct claim *claim, const struct case_finding *finding)
{
	char mechanism[SENTENCE];

	fputs("case ", file);
	write_text(file, finding->of->name);
	fprintf(file, ": %s; %zu blocks, %zu void; ", verdict_names[finding->verdict], finding->blocks,
		finding->voided);
	write_text(file, finding->reason);
	putc('\n', file);
	for (size_t i = 0; i < finding->of->rule_count; i++)
		write_finding(file, "rule", &finding->rule[i]);
	for (size_t i = 0; i < finding->of->provided_count; i++)
		write_finding(file, "provided", &finding->provided[i]);
	write_line(file, "  mechanism", case_finding__mechanism(mechanism, claim, finding));
}

static void write_numbers(FILE *file, const struct validation *validation, const struct claim_finding *finding)
{
	char text[SENTENCE];

	fputs("      <system-out>", file);
	write_line(file, "claim", finding->claim->english);
	write_line(file, "verdict", verdict_names[finding->verdict]);
	write_line(file, "expected", finding->claim->expects ? verdict_names[finding->claim->expect] : "");
	write_line(file, "effect", claim_finding__effect(text, finding));
	write_line(file, "reason", finding->reason);
	for (size_t i = 0; i < finding->claim->case_count; i++)
		write_case(file, finding->claim, &finding->cases[i]);
	write_line(file, "again", claim_finding__command(text, validation, finding));
	fputs("</system-out>\n", file);
}

static void write_claim(FILE *file, const struct validation *validation, const struct claim_finding *finding)
{
	static const char *const elements[ENDINGS] = {NULL, "failure", "skipped", "error"};
	enum ending ending = claim_finding__ending(finding);
	char message[2 * SENTENCE], effect[SENTENCE], why[SENTENCE];

	fputs("    <testcase", file);
	write_attribute(file, "classname", finding->claim->source);
	write_attribute(file, "name", finding->claim->id);
	fputs(">\n", file);
	if (elements[ending]) {
		fprintf(file, "      <%s", elements[ending]);
		/* The schema of JUnit gives types to these two only. */
		if (ending != ENDING_SKIPPED)
			write_attribute(file, "type", verdict_names[finding->verdict]);
		snprintf(message, sizeof(message), "%s%s%s: %.200s; %.400s", verdict_names[finding->verdict],
			 finding->claim->expects ? ", expected " : "",
			 finding->claim->expects ? verdict_names[finding->claim->expect] : "",
			 claim_finding__effect(effect, finding), claim_finding__why(why, finding));
		write_attribute(file, "message", message);
		fputs("/>\n", file);
	}
	write_numbers(file, validation, finding);
	fputs("    </testcase>\n", file);
}

static void write_tally(FILE *file, const struct tally *tally)
{
	size_t tests = 0;

	for (int i = 0; i < ENDINGS; i++)
		tests += tally->endings[i];
	fprintf(file, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", tests,
		tally->endings[ENDING_FAILURE], tally->endings[ENDING_ERROR], tally->endings[ENDING_SKIPPED]);
}

static void write_property(FILE *file, const char *name, const char *value)
{
	fputs("      <property", file);
	write_attribute(file, "name", name);
	write_attribute(file, "value", value);
	fputs("/>\n", file);
}

static void write_source(FILE *file, const struct validation *validation, const char *source)
{
	struct tally tally = validation__tally(validation, source);
	char seed[24];

	snprintf(seed, sizeof(seed), "%" PRIu64, validation->seed);
	fputs("  <testsuite", file);
	write_attribute(file, "name", source);
	write_tally(file, &tally);
	write_attribute(file, "timestamp", validation->started);
	fputs(">\n    <properties>\n", file);
	write_property(file, "seed", seed);
	write_property(file, "command", validation->command);
	write_property(file, "kernel", validation->environment.kernel);
	write_property(file, "mptrace", validation->environment.version);
	fputs("    </properties>\n", file);
	for (size_t i = 0; i < validation->finding_count; i++)
		if (!strcmp(validation->findings[i].claim->source, source))
			write_claim(file, validation, &validation->findings[i]);
	fputs("  </testsuite>\n", file);
}

int report__validation_junit(FILE *file, const struct validation *validation, struct style style)
{
	struct tally tally = validation__tally(validation, NULL);

	(void)style;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mptrace validate\"", file);
	write_tally(file, &tally);
	fprintf(file, " time=\"%.3f\">\n", (double)validation->took_ns / 1e9);
	for (size_t i = 0; i < validation->finding_count; i++)
		if (validation__begins_source(validation, i))
			write_source(file, validation, validation->findings[i].claim->source);
	fputs("</testsuites>\n", file);
	return fflush(file) || ferror(file) ? -1 : 0;
}
