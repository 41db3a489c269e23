/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From mptrace.result/1 to a result: a table of keys for each object, the same keys as report/result_json.c writes. */
#include "read.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../base/letter.h"
#include "metrics.h"

/* Times in the file count from the gate; 0 stays the time that a task did not get to. */
#define GATE_NS 1
#define MOST 9e18 /* of a figure: it is kept as a whole number */

static const char not_there[] = "the file does not have it";

struct reader {
	struct stored_results *results;
	const char *name;
	struct failure *failure;
};

enum kind {
	KIND_TEXT, /* into an array of @size characters */
	KIND_STRING, /* a pointer; null is NULL */
	KIND_WORD, /* a pointer that is never NULL: what is missing is empty */
	KIND_U32,
	KIND_U64,
	KIND_BOOL,
	KIND_FIGURE,
	KIND_RATIO, /* a figure in thousandths */
	KIND_SINCE, /* a u64 of ns since the gate; null is 0 */
	KIND_NAME, /* an enum, by its @names */
	KIND_OTHER, /* an object or a list that is read elsewhere */
};

struct field {
	const char *key;
	enum kind kind;
	size_t offset, size;
	const char *const *names;
	size_t name_count;
};

static int refuse(const struct reader *reader, const char *where, const char *key, const char *why)
{
	return fail(reader->failure, STATUS_USAGE, "%.200s: \"%s%s%s\" %s", reader->name, where, *where ? "." : "", key,
		    why);
}

/* NULL: out of memory. */
static char *copy_text(struct reader *reader, const char *text)
{
	char *copy = memory__copy(&reader->results->memory, text, strlen(text));

	return copy ? letter__harmless(copy) : NULL;
}

static struct figure figure_of(struct reader *reader, const json_t *object, const char *key, const json_t *value,
			       double factor)
{
	const char *why = json_string_value(json_object_get(json_object_get(object, "missing"), key));
	char *copy = why ? copy_text(reader, why) : NULL;

	if (json_is_integer(value) && factor == 1)
		return measured((uint64_t)json_integer_value(value));
	if (json_is_number(value))
		return measured((uint64_t)(json_number_value(value) * factor + 0.5));
	return not_measured(copy ? copy : not_there);
}

static int read_name(const struct reader *reader, const char *where, const struct field *field, const json_t *value,
		     void *at)
{
	const char *text = json_string_value(value);

	for (uint32_t i = 0; text && i < field->name_count; i++)
		if (!strcmp(text, field->names[i])) {
			memcpy(at, &i, sizeof(i));
			return 0;
		}
	return refuse(reader, where, field->key, "is nothing that is known here");
}

static int read_number(const struct reader *reader, const char *where, const struct field *field, const json_t *value,
		       void *at)
{
	json_int_t number = json_integer_value(value);
	uint32_t small = (uint32_t)number;
	uint64_t large = (uint64_t)number + (field->kind == KIND_SINCE ? GATE_NS : 0);

	if (field->kind == KIND_SINCE && json_is_null(value))
		return 0;
	if (!json_is_integer(value))
		return refuse(reader, where, field->key, "is no whole number");
	/* A thread can have begun before the gate. */
	if ((field->kind != KIND_SINCE && number < 0) || (field->kind == KIND_U32 && number > UINT32_MAX))
		return refuse(reader, where, field->key, "is out of range");
	memcpy(at, field->kind == KIND_U32 ? (void *)&small : (void *)&large, field->kind == KIND_U32 ? 4 : 8);
	return 0;
}

static int read_text(struct reader *reader, const char *where, const struct field *field, const json_t *value, char *at)
{
	const char *text = json_string_value(value);
	char *copy;

	if (json_is_null(value))
		return 0;
	if (!text)
		return refuse(reader, where, field->key, "is no text");
	if (field->kind == KIND_TEXT) {
		snprintf(at, field->size, "%s", text);
		letter__harmless(at);
		return 0;
	}
	copy = copy_text(reader, text);
	memcpy(at, &copy, sizeof(copy));
	return copy ? 0 : fail(reader->failure, STATUS_CANNOT, "out of memory");
}

static int read_field(struct reader *reader, const char *where, const struct field *field, const json_t *object,
		      void *into)
{
	const json_t *value = json_object_get(object, field->key);
	char *at = (char *)into + field->offset;
	struct figure figure;

	if (field->kind == KIND_FIGURE || field->kind == KIND_RATIO) {
		if (value && !json_is_null(value) && !json_is_number(value))
			return refuse(reader, where, field->key, "is no number");
		if (!(json_number_value(value) >= 0 && json_number_value(value) <= MOST))
			return refuse(reader, where, field->key, "is out of range");
		figure = figure_of(reader, object, field->key, value, field->kind == KIND_RATIO ? 1000 : 1);
		memcpy(at, &figure, sizeof(figure));
		return 0;
	}
	if (field->kind == KIND_WORD && (!value || json_is_null(value)))
		*(const char **)at = *(const char **)at ? *(const char **)at : "";
	if (!value || field->kind == KIND_OTHER)
		return 0;
	if (field->kind == KIND_TEXT || field->kind == KIND_STRING || field->kind == KIND_WORD)
		return read_text(reader, where, field, value, at);
	if (field->kind == KIND_NAME)
		return read_name(reader, where, field, value, at);
	if (field->kind != KIND_BOOL)
		return read_number(reader, where, field, value, at);
	if (!json_is_boolean(value))
		return refuse(reader, where, field->key, "is neither true nor false");
	*(bool *)at = json_is_true(value);
	return 0;
}

/* The first few: they are named, not counted. */
static int note_unknown(struct reader *reader, const char *where, const char *key)
{
	struct stored_results *results = reader->results;
	char path[160];

	snprintf(path, sizeof(path), "%.60s%s%.80s", where, *where ? "." : "", key);
	for (size_t i = 0; i < results->unknown_count; i++)
		if (!strcmp(results->unknown[i], letter__harmless(path)))
			return 0;
	if (results->unknown_count == MAX_UNKNOWN)
		return 0;
	results->unknown[results->unknown_count] = copy_text(reader, path);
	return results->unknown[results->unknown_count++] ? 0 : fail(reader->failure, STATUS_CANNOT, "out of memory");
}

/* @where: the object's name, for errors. Ends at a row without a key. */
static int read_fields(struct reader *reader, const char *where, const struct field *fields, json_t *object, void *into)
{
	const char *key;
	json_t *value;

	if (object && !json_is_object(object))
		return refuse(reader, "", where, "is no object");
	for (const struct field *field = fields; field->key; field++)
		if (read_field(reader, where, field, object, into))
			return -1;
	json_object_foreach(object, key, value)
	{
		const struct field *field = fields;

		while (field->key && strcmp(field->key, key) != 0)
			field++;
		if (!field->key && strcmp(key, "missing") != 0 && note_unknown(reader, where, key))
			return -1;
	}
	return 0;
}

#define FIELD(name, what, type, member)                                                                                \
	{                                                                                                              \
		.key = (name), .kind = (what), .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)   \
	}
#define NAMED(name, type, member, list, count)                                                                         \
	{                                                                                                              \
		.key = (name), .kind = KIND_NAME, .offset = offsetof(type, member), .names = (list),                   \
		.name_count = (count)                                                                                  \
	}
#define OTHER(name)                                                                                                    \
	{                                                                                                              \
		.key = (name), .kind = KIND_OTHER                                                                      \
	}
#define END                                                                                                            \
	{                                                                                                              \
		.key = NULL                                                                                            \
	}
#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static const struct field environment_fields[] = {
	FIELD("kernel", KIND_TEXT, struct environment, kernel),
	FIELD("machine", KIND_TEXT, struct environment, machine),
	FIELD("virtual_machine", KIND_BOOL, struct environment, virtual_machine),
	FIELD("hardware_counters", KIND_BOOL, struct environment, hardware_counters),
	FIELD("cpus", KIND_U32, struct environment, cpus),
	FIELD("cpus_allowed", KIND_TEXT, struct environment, cpus_allowed),
	FIELD("cgroup_mode", KIND_TEXT, struct environment, cgroup_mode),
	FIELD("clock", KIND_TEXT, struct environment, clock),
	FIELD("governor", KIND_TEXT, struct environment, governor),
	FIELD("mptrace", KIND_TEXT, struct environment, version),
	OTHER("interpreter"),
	END,
};

static const char *const gils[] = {"unknown", "present", "absent"};
static const char *const sources[] = {"list", "generator"};
static const char *workloads[WORKLOAD_COUNT];

static const struct field interpreter_fields[] = {
	FIELD("path", KIND_TEXT, struct experiment, python.interpreter.path),
	FIELD("version", KIND_TEXT, struct experiment, python.interpreter.version),
	FIELD("build", KIND_TEXT, struct experiment, python.interpreter.build),
	NAMED("gil", struct experiment, python.interpreter.gil, gils, LENGTH(gils)),
	FIELD("free_threaded", KIND_BOOL, struct experiment, python.interpreter.free_threaded),
	FIELD("switch_interval_ns", KIND_U64, struct experiment, python.switch_interval_ns),
	FIELD("start_method", KIND_WORD, struct experiment, python.start_method),
	END,
};

static const struct field python_fields[] = {
	FIELD("start_method", KIND_WORD, struct experiment, python.start_method),
	FIELD("method", KIND_WORD, struct experiment, python.method),
	FIELD("max_tasks_per_child", KIND_U64, struct experiment, plan.max_tasks_per_child),
	FIELD("argument_size_bytes", KIND_U64, struct experiment, python.argument_size),
	FIELD("result_size_bytes", KIND_U64, struct experiment, python.result_size),
	OTHER("arguments"),
	FIELD("call", KIND_STRING, struct experiment, python.call),
	FIELD("items", KIND_STRING, struct experiment, python.items),
	END,
};

static const struct field spec_fields[] = {
	NAMED("workload", struct experiment, plan.workload, workloads, WORKLOAD_COUNT),
	NAMED("engine", struct experiment, plan.engine, engine_names, ENGINE_COUNT),
	OTHER("python"),
	FIELD("tasks", KIND_U64, struct experiment, plan.tasks),
	FIELD("workers", KIND_U32, struct experiment, plan.workers),
	FIELD("task", KIND_WORD, struct experiment, task_text),
	FIELD("chunk", KIND_U64, struct experiment, plan.chunk),
	FIELD("cpus", KIND_STRING, struct experiment, cpus),
	FIELD("memory_limit_bytes", KIND_U64, struct experiment, memory_limit),
	FIELD("cpu_limit_percent", KIND_U32, struct experiment, cpu_limit),
	FIELD("parent_memory_bytes", KIND_U64, struct experiment, plan.parent_memory),
	FIELD("open_files_limit", KIND_U64, struct experiment, open_files),
	FIELD("max_processes", KIND_U64, struct experiment, max_processes),
	FIELD("signal", KIND_STRING, struct experiment, signal_text),
	FIELD("timeout_ns", KIND_U64, struct experiment, timeout_ns),
	FIELD("seed", KIND_U64, struct experiment, seed),
	FIELD("user", KIND_WORD, struct experiment, user),
	FIELD("traced", KIND_BOOL, struct experiment, traced),
	END,
};

static const struct field outcome_fields[] = {
	NAMED("status", struct result, outcome.status, outcome_names, 4),
	FIELD("says", KIND_TEXT, struct result, outcome.says),
	FIELD("signal", KIND_U32, struct result, outcome.signal),
	FIELD("wall_ns", KIND_FIGURE, struct result, outcome.wall_ns),
	FIELD("tasks_done", KIND_U64, struct result, outcome.tasks_done),
	FIELD("tasks_failed", KIND_U64, struct result, outcome.tasks_failed),
	FIELD("signal_ns", KIND_FIGURE, struct result, signal_ns),
	FIELD("steps_per_ms_before", KIND_U64, struct result, calibrated.cpu),
	FIELD("steps_per_ms_after", KIND_U64, struct result, calibrated_after),
	END,
};

static const struct field cgroup_fields[] = {
	FIELD("mode", KIND_WORD, struct result, cgroup.mode),
	FIELD("memory_peak_bytes", KIND_FIGURE, struct result, cgroup.memory_peak_bytes),
	FIELD("cpu_usage_ns", KIND_FIGURE, struct result, cgroup.cpu_usage_ns),
	FIELD("throttled_ns", KIND_FIGURE, struct result, cgroup.throttled_ns),
	FIELD("oom_kills", KIND_FIGURE, struct result, cgroup.oom_kills),
	END,
};

static const struct field tracer_fields[] = {
	OTHER("programs"),
	FIELD("note_ns", KIND_FIGURE, struct result, tracer.note_ns),
	FIELD("sampled_ns", KIND_FIGURE, struct result, tracer.sampled_ns),
	FIELD("ns_per_switch", KIND_FIGURE, struct result, tracer.ns_per_switch),
	FIELD("cpu_percent", KIND_RATIO, struct result, tracer.cpu_permille), /* a hundred times as much */
	OTHER("lost"),
	END,
};

static const struct field task_fields[] = {
	FIELD("id", KIND_U64, struct task_row, id),
	FIELD("worker", KIND_U32, struct task_row, worker),
	FIELD("pid", KIND_U32, struct task_row, pid),
	FIELD("tid", KIND_U32, struct task_row, tid),
	FIELD("submit_ns", KIND_SINCE, struct task_row, submit_ns),
	FIELD("start_ns", KIND_SINCE, struct task_row, start_ns),
	FIELD("end_ns", KIND_SINCE, struct task_row, end_ns),
	FIELD("taken_ns", KIND_SINCE, struct task_row, taken_ns),
	FIELD("received_ns", KIND_SINCE, struct task_row, received_ns),
	FIELD("sequence", KIND_U64, struct task_row, sequence),
	FIELD("failed", KIND_BOOL, struct task_row, failed),
	FIELD("interrupted", KIND_U32, struct task_row, interrupted),
	END,
};

static const struct field thread_fields[] = {
	FIELD("tid", KIND_U32, struct thread_row, record.tid),
	FIELD("pid", KIND_U32, struct thread_row, record.tgid),
	FIELD("comm", KIND_TEXT, struct thread_row, record.comm),
	NAMED("role", struct thread_row, role, role_names, ROLE_COUNT),
	FIELD("start_ns", KIND_SINCE, struct thread_row, record.start_ns),
	FIELD("end_ns", KIND_SINCE, struct thread_row, record.end_ns),
	FIELD("on_cpu_ns", KIND_U64, struct thread_row, record.on_cpu_ns),
	FIELD("run_queue_ns", KIND_U64, struct thread_row, record.run_queue_ns),
	OTHER("blocked_ns"),
	OTHER("switches"),
	FIELD("migrations", KIND_U64, struct thread_row, record.migrations),
	FIELD("wakeups", KIND_U64, struct thread_row, record.wakeups),
	FIELD("runs", KIND_U64, struct thread_row, record.runs),
	FIELD("unseen_runs", KIND_U64, struct thread_row, record.unseen_runs),
	FIELD("faults", KIND_U64, struct thread_row, record.faults),
	FIELD("idle_runs", KIND_U64, struct thread_row, record.idle_runs),
	OTHER("kernel"),
	END,
};

static const struct field kernel_fields[] = {
	FIELD("switches", KIND_U64, struct thread_row, record.kernel.switches),
	FIELD("exec_runtime_ns", KIND_U64, struct thread_row, record.kernel.exec_runtime_ns),
	FIELD("run_delay_ns", KIND_U64, struct thread_row, record.kernel.run_delay_ns),
	FIELD("minor_faults", KIND_U64, struct thread_row, record.kernel.minor_faults),
	FIELD("major_faults", KIND_U64, struct thread_row, record.kernel.major_faults),
	END,
};

static const struct field process_fields[] = {
	FIELD("pid", KIND_U32, struct process_row, pid),
	NAMED("role", struct process_row, role, role_names, ROLE_COUNT),
	FIELD("peak_rss_bytes", KIND_FIGURE, struct process_row, peak_rss_bytes),
	FIELD("pss_bytes", KIND_FIGURE, struct process_row, pss_bytes),
	FIELD("rss_bytes", KIND_FIGURE, struct process_row, rss_bytes),
	OTHER("faults"),
	FIELD("created_ns", KIND_FIGURE, struct process_row, created_ns),
	FIELD("exit_code", KIND_U32, struct process_row, exit_code),
	END,
};

static const struct field fault_fields[] = {
	FIELD("minor", KIND_FIGURE, struct process_row, minor_faults),
	FIELD("major", KIND_FIGURE, struct process_row, major_faults),
	FIELD("cow", KIND_FIGURE, struct process_row, cow_faults),
	END,
};

static const char *const scopes[] = {"private", "shared"};

static const struct field lock_fields[] = {
	OTHER("address"),
	OTHER("scope"),
	FIELD("pid", KIND_U32, struct lock_row, tgid),
	NAMED("kind", struct lock_row, kind, lock_kind_names, 6),
	NAMED("cause", struct lock_row, cause, cause_names, CAUSE_COUNT),
	FIELD("symbol", KIND_STRING, struct lock_row, symbol),
	FIELD("waits", KIND_U64, struct lock_row, waits),
	FIELD("wait_ns", KIND_U64, struct lock_row, wait_ns),
	FIELD("timeouts", KIND_U64, struct lock_row, timeouts),
	FIELD("hand_overs", KIND_U64, struct lock_row, hand_overs),
	END,
};

static const struct field program_fields[] = {
	FIELD("name", KIND_TEXT, struct program_row, name),
	FIELD("runs", KIND_U64, struct program_row, runs),
	FIELD("ns", KIND_U64, struct program_row, ns),
	END,
};

static const struct field account_fields[] = {
	FIELD("name", KIND_WORD, struct accounting_row, name),
	FIELD("unit", KIND_WORD, struct accounting_row, unit),
	FIELD("traced", KIND_FIGURE, struct accounting_row, traced),
	FIELD("kernel", KIND_FIGURE, struct accounting_row, kernel),
	OTHER("difference"),
	NAMED("status", struct accounting_row, status, accounting_names, 4),
	FIELD("because", KIND_TEXT, struct accounting_row, because),
	END,
};

static const struct field check_fields[] = {
	FIELD("id", KIND_WORD, struct check_row, id),
	FIELD("says", KIND_TEXT, struct check_row, says),
	NAMED("verdict", struct check_row, verdict, check_names, 3),
	FIELD("evidence", KIND_TEXT, struct check_row, evidence),
	FIELD("opportunities", KIND_U64, struct check_row, opportunities),
	FIELD("violations", KIND_U64, struct check_row, violations),
	END,
};

static const struct field result_fields[] = {
	OTHER("schema"),    OTHER("environment"),
	OTHER("spec"),	    OTHER("outcome"),
	OTHER("totals"),    OTHER("threads"),
	OTHER("processes"), OTHER("locks"),
	OTHER("cgroup"),    OTHER("accounting"),
	OTHER("tracer"),    OTHER("checks"),
	OTHER("tasks"),	    END,
};

/* Counters under their names, index by index. */
static int read_counters(struct reader *reader, const char *where, json_t *object, const char *const *names,
			 size_t count, uint64_t *into)
{
	struct field fields[16] = {0};

	for (size_t i = 0; i < count && i + 1 < LENGTH(fields); i++)
		fields[i] = (struct field){.key = names[i], .kind = KIND_U64, .offset = i * sizeof(*into)};
	return read_fields(reader, where, fields, object, into);
}

static int read_thread(struct reader *reader, json_t *thread, void *into)
{
	static const char *const switches[SWITCH_CLASSES] = {"voluntary",     "involuntary",	"yield",
							     "thread_switch", "process_switch", "resumed"};
	struct thread_row *row = into;

	return read_fields(reader, "threads", thread_fields, thread, row) ||
			       read_fields(reader, "threads.kernel", kernel_fields, json_object_get(thread, "kernel"),
					   row) ||
			       read_counters(reader, "threads.blocked_ns", json_object_get(thread, "blocked_ns"),
					     cause_names, CAUSE_COUNT, (uint64_t *)row->record.blocked_ns) ||
			       read_counters(reader, "threads.switches", json_object_get(thread, "switches"), switches,
					     SWITCH_CLASSES, (uint64_t *)row->record.switches)
		       ? -1
		       : 0;
}

static int read_task(struct reader *reader, json_t *task, void *into)
{
	return read_fields(reader, "tasks", task_fields, task, into);
}

static int read_process(struct reader *reader, json_t *process, void *into)
{
	return read_fields(reader, "processes", process_fields, process, into) ||
			       read_fields(reader, "processes.faults", fault_fields, json_object_get(process, "faults"),
					   into)
		       ? -1
		       : 0;
}

static int read_lock(struct reader *reader, json_t *lock, void *into)
{
	const char *address = json_string_value(json_object_get(lock, "address"));
	const char *scope = json_string_value(json_object_get(lock, "scope"));
	struct lock_row *row = into;

	row->address = address ? strtoull(address, NULL, 16) : 0;
	row->shared = scope && !strcmp(scope, scopes[1]);
	return read_fields(reader, "locks", lock_fields, lock, row);
}

static int read_program(struct reader *reader, json_t *program, void *into)
{
	return read_fields(reader, "tracer.programs", program_fields, program, into);
}

static int read_account(struct reader *reader, json_t *account, void *into)
{
	const json_t *difference = json_object_get(account, "difference");

	((struct accounting_row *)into)->difference = json_integer_value(difference);
	return read_fields(reader, "accounting", account_fields, account, into);
}

static int read_check(struct reader *reader, json_t *check, void *into)
{
	return read_fields(reader, "checks", check_fields, check, into);
}

/* A list of at most @most items, each of @size bytes, into @rows, or into new memory if that is NULL. */
static int read_list(struct reader *reader, const char *key, const json_t *list, void **rows, size_t most, size_t size,
		     size_t *count, int (*read)(struct reader *reader, json_t *item, void *into))
{
	*count = 0;
	if (!list)
		return 0;
	if (!json_is_array(list))
		return refuse(reader, "", key, "is no list");
	if (most && json_array_size(list) > most)
		return refuse(reader, "", key, "has more items than there can be");
	if (!most)
		*rows = memory__take(&reader->results->memory, (json_array_size(list) + 1) * size);
	if (!*rows)
		return fail(reader->failure, STATUS_CANNOT, "out of memory");
	for (; *count < json_array_size(list); ++*count)
		if (read(reader, json_array_get(list, *count), (char *)*rows + *count * size))
			return -1;
	return 0;
}

static int read_lists(struct reader *reader, json_t *document, struct result *result)
{
	json_t *tracer = json_object_get(document, "tracer");
	void *programs = result->tracer.programs, *accounts = result->accounting, *checks = result->checks;

	return read_list(reader, "tasks", json_object_get(document, "tasks"), (void **)&result->tasks, 0,
			 sizeof(*result->tasks), &result->task_count, read_task) ||
			       read_list(reader, "threads", json_object_get(document, "threads"),
					 (void **)&result->threads, 0, sizeof(*result->threads), &result->thread_count,
					 read_thread) ||
			       read_list(reader, "processes", json_object_get(document, "processes"),
					 (void **)&result->processes, 0, sizeof(*result->processes),
					 &result->process_count, read_process) ||
			       read_list(reader, "locks", json_object_get(document, "locks"), (void **)&result->locks,
					 0, sizeof(*result->locks), &result->lock_count, read_lock) ||
			       read_list(reader, "tracer.programs", json_object_get(tracer, "programs"), &programs,
					 MAX_PROGRAMS, sizeof(*result->tracer.programs), &result->tracer.program_count,
					 read_program) ||
			       read_list(reader, "accounting", json_object_get(document, "accounting"), &accounts,
					 MAX_ACCOUNTS, sizeof(*result->accounting), &result->account_count,
					 read_account) ||
			       read_list(reader, "checks", json_object_get(document, "checks"), &checks, MAX_CHECKS,
					 sizeof(*result->checks), &result->check_count, read_check)
		       ? -1
		       : 0;
}

/* The metric table's values: what they were made from is not all in the file. */
static int read_totals(struct reader *reader, json_t *totals, struct result *result)
{
	struct figure *figures = memory__take(&reader->results->memory, metric_count * sizeof(*figures));
	struct field *fields = memory__take(&reader->results->memory, (metric_count + 1) * sizeof(*fields));

	if (!figures || !fields)
		return fail(reader->failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < metric_count; i++)
		fields[i] = (struct field){.key = metrics[i].name,
					   .kind = metrics[i].unit == UNIT_RATIO ? KIND_RATIO : KIND_FIGURE,
					   .offset = i * sizeof(*figures)};
	result->totals = figures;
	return read_fields(reader, "totals", fields, totals, figures);
}

static int read_experiment(struct reader *reader, json_t *document, struct experiment *experiment)
{
	json_t *spec = json_object_get(document, "spec"), *python = json_object_get(spec, "python");
	json_t *interpreter = json_object_get(json_object_get(document, "environment"), "interpreter");
	const char *arguments = json_string_value(json_object_get(python, "arguments"));
	const json_t *calls = json_object_get(json_object_get(document, "totals"), "system_calls");

	for (size_t i = 0; i < WORKLOAD_COUNT; i++)
		workloads[i] = workload_kinds[i].name;
	/* null, of the native engine, is as if they were not there. */
	if (read_fields(reader, "spec", spec_fields, spec, experiment) ||
	    read_fields(reader, "spec.python", python_fields, json_is_null(python) ? NULL : python, experiment) ||
	    read_fields(reader, "environment.interpreter", interpreter_fields,
			json_is_null(interpreter) ? NULL : interpreter, experiment))
		return -1;
	experiment->python.generator = arguments && !strcmp(arguments, sources[1]);
	experiment->plan.signal = experiment->signal_text != NULL;
	experiment->count_calls = json_is_number(calls);
	return *experiment->task_text ? 0 : refuse(reader, "spec", "task", "is missing");
}

static int read_result(struct reader *reader, json_t *document, struct stored_result *stored)
{
	struct result *result = &stored->result;
	json_t *tracer = json_object_get(document, "tracer");

	result->experiment = &stored->experiment;
	result->gate_ns = GATE_NS;
	if (read_fields(reader, "", result_fields, document, result) ||
	    read_experiment(reader, document, &stored->experiment) ||
	    read_fields(reader, "environment", environment_fields, json_object_get(document, "environment"),
			&result->environment) ||
	    read_fields(reader, "outcome", outcome_fields, json_object_get(document, "outcome"), result) ||
	    read_fields(reader, "cgroup", cgroup_fields, json_object_get(document, "cgroup"), result) ||
	    read_fields(reader, "tracer", tracer_fields, tracer, result) ||
	    read_counters(reader, "tracer.lost", json_object_get(tracer, "lost"), loss_names, LOSS_COUNT,
			  result->tracer.lost) ||
	    read_totals(reader, json_object_get(document, "totals"), result) || read_lists(reader, document, result))
		return -1;
	if (!result->signal_ns.missing)
		result->signal_ns.value += GATE_NS;
	result->tracer.cpu_permille.value /= 100;
	return 0;
}

static int read_one(struct reader *reader, json_t *document)
{
	const char *schema = json_string_value(json_object_get(document, "schema"));
	struct stored_result *stored = memory__take(&reader->results->memory, sizeof(*stored));
	size_t length = strlen(RESULT_SCHEMA);

	if (!schema || strncmp(schema, RESULT_SCHEMA, length) != 0 || (schema[length] && schema[length] != '.'))
		return fail(reader->failure, STATUS_USAGE,
			    "%.200s: its schema is '%.40s': here is read " RESULT_SCHEMA
			    "; of blocks, name the directory",
			    reader->name, schema ? schema : "(none)");
	if (!stored)
		return fail(reader->failure, STATUS_CANNOT, "out of memory");
	reader->results->list[reader->results->count++] = stored;
	return read_result(reader, document, stored);
}

int stored_results__read(struct stored_results *results, const char *name, const char *text, size_t size,
			 struct failure *failure)
{
	struct reader reader = {results, name, failure};
	json_error_t error;
	json_t *document = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	size_t count = json_is_array(document) ? json_array_size(document) : 1;
	int status = 0;

	*results = (struct stored_results){.array = json_is_array(document)};
	if (!document)
		return fail(failure, STATUS_USAGE, "%.200s:%d:%d: it is no JSON: %.200s", name, error.line,
			    error.column, error.text);
	results->list = memory__take(&results->memory, (count + 1) * sizeof(*results->list));
	if (!results->list)
		status = fail(failure, STATUS_CANNOT, "out of memory");
	else if (!count)
		status = fail(failure, STATUS_USAGE, "%.200s: there is no result in it", name);
	for (size_t i = 0; !status && i < count; i++)
		status = read_one(&reader, results->array ? json_array_get(document, i) : document);
	json_decref(document);
	return status;
}

void stored_results__free(struct stored_results *results)
{
	memory__free(&results->memory);
	*results = (struct stored_results){0};
}
