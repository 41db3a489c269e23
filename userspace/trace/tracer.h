/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The BPF side seen from userspace: load, attach, follow one process tree, harvest. */
#ifndef MPTRACE_TRACE_TRACER_H
#define MPTRACE_TRACE_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../bpf/abi.h"
#include "../base/failure.h"
#include "fold.h"
#include "timeline.h"

struct lock_entry {
	struct lock_key key;
	struct lock_record record;
};

struct hand_over_entry {
	struct hand_over key;
	uint64_t count;
};

/** Off-CPU time by stack. */
struct stack_entry {
	struct stack_key key;
	struct stack_time time;
};

/** What one program cost while the kernel's run-time statistics were on. */
struct program_bill {
	const char *name;
	uint64_t runs, ns;
	uint64_t missed; /**< runs that the kernel skipped because the program was already running there */
};

struct tracer;

/** Probes that not every result reads: bits of tracer__open's @what. */
enum trace_what {
	TRACE_CALLS = 1, /**< counts system calls */
	TRACE_ANY_PROGRAM = 2, /**< follows programs that know nothing of us, also such as are running already */
	TRACE_MOVES = 4, /**< tells of processes that are moved to another cgroup */
	TRACE_STACKS = 8, /**< keeps where threads were when they left their CPUs */
	TRACE_FAULTS = 16, /**< counts page faults */
	TRACE_TIMELINE = 32, /**< keeps each change of a thread's state */
};

/**
 * Loads and attaches the probes that every result reads, and those of @what. NULL: STATUS_CANNOT with the reason (no
 * root, no BTF, kernel too old).
 */
struct tracer *tracer__open(unsigned what, struct failure *failure);

/** Takes the probes off, or puts them back; who is followed stays followed. Open tracers are attached. */
int tracer__attach(struct tracer *tracer, bool on, struct failure *failure);

/**
 * Follows process @first (waiting at the gate) and, once the gate opens, all its descendants.
 * @first_works: its first thread is a worker (serial).
 */
int tracer__follow(struct tracer *tracer, pid_t first, bool first_works, struct failure *failure);

/** Where waiting has a meaning: all @count places, at most MAX_PLACES; may be told again with more at the end. */
void tracer__place(struct tracer *tracer, const struct place_range *places, uint32_t count);

/** From now on the next wake-up of the first thread starts its clock. */
void tracer__open_gate(struct tracer *tracer);

/** Of TRACE_ANY_PROGRAM, instead of a gate: the clock of the whole starts now. */
void tracer__begin(struct tracer *tracer);

/** Follows all threads of these processes, and their descendants from now on; those that are gone are passed over. */
int tracer__meet(struct tracer *tracer, const pid_t *pids, size_t count, struct failure *failure);

/** Process @pid, and what it forks, has this interpreter. */
void tracer__tell_interpreter(struct tracer *tracer, pid_t pid, const struct python_interpreter *python);

/** Takes up to @room of the followed processes that have executed another program since they were last taken. */
size_t tracer__executed(struct tracer *tracer, pid_t *pids, size_t room);

/** Of TRACE_MOVES: whether any process of the machine was moved to another cgroup since this was last asked. */
bool tracer__moved(struct tracer *tracer);

/** The records of all followed threads that live, up to now; the caller frees *records. */
int tracer__snapshot(struct tracer *tracer, struct thread_record **records, size_t *count, struct failure *failure);

/** Takes the probes off for good; the waits of threads that live are then among the locks as well. */
int tracer__finish(struct tracer *tracer, struct failure *failure);

/** Takes the records of threads that have died; call now and then while the experiment runs. */
int tracer__drain(struct tracer *tracer, struct failure *failure);

/** Records taken so far and not folded, in order of death until some are. Valid until the next drain. */
const struct thread_record *tracer__threads(const struct tracer *tracer, size_t *count);

/** Folds, of the records from number @first on, those that began at @since or later, but for the @keep that matter
 * most. */
void tracer__fold(struct tracer *tracer, size_t first, uint64_t since, size_t keep, struct folded *folded);

/** All waits at futexes and, of any program, files; the caller frees *entries. */
int tracer__locks(const struct tracer *tracer, struct lock_entry **entries, size_t *count, struct failure *failure);

/** Of TRACE_ANY_PROGRAM: who handed which lock to whom; the caller frees *entries. */
int tracer__hand_overs(const struct tracer *tracer, struct hand_over_entry **entries, size_t *count,
		       struct failure *failure);

/** Of TRACE_STACKS: off-CPU time by cause and stack; the caller frees *entries. */
int tracer__stacks(const struct tracer *tracer, struct stack_entry **entries, size_t *count, struct failure *failure);
/** The list that @stack (of a stack_key) stands for; how many are in it: 0 where there is none. */
size_t tracer__frames(const struct tracer *tracer, uint64_t stack, struct stack_frames *frames);
/** What the function at @code of process @tgid is called; false: it is not known. */
bool tracer__python_code(const struct tracer *tracer, uint32_t tgid, uint64_t code, struct python_code *names);

/** The last part of a file's path, as the kernel has it; false: it has none. */
bool tracer__file_name(const struct tracer *tracer, uint64_t inode, uint32_t device, char name[FILE_NAME]);

/** Of TRACE_TIMELINE: what the control group is charged now. */
void tracer__keep_memory(struct tracer *tracer, uint64_t bytes);

/** Of TRACE_TIMELINE: the events, which are the caller's then. Call when nothing is followed any more. */
struct timeline tracer__timeline(struct tracer *tracer);

/** When the gate opened (CLOCK_MONOTONIC ns), 0 if it did not. */
uint64_t tracer__gate_ns(const struct tracer *tracer);

/** How many threads began to be followed and have not been taken by drain. */
uint64_t tracer__alive(const struct tracer *tracer);

/** Losses by place and the parallelism histogram. */
void tracer__lost(const struct tracer *tracer, uint64_t lost[LOSS_COUNT]);
void tracer__parallel(const struct tracer *tracer, uint64_t time_ns[MAX_PARALLEL]);

/**
 * Turns the kernel's run-time statistics on or off. They cost about half of what the tracing itself
 * costs (50 ns per switch here), so the bill is a sample: on for a small part of the time.
 */
void tracer__sample(struct tracer *tracer, bool on);

/** Fills @bills with what each attached program cost while sampled; returns how many. */
size_t tracer__bill(const struct tracer *tracer, struct program_bill *bills, size_t room);

/** For how long statistics were on. */
uint64_t tracer__sampled_ns(const struct tracer *tracer);

void tracer__close(struct tracer *tracer);

/** Name of probe number @index, NULL past the last. */
const char *tracer__probe_name(size_t index);

/** What cannot be said without probe number @index. */
const char *tracer__probe_costs(size_t index);

/** Loads and attaches only probe number @index, and takes it off again. -1: the reason is in @failure. */
int tracer__try_probe(size_t index, struct failure *failure);

#endif
