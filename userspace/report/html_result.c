/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of a run or a profile: the answer, where the time went, who waited for whom, memory, and whether to trust
 * it. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../result/judge.h"
#include "../result/metrics.h"
#include "html.h"
#include "html_timeline.h"
#include "human.h"
#include "pictures.h"
#include "words_of_result.h"

#define ROWS 500 /* of each table; the JSON has them all */

/* Nothing is a dash: what there is stands out. */
static void number(FILE *file, uint64_t value, const char *(*format)(char room[HUMAN], uint64_t value))
{
	char room[HUMAN];

	html__number(file, (double)value, value ? format(room, value) : "-");
}

static void figure(FILE *file, struct figure value, const char *(*format)(char room[HUMAN], uint64_t value))
{
	if (value.missing)
		html__cell(file, "not measured");
	else
		number(file, value.value, format);
}

static void say_rest(FILE *file, size_t count)
{
	char text[96];

	if (count <= ROWS)
		return;
	snprintf(text, sizeof(text), "%zu more are left out here: the JSON has them all.", count - ROWS);
	html__paragraph(file, text);
}

static void write_advice(FILE *file, const struct result *result, const struct answer *answer)
{
	struct advice advice;
	char text[RESULT_SENTENCE];

	advice__of(&advice, answer, result);
	html__section(file, "Advice");
	html__paragraph(file, advice__sentence(text, &advice));
	for (size_t i = 0; i < advice.because_count; i++)
		html__paragraph(file, advice.because[i]);
	if (!advice.command[0])
		return;
	fputs("<p>To prove it: ", file);
	html__code(file, advice.command);
	fputs("</p>\n", file);
}

static void write_thread(FILE *file, const struct result *result, const struct thread_row *thread,
			 bool used[STATE_COUNT])
{
	const struct thread_record *record = &thread->record;
	uint64_t ns[STATE_COUNT] = {0};
	char tid[16];

	html__row(file);
	snprintf(tid, sizeof(tid), "%" PRIu32, record->tid);
	html__number(file, record->tid, tid);
	html__cell(file, record->comm);
	if (!result->target)
		html__cell(file, role_names[thread->role]);
	for (size_t i = 0; i < STATES_MEASURED; i++) {
		ns[look_order[i]] = state__ns(record, look_order[i]);
		used[look_order[i]] |= ns[look_order[i]] > 0;
	}
	html__bar(file, ns);
	for (size_t i = 0; i < STATES_MEASURED; i++)
		number(file, ns[look_order[i]], human__time);
	number(file, record->end_ns - record->start_ns, human__time);
	html__row_end(file);
}

static void write_threads(FILE *file, const struct result *result)
{
	static const char *const times[] = {"where its time went",
					    "#on a CPU",
					    "#for a CPU",
					    "#lock",
					    "#GIL",
					    "#I/O",
					    "#sleep",
					    "#child",
					    "#idle",
					    "#fault",
					    "#other",
					    "#in all"};
	/* Threads of any program have no roles. */
	const char *heads[4 + sizeof(times) / sizeof(*times)] = {"#tid", "thread", "role"};
	bool used[STATE_COUNT] = {false};

	html__section(file, "Where the time went");
	if (!result->thread_count) {
		html__paragraph(file, "Nothing was traced.");
		return;
	}
	memcpy(heads + (result->target ? 2 : 3), times, sizeof(times));
	html__table(file, "A row for each thread: its times add up to what it took from start to end.", heads);
	for (size_t i = 0; i < result->thread_count && i < ROWS; i++)
		write_thread(file, result, &result->threads[i], used);
	html__table_end(file);
	html__legend(file, used);
	say_rest(file, result->thread_count);
}

static void write_process(FILE *file, const struct result *result, const struct process_row *process)
{
	uint64_t ns[STATE_COUNT] = {0};
	const char *name = "";
	struct where where;
	char text[64];
	double share;
	enum bound bound;

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;

		if (record->tgid != process->pid || record->group_start_ns != process->group_start_ns)
			continue;
		if (record->tid == record->tgid)
			name = record->comm;
		for (size_t j = 0; j < STATES_MEASURED; j++)
			ns[look_order[j]] += state__ns(record, look_order[j]);
	}
	html__row(file);
	snprintf(text, sizeof(text), "%" PRIu32, process->pid);
	html__number(file, process->pid, text);
	html__cell(file, name);
	html__cell(file, process->python);
	where__of_process(&where, result, process);
	bound = where__bound(&where, &share);
	snprintf(text, sizeof(text), "%s, %.0f %%", bound_names[bound], 100 * share);
	html__cell(file, text);
	html__bar(file, ns);
	html__row_end(file);
}

/* Of any program: what each was bound by. */
static void write_processes(FILE *file, const struct result *result)
{
	static const char *heads[] = {"#pid", "program", "Python", "most of its threads' time", "all of it", NULL};

	if (!result->target || result->process_count < 2)
		return;
	html__section(file, "Processes");
	html__table(file, NULL, heads);
	for (size_t i = 0; i < result->process_count && i < ROWS; i++)
		write_process(file, result, &result->processes[i]);
	html__table_end(file);
	say_rest(file, result->process_count);
}

static void write_tasks(FILE *file, const struct result *result)
{
	static const char *heads[] = {"#task", "#tid", "#began at", "#took", "how", NULL};

	if (!result->task_count)
		return;
	html__section(file, "Tasks");
	fputs("<details><summary>Each task, when it began and how long it took</summary>\n", file);
	html__table(file, NULL, heads);
	for (size_t i = 0; i < result->task_count && i < ROWS; i++) {
		const struct task_row *task = &result->tasks[i];
		char room[HUMAN];

		html__row(file);
		snprintf(room, sizeof(room), "%" PRIu64, task->id);
		html__number(file, (double)task->id, room);
		snprintf(room, sizeof(room), "%" PRIu32, task->tid);
		html__number(file, task->tid, room);
		figure(file, task->start_ns ? measured(task->start_ns - result->gate_ns) : not_measured("none"),
		       human__time);
		figure(file, task->end_ns ? measured(task->end_ns - task->start_ns) : not_measured("none"),
		       human__time);
		html__cell(file, task->failed ? "failed" : task->end_ns ? "done" : "did not end");
		html__row_end(file);
	}
	html__table_end(file);
	say_rest(file, result->task_count);
	fputs("</details>\n", file);
}

static void write_switches(FILE *file, const struct result *result)
{
	static const char *const says[SWITCH_CLASSES] = {"because it had to wait",
							 "although it could run on",
							 "yielded",
							 "in, after a thread of its process",
							 "in, after a thread of another process",
							 "in, after an idle CPU"};
	static const char *heads[] = {"a thread left its CPU, or came", "#times", NULL};

	html__section(file, "Switches");
	html__table(file, NULL, heads);
	for (int i = 0; i < SWITCH_CLASSES; i++) {
		uint64_t sum = 0;

		for (size_t j = 0; j < result->thread_count; j++)
			sum += result->threads[j].record.switches[i];
		html__row(file);
		html__cell(file, says[i]);
		number(file, sum, human__count);
		html__row_end(file);
	}
	html__table_end(file);
}

/* @with_most: who handed it to whom most often is known. */
static void write_lock(FILE *file, const struct lock_row *lock, bool with_most)
{
	char text[96];

	html__row(file);
	snprintf(text, sizeof(text), "0x%" PRIx64, lock->address);
	html__cell(file, lock->symbol ? lock->symbol : text);
	html__cell(file, lock->kind == LOCK_UNKNOWN ? "" : lock_kind_names[lock->kind]);
	html__cell(file, cause_names[lock->cause]);
	number(file, lock->waits, human__count);
	number(file, lock->wait_ns, human__time);
	number(file, lock->hand_overs, human__count);
	if (!with_most)
		return html__row_end(file);
	text[0] = '\0';
	if (lock->most_times)
		snprintf(text, sizeof(text), "%" PRIu32 " to %" PRIu32 " (%" PRIu64 " times)", lock->most_from,
			 lock->most_to, lock->most_times);
	html__cell(file, text);
	html__row_end(file);
}

static void write_locks(FILE *file, const struct result *result)
{
	bool with_most = result->target; /* only of any program */
	const char *heads[] = {"lock",
			       "kind",
			       "counted as",
			       "#waits",
			       "#waited",
			       "#handed over",
			       with_most ? "most often from and to" : NULL,
			       NULL};

	html__section(file, "Locks");
	if (!result->lock_count) {
		html__paragraph(file, "No thread waited for a lock.");
		return;
	}
	html__table(file, "Also what threads without work wait at: counted as idle.", heads);
	for (size_t i = 0; i < result->lock_count && i < ROWS; i++)
		write_lock(file, &result->locks[i], with_most);
	html__table_end(file);
	say_rest(file, result->lock_count);
}

static void write_files(FILE *file, const struct result *result)
{
	static const char *heads[] = {"file", "kind", "#waits", "#waited", NULL};

	if (!result->file_count)
		return;
	html__section(file, "Files that were waited for");
	html__table(file, NULL, heads);
	for (size_t i = 0; i < result->file_count && i < ROWS; i++) {
		html__row(file);
		html__cell(file, result->files[i].name[0] ? result->files[i].name : "(no name)");
		html__cell(file, io_kind_names[result->files[i].kind]);
		number(file, result->files[i].waits, human__count);
		number(file, result->files[i].wait_ns, human__time);
		html__row_end(file);
	}
	html__table_end(file);
	say_rest(file, result->file_count);
}

static void write_memory(FILE *file, const struct result *result, const struct spans *spans)
{
	static const char *heads[] = {
		"#pid",		 "role",	  "#peak (RSS)",      "#own share at the end (PSS)",
		"#minor faults", "#major faults", "#copied on write", NULL};
	char text[HUMAN + 64], room[HUMAN];

	html__section(file, "Memory");
	if (!result->target) {
		snprintf(text, sizeof(text), "Peak of the whole group: %s.",
			 human__figure(room, result->cgroup.memory_peak_bytes, human__size));
		html__paragraph(file, text);
	}
	html__memory(file, result, spans);
	html__table(file, NULL, heads);
	for (size_t i = 0; i < result->process_count && i < ROWS; i++) {
		const struct process_row *process = &result->processes[i];

		html__row(file);
		snprintf(room, sizeof(room), "%" PRIu32, process->pid);
		html__number(file, process->pid, room);
		html__cell(file, result->target ? process->python[0] ? "Python" : "" : role_names[process->role]);
		figure(file, process->peak_rss_bytes, human__size);
		figure(file, process->pss_bytes, human__size);
		figure(file, process->minor_faults, human__count);
		figure(file, process->major_faults, human__count);
		figure(file, process->cow_faults, human__count);
		html__row_end(file);
	}
	html__table_end(file);
	say_rest(file, result->process_count);
}

static void write_checks(FILE *file, const struct result *result)
{
	static const char *const classes[] = {"good", "bad", "open"};

	if (!result->check_count)
		return;
	html__section(file, "Checks");
	for (size_t i = 0; i < result->check_count; i++) {
		const struct check_row *check = &result->checks[i];

		fprintf(file, "<p><span class=\"%s\">%s</span> ", classes[check->verdict], check_names[check->verdict]);
		html__text(file, check->says);
		fputs(" <span class=\"soft\">", file);
		html__text(file, check->evidence);
		fputs("</span></p>\n", file);
	}
}

static double value_of(struct figure figure)
{
	return figure.missing ? NAN : (double)figure.value;
}

static void write_accounting(FILE *file, const struct result *result)
{
	static const char *heads[] = {"reconciled with the kernel", "#traced", "#the kernel's", "status", "why", NULL};

	html__section(file, "Whether to trust it");
	html__table(file, NULL, heads);
	for (size_t i = 0; i < result->account_count; i++) {
		const struct accounting_row *row = &result->accounting[i];
		char room[HUMAN];

		if (row->status == ACCOUNT_KERNEL_ONLY)
			continue;
		html__row(file);
		html__cell(file, row->name);
		html__number(file, value_of(row->traced), account__figure(room, row, row->traced));
		html__number(file, value_of(row->kernel), account__figure(room, row, row->kernel));
		html__cell(file, accounting_names[row->status]);
		html__cell(file, row->because);
		html__row_end(file);
	}
	html__table_end(file);
}

static void write_bill(FILE *file, const struct result *result)
{
	char text[RESULT_SENTENCE], room[HUMAN];
	uint64_t lost = 0;

	for (int i = 0; i < LOSS_COUNT; i++)
		lost += result->tracer.lost[i];
	snprintf(text, sizeof(text), "Watching cost %s per context switch",
		 human__figure(room, result->tracer.ns_per_switch, human__time));
	if (!result->tracer.cpu_permille.missing)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 ", %.1f %% of the CPU time of what was watched",
			 (double)result->tracer.cpu_permille.value / 10);
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "; %s.",
		 lost			 ? "events were lost, see tracer.lost in the JSON"
		 : result->timeline.lost ? "but for events of the timeline nothing was lost"
					 : "nothing was lost");
	html__paragraph(file, text);
	snprintf(text, sizeof(text), "On %s, %" PRIu32 " CPUs (%s), control groups %s, mptrace %s.",
		 result->environment.kernel, result->environment.cpus, result->environment.cpus_allowed,
		 result->environment.cgroup_mode, result->environment.version);
	html__paragraph(file, text);
}

int report__page(FILE *file, const struct result *result)
{
	struct failure failure = {0};
	struct spans spans;
	int status;

	if (!result->timeline.kept)
		return report__html(file, result, NULL);
	if (spans__of(&spans, result, &failure)) {
		errno = ENOMEM;
		status = -1;
	} else {
		status = report__html(file, result, &spans);
	}
	spans__free(&spans);
	return status;
}

int report__html(FILE *file, const struct result *result, const struct spans *spans)
{
	struct answer answer;
	char title[RESULT_SENTENCE], text[RESULT_SENTENCE];

	if (result->target)
		answer__of(&answer, result);
	html__begin(file, result__title(title, result), result->target ? answer.says : result__outcome(text, result));
	if (result->target)
		write_advice(file, result, &answer);
	write_threads(file, result);
	html__timeline(file, result, spans);
	write_processes(file, result);
	write_tasks(file, result);
	write_locks(file, result);
	write_files(file, result);
	write_switches(file, result);
	write_memory(file, result, spans);
	write_checks(file, result);
	write_accounting(file, result);
	write_bill(file, result);
	html__end(file);
	return ferror(file) ? -1 : 0;
}
