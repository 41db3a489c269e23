/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a symbol of a program lies in a running process. */
#ifndef MPTRACE_TRACE_SYMBOL_H
#define MPTRACE_TRACE_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Fills [*low, *high) with the place of the data symbol @name of the program or of a library that process @pid has
 * mapped: from .dynsym, .symtab, or a section of that name with a dot (".PyRuntime" survives strip). False: not found.
 */
bool symbol__find(pid_t pid, const char *name, const char *section, uint64_t *low, uint64_t *high);

#endif
