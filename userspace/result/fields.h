/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From objects of JSON to records of C, by tables of keys. For untrusted files. */
#ifndef MPTRACE_RESULT_FIELDS_H
#define MPTRACE_RESULT_FIELDS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/failure.h"
#include "../base/figure.h"
#include "../base/memory.h"
#include "../base/unknown.h"

/** Times in a file count from the gate; 0 stays the time that something did not get to. */
#define GATE_NS 1

/** What a file is read with. */
struct field_reader {
	struct memory *memory; /**< of all texts */
	const char *name; /**< the file's, for errors */
	struct failure *failure;
	struct unknown_keys *unknown; /**< keys that no table has */
};

enum kind {
	KIND_TEXT, /**< into an array of @size characters */
	KIND_STRING, /**< a pointer; null is NULL */
	KIND_WORD, /**< a pointer that is never NULL: what is missing is empty */
	KIND_U32,
	KIND_U64,
	KIND_BOOL,
	KIND_FIGURE,
	KIND_RATIO, /**< a figure in thousandths */
	KIND_SINCE, /**< a u64 of ns since the gate; null is 0 */
	KIND_NAME, /**< an enum, by its @names */
	KIND_OTHER, /**< an object or a list that is read elsewhere */
};

/** A key of an object, and where its value goes. */
struct field {
	const char *key; /**< NULL ends a table */
	enum kind kind;
	size_t offset, size;
	const char *const *names;
	size_t name_count;
};

#define FIELD(name, what, type, member)                                                                                \
	{                                                                                                              \
		.key = (name), .kind = (what), .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)   \
	}
#define NAMED(name, type, member, list, count)                                                                         \
	{                                                                                                              \
		.key = (name), .kind = KIND_NAME, .offset = offsetof(type, member), .names = (list),                   \
		.name_count = (count)                                                                                  \
	}
#define OTHER(name)                                                                                                    \
	{                                                                                                              \
		.key = (name), .kind = KIND_OTHER                                                                      \
	}
#define END                                                                                                            \
	{                                                                                                              \
		.key = NULL                                                                                            \
	}

/** STATUS_USAGE: the file's name, the key, and why. Always -1. */
int fields__refuse(const struct field_reader *reader, const char *where, const char *key, const char *why);

/** Fills @into from @object; @where: its name, for errors. What is missing (NULL: all of it) is left as it is. */
int fields__read(struct field_reader *reader, const char *where, const struct field *fields, json_t *object,
		 void *into);

/** Counters under their names, index by index. */
int fields__counters(struct field_reader *reader, const char *where, json_t *object, const char *const *names,
		     size_t count, uint64_t *into);

/** A list of at most @most items, each of @size bytes, into @rows; 0: of any number, into new memory. */
int fields__list(struct field_reader *reader, const char *key, const json_t *list, void **rows, size_t most,
		 size_t size, size_t *count, int (*read)(struct field_reader *reader, json_t *item, void *into));

#endif
