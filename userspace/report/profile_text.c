/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a profile says: the answer first. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../result/metrics.h"
#include "human.h"
#include "looks.h"
#include "sections.h"
#include "words_of_result.h"
#include "words.h"

#define PROCESSES_SHOWN 10
#define FILES_SHOWN 5
#define STACKS_SHOWN 8

static void label(const struct page *page, const char *name)
{
	words__label(page->file, page->style, SECTION_LABEL, name);
}

static void paragraph(const struct page *page, const char *name, const char *text)
{
	label(page, name);
	words__wrapped(page->file, page->style, SECTION_LABEL, true, text);
}

static void print_target(const struct page *page)
{
	const struct target *target = page->result->target;
	const char *what = target->command ? target->command : target->pids ? target->pids : target->cgroup;
	char time[HUMAN], text[320];
	/* Of which one row stands for many. */
	uint64_t any = page->result->folded.threads > 0, folded = page->result->folded.threads - any;
	uint64_t folded_processes = page->result->folded.processes - any;

	paragraph(page, target->command ? "Command" : target->pids ? "Process" : "Control group", what);
	snprintf(text, sizeof(text),
		 "%s watched, %" PRIu64 " thread(s) in %" PRIu64 " process(es), on %.160s, %" PRIu32 " CPUs",
		 human__figure(time, page->result->outcome.wall_ns, human__time), page->result->thread_count + folded,
		 page->result->process_count + folded_processes, page->result->environment.kernel, target->cpus);
	words__wrapped(page->file, page->style, SECTION_LABEL, false, text);
	if (page->result->outcome.status == OUTCOME_INTERRUPTED)
		fprintf(page->file, "%*sstopped by signal %d: what was seen so far\n", SECTION_LABEL, "",
			page->result->outcome.signal);
}

static void print_advice(const struct page *page, const struct answer *answer)
{
	struct advice advice;
	char text[RESULT_SENTENCE];

	advice__of(&advice, answer, page->result);
	paragraph(page, "Advice", advice__sentence(text, &advice));
	for (size_t i = 0; i < advice.because_count; i++)
		words__wrapped(page->file, page->style, SECTION_LABEL, false, advice.because[i]);
	if (advice.command[0]) {
		fprintf(page->file, "%*sto prove it: ", SECTION_LABEL, "");
		words__wrapped(page->file, page->style, SECTION_LABEL + 2, true, advice.command);
	}
}

static void print_io(const struct page *page, const struct answer *answer)
{
	static const char *const says[IO_KINDS] = {"files and disks", "sockets", "pipes",
						   "terminals",	      "events",	 "other I/O"};
	bool any = false;
	char time[HUMAN];

	for (int i = 0; i < IO_KINDS; i++) {
		uint64_t sum = 0, waits = 0;

		for (size_t j = 0; j < page->result->thread_count; j++) {
			sum += page->result->threads[j].record.io_ns[i];
			waits += page->result->threads[j].record.io_waits[i];
		}
		if (!waits)
			continue;
		label(page, any ? "" : "I/O");
		any = true;
		fprintf(page->file, "%-16s %10s in %" PRIu64 " wait%s%s\n", says[i], human__time(time, sum), waits,
			waits == 1 ? "" : "s", answer->where.io_ns[i] ? "" : ", long ones: for work");
	}
}

/* By the last part of their paths, which is what the kernel keeps. */
static void print_files(const struct page *page)
{
	const struct result *result = page->result;
	size_t shown = 0;
	char time[HUMAN];

	for (size_t i = 0; i < result->file_count && shown < FILES_SHOWN; i++) {
		const struct file_row *file = &result->files[i];

		if (!file->name[0])
			continue;
		label(page, "");
		fputs("at ", page->file);
		words__plain(page->file, page->style, file->name, 29, true);
		fprintf(page->file, " %10s in %" PRIu64 " wait%s (%s)\n", human__time(time, file->wait_ns), file->waits,
			file->waits == 1 ? "" : "s", io_kind_names[file->kind]);
		shown++;
	}
}

/* A walk needs frame pointers; Debian's programs have none. */
static void print_cut(const struct page *page)
{
	uint64_t cut = 0, all = 0;
	char text[240];

	for (size_t i = 0; i < page->result->stack_count; i++) {
		all += page->result->stacks[i].ns;
		cut += page->result->stacks[i].cut ? page->result->stacks[i].ns : 0;
	}
	if (!all)
		return;
	snprintf(text, sizeof(text), "%.0f %% of this time has a user stack that was cut short%s",
		 100 * (double)cut / (double)all,
		 cut ? ": its walk needs frame pointers (-fno-omit-frame-pointer)" : "");
	words__wrapped(page->file, page->style, SECTION_LABEL, false, text);
}

/* The program's own functions; of the kernel's, which the cause stands for, only where there are no others. */
static void print_frames(const struct page *page, const char *frames)
{
	char *line = NULL;
	size_t size, shown = 0;
	FILE *text = open_memstream(&line, &size);

	for (const char *at = frames; text && *at;) {
		size_t length = strcspn(at, ";");

		if (!shown || length < strlen(KERNEL_FRAME) ||
		    strncmp(at + length - strlen(KERNEL_FRAME), KERNEL_FRAME, strlen(KERNEL_FRAME)) != 0)
			fprintf(text, "%s%.*s", shown++ ? " > " : "", (int)length, at);
		at += length + (at[length] == ';');
	}
	if (text)
		fclose(text);
	fprintf(page->file, "%*s", SECTION_LABEL + 12, "");
	words__wrapped(page->file, page->style, SECTION_LABEL + 12, true, line ? line : frames);
	free(line);
}

/* Where its threads waited, longest first. */
static void print_stacks(const struct page *page)
{
	const struct result *result = page->result;
	char time[HUMAN], what[48];
	bool written = false;

	for (size_t i = 0; i < result->stack_count; i++) {
		const struct stack_row *stack = &result->stacks[i];

		written |= strstr(stack->frames, "py::") != NULL;
		if (i >= STACKS_SHOWN)
			continue;
		snprintf(what, sizeof(what), "%s, %s", stack->comm, looks[stack->cause].name);
		label(page, i ? "" : "Stacks");
		fprintf(page->file, "%10s  %s, %" PRIu64 " time%s\n", human__time(time, stack->ns), what, stack->times,
			stack->times == 1 ? "" : "s");
		print_frames(page, stack->frames);
	}
	if (!result->stack_count)
		return;
	if (result->stack_count > STACKS_SHOWN)
		fprintf(page->file, "%*sand %zu more: mptrace report --format folded\n", SECTION_LABEL, "",
			result->stack_count - STACKS_SHOWN);
	print_cut(page);
	if (result__python(result) && !written)
		words__wrapped(page->file, page->style, SECTION_LABEL, false,
			       "Python's own functions are not among them, C's are: CPython 3.13 tells of them by "
			       "itself, 3.12 with python -X perf if it was built with frame pointers");
}

/* Of a process or thread: how long it was there, what it was bound by, and the largest parts. */
static void print_where(const struct page *page, const struct where *where, uint64_t life_ns)
{
	static const char *const says[BOUND_COUNT] = {"CPU",	"I/O",	 "lock",  "GIL", "queue",
						      "memory", "child", "sleep", "idle"};
	char time[HUMAN];
	double share;
	enum bound bound = where__bound(where, &share);

	fprintf(page->file, "%10s  %-10s", human__time(time, life_ns), bound_names[bound]);
	for (int i = 0; i < BOUND_COUNT; i++)
		if (life_ns && where->ns[i] * 100 >= life_ns)
			fprintf(page->file, " %s %.0f%%", says[i], 100 * (double)where->ns[i] / (double)life_ns);
	putc('\n', page->file);
}

static int by_engaged(const void *a, const void *b)
{
	const struct thread_row *left = *(const struct thread_row *const *)a,
				*right = *(const struct thread_row *const *)b;
	uint64_t left_ns = left->record.on_cpu_ns + left->record.run_queue_ns,
		 right_ns = right->record.on_cpu_ns + right->record.run_queue_ns;

	return (left_ns < right_ns) - (left_ns > right_ns);
}

/* Those that ran most first. */
static void print_threads(const struct page *page)
{
	const struct result *result = page->result;
	const struct thread_row **rows = calloc(result->thread_count + 1, sizeof(*rows));

	for (size_t i = 0; rows && i < result->thread_count; i++)
		rows[i] = &result->threads[i];
	if (rows)
		qsort(rows, result->thread_count, sizeof(*rows), by_engaged);
	for (size_t i = 0; rows && i < result->thread_count; i++) {
		const struct thread_record *record = &rows[i]->record;
		struct where where;

		label(page, i ? "" : "Threads");
		fprintf(page->file, "%7" PRIu32 " ", record->tid);
		words__plain(page->file, page->style, record->comm, 15, true);
		where__of_thread(&where, record);
		print_where(page, &where, record->end_ns - record->start_ns);
	}
	free(rows);
}

static const struct thread_record *first_of(const struct result *result, const struct process_row *process)
{
	for (size_t i = 0; i < result->thread_count; i++)
		if (result->threads[i].record.tgid == process->pid &&
		    result->threads[i].record.group_start_ns == process->group_start_ns)
			return &result->threads[i].record;
	return NULL;
}

struct process_time {
	const struct process_row *process;
	struct where where;
	uint64_t life_ns; /* of all its threads */
};

static int by_time(const void *a, const void *b)
{
	const struct process_time *left = a, *right = b;
	uint64_t left_ns = left->where.ns[BOUND_CPU] + left->where.ns[BOUND_RUN_QUEUE],
		 right_ns = right->where.ns[BOUND_CPU] + right->where.ns[BOUND_RUN_QUEUE];

	return (left_ns < right_ns) - (left_ns > right_ns);
}

/* The ones that ran most; of one process there is nothing to add. */
static void print_processes(const struct page *page)
{
	const struct result *result = page->result;
	struct process_time *rows = calloc(result->process_count + 1, sizeof(*rows));
	size_t count = result->process_count;

	for (size_t i = 0; rows && i < count; i++) {
		rows[i].process = &result->processes[i];
		where__of_process(&rows[i].where, result, rows[i].process);
		rows[i].life_ns = rows[i].where.other_ns;
		for (int j = 0; j < BOUND_COUNT; j++)
			rows[i].life_ns += rows[i].where.ns[j];
	}
	if (rows)
		qsort(rows, count, sizeof(*rows), by_time);
	for (size_t i = 0; rows && count > 1 && i < count && i < PROCESSES_SHOWN; i++) {
		const struct thread_record *first = first_of(result, rows[i].process);

		label(page, i ? "" : "Processes");
		fprintf(page->file, "%7" PRIu32 " ", rows[i].process->pid);
		words__plain(page->file, page->style, first ? first->comm : "", 15, true);
		print_where(page, &rows[i].where, rows[i].life_ns);
	}
	if (count > PROCESSES_SHOWN)
		fprintf(page->file, "%*sand %zu more, which ran for less\n", SECTION_LABEL, "",
			count - PROCESSES_SHOWN);
	free(rows);
}

int report__profile(const struct page *page, bool threads)
{
	struct answer answer;

	answer__of(&answer, page->result);
	paragraph(page, "Answer", answer.says);
	print_advice(page, &answer);
	print_target(page);
	section__causes(page);
	section__throttled(page);
	print_io(page, &answer);
	print_files(page);
	print_processes(page);
	if (threads)
		print_threads(page);
	print_stacks(page);
	section__switches(page);
	section__locks(page);
	section__accounting(page);
	section__bill(page);
	return ferror(page->file) ? -1 : 0;
}
