/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a newcomer reads: one function per section, 100 columns. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../result/judge.h"
#include "../result/metrics.h"
#include "human.h"
#include "looks.h"
#include "report.h"
#include "sections.h"
#include "words.h"

#define LABEL SECTION_LABEL
#define BAR 30
#define LOCKS_SHOWN 5

static struct figure metric(const struct result *result, const char *name)
{
	return metric__of(metric__find(name), result);
}

static void label(const struct page *page, const char *name)
{
	words__label(page->file, page->style, LABEL, name);
}

static void colored(const struct page *page, const char *code, const char *text)
{
	words__colored(page->file, page->style, code, text);
}

static void plain(const struct page *page, const char *text)
{
	words__plain(page->file, page->style, text, UINT_MAX, false);
}

static void wrapped(const struct page *page, unsigned indent, const char *text)
{
	words__wrapped(page->file, page->style, indent, false, text);
}

static const char *ratio(char room[HUMAN], uint64_t thousandths)
{
	snprintf(room, HUMAN, "%.2f", (double)thousandths / 1000);
	return room;
}

/* Which Python, and what of it ran the tasks. */
static void print_python(const struct page *page)
{
	static const char *const gils[] = {"whether it has a GIL is not known", "with the GIL", "without a GIL"};
	const struct experiment *experiment = page->result->experiment;
	const struct workload_kind *kind = &workload_kinds[experiment->plan.workload];
	const struct interpreter *interpreter = &experiment->python.interpreter;

	fprintf(page->file, "\n%*sin %s (", LABEL, "", interpreter->version);
	plain(page, interpreter->path);
	fprintf(page->file, "), %s", gils[interpreter->gil]);
	if (kind->pooled)
		fprintf(page->file, ", by %s", experiment->python.method);
	if (kind->processes)
		fprintf(page->file, ", processes by %s", experiment->python.start_method);
}

/* What else the workload meets, on a line of its own. */
static void print_conditions(const struct page *page)
{
	const struct experiment *experiment = page->result->experiment;
	char size[HUMAN], parts[256] = "";
	size_t length = 0;

	if (experiment->plan.parent_memory)
		length += (size_t)snprintf(parts + length, sizeof(parts) - length, ", first process with %s",
					   human__size(size, experiment->plan.parent_memory));
	if (experiment->open_files)
		length += (size_t)snprintf(parts + length, sizeof(parts) - length, ", at most %" PRIu64 " open files",
					   experiment->open_files);
	if (experiment->max_processes)
		length += (size_t)snprintf(parts + length, sizeof(parts) - length,
					   ", at most %" PRIu64 " processes and threads", experiment->max_processes);
	if (experiment->plan.signal)
		snprintf(parts + length, sizeof(parts) - length, ", signal %s", experiment->signal_text);
	if (parts[0])
		fprintf(page->file, "\n%*s%s", LABEL, "", parts + 2);
}

static void print_what(const struct page *page)
{
	const struct experiment *experiment = page->result->experiment;
	const struct plan *plan = &experiment->plan;
	char tasks[HUMAN], size[HUMAN];

	label(page, workload_kinds[plan->workload].name);
	fprintf(page->file, "%s task%s of %s", human__count(tasks, plan->tasks), plan->tasks == 1 ? "" : "s",
		experiment->task_text);
	if (workload_kinds[plan->workload].pooled)
		fprintf(page->file, ", %" PRIu32 " %s, %" PRIu64 " %s handed out at once", plan->workers,
			workload_kinds[plan->workload].processes ? "worker processes" : "worker threads", plan->chunk,
			plan->chunk == 1 ? "task" : "tasks");
	else if (plan->workload != WORKLOAD_SERIAL && plan->workers)
		fprintf(page->file, ", at most %" PRIu32 " at a time", plan->workers);
	else if (plan->workload != WORKLOAD_SERIAL)
		fputs(", all started at once", page->file);
	fprintf(page->file, "\n%*son %s, %" PRIu32 " CPUs (%s), as user %s", LABEL, "",
		page->result->environment.kernel, page->result->environment.cpus,
		experiment->cpus ? experiment->cpus : page->result->environment.cpus_allowed, experiment->user);
	if (plan->engine == ENGINE_PYTHON)
		print_python(page);
	if (experiment->memory_limit)
		fprintf(page->file, ", memory limit %s", human__size(size, experiment->memory_limit));
	if (experiment->cpu_limit)
		fprintf(page->file, ", CPU limit %" PRIu32 " %%", experiment->cpu_limit);
	print_conditions(page);
	putc('\n', page->file);
}

static void print_outcome(const struct page *page)
{
	const struct result *result = page->result;

	if (result->outcome.status == OUTCOME_OK)
		return;
	label(page, "Outcome");
	colored(page, WORDS_RED, outcome_names[result->outcome.status]);
	if (result->outcome.status == OUTCOME_INTERRUPTED)
		fprintf(page->file, " by signal %d: what was measured so far", result->outcome.signal);
	putc('\n', page->file);
	wrapped(page, LABEL, result->outcome.says);
	fprintf(page->file, "%*s%" PRIu64 " of %zu tasks ended\n", LABEL, "", result->outcome.tasks_done,
		result->task_count);
}

/* A mean and what it means; without a number, what was meant stands before the reason. */
static void print_mean(const struct page *page, const char *metric_name, const char *says, const char *means)
{
	struct figure figure = metric(page->result, metric_name);
	char room[HUMAN];

	human__figure(room, figure, ratio);
	if (figure.missing)
		fprintf(page->file, "%*s%s: %s\n", LABEL, "", says, room);
	else
		fprintf(page->file, "%*s%s %s on average%s\n", LABEL, "", room, says, means);
}

static void print_time(const struct page *page)
{
	struct figure together = metric(page->result, "together");
	char wall[HUMAN];

	label(page, "Time");
	fprintf(page->file, "%s%s\n", human__figure(wall, page->result->outcome.wall_ns, human__time),
		page->result->outcome.wall_ns.missing ? ""
						      : " from the start to the last result in the caller's hands");
	print_mean(page, "tasks_in_flight", "tasks in flight", " (started and not ended; not a speed-up)");
	print_mean(page, "parallelism", "workers on a CPU", ", while any is (parallelism)");
	if (!together.missing)
		fprintf(page->file, "%*stwo or more of them %.1f %% of that time\n", LABEL, "",
			(double)together.value / 10);
	if (result__is_disturbed(page->result))
		fprintf(page->file, "%*sother programs had %.0f %% of the CPUs meanwhile: alone it may be faster\n",
			LABEL, "", (double)page->result->foreign_permille.value / 10);
}

/* All whose time it is together: the metric of that name. */
static uint64_t spent(const struct result *result, enum state state)
{
	char name[32];

	snprintf(name, sizeof(name), "%s_ns", looks[state].key);
	return metric(result, name).value;
}

static void print_bar(const struct page *page, const struct look *look, uint64_t part, uint64_t whole)
{
	unsigned full = (unsigned)((double)part * BAR / (double)whole + 0.5);
	char time[HUMAN];

	if (!part)
		return;
	fprintf(page->file, "%*s%-26s %10s %5.1f %%%s", LABEL, "", look->says, human__time(time, part),
		(double)part * 100 / (double)whole, full ? "  " : "");
	if (full && page->style.color)
		fprintf(page->file, "\033[38;5;%um", look->terminal);
	for (unsigned i = 0; i < full; i++)
		fputs(page->style.unicode ? "\u2588" : "#", page->file);
	fputs(full && page->style.color ? "\033[0m\n" : "\n", page->file);
}

void section__causes(const struct page *page)
{
	uint64_t whole = 0;

	if (!page->result->experiment->traced)
		return;
	for (size_t i = 0; i < STATES_MEASURED; i++)
		whole += spent(page->result, look_order[i]);
	label(page, page->result->target ? "Threads' time" : "Workers' time");
	fprintf(page->file, "where it went, all %s together\n", page->result->target ? "threads" : "workers");
	for (size_t i = 0; whole && i < STATES_MEASURED; i++)
		print_bar(page, &looks[look_order[i]], spent(page->result, look_order[i]), whole);
}

/* What a CPU limit did. */
void section__throttled(const struct page *page)
{
	struct figure throttled = page->result->cgroup.throttled_ns;
	char time[HUMAN];

	if (!throttled.missing && throttled.value)
		fprintf(page->file, "%*sthe CPU limit held the group back for %s: it shows as waiting for a CPU\n",
			LABEL, "", human__time(time, throttled.value));
}

void section__switches(const struct page *page)
{
	const struct result *result = page->result;
	char a[HUMAN], b[HUMAN], c[HUMAN], d[HUMAN], e[HUMAN];

	if (!result->experiment->traced)
		return;
	label(page, "Switches");
	fprintf(page->file, "%s because it had to wait, %s although it could run on, %s yielded\n",
		human__count(a, metric(result, "switches_voluntary").value),
		human__count(b, metric(result, "switches_involuntary").value),
		human__count(c, metric(result, "switches_yield").value));
	fprintf(page->file, "%*s%s to another thread of the same process, %s to another process\n", LABEL, "",
		human__count(d, metric(result, "switches_thread").value),
		human__count(e, metric(result, "switches_process").value));
}

static void print_lock(const struct page *page, const struct lock_row *lock)
{
	char name[48], waits[HUMAN], time[HUMAN], overs[HUMAN];

	snprintf(name, sizeof(name), "0x%" PRIx64, lock->address);
	if (lock->symbol)
		snprintf(name, sizeof(name), "%-16.20s", lock->symbol);
	fprintf(page->file, "%*s", LABEL, "");
	plain(page, name);
	fprintf(page->file, "%*s %-9s %-7s %9s waits %10s  %9s handed over\n",
		strlen(name) < 16 ? 16 - (int)strlen(name) : 0, "",
		lock->kind == LOCK_UNKNOWN ? "" : lock_kind_names[lock->kind], lock->shared ? "shared" : "private",
		human__count(waits, lock->waits), human__time(time, lock->wait_ns),
		human__count(overs, lock->hand_overs));
}

/* What the author of an article on the GIL would want to know. */
static void print_gil(const struct page *page)
{
	const struct result *result = page->result;
	uint64_t late = metric(result, "gil_after_io_ns").value;
	uint64_t waited = metric(result, "gil_ns").value, ran = metric(result, "on_cpu_ns").value;
	char waits[HUMAN], overs[HUMAN], drops[HUMAN];

	if (!result->experiment->traced || result->experiment->plan.engine != ENGINE_PYTHON)
		return;
	label(page, "GIL");
	if (result->experiment->python.interpreter.gil != GIL_PRESENT) {
		fputs("this interpreter runs without one\n", page->file);
		return;
	}
	if (!metric(result, "gil_waits").value) {
		fputs("no thread waited for it\n", page->file);
		return;
	}
	fprintf(page->file, "workers waited for it %.1f %% of the time that they ran or waited for it\n",
		ran + waited ? (double)waited * 100 / (double)(ran + waited) : 0);
	fprintf(page->file, "%*s%s waits: %s ended by a thread that gave it up, %s by the switch interval\n", LABEL, "",
		human__count(waits, metric(result, "gil_waits").value),
		human__count(overs, metric(result, "gil_hand_overs").value),
		human__count(drops, metric(result, "gil_forced_drops").value));
	if (late)
		fprintf(page->file, "%*sit made finished I/O and sleeps %s late, all together\n", LABEL, "",
			human__time(drops, late));
}

/* What pickling costs in bytes; other reads and writes of the workers are in it. */
static void print_moved(const struct page *page)
{
	const struct result *result = page->result;
	char read[HUMAN], written[HUMAN], reads[HUMAN], writes[HUMAN];

	if (!result->experiment->traced || result->experiment->plan.engine != ENGINE_PYTHON ||
	    !workload_kinds[result->experiment->plan.workload].processes)
		return;
	label(page, "Moved");
	fprintf(page->file, "workers read %s in %s calls and wrote %s in %s, through pipes and files\n",
		human__size(read, metric(result, "read_bytes").value),
		human__count(reads, metric(result, "read_calls").value),
		human__size(written, metric(result, "written_bytes").value),
		human__count(writes, metric(result, "write_calls").value));
}

static void print_calls(const struct page *page)
{
	char calls[HUMAN];

	if (!page->result->experiment->count_calls)
		return;
	label(page, "System calls");
	fprintf(page->file, "%s by all workers together\n",
		human__figure(calls, metric(page->result, "system_calls"), human__count));
}

void section__locks(const struct page *page)
{
	const struct result *result = page->result;
	char waits[HUMAN], time[HUMAN];
	size_t shown = 0, unnamed = 0;
	uint64_t unnamed_ns = 0;

	if (!result->experiment->traced)
		return;
	label(page, "Locks");
	if (metric(result, "lock_waits").missing) {
		fprintf(page->file, "not known: %s\n", metric(result, "lock_waits").missing);
		return;
	}
	if (!metric(result, "lock_waits").value) {
		fputs("no thread waited for a lock\n", page->file);
		return;
	}
	fprintf(page->file, "%s wait%s, %s in all threads together\n",
		human__count(waits, metric(result, "lock_waits").value),
		metric(result, "lock_waits").value == 1 ? "" : "s",
		human__time(time, metric(result, "lock_wait_ns").value));
	for (size_t i = 0; i < result->lock_count && shown < LOCKS_SHOWN; i++) {
		const struct lock_row *lock = &result->locks[i];

		if (lock->cause != CAUSE_LOCK && lock->cause != CAUSE_GIL)
			continue;
		/* In Python these are mostly the owner's own: waiting for a result, for a thread to start. */
		if (result->experiment->plan.engine == ENGINE_PYTHON && !lock->symbol && lock->kind == LOCK_UNKNOWN) {
			unnamed++;
			unnamed_ns += lock->wait_ns;
			continue;
		}
		print_lock(page, lock);
		shown++;
	}
	if (unnamed)
		fprintf(page->file, "%*s%zu without a name: %s, mostly the owner that waits for its workers\n", LABEL,
			"", unnamed, human__time(time, unnamed_ns));
}

/* The span of a figure over all worker processes that have it. */
static struct figure span(const struct result *result, size_t offset, bool largest)
{
	struct figure found = not_measured("no worker process was there to read it from");

	for (size_t i = 0; i < result->process_count; i++) {
		const struct figure *figure = (const struct figure *)((const char *)&result->processes[i] + offset);

		if (result->processes[i].role != ROLE_WORKER || figure->missing)
			continue;
		if (found.missing || (largest ? figure->value > found.value : figure->value < found.value))
			found = *figure;
	}
	return found;
}

static void print_span(const struct page *page, const char *says, size_t offset)
{
	struct figure least = span(page->result, offset, false), most = span(page->result, offset, true);
	char a[HUMAN], b[HUMAN];

	if (least.missing)
		return;
	fprintf(page->file, "%*s%s: %s", LABEL, "", says, human__size(a, least.value));
	if (strcmp(a, human__size(b, most.value)))
		fprintf(page->file, " to %s", b);
	putc('\n', page->file);
}

/* A map materialises its arguments in the process that calls it. */
static void print_caller(const struct page *page)
{
	const struct result *result = page->result;
	char peak[HUMAN];

	for (size_t i = 0; result->experiment->plan.engine == ENGINE_PYTHON && i < result->process_count; i++)
		if (result->processes[i].role == ROLE_MAIN && !result->processes[i].peak_rss_bytes.missing)
			fprintf(page->file, "%*sthe caller at its peak (RSS): %s\n", LABEL, "",
				human__size(peak, result->processes[i].peak_rss_bytes.value));
}

static void print_memory(const struct page *page)
{
	char peak[HUMAN], cow[HUMAN], faults[HUMAN];

	label(page, "Memory");
	fprintf(page->file, "%s peak of the whole group\n",
		human__figure(peak, page->result->cgroup.memory_peak_bytes, human__size));
	if (!page->result->experiment->traced)
		return;
	print_caller(page);
	print_span(page, "each worker at its peak (RSS)", offsetof(struct process_row, peak_rss_bytes));
	print_span(page, "each worker's own share at the end (PSS)", offsetof(struct process_row, pss_bytes));
	fprintf(page->file, "%*s%s page faults, of which %s wrote to a page shared since fork (copy-on-write)\n", LABEL,
		"", human__count(faults, metric(page->result, "faults").value),
		human__count(cow, metric(page->result, "faults_cow").value));
}

/* What race and exchange steps came to. */
static void print_shared(const struct page *page)
{
	struct figure lost = metric(page->result, "lost_updates"), messages = metric(page->result, "messages");
	char count[HUMAN];

	if (!lost.missing) {
		label(page, "Race");
		fprintf(page->file, "%s additions to the shared counter were lost\n", human__count(count, lost.value));
	}
	if (!messages.missing) {
		label(page, "Exchange");
		fprintf(page->file, "%s round trips between partners arrived\n", human__count(count, messages.value));
	}
}

static void print_creation(const struct page *page)
{
	struct figure created = metric(page->result, "created_ns"), ready = metric(page->result, "pool_ready_ns");
	char time[HUMAN];

	if (created.missing)
		return;
	label(page, "Creation");
	fprintf(page->file, "%s from asking for a worker to its first instant on a CPU (median)\n",
		human__time(time, created.value));
	if (!ready.missing)
		fprintf(page->file, "%*s%s from the start until all workers of the pool were ready\n", LABEL, "",
			human__time(time, ready.value));
}

static void print_checks(const struct page *page)
{
	static const char *const colors[] = {WORDS_GREEN, WORDS_RED, WORDS_YELLOW};

	for (size_t i = 0; i < page->result->check_count; i++) {
		const struct check_row *check = &page->result->checks[i];
		char word[16];

		label(page, i ? "" : "Checks");
		snprintf(word, sizeof(word), "%-10s", check_names[check->verdict]);
		colored(page, colors[check->verdict], word);
		fprintf(page->file, "%s\n", check->says);
		wrapped(page, LABEL + 10, check->evidence);
	}
}

void section__accounting(const struct page *page)
{
	const struct result *result = page->result;
	enum accounting_status worst = result__accounting(result);

	if (!result->experiment->traced)
		return;
	label(page, "Accounting");
	fputs("reconciled with the kernel: ", page->file);
	colored(page, worst == ACCOUNT_OFF ? WORDS_RED : WORDS_GREEN, accounting_names[worst]);
	putc('\n', page->file);
	for (size_t i = 0; i < result->account_count; i++) {
		const struct accounting_row *row = &result->accounting[i];
		char traced[HUMAN], kernel[HUMAN];
		const char *(*format)(char room[HUMAN], uint64_t) =
			strcmp(row->unit, "ns") ? human__count : human__time;

		if (row->status == ACCOUNT_KERNEL_ONLY)
			continue;
		fprintf(page->file, "%*s%-26s %12s traced %12s kernel  %s\n", LABEL, "", row->name,
			format(traced, row->traced.value), format(kernel, row->kernel.value),
			accounting_names[row->status]);
		if (row->status == ACCOUNT_OFF)
			wrapped(page, LABEL + 2, row->because);
	}
}

void section__bill(const struct page *page)
{
	const struct result *result = page->result;
	char per_switch[HUMAN], events[HUMAN], lost[HUMAN];
	uint64_t losses = 0;

	label(page, "Watching");
	if (!result->experiment->traced) {
		fputs("nothing was attached (--no-trace)\n", page->file);
		return;
	}
	fprintf(page->file, "cost %s per context switch",
		human__figure(per_switch, result->tracer.ns_per_switch, human__time));
	if (!result->tracer.cpu_permille.missing)
		fprintf(page->file, ", %.1f %% of the CPU time of what was watched",
			(double)result->tracer.cpu_permille.value / 10);
	if (!result->tracer.note_ns.missing)
		fprintf(page->file, "\n%*snoting a task costs its worker %s", LABEL, "",
			human__time(per_switch, result->tracer.note_ns.value));
	if (result->timeline.kept)
		fprintf(page->file, "\n%*sits timeline has %s events; %s had no room", LABEL, "",
			human__count(events, result->timeline.count), human__count(lost, result->timeline.lost));
	for (int i = 0; i < LOSS_COUNT; i++)
		losses += result->tracer.lost[i];
	fprintf(page->file, "\n%*s%s\n", LABEL, "",
		losses			? "events were lost:"
		: result->timeline.lost ? "nothing else was lost"
					: "nothing was lost");
	for (int i = 0; losses && i < LOSS_COUNT; i++)
		if (result->tracer.lost[i])
			fprintf(page->file, "%*slost %s: %" PRIu64 "\n", LABEL, "", loss_names[i],
				result->tracer.lost[i]);
}

static void print_drift(const struct page *page)
{
	double before = (double)page->result->calibrated.cpu, after = (double)page->result->calibrated_after;

	if (!before || !after || (after / before < 1.05 && before / after < 1.05))
		return;
	label(page, "Note");
	fprintf(page->file, "the CPU's speed drifted by %+.0f %% during the run: cpu steps lasted accordingly\n",
		(after / before - 1) * 100);
}

void report__what(FILE *file, const struct result *result)
{
	print_what(&(const struct page){file, style__of(file), result});
}

int report__text(FILE *file, const struct result *result, struct style style)
{
	const struct page page = {file, style, result};

	if (result->target)
		return report__profile(&page, false);
	print_what(&page);
	print_outcome(&page);
	print_time(&page);
	section__causes(&page);
	section__throttled(&page);
	section__switches(&page);
	print_gil(&page);
	section__locks(&page);
	print_moved(&page);
	print_shared(&page);
	print_calls(&page);
	print_memory(&page);
	print_creation(&page);
	print_checks(&page);
	section__accounting(&page);
	section__bill(&page);
	print_drift(&page);
	return ferror(file) ? -1 : 0;
}
