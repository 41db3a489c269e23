/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Letters of other alphabets: where they end, and how wide a terminal shows them. Whatever the locale is. */
#ifndef MPTRACE_BASE_UTF8_H
#define MPTRACE_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/** Reads the letter at @text. Returns its length in bytes, 0 if these @size bytes do not begin with one. */
size_t utf8__letter(const char *text, size_t size, uint32_t *letter);

#define UTF8_LONGEST 4

/** Writes @letter, U+FFFD for what is none; how many bytes that takes. */
size_t utf8__bytes(uint32_t letter, char bytes[UTF8_LONGEST]);

/** Columns of @letter on a terminal: 0 to 2, or -1 if it cannot be shown. */
int utf8__columns(uint32_t letter);

/** How many bytes of @text fit into @columns: whole letters. */
size_t utf8__fit(const char *text, size_t columns);

/** Columns of @size bytes of @text. */
size_t utf8__width(const char *text, size_t size);

#endif
