/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPTIONS 64
#define MAX_WORD 64

/* Edits (insert, delete, replace) that turn @a into @b. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[MAX_WORD + 1], width = (unsigned)strlen(b);

	if (strlen(a) > MAX_WORD || width > MAX_WORD)
		return MAX_WORD;
	for (unsigned j = 0; j <= width; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= width; j++) {
			unsigned replace = diagonal + (a[i - 1] != b[j - 1]);
			unsigned edit = 1 + (row[j] < row[j - 1] ? row[j] : row[j - 1]);

			diagonal = row[j];
			row[j] = replace < edit ? replace : edit;
		}
	}
	return row[width];
}

const char *nearest(const char *word, const char *const *names)
{
	const char *best = NULL;
	unsigned least = (unsigned)strlen(word) / 2 + 1;

	for (; *word && *names; names++) {
		/* The beginning of a name means that name. */
		unsigned edits = strncmp(word, *names, strlen(word)) ? distance(word, *names) : 0;

		if (edits < least) {
			least = edits;
			best = *names;
		}
	}
	return best;
}

/* All rows of a table and of those that it contains. */
struct options {
	const struct option_row *rows[MAX_OPTIONS];
	size_t count;
};

static void gather(const struct option_row *row, struct options *all)
{
	for (; row->name || row->more; row++)
		if (row->more)
			gather(row->more, all);
		else if (all->count < MAX_OPTIONS)
			all->rows[all->count++] = row;
}

static int unknown(const struct options *all, const char *word, struct failure *failure)
{
	const char *names[MAX_OPTIONS + 1] = {NULL}, *meant;
	char bare[MAX_WORD];

	for (size_t i = 0; i < all->count; i++)
		names[i] = all->rows[i]->name;
	snprintf(bare, sizeof(bare), "%s", word + strspn(word, "-"));
	bare[strcspn(bare, "=")] = '\0';
	meant = nearest(bare, names);
	return meant ? fail(failure, STATUS_USAGE, "unknown option %s: did you mean --%s?", word, meant)
		     : fail(failure, STATUS_USAGE, "unknown option %s: see --help", word);
}

/* getopt_long takes abbreviations; we do not: a script would break when an option is added. */
static int refuse_abbreviation(const struct option_row *row, const char *word, const struct options *all,
			       struct failure *failure)
{
	size_t length = strlen(row->name);

	if (word[0] != '-' || word[1] != '-' ||
	    (!strncmp(word + 2, row->name, length) && strchr("=", word[2 + length])))
		return 0;
	return unknown(all, word, failure);
}

static void fill(const struct options *all, bool leading, struct option *longs, char *letters)
{
	*letters++ = leading ? '+' : '-'; /* the first word is the end; or words come in order, as option 1 */
	*letters++ = ':'; /* a missing argument is told apart from an unknown option */
	for (size_t i = 0; i < all->count; i++) {
		const struct option_row *row = all->rows[i];

		longs[i] = (struct option){row->name, (int)row->argument, NULL, 256 + (int)i};
		if (!row->letter)
			continue;
		*letters++ = row->letter;
		for (enum argument colons = ARGUMENT_NONE; colons < row->argument; colons++)
			*letters++ = ':';
	}
	*letters = '\0';
}

static const struct option_row *row_of(const struct options *all, int code)
{
	if (code >= 256)
		return all->rows[code - 256];
	for (size_t i = 0; i < all->count; i++)
		if (all->rows[i]->letter == code)
			return all->rows[i];
	return NULL;
}

/* What getopt_long gave is none of ours: -1 with why. */
static int refuse(const struct options *all, const struct option *longs, const char *word, struct failure *failure)
{
	if (optopt >= 256 && (size_t)optopt - 256 < all->count)
		return fail(failure, STATUS_USAGE, "option --%s takes no value", longs[optopt - 256].name);
	return unknown(all, word, failure);
}

static int add(struct options_given *given, const struct option_row *row, const char *value, struct failure *failure)
{
	/* Of one word with letters there can be many. */
	struct option_given *grown = realloc(given->list, (given->count + 1) * sizeof(*grown));

	if (!grown)
		return fail(failure, STATUS_CANNOT, "out of memory");
	given->list = grown;
	given->list[given->count++] = (struct option_given){row, value};
	return 0;
}

static int scan(const struct option_row *rows, bool leading, int argc, char **argv, struct options_given *given,
		struct failure *failure)
{
	struct options all = {.count = 0};
	struct option longs[MAX_OPTIONS + 1] = {{0}};
	char letters[3 * MAX_OPTIONS + 3];
	int code, words = 0;

	gather(rows, &all);
	fill(&all, leading, longs, letters);
	*given = (struct options_given){0};
	opterr = 0;
	optind = 0; /* glibc: forget the words of an earlier call */
	for (;;) {
		const char *word = argv[!optind && argc > 1 ? 1 : optind < argc ? optind : argc - 1];
		const struct option_row *row;

		code = getopt_long(argc, argv, letters, longs, NULL);
		if (code == -1)
			break;
		if (code == 1) {
			argv[++words] = optarg;
			continue;
		}
		if (code == ':')
			return fail(failure, STATUS_USAGE, "option %s needs a value: see --help", word);
		row = code == '?' ? NULL : row_of(&all, code);
		if (!row)
			return refuse(&all, longs, word, failure);
		if ((code >= 256 && refuse_abbreviation(row, word, &all, failure)) || add(given, row, optarg, failure))
			return -1;
	}
	while (optind < argc)
		argv[++words] = argv[optind++];
	return words;
}

int options__scan(const struct option_row *rows, int argc, char **argv, struct options_given *given,
		  struct failure *failure)
{
	return scan(rows, false, argc, argv, given, failure);
}

int option__apply(const struct option_given *given, void *context, struct failure *failure)
{
	if (given->row->set)
		return given->row->set(context, given->value, failure);
	*(bool *)((char *)context + given->row->flag) = true;
	return 0;
}

const struct option_row *options__find(const struct option_row *rows, const char *name)
{
	struct options all = {.count = 0};

	gather(rows, &all);
	for (size_t i = 0; i < all.count; i++)
		if (!strcmp(all.rows[i]->name, name))
			return all.rows[i];
	return NULL;
}

static int parse(const struct option_row *rows, bool leading, int argc, char **argv, void *context,
		 struct failure *failure)
{
	struct options_given given;
	int words = scan(rows, leading, argc, argv, &given, failure);

	for (size_t i = 0; words >= 0 && i < given.count; i++)
		if (option__apply(&given.list[i], context, failure))
			words = -1;
	free(given.list);
	return words;
}

int options__parse(const struct option_row *rows, int argc, char **argv, void *context, struct failure *failure)
{
	return parse(rows, false, argc, argv, context, failure);
}

int options__parse_leading(const struct option_row *rows, int argc, char **argv, void *context, struct failure *failure)
{
	return parse(rows, true, argc, argv, context, failure);
}

#define HELP_WIDTH 100
#define HELP_INDENT 31

/* On lines that begin under each other. */
static void print_wrapped(const char *text)
{
	size_t room = HELP_WIDTH - HELP_INDENT;

	while (strlen(text) > room) {
		size_t length = room;

		while (length && text[length] != ' ')
			length--;
		if (!length)
			break;
		printf("%.*s\n%*s", (int)length, text, HELP_INDENT, "");
		text += length + 1;
	}
	puts(text);
}

void options__help(const struct option_row *rows)
{
	struct options all = {.count = 0};

	gather(rows, &all);
	for (size_t i = 0; i < all.count; i++) {
		const struct option_row *row = all.rows[i];
		char left[64], letter[5] = "    ";

		if (row->letter)
			snprintf(letter, sizeof(letter), "-%c, ", row->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s%s%s", letter, row->name,
			 row->argument == ARGUMENT_OPTIONAL ? "[" : "", row->argument == ARGUMENT_NONE ? "" : "=",
			 row->value ? row->value : "", row->argument == ARGUMENT_OPTIONAL ? "]" : "");
		printf("  %-*s ", HELP_INDENT - 3, left);
		print_wrapped(row->says);
	}
}
