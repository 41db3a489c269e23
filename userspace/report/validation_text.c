/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a newcomer reads of a validation: one function per section, 100 columns. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "contrast_report.h"
#include "human.h"
#include "page.h"
#include "validation_parts.h"
#include "validation_report.h"
#include "words.h"

#define VERDICT 13 /* columns: the longest verdict, and a blank */
#define MOST_ID 34
#define MOST_EFFECT 30
#define FEW_CLAIMS 5 /* so many are told with all their cases; of more, those that need it */

static void print_verdict(const struct page *page, enum verdict verdict, enum ending ending)
{
	static const char *const colors[ENDINGS] = {WORDS_GREEN, WORDS_RED, WORDS_YELLOW, WORDS_RED};
	char word[VERDICT + 1];

	snprintf(word, sizeof(word), "%-*s", VERDICT, verdict_names[verdict]);
	words__colored(page->file, page->style, colors[ending], word);
}

static void print_summary(const struct page *page)
{
	struct tally tally = validation__tally(page->validation, NULL);
	char text[SENTENCE];
	size_t length;

	length = (size_t)snprintf(text, sizeof(text), "%zu claim%s", page->validation->finding_count,
				  page->validation->finding_count == 1 ? "" : "s");
	for (int i = 0, shown = 0; i < VERDICTS; i++)
		if (tally.verdicts[i])
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%zu %s",
						   shown++ ? ", " : ": ", tally.verdicts[i], verdict_names[i]);
	page__section(page, "Validation", text);
	validation__expected(text, &tally);
	page__wrapped(page, PAGE_LABEL, text);
	page__wrapped(page, PAGE_LABEL, validation__how(text, page->validation));
	if (*validation__left_out(text, page->validation))
		page__wrapped(page, PAGE_LABEL, text);
	if (page->validation->interrupted)
		page__wrapped(page, PAGE_LABEL, "not finished: sudo mptrace validate --resume DIR goes on");
}

/* The widest of what stands in a column, but not more than @most. */
static unsigned column(const struct page *page, const char *(*text)(char room[SENTENCE], const struct claim_finding *),
		       unsigned most)
{
	unsigned widest = 0;
	char room[SENTENCE];

	for (size_t i = 0; i < page->validation->finding_count; i++) {
		unsigned now = words__columns(page->style, text(room, &page->validation->findings[i]));

		widest = now > widest ? now : widest;
	}
	return widest < most ? widest : most;
}

static const char *id_of(char room[SENTENCE], const struct claim_finding *finding)
{
	snprintf(room, SENTENCE, "%s", finding->claim->id);
	return room;
}

/* Columns narrow where the window is. */
static void print_line(const struct page *page, const struct claim_finding *finding, unsigned id, unsigned effect)
{
	unsigned room = page->style.width > VERDICT + 2 ? (unsigned)page->style.width - VERDICT - 2 : 0;
	char text[SENTENCE], why[SENTENCE];

	print_verdict(page, finding->verdict, claim_finding__ending(finding));
	fputs(claim_finding__ending(finding) == ENDING_FAILURE ? "! " : "  ", page->file);
	id = id < room ? id : room;
	words__plain(page->file, page->style, finding->claim->id, id, true);
	room -= id;
	claim_finding__why(why, finding);
	/* Which cases hold says more than how many, and needs the room. */
	if (effect && room > effect + 2 && finding->verdict != VERDICT_CONDITIONAL) {
		fputs("  ", page->file);
		words__plain(page->file, page->style, claim_finding__effect(text, finding), effect, *why != '\0');
		room -= effect + 2;
	}
	if (*why && room > 2) {
		fputs("  ", page->file);
		words__plain(page->file, page->style, why, room - 2, false);
	}
	putc('\n', page->file);
}

static void print_claims(const struct page *page)
{
	unsigned id = column(page, id_of, MOST_ID), effect = column(page, claim_finding__effect, MOST_EFFECT);
	bool contradicts = false;

	if (!page->validation->finding_count)
		return;
	putc('\n', page->file);
	for (size_t i = 0; i < page->validation->finding_count; i++) {
		const struct claim_finding *finding = &page->validation->findings[i];

		print_line(page, finding, id, effect);
		contradicts |= claim_finding__ending(finding) == ENDING_FAILURE;
	}
	if (contradicts)
		fputs("! is not what was expected\n", page->file);
}

/* @said: a sentence that may have told of the counterexample. */
static void print_finding(const struct page *page, unsigned indent, const struct finding *finding, const char *said)
{
	char text[2 * SENTENCE], effect[SENTENCE];

	if (!finding__is_measured(finding))
		return;
	snprintf(text, sizeof(text), "%.300s: %s%s", finding->condition->text, finding__effect(effect, finding),
		 finding->fragile ? "; FRAGILE: another method would have decided otherwise" : "");
	page__wrapped(page, indent, text);
	if (*finding->counterexample && !strstr(said, finding->counterexample)) {
		snprintf(text, sizeof(text), "for example: %s", finding->counterexample);
		page__wrapped(page, indent, text);
	}
}

static void print_case(const struct page *page, const struct claim *claim, const struct case_finding *finding)
{
	bool alone = claim->case_count == 1;
	unsigned indent = alone ? 4 : 8;
	char text[SENTENCE];

	if (!alone) {
		snprintf(text, sizeof(text), "%s: %.200s%s%s", verdict_names[finding->verdict], finding->of->name,
			 *finding->reason ? ": " : "", finding->reason);
		page__wrapped(page, 4, text);
	}
	for (size_t i = 0; i < finding->of->rule_count; i++)
		print_finding(page, indent, &finding->rule[i], finding->reason);
	for (size_t i = 0; i < finding->of->provided_count; i++)
		if (finding->provided[i].verdict != VERDICT_CONFIRMED)
			print_finding(page, indent, &finding->provided[i], finding->reason);
	if (*case_finding__mechanism(text, claim, finding))
		page__wrapped(page, indent, text);
}

static bool needs_words(const struct page *page, const struct claim_finding *finding)
{
	enum ending ending = claim_finding__ending(finding);

	return ending == ENDING_FAILURE || ending == ENDING_ERROR || page->validation->finding_count <= FEW_CLAIMS;
}

static void print_details(const struct page *page)
{
	for (size_t i = 0; i < page->validation->finding_count; i++) {
		const struct claim_finding *finding = &page->validation->findings[i];
		char text[SENTENCE];

		if (!needs_words(page, finding))
			continue;
		putc('\n', page->file);
		snprintf(text, sizeof(text), "%.200s (%.100s): %s%s%s", finding->claim->id, finding->claim->source,
			 verdict_names[finding->verdict], finding->claim->expects ? ", expected " : "",
			 finding->claim->expects ? verdict_names[finding->claim->expect] : "");
		page__wrapped(page, 0, text);
		page__wrapped(page, 4, finding->claim->english);
		page__wrapped(page, 4, finding->reason);
		page__wrapped(page, 4, claim_finding__turns(text, finding));
		for (size_t j = 0; j < finding->claim->case_count; j++)
			print_case(page, finding->claim, &finding->cases[j]);
		page__wrapped(page, 4, claim_finding__command(text, page->validation, finding));
	}
	if (page->validation->finding_count)
		putc('\n', page->file);
}

int report__validation_text(FILE *file, const struct validation *validation, struct style style)
{
	const struct page page = {file, style, validation};

	print_summary(&page);
	print_claims(&page);
	print_details(&page);
	page__validity(&page);
	page__threats(&page);
	page__baseline(&page);
	page__how(&page);
	page__wrapped(&page, PAGE_LABEL, "every claim with its mechanism: mptrace report DIR --format markdown");
	return fflush(file) || ferror(file) ? -1 : 0;
}
