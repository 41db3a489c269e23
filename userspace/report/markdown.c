/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "markdown.h"

#include <inttypes.h>
#include <string.h>

#include "../base/letter.h"
#include "human.h"
#include "validation_parts.h"

void markdown__text(FILE *file, const char *text)
{
	while (*text)
		if (strchr("<&@", *text))
			fprintf(file, "&#%d;", *text++);
		else if (strchr("\\`*_[]>|#~!$", *text))
			fprintf(file, "\\%c", *text++);
		else
			letter__put(file, &text);
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

void markdown__code(FILE *file, const char *text)
{
	unsigned fence = longest_fence(text) + 1;

	for (unsigned i = 0; i < fence; i++)
		putc('`', file);
	fputs(fence > 1 ? " " : "", file);
	while (*text)
		letter__put(file, &text);
	fputs(fence > 1 ? " " : "", file);
	for (unsigned i = 0; i < fence; i++)
		putc('`', file);
}

void markdown__cell(FILE *file, const char *text)
{
	fputs(" ", file);
	markdown__text(file, text);
	fputs(" |", file);
}

void markdown__line(FILE *file, const char *says, const char *text)
{
	if (!text || !*text)
		return;
	fputs(says, file);
	markdown__text(file, text);
	fputs("\n", file);
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
		markdown__cell(file, control->name);
		markdown__cell(file, verdict_names[control->verdict]);
		markdown__cell(file, interval__says(text, control->interval, UNIT_RATIO));
		fprintf(file, " %zu |", control->blocks);
		markdown__cell(file, control->evidence);
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
		markdown__cell(file, row->command);
		fprintf(file, " %zu | %zu |", row->trials, row->voided);
		markdown__cell(file, row->why);
		putc('\n', file);
	}
}

void markdown__validity(FILE *file, const struct validation *validation)
{
	char text[SENTENCE], lost[HUMAN];

	fputs("\n## Validity\n\n", file);
	write_controls(file, validation);
	markdown__line(file, "\n- watching: ", validation__overhead(text, validation));
	fprintf(file, "- lost events: %s\n", human__count(lost, validation->lost));
	markdown__line(file, "- ", validation__visible(text, validation));
	write_voids(file, validation);
}

void markdown__environment(FILE *file, const struct validation *validation)
{
	const struct environment *environment = &validation->environment;
	char text[SENTENCE];

	fputs("\n## Environment\n\n", file);
	markdown__line(file, "- kernel: ", environment->kernel);
	snprintf(text, sizeof(text), "%s, %" PRIu32 " CPUs (%s)%s", environment->machine, environment->cpus,
		 environment->cpus_allowed, environment->virtual_machine ? ", a virtual machine" : "");
	markdown__line(file, "- machine: ", text);
	markdown__line(file, "- control groups: ", environment->cgroup_mode);
	markdown__line(file, "- clock: ", environment->clock);
	markdown__line(file, "- Python: ", *validation->interpreter ? validation->interpreter : "none was found");
}

void markdown__threats(FILE *file, const struct validation *validation)
{
	char threats[MAX_THREATS][SENTENCE];
	size_t count = validation__threats(threats, validation);

	fputs("\n## Threats to validity\n\n", file);
	for (size_t i = 0; i < count; i++)
		markdown__line(file, "- ", threats[i]);
}

void markdown__how(FILE *file, const struct validation *validation)
{
	fputs("\n## How to reproduce\n\n- command: ", file);
	markdown__code(file, validation->command);
	fprintf(file, "\n- seed: %" PRIu64 "\n", validation->seed);
	markdown__line(file, "- mptrace: ", validation->environment.version);
	markdown__line(file, "- started: ", validation->started);
	for (size_t i = 0; i < validation->unknown.count; i++)
		markdown__line(file, "- unknown key, which a newer mptrace wrote: ", validation->unknown.names[i]);
}
