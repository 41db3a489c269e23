/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From mptrace.result/1 to a result: a table of keys for each object, the same keys as report/result_json.c writes. */
#include "read.h"

#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "metrics.h"

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
	FIELD("foreign_cpu_share", KIND_RATIO, struct result, foreign_permille),
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
	FIELD("first_tid", KIND_U32, struct thread_row, record.first_tid),
	FIELD("pid", KIND_U32, struct thread_row, record.tgid),
	FIELD("parent_pid", KIND_U32, struct thread_row, record.parent_tgid),
	OTHER("executed"),
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
	FIELD("unseen_run_ns", KIND_U64, struct thread_row, record.unseen_run_ns),
	OTHER("waits"),
	FIELD("mutex_ns", KIND_U64, struct thread_row, record.mutex_ns),
	OTHER("io_ns"),
	OTHER("io_waits"),
	OTHER("bound"),
	OTHER("bound_share"),
	FIELD("faults", KIND_U64, struct thread_row, record.faults),
	FIELD("idle_runs", KIND_U64, struct thread_row, record.idle_runs),
	FIELD("idle_wait_ns", KIND_U64, struct thread_row, record.idle_wait_ns),
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
	OTHER("bound"),
	OTHER("bound_share"),
	FIELD("python", KIND_TEXT, struct process_row, python),
	END,
};

static const struct field fault_fields[] = {
	FIELD("minor", KIND_FIGURE, struct process_row, minor_faults),
	FIELD("major", KIND_FIGURE, struct process_row, major_faults),
	FIELD("cow", KIND_FIGURE, struct process_row, cow_faults),
	END,
};

static const char *const scopes[] = {"private", "shared"};

static const struct field folded_fields[] = {
	FIELD("threads", KIND_U64, struct result, folded.threads),
	FIELD("processes", KIND_U64, struct result, folded.processes),
	END,
};

static const struct field timeline_fields[] = {
	OTHER("file"),
	FIELD("events", KIND_U64, struct result, timeline.count),
	FIELD("lost", KIND_U64, struct result, timeline.lost),
	END,
};

static const struct field file_fields[] = {
	FIELD("name", KIND_TEXT, struct file_row, name),
	NAMED("kind", struct file_row, kind, io_kind_names, IO_KINDS),
	FIELD("inode", KIND_U64, struct file_row, inode),
	FIELD("device", KIND_U32, struct file_row, device),
	FIELD("waits", KIND_U64, struct file_row, waits),
	FIELD("wait_ns", KIND_U64, struct file_row, wait_ns),
	END,
};

static const struct field stack_fields[] = {
	FIELD("comm", KIND_TEXT, struct stack_row, comm),
	FIELD("pid", KIND_U32, struct stack_row, pid),
	NAMED("cause", struct stack_row, cause, cause_names, CAUSE_COUNT + 1),
	FIELD("ns", KIND_U64, struct stack_row, ns),
	FIELD("times", KIND_U64, struct stack_row, times),
	FIELD("cut", KIND_BOOL, struct stack_row, cut),
	FIELD("frames", KIND_WORD, struct stack_row, frames),
	END,
};

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
	FIELD("most_from", KIND_U32, struct lock_row, most_from),
	FIELD("most_to", KIND_U32, struct lock_row, most_to),
	FIELD("most_times", KIND_U64, struct lock_row, most_times),
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
	OTHER("schema"),  OTHER("environment"), OTHER("spec"),	     OTHER("outcome"),	OTHER("totals"),
	OTHER("threads"), OTHER("processes"),	OTHER("locks"),	     OTHER("folded"),	OTHER("files"),
	OTHER("stacks"),  OTHER("cgroup"),	OTHER("accounting"), OTHER("tracer"),	OTHER("checks"),
	OTHER("tasks"),	  OTHER("answer"),	OTHER("advice"),     OTHER("timeline"), END,
};

static int read_thread(struct field_reader *reader, json_t *thread, void *into)
{
	static const char *const switches[SWITCH_CLASSES] = {"voluntary",     "involuntary",	"yield",
							     "thread_switch", "process_switch", "resumed"};
	struct thread_row *row = into;

	row->record.executed = json_is_true(json_object_get(thread, "executed"));
	return fields__read(reader, "threads", thread_fields, thread, row) ||
			       fields__read(reader, "threads.kernel", kernel_fields, json_object_get(thread, "kernel"),
					    row) ||
			       fields__counters(reader, "threads.blocked_ns", json_object_get(thread, "blocked_ns"),
						cause_names, CAUSE_COUNT, (uint64_t *)row->record.blocked_ns) ||
			       fields__counters(reader, "threads.switches", json_object_get(thread, "switches"),
						switches, SWITCH_CLASSES, (uint64_t *)row->record.switches) ||
			       fields__counters(reader, "threads.waits", json_object_get(thread, "waits"), cause_names,
						CAUSE_COUNT, (uint64_t *)row->record.waits) ||
			       fields__counters(reader, "threads.io_ns", json_object_get(thread, "io_ns"),
						io_kind_names, IO_KINDS, (uint64_t *)row->record.io_ns) ||
			       fields__counters(reader, "threads.io_waits", json_object_get(thread, "io_waits"),
						io_kind_names, IO_KINDS, (uint64_t *)row->record.io_waits)
		       ? -1
		       : 0;
}

static int read_task(struct field_reader *reader, json_t *task, void *into)
{
	return fields__read(reader, "tasks", task_fields, task, into);
}

static int read_process(struct field_reader *reader, json_t *process, void *into)
{
	return fields__read(reader, "processes", process_fields, process, into) ||
			       fields__read(reader, "processes.faults", fault_fields,
					    json_object_get(process, "faults"), into)
		       ? -1
		       : 0;
}

static int read_file(struct field_reader *reader, json_t *file, void *into)
{
	return fields__read(reader, "files", file_fields, file, into);
}

static int read_stack(struct field_reader *reader, json_t *stack, void *into)
{
	return fields__read(reader, "stacks", stack_fields, stack, into);
}

static int read_lock(struct field_reader *reader, json_t *lock, void *into)
{
	const char *address = json_string_value(json_object_get(lock, "address"));
	const char *scope = json_string_value(json_object_get(lock, "scope"));
	struct lock_row *row = into;

	row->address = address ? strtoull(address, NULL, 16) : 0;
	row->shared = scope && !strcmp(scope, scopes[1]);
	return fields__read(reader, "locks", lock_fields, lock, row);
}

static int read_program(struct field_reader *reader, json_t *program, void *into)
{
	return fields__read(reader, "tracer.programs", program_fields, program, into);
}

static int read_account(struct field_reader *reader, json_t *account, void *into)
{
	const json_t *difference = json_object_get(account, "difference");

	((struct accounting_row *)into)->difference = json_integer_value(difference);
	return fields__read(reader, "accounting", account_fields, account, into);
}

static int read_check(struct field_reader *reader, json_t *check, void *into)
{
	return fields__read(reader, "checks", check_fields, check, into);
}

static int read_lists(struct field_reader *reader, json_t *document, struct result *result)
{
	json_t *tracer = json_object_get(document, "tracer");
	void *programs = result->tracer.programs, *accounts = result->accounting, *checks = result->checks;

	result->with_stacks = json_object_get(document, "stacks") != NULL;
	result->timeline.kept = json_object_get(document, "timeline") != NULL;
	return fields__read(reader, "timeline", timeline_fields, json_object_get(document, "timeline"), result) ||
			       fields__list(reader, "tasks", json_object_get(document, "tasks"),
					    (void **)&result->tasks, 0, sizeof(*result->tasks), &result->task_count,
					    read_task) ||
			       fields__list(reader, "threads", json_object_get(document, "threads"),
					    (void **)&result->threads, 0, sizeof(*result->threads),
					    &result->thread_count, read_thread) ||
			       fields__list(reader, "processes", json_object_get(document, "processes"),
					    (void **)&result->processes, 0, sizeof(*result->processes),
					    &result->process_count, read_process) ||
			       fields__read(reader, "folded", folded_fields, json_object_get(document, "folded"),
					    result) ||
			       fields__list(reader, "files", json_object_get(document, "files"),
					    (void **)&result->files, 0, sizeof(*result->files), &result->file_count,
					    read_file) ||
			       fields__list(reader, "stacks", json_object_get(document, "stacks"),
					    (void **)&result->stacks, 0, sizeof(*result->stacks), &result->stack_count,
					    read_stack) ||
			       fields__list(reader, "locks", json_object_get(document, "locks"),
					    (void **)&result->locks, 0, sizeof(*result->locks), &result->lock_count,
					    read_lock) ||
			       fields__list(reader, "tracer.programs", json_object_get(tracer, "programs"), &programs,
					    MAX_PROGRAMS, sizeof(*result->tracer.programs),
					    &result->tracer.program_count, read_program) ||
			       fields__list(reader, "accounting", json_object_get(document, "accounting"), &accounts,
					    MAX_ACCOUNTS, sizeof(*result->accounting), &result->account_count,
					    read_account) ||
			       fields__list(reader, "checks", json_object_get(document, "checks"), &checks, MAX_CHECKS,
					    sizeof(*result->checks), &result->check_count, read_check)
		       ? -1
		       : 0;
}

/* The metric table's values: what they were made from is not all in the file. */
static int read_totals(struct field_reader *reader, json_t *totals, struct result *result)
{
	struct figure *figures = memory__take(reader->memory, metric_count * sizeof(*figures));
	struct field *fields = memory__take(reader->memory, (metric_count + 1) * sizeof(*fields));

	if (!figures || !fields)
		return fail(reader->failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < metric_count; i++)
		fields[i] = (struct field){.key = metrics[i].name,
					   .kind = metrics[i].unit == UNIT_RATIO ? KIND_RATIO : KIND_FIGURE,
					   .offset = i * sizeof(*figures)};
	result->totals = figures;
	return fields__read(reader, "totals", fields, totals, figures);
}

static const struct field target_fields[] = {
	FIELD("command", KIND_STRING, struct target, command),
	FIELD("pids", KIND_STRING, struct target, pids),
	FIELD("cgroup", KIND_STRING, struct target, cgroup),
	FIELD("cpus", KIND_U32, struct target, cpus),
	END,
};

/* A profile: of any program, and no experiment. */
static int read_target(struct field_reader *reader, json_t *spec, struct stored_result *stored)
{
	const struct target *target = &stored->target;

	stored->experiment =
		(struct experiment){.traced = true, .plan = {.workload = WORKLOAD_THREAD}, .task_text = ""};
	stored->result.target = target;
	if (fields__read(reader, "spec", target_fields, spec, &stored->target))
		return -1;
	return target->command || target->pids || target->cgroup
		       ? 0
		       : fields__refuse(reader, "spec", "workload", "is missing, and so are command, pids and cgroup");
}

static int read_experiment(struct field_reader *reader, json_t *document, struct experiment *experiment)
{
	json_t *spec = json_object_get(document, "spec"), *python = json_object_get(spec, "python");
	json_t *interpreter = json_object_get(json_object_get(document, "environment"), "interpreter");
	const char *arguments = json_string_value(json_object_get(python, "arguments"));
	const json_t *calls = json_object_get(json_object_get(document, "totals"), "system_calls");

	for (size_t i = 0; i < WORKLOAD_COUNT; i++)
		workloads[i] = workload_kinds[i].name;
	/* null, of the native engine, is as if they were not there. */
	if (fields__read(reader, "spec", spec_fields, spec, experiment) ||
	    fields__read(reader, "spec.python", python_fields, json_is_null(python) ? NULL : python, experiment) ||
	    fields__read(reader, "environment.interpreter", interpreter_fields,
			 json_is_null(interpreter) ? NULL : interpreter, experiment))
		return -1;
	experiment->python.generator = arguments && !strcmp(arguments, sources[1]);
	experiment->plan.signal = experiment->signal_text != NULL;
	experiment->count_calls = json_is_number(calls);
	return *experiment->task_text ? 0 : fields__refuse(reader, "spec", "task", "is missing");
}

static int read_result(struct field_reader *reader, json_t *document, struct stored_result *stored)
{
	struct result *result = &stored->result;
	json_t *tracer = json_object_get(document, "tracer"), *spec = json_object_get(document, "spec");

	result->experiment = &stored->experiment;
	result->gate_ns = GATE_NS;
	if (fields__read(reader, "", result_fields, document, result) ||
	    (json_object_get(spec, "workload") ? read_experiment(reader, document, &stored->experiment)
					       : read_target(reader, spec, stored)) ||
	    fields__read(reader, "environment", environment_fields, json_object_get(document, "environment"),
			 &result->environment) ||
	    fields__read(reader, "outcome", outcome_fields, json_object_get(document, "outcome"), result) ||
	    fields__read(reader, "cgroup", cgroup_fields, json_object_get(document, "cgroup"), result) ||
	    fields__read(reader, "tracer", tracer_fields, tracer, result) ||
	    fields__counters(reader, "tracer.lost", json_object_get(tracer, "lost"), loss_names, LOSS_COUNT,
			     result->tracer.lost) ||
	    read_totals(reader, json_object_get(document, "totals"), result) || read_lists(reader, document, result))
		return -1;
	if (!result->signal_ns.missing)
		result->signal_ns.value += GATE_NS;
	result->tracer.cpu_permille.value /= 100;
	return 0;
}

static int read_one(struct stored_results *results, struct field_reader *reader, json_t *document)
{
	const char *schema = json_string_value(json_object_get(document, "schema"));
	struct stored_result *stored = memory__take(reader->memory, sizeof(*stored));

	if (!schema__is(schema, RESULT_SCHEMA))
		return fail(reader->failure, STATUS_USAGE, "%.200s: its schema is '%.40s': here is read " RESULT_SCHEMA,
			    reader->name, schema ? schema : "(none)");
	if (!stored)
		return fail(reader->failure, STATUS_CANNOT, "out of memory");
	results->list[results->count++] = stored;
	return read_result(reader, document, stored);
}

int stored_results__read(struct stored_results *results, const char *name, const char *text, size_t size,
			 struct failure *failure)
{
	struct field_reader reader = {&results->memory, name, failure, &results->unknown};
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
		status = read_one(results, &reader, results->array ? json_array_get(document, i) : document);
	for (size_t i = 1; !status && i < count; i++)
		if (!json_equal(json_object_get(json_array_get(document, 0), "spec"),
				json_object_get(json_array_get(document, i), "spec")))
			status = fail(failure, STATUS_USAGE,
				      "%.200s: result %zu is of another experiment than the first", name, i + 1);
	json_decref(document);
	return status;
}

void stored_results__free(struct stored_results *results)
{
	memory__free(&results->memory);
	*results = (struct stored_results){0};
}
