/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queue.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "../../../bpf/abi.h"
#include "mutant.h"

#define QUEUE_ROOM 1024
#define LOOK_AT_WORKERS_NS 100000000 /* only while the queue is full */

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t not_empty, not_full;
	uint64_t put, taken; /* chunks so far; put - taken are in the ring */
	uint32_t closed, caller_waits;
	struct chunk ring[QUEUE_ROOM];
};

int queue__prepare(struct native *native, bool processes)
{
	struct queue *queue = native__share(native, sizeof(*queue));
	pthread_mutexattr_t mutex;
	pthread_condattr_t condition;

	if (!queue)
		return -1;
	pthread_mutexattr_init(&mutex);
	pthread_condattr_init(&condition);
	pthread_condattr_setclock(&condition, CLOCK_MONOTONIC);
	if (processes) {
		pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
		/* A worker can die with the lock: who waits for it must be told. */
		pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
		pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
	}
	pthread_mutex_init(&queue->lock, &mutex);
	pthread_cond_init(&queue->not_empty, &condition);
	pthread_cond_init(&queue->not_full, &condition);
	native->shared->queue = queue;
	native__place(native, &queue->lock, sizeof(queue->lock), CAUSE_LOCK, "queue lock");
	native__place(native, &queue->not_empty, sizeof(queue->not_empty), CAUSE_IDLE, "tasks ready");
	native__place(native, &queue->not_full, sizeof(queue->not_full), CAUSE_CHILD, "queue full");
	return 0;
}

/* The state behind the lock is a few counters: whatever a dead owner did to it, the caller ends the pool. */
static void lock(struct queue *queue)
{
	if (pthread_mutex_lock(&queue->lock) == EOWNERDEAD)
		pthread_mutex_consistent(&queue->lock);
}

bool queue__put(struct native *native, struct chunk chunk)
{
	struct queue *queue = native->shared->queue;

	lock(queue);
	while (queue->put - queue->taken == QUEUE_ROOM && !native->child_died) {
		struct timespec until;

		/* A dead worker signals no condition; the time limit finds it. */
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += LOOK_AT_WORKERS_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		queue->caller_waits = 1;
		if (pthread_cond_timedwait(&queue->not_full, &queue->lock, &until) == EOWNERDEAD)
			pthread_mutex_consistent(&queue->lock);
	}
	queue->caller_waits = 0;
	if (!native->child_died) {
		queue->ring[queue->put++ % QUEUE_ROOM] = chunk;
		pthread_cond_signal(&queue->not_empty);
	}
	pthread_mutex_unlock(&queue->lock);
	return !native->child_died;
}

static struct chunk pop(struct native *native, struct queue *queue)
{
	struct chunk chunk = queue->ring[queue->taken % QUEUE_ROOM];

	if (mutant("lifo")) { /* the youngest, and the oldest takes its place */
		struct chunk *youngest = &queue->ring[(queue->put - 1) % QUEUE_ROOM], oldest = chunk;

		chunk = *youngest;
		*youngest = oldest;
	}
	queue->taken++;
	for (uint64_t i = chunk.first; i < chunk.first + chunk.count; i++)
		native->tasks[i].sequence = queue->taken;
	return chunk;
}

bool queue__take(struct native *native, struct chunk *chunk)
{
	struct queue *queue = native->shared->queue;
	bool found;

	lock(queue);
	while (queue->put == queue->taken && !queue->closed)
		if (pthread_cond_wait(&queue->not_empty, &queue->lock) == EOWNERDEAD)
			pthread_mutex_consistent(&queue->lock);
	if (mutant("die-locked") && queue->taken == 2)
		kill(getpid(), SIGKILL);
	found = queue->put != queue->taken;
	if (found)
		*chunk = pop(native, queue);
	if (queue->caller_waits)
		pthread_cond_signal(&queue->not_full);
	pthread_mutex_unlock(&queue->lock);
	return found;
}

void queue__close(struct native *native)
{
	struct queue *queue = native->shared->queue;

	lock(queue);
	queue->closed = 1;
	pthread_cond_broadcast(&queue->not_empty);
	pthread_mutex_unlock(&queue->lock);
}
