/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all native workloads stand on. */
#ifndef MPTRACE_NATIVE_NATIVE_H
#define MPTRACE_NATIVE_NATIVE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../journal.h"

/** What a worker hands back for one task. */
struct slot {
	uint64_t checksum;
	uint32_t failed;
	uint32_t unused;
};

/**
 * Ended things in order of ending: chunks of a pool, tasks of the others. Workers append; the caller
 * takes. `word` changes with each append and with each signal: the caller sleeps on it.
 */
struct done_list {
	uint32_t word, put, taken;
	uint32_t unused;
	uint32_t items[]; /* number + 1; 0: not yet there */
};

/** Memory that caller and workers share, mapped before the gate. */
struct shared {
	pthread_mutex_t task_lock; /* of `lock` steps */
	struct queue *queue; /* pools */
	struct done_list *done;
	struct slot *slots; /* one per task */
	struct pair *pairs; /* exchange steps: one per two tasks */
};

struct native {
	struct journal *journal;
	const struct plan *plan;
	struct journal_worker *workers;
	struct journal_task *tasks;
	struct shared *shared;
	uint64_t steps_per_ms;
	int read_file; /* pattern for read steps; -1: none */
	char *inherited; /* what cow steps write to; NULL: none */
	struct pair *own_pairs; /* as shared->pairs, in memory that each process has for itself */
	uint32_t child_died; /* set by SIGCHLD: pool */
};

/** Maps @size bytes for caller and children, zeroed. NULL with journal.says. */
void *native__share(struct native *native, size_t size);

/** The first reason of a failure stays. Returns -1. */
int native__says(struct native *native, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Tells mptrace what futex waits in [at, at + size) mean. @cause: enum cause. */
void native__place(struct native *native, const void *at, size_t size, uint32_t cause, const char *name);

/** Each workload: prepare before the gate, run until results are returned, finish after the closing barrier. */
struct shape {
	int (*prepare)(struct native *native);
	int (*run)(struct native *native);
	int (*finish)(struct native *native);
};
extern const struct shape serial_shape, per_task_shape, pool_shape;

/** Worker's side: notes who it is and that it is there. */
void native__arrive(struct native *native, uint32_t worker);
/** Does task @task in @worker: journal, steps, slot. */
void native__do_task(struct native *native, uint64_t task, uint32_t worker);
/** Worker's last words: its own count of context switches. */
void native__leave(struct native *native, uint32_t worker);

/** Caller's side: takes @task's result into the ordered list. */
void native__take_result(struct native *native, uint64_t task);

int done__prepare(struct native *native, uint64_t room);
void done__append(struct native *native, uint32_t item);
/** Next ended item in @item; sleeps until there is one. False when native->child_died was raised meanwhile. */
bool done__take(struct native *native, uint32_t *item);

#endif
