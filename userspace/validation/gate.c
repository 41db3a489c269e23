/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../cgroups/cgroup.h"
#include "../base/clock.h"

/*
 * The limits (that of foreign time is MOST_FOREIGN), set by tools/gates from 100 idle trials so that at most 5 % are
 * voided. Shares are of the time of the trial's CPUs, from set-up to tear-down. The share of steal is that beyond what
 * is usual in the same validation.
 */
#define MOST_STEAL 0.10
#define MOST_MEMORY_STALL 0.05

/* Sum of the values that follow the @keys in a file of "KEY VALUE" lines. */
static uint64_t sum_of_keys(const char *path, const char *const *keys)
{
	FILE *file = fopen(path, "re");
	uint64_t sum = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		for (size_t i = 0; keys[i]; i++)
			if (!strncmp(line, keys[i], strlen(keys[i])) && line[strlen(keys[i])] == ' ')
				sum += strtoull(line + strlen(keys[i]), NULL, 10);
	if (file)
		fclose(file);
	return sum;
}

/* Time in which nothing could run for want of memory (PSI), ns; 0 where the kernel does not say. */
static uint64_t memory_stall_ns(void)
{
	FILE *file = fopen("/proc/pressure/memory", "re");
	uint64_t us = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		const char *total = strstr(line, "total=");

		if (!strncmp(line, "full", 4) && total)
			us = strtoull(total + 6, NULL, 10);
	}
	if (file)
		fclose(file);
	return us * 1000;
}

static bool read_process(pid_t pid, struct process_time *process)
{
	char path[64], text[512] = "", *end;
	unsigned long long user, system;
	unsigned cpu;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (file && !fgets(text, sizeof(text), file))
		text[0] = '\0';
	if (file)
		fclose(file);
	end = strrchr(text, ')'); /* the name may hold anything */
	/* Fields 14, 15 and 39 of proc(5); the name was the second. */
	if (!end || !strchr(text, '(') ||
	    sscanf(end + 2,
		   "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %u",
		   &user, &system, &cpu) != 3)
		return false;
	*end = '\0';
	process->pid = pid;
	process->ticks = user + system;
	process->cpu = cpu;
	snprintf(process->comm, sizeof(process->comm), "%.15s", strchr(text, '(') + 1);
	for (char *at = process->comm; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return true;
}

/* All processes but ourselves. */
static void read_processes(struct gate_snapshot *snapshot)
{
	DIR *list = opendir("/proc");
	struct dirent *entry;
	size_t room = 0;

	while (list && (entry = readdir(list))) {
		pid_t pid = atoi(entry->d_name);

		if (pid <= 0 || pid == getpid())
			continue;
		if (snapshot->process_count == room) {
			size_t more = room ? 2 * room : 256;
			void *grown = realloc(snapshot->processes, more * sizeof(*snapshot->processes));

			if (!grown)
				break;
			snapshot->processes = grown;
			room = more;
		}
		snapshot->process_count += read_process(pid, &snapshot->processes[snapshot->process_count]);
	}
	if (list)
		closedir(list);
}

void gate_snapshot__take(struct gate_snapshot *snapshot, const char *cpus)
{
	static const char *const swaps[] = {"pswpin", "pswpout", NULL};
	cpu_set_t set;

	host__cpu_set(cpus, &set);
	*snapshot = (struct gate_snapshot){0};
	read_processes(snapshot);
	snapshot->swapped_pages = sum_of_keys("/proc/vmstat", swaps);
	snapshot->memory_stall_ns = memory_stall_ns();
	snapshot->throttled_above_ns = cgroup__throttled_above();
	snapshot->waited_ns = host__cpu_ns_of(RUSAGE_CHILDREN);
	host__cpu_times(&set, &snapshot->cpus);
	snapshot->ns = clock_ns();
}

void gate_snapshot__free(struct gate_snapshot *snapshot)
{
	free(snapshot->processes);
	snapshot->processes = NULL;
}

static uint64_t since(uint64_t after, uint64_t before)
{
	return after > before ? after - before : 0;
}

/* CPU time of the trial's CPUs between the two: what there was to use. */
static double capacity_ns(const struct gate_snapshot *before, const struct gate_snapshot *after)
{
	return (double)since(after->ns, before->ns) * (after->cpus.cpus ? after->cpus.cpus : 1);
}

/* Who used most CPU time meanwhile, of those that ran last on one of @cpus; the two lists are short. */
static void name_offender(const cpu_set_t *cpus, const struct gate_snapshot *before, const struct gate_snapshot *after,
			  char *text, size_t room)
{
	const struct process_time *worst = NULL;
	uint64_t most = 0;

	for (size_t i = 0; i < after->process_count; i++) {
		const struct process_time *process = &after->processes[i];
		uint64_t ticks = process->ticks;

		if (process->cpu >= CPU_SETSIZE || !CPU_ISSET(process->cpu, cpus))
			continue;
		for (size_t j = 0; j < before->process_count; j++)
			if (before->processes[j].pid == process->pid)
				ticks = since(ticks, before->processes[j].ticks);
		if (ticks > most) {
			most = ticks;
			worst = process;
		}
	}
	if (worst)
		snprintf(text, room, ", most of it by %s (pid %d)", worst->comm, worst->pid);
	else
		snprintf(text, room, ", by processes that are gone");
}

double gates__steal_share(const struct gate_snapshot *before, const struct gate_snapshot *after)
{
	return (double)since(after->cpus.steal_ns, before->cpus.steal_ns) / capacity_ns(before, after);
}

static struct gate_row *add(struct trial_row *row, const char *name, double value, double limit)
{
	struct gate_row *gate = &row->gates[row->gate_count++];

	snprintf(gate->name, sizeof(gate->name), "%s", name);
	gate->value = value;
	gate->limit = limit;
	gate->shut = value > limit;
	return gate;
}

/* The first gate that is shut says why. */
static void __attribute__((format(printf, 3, 4)))
void_by(struct trial_row *row, const struct gate_row *gate, const char *format, ...)
{
	va_list arguments;

	if (!gate->shut || row->voided[0])
		return;
	va_start(arguments, format);
	vsnprintf(row->voided, sizeof(row->voided), format, arguments);
	va_end(arguments);
}

/* CPU time that the workload took. Of what died and was waited for by nobody only its group knows. */
static uint64_t workload_ns(const struct result *result, const struct gate_snapshot *before,
			    const struct gate_snapshot *after)
{
	uint64_t waited = since(after->waited_ns, before->waited_ns);

	if (result && !result->cgroup.lifetime_cpu_ns.missing && result->cgroup.lifetime_cpu_ns.value > waited)
		waited = result->cgroup.lifetime_cpu_ns.value;
	return waited;
}

/* What the machine was doing besides. */
static void judge_machine(struct trial_row *row, const struct experiment *experiment, const struct result *result,
			  const struct gate_snapshot *before, const struct gate_snapshot *after, double usual_steal)
{
	double capacity = capacity_ns(before, after);
	double foreign = host__foreign_share(&before->cpus, &after->cpus, workload_ns(result, before, after),
					     since(after->ns, before->ns));
	double stall = (double)since(after->memory_stall_ns, before->memory_stall_ns) * after->cpus.cpus / capacity;
	double swapped = (double)since(after->swapped_pages, before->swapped_pages);
	const struct gate_row *gate;
	cpu_set_t cpus;
	char who[96];

	host__cpu_set(experiment->cpus, &cpus);
	name_offender(&cpus, before, after, who, sizeof(who));
	gate = add(row, "foreign-cpu", foreign, MOST_FOREIGN);
	void_by(row, gate, "foreign CPU time: %.0f %% of the CPUs%s", 100 * foreign, who);
	gate = add(row, "steal", gates__steal_share(before, after), usual_steal + MOST_STEAL);
	void_by(row, gate, "stolen time: %.0f %% of the CPUs", 100 * gate->value);
	gate = add(row, "swap", swapped, 0);
	void_by(row, gate, "swapping: %.0f pages", swapped);
	if (experiment->memory_limit)
		return;
	gate = add(row, "memory-stall", stall, MOST_MEMORY_STALL);
	void_by(row, gate, "nothing could run for want of memory: %.0f %% of the time", 100 * stall);
}

/* An experiment that asks for trouble may end badly: that is its outcome. */
static bool asks_for_trouble(const struct experiment *experiment)
{
	return experiment->memory_limit || experiment->max_processes || experiment->open_files ||
	       experiment->plan.signal || experiment->plan.calls;
}

/* Which figure it is that is off, and by how much. */
static void void_by_accounting(struct trial_row *row, const struct gate_row *gate, const struct result *result)
{
	for (size_t i = 0; i < result->account_count; i++) {
		const struct accounting_row *off = &result->accounting[i];

		if (off->status == ACCOUNT_OFF)
			void_by(row, gate,
				"it does not reconcile with the kernel: %s: %" PRIu64 " %s traced, off by %" PRId64,
				off->name, off->traced.value, off->unit, off->difference);
	}
}

static void judge_trial(struct trial_row *row, const struct experiment *experiment, bool may_fail,
			const struct result *result, const struct gate_snapshot *before,
			const struct gate_snapshot *after)
{
	const struct gate_row *gate;
	uint64_t held = result->cgroup.throttled_ns.missing ? 0 : result->cgroup.throttled_ns.value;

	if (!before->throttled_above_ns.missing && !after->throttled_above_ns.missing)
		held += since(after->throttled_above_ns.value, before->throttled_above_ns.value);
	gate = add(row, "lost-events", (double)row->lost, 0);
	void_by(row, gate, "lost events: %" PRIu64, row->lost);
	gate = add(row, "unseen-runs", result__unseen_share(result), MOST_UNSEEN);
	void_by(row, gate, "the kernel did not show %.0f %% of the workers' time on CPUs", 100 * gate->value);
	gate = add(row, "accounting", row->off, 0);
	void_by_accounting(row, gate, result);
	if (!experiment->cpu_limit) {
		gate = add(row, "throttled", (double)held, 0);
		void_by(row, gate, "throttled: a CPU limit held it back for %.1f ms", (double)held / 1e6);
	}
	if (may_fail || asks_for_trouble(experiment))
		return;
	if (!result->cgroup.oom_kills.missing) {
		gate = add(row, "oom-kills", (double)result->cgroup.oom_kills.value, 0);
		void_by(row, gate, "out of memory: %" PRIu64 " kills", result->cgroup.oom_kills.value);
	}
	gate = add(row, "failed", row->outcome != OUTCOME_OK, 0);
	void_by(row, gate, "its outcome is %s%s%.120s", outcome_names[row->outcome], row->says[0] ? ": " : "",
		row->says);
}

void gates__judge(struct trial_row *row, const struct experiment *experiment, bool may_fail,
		  const struct result *result, const struct gate_snapshot *before, const struct gate_snapshot *after,
		  double usual_steal)
{
	judge_machine(row, experiment, result, before, after, usual_steal);
	if (result)
		judge_trial(row, experiment, may_fail, result, before, after);
}
