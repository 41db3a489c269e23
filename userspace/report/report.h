/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats: written from results alone. Each returns 0, or -1 with errno when writing failed. */
#ifndef MPTRACE_REPORT_REPORT_H
#define MPTRACE_REPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "../result/result.h"

/** How the text may look: decided once from the terminal and NO_COLOR. */
struct style {
	bool color, unicode;
	int width;
};

struct style style__of(FILE *file);

int report__text(FILE *file, const struct result *result, struct style style);

/** The first lines of the text: what was run, and where. */
void report__what(FILE *file, const struct result *result);

/** Median and spread of the main figures over @count results of one experiment. */
int report__repeats(FILE *file, const struct result *const *results, size_t count);
/** mptrace.result/1; an array when @array. */
int report__json(FILE *file, const struct result *const *results, size_t count, bool array);

/** For a page that others write. */
int report__markdown(FILE *file, const struct result *result);

/** A row for each thread, task and lock. */
int report__csv(FILE *file, const struct result *result);

/** Its stacks, each on a line: the thread's name, the cause, the frames, and ns. */
int report__folded(FILE *file, const struct result *result);

/** One result on one line. */
int report__json_line(FILE *file, const struct result *result);

struct json;
/** Members that the environments of all our schemas have. */
void report__environment(struct json *json, const struct environment *environment);

#endif
