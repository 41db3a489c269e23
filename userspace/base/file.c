/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_BYTES (1ll << 30)

static char *read_all(FILE *file, const char *path, size_t *size, struct failure *failure)
{
	struct stat status;
	char *text;

	if (fstat(fileno(file), &status)) {
		fail(failure, STATUS_USAGE, "cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	if (!S_ISREG(status.st_mode) || status.st_size > MOST_BYTES) {
		fail(failure, STATUS_USAGE, "%s is no regular file of at most 1 GiB", path);
		return NULL;
	}
	text = malloc((size_t)status.st_size + 1);
	if (!text) {
		fail(failure, STATUS_CANNOT, "out of memory for %s", path);
		return NULL;
	}
	*size = fread(text, 1, (size_t)status.st_size, file);
	text[*size] = '\0';
	if (!ferror(file))
		return text;
	fail(failure, STATUS_USAGE, "cannot read %s: %s", path, strerror(errno));
	free(text);
	return NULL;
}

char *file__read(const char *path, size_t *size, struct failure *failure)
{
	/* Opening a pipe would wait for a writer. */
	int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "r");
	char *text;

	if (!file) {
		fail(failure, STATUS_USAGE, "cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	text = read_all(file, path, size, failure);
	fclose(file);
	return text;
}
