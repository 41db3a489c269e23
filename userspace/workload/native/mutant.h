/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Test builds only: workloads built to break what a check promises, chosen by $MPTRACE_MUTANT. */
#ifndef MPTRACE_NATIVE_MUTANT_H
#define MPTRACE_NATIVE_MUTANT_H

#include "native.h"

#ifdef MUTANT
/** True if this run is the mutant called @name. */
bool mutant(const char *name);
/** Before each task: die, hang, fork for ever, ... */
void mutant__before_task(struct native *native, uint64_t task, uint32_t worker);
/** After the results were returned: swap two, end early, lie. */
void mutant__after_return(struct native *native);
/** `reuse`: the worker of each even task does the next one as well, whose own worker only waits for it. */
bool mutant__does_two(struct native *native, uint64_t task);
#else
#define mutant(name) false
#define mutant__does_two(native, task) false
#define mutant__before_task(native, task, worker) ((void)0)
#define mutant__after_return(native) ((void)0)
#endif

#endif
