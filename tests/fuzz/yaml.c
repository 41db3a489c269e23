/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a claim file: claims that can be shown, or a place, a sentence and a caret. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/claim/claim.h"
#include "../../userspace/claim/show.h"

static void show(const struct claims *claims)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	for (size_t i = 0; i < claims->count; i++)
		claim__show(file, claims->list[i]);
	fclose(file);
	free(text);
}

static bool is_refused(const struct failure *failure)
{
	const char *line = strchr(failure->says, '\n'), *caret = line ? strchr(line + 1, '\n') : NULL;

	return failure->status == STATUS_USAGE && !strncmp(failure->says, "fuzz:", 5) &&
	       strstr(failure->says, ": error: ") && caret && !strcmp(caret + strlen(caret) - 1, "^") &&
	       !strchr(caret + 1, '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct claims claims = {0};
	struct failure failure = {0};
	/* As large as it is, so that a byte too far is seen; malloc(0) can be NULL. */
	char *text = malloc(size + !size);

	memcpy(text, data, size);
	if (!claims__read(&claims, "fuzz", text, size, &failure))
		show(&claims);
	else if (!is_refused(&failure) || claims.count)
		abort();
	claims__free(&claims);
	free(text);
	return 0;
}
