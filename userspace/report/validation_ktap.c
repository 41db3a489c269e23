/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KTAP 1 (Documentation/dev-tools/ktap.rst): a test per source, with a subtest per claim. */
#include <string.h>

#include "../base/letter.h"
#include "validation_parts.h"
#include "validation_report.h"

/* On one line. A '#' in a name would begin a directive. */
static void write_text(FILE *file, const char *text, bool is_name)
{
	while (*text)
		if (is_name && *text == '#') {
			putc('_', file);
			text++;
		} else {
			letter__put(file, &text);
		}
}

static void write_numbers(FILE *file, const struct claim_finding *finding)
{
	char effect[SENTENCE], why[SENTENCE];

	claim_finding__effect(effect, finding);
	fprintf(file, "%s", verdict_names[finding->verdict]);
	if (finding->claim->expects)
		fprintf(file, ", expected %s", verdict_names[finding->claim->expect]);
	fputs(*effect ? ": " : "", file);
	write_text(file, effect, false);
	claim_finding__why(why, finding);
	fputs(*why ? "; " : "", file);
	write_text(file, why, false);
}

static void write_claim(FILE *file, size_t number, const struct claim_finding *finding)
{
	static const char *const directives[ENDINGS] = {[ENDING_SKIPPED] = " # SKIP ", [ENDING_ERROR] = " # ERROR "};
	enum ending ending = claim_finding__ending(finding);
	bool good = ending == ENDING_PASS || ending == ENDING_SKIPPED;

	if (!directives[ending]) {
		fputs("  # ", file);
		write_numbers(file, finding);
		putc('\n', file);
	}
	fprintf(file, "  %s %zu - ", good ? "ok" : "not ok", number);
	write_text(file, finding->claim->id, true);
	if (directives[ending]) {
		fputs(directives[ending], file);
		write_numbers(file, finding);
	}
	putc('\n', file);
}

static void write_source(FILE *file, const struct validation *validation, const char *source, size_t number)
{
	struct tally tally = validation__tally(validation, source);
	size_t claims = 0, found = 0;

	for (int i = 0; i < ENDINGS; i++)
		claims += tally.endings[i];
	fputs("  KTAP version 1\n  # Subtest: ", file);
	write_text(file, source, true);
	fprintf(file, "\n  1..%zu\n", claims);
	for (size_t i = 0; i < validation->finding_count; i++)
		if (!strcmp(validation->findings[i].claim->source, source))
			write_claim(file, ++found, &validation->findings[i]);
	fprintf(file, "%s %zu - ", tally.endings[ENDING_FAILURE] || tally.endings[ENDING_ERROR] ? "not ok" : "ok",
		number);
	write_text(file, source, true);
	putc('\n', file);
}

int report__validation_ktap(FILE *file, const struct validation *validation, struct style style)
{
	size_t sources = 0, number = 0;

	(void)style;
	for (size_t i = 0; i < validation->finding_count; i++)
		sources += validation__begins_source(validation, i);
	fprintf(file, "KTAP version 1\n1..%zu%s\n", sources, sources ? "" : " # SKIP no claims");
	for (size_t i = 0; i < validation->finding_count; i++)
		if (validation__begins_source(validation, i))
			write_source(file, validation, validation->findings[i].claim->source, ++number);
	return fflush(file) || ferror(file) ? -1 : 0;
}
