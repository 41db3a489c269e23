/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "period.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../../bpf/cause.h"
#include "../base/json.h"
#include "../base/letter.h"
#include "looks.h"
#include "words.h"

#define NARROWEST 40
#define ROW_COLUMNS 40 /* before the bar */

static int by_thread(const void *a, const void *b)
{
	const struct thread_record *left = a, *right = b;

	if (left->tid != right->tid)
		return left->tid < right->tid ? -1 : 1;
	return (left->start_ns > right->start_ns) - (left->start_ns < right->start_ns);
}

/* By time that was used or lost: everything but waiting for work, children, or the clock. */
static uint64_t weight(const struct period_row *row)
{
	uint64_t sum = row->on_cpu_ns + row->run_queue_ns;

	for (int i = 0; i < CAUSE_COUNT; i++)
		sum += cause_engages((enum cause)i) ? row->blocked_ns[i] : 0;
	return sum;
}

static int by_weight(const void *a, const void *b)
{
	uint64_t left = weight(a), right = weight(b);

	return (left < right) - (left > right);
}

static void add(struct period_row *sum, const struct period_row *row)
{
	sum->on_cpu_ns += row->on_cpu_ns;
	sum->run_queue_ns += row->run_queue_ns;
	for (int i = 0; i < CAUSE_COUNT; i++)
		sum->blocked_ns[i] += row->blocked_ns[i];
}

/* A figure of a thread that lives is an estimate for a moment: it can be less than the one before by some ns. */
static uint64_t since(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static void subtract(struct period_row *row, const struct thread_record *now, const struct thread_record *before)
{
	static const struct thread_record nothing;

	if (!before)
		before = &nothing;
	*row = (struct period_row){.tid = now->tid, .pid = now->tgid};
	memcpy(row->comm, now->comm, sizeof(row->comm));
	row->comm[sizeof(row->comm) - 1] = '\0';
	letter__harmless(row->comm);
	row->on_cpu_ns = since(now->on_cpu_ns, before->on_cpu_ns);
	row->run_queue_ns = since(now->run_queue_ns, before->run_queue_ns);
	for (int i = 0; i < CAUSE_COUNT; i++)
		row->blocked_ns[i] = since(now->blocked_ns[i], before->blocked_ns[i]);
}

static bool is_empty(const struct period_row *row)
{
	uint64_t sum = row->on_cpu_ns + row->run_queue_ns;

	for (int i = 0; i < CAUSE_COUNT; i++)
		sum += row->blocked_ns[i];
	return !sum;
}

int periods__next(struct periods *periods, struct period *period, const struct thread_record *records, size_t count)
{
	struct thread_record *now = calloc(count + 1, sizeof(*now));
	struct period_row *rows = calloc(count + 1, sizeof(*rows));
	size_t found = 0;

	if (!now || !rows) {
		free(now);
		free(rows);
		return -1;
	}
	memcpy(now, records, count * sizeof(*now));
	qsort(now, count, sizeof(*now), by_thread);
	for (size_t i = 0; i < count; i++) {
		subtract(&rows[found], &now[i],
			 periods->count ? bsearch(&now[i], periods->before, periods->count, sizeof(*now), by_thread)
					: NULL);
		found += !is_empty(&rows[found]); /* it had ended before, or was not there for a moment */
	}
	qsort(rows, found, sizeof(*rows), by_weight);
	period->row_count = found < PERIOD_THREADS ? found : PERIOD_THREADS;
	period->other_count = found - period->row_count;
	period->others = (struct period_row){.tid = 0};
	memcpy(period->rows, rows, period->row_count * sizeof(*rows));
	for (size_t i = period->row_count; i < found; i++)
		add(&period->others, &rows[i]);
	free(rows);
	free(periods->before);
	periods->before = now;
	periods->count = count;
	return 0;
}

void periods__free(struct periods *periods)
{
	free(periods->before);
	*periods = (struct periods){.before = NULL};
}

/* What is 0 is left out. */
static void write_times(struct json *json, const struct period_row *row)
{
	json__integer(json, "on_cpu", row->on_cpu_ns);
	json__integer(json, "run_queue", row->run_queue_ns);
	for (int i = 0; i < CAUSE_COUNT; i++)
		if (row->blocked_ns[i])
			json__integer(json, cause_names[i], row->blocked_ns[i]);
}

int period__json(FILE *file, const struct period *period)
{
	struct json json = json__line_to(file);

	json__begin_object(&json, NULL);
	json__string(&json, "schema", PERIOD_SCHEMA);
	json__integer(&json, "from_ns", period->from_ns);
	json__integer(&json, "to_ns", period->to_ns);
	json__begin_array(&json, "threads");
	for (size_t i = 0; i < period->row_count; i++) {
		json__begin_object(&json, NULL);
		json__integer(&json, "tid", period->rows[i].tid);
		json__integer(&json, "pid", period->rows[i].pid);
		json__string(&json, "comm", period->rows[i].comm);
		write_times(&json, &period->rows[i]);
		json__end_object(&json);
	}
	json__end_array(&json);
	json__begin_object(&json, "others");
	json__integer(&json, "count", period->other_count);
	write_times(&json, &period->others);
	json__end_object(&json);
	json__end_object(&json);
	return json__finish(&json) || fflush(file) ? -1 : 0;
}

static uint64_t spent(const struct period_row *row, enum state state)
{
	return state == STATE_CPU ? row->on_cpu_ns : state == STATE_QUEUE ? row->run_queue_ns : row->blocked_ns[state];
}

static struct period_row sum_of(const struct period *period)
{
	struct period_row sum = period->others;

	for (size_t i = 0; i < period->row_count; i++)
		add(&sum, &period->rows[i]);
	return sum;
}

/* How many threads were in each state, on average. */
int period__line(FILE *file, const struct period *period)
{
	struct period_row sum = sum_of(period);
	double span = (double)(period->to_ns - period->from_ns);

	fprintf(file, "%8.1f s ", (double)period->to_ns / 1e9);
	for (size_t i = 0; i < STATES_MEASURED; i++)
		if (look_order[i] >= STATE_QUEUE || spent(&sum, look_order[i]))
			fprintf(file, " %s %.2f", looks[look_order[i]].name,
				span > 0 ? (double)spent(&sum, look_order[i]) / span : 0);
	fprintf(file, "  (%zu thread%s)\n", period->row_count + period->other_count,
		period->row_count + period->other_count == 1 ? "" : "s");
	return fflush(file) ? -1 : 0;
}

/* A letter for each part of the period, by cause: time has no order in it. */
static void print_bar(FILE *file, struct style style, const struct period_row *row, double span, unsigned columns)
{
	double reached = 0;
	unsigned printed = 0;

	for (size_t i = 0; i < STATES_MEASURED; i++) {
		const struct look *look = &looks[look_order[i]];

		if (!spent(row, look_order[i]))
			continue;
		reached += (double)spent(row, look_order[i]);
		if (style.color)
			fprintf(file, "\033[38;5;%um", look->terminal);
		for (; span > 0 && printed < columns && printed + 0.5 < reached / span * columns; printed++)
			putc(look->letter, file);
	}
	if (style.color)
		fputs("\033[0m", file);
}

static void print_row(FILE *file, struct style style, const struct period_row *row, double span, unsigned width)
{
	uint64_t lost = weight(row) - row->on_cpu_ns;

	fprintf(file, "%7" PRIu32 " ", row->tid);
	words__plain(file, style, row->comm, 15, true);
	fprintf(file, " %6.1f%% %6.1f%% ", span > 0 ? 100 * (double)row->on_cpu_ns / span : 0,
		span > 0 ? 100 * (double)lost / span : 0);
	print_bar(file, style, row, span, width > ROW_COLUMNS ? width - ROW_COLUMNS : 0);
	fputs("\033[K\n", file);
}

int period__table(FILE *file, struct periods *periods, const struct period *period)
{
	struct style style = style__of(file);
	struct winsize window = {.ws_row = 24, .ws_col = 80};
	double span = (double)(period->to_ns - period->from_ns);
	unsigned rows, width;

	/* Each time: it may have been resized. */
	if (ioctl(fileno(file), TIOCGWINSZ, &window) || !window.ws_row || !window.ws_col)
		window = (struct winsize){.ws_row = 24, .ws_col = 80};
	width = window.ws_col < NARROWEST ? NARROWEST : window.ws_col;
	rows = window.ws_row > 6 ? window.ws_row - 5u : 1;
	if (periods->drawn)
		fprintf(file, "\033[%uA", periods->drawn < window.ws_row ? periods->drawn : window.ws_row - 1u);
	/* Without wrapping: a line too long would be two. */
	fprintf(file, "\033[?7l\033[J%8.1f s, %zu threads; Ctrl-C ends\033[K\n", (double)period->to_ns / 1e9,
		period->row_count + period->other_count);
	fprintf(file, "%.*s\033[K\n", (int)width - 1,
		"# CPU, waiting: q for a CPU, l lock, g GIL, i I/O, s sleep, c child, w for work, f fault, . other");
	fprintf(file, "%.*s\033[K\n", (int)width - 1, "    TID thread            CPU    lost ");
	periods->drawn = 3;
	for (size_t i = 0; i < period->row_count && i < rows; i++, periods->drawn++)
		print_row(file, style, &period->rows[i], span, width - 1);
	fputs("\033[?7h", file);
	return fflush(file) ? -1 : 0;
}
