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

struct json;
/** Members that the environments of all our schemas have. */
void report__environment(struct json *json, const struct environment *environment);

struct validation;
/** One line per claim, then what needs more words, the validity of the whole, and how to do it again. */
int report__validation_text(FILE *file, const struct validation *validation, struct style style);
/** mptrace.validation/1: userspace/validation/validation.schema.json. */
int report__validation_json(FILE *file, const struct validation *validation, struct style style);
int report__validation_markdown(FILE *file, const struct validation *validation, struct style style);
/** A testsuite per source, a testcase per claim. */
int report__validation_junit(FILE *file, const struct validation *validation, struct style style);
/** KTAP 1: a test with subtests per source. */
int report__validation_ktap(FILE *file, const struct validation *validation, struct style style);

/** What `--format` takes. */
struct validation_format {
	const char *name, *says;
	int (*write)(FILE *file, const struct validation *validation, struct style style);
};
/** Ends with a row without a name. */
extern const struct validation_format validation_formats[];
/** The format called @name, or NULL. */
const struct validation_format *validation_format__find(const char *name);

#endif
