/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --signal does to the thread it is sent to: USR1 ends its sleep step early, USR2 makes it end itself. */
#ifndef MPTRACE_NATIVE_SIGNALS_H
#define MPTRACE_NATIVE_SIGNALS_H

#include "native.h"

/** Installs the handler, if the plan has one of the two: inherited by all threads and processes. */
void signals__prepare(const struct plan *plan);

/** Before a sleep: what came earlier is past. */
void signals__forget(void);

/** After a sleep of @task that returned EINTR: true if it is to end. Does not return if the thread is. */
bool signals__end_sleep(struct native *native, uint64_t task);

/** Does not return if the thread was told to end: it cancels itself, and its cleanup handlers run. */
void signals__obey(void);

#endif
