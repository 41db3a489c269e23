/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unknown.h"

#include <stdio.h>
#include <string.h>

#include "letter.h"

bool schema__is(const char *schema, const char *known)
{
	size_t length = strlen(known);

	return schema && !strncmp(schema, known, length) && (!schema[length] || schema[length] == '.');
}

void unknown_keys__note(struct unknown_keys *unknown, const char *where, const char *key)
{
	char path[sizeof(*unknown->names)];
	const char *name;

	snprintf(path, sizeof(path), "%.60s%s%.80s", where, *where ? "." : "", key);
	name = letter__harmless(path);
	for (size_t i = 0; i < unknown->count; i++)
		if (!strcmp(unknown->names[i], name))
			return;
	if (unknown->count < MAX_UNKNOWN)
		snprintf(unknown->names[unknown->count++], sizeof(*unknown->names), "%s", name);
}

void unknown_keys__of(struct unknown_keys *unknown, const char *where, json_t *object, const char *const *known)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		size_t i = 0;

		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i])
			unknown_keys__note(unknown, where, key);
	}
}
