/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files of others. */
#ifndef MPTRACE_BASE_FILE_H
#define MPTRACE_BASE_FILE_H

#include <stddef.h>

#include "failure.h"

/**
 * The text of a regular file of at most 1 GiB, and a NUL after its @size bytes; free() it. NULL: STATUS_USAGE with why
 * it cannot be read.
 */
char *file__read(const char *path, size_t *size, struct failure *failure);

#endif
