/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an interpreter tells debuggers of its own records: from CPython 3.13 on _PyRuntime begins with their offsets. */
#ifndef MPTRACE_PROFILE_PYTHON_LAYOUT_H
#define MPTRACE_PROFILE_PYTHON_LAYOUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "../../bpf/abi.h"

/**
 * Reads them of process @pid, whose _PyRuntime is at address @runtime. False, and @layout is all zero: it tells none,
 * or is of a version whose table has other rows than those that are known here (3.13).
 */
bool python_layout__read(struct python_layout *layout, pid_t pid, __u64 runtime);

/** Writes @text as UTF-8: at most @size bytes with the end, whole letters. */
void python_text__write(const struct python_text *text, char *into, size_t size);

#endif
