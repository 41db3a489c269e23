/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From addresses to names: of the kernel, of programs that live or have ended, and of code that a runtime wrote down.
 */
#ifndef MPTRACE_SYMBOLS_SYMBOLS_H
#define MPTRACE_SYMBOLS_SYMBOLS_H

#include <stdbool.h>

#include "space.h"

#define SYMBOL_NAME 160

struct symbol {
	char name[SYMBOL_NAME]; /**< "function"; "[file]": in that file; "[unknown]": nowhere that is known */
	const char *file; /**< its last part, of the mapping that it is in; empty: none */
	uint64_t offset; /**< from the start of what is named; 0 if nothing is */
	bool named; /**< a function or object is */
};

struct symbols;

/** NULL: out of memory. @spaces must live as long. */
struct symbols *symbols__open(const struct spaces *spaces);
void symbols__of_kernel(struct symbols *symbols, uint64_t address, struct symbol *symbol);
/** Of process @pid, which must be among the spaces; else nothing is known. */
void symbols__of_process(struct symbols *symbols, pid_t pid, uint64_t address, struct symbol *symbol);
/** False: @address of process @pid lies where nothing can be executed. */
bool symbols__may_be_code(struct symbols *symbols, pid_t pid, uint64_t address);
void symbols__close(struct symbols *symbols);

#endif
