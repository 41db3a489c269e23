/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mptrace.result/1: the keys of userspace/result/result.schema.json. Task times count from the gate. */
#include <math.h>
#include <string.h>

#include "../advice/advice.h"
#include "../result/metrics.h"
#include "../result/timeline_file.h"
#include "../base/json.h"
#include "report.h"

static const char *const switch_names[SWITCH_CLASSES] = {"voluntary",	  "involuntary",    "yield",
							 "thread_switch", "process_switch", "resumed"};

/* null for the native engine. */
static void write_interpreter(struct json *json, const struct experiment *experiment)
{
	const struct interpreter *interpreter = &experiment->python.interpreter;

	if (experiment->plan.engine != ENGINE_PYTHON) {
		json__string(json, "interpreter", NULL);
		return;
	}
	json__begin_object(json, "interpreter");
	json__string(json, "path", interpreter->path);
	json__string(json, "version", interpreter->version);
	json__string(json, "build", interpreter->build);
	json__string(json, "gil", gil_names[interpreter->gil]);
	json__boolean(json, "free_threaded", interpreter->free_threaded);
	json__integer(json, "switch_interval_ns",
		      experiment->python.switch_interval_ns ? experiment->python.switch_interval_ns
							    : interpreter->switch_interval_ns);
	json__string(json, "start_method", experiment->python.start_method);
	json__end_object(json);
}

/* null for the native engine. */
static void write_python(struct json *json, const struct experiment *experiment)
{
	const struct python_options *python = &experiment->python;

	if (experiment->plan.engine != ENGINE_PYTHON) {
		json__string(json, "python", NULL);
		return;
	}
	json__begin_object(json, "python");
	json__string(json, "start_method", python->start_method);
	json__string(json, "method", python->method);
	json__integer(json, "max_tasks_per_child", experiment->plan.max_tasks_per_child);
	json__integer(json, "argument_size_bytes", python->argument_size);
	json__integer(json, "result_size_bytes", python->result_size);
	json__string(json, "arguments", python->generator ? "generator" : "list");
	json__string(json, "call", python->call);
	json__string(json, "items", python->items);
	json__end_object(json);
}

static void write_environment(struct json *json, const struct result *result)
{
	json__begin_object(json, "environment");
	report__environment(json, &result->environment);
	write_interpreter(json, result->experiment);
	json__end_object(json);
}

static void write_target(struct json *json, const struct target *target)
{
	json__begin_object(json, "spec");
	json__string(json, "command", target->command);
	json__string(json, "pids", target->pids);
	json__string(json, "cgroup", target->cgroup);
	json__integer(json, "cpus", target->cpus);
	json__end_object(json);
}

static void write_ratio(struct json *json, const char *key, double value, const char *missing)
{
	json__ratio(json, key, isnan(value) ? not_measured(missing) : measured((uint64_t)(value * 1000 + 0.5)));
}

static void write_answer(struct json *json, const struct result *result)
{
	struct answer answer;
	struct advice advice;

	answer__of(&answer, result);
	advice__of(&advice, &answer, result);
	json__begin_object(json, "answer");
	json__string(json, "bound", bound_names[answer.bound]);
	write_ratio(json, "share", answer.share, "");
	json__string(json, "io", answer.bound == BOUND_IO ? io_kind_names[answer.kind] : NULL);
	write_ratio(json, "parallelism", answer.parallelism, "nothing ran, or its switches were not all shown");
	json__string(json, "says", answer.says);
	json__end_object(json);
	json__begin_object(json, "advice");
	json__string(json, "choose", choice_names[advice.choose]);
	write_ratio(json, "speed_up_limit", advice.speed_up_limit, "nothing that was measured bounds it");
	json__string(json, "says", advice.says);
	json__begin_array(json, "because");
	for (size_t i = 0; i < advice.because_count; i++)
		json__string(json, NULL, advice.because[i]);
	json__end_array(json);
	json__string(json, "command", advice.command[0] ? advice.command : NULL);
	json__end_object(json);
}

static void write_spec(struct json *json, const struct experiment *experiment)
{
	const struct plan *plan = &experiment->plan;

	json__begin_object(json, "spec");
	json__string(json, "workload", workload_kinds[plan->workload].name);
	json__string(json, "engine", engine_names[plan->engine]);
	write_python(json, experiment);
	json__integer(json, "tasks", plan->tasks);
	json__integer(json, "workers", plan->workers);
	json__string(json, "task", experiment->task_text);
	json__integer(json, "chunk", plan->chunk);
	json__string(json, "cpus", experiment->cpus);
	json__integer(json, "memory_limit_bytes", experiment->memory_limit);
	json__integer(json, "cpu_limit_percent", experiment->cpu_limit);
	json__integer(json, "parent_memory_bytes", plan->parent_memory);
	json__integer(json, "open_files_limit", experiment->open_files);
	json__integer(json, "max_processes", experiment->max_processes);
	json__string(json, "signal", experiment->signal_text);
	json__integer(json, "timeout_ns", experiment->timeout_ns);
	json__integer(json, "seed", experiment->seed);
	json__string(json, "user", experiment->user);
	json__boolean(json, "traced", experiment->traced);
	json__end_object(json);
}

static void write_outcome(struct json *json, const struct result *result)
{
	json__begin_object(json, "outcome");
	json__string(json, "status", outcome_names[result->outcome.status]);
	json__string(json, "says", result->outcome.says[0] ? result->outcome.says : NULL);
	json__integer(json, "signal", (uint64_t)result->outcome.signal);
	json__figure(json, "wall_ns", result->outcome.wall_ns);
	json__ratio(json, "foreign_cpu_share", result->foreign_permille);
	json__integer(json, "tasks_done", result->outcome.tasks_done);
	json__integer(json, "tasks_failed", result->outcome.tasks_failed);
	json__figure(json, "signal_ns",
		     result->signal_ns.missing ? result->signal_ns
					       : measured(result->signal_ns.value - result->gate_ns));
	json__integer(json, "steps_per_ms_before", result->calibrated.cpu);
	json__integer(json, "steps_per_ms_after", result->calibrated_after);
	json__end_object(json);
}

/* ns since the gate; a task that did not get there has no such time. */
static struct figure since_gate(const struct result *result, uint64_t at_ns, const char *missing)
{
	return at_ns ? measured(at_ns - result->gate_ns) : not_measured(missing);
}

static void write_tasks(struct json *json, const struct result *result)
{
	static const char late[] = "it did not get that far",
			  untaken[] = "only Python's Pool of processes has it noted",
			  unnoted[] = "it did not get that far, or the workload does not note it (Python's threads)";

	json__begin_array(json, "tasks");
	for (size_t i = 0; i < result->task_count; i++) {
		const struct task_row *task = &result->tasks[i];

		json__begin_object(json, NULL);
		json__integer(json, "id", task->id);
		json__integer(json, "worker", task->worker);
		json__integer(json, "pid", task->pid);
		json__integer(json, "tid", task->tid);
		json__figure(json, "submit_ns", since_gate(result, task->submit_ns, late));
		json__figure(json, "start_ns", since_gate(result, task->start_ns, late));
		json__figure(json, "end_ns", since_gate(result, task->end_ns, late));
		json__figure(json, "taken_ns", since_gate(result, task->taken_ns, untaken));
		json__figure(json, "received_ns", since_gate(result, task->received_ns, unnoted));
		json__integer(json, "sequence", task->sequence);
		json__boolean(json, "failed", task->failed);
		json__integer(json, "interrupted", task->interrupted);
		json__end_object(json);
	}
	json__end_array(json);
}

static void write_bound(struct json *json, const struct where *where)
{
	double share;

	json__string(json, "bound", bound_names[where__bound(where, &share)]);
	write_ratio(json, "bound_share", share, "");
}

static void write_counters(struct json *json, const char *key, const char *const *names, size_t count,
			   const __u64 *counters)
{
	json__begin_object(json, key);
	for (size_t i = 0; i < count; i++)
		json__integer(json, names[i], counters[i]);
	json__end_object(json);
}

/* What its bound is told from. */
static void write_waits(struct json *json, const struct thread_record *record)
{
	struct where where;

	write_counters(json, "waits", cause_names, CAUSE_COUNT, record->waits);
	json__integer(json, "mutex_ns", record->mutex_ns);
	write_counters(json, "io_ns", io_kind_names, IO_KINDS, record->io_ns);
	write_counters(json, "io_waits", io_kind_names, IO_KINDS, record->io_waits);
	where__of_thread(&where, record);
	write_bound(json, &where);
}

static void write_thread(struct json *json, const struct result *result, const struct thread_row *thread)
{
	const struct thread_record *record = &thread->record;

	json__begin_object(json, NULL);
	json__integer(json, "tid", record->tid);
	json__integer(json, "first_tid", record->first_tid);
	json__integer(json, "pid", record->tgid);
	json__integer(json, "parent_pid", record->parent_tgid);
	json__boolean(json, "executed", record->executed);
	json__string(json, "comm", record->comm);
	json__string(json, "role", role_names[thread->role]);
	json__integer(json, "start_ns", record->start_ns - result->gate_ns);
	json__integer(json, "end_ns", record->end_ns - result->gate_ns);
	json__integer(json, "on_cpu_ns", record->on_cpu_ns);
	json__integer(json, "run_queue_ns", record->run_queue_ns);
	write_counters(json, "blocked_ns", cause_names, CAUSE_COUNT, record->blocked_ns);
	write_counters(json, "switches", switch_names, SWITCH_CLASSES, record->switches);
	json__integer(json, "migrations", record->migrations);
	json__integer(json, "wakeups", record->wakeups);
	json__integer(json, "runs", record->runs);
	json__integer(json, "unseen_runs", record->unseen_runs);
	json__integer(json, "unseen_run_ns", record->unseen_run_ns);
	json__integer(json, "faults", record->faults);
	json__integer(json, "idle_runs", record->idle_runs);
	json__integer(json, "idle_wait_ns", record->idle_wait_ns);
	json__begin_object(json, "kernel");
	json__integer(json, "switches", record->kernel.switches - record->kernel_before.switches);
	json__integer(json, "exec_runtime_ns", record->kernel.exec_runtime_ns - record->kernel_before.exec_runtime_ns);
	json__integer(json, "run_delay_ns", record->kernel.run_delay_ns - record->kernel_before.run_delay_ns);
	json__integer(json, "minor_faults", record->kernel.minor_faults - record->kernel_before.minor_faults);
	json__integer(json, "major_faults", record->kernel.major_faults - record->kernel_before.major_faults);
	json__end_object(json);
	if (result->target)
		write_waits(json, record);
	json__end_object(json);
}

static void write_process_bound(struct json *json, const struct result *result, const struct process_row *process)
{
	struct where where;

	where__of_process(&where, result, process);
	write_bound(json, &where);
	json__string(json, "python", process->python[0] ? process->python : NULL);
}

static void write_processes(struct json *json, const struct result *result)
{
	json__begin_array(json, "processes");
	for (size_t i = 0; i < result->process_count; i++) {
		const struct process_row *process = &result->processes[i];

		json__begin_object(json, NULL);
		json__integer(json, "pid", process->pid);
		json__string(json, "role", role_names[process->role]);
		json__figure(json, "peak_rss_bytes", process->peak_rss_bytes);
		json__figure(json, "pss_bytes", process->pss_bytes);
		json__figure(json, "rss_bytes", process->rss_bytes);
		json__begin_object(json, "faults");
		json__figure(json, "minor", process->minor_faults);
		json__figure(json, "major", process->major_faults);
		json__figure(json, "cow", process->cow_faults);
		json__end_object(json);
		json__figure(json, "created_ns", process->created_ns);
		json__integer(json, "exit_code", process->exit_code);
		if (result->target)
			write_process_bound(json, result, process);
		json__end_object(json);
	}
	json__end_array(json);
}

static void write_locks(struct json *json, const struct result *result)
{
	json__begin_array(json, "locks");
	for (size_t i = 0; i < result->lock_count; i++) {
		const struct lock_row *lock = &result->locks[i];
		char address[20];

		snprintf(address, sizeof(address), "0x%llx", (unsigned long long)lock->address);
		json__begin_object(json, NULL);
		json__string(json, "address", address);
		json__string(json, "scope", lock->shared ? "shared" : "private");
		json__integer(json, "pid", lock->tgid);
		json__string(json, "kind", lock_kind_names[lock->kind]);
		json__string(json, "cause", cause_names[lock->cause]);
		json__string(json, "symbol", lock->symbol);
		json__integer(json, "waits", lock->waits);
		json__integer(json, "wait_ns", lock->wait_ns);
		json__integer(json, "timeouts", lock->timeouts);
		json__integer(json, "hand_overs", lock->hand_overs);
		json__integer(json, "most_from", lock->most_from);
		json__integer(json, "most_to", lock->most_to);
		json__integer(json, "most_times", lock->most_times);
		json__end_object(json);
	}
	json__end_array(json);
}

static void write_folded(struct json *json, const struct result *result)
{
	json__begin_object(json, "folded");
	json__integer(json, "threads", result->folded.threads);
	json__integer(json, "processes", result->folded.processes);
	json__end_object(json);
}

static void write_files(struct json *json, const struct result *result)
{
	json__begin_array(json, "files");
	for (size_t i = 0; i < result->file_count; i++) {
		const struct file_row *file = &result->files[i];

		json__begin_object(json, NULL);
		json__string(json, "name", file->name);
		json__string(json, "kind", io_kind_names[file->kind]);
		json__integer(json, "inode", file->inode);
		json__integer(json, "device", file->device);
		json__integer(json, "waits", file->waits);
		json__integer(json, "wait_ns", file->wait_ns);
		json__end_object(json);
	}
	json__end_array(json);
}

static void write_stacks(struct json *json, const struct result *result)
{
	json__begin_array(json, "stacks");
	for (size_t i = 0; i < result->stack_count; i++) {
		const struct stack_row *stack = &result->stacks[i];

		json__begin_object(json, NULL);
		json__string(json, "comm", stack->comm);
		json__integer(json, "pid", stack->pid);
		json__string(json, "cause", cause_names[stack->cause]);
		json__integer(json, "ns", stack->ns);
		json__integer(json, "times", stack->times);
		json__boolean(json, "cut", stack->cut);
		json__string(json, "frames", stack->frames);
		json__end_object(json);
	}
	json__end_array(json);
}

static void write_cgroup(struct json *json, const struct result *result)
{
	json__begin_object(json, "cgroup");
	json__string(json, "mode", result->cgroup.mode);
	json__figure(json, "memory_peak_bytes", result->cgroup.memory_peak_bytes);
	json__figure(json, "cpu_usage_ns", result->cgroup.cpu_usage_ns);
	json__figure(json, "throttled_ns", result->cgroup.throttled_ns);
	json__figure(json, "oom_kills", result->cgroup.oom_kills);
	json__end_object(json);
}

static void write_totals(struct json *json, const struct result *result)
{
	json__begin_object(json, "totals");
	for (size_t i = 0; i < metric_count; i++)
		if (metrics[i].unit == UNIT_RATIO)
			json__ratio(json, metrics[i].name, metric__of(&metrics[i], result));
		else
			json__figure(json, metrics[i].name, metric__of(&metrics[i], result));
	json__end_object(json);
}

static void write_accounting(struct json *json, const struct result *result)
{
	json__begin_array(json, "accounting");
	for (size_t i = 0; i < result->account_count; i++) {
		const struct accounting_row *row = &result->accounting[i];

		json__begin_object(json, NULL);
		json__string(json, "name", row->name);
		json__string(json, "unit", row->unit);
		json__figure(json, "traced", row->traced);
		json__figure(json, "kernel", row->kernel);
		if (row->status == ACCOUNT_KERNEL_ONLY)
			json__figure(json, "difference", not_measured("one figure only"));
		else
			json__signed(json, "difference", row->difference);
		json__string(json, "status", accounting_names[row->status]);
		json__string(json, "because", row->because);
		json__end_object(json);
	}
	json__end_array(json);
}

static void write_tracer(struct json *json, const struct result *result)
{
	json__begin_object(json, "tracer");
	json__begin_array(json, "programs");
	for (size_t i = 0; i < result->tracer.program_count; i++) {
		json__begin_object(json, NULL);
		json__string(json, "name", result->tracer.programs[i].name);
		json__integer(json, "runs", result->tracer.programs[i].runs);
		json__integer(json, "ns", result->tracer.programs[i].ns);
		json__end_object(json);
	}
	json__end_array(json);
	json__figure(json, "note_ns", result->tracer.note_ns);
	json__figure(json, "sampled_ns", result->tracer.sampled_ns);
	json__figure(json, "ns_per_switch", result->tracer.ns_per_switch);
	/* Thousandths of the whole: a tenth of a percent. */
	if (result->tracer.cpu_permille.missing)
		json__figure(json, "cpu_percent", result->tracer.cpu_permille);
	else
		json__ratio(json, "cpu_percent", measured(result->tracer.cpu_permille.value * 100));
	json__begin_object(json, "lost");
	for (int i = 0; i < LOSS_COUNT; i++)
		json__integer(json, loss_names[i], result->tracer.lost[i]);
	json__end_object(json);
	json__end_object(json);
}

static void write_checks(struct json *json, const struct result *result)
{
	json__begin_array(json, "checks");
	for (size_t i = 0; i < result->check_count; i++) {
		const struct check_row *check = &result->checks[i];

		json__begin_object(json, NULL);
		json__string(json, "id", check->id);
		json__string(json, "says", check->says);
		json__string(json, "verdict", check_names[check->verdict]);
		json__string(json, "evidence", check->evidence);
		json__integer(json, "opportunities", check->opportunities);
		json__integer(json, "violations", check->violations);
		json__end_object(json);
	}
	json__end_array(json);
}

/* The events have a file of their own. */
static void write_timeline(struct json *json, const struct result *result)
{
	json__begin_object(json, "timeline");
	json__string(json, "file", TIMELINE_NAME);
	json__integer(json, "events", result->timeline.count);
	json__integer(json, "lost", result->timeline.lost);
	json__end_object(json);
}

static void write_result(struct json *json, const struct result *result)
{
	json__begin_object(json, NULL);
	json__string(json, "schema", RESULT_SCHEMA);
	write_environment(json, result);
	if (result->target)
		write_target(json, result->target);
	else
		write_spec(json, result->experiment);
	write_outcome(json, result);
	write_totals(json, result);
	json__begin_array(json, "threads");
	for (size_t i = 0; i < result->thread_count; i++)
		write_thread(json, result, &result->threads[i]);
	json__end_array(json);
	write_processes(json, result);
	write_locks(json, result);
	write_cgroup(json, result);
	write_accounting(json, result);
	write_tracer(json, result);
	write_checks(json, result);
	write_tasks(json, result);
	if (result->target) {
		write_folded(json, result);
		write_files(json, result);
		write_answer(json, result);
	}
	if (result->with_stacks)
		write_stacks(json, result);
	if (result->timeline.kept)
		write_timeline(json, result);
	json__end_object(json);
}

int report__json(FILE *file, const struct result *const *results, size_t count, bool array)
{
	struct json json = json__to(file);

	if (array)
		json__begin_array(&json, NULL);
	for (size_t i = 0; i < count; i++)
		write_result(&json, results[i]);
	if (array)
		json__end_array(&json);
	return json__finish(&json);
}

int report__json_line(FILE *file, const struct result *result)
{
	struct json json = json__line_to(file);

	write_result(&json, result);
	return json__finish(&json);
}
