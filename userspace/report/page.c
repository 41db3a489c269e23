/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "human.h"
#include "validation_parts.h"
#include "words.h"

#define MOST_VOIDS 5 /* arms that are named */

void page__label(const struct page *page, const char *name)
{
	words__label(page->file, page->style, PAGE_LABEL, name);
}

void page__section(const struct page *page, const char *name, const char *text)
{
	page__label(page, name);
	words__wrapped(page->file, page->style, PAGE_LABEL, true, text);
}

void page__wrapped(const struct page *page, unsigned indent, const char *text)
{
	words__wrapped(page->file, page->style, indent, false, text);
}

static void print_alarm(const struct page *page, const struct control_row *control)
{
	const char *word = control->verdict == VERDICT_REFUTED ? "ALARM    " : "invalid  ";
	char says[SENTENCE], text[SENTENCE];

	page__label(page, "");
	words__colored(page->file, page->style, WORDS_RED, word);
	snprintf(text, sizeof(text), "%.100s %.100s in %zu block%s: %.200s", control->name,
		 interval__says(says, control->interval, UNIT_RATIO), control->blocks, control->blocks == 1 ? "" : "s",
		 control->evidence);
	words__wrapped(page->file, page->style, PAGE_LABEL + 9, true, text);
}

/* Too noisy to tell: no alarm, and one paragraph for all of them. */
static void print_unsure(const struct page *page)
{
	char *text = NULL, says[SENTENCE];
	size_t size, count = 0;
	FILE *file = open_memstream(&text, &size);

	for (size_t i = 0; file && i < page->validation->control_count; i++) {
		const struct control_row *control = &page->validation->controls[i];

		if (control->verdict == VERDICT_CONFIRMED || control->verdict == VERDICT_REFUTED ||
		    control->verdict == VERDICT_INVALID)
			continue;
		fprintf(file, "%s%s %s", count++ ? ", " : "not sure, which is no alarm: ", control->name,
			interval__says(says, control->interval, UNIT_RATIO));
	}
	if (file && !fclose(file) && count)
		page__wrapped(page, PAGE_LABEL, text);
	free(text);
}

static void print_controls(const struct page *page)
{
	char text[SENTENCE];
	size_t good = 0;

	for (size_t i = 0; i < page->validation->control_count; i++)
		good += page->validation->controls[i].verdict == VERDICT_CONFIRMED;
	snprintf(text, sizeof(text), "%zu of %zu are as they must be", good, page->validation->control_count);
	page__section(page, "Controls", page->validation->control_count ? text : "none was run");
	for (size_t i = 0; i < page->validation->control_count; i++)
		if (page->validation->controls[i].verdict == VERDICT_REFUTED ||
		    page->validation->controls[i].verdict == VERDICT_INVALID)
			print_alarm(page, &page->validation->controls[i]);
	print_unsure(page);
}

static void print_voids(const struct page *page)
{
	size_t trials = 0, voided = 0, named = 0, more = 0;
	char text[SENTENCE];

	for (size_t i = 0; i < page->validation->void_count; i++) {
		trials += page->validation->voids[i].trials;
		voided += page->validation->voids[i].voided;
	}
	snprintf(text, sizeof(text), "%zu of %zu trials after the warm-up%s", voided, trials,
		 voided ? "; each voids its block, which is run again" : "");
	page__section(page, "Void", text);
	for (size_t i = 0; i < page->validation->void_count; i++) {
		const struct void_row *row = &page->validation->voids[i];

		if (!row->voided)
			continue;
		if (named++ >= MOST_VOIDS) {
			more++;
			continue;
		}
		snprintf(text, sizeof(text), "%zu of %zu: %.300s%s%s", row->voided, row->trials, row->command,
			 *row->why ? ": " : "", row->why);
		page__wrapped(page, PAGE_LABEL, text);
	}
	snprintf(text, sizeof(text), "and of %zu more arms", more);
	if (more)
		page__wrapped(page, PAGE_LABEL, text);
}

void page__validity(const struct page *page)
{
	char text[SENTENCE], lost[HUMAN];

	print_controls(page);
	page__section(page, "Watching", validation__overhead(text, page->validation));
	snprintf(text, sizeof(text), "%s event%s lost", human__count(lost, page->validation->lost),
		 page->validation->lost == 1 ? " was" : "s were");
	page__wrapped(page, PAGE_LABEL, page->validation->lost ? text : "nothing was lost");
	print_voids(page);
	if (*validation__visible(text, page->validation))
		page__section(page, "Visible", text);
}

void page__threats(const struct page *page)
{
	char threats[MAX_THREATS][SENTENCE];
	size_t count = validation__threats(threats, page->validation);

	for (size_t i = 0; i < count; i++)
		page__section(page, i ? "" : "Threats", threats[i]);
}

static void write_unknown(const struct page *page)
{
	const struct unknown_keys *unknown = &page->validation->unknown;

	if (unknown->count)
		page__section(page, "Unknown keys", "a newer mptrace wrote");
	for (size_t i = 0; i < unknown->count; i++)
		page__wrapped(page, PAGE_LABEL, unknown->names[i]);
}

void page__how(const struct page *page)
{
	const struct validation *validation = page->validation;
	char text[SENTENCE];

	page__section(page, "Again", validation->command);
	snprintf(text, sizeof(text), "seed %" PRIu64 ", mptrace %s, %s, %" PRIu32 " CPUs (%s), started %s",
		 validation->seed, validation->environment.version, validation->environment.kernel,
		 validation->environment.cpus, validation->environment.cpus_allowed, validation->started);
	page__wrapped(page, PAGE_LABEL, text);
	if (*validation->interpreter)
		page__wrapped(page, PAGE_LABEL, validation->interpreter);
	write_unknown(page);
}
