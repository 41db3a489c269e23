/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands as a shell reads them, and written so that a shell reads them again. */
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "words.h"

#define BLANKS " \t\n"

/* Moves one word from *@from to *@to, without its quotes. False: a quote is not closed. */
static bool move_word(const char **from, char **to)
{
	char quote = '\0';

	for (; **from && (quote || !strchr(BLANKS, **from)); ++*from) {
		bool escapes = **from == '\\' && quote != '\'';

		/* Between double quotes a backslash is one, unless it stands before what it could hide. */
		if (escapes && quote && !strchr("\"\\$`", (*from)[1]))
			escapes = false;
		if (escapes && !(*from)[1])
			return false;
		if (escapes)
			*(*to)++ = *++*from;
		else if (quote ? **from == quote : **from == '\'' || **from == '"')
			quote = quote ? '\0' : **from;
		else
			*(*to)++ = **from;
	}
	*(*to)++ = '\0';
	return !quote;
}

int command__words(const char *command, char ***words, int *count, struct failure *failure)
{
	/* At most a word for every second letter, and NULL; the letters follow. */
	size_t size = strlen(command), most = size / 2 + 2;
	char **list = calloc(1, most * sizeof(*list) + size + 1), *to;

	if (!list)
		return fail(failure, STATUS_CANNOT, "out of memory");
	to = (char *)(list + most);
	*count = 0;
	for (;;) {
		command += strspn(command, BLANKS);
		if (!*command)
			break;
		list[(*count)++] = to;
		if (!move_word(&command, &to)) {
			free(list);
			return fail(failure, STATUS_USAGE, "a quote or a backslash is open at the end");
		}
	}
	*words = list;
	return 0;
}

static bool is_safe(const char *word)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

	return *word && !word[strspn(word, safe)];
}

char *command__join(struct memory *memory, char *const *words, int count)
{
	size_t size = 1;
	char *command, *at;

	for (int i = 0; i < count; i++)
		size += 4 * strlen(words[i]) + 3;
	at = command = memory__take(memory, size);
	for (int i = 0; command && i < count; i++) {
		const char *quote = is_safe(words[i]) ? "" : "'";

		at = stpcpy(stpcpy(at, i ? " " : ""), quote);
		for (const char *letter = words[i]; *letter; letter++) {
			if (*letter == '\'')
				at = stpcpy(at, "'\\'");
			*at++ = *letter;
		}
		at = stpcpy(at, quote);
	}
	return command;
}
