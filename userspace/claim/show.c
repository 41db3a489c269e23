/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "show.h"

#include <inttypes.h>
#include <string.h>

#include "../base/utf8.h"

#define WIDTH 100
#define INDENT 2
#define LABEL 15 /* columns before the text */
#define BLANKS " \t\n"

static void show_label(FILE *file, const char *label)
{
	int width = (int)utf8__width(label, strlen(label)), blanks = LABEL - INDENT - width;

	fprintf(file, "%*s%s%*s", INDENT, "", label, blanks > 1 ? blanks : 1, "");
}

/* @text between @quotes, its words broken into lines. NULL: nothing. */
static void show_text(FILE *file, const char *label, const char *text, const char *quotes)
{
	size_t column = 0;

	if (!text)
		return;
	show_label(file, label);
	fputs(quotes, file);
	for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
		size_t length = strcspn(text, BLANKS), most = utf8__fit(text, WIDTH - LABEL);

		if (length > most)
			length = most;
		if (column && column + 1 + utf8__width(text, length) > WIDTH - LABEL) {
			fprintf(file, "\n%*s", LABEL, "");
			column = 0;
		}
		fprintf(file, "%s%.*s", column ? " " : "", (int)length, text);
		column += (column > 0) + utf8__width(text, length);
		text += length;
	}
	fprintf(file, "%s\n", quotes);
}

static void show_conditions(FILE *file, const char *label, struct condition *const *conditions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		show_text(file, i ? "" : label, conditions[i]->text, "");
}

static void show_needs(FILE *file, const struct claim_needs *needs)
{
	if (!needs->cpus && !needs->free_threaded)
		return;
	show_label(file, "needs");
	if (needs->cpus)
		fprintf(file, "%" PRIu32 " CPU%s", needs->cpus, needs->cpus == 1 ? "" : "s");
	if (needs->free_threaded)
		fprintf(file, "%sa free-threaded Python", needs->cpus ? " and " : "");
	putc('\n', file);
}

/* Commands stay on one line: they are there to be copied. */
static void show_case(FILE *file, const struct claim_case *of)
{
	fprintf(file, "\nCase: %s\n", of->name);
	show_text(file, "decided",
		  of->decide == DECIDE_TRIALS ? "by counting, in every trial" : "by an interval over blocks", "");
	show_text(file, "on a scale of", of->scale, "");
	show_needs(file, &of->needs);
	for (size_t i = 0; i < of->arm_count; i++) {
		show_label(file, of->arms[i].name);
		fprintf(file, "sudo mptrace %s\n", of->arms[i].command);
	}
	show_conditions(file, "provided", of->provided, of->provided_count);
	show_conditions(file, "rule", of->rule, of->rule_count);
	if (of->opportunities)
		fprintf(file, "%*s%-*sat least %" PRIu64 " opportunities to fail\n", INDENT, "", LABEL - INDENT, "",
			of->opportunities);
	show_conditions(file, "mechanism", of->mechanism, of->mechanism_count);
}

void claim__show(FILE *file, const struct claim *claim)
{
	fprintf(file, "%s (source: %s, %s:%u)\n", claim->id, claim->source, claim->place.file, claim->place.line);
	show_text(file, "quote", claim->quote, "\"");
	show_text(file, "in English", claim->english, "");
	show_text(file, "reading", claim->reading, "");
	show_text(file, "confounders", claim->confounders, "");
	show_text(file, "note", claim->note, "");
	show_text(file, "because", claim->because, "");
	show_text(file, "expected", claim->expects ? verdict_names[claim->expect] : NULL, "");
	for (size_t i = 0; i < claim->case_count; i++)
		show_case(file, &claim->cases[i]);
}
