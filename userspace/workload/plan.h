/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a workload is asked to do. Plain data: it travels to the workload in shared memory. */
#ifndef MPTRACE_WORKLOAD_PLAN_H
#define MPTRACE_WORKLOAD_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/failure.h"

enum workload {
	WORKLOAD_SERIAL,
	WORKLOAD_THREAD, /**< a thread per task */
	WORKLOAD_THREAD_POOL,
	WORKLOAD_PROCESS, /**< a process per task */
	WORKLOAD_POOL, /**< a process pool */
	WORKLOAD_COUNT,
};

enum engine { ENGINE_NATIVE, ENGINE_PYTHON, ENGINE_COUNT };
extern const char *const engine_names[ENGINE_COUNT];

enum step_kind {
	STEP_NONE,
	STEP_CPU,
	STEP_NATIVE,
	STEP_SLEEP,
	STEP_TOUCH,
	STEP_READ,
	STEP_WRITE,
	STEP_LOCK,
	STEP_COW,
	STEP_RACE,
	STEP_CALL,
	STEP_EXCHANGE,
	STEP_KINDS
};

/** Index: enum step_kind. */
extern const char *const step_names[STEP_KINDS];

/** What the messages of exchange steps go through. */
enum channel {
	CHANNEL_MEMORY, /**< ordinary memory of the process: what one process writes another never sees */
	CHANNEL_SHARED, /**< memory that all share */
	CHANNEL_PIPE,
	CHANNEL_SEMAPHORE, /**< shared memory again, but who waits sleeps */
	CHANNELS
};

/** Index: enum channel. */
extern const char *const channel_names[CHANNELS];

struct step {
	uint32_t kind; /**< enum step_kind */
	uint32_t direct; /**< read and write: past the page cache */
	/** ns for cpu, native, sleep and lock; bytes for touch, read, write and cow; for the others how often */
	uint64_t amount;
	uint32_t channel; /**< exchange: enum channel */
	uint32_t unused;
	uint64_t working_set; /**< exchange: bytes that are read before each message is sent */
};

#define MAX_STEPS 16
#define MAX_GROUPS 16
#define MAX_TASKS 10000000ull
#define MAX_WORKERS 4096u

/** COUNT tasks in a row that do the same steps. */
struct task_group {
	uint64_t count;
	uint32_t step_count;
	uint32_t unused;
	struct step steps[MAX_STEPS];
};

/** The groups are repeated in order until the plan has enough tasks. */
struct task_spec {
	uint32_t group_count;
	uint32_t unused;
	struct task_group groups[MAX_GROUPS];
};

struct plan {
	uint32_t engine; /**< enum engine */
	uint32_t workload; /**< enum workload */
	uint32_t workers; /**< pooled: how many; per task: how many live at a time, 0 = all; serial: 1 */
	uint64_t tasks;
	uint64_t chunk; /**< pooled: tasks handed out at once; else 1 */
	uint64_t max_tasks_per_child; /**< a worker process is replaced after so many chunks; 0: never */
	uint32_t unordered; /**< results come as they are ready: no order is promised */
	uint64_t parent_memory; /**< bytes that the first process touches before the gate and keeps */
	uint32_t signal; /**< that one task will get; 0: none */
	uint32_t calls; /**< tasks are calls of the user's function, and not the spec: nothing to verify them by */
	struct task_spec spec;
	char scratch[256]; /**< the run's own directory: files of read and write steps */
};

/** One row of `mptrace list workloads`, and the names of the command line. Index: enum workload. */
struct workload_kind {
	const char *name, *says;
	bool pooled, processes;
};
extern const struct workload_kind workload_kinds[WORKLOAD_COUNT];

/** The steps of task number @task (from 0). */
const struct task_group *task_spec__group(const struct task_spec *spec, uint64_t task);

/** The largest amount of all steps of this kind; 0: there are none. */
uint64_t task_spec__largest(const struct task_spec *spec, enum step_kind kind);

/** The amounts of the group's steps of this kind, added up. */
uint64_t task_group__sum(const struct task_group *group, enum step_kind kind);

/**
 * Tasks 2k and 2k + 1 exchange messages with one another. True if all @tasks have a partner with the same exchange
 * steps; else @odd_one is the first that has not.
 */
bool task_spec__pairs(const struct task_spec *spec, uint64_t tasks, uint64_t *odd_one);

/**
 * Reads a duration, the first @length characters of @text (`5ms`), into @ns. NULL, or why it is none: the rest of a
 * sentence that begins with the text.
 */
const char *duration__read(const char *text, size_t length, uint64_t *ns);

/**
 * Reads a task SPEC (`4*sleep:200ms,40*cpu:10ms+touch:8M`) into @spec. Returns 0, or -1 with
 * STATUS_USAGE and a sentence that names the offending part and its column.
 */
int task_spec__parse(struct task_spec *spec, const char *text, struct failure *failure);

#endif
