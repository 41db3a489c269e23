/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel gave as numbers gets names: stacks, and the addresses of locks. */
#ifndef MPTRACE_PROFILE_STACKS_H
#define MPTRACE_PROFILE_STACKS_H

#include "../result/result.h"
#include "../symbols/space.h"
#include "../trace/tracer.h"

/** Fills the result's stacks, longest first. -1: @failure. */
int stacks__harvest(struct result *result, const struct tracer *tracer, const struct spaces *spaces,
		    struct failure *failure);

/** Names the locks that lie in a program's own variables; those of the heap have no name. */
void stacks__name_locks(struct result *result, const struct spaces *spaces);

#endif
