/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many threads that have ended as one: a long watch must not keep each of them for ever. */
#ifndef MPTRACE_TRACE_FOLD_H
#define MPTRACE_TRACE_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "../../bpf/abi.h"

struct folded {
	struct thread_record sum; /**< tid 0; from the first start on for as long as all their lives together */
	uint64_t threads, processes;
};

void folded__add(struct folded *folded, const struct thread_record *record);
/** Adds all of @other, which is then empty. */
void folded__take(struct folded *folded, struct folded *other);

/**
 * Folds those of @records that began at @since or later, but for the @keep that worked or waited for something
 * longest. Returns how many are left, in front.
 */
size_t folded__reduce(struct folded *folded, struct thread_record *records, size_t count, uint64_t since, size_t keep);

#endif
