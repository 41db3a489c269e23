/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MPTRACE_CLAIM_WORDS_H
#define MPTRACE_CLAIM_WORDS_H

#include "../base/memory.h"

/** The opposite of command__words: one blank between words, quotes where a shell needs them. NULL: out of memory. */
char *command__join(struct memory *memory, char *const *words, int count);

#endif
