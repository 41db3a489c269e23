/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run leaves that was killed. */
#ifndef MPTRACE_EXPERIMENT_LEFTOVERS_H
#define MPTRACE_EXPERIMENT_LEFTOVERS_H

#include <stdbool.h>

/**
 * Calls @visit for each control group and each scratch directory (in $TMPDIR or /tmp) whose owner is
 * gone. With @clean, ends what runs in it and removes it first. Returns how many there were.
 */
int leftovers__visit(bool clean, void (*visit)(const char *path, bool removed, void *context), void *context);

/** Ends and removes all of it. */
void leftovers__clean(void);

#endif
