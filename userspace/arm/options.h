/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command's options: one table drives getopt_long, --help and the nearest name in errors. */
#ifndef MPTRACE_ARM_OPTIONS_H
#define MPTRACE_ARM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/failure.h"

enum argument { ARGUMENT_NONE, ARGUMENT_NEEDED, ARGUMENT_OPTIONAL };

struct option_row {
	char letter; /**< 0: none */
	const char *name; /**< neither this nor @more: the end of the table */
	enum argument argument;
	const char *value; /**< how help names the argument */
	const char *says;
	/** Stores the value (NULL for an optional one that was not given). -1 with @failure filled. NULL: sets @flag.
	 */
	int (*set)(void *context, const char *value, struct failure *failure);
	const struct option_row *more; /**< nothing but this: the rows of another table stand here */
	size_t flag; /**< where in the context a bool becomes true, if there is nothing to @set */
	bool sweeps; /**< side by side, a list of values is one experiment for each of them */
};

/** An option that was given, and its value; NULL: it has none. */
struct option_given {
	const struct option_row *row;
	const char *value;
};

struct options_given {
	struct option_given *list; /**< free() */
	size_t count;
};

/**
 * Tells the options of @argv[1..] from its other words, and moves these to the front of argv[1..]; everything after the
 * first -- is a word. Stores nothing but @given, which is to be freed in any case. Returns how many words there are, or
 * -1 with STATUS_USAGE.
 */
int options__scan(const struct option_row *rows, int argc, char **argv, struct options_given *given,
		  struct failure *failure);

/** Stores one option in @context. -1 with @failure filled. */
int option__apply(const struct option_given *given, void *context, struct failure *failure);

/** The row called @name in this table or one that it contains; NULL: there is none. */
const struct option_row *options__find(const struct option_row *rows, const char *name);

/** options__scan, and applies all of them in order. */
int options__parse(const struct option_row *rows, int argc, char **argv, void *context, struct failure *failure);

/** options__parse, but the first word ends the options: it and all that follow are a command with options of its own.
 */
int options__parse_leading(const struct option_row *rows, int argc, char **argv, void *context,
			   struct failure *failure);

/** Prints the rows as help, two columns. */
void options__help(const struct option_row *rows);

/** The one of @names (NULL-terminated) that @word was probably meant to be, or NULL. */
const char *nearest(const char *word, const char *const *names);

#endif
