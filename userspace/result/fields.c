/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fields.h"

#include <string.h>

#include "../base/letter.h"

#define MOST 9e18 /* of a figure: it is kept as a whole number */
#define MOST_COUNTERS 16

static const char not_there[] = "the file does not have it";

int fields__refuse(const struct field_reader *reader, const char *where, const char *key, const char *why)
{
	return fail(reader->failure, STATUS_USAGE, "%.200s: \"%s%s%s\" %s", reader->name, where, *where ? "." : "", key,
		    why);
}

/* NULL: out of memory. */
static char *copy_text(struct field_reader *reader, const char *text)
{
	char *copy = memory__copy(reader->memory, text, strlen(text));

	return copy ? letter__harmless(copy) : NULL;
}

static struct figure figure_of(struct field_reader *reader, const json_t *object, const char *key, const json_t *value,
			       double factor)
{
	const char *why = json_string_value(json_object_get(json_object_get(object, "missing"), key));
	char *copy = why ? copy_text(reader, why) : NULL;

	if (json_is_integer(value) && factor == 1)
		return measured((uint64_t)json_integer_value(value));
	if (json_is_number(value))
		return measured((uint64_t)(json_number_value(value) * factor + 0.5));
	return not_measured(copy ? copy : not_there);
}

static int read_name(const struct field_reader *reader, const char *where, const struct field *field,
		     const json_t *value, void *at)
{
	const char *text = json_string_value(value);

	for (uint32_t i = 0; text && i < field->name_count; i++)
		if (!strcmp(text, field->names[i])) {
			memcpy(at, &i, sizeof(i));
			return 0;
		}
	return fields__refuse(reader, where, field->key, "is nothing that is known here");
}

static int read_number(const struct field_reader *reader, const char *where, const struct field *field,
		       const json_t *value, void *at)
{
	json_int_t number = json_integer_value(value);
	uint32_t small = (uint32_t)number;
	uint64_t large = (uint64_t)number + (field->kind == KIND_SINCE ? GATE_NS : 0);

	if (field->kind == KIND_SINCE && json_is_null(value))
		return 0;
	if (!json_is_integer(value))
		return fields__refuse(reader, where, field->key, "is no whole number");
	/* A thread can have begun before the gate. */
	if ((field->kind != KIND_SINCE && number < 0) || (field->kind == KIND_U32 && number > UINT32_MAX))
		return fields__refuse(reader, where, field->key, "is out of range");
	memcpy(at, field->kind == KIND_U32 ? (void *)&small : (void *)&large, field->kind == KIND_U32 ? 4 : 8);
	return 0;
}

static int read_text(struct field_reader *reader, const char *where, const struct field *field, const json_t *value,
		     char *at)
{
	const char *text = json_string_value(value);
	char *copy;

	if (json_is_null(value))
		return 0;
	if (!text)
		return fields__refuse(reader, where, field->key, "is no text");
	if (field->kind == KIND_TEXT) {
		snprintf(at, field->size, "%s", text);
		letter__harmless(at);
		return 0;
	}
	copy = copy_text(reader, text);
	memcpy(at, &copy, sizeof(copy));
	return copy ? 0 : fail(reader->failure, STATUS_CANNOT, "out of memory");
}

static int read_field(struct field_reader *reader, const char *where, const struct field *field, const json_t *object,
		      void *into)
{
	const json_t *value = json_object_get(object, field->key);
	char *at = (char *)into + field->offset;
	struct figure figure;

	if (field->kind == KIND_FIGURE || field->kind == KIND_RATIO) {
		if (value && !json_is_null(value) && !json_is_number(value))
			return fields__refuse(reader, where, field->key, "is no number");
		if (!(json_number_value(value) >= 0 && json_number_value(value) <= MOST))
			return fields__refuse(reader, where, field->key, "is out of range");
		figure = figure_of(reader, object, field->key, value, field->kind == KIND_RATIO ? 1000 : 1);
		memcpy(at, &figure, sizeof(figure));
		return 0;
	}
	if (field->kind == KIND_WORD && (!value || json_is_null(value)))
		*(const char **)at = *(const char **)at ? *(const char **)at : "";
	if (!value || field->kind == KIND_OTHER)
		return 0;
	if (field->kind == KIND_TEXT || field->kind == KIND_STRING || field->kind == KIND_WORD)
		return read_text(reader, where, field, value, at);
	if (field->kind == KIND_NAME)
		return read_name(reader, where, field, value, at);
	if (field->kind != KIND_BOOL)
		return read_number(reader, where, field, value, at);
	if (!json_is_boolean(value))
		return fields__refuse(reader, where, field->key, "is neither true nor false");
	*(bool *)at = json_is_true(value);
	return 0;
}

int fields__read(struct field_reader *reader, const char *where, const struct field *fields, json_t *object, void *into)
{
	const char *key;
	json_t *value;

	if (object && !json_is_object(object))
		return fields__refuse(reader, "", where, "is no object");
	for (const struct field *field = fields; field->key; field++)
		if (read_field(reader, where, field, object, into))
			return -1;
	json_object_foreach(object, key, value)
	{
		const struct field *field = fields;

		while (field->key && strcmp(field->key, key) != 0)
			field++;
		if (!field->key && strcmp(key, "missing") != 0)
			unknown_keys__note(reader->unknown, where, key);
	}
	return 0;
}

int fields__counters(struct field_reader *reader, const char *where, json_t *object, const char *const *names,
		     size_t count, uint64_t *into)
{
	struct field fields[MOST_COUNTERS] = {0};

	for (size_t i = 0; i < count && i + 1 < MOST_COUNTERS; i++)
		fields[i] = (struct field){.key = names[i], .kind = KIND_U64, .offset = i * sizeof(*into)};
	return fields__read(reader, where, fields, object, into);
}

int fields__list(struct field_reader *reader, const char *key, const json_t *list, void **rows, size_t most,
		 size_t size, size_t *count, int (*read)(struct field_reader *reader, json_t *item, void *into))
{
	*count = 0;
	if (!list)
		return 0;
	if (!json_is_array(list))
		return fields__refuse(reader, "", key, "is no list");
	if (most && json_array_size(list) > most)
		return fields__refuse(reader, "", key, "has more items than there can be");
	if (!most)
		*rows = memory__take(reader->memory, (json_array_size(list) + 1) * size);
	if (!*rows)
		return fail(reader->failure, STATUS_CANNOT, "out of memory");
	for (; *count < json_array_size(list); ++*count)
		if (read(reader, json_array_get(list, *count), (char *)*rows + *count * size))
			return -1;
	return 0;
}
