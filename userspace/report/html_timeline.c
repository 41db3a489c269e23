/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "html_timeline.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../base/json.h"
#include "html.h"
#include "human.h"
#include "../result/timeline_file.h"
#include "pictures.h"

#define WIDTH 900
#define HEIGHT 160
#define LEFT 90
#define MOST_SPANS 2000000 /* drawn: beyond them a page is too large for a browser */

static void write_looks(struct json *json)
{
	json__integer(json, "tile", HATCH_SIDE);
	json__begin_array(json, "states");
	for (int i = 0; i < STATE_COUNT; i++) {
		json__begin_object(json, NULL);
		json__string(json, "key", looks[i].key);
		json__string(json, "says", looks[i].says);
		json__string(json, "color", looks[i].color);
		json__string(json, "hatch", hatch_paths[looks[i].hatch]);
		json__end_object(json);
	}
	json__end_array(json);
}

/*
 * One thread: from where its first span begins, three numbers for each: the state, how long, and of a run its CPU, of a
 * wait for a CPU twice the number of who woke it and one more if that handed over, of other waits the lock.
 */
static void write_thread(struct json *json, const struct result *result, const struct spans *spans, size_t first,
			 size_t next)
{
	const struct thread_row *thread = &result->threads[spans->list[first].thread];

	json__begin_object(json, NULL);
	json__integer(json, "tid", thread->record.tid);
	json__integer(json, "first_tid", thread->record.first_tid);
	json__integer(json, "pid", thread->record.tgid);
	json__string(json, "name", thread->record.comm);
	json__string(json, "role", result->target ? "" : role_names[thread->role]);
	json__integer(json, "from", spans->list[first].from_ns);
	json__begin_array(json, "spans");
	for (size_t i = first; i < next; i++) {
		const struct span *span = &spans->list[i];

		json__integer(json, NULL, span->state);
		json__integer(json, NULL, span->to_ns - span->from_ns);
		json__integer(json, NULL,
			      span->state == STATE_CPU	   ? span->cpu
			      : span->state == STATE_QUEUE ? 2 * (uint64_t)span->waker + span->handed_over
							   : span->lock);
	}
	json__end_array(json);
	json__end_object(json);
}

static void write_tasks(struct json *json, const struct result *result)
{
	json__begin_array(json, "tasks");
	for (size_t i = 0; i < result->task_count; i++) {
		const struct task_row *task = &result->tasks[i];

		if (!task->start_ns || !task->end_ns)
			continue;
		json__integer(json, NULL, task->id);
		json__integer(json, NULL, task->tid);
		json__integer(json, NULL, task->start_ns - result->gate_ns);
		json__integer(json, NULL, task->end_ns - result->gate_ns);
	}
	json__end_array(json);
}

static void write_locks(struct json *json, const struct result *result)
{
	json__begin_array(json, "locks");
	for (size_t i = 0; i < result->lock_count; i++) {
		char address[32];

		snprintf(address, sizeof(address), "0x%" PRIx64, result->locks[i].address);
		json__string(json, NULL, result->locks[i].symbol ? result->locks[i].symbol : address);
	}
	json__end_array(json);
}

static void write_island(FILE *file, const struct result *result, const struct spans *spans)
{
	struct json json = json__line_to(file);

	fputs("<script type=\"application/json\" id=\"timeline-data\">", file);
	json__begin_object(&json, NULL);
	json__integer(&json, "end", spans->end_ns);
	write_looks(&json);
	json__begin_array(&json, "threads");
	for (size_t first = 0, next; first < spans->count; first = next) {
		next = spans__next_thread(spans, first);
		write_thread(&json, result, spans, first, next);
	}
	json__end_array(&json);
	write_tasks(&json, result);
	write_locks(&json, result);
	json__begin_array(&json, "gaps");
	for (size_t i = 0; i < spans->gap_count; i++) {
		json__integer(&json, NULL, spans->gaps[i].from_ns);
		json__integer(&json, NULL, spans->gaps[i].to_ns);
		json__integer(&json, NULL, spans->gaps[i].count);
	}
	json__end_array(&json);
	json__end_object(&json);
	json__finish(&json);
	fputs("</script>\n", file);
}

static void write_letters(FILE *file, const struct result *result, const struct spans *spans)
{
	char *text = NULL;
	size_t size = 0;
	FILE *letters = open_memstream(&text, &size);

	if (letters)
		report__timeline(letters, result, spans, (struct style){.width = 100, .unicode = true});
	if (letters && !fclose(letters)) {
		fputs("<pre>", file);
		for (const char *at = text; *at;) {
			const char *line = at;
			char part[512];
			size_t length = 0;

			while (*at && *at != '\n' && length + 1 < sizeof(part))
				part[length++] = *at++;
			part[length] = '\0';
			at += at == line || *at == '\n';
			html__text(file, part);
			putc('\n', file);
		}
		fputs("</pre>\n", file);
	}
	free(text);
}

void html__timeline(FILE *file, const struct result *result, const struct spans *spans)
{
	bool used[STATE_COUNT] = {false};
	char text[160];

	html__section(file, "Timeline");
	if (!spans) {
		html__paragraph(file,
				result->timeline.kept
					? "Its events are missing: " TIMELINE_NAME " is not beside the result."
					: "None was kept: run or profile with --timeline -o DIR, and this page shows "
					  "what each thread did when.");
		return;
	}
	for (size_t i = 0; i < spans->count; i++)
		used[spans->list[i].state] = true;
	if (result->timeline.lost) {
		snprintf(text, sizeof(text), "%" PRIu64 " events had no room: where they are missing it is marked.",
			 result->timeline.lost);
		html__paragraph(file, text);
	}
	if (spans->count > MOST_SPANS) {
		snprintf(text, sizeof(text),
			 "%zu spans are too many for a page, here it is in letters; mptrace report --format perfetto "
			 "has "
			 "them all.",
			 spans->count);
		html__paragraph(file, text);
		write_letters(file, result, spans);
		return;
	}
	if (result->folded.threads) {
		snprintf(text, sizeof(text),
			 "Of %" PRIu64 " threads that had ended the table above has one row, and the timeline none.",
			 result->folded.threads);
		html__paragraph(file, text);
	}
	html__paragraph(file, "Where many spans share a pixel it shows the state that took most of it.");
	html__legend(file, used);
	fputs("<div id=\"timeline\"></div>\n<noscript>", file);
	write_letters(file, result, spans);
	fputs("</noscript>\n", file);
	write_island(file, result, spans);
}

void html__memory(FILE *file, const struct result *result, const struct spans *spans)
{
	uint64_t limit = result->experiment->memory_limit, top = limit;
	char most[HUMAN], end[HUMAN];
	double y;

	if (!spans || spans->memory_count < 2)
		return;
	for (size_t i = 0; i < spans->memory_count; i++)
		top = spans->memory[i].bytes > top ? spans->memory[i].bytes : top;
	top += top / 20 + 1;
	fprintf(file,
		"<svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\" aria-label=\"memory of the control group over "
		"time\">",
		WIDTH, HEIGHT + 20, WIDTH);
	fprintf(file, "<text x=\"0\" y=\"12\">%s</text><text x=\"0\" y=\"%d\">0</text>", human__size(most, top),
		HEIGHT);
	fprintf(file, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", WIDTH, HEIGHT + 16,
		human__time(end, spans->end_ns));
	fprintf(file, "<path class=\"axis\" fill=\"none\" d=\"M%d 0V%dH%d\"/>", LEFT, HEIGHT, WIDTH);
	fputs("<polyline class=\"memory\" points=\"", file);
	for (size_t i = 0; i < spans->memory_count; i++)
		fprintf(file, "%.1f,%.1f ",
			LEFT + (WIDTH - LEFT) * (double)spans->memory[i].when_ns / (double)(spans->end_ns + 1),
			HEIGHT * (1 - (double)spans->memory[i].bytes / (double)top));
	fputs("\"/>", file);
	if (limit) {
		y = HEIGHT * (1 - (double)limit / (double)top);
		fprintf(file, "<path class=\"limit\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\">the limit: %s</text>",
			LEFT, y, WIDTH, LEFT + 6, y + 14, human__size(most, limit));
	}
	fputs("</svg>\n", file);
}
