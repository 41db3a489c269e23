/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results as a file keeps them: mptrace.result/1, one or an array of them. Untrusted input. */
#ifndef MPTRACE_RESULT_READ_H
#define MPTRACE_RESULT_READ_H

#include "../base/failure.h"
#include "../base/memory.h"
#include "../base/unknown.h"
#include "result.h"

/** A result and what it points to. What the file does not have is 0, or not measured. */
struct stored_result {
	struct experiment experiment;
	struct target target; /**< of a profile: the result points to it */
	struct result result;
};

struct stored_results {
	struct memory memory; /**< of all that follows */
	struct stored_result **list;
	size_t count;
	bool array; /**< the file has an array */
	struct unknown_keys unknown;
};

/**
 * Reads @text of @size bytes, called @name in errors. A key that is missing (an older minor version) is left empty, one
 * of the wrong kind is STATUS_USAGE with its name. To be freed in any case.
 */
int stored_results__read(struct stored_results *results, const char *name, const char *text, size_t size,
			 struct failure *failure);
void stored_results__free(struct stored_results *results);

#endif
