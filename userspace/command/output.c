/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_stream(struct output *output, const char *path, int flags, const struct identity *owner,
		       struct failure *failure)
{
	int descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | flags, 0644);

	if (descriptor < 0)
		return fail(failure, STATUS_USAGE, "cannot write %s: %s", output->path, strerror(errno));
	if ((flags & O_CREAT) && geteuid() == 0 && fchown(descriptor, owner->user, owner->group)) {
		int error = errno;

		close(descriptor);
		return fail(failure, STATUS_USAGE, "cannot give %s to %s: %s", output->path, owner->name,
			    strerror(error));
	}
	output->file = fdopen(descriptor, "w");
	return 0;
}

int output__open(struct output *output, const char *path, const struct identity *owner, struct failure *failure)
{
	struct stat status;

	memset(output, 0, sizeof(*output));
	if ((size_t)snprintf(output->path, sizeof(output->path), "%s", path) >= sizeof(output->path))
		return fail(failure, STATUS_USAGE, "the path is too long: %.100s...", path);
	if (!lstat(path, &status)) {
		if (S_ISLNK(status.st_mode))
			return fail(failure, STATUS_USAGE, "%s is a symbolic link: name the file itself", path);
		if (S_ISDIR(status.st_mode))
			return fail(failure, STATUS_USAGE, "%s is a directory: name a file, or use -o DIR", path);
		if (!S_ISREG(status.st_mode))
			return open_stream(output, path, 0, owner, failure);
	}
	snprintf(output->temporary, sizeof(output->temporary), "%s.new", path);
	unlink(output->temporary);
	if (open_stream(output, output->temporary, O_CREAT | O_EXCL, owner, failure)) {
		output->temporary[0] = '\0';
		return -1;
	}
	return 0;
}

/* A directory that holds something else than results is never written into. */
static int is_ours(const char *directory, const char *name, struct failure *failure)
{
	DIR *list = opendir(directory);
	struct dirent *entry;
	bool empty = true, ours = false;

	if (!list)
		return fail(failure, STATUS_USAGE, "cannot read %s: %s", directory, strerror(errno));
	while ((entry = readdir(list))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		empty = false;
		ours |= !strcmp(entry->d_name, name);
	}
	closedir(list);
	if (!empty && !ours)
		return fail(failure, STATUS_USAGE, "-o %s: the directory is neither empty nor one with our %s in it",
			    directory, name);
	return 0;
}

int output__open_in(struct output *output, const char *directory, const char *name, const struct identity *owner,
		    struct failure *failure)
{
	char path[4096];

	if (!mkdir(directory, 0755)) {
		if (geteuid() == 0 && lchown(directory, owner->user, owner->group))
			return fail(failure, STATUS_USAGE, "cannot give %s to %s: %s", directory, owner->name,
				    strerror(errno));
	} else if (errno != EEXIST) {
		return fail(failure, STATUS_USAGE, "cannot make the directory %s: %s", directory, strerror(errno));
	}
	if (is_ours(directory, name, failure))
		return -1;
	snprintf(path, sizeof(path), "%.4000s/%s", directory, name);
	return output__open(output, path, owner, failure);
}

int output__commit(struct output *output, int written, struct failure *failure)
{
	int error = written ? errno : 0;

	if (!output->file)
		return 0;
	if (!error && (fflush(output->file) || ferror(output->file)))
		error = errno;
	if (!error && output->temporary[0] && fsync(fileno(output->file)))
		error = errno;
	if (fclose(output->file) && !error)
		error = errno;
	output->file = NULL;
	if (!error && output->temporary[0] && rename(output->temporary, output->path))
		error = errno;
	if (!error)
		return 0;
	if (output->temporary[0])
		unlink(output->temporary);
	return fail(failure, STATUS_USAGE, "cannot write %s: %s; nothing was kept there", output->path,
		    strerror(error));
}

void output__discard(struct output *output)
{
	if (!output->file)
		return;
	fclose(output->file);
	if (output->temporary[0])
		unlink(output->temporary);
	output->file = NULL;
}
