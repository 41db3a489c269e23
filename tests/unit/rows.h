/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims from text and trials by hand. */
#ifndef MPTRACE_TESTS_ROWS_H
#define MPTRACE_TESTS_ROWS_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/validation/log.h"

static struct claims claims;
static struct trial_rows rows;
static struct failure failure;

/* A claim with @id about a thread (a) and a process (b), of one case: @keys are expect: and the like, or "". */
#define CLAIM(id, keys, body)                                                                                          \
	"- {id: " id ", english: e, reading: r, " keys "cases: [{name: n, arms: {a: run thread -t 4, b: run process "  \
	"-t 4}, " body "}]}\n"
/* The same with the thread alone. */
#define CLAIM_ALONE(id, keys, body)                                                                                    \
	"- {id: " id ", english: e, reading: r, " keys "cases: [{name: n, arms: {a: run thread -t 4}, " body "}]}\n"
#define COMMAND_A "run thread -t 4"
#define COMMAND_B "run process -t 4"
#define FILE_OF(source) "source: {id: " source "}\nclaims:\n"

__attribute__((unused)) static void rows__forget(void)
{
	trial_rows__free(&rows);
}

/* Adds the claims of one more file. */
__attribute__((unused)) static void rows__more_claims(const char *text)
{
	failure = (struct failure){0};
	if (claims__read(&claims, "my.yaml", text, strlen(text), &failure)) {
		fprintf(stderr, "%s\n", failure.says);
		exit(2);
	}
}

/* These claims and no others; no trials. */
__attribute__((unused)) static void rows__claims(const char *text)
{
	claims__free(&claims);
	rows__forget();
	rows__more_claims(text);
}

/* A trial in which nothing was measured. */
__attribute__((unused)) static struct trial_row *rows__trial(const char *command, uint32_t block)
{
	struct trial_row *row = trial_rows__add(&rows);

	row->command = strdup(command);
	row->block = block;
	for (size_t i = 0; i < MAX_METRICS; i++)
		row->metrics[i] = NAN;
	row->ns_per_switch = row->cpu_share = NAN;
	return row;
}

__attribute__((unused)) static struct trial_row *rows__set(struct trial_row *row, const char *metric, double value)
{
	row->metrics[metric__find(metric) - metrics] = value;
	return row;
}

/* One trial of each arm, the process taking @ratio times as long. */
__attribute__((unused)) static void rows__block(uint32_t block, double ratio)
{
	rows__set(rows__trial(COMMAND_A, block), "wall_ns", 1e6);
	rows__set(rows__trial(COMMAND_B, block), "wall_ns", ratio * 1e6);
}

/* Blocks @first to @last, spread evenly over @ratio times 1 - @spread to 1 + @spread. */
__attribute__((unused)) static void rows__blocks(uint32_t first, uint32_t last, double ratio, double spread)
{
	for (uint32_t block = first; block <= last; block++)
		rows__block(block, ratio * (1 + spread * ((block * 7 % 10) / 4.5 - 1)));
}

/* The last trial of arm @command is void. */
__attribute__((unused)) static void rows__void(const char *command, const char *why)
{
	for (size_t i = rows.count; i-- > 0;)
		if (!strcmp(rows.list[i].command, command)) {
			snprintf(rows.list[i].voided, sizeof(rows.list[i].voided), "%s", why);
			return;
		}
}

#endif
