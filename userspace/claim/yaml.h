/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strict YAML: one document of maps, lists and text, each with its place. What makes a file mean something else than
 * it shows (anchors, aliases, tags, directives, keys that come twice) is refused, and so is what is no text.
 */
#ifndef MPTRACE_CLAIM_YAML_H
#define MPTRACE_CLAIM_YAML_H

#include "../base/failure.h"
#include "../base/memory.h"

#define YAML_MAX_SIZE (1u << 20)
#define YAML_MAX_DEPTH 16
#define YAML_MAX_ITEMS 1000 /* of one map or list */

/** A file as it was read: what places are shown in. */
struct yaml_file {
	const char *name, *text;
	size_t size;
};

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	unsigned line, column; /**< from 1; a column is a letter */
	const char *text; /**< of TEXT: no control characters but tabs and line ends */
	struct node *items; /**< of LIST and MAP: the first one */
	struct node *next; /**< the next item of the same list or map */
	struct node *key; /**< of a map's item */
	size_t count; /**< of items */
};

/** Reads @file into nodes that live in @memory. NULL: @failure says where and why. */
struct node *yaml__read(const struct yaml_file *file, struct memory *memory, struct failure *failure);

/** The item of map @node called @key, or NULL. */
const struct node *yaml__item(const struct node *node, const char *key);

/**
 * STATUS_USAGE with "name:line:column: error: " and a printf-formatted sentence; the line and a caret follow on lines
 * of their own. Returns -1.
 */
int yaml__refuse(const struct yaml_file *file, unsigned line, unsigned column, struct failure *failure,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));

/** The same for letter number @at (a byte offset) of text @node, if the file shows it as it is; else for all of it. */
int yaml__refuse_within(const struct yaml_file *file, const struct node *node, size_t at, struct failure *failure,
			const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
