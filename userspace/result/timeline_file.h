/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of a timeline as a file beside the result: a header, and 16 bytes for each. Untrusted when read. */
#ifndef MPTRACE_RESULT_TIMELINE_FILE_H
#define MPTRACE_RESULT_TIMELINE_FILE_H

#include <stdio.h>

#include "../base/failure.h"
#include "../base/memory.h"
#include "result.h"

#define TIMELINE_NAME "timeline.bin"

/** -1 with errno. */
int timeline_file__write(FILE *file, const struct result *result);

/**
 * Reads the events of @result, which says how many there are, from the file at @path, into @memory. -1: STATUS_USAGE
 * with the file and why.
 */
int timeline_file__read(struct result *result, struct memory *memory, const char *path, struct failure *failure);

#endif
