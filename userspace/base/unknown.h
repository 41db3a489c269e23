/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stored files of newer versions: the keys that this one does not know are named, not refused. */
#ifndef MPTRACE_BASE_UNKNOWN_H
#define MPTRACE_BASE_UNKNOWN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define MAX_UNKNOWN 32

/** The first few, each once: "outcome.mood"; nothing in them controls a terminal. */
struct unknown_keys {
	char names[MAX_UNKNOWN][160];
	size_t count;
};

/** Whether @schema (can be NULL) is @known, as "mptrace.result/1", or a newer minor version, as "mptrace.result/1.4".
 */
bool schema__is(const char *schema, const char *known);

/** Notes @key of the object @where ("": the outermost one). */
void unknown_keys__note(struct unknown_keys *unknown, const char *where, const char *key);

/** Notes what @object has besides the @known keys; NULL ends them. What is no object has none. */
void unknown_keys__of(struct unknown_keys *unknown, const char *where, json_t *object, const char *const *known);

#endif
