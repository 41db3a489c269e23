/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bounded first-in, first-out queue of chunks, guarded by a lock: between threads or processes. */
#ifndef MPTRACE_NATIVE_QUEUE_H
#define MPTRACE_NATIVE_QUEUE_H

#include "native.h"

struct chunk {
	uint64_t first, count;
};

/** Makes native->shared->queue. */
int queue__prepare(struct native *native, bool processes);

/** Appends; sleeps while it is full. False when a worker has died meanwhile. */
bool queue__put(struct native *native, struct chunk chunk);

/** Takes the oldest and numbers its tasks' hand-out; sleeps while there is none. False: closed and empty. */
bool queue__take(struct native *native, struct chunk *chunk);

/** No more will come: who waits goes home. */
void queue__close(struct native *native);

#endif
