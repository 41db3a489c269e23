/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A result as one table: a row for each thread, task and lock (the first column says which), and what a row does not
 * have is empty. ts and dur, as Perfetto calls them: ns since the gate, and ns.
 */
#include <inttypes.h>

#include "csv.h"
#include "looks.h"
#include "report.h"

static void write_header(FILE *file)
{
	fputs("row,id,pid,tid,name,role,ts,dur", file);
	for (size_t i = 0; i < STATES_MEASURED; i++)
		fprintf(file, ",%s_ns", looks[look_order[i]].key);
	fputs(",switches,waits,wait_ns,hand_overs,failed\r\n", file);
}

static void write_blanks(FILE *file, size_t count)
{
	while (count--)
		putc(',', file);
}

static void write_thread(FILE *file, const struct result *result, const struct thread_row *thread)
{
	const struct thread_record *record = &thread->record;
	uint64_t switches = record->switches[SWITCH_VOLUNTARY] + record->switches[SWITCH_INVOLUNTARY] +
			    record->switches[SWITCH_YIELD];

	fprintf(file, "thread,,%" PRIu32 ",%" PRIu32 ",", record->tgid, record->tid);
	csv__text(file, record->comm);
	fprintf(file, ",%s,%" PRIu64 ",%" PRIu64, result->target ? "" : role_names[thread->role],
		result__since_gate(result, record->start_ns), (uint64_t)(record->end_ns - record->start_ns));
	for (size_t i = 0; i < STATES_MEASURED; i++)
		fprintf(file, ",%" PRIu64, state__ns(record, look_order[i]));
	fprintf(file, ",%" PRIu64 ",,,,\r\n", switches);
}

static void write_task(FILE *file, const struct result *result, const struct task_row *task)
{
	fprintf(file, "task,%" PRIu64 ",", task->id);
	if (task->start_ns)
		fprintf(file, "%" PRIu32 ",%" PRIu32 ",,,%" PRIu64 ",", task->pid, task->tid,
			task->start_ns - result->gate_ns);
	else
		write_blanks(file, 5);
	if (task->end_ns)
		fprintf(file, "%" PRIu64, task->end_ns - task->start_ns);
	write_blanks(file, STATES_MEASURED + 5);
	fprintf(file, "%d\r\n", task->failed);
}

static void write_lock(FILE *file, const struct lock_row *lock)
{
	char address[32];

	snprintf(address, sizeof(address), "0x%" PRIx64, lock->address);
	fputs("lock,,", file);
	if (!lock->shared)
		fprintf(file, "%" PRIu32, lock->tgid);
	fputs(",,", file);
	csv__text(file, lock->symbol ? lock->symbol : address);
	fprintf(file, ",%s", lock_kind_names[lock->kind]);
	write_blanks(file, STATES_MEASURED + 4);
	fprintf(file, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",\r\n", lock->waits, lock->wait_ns, lock->hand_overs);
}

int report__csv(FILE *file, const struct result *result)
{
	write_header(file);
	for (size_t i = 0; i < result->thread_count; i++)
		write_thread(file, result, &result->threads[i]);
	for (size_t i = 0; i < result->task_count; i++)
		write_task(file, result, &result->tasks[i]);
	for (size_t i = 0; i < result->lock_count; i++)
		write_lock(file, &result->locks[i]);
	return ferror(file) ? -1 : 0;
}
