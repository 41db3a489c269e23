/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MPTRACE_RESULT_JUDGE_H
#define MPTRACE_RESULT_JUDGE_H

#include "result.h"

/** Fills accounting[]: what was traced against the kernel's own counters (README, "Reconciled"). */
void result__reconcile(struct result *result);

/** The worst status of the rows that have two figures: exact, within or off. */
enum accounting_status result__accounting(const struct result *result);

/** Fills checks[]: what the workload promises, judged from tasks, workers and memory. */
void result__check(struct result *result);

/** What a command that ran it exits with: timeout, contradicted, invalid or done (design.md, "Exit"). */
enum exit_status result__status(const struct result *result);

/** Of two statuses, the one that counts where both apply. */
enum exit_status result__worse(enum exit_status a, enum exit_status b);

#endif
