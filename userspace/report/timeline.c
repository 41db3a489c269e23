/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timeline in letters: in each column the state that took most of its time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "human.h"
#include "looks.h"
#include "pictures.h"
#include "words.h"

#define COLUMNS 100
#define NAME_COLUMNS 24
#define CELLS (COLUMNS - NAME_COLUMNS)
#define ROWS 60

struct canvas {
	const struct result *result;
	const struct spans *spans;
	double cell_ns;
	bool used[STATE_COUNT];
};

/* Adds to each cell how much of it the span takes. */
static void add_span(const struct canvas *canvas, const struct span *span, double cells[CELLS][STATE_COUNT])
{
	double from = (double)span->from_ns / canvas->cell_ns, to = (double)span->to_ns / canvas->cell_ns;

	for (size_t i = (size_t)from; i < CELLS && (double)i < to; i++) {
		double begin = from > (double)i ? from : (double)i, end = to < (double)i + 1 ? to : (double)i + 1;

		cells[i][span->state] += end - begin;
	}
}

static char letter_of(struct canvas *canvas, const double cell[STATE_COUNT])
{
	int most = -1;

	for (int i = 0; i < STATE_COUNT; i++)
		if (cell[i] > 0 && (most < 0 || cell[i] > cell[most]))
			most = i;
	if (most < 0)
		return ' ';
	canvas->used[most] = true;
	return looks[most].letter;
}

/* The spans from number @first to before @next, all of one thread. */
static void print_row(FILE *file, struct canvas *canvas, size_t first, size_t next, struct style style)
{
	const struct thread_row *thread = &canvas->result->threads[canvas->spans->list[first].thread];
	double cells[CELLS][STATE_COUNT] = {{0}};

	for (size_t i = first; i < next; i++)
		add_span(canvas, &canvas->spans->list[i], cells);
	fprintf(file, "%7" PRIu32 " ", thread->record.tid);
	words__plain(file, style, thread->record.comm, NAME_COLUMNS - 9, true);
	putc(' ', file);
	for (size_t cell = 0; cell < CELLS; cell++)
		putc(letter_of(canvas, cells[cell]), file);
	putc('\n', file);
}

/* Where events had no room. */
static void print_gaps(FILE *file, const struct canvas *canvas)
{
	const struct spans *spans = canvas->spans;
	char cells[CELLS + 1];

	memset(cells, ' ', CELLS);
	cells[CELLS] = '\0';
	for (size_t i = 0; i < spans->gap_count; i++)
		for (size_t cell = (size_t)((double)spans->gaps[i].from_ns / canvas->cell_ns);
		     cell < CELLS && (double)cell * canvas->cell_ns < (double)spans->gaps[i].to_ns; cell++)
			cells[cell] = '!';
	fprintf(file, "%-*s%s\n", NAME_COLUMNS, "        events lost", cells);
}

/* Whose time the report is about: workers, or all threads of a profile. */
static bool is_shown(const struct canvas *canvas, size_t first)
{
	return canvas->result->target || canvas->result->threads[canvas->spans->list[first].thread].role == ROLE_WORKER;
}

static void print_legend(FILE *file, const struct canvas *canvas)
{
	const char *before = "        ";

	for (size_t i = 0; i < STATE_COUNT; i++) {
		const struct look *look = &looks[look_order[i]];

		if (!canvas->used[look_order[i]])
			continue;
		fprintf(file, "%s%c %s", before, look->letter, look->says);
		before = "  ";
	}
	putc('\n', file);
}

int report__timeline(FILE *file, const struct result *result, const struct spans *spans, struct style style)
{
	struct canvas canvas = {result, spans, (double)(spans->end_ns + 1) / CELLS, {false}};
	size_t shown = 0, hidden = 0;
	char end[HUMAN], cell[HUMAN];

	human__time(end, spans->end_ns);
	fprintf(file, "%-*s0%*s\n", NAME_COLUMNS, "    TID thread", CELLS - 1, end);
	for (size_t first = 0, next; first < spans->count; first = next) {
		next = spans__next_thread(spans, first);
		if (!is_shown(&canvas, first))
			continue;
		if (shown++ < ROWS)
			print_row(file, &canvas, first, next, style);
		else
			hidden++;
	}
	if (hidden)
		fprintf(file, "%*sand %zu more threads\n", NAME_COLUMNS, "", hidden);
	if (spans->gap_count)
		print_gaps(file, &canvas);
	print_legend(file, &canvas);
	fprintf(file, "        each column is %s: its letter is what took most of that\n",
		human__time(cell, (uint64_t)canvas.cell_ns));
	if (result->timeline.lost)
		fprintf(file, "        ! %" PRIu64 " events had no room: around there states last too long\n",
			result->timeline.lost);
	if (result->folded.threads)
		fprintf(file, "        of %" PRIu64 " threads that had ended the result has one row, and this none\n",
			result->folded.threads);
	return ferror(file) ? -1 : 0;
}
