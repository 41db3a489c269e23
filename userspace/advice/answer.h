/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program was bound by: judged from its result alone. */
#ifndef MPTRACE_ADVICE_ANSWER_H
#define MPTRACE_ADVICE_ANSWER_H

#include "../result/result.h"

enum bound {
	BOUND_CPU,
	BOUND_IO,
	BOUND_LOCK,
	BOUND_GIL,
	BOUND_RUN_QUEUE, /**< more threads than CPUs, or a CPU limit */
	BOUND_MEMORY, /**< page faults that had to wait */
	BOUND_CHILD,
	BOUND_SLEEP,
	BOUND_IDLE, /**< by design: an event loop, a worker at its queue */
	BOUND_COUNT,
};
extern const char *const bound_names[BOUND_COUNT];

/** Where time went, ns: the causes of the accounting, with waiting for work told from waiting for something. */
struct where {
	uint64_t ns[BOUND_COUNT];
	uint64_t mutex_ns; /**< of BOUND_LOCK: for a mutex for sure */
	uint64_t io_ns[IO_KINDS]; /**< of BOUND_IO */
	uint64_t other_ns; /**< stopped, or the kernel's own locks: no bound of the program */
};

struct answer {
	enum bound bound;
	double share; /**< of the time that its threads worked or waited for something: the bound's part, 0 to 1 */
	double parallelism; /**< mean CPUs busy while any is; NAN: not known */
	enum io_kind kind; /**< BOUND_IO: what most of it was for */
	struct where where; /**< all threads together */
	char says[640]; /**< one paragraph */
};

void where__of_thread(struct where *where, const struct thread_record *record);
/** All threads of a process together. */
void where__of_process(struct where *where, const struct result *result, const struct process_row *process);
/** The largest part, and its share of all. BOUND_IDLE and 0 for a thread that was there for no time. */
enum bound where__bound(const struct where *where, double *share);

/** Whether a CPU limit held its cgroup back for so long that it matters. */
bool answer__is_throttled(const struct result *result);

void answer__of(struct answer *answer, const struct result *result);

/** The table of thresholds, for documentation: the name, the value and what it means of row @index; false: no such row.
 */
bool answer__threshold(size_t index, const char **name, double *value, const char **means);

#endif
