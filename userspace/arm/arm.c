/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arm.h"

#include <inttypes.h>
#include <string.h>

#include "../experiment/host.h"
#include "identity.h"
#include "signal.h"
#include "values.h"

#define DEFAULT_TASKS 100
#define DEFAULT_TASK "cpu:10ms"
/* What a trial costs besides its work: loading the probes, the interpreter's start. */
#define NATIVE_NS 200e6
#define PYTHON_NS 360e6
#define AUTO "auto" /* as if the option were left out */
#define MAX_OPEN_FILES 1048576 /* fs.nr_open */
#define MAX_PROCESSES 4194304 /* PID_MAX_LIMIT of 64-bit kernels */

static int set_tasks(void *context, const char *value, struct failure *failure)
{
	((struct arm *)context)->python.not_with_call = "--tasks";
	return value__count("--tasks", value, 1, MAX_TASKS, &((struct arm *)context)->experiment.plan.tasks, failure);
}

/* 0 of what can be left out. */
static int count_or_auto(const char *option, const char *value, uint64_t most, uint64_t *count, struct failure *failure)
{
	*count = 0;
	return strcmp(value, AUTO) ? value__count(option, value, 1, most, count, failure) : 0;
}

static int set_workers(void *context, const char *value, struct failure *failure)
{
	uint64_t workers;

	if (count_or_auto("--workers", value, MAX_WORKERS, &workers, failure))
		return -1;
	((struct arm *)context)->experiment.plan.workers = (uint32_t)workers;
	return 0;
}

static int set_task(void *context, const char *value, struct failure *failure)
{
	struct experiment *experiment = &((struct arm *)context)->experiment;

	((struct arm *)context)->python.not_with_call = "--task";
	experiment->task_text = value;
	return task_spec__parse(&experiment->plan.spec, value, failure);
}

static int set_chunk(void *context, const char *value, struct failure *failure)
{
	return count_or_auto("--chunk", value, MAX_TASKS, &((struct arm *)context)->experiment.plan.chunk, failure);
}

static int set_cpus(void *context, const char *value, struct failure *failure)
{
	((struct arm *)context)->experiment.cpus = value;
	return host__is_cpu_list(value, failure) ? 0 : -1;
}

static int set_memory_limit(void *context, const char *value, struct failure *failure)
{
	return value__size("--memory-limit", value, &((struct arm *)context)->experiment.memory_limit, failure);
}

static int set_cpu_limit(void *context, const char *value, struct failure *failure)
{
	uint64_t percent;

	if (value__count("--cpu-limit", value, 1, 100000, &percent, failure))
		return -1;
	((struct arm *)context)->experiment.cpu_limit = (uint32_t)percent;
	return 0;
}

static int set_parent_memory(void *context, const char *value, struct failure *failure)
{
	return value__size("--parent-memory", value, &((struct arm *)context)->experiment.plan.parent_memory, failure);
}

static int set_open_files(void *context, const char *value, struct failure *failure)
{
	return value__count("--open-files", value, 1, MAX_OPEN_FILES, &((struct arm *)context)->experiment.open_files,
			    failure);
}

static int set_max_processes(void *context, const char *value, struct failure *failure)
{
	return value__count("--max-processes", value, 1, MAX_PROCESSES,
			    &((struct arm *)context)->experiment.max_processes, failure);
}

static int set_signal(void *context, const char *value, struct failure *failure)
{
	return signal__parse(value, &((struct arm *)context)->experiment, failure);
}

static int set_count_calls(void *context, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	((struct arm *)context)->experiment.count_calls = true;
	return 0;
}

static int set_timeout(void *context, const char *value, struct failure *failure)
{
	return value__seconds("--timeout", value, 0.001, &((struct arm *)context)->experiment.timeout_ns, failure);
}

static int set_user(void *context, const char *value, struct failure *failure)
{
	(void)failure;
	((struct arm *)context)->user = value;
	return 0;
}

static int set_seed(void *context, const char *value, struct failure *failure)
{
	return value__count("--seed", value, 0, UINT64_MAX, &((struct arm *)context)->experiment.seed, failure);
}

static int set_engine(void *context, const char *value, struct failure *failure)
{
	const char *names[ENGINE_COUNT + 1] = {NULL};
	struct arm *arm = context;

	for (uint32_t i = 0; i < ENGINE_COUNT; i++) {
		names[i] = engine_names[i];
		if (!strcmp(value, names[i])) {
			arm->experiment.plan.engine = i;
			if (i == ENGINE_NATIVE)
				arm->python.not_with_call = "--engine native";
			return 0;
		}
	}
	return fail(failure, STATUS_USAGE, "--engine '%s': there are native and python", value);
}

/* Options of the Python engine have a context of their own. */
#define OF_PYTHON(name)                                                                                                \
	static int set_##name(void *context, const char *value, struct failure *failure)                               \
	{                                                                                                              \
		return python__set_##name(&((struct arm *)context)->python, value, failure);                           \
	}

OF_PYTHON(python)
OF_PYTHON(start_method)
OF_PYTHON(method)
OF_PYTHON(max_tasks)
OF_PYTHON(argument_size)
OF_PYTHON(result_size)
OF_PYTHON(arguments)
OF_PYTHON(switch_interval)
OF_PYTHON(call)
OF_PYTHON(items)

static int set_no_trace(void *context, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	((struct arm *)context)->experiment.traced = false;
	return 0;
}

const struct option_row arm_rows[] = {
	{0, "engine", ARGUMENT_NEEDED, "native|python", "what runs the tasks: C (built in), or CPython's own",
	 .set = set_engine, .sweeps = true},
	{'t', "tasks", ARGUMENT_NEEDED, "N", "how many tasks (100; at most 10,000,000)", .set = set_tasks,
	 .sweeps = true},
	{'n', "workers", ARGUMENT_NEEDED, "N", "pools: workers (one per CPU); else: how many live at once (all)",
	 .set = set_workers, .sweeps = true},
	{0, "task", ARGUMENT_NEEDED, "SPEC", "what a task does (cpu:10ms), see below", .set = set_task},
	{0, "chunk", ARGUMENT_NEEDED, "N", "pools: tasks handed out at once (tasks / 4 workers)", .set = set_chunk,
	 .sweeps = true},
	{'C', "cpus", ARGUMENT_NEEDED, "LIST", "CPUs to run on: 0,2-3", .set = set_cpus},
	{0, "memory-limit", ARGUMENT_NEEDED, "SIZE", "limit of the control group: 512M", .set = set_memory_limit,
	 .sweeps = true},
	{0, "cpu-limit", ARGUMENT_NEEDED, "PERCENT", "150 is one and a half CPUs", .set = set_cpu_limit,
	 .sweeps = true},
	{0, "parent-memory", ARGUMENT_NEEDED, "SIZE", "the first process touches so much before the clock starts",
	 .set = set_parent_memory, .sweeps = true},
	{0, "open-files", ARGUMENT_NEEDED, "N", "each process may have so many open files", .set = set_open_files,
	 .sweeps = true},
	{0, "max-processes", ARGUMENT_NEEDED, "N", "limit of the control group: processes and threads",
	 .set = set_max_processes, .sweeps = true},
	{0, "signal", ARGUMENT_NEEDED, "NAME@TIME:TASK", "to the thread that does TASK, TIME after it began; see below",
	 .set = set_signal},
	{0, "timeout", ARGUMENT_NEEDED, "SECONDS", "end a run that takes longer (exit 124)", .set = set_timeout},
	{0, "user", ARGUMENT_NEEDED, "NAME", "run the tasks as this user (who called sudo)", .set = set_user},
	{0, "seed", ARGUMENT_NEEDED, "N", "recorded; a single run has nothing to shuffle", .set = set_seed},
	{0, "no-trace", ARGUMENT_NONE, NULL, "attach nothing: what the workload does unwatched", .set = set_no_trace},
	{0, "count-calls", ARGUMENT_NONE, NULL, "count the workers' system calls: slows all calls of the machine",
	 .set = set_count_calls},
	{0, "call", ARGUMENT_NEEDED, "MODULE:FUNCTION", "python: your own function as the task (or FILE.py:FUNCTION)",
	 .set = set_call},
	{0, "items", ARGUMENT_NEEDED, "FILE|range(N)", "what --call is called with: lines of JSON, or 0 to N-1",
	 .set = set_items, .sweeps = true},
	{0, "python", ARGUMENT_NEEDED, "PATH|NAME",
	 "the interpreter ($MPTRACE_PYTHON, /usr/bin/python3), or free-threaded", .set = set_python, .sweeps = true},
	{0, "start-method", ARGUMENT_NEEDED, "METHOD", "python: fork, spawn, forkserver (the interpreter's)",
	 .set = set_start_method, .sweeps = true},
	{0, "method", ARGUMENT_NEEDED, "NAME", "python pools: map, imap, imap_unordered, apply_async, ... (map)",
	 .set = set_method, .sweeps = true},
	{0, "max-tasks-per-child", ARGUMENT_NEEDED, "N", "python pool: a worker is replaced after N chunks",
	 .set = set_max_tasks, .sweeps = true},
	{0, "argument-size", ARGUMENT_NEEDED, "SIZE", "python: bytes pickled with each task", .set = set_argument_size,
	 .sweeps = true},
	{0, "result-size", ARGUMENT_NEEDED, "SIZE", "python: bytes pickled with each result", .set = set_result_size,
	 .sweeps = true},
	{0, "arguments", ARGUMENT_NEEDED, "list|generator", "python pools: where they come from (list)",
	 .set = set_arguments, .sweeps = true},
	{0, "switch-interval", ARGUMENT_NEEDED, "SECONDS", "python: sys.setswitchinterval (the interpreter's)",
	 .set = set_switch_interval, .sweeps = true},
	{0},
};

int arm__set_workload(struct arm *arm, const char *word, struct failure *failure)
{
	const char *names[WORKLOAD_COUNT + 1] = {NULL}, *meant;

	for (uint32_t i = 0; i < WORKLOAD_COUNT; i++) {
		names[i] = workload_kinds[i].name;
		if (!strcmp(word, names[i])) {
			arm->experiment.plan.workload = i;
			return 0;
		}
	}
	meant = nearest(word, names);
	return meant ? fail(failure, STATUS_USAGE, "unknown workload %s: did you mean %s?", word, meant)
		     : fail(failure, STATUS_USAGE, "unknown workload %s: see mptrace list workloads", word);
}

/* Partners must run at the same time, and do the same. */
static int check_exchange(const struct plan *plan, struct failure *failure)
{
	uint64_t odd_one;

	if (plan->calls || !task_spec__largest(&plan->spec, STEP_EXCHANGE))
		return 0;
	if (plan->workload != WORKLOAD_THREAD && plan->workload != WORKLOAD_PROCESS)
		return fail(failure, STATUS_USAGE,
			    "exchange steps are for thread and process: in %s no two tasks are sure to run at once",
			    workload_kinds[plan->workload].name);
	if (plan->workers % 2)
		return fail(failure, STATUS_USAGE,
			    "--workers %" PRIu32 ": with exchange steps an even number, so that partners run at once",
			    plan->workers);
	if (task_spec__pairs(&plan->spec, plan->tasks, &odd_one))
		return 0;
	if (odd_one + 1 == plan->tasks)
		return fail(failure, STATUS_USAGE,
			    "--tasks %" PRIu64 ": with exchange steps an even number, so that each task has a partner",
			    plan->tasks);
	return fail(failure, STATUS_USAGE,
		    "tasks %" PRIu64 " and %" PRIu64 " are partners, but their exchange steps differ", odd_one,
		    odd_one + 1);
}

/* What contradicts itself on every machine. */
static int check(struct arm *arm, struct failure *failure)
{
	struct experiment *experiment = &arm->experiment;
	const struct plan *plan = &experiment->plan;
	const struct workload_kind *kind = &workload_kinds[plan->workload];

	if (python__check(&arm->python, experiment, failure))
		return -1;
	if (plan->workload == WORKLOAD_SERIAL && plan->workers > 1)
		return fail(failure, STATUS_USAGE, "serial has one worker: leave --workers out");
	if (!kind->pooled && plan->chunk > 1)
		return fail(failure, STATUS_USAGE, "%s hands out no chunks: --chunk is for pool and thread-pool",
			    kind->name);
	if (experiment->count_calls && !experiment->traced)
		return fail(failure, STATUS_USAGE, "--count-calls needs tracing: leave --no-trace out");
	return check_exchange(plan, failure);
}

/* Pools get one worker per CPU that they may use; the chunk is multiprocessing.Pool's: 4 per worker. */
static void fill_defaults(struct experiment *experiment)
{
	struct plan *plan = &experiment->plan;
	const struct workload_kind *kind = &workload_kinds[plan->workload];
	uint64_t quarters;

	if (plan->workload == WORKLOAD_SERIAL)
		plan->workers = 1;
	else if (kind->pooled && !plan->workers)
		plan->workers = host__cpu_count(experiment->cpus);
	quarters = 4 * (uint64_t)plan->workers;
	if (!kind->pooled)
		plan->chunk = 1;
	else if (!plan->chunk && plan->engine == ENGINE_NATIVE)
		plan->chunk = (plan->tasks + quarters - 1) / quarters;
}

int arm__begin(struct arm *arm, struct failure *failure)
{
	*arm = (struct arm){
		.experiment = {.plan.tasks = DEFAULT_TASKS, .task_text = DEFAULT_TASK, .seed = 1, .traced = true}};
	return task_spec__parse(&arm->experiment.plan.spec, DEFAULT_TASK, failure);
}

int arm__resolve(struct arm *arm, struct failure *failure)
{
	const char *cpus = arm->experiment.cpus;

	if ((cpus && !host__cpus_exist(cpus, failure)) || check(arm, failure) ||
	    python__count_items(&arm->python, &arm->experiment, failure) || signal__check(&arm->experiment, failure) ||
	    identity__find(arm->user, &arm->identity, failure))
		return -1;
	fill_defaults(&arm->experiment);
	if (python__apply(&arm->python, &arm->experiment, &arm->identity, failure))
		return -1;
	arm->experiment.user = arm->identity.name;
	return 0;
}

int arm__parse(struct arm *arm, int argc, char **argv, struct failure *failure)
{
	int words;

	if (arm__begin(arm, failure))
		return -1;
	words = options__parse(arm_rows, argc, argv, arm, failure);
	if (words < 0)
		return -1;
	if (words != 1)
		return words ? fail(failure, STATUS_USAGE, "one workload at a time: %s is one too many", argv[2])
			     : fail(failure, STATUS_USAGE, "run what? For example: run pool");
	if (arm__set_workload(arm, argv[1], failure) || check(arm, failure))
		return -1;
	/* How many tasks there are may stand in a file of --items, which is read where it is run. */
	return arm->python.call ? 0 : signal__check(&arm->experiment, failure);
}

/* Of all tasks: those steps that take a CPU, or those that only take time. */
static double steps_ns(const struct plan *plan, bool on_cpu)
{
	const struct task_spec *spec = &plan->spec;
	double sum = 0, tasks = 0;

	for (uint32_t i = 0; i < spec->group_count; i++) {
		const struct task_group *group = &spec->groups[i];

		tasks += (double)group->count;
		sum += (double)group->count *
		       (double)(on_cpu ? task_group__sum(group, STEP_CPU) + task_group__sum(group, STEP_NATIVE)
				       : task_group__sum(group, STEP_SLEEP) + task_group__sum(group, STEP_LOCK));
	}
	return tasks > 0 ? sum / tasks * (double)plan->tasks : 0;
}

double arm__expected_ns(const struct arm *arm)
{
	const struct experiment *experiment = &arm->experiment;
	const struct plan *plan = &experiment->plan;
	const struct workload_kind *kind = &workload_kinds[plan->workload];
	bool python = plan->engine == ENGINE_PYTHON || arm->python.call;
	double cpus = host__cpu_count(experiment->cpus), workers, at_once;

	workers = plan->workload == WORKLOAD_SERIAL ? 1
		  : plan->workers		    ? plan->workers
		  : kind->pooled		    ? cpus
						    : (double)plan->tasks;
	at_once = python && !kind->processes ? 1 : workers < cpus ? workers : cpus;
	return (python ? PYTHON_NS : NATIVE_NS) +
	       (arm->python.call ? 0 : steps_ns(plan, true) / at_once + steps_ns(plan, false) / workers);
}
