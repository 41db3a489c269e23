/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trials.jsonl: a header with everything that is needed to judge the trials again (the claims' own files among it),
 * then one trial a line, appended as it ends. Whatever such a file holds is untrusted input.
 */
#ifndef MPTRACE_VALIDATION_LOG_H
#define MPTRACE_VALIDATION_LOG_H

#include "validation.h"

#define LOG_NAME "trials.jsonl"
#define LOG_SCHEMA "mptrace.trials/1"

/** A claim file as it was read. */
struct claim_text {
	char *name, *text;
	size_t size;
};

/** The claim files of a validation, and which claims of them it is about (all: none is named). */
struct claim_texts {
	struct claim_text *files;
	size_t file_count;
	char **selected;
	size_t selected_count;
};

/** Trials as they are gathered. */
struct trial_rows {
	struct trial_row *list;
	size_t count, room;
};

/** A new row, zeroed; NULL: out of memory. */
struct trial_row *trial_rows__add(struct trial_rows *rows);
void trial_rows__free(struct trial_rows *rows);

/** The header line. -1 with errno. */
int trial_log__begin(FILE *file, const struct validation *validation, const struct claim_texts *texts);

/** One trial; on disk when it returns. -1 with errno. */
int trial_log__append(FILE *file, const struct trial_row *row);

/**
 * Reads @path: environment, seed and the like into @validation (its claims too: validation->claims, texts), the trials
 * into @rows. A last line that was cut (the run was killed) is left out; anything else that is wrong is STATUS_USAGE
 * with "path:line: ...". The two are to be freed by the caller in any case.
 */
int trial_log__read(const char *path, struct validation *validation, struct claim_texts *texts, struct trial_rows *rows,
		    struct failure *failure);

/** The same from text of @size bytes called @name. */
int trial_log__parse(const char *name, const char *text, size_t size, struct validation *validation,
		     struct claim_texts *texts, struct trial_rows *rows, struct failure *failure);

/** Reads the claims of @texts and leaves those that are selected, and the controls. */
int claim_texts__read(const struct claim_texts *texts, struct claims *claims, struct failure *failure);

/** Copies. -1: out of memory. */
int claim_texts__add(struct claim_texts *texts, const char *name, const char *text, size_t size);
int claim_texts__select(struct claim_texts *texts, const char *id);
void claim_texts__free(struct claim_texts *texts);

#endif
