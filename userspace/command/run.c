/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/owner.h"
#include "../experiment/host.h"
#include "../report/report.h"
#include "command.h"
#include "identity.h"
#include "options.h"
#include "output.h"
#include "python.h"
#include "values.h"

#define DEFAULT_TASKS 100
#define DEFAULT_TASK "cpu:10ms"
#define MAX_REPEATS 10000
#define FIRST_PROGRESS_NS 1000000000ull
#define REDRAW_NS 100000000ull
#define LINE_EVERY_NS 10000000000ull

struct run {
	struct experiment experiment;
	struct identity identity, caller; /* who the tasks run as; whose the files are */
	const char *user, *directory, *json_path;
	bool json, help;
	struct python_request python;
	uint64_t repeat;
	struct result *results;
	size_t result_count;
	struct output json_file, directory_file;
};

static int set_tasks(void *context, const char *value, struct failure *failure)
{
	return value__count("--tasks", value, 1, MAX_TASKS, &((struct run *)context)->experiment.plan.tasks, failure);
}

static int set_workers(void *context, const char *value, struct failure *failure)
{
	uint64_t workers;

	if (value__count("--workers", value, 1, MAX_WORKERS, &workers, failure))
		return -1;
	((struct run *)context)->experiment.plan.workers = (uint32_t)workers;
	return 0;
}

static int set_task(void *context, const char *value, struct failure *failure)
{
	struct experiment *experiment = &((struct run *)context)->experiment;

	experiment->task_text = value;
	return task_spec__parse(&experiment->plan.spec, value, failure);
}

static int set_chunk(void *context, const char *value, struct failure *failure)
{
	return value__count("--chunk", value, 1, MAX_TASKS, &((struct run *)context)->experiment.plan.chunk, failure);
}

static int set_cpus(void *context, const char *value, struct failure *failure)
{
	((struct run *)context)->experiment.cpus = value;
	return host__cpus_exist(value, failure) ? 0 : -1;
}

static int set_memory_limit(void *context, const char *value, struct failure *failure)
{
	return value__size("--memory-limit", value, &((struct run *)context)->experiment.memory_limit, failure);
}

static int set_cpu_limit(void *context, const char *value, struct failure *failure)
{
	uint64_t percent;

	if (value__count("--cpu-limit", value, 1, 100000, &percent, failure))
		return -1;
	((struct run *)context)->experiment.cpu_limit = (uint32_t)percent;
	return 0;
}

static int set_repeat(void *context, const char *value, struct failure *failure)
{
	return value__count("--repeat", value, 1, MAX_REPEATS, &((struct run *)context)->repeat, failure);
}

static int set_timeout(void *context, const char *value, struct failure *failure)
{
	return value__seconds("--timeout", value, 0.001, &((struct run *)context)->experiment.timeout_ns, failure);
}

static int set_user(void *context, const char *value, struct failure *failure)
{
	(void)failure;
	((struct run *)context)->user = value;
	return 0;
}

static int set_seed(void *context, const char *value, struct failure *failure)
{
	return value__count("--seed", value, 0, UINT64_MAX, &((struct run *)context)->experiment.seed, failure);
}

static int set_engine(void *context, const char *value, struct failure *failure)
{
	const char *names[ENGINE_COUNT + 1] = {NULL};
	struct run *run = context;

	for (uint32_t i = 0; i < ENGINE_COUNT; i++) {
		names[i] = engine_names[i];
		if (!strcmp(value, names[i])) {
			run->experiment.plan.engine = i;
			return 0;
		}
	}
	return fail(failure, STATUS_USAGE, "--engine '%s': there are native and python", value);
}

/* Options of the Python engine have a context of their own. */
#define OF_PYTHON(name)                                                                                                \
	static int set_##name(void *context, const char *value, struct failure *failure)                               \
	{                                                                                                              \
		return python__set_##name(&((struct run *)context)->python, value, failure);                           \
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
	((struct run *)context)->experiment.traced = false;
	return 0;
}

static int set_directory(void *context, const char *value, struct failure *failure)
{
	(void)failure;
	((struct run *)context)->directory = value;
	return 0;
}

static int set_json(void *context, const char *value, struct failure *failure)
{
	/* -j=FILE is what many will write. */
	if (value && *value == '=')
		value++;
	if (value && !*value)
		return fail(failure, STATUS_USAGE, "--json= names no file: write --json=FILE, or --json alone");
	if (value && !strcmp(value, "-"))
		value = NULL;
	((struct run *)context)->json = true;
	((struct run *)context)->json_path = value;
	return 0;
}

static const struct option_row rows[] = {
	{0, "engine", ARGUMENT_NEEDED, "native|python", "what runs the tasks: C (built in), or CPython's own",
	 .set = set_engine},
	{'t', "tasks", ARGUMENT_NEEDED, "N", "how many tasks (100; at most 10,000,000)", .set = set_tasks},
	{'n', "workers", ARGUMENT_NEEDED, "N", "pools: workers (one per CPU); else: how many live at once (all)",
	 .set = set_workers},
	{0, "task", ARGUMENT_NEEDED, "SPEC", "what a task does (cpu:10ms), see below", .set = set_task},
	{0, "chunk", ARGUMENT_NEEDED, "N", "pools: tasks handed out at once (tasks / 4 workers)", .set = set_chunk},
	{'C', "cpus", ARGUMENT_NEEDED, "LIST", "CPUs to run on: 0,2-3", .set = set_cpus},
	{0, "memory-limit", ARGUMENT_NEEDED, "SIZE", "limit of the control group: 512M", .set = set_memory_limit},
	{0, "cpu-limit", ARGUMENT_NEEDED, "PERCENT", "150 is one and a half CPUs", .set = set_cpu_limit},
	{0, "repeat", ARGUMENT_NEEDED, "N", "run it N times; shows the median and the spread", .set = set_repeat},
	{0, "timeout", ARGUMENT_NEEDED, "SECONDS", "end a run that takes longer (exit 124)", .set = set_timeout},
	{0, "user", ARGUMENT_NEEDED, "NAME", "run the tasks as this user (who called sudo)", .set = set_user},
	{0, "seed", ARGUMENT_NEEDED, "N", "recorded; a single run has nothing to shuffle", .set = set_seed},
	{0, "no-trace", ARGUMENT_NONE, NULL, "attach nothing: what the workload does unwatched", .set = set_no_trace},
	{0, "call", ARGUMENT_NEEDED, "MODULE:FUNCTION", "python: your own function as the task (or FILE.py:FUNCTION)",
	 .set = set_call},
	{0, "items", ARGUMENT_NEEDED, "FILE|range(N)", "what --call is called with: lines of JSON, or 0 to N-1",
	 .set = set_items},
	{0, "python", ARGUMENT_NEEDED, "PATH|NAME", "the interpreter ($MPTRACE_PYTHON, /usr/bin/python3)",
	 .set = set_python},
	{0, "start-method", ARGUMENT_NEEDED, "METHOD", "python: fork, spawn, forkserver (the interpreter's)",
	 .set = set_start_method},
	{0, "method", ARGUMENT_NEEDED, "NAME", "python pools: map, imap, imap_unordered, apply_async, ... (map)",
	 .set = set_method},
	{0, "max-tasks-per-child", ARGUMENT_NEEDED, "N", "python pool: a worker is replaced after N chunks",
	 .set = set_max_tasks},
	{0, "argument-size", ARGUMENT_NEEDED, "SIZE", "python: bytes pickled with each task", .set = set_argument_size},
	{0, "result-size", ARGUMENT_NEEDED, "SIZE", "python: bytes pickled with each result", .set = set_result_size},
	{0, "arguments", ARGUMENT_NEEDED, "list|generator", "python pools: where arguments come from (list)",
	 .set = set_arguments},
	{0, "switch-interval", ARGUMENT_NEEDED, "SECONDS", "python: sys.setswitchinterval (the interpreter's)",
	 .set = set_switch_interval},
	{'o', "output", ARGUMENT_NEEDED, "DIR", "keep the result in DIR/result.json", .set = set_directory},
	{'j', "json", ARGUMENT_OPTIONAL, "FILE", "the result as JSON, to FILE or instead of the text", .set = set_json},
	{'h', "help", ARGUMENT_NONE, NULL, "this text", .flag = offsetof(struct run, help)},
};

#define ROWS (sizeof(rows) / sizeof(*rows))

static int print_help(void)
{
	puts("Usage: sudo mptrace run WORKLOAD [options]\n\nWorkloads:");
	for (int i = 0; i < WORKLOAD_COUNT; i++)
		printf("  %-12s %s\n", workload_kinds[i].name, workload_kinds[i].says);
	puts("\nOptions (default):");
	options__help(rows, ROWS);
	puts("\nTask SPEC: groups joined by ',', each [COUNT*]STEP[+STEP...]; repeated until there are enough tasks.\n"
	     "  cpu:5ms     computes            sleep:5ms  sleeps         lock:50us  holds one shared lock\n"
	     "  touch:8M    fresh memory        read:1M    from a file    write:1M   to a file\n"
	     "  none        nothing             native:5ms C code: in C the same as cpu, in Python without the GIL\n"
	     "  read:1M:direct and write:1M:direct go past the page cache\n"
	     "  Example: --task '4*sleep:200ms,40*cpu:10ms+touch:1M'\n\n"
	     "Example: sudo mptrace run pool -t 1000 -n 2 --task cpu:1ms --chunk 1");
	return STATUS_DONE;
}

static int find_workload(struct run *run, const char *word, struct failure *failure)
{
	const char *names[WORKLOAD_COUNT + 1] = {NULL}, *meant;

	for (uint32_t i = 0; i < WORKLOAD_COUNT; i++) {
		names[i] = workload_kinds[i].name;
		if (!strcmp(word, names[i])) {
			run->experiment.plan.workload = i;
			return 0;
		}
	}
	meant = nearest(word, names);
	return meant ? fail(failure, STATUS_USAGE, "unknown workload %s: did you mean %s?", word, meant)
		     : fail(failure, STATUS_USAGE, "unknown workload %s: see mptrace list workloads", word);
}

/* Pools get one worker per CPU that they may use; the chunk is multiprocessing.Pool's: 4 per worker. */
static int fill_defaults(struct run *run, struct failure *failure)
{
	struct plan *plan = &run->experiment.plan;
	const struct workload_kind *kind = &workload_kinds[plan->workload];
	cpu_set_t allowed;
	uint64_t quarters;

	if (plan->workload == WORKLOAD_SERIAL && plan->workers > 1)
		return fail(failure, STATUS_USAGE, "serial has one worker: leave --workers out");
	if (!kind->pooled && plan->chunk > 1)
		return fail(failure, STATUS_USAGE, "%s hands out no chunks: --chunk is for pool and thread-pool",
			    kind->name);
	CPU_ZERO(&allowed);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	if (plan->workload == WORKLOAD_SERIAL)
		plan->workers = 1;
	else if (kind->pooled && !plan->workers)
		plan->workers =
			run->experiment.cpus ? host__cpu_count(run->experiment.cpus) : (uint32_t)CPU_COUNT(&allowed);
	quarters = 4 * (uint64_t)plan->workers;
	if (!kind->pooled)
		plan->chunk = 1;
	else if (!plan->chunk && plan->engine == ENGINE_NATIVE)
		plan->chunk = (plan->tasks + quarters - 1) / quarters;
	return 0;
}

static bool progress_drawn;

static void draw_progress(const struct experiment *experiment, uint64_t done, uint64_t elapsed_ns)
{
	static uint64_t drawn_ns;
	static bool terminal, known;
	uint64_t tasks = experiment->plan.tasks;

	if (!known) {
		terminal = isatty(STDERR_FILENO);
		known = true;
	}
	if (elapsed_ns < drawn_ns) /* the next repeat */
		drawn_ns = 0;
	if (elapsed_ns < FIRST_PROGRESS_NS ||
	    (drawn_ns && elapsed_ns - drawn_ns < (terminal ? REDRAW_NS : LINE_EVERY_NS)))
		return;
	drawn_ns = elapsed_ns;
	progress_drawn = true;
	fprintf(stderr, "%s%s: %" PRIu64 " of %" PRIu64 " tasks, %.1f s%s", terminal ? "\r" : "",
		workload_kinds[experiment->plan.workload].name, done < tasks ? done : tasks, tasks,
		(double)elapsed_ns / 1e9, terminal ? "\033[K" : "\n");
}

static void end_progress(void)
{
	if (progress_drawn && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	progress_drawn = false;
}

static int parse(struct run *run, int argc, char **argv, struct failure *failure)
{
	int words = options__parse(rows, ROWS, argc, argv, run, failure);
	struct failure unknown = {0};

	if (words < 0 || run->help)
		return words < 0 ? -1 : 0;
	if (!words)
		return fail(failure, STATUS_USAGE, "run what? For example: mptrace run pool (see mptrace run --help)");
	if (find_workload(run, argv[1], failure))
		return -1;
	if (words > 1)
		return fail(failure, STATUS_USAGE, "one workload at a time: %s is one too many", argv[2]);
	/* From here on something is to be ended or removed when we are stopped: the interpreter that is asked, files.
	 */
	trial__catch_signals();
	if (python__set_tasks(&run->python, &run->experiment, failure) || fill_defaults(run, failure) ||
	    identity__find(run->user, &run->identity, failure) ||
	    python__apply(&run->python, &run->experiment, &run->identity, failure))
		return -1;
	run->experiment.user = run->identity.name;
	/* Where the one who called has no name, but --user has one, the files are for that user. */
	if (identity__find(NULL, &run->caller, &unknown))
		run->caller = run->identity;
	if (geteuid())
		return fail(failure, STATUS_CANNOT,
			    "run needs root, for control groups and tracing: sudo mptrace run %s", argv[1]);
	if (!owner__sees_all())
		return fail(failure, STATUS_CANNOT,
			    "run needs the machine's own process numbers, and /proc: start it "
			    "outside of containers, or with their --pid=host");
	return 0;
}

static int open_outputs(struct run *run, struct failure *failure)
{
	if (run->json_path && output__open(&run->json_file, run->json_path, &run->caller, failure))
		return -1;
	if (run->directory)
		return output__open_in(&run->directory_file, run->directory, "result.json", &run->caller, failure);
	return 0;
}

static int run_trials(struct run *run, struct failure *failure)
{
	run->results = calloc(run->repeat, sizeof(*run->results));
	if (!run->results)
		return fail(failure, STATUS_CANNOT, "out of memory for %" PRIu64 " results", run->repeat);
	if (trial_stop_signal)
		return trial__fail_stopped(failure);
	while (run->result_count < run->repeat && !trial_stop_signal) {
		int status = trial__run(&run->experiment, &run->identity, draw_progress,
					&run->results[run->result_count], failure);

		end_progress();
		if (status)
			return -1;
		run->result_count++;
	}
	return 0;
}

static int write_all(struct run *run, struct failure *failure)
{
	const struct result **list = calloc(run->result_count + 1, sizeof(*list));
	struct style style = style__of(stdout);
	bool array = run->repeat > 1;
	int status = 0;

	if (!list)
		return fail(failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < run->result_count; i++)
		list[i] = &run->results[i];
	if (run->json_file.file)
		status |= output__commit(&run->json_file,
					 report__json(run->json_file.file, list, run->result_count, array), failure);
	if (run->directory_file.file)
		status |=
			output__commit(&run->directory_file,
				       report__json(run->directory_file.file, list, run->result_count, array), failure);
	if (run->json && !run->json_path)
		status |= report__json(stdout, list, run->result_count, array);
	else if (array)
		status |= report__repeats(stdout, list, run->result_count);
	else if (run->result_count)
		status |= report__text(stdout, list[0], style);
	if (status || fflush(stdout))
		fail(failure, STATUS_USAGE, "cannot write to standard output: %s", strerror(errno));
	free(list);
	return failure->status ? -1 : 0;
}

static bool has_failed_check(const struct result *result)
{
	for (size_t i = 0; i < result->check_count; i++)
		if (result->checks[i].verdict == CHECK_FAIL)
			return true;
	return false;
}

static bool is_off(const struct result *result)
{
	for (size_t i = 0; i < result->account_count; i++)
		if (result->accounting[i].status == ACCOUNT_OFF)
			return true;
	return false;
}

/* Where several apply: stopped by a signal, timeout, contradicted, invalid (design.md, "Exit"). */
static int exit_status(const struct run *run)
{
	bool failed = false, timed_out = false, invalid = false;

	for (size_t i = 0; i < run->result_count; i++) {
		timed_out |= run->results[i].outcome.status == OUTCOME_TIMEOUT;
		failed |= run->results[i].outcome.status == OUTCOME_FAILED || has_failed_check(&run->results[i]);
		invalid |= is_off(&run->results[i]);
	}
	if (trial_stop_signal)
		return STATUS_SIGNAL + trial_stop_signal;
	return timed_out ? STATUS_TIMEOUT : failed ? STATUS_CONTRADICTED : invalid ? STATUS_INVALID : STATUS_DONE;
}

int command__run(int argc, char **argv)
{
	struct run run = {
		.experiment = {.plan.tasks = DEFAULT_TASKS, .task_text = DEFAULT_TASK, .seed = 1, .traced = true},
		.repeat = 1};
	struct failure failure = {0};
	int status = STATUS_USAGE;

	if (task_spec__parse(&run.experiment.plan.spec, DEFAULT_TASK, &failure) || parse(&run, argc, argv, &failure))
		goto failed;
	if (run.help)
		return print_help();
	if (open_outputs(&run, &failure))
		goto failed;
	/* What was measured before a repeat failed is still written. */
	if (run_trials(&run, &failure) && !run.result_count)
		goto failed;
	status = write_all(&run, &failure) ? (int)failure.status : exit_status(&run);
failed:
	if (failure.status) {
		fprintf(stderr, "mptrace: %s\n", failure.says);
		status = trial_stop_signal ? STATUS_SIGNAL + trial_stop_signal : (int)failure.status;
	}
	output__discard(&run.json_file);
	output__discard(&run.directory_file);
	for (size_t i = 0; i < run.result_count; i++)
		result__free(&run.results[i]);
	free(run.results);
	return status;
}
