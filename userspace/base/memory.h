/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many small things that are freed together. */
#ifndef MPTRACE_BASE_MEMORY_H
#define MPTRACE_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct memory {
	struct memory_piece *pieces;
};

/** @size bytes of zeros, or NULL. */
void *memory__take(struct memory *memory, size_t size);

/** A copy of @size bytes of @text, and a NUL after it; or NULL. */
char *memory__copy(struct memory *memory, const char *text, size_t size);

void memory__free(struct memory *memory);

#endif
