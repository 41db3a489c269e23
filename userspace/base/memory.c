/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

/* Each from malloc on its own, so that a sanitizer sees where each ends. */
struct memory_piece {
	struct memory_piece *next;
	max_align_t bytes[];
};

void *memory__take(struct memory *memory, size_t size)
{
	struct memory_piece *piece;

	if (size > SIZE_MAX - sizeof(*piece))
		return NULL;
	piece = calloc(1, sizeof(*piece) + size);
	if (!piece)
		return NULL;
	piece->next = memory->pieces;
	memory->pieces = piece;
	return piece->bytes;
}

char *memory__copy(struct memory *memory, const char *text, size_t size)
{
	char *copy = memory__take(memory, size + 1);

	if (copy)
		memcpy(copy, text, size);
	return copy;
}

void memory__free(struct memory *memory)
{
	while (memory->pieces) {
		struct memory_piece *piece = memory->pieces;

		memory->pieces = piece->next;
		free(piece);
	}
}
