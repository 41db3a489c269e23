/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "claim.h"

#include <stdlib.h>
#include <string.h>

#include "../arm/options.h"
#include "../base/memory.h"

const char *const verdict_names[VERDICTS] = {"CONFIRMED",    "REFUTED", "CONDITIONAL",
					     "INCONCLUSIVE", "INVALID", "NOT-RUN"};

/* A file of the catalogue, as catalogue.S has it. */
struct catalogue_file {
	const char *name, *text;
	size_t size;
};
extern const struct catalogue_file catalogue_files[], catalogue_files_end[];

bool claims__catalogue_file(size_t index, const char **name, const char **text, size_t *size)
{
	const struct catalogue_file *file = catalogue_files + index;

	if (file >= catalogue_files_end)
		return false;
	*name = file->name;
	*text = file->text;
	*size = file->size;
	return true;
}

int claims__catalogue(struct claims *claims, struct failure *failure)
{
	const char *name, *text;
	size_t size;

	for (size_t i = 0; claims__catalogue_file(i, &name, &text, &size); i++)
		if (claims__read(claims, name, text, size, failure))
			return -1;
	return 0;
}

bool claims__catalogue_has(const char *name)
{
	const char *known, *text;
	size_t size;

	for (size_t i = 0; claims__catalogue_file(i, &known, &text, &size); i++)
		if (!strcmp(known, name))
			return true;
	return false;
}

const char *claim__own_file(const struct claim *claim)
{
	return claims__catalogue_has(claim->place.file) ? NULL : claim->place.file;
}

bool claim__is_control(const struct claim *claim)
{
	return !strcmp(claim->source, "controls");
}

/* Whether a case on @scale is among those from @from up to @to. */
static bool has_scale(const struct claim *claim, size_t from, size_t to, const char *scale)
{
	for (size_t i = from; i < to; i++)
		if (claim->cases[i].scale && !strcmp(claim->cases[i].scale, scale))
			return true;
	return false;
}

void claims__shorten(struct claims *claims)
{
	for (size_t i = 0; i < claims->count; i++)
		for (size_t j = 0; j < claims->list[i]->case_count; j++) {
			struct claim *claim = claims->list[i];
			const char *scale = claim->cases[j].scale;

			claim->cases[j].left_out = scale && has_scale(claim, 0, j, scale) &&
						   has_scale(claim, j + 1, claim->case_count, scale);
		}
}

const struct claim *claims__find(const struct claims *claims, const char *id)
{
	for (size_t i = 0; i < claims->count; i++)
		if (!strcmp(claims->list[i]->id, id))
			return claims->list[i];
	return NULL;
}

int claims__no_such(const struct claims *claims, const char *id, struct failure *failure)
{
	const char **ids = calloc(claims->count + 1, sizeof(*ids)), *meant = NULL;

	for (size_t i = 0; ids && i < claims->count; i++)
		ids[i] = claims->list[i]->id;
	if (ids)
		meant = nearest(id, ids);
	fail(failure, STATUS_USAGE, "there is no claim '%.100s': %s%.100s%s", id,
	     meant ? "did you mean " : "see mptrace list claims", meant ? meant : "", meant ? "?" : "");
	free(ids);
	return -1;
}

void claims__free(struct claims *claims)
{
	if (claims->memory)
		memory__free(claims->memory);
	free(claims->memory);
	free(claims->list);
	*claims = (struct claims){0};
}
