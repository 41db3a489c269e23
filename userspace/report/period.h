/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What threads did since one was last asked: as JSON, as a line, or as a table that is drawn over itself. */
#ifndef MPTRACE_REPORT_PERIOD_H
#define MPTRACE_REPORT_PERIOD_H

#include "report.h"

#define PERIOD_SCHEMA "mptrace.interval/1"
#define PERIOD_THREADS 24 /* rows; the others are one */

/** What a thread did between two looks, ns. */
struct period_row {
	uint32_t tid, pid;
	char comm[16];
	uint64_t on_cpu_ns, run_queue_ns, blocked_ns[CAUSE_COUNT];
};

/** One period. Rows: those that lost or used most time first; what stood still in one wait is among them. */
struct period {
	uint64_t from_ns, to_ns; /**< since the beginning */
	struct period_row rows[PERIOD_THREADS], others; /**< of others: the sum */
	size_t row_count, other_count;
};

/** What periods are told from: the records at the last look. All zero at first; free with periods__free. */
struct periods {
	struct thread_record *before;
	size_t count;
	unsigned drawn; /**< lines of the table on the terminal */
};

/** The period up to @records, sorted by this, which stay in @periods. -1: out of memory. */
int periods__next(struct periods *periods, struct period *period, const struct thread_record *records, size_t count);
void periods__free(struct periods *periods);

/** One line of JSON: at most 5 kB. -1 with errno, as the others. */
int period__json(FILE *file, const struct period *period);
int period__line(FILE *file, const struct period *period);
/** Draws over the one before. */
int period__table(FILE *file, struct periods *periods, const struct period *period);

#endif
