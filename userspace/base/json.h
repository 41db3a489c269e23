/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A streaming JSON writer: nothing is kept in memory, whatever the size. Keys are NULL inside arrays. */
#ifndef MPTRACE_BASE_JSON_H
#define MPTRACE_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "figure.h"

#define JSON_DEPTH 16
#define JSON_MISSING 128

struct json {
	FILE *file;
	bool one_line;
	unsigned depth;
	bool has_items[JSON_DEPTH];
	/* Figures of the present object that are null, and why: closed as its "missing". */
	struct {
		const char *key, *why;
		unsigned depth;
	} missing[JSON_MISSING];
	unsigned missing_count;
};

struct json json__to(FILE *file);
/** The same without line breaks, until json__finish: a line of JSON Lines. */
struct json json__line_to(FILE *file);
void json__begin_object(struct json *json, const char *key);
/** Writes the object's "missing", if any figure was null, and closes it. */
void json__end_object(struct json *json);
void json__begin_array(struct json *json, const char *key);
void json__end_array(struct json *json);
/** NULL becomes null. What is no UTF-8 becomes U+FFFD; `<` is escaped, so that a page can hold it. */
void json__string(struct json *json, const char *key, const char *value);
void json__integer(struct json *json, const char *key, uint64_t value);
void json__signed(struct json *json, const char *key, int64_t value);
/** As few digits as bring back the same number; null for what is not finite. */
void json__number(struct json *json, const char *key, double value);
/** The same; what is not finite is null with @why in the object's "missing". */
void json__number_or(struct json *json, const char *key, double value, const char *why);
/** @thousandths as a decimal fraction. */
void json__ratio(struct json *json, const char *key, struct figure thousandths);
void json__boolean(struct json *json, const char *key, bool value);
/** null with its reason in the object's "missing" if it was not measured. */
void json__figure(struct json *json, const char *key, struct figure figure);
/** Ends the line and flushes. -1 with errno if anything could not be written. */
int json__finish(struct json *json);

#endif
