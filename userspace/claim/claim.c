/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "claim.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

const char *const verdict_names[VERDICTS] = {"CONFIRMED",    "REFUTED", "CONDITIONAL",
					     "INCONCLUSIVE", "INVALID", "NOT-RUN"};

/* A file of the catalogue, as catalogue.S has it. */
struct catalogue_file {
	const char *name, *text;
	size_t size;
};
extern const struct catalogue_file catalogue_files[], catalogue_files_end[];

int claims__catalogue(struct claims *claims, struct failure *failure)
{
	for (const struct catalogue_file *file = catalogue_files; file != catalogue_files_end; file++)
		if (claims__read(claims, file->name, file->text, file->size, failure))
			return -1;
	return 0;
}

const struct claim *claims__find(const struct claims *claims, const char *id)
{
	for (size_t i = 0; i < claims->count; i++)
		if (!strcmp(claims->list[i]->id, id))
			return claims->list[i];
	return NULL;
}

void claims__free(struct claims *claims)
{
	if (claims->memory)
		memory__free(claims->memory);
	free(claims->memory);
	free(claims->list);
	*claims = (struct claims){0};
}
