/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a root process writes for a user: no link is followed, and the user owns them. */
#ifndef MPTRACE_COMMAND_OUTPUT_H
#define MPTRACE_COMMAND_OUTPUT_H

#include <stdio.h>

#include "../experiment/trial.h"

/** The page that -o DIR always has. */
#define PAGE_NAME "report.html"
/** Of a single run or profile, there. */
#define RESULT_NAME "result.json"

struct output {
	char path[4096], temporary[4128]; /**< temporary: empty where the path is a device or a pipe */
	FILE *file;
	const struct identity *owner; /**< must outlive the output */
};

/** Opens @path for writing before anything runs; an existing file stays until output__commit. */
int output__open(struct output *output, const char *path, const struct identity *owner, struct failure *failure);

/**
 * Makes DIR (unless it @exists; it may if it is empty or holds a result of ours), and holds it until the descriptor
 * that is returned is closed: nobody else writes there meanwhile. What writers left there that were killed is removed.
 */
int output__hold(const char *directory, bool exists, const struct identity *owner, struct failure *failure);

/** Opens DIR/@name in a directory that is held. */
int output__open_in(struct output *output, const char *directory, const char *name, const struct identity *owner,
		    struct failure *failure);

/** Whether there is a file @name in @directory. */
bool output__holds(const char *directory, const char *name);

/** Removes DIRECTORY/NAME of an earlier result, which does not belong to what is there now. */
void output__remove(const char *directory, const char *name, const struct identity *owner);

/** Flushes and syncs. @written: what the writer returned; its errno is kept by the caller. */
int output__finish(struct output *output, int written, struct failure *failure);
/** Renames into place what is finished. */
int output__place(struct output *output, struct failure *failure);
/** Both. */
int output__commit(struct output *output, int written, struct failure *failure);

/** Drops what was written; the earlier file, if any, is untouched. */
void output__discard(struct output *output);

/**
 * Opens DIRECTORY/NAME for lines that are appended one by one, in a directory that is held. @exists: it must be there,
 * and a last line that was cut is removed; else it must not be there. Closed by output__discard, which leaves it.
 */
int output__append_in(struct output *output, const char *directory, const char *name, bool exists,
		      const struct identity *owner, struct failure *failure);

/** The value of -j[=FILE]: @path is NULL for standard output. */
int output__json_path(const char *value, const char **path, struct failure *failure);

#endif
