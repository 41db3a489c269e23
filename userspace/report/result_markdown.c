/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A result as Markdown: the answer or the outcome, where each thread's time went, locks, checks, and whether to trust
 * it. */
#include <inttypes.h>

#include "../result/judge.h"
#include "../result/metrics.h"
#include "human.h"
#include "looks.h"
#include "markdown.h"
#include "report.h"
#include "words_of_result.h"

#define ROWS 100 /* of each table; the JSON has them all */

static void write_rest(FILE *file, size_t count)
{
	if (count > ROWS)
		fprintf(file, "\n%zu more are left out here: the JSON has them all.\n", count - ROWS);
}

static void write_advice(FILE *file, const struct result *result, const struct answer *answer)
{
	struct advice advice;
	char text[RESULT_SENTENCE];

	advice__of(&advice, answer, result);
	fputs("\n## Advice\n\n", file);
	markdown__line(file, "", advice__sentence(text, &advice));
	for (size_t i = 0; i < advice.because_count; i++)
		markdown__line(file, i ? "- " : "\n- ", advice.because[i]);
	if (advice.command[0])
		markdown__line(file, "\nTo prove it: ", advice.command);
}

static void write_threads(FILE *file, const struct result *result)
{
	char time[HUMAN];

	if (!result->thread_count)
		return;
	fputs("\n## Where the time went\n\n| tid | thread | role |", file);
	for (size_t i = 0; i < STATES_MEASURED; i++)
		fprintf(file, " %s |", looks[look_order[i]].name);
	fputs("\n|---:|---|---|", file);
	for (size_t i = 0; i < STATES_MEASURED; i++)
		fputs("---:|", file);
	putc('\n', file);
	for (size_t i = 0; i < result->thread_count && i < ROWS; i++) {
		const struct thread_row *thread = &result->threads[i];

		fprintf(file, "| %" PRIu32 " |", thread->record.tid);
		markdown__cell(file, thread->record.comm);
		fprintf(file, " %s |", result->target ? "" : role_names[thread->role]);
		for (size_t j = 0; j < STATES_MEASURED; j++)
			fprintf(file, " %s |", human__time(time, state__ns(&thread->record, look_order[j])));
		putc('\n', file);
	}
	write_rest(file, result->thread_count);
}

static void write_locks(FILE *file, const struct result *result)
{
	char text[HUMAN], time[HUMAN];

	if (!result->lock_count)
		return;
	fputs("\n## Locks\n\n| lock | kind | counted as | waits | waited | handed over "
	      "|\n|---|---|---|---:|---:|---:|\n",
	      file);
	for (size_t i = 0; i < result->lock_count && i < ROWS; i++) {
		const struct lock_row *lock = &result->locks[i];

		snprintf(text, sizeof(text), "0x%" PRIx64, lock->address);
		fputs("|", file);
		markdown__cell(file, lock->symbol ? lock->symbol : text);
		fprintf(file, " %s | %s | %" PRIu64 " | %s | %" PRIu64 " |\n", lock_kind_names[lock->kind],
			cause_names[lock->cause], lock->waits, human__time(time, lock->wait_ns), lock->hand_overs);
	}
	write_rest(file, result->lock_count);
}

static void write_checks(FILE *file, const struct result *result)
{
	if (result->check_count)
		fputs("\n## Checks\n\n", file);
	for (size_t i = 0; i < result->check_count; i++) {
		fprintf(file, "- %s: ", check_names[result->checks[i].verdict]);
		markdown__text(file, result->checks[i].says);
		markdown__line(file, ": ", result->checks[i].evidence);
	}
}

static void write_accounting(FILE *file, const struct result *result)
{
	char traced[HUMAN], kernel[HUMAN];

	fprintf(file, "\n## Whether to trust it\n\nReconciled with the kernel: %s.\n",
		accounting_names[result__accounting(result)]);
	fputs("\n| figure | traced | the kernel's | status | why |\n|---|---:|---:|---|---|\n", file);
	for (size_t i = 0; i < result->account_count; i++) {
		const struct accounting_row *row = &result->accounting[i];

		if (row->status == ACCOUNT_KERNEL_ONLY)
			continue;
		fputs("|", file);
		markdown__cell(file, row->name);
		fprintf(file, " %s | %s | %s |", account__figure(traced, row, row->traced),
			account__figure(kernel, row, row->kernel), accounting_names[row->status]);
		markdown__cell(file, row->because);
		putc('\n', file);
	}
}

int report__markdown(FILE *file, const struct result *result)
{
	struct answer answer;
	char text[RESULT_SENTENCE];

	fputs("# ", file);
	markdown__text(file, result__title(text, result));
	fputs("\n\n", file);
	if (result->target)
		answer__of(&answer, result);
	markdown__line(file, "", result->target ? answer.says : result__outcome(text, result));
	if (result->target)
		write_advice(file, result, &answer);
	write_threads(file, result);
	write_locks(file, result);
	write_checks(file, result);
	write_accounting(file, result);
	fputs("\nOn ", file);
	markdown__text(file, result->environment.kernel);
	fprintf(file, ", %" PRIu32 " CPUs, mptrace ", result->environment.cpus);
	markdown__line(file, "", result->environment.version);
	return ferror(file) ? -1 : 0;
}
