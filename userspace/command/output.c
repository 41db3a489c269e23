/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Behind the name of a file that is being written: in a directory that is held, where the next holder removes what is
 * left; and elsewhere, even there by who does not hold it (-j), which nobody else may remove.
 */
#define UNFINISHED ".unfinished-"
#define UNPLACED ".unplaced-"
#define RANDOM_END "XXXXXX" /* then; mkostemp replaces it */

static gid_t root_groups[NGROUPS_MAX];
static int root_group_count;

/*
 * Files are opened, renamed and removed with the rights of the user that they are for: whatever links
 * that user has laid, they lead nowhere that the user could not go alone. Undone by return_to_root().
 */
static void act_for(const struct identity *owner)
{
	if (geteuid() || !owner->user)
		return;
	root_group_count = getgroups(NGROUPS_MAX, root_groups);
	if (root_group_count < 0 || initgroups(owner->name, owner->group) || setegid(owner->group) ||
	    seteuid(owner->user))
		abort();
}

static void return_to_root(void)
{
	if (getuid() || !geteuid())
		return;
	if (seteuid(0) || setegid(0) || setgroups((size_t)root_group_count, root_groups))
		abort();
}

/* An existing device or pipe is written to as it is. */
static int open_as_is(struct output *output)
{
	return open(output->path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
}

/* A new file beside @output->path, of a name that nobody else has. */
static int open_beside(struct output *output, const char *mark)
{
	int descriptor;

	snprintf(output->temporary, sizeof(output->temporary), "%s%s" RANDOM_END, output->path, mark);
	descriptor = mkostemp(output->temporary, O_CLOEXEC);
	if (descriptor < 0)
		output->temporary[0] = '\0';
	else
		fchmod(descriptor, 0644);
	return descriptor;
}

static int open_stream(struct output *output, int descriptor, struct failure *failure)
{
	int error = errno;

	output->file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
	if (!output->file)
		return fail(failure, STATUS_USAGE, "cannot write %s: %s", output->path, strerror(error));
	return 0;
}

static int open_path(struct output *output, const char *path, const char *mark, struct failure *failure)
{
	struct stat status;

	if ((size_t)snprintf(output->path, sizeof(output->path), "%s", path) >= sizeof(output->path))
		return fail(failure, STATUS_USAGE, "the path is too long: %.100s...", path);
	if (lstat(path, &status))
		return open_stream(output, open_beside(output, mark), failure);
	if (S_ISLNK(status.st_mode))
		return fail(failure, STATUS_USAGE, "%s is a symbolic link: name the file itself", path);
	if (S_ISDIR(status.st_mode))
		return fail(failure, STATUS_USAGE, "%s is a directory: name a file, or use -o DIR", path);
	return open_stream(output, S_ISREG(status.st_mode) ? open_beside(output, mark) : open_as_is(output), failure);
}

static int open_for(const struct identity *owner, struct output *output, const char *path, const char *mark,
		    struct failure *failure)
{
	int opened;

	memset(output, 0, sizeof(*output));
	output->owner = owner;
	act_for(owner);
	opened = open_path(output, path, mark, failure);
	return_to_root();
	return opened;
}

int output__open(struct output *output, const char *path, const struct identity *owner, struct failure *failure)
{
	return open_for(owner, output, path, UNPLACED, failure);
}

/* What a directory of ours can hold; also what a run that was killed leaves of it, NAME.unfinished-... */
static bool is_our_name(const char *name)
{
	static const char *const names[] = {RESULT_NAME,       "trials.jsonl", "validation.json",
					    "comparison.json", "timeline.bin", PAGE_NAME};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	return false;
}

/* A directory that holds something else than results is never written into. */
static int is_ours(const char *directory, struct failure *failure)
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
		ours |= is_our_name(entry->d_name);
	}
	closedir(list);
	if (!empty && !ours)
		return fail(failure, STATUS_USAGE, "%s: the directory is neither empty nor one of ours", directory);
	return 0;
}

/* What writers left there that were killed. */
static void remove_unfinished(const char *directory)
{
	DIR *list = opendir(directory);
	struct dirent *entry;

	while (list && (entry = readdir(list)))
		if (is_our_name(entry->d_name) && strstr(entry->d_name, UNFINISHED))
			unlinkat(dirfd(list), entry->d_name, 0);
	if (list)
		closedir(list);
}

/* The descriptor of a directory that nobody else holds. */
static int hold(const char *directory, struct failure *failure)
{
	int held = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (held < 0)
		return fail(failure, STATUS_USAGE, "cannot open %s: %s", directory, strerror(errno));
	/* Some file systems have no locks. */
	if (!flock(held, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)
		return held;
	close(held);
	return fail(failure, STATUS_USAGE, "%s is being written by another mptrace: wait for its end", directory);
}

int output__hold(const char *directory, bool exists, const struct identity *owner, struct failure *failure)
{
	int held = -1;

	act_for(owner);
	if (!exists && mkdir(directory, 0755) && errno != EEXIST)
		fail(failure, STATUS_USAGE, "cannot make the directory %s: %s", directory, strerror(errno));
	else if (!is_ours(directory, failure))
		held = hold(directory, failure);
	if (held >= 0)
		remove_unfinished(directory);
	return_to_root();
	return held;
}

int output__open_in(struct output *output, const char *directory, const char *name, const struct identity *owner,
		    struct failure *failure)
{
	struct stat status;
	char path[4096];

	snprintf(path, sizeof(path), "%.4000s/%s", directory, name);
	if (!lstat(path, &status) && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
		return fail(failure, STATUS_USAGE, "%s is no regular file", path);
	return open_for(owner, output, path, UNFINISHED, failure);
}

/* A last line without its end was being written when somebody was killed. */
static int cut_last_line(int descriptor)
{
	off_t at = lseek(descriptor, 0, SEEK_END);
	char byte = '\n';

	while (at > 0 && pread(descriptor, &byte, 1, at - 1) == 1 && byte != '\n')
		at--;
	return ftruncate(descriptor, at);
}

static int open_log(struct output *output, bool exists, struct failure *failure)
{
	int descriptor =
		open(output->path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | (exists ? 0 : O_CREAT | O_EXCL), 0644);

	if (descriptor < 0 && errno == EEXIST)
		return fail(failure, STATUS_USAGE,
			    "%s is there already: --resume goes on with it, or name another -o DIR", output->path);
	output->file = descriptor < 0 || (exists && cut_last_line(descriptor)) ? NULL : fdopen(descriptor, "a");
	return output->file ? 0 : fail(failure, STATUS_USAGE, "cannot write %s: %s", output->path, strerror(errno));
}

int output__append_in(struct output *output, const char *directory, const char *name, bool exists,
		      const struct identity *owner, struct failure *failure)
{
	int status;

	memset(output, 0, sizeof(*output));
	output->owner = owner;
	snprintf(output->path, sizeof(output->path), "%.4000s/%s", directory, name);
	act_for(owner);
	status = open_log(output, exists, failure);
	return_to_root();
	return status;
}

int output__json_path(const char *value, const char **path, struct failure *failure)
{
	/* -j=FILE is what many will write. */
	if (value && *value == '=')
		value++;
	if (value && !*value)
		return fail(failure, STATUS_USAGE, "--json= names no file: write --json=FILE, or --json alone");
	*path = value && !strcmp(value, "-") ? NULL : value;
	return 0;
}

static void forget(struct output *output)
{
	act_for(output->owner);
	if (output->file)
		fclose(output->file);
	if (output->temporary[0])
		unlink(output->temporary);
	return_to_root();
	output->file = NULL;
	output->temporary[0] = '\0';
}

static int cannot_write(struct output *output, int error, struct failure *failure)
{
	forget(output);
	return fail(failure, STATUS_USAGE, "cannot write %s: %s; nothing was kept there", output->path,
		    strerror(error));
}

int output__finish(struct output *output, int written, struct failure *failure)
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
	return error ? cannot_write(output, error, failure) : 0;
}

int output__place(struct output *output, struct failure *failure)
{
	int error = 0;

	if (!output->temporary[0])
		return 0;
	act_for(output->owner);
	if (rename(output->temporary, output->path))
		error = errno;
	return_to_root();
	if (error)
		return cannot_write(output, error, failure);
	output->temporary[0] = '\0';
	return 0;
}

int output__commit(struct output *output, int written, struct failure *failure)
{
	return output__finish(output, written, failure) || output__place(output, failure) ? -1 : 0;
}

void output__discard(struct output *output)
{
	if (output->file || output->temporary[0])
		forget(output);
}

bool output__holds(const char *directory, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%.4000s/%s", directory, name);
	return !access(path, F_OK);
}

void output__remove(const char *directory, const char *name, const struct identity *owner)
{
	char path[4096];

	snprintf(path, sizeof(path), "%.4000s/%s", directory, name);
	act_for(owner);
	unlink(path);
	return_to_root();
}
