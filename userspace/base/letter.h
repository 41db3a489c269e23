/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of others, letter by letter, whatever bytes it consists of. */
#ifndef MPTRACE_BASE_LETTER_H
#define MPTRACE_BASE_LETTER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** Stands for what is no UTF-8. */
#define LETTER_REPLACEMENT 0xfffdu

/** The letter at *@at, which moves behind it. One byte that is no UTF-8 is LETTER_REPLACEMENT; the end is 0, and stays.
 */
uint32_t letter__next(const char **at);

/** A control character, or one that reorders or hides what stands around it. */
bool letter__controls(uint32_t letter);

/** Writes the letter at *@at, which moves behind it: U+FFFD for what is no UTF-8, a blank for what controls. */
void letter__put(FILE *file, const char **at);

/** Text of others in place: what controls a terminal, or is no UTF-8, becomes '?'. Returns it. */
char *letter__harmless(char *text);

#endif
