/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "python.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../experiment/interpreter.h"
#include "options.h"
#include "values.h"

#define MAX_PAYLOAD (1ull << 30)

static const char *const start_methods[] = {"fork", "spawn", "forkserver", NULL};
static const char *const methods[] = {"map", "imap", "imap_unordered", "apply_async", "starmap", "submit", NULL};
static const char *const argument_kinds[] = {"list", "generator", NULL};

/* The one of @names that @value is. */
static int choose(const char *option, const char *value, const char *const *names, const char **chosen,
		  struct failure *failure)
{
	const char *meant;

	for (size_t i = 0; names[i]; i++)
		if (!strcmp(value, names[i])) {
			*chosen = names[i];
			return 0;
		}
	meant = nearest(value, names);
	return meant ? fail(failure, STATUS_USAGE, "%s '%s': did you mean %s?", option, value, meant)
		     : fail(failure, STATUS_USAGE, "%s '%s' is not known: see mptrace run --help", option, value);
}

static struct python_request *note(void *context, const char *option)
{
	struct python_request *request = context;

	request->any = option;
	return request;
}

int python__set_python(void *context, const char *value, struct failure *failure)
{
	(void)failure;
	note(context, "--python")->python = value;
	return 0;
}

int python__set_start_method(void *context, const char *value, struct failure *failure)
{
	return choose("--start-method", value, start_methods, &note(context, "--start-method")->start_method, failure);
}

int python__set_method(void *context, const char *value, struct failure *failure)
{
	return choose("--method", value, methods, &note(context, "--method")->method, failure);
}

int python__set_max_tasks(void *context, const char *value, struct failure *failure)
{
	static const char option[] = "--max-tasks-per-child";

	return value__count(option, value, 1, MAX_TASKS, &note(context, option)->max_tasks_per_child, failure);
}

static int set_payload(struct python_request *request, const char *option, const char *value, uint64_t *size,
		       struct failure *failure)
{
	request->any = request->not_with_call = option;
	if (value__size(option, value, size, failure))
		return -1;
	return *size > MAX_PAYLOAD ? fail(failure, STATUS_USAGE, "%s %s is more than 1G", option, value) : 0;
}

int python__set_argument_size(void *context, const char *value, struct failure *failure)
{
	struct python_request *request = context;

	return set_payload(request, "--argument-size", value, &request->argument_size, failure);
}

int python__set_result_size(void *context, const char *value, struct failure *failure)
{
	struct python_request *request = context;

	return set_payload(request, "--result-size", value, &request->result_size, failure);
}

int python__set_arguments(void *context, const char *value, struct failure *failure)
{
	struct python_request *request = note(context, "--arguments");
	const char *kind = NULL;

	if (choose("--arguments", value, argument_kinds, &kind, failure))
		return -1;
	request->generator = kind == argument_kinds[1];
	return 0;
}

int python__set_switch_interval(void *context, const char *value, struct failure *failure)
{
	static const char option[] = "--switch-interval";

	return value__seconds(option, value, 1e-6, &note(context, option)->switch_interval_ns, failure);
}

/* The plan is JSON, which can hold nothing else. */
static int check_text(const char *option, const char *value, struct failure *failure)
{
	json_t *text = json_string(value);

	json_decref(text);
	return text ? 0 : fail(failure, STATUS_USAGE, "%s '%s' is not UTF-8", option, value);
}

int python__set_call(void *context, const char *value, struct failure *failure)
{
	const char *colon = strrchr(value, ':');

	if (!colon || colon == value || !colon[1])
		return fail(failure, STATUS_USAGE, "--call '%s': write MODULE:FUNCTION or FILE.py:FUNCTION", value);
	note(context, "--call")->call = value;
	return check_text("--call", value, failure);
}

int python__set_items(void *context, const char *value, struct failure *failure)
{
	note(context, "--items")->items = value;
	return check_text("--items", value, failure);
}

/* The lines of a file of JSON values: how many there are. They are read and understood by the workload, as the user. */
static int count_lines(const char *path, uint64_t *count, struct failure *failure)
{
	int descriptor =
		open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe that nobody writes to is no reason to wait */
	FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "r");
	char *line = NULL;
	size_t room = 0;
	struct stat status;

	if (!file || fstat(fileno(file), &status))
		return fail(failure, STATUS_USAGE, "--items %s: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode)) {
		fclose(file);
		return fail(failure, STATUS_USAGE, "--items %s is no regular file", path);
	}
	for (*count = 0; getline(&line, &room, file) > 0;)
		*count += line[strspn(line, " \t\r\n")] != '\0';
	free(line);
	fclose(file);
	return *count && *count <= MAX_TASKS
		       ? 0
		       : fail(failure, STATUS_USAGE, "--items %s has %" PRIu64 " lines: from 1 to %llu are possible",
			      path, *count, MAX_TASKS);
}

static int refuse(const char *option, const char *why, struct failure *failure)
{
	return fail(failure, STATUS_USAGE, "%s cannot be honoured here: %s", option, why);
}

/* What the workload has no use for. */
static int check_workload(const struct python_request *request, const struct plan *plan, struct failure *failure)
{
	const struct workload_kind *kind = &workload_kinds[plan->workload];

	if (request->start_method && !kind->processes)
		return refuse("--start-method", "this workload starts no process", failure);
	if ((request->argument_size || request->result_size) && !kind->processes)
		return refuse(request->argument_size ? "--argument-size" : "--result-size",
			      "nothing is pickled between threads", failure);
	if (request->method && !kind->pooled)
		return refuse("--method", "it is a pool's", failure);
	if (request->generator && !kind->pooled)
		return refuse("--arguments", "only a pool takes its arguments from a list or a generator", failure);
	if (request->max_tasks_per_child && plan->workload != WORKLOAD_POOL)
		return refuse("--max-tasks-per-child", "only the workers of a pool are replaced", failure);
	if (plan->chunk > 1 && request->method &&
	    (!strcmp(request->method, "submit") || !strcmp(request->method, "apply_async")))
		return refuse("--chunk", "submit and apply_async hand out one task at a time", failure);
	return 0;
}

static bool is_range(const char *items)
{
	return !strncmp(items, "range(", 6) && items[strlen(items) - 1] == ')';
}

static int set_call(const struct python_request *request, struct experiment *experiment, struct failure *failure)
{
	struct plan *plan = &experiment->plan;
	char number[32];

	if (!request->items)
		return fail(failure, STATUS_USAGE, "--call needs --items FILE.jsonl or --items 'range(N)'");
	if (request->not_with_call)
		return refuse(request->not_with_call, "--call says what a task does, --items how many there are",
			      failure);
	plan->engine = ENGINE_PYTHON;
	plan->calls = 1;
	experiment->task_text = experiment->python.call = request->call;
	experiment->python.items = request->items;
	if (!is_range(request->items))
		return 0;
	snprintf(number, sizeof(number), "%.*s",
		 (int)(strlen(request->items) - 7 < 31 ? strlen(request->items) - 7 : 31), request->items + 6);
	return value__count("--items", number, 1, MAX_TASKS, &plan->tasks, failure);
}

int python__check(const struct python_request *request, struct experiment *experiment, struct failure *failure)
{
	if (request->items && !request->call)
		return fail(failure, STATUS_USAGE, "--items are for --call");
	if (request->call && set_call(request, experiment, failure))
		return -1;
	if (experiment->plan.engine != ENGINE_PYTHON)
		return request->any ? fail(failure, STATUS_USAGE, "%s is for --engine python", request->any) : 0;
	return check_workload(request, &experiment->plan, failure);
}

int python__count_items(const struct python_request *request, struct experiment *experiment, struct failure *failure)
{
	return request->call && !is_range(request->items)
		       ? count_lines(request->items, &experiment->plan.tasks, failure)
		       : 0;
}

static bool is_at_least(const struct interpreter *interpreter, int minor)
{
	int has = 0;

	return sscanf(interpreter->version, "CPython 3.%d", &has) == 1 && has >= minor;
}

/* What the method or the interpreter cannot do. */
static int check_method(const struct python_request *request, const struct experiment *experiment,
			struct failure *failure)
{
	const struct python_options *python = &experiment->python;
	const struct workload_kind *kind = &workload_kinds[experiment->plan.workload];
	bool submit = !strcmp(python->method, "submit");

	if (!strcmp(python->start_method, "forkserver") && !python->interpreter.has_forkserver)
		return refuse("--start-method", "this interpreter has no forkserver", failure);
	if (kind->processes && strcmp(python->start_method, "fork") != 0 && !experiment->plan.calls &&
	    task_spec__largest(&experiment->plan.spec, STEP_COW))
		return refuse("a cow step", "only forked processes have the memory of the first", failure);
	if (request->max_tasks_per_child && submit && !is_at_least(&python->interpreter, 11))
		return refuse("--max-tasks-per-child", "ProcessPoolExecutor has it from Python 3.11 on", failure);
	if (request->max_tasks_per_child && submit && !strcmp(python->start_method, "fork"))
		return refuse("--max-tasks-per-child", "ProcessPoolExecutor allows it with spawn and forkserver only",
			      failure);
	return 0;
}

/* Pool.map cuts into four chunks per worker; all other methods hand out single tasks unless told. */
static uint64_t default_chunk(const struct plan *plan, const char *method)
{
	uint64_t quarters = 4 * (uint64_t)plan->workers;

	if (strcmp(method, "map") && strcmp(method, "starmap"))
		return 1;
	return (plan->tasks + quarters - 1) / quarters;
}

int python__apply(const struct python_request *request, struct experiment *experiment, const struct identity *identity,
		  struct failure *failure)
{
	struct python_options *python = &experiment->python;
	struct plan *plan = &experiment->plan;

	if (plan->engine != ENGINE_PYTHON)
		return 0;
	if (interpreter__find(&python->interpreter, request->python, identity, failure))
		return -1;
	python->start_method = request->start_method ? request->start_method : python->interpreter.start_method;
	python->method = request->method ? request->method : methods[0];
	python->argument_size = request->argument_size;
	python->result_size = request->result_size;
	python->generator = request->generator;
	python->switch_interval_ns = request->switch_interval_ns;
	if (check_method(request, experiment, failure))
		return -1;
	plan->max_tasks_per_child = request->max_tasks_per_child;
	plan->unordered = !strcmp(python->method, "imap_unordered");
	if (workload_kinds[plan->workload].pooled && !plan->chunk)
		plan->chunk = default_chunk(plan, python->method);
	return 0;
}
