/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exchange steps: tasks 2k and 2k + 1 send one another messages, each of which answers the one before. */
#ifndef MPTRACE_NATIVE_EXCHANGE_H
#define MPTRACE_NATIVE_EXCHANGE_H

#include "native.h"

/** Mailboxes, pipes and semaphores for all pairs, if there are exchange steps. -1: journal.says has the reason. */
int exchange__prepare(struct native *native);

/** @task's part of one exchange step; what arrived is noted in the journal. -1: journal.says has the reason. */
int exchange__do(struct native *native, const struct step *step, uint64_t task);

/** @task failed: its partner need not wait for it. */
void exchange__abandon(struct native *native, uint64_t task);

#endif
