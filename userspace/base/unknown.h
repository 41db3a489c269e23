/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of a stored file that this version does not know: a newer one wrote it. They are named, not refused. */
#ifndef MPTRACE_BASE_UNKNOWN_H
#define MPTRACE_BASE_UNKNOWN_H

#include <jansson.h>
#include <stddef.h>

#define MAX_UNKNOWN 32

/** The first few, each once: "outcome.mood"; nothing in them controls a terminal. */
struct unknown_keys {
	char names[MAX_UNKNOWN][160];
	size_t count;
};

/** Notes @key of the object @where ("": the outermost one). */
void unknown_keys__note(struct unknown_keys *unknown, const char *where, const char *key);

/** Notes what @object has besides the @known keys; NULL ends them. What is no object has none. */
void unknown_keys__of(struct unknown_keys *unknown, const char *where, json_t *object, const char *const *known);

#endif
