/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A validation or comparison as a directory keeps it: its trials, judged again. */
#ifndef MPTRACE_VALIDATION_STORED_H
#define MPTRACE_VALIDATION_STORED_H

#include "log.h"

struct stored {
	struct validation validation;
	struct claims claims;
	struct claim_texts texts;
	struct trial_rows rows;
};

/** Reads @directory/trials.jsonl and judges it. STATUS_USAGE as trial_log__read. To be freed in any case; stays where
 * it is: its parts point to each other. */
int stored__read(struct stored *stored, const char *directory, struct failure *failure);
void stored__free(struct stored *stored);

#endif
