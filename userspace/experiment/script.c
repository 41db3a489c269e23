/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* userspace/workload/embed.S */
#define FILES(with)                                                                                                    \
	with(mptrace_api) with(mptrace_exchange) with(mptrace_journal) with(mptrace_main) with(mptrace_pools)          \
		with(mptrace_shapes) with(mptrace_steps) with(mptrace_worker)
#define DECLARE(name) extern const char name##_py[], name##_py_end[];
#define ROW(name) {#name ".py", name##_py, name##_py_end},
FILES(DECLARE)

static const struct {
	const char *name, *begin, *end;
} files[] = {FILES(ROW)};

static int write_file(const char *folder, const char *name, const char *bytes, size_t size,
		      const struct identity *identity, struct failure *failure)
{
	char path[2 * AREA_PATH];
	ssize_t written;
	int file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	written = file < 0 ? -1 : write(file, bytes, size);
	if (written >= 0 && fchown(file, identity->user, identity->group))
		written = -1;
	if (written >= 0 && (size_t)written != size)
		errno = ENOSPC;
	if (file >= 0 && close(file))
		written = -1;
	return written == (ssize_t)size ? 0
					: fail(failure, STATUS_CANNOT, "cannot write %s: %s", path, strerror(errno));
}

/* [kind, amount, how]: of exchange its channel and its working set, of all others whether it is direct. */
static json_t *step_of(const struct step *step)
{
	json_t *how = step->kind == STEP_EXCHANGE
			      ? json_pack("[sI]", channel_names[step->channel], (json_int_t)step->working_set)
			      : json_boolean(step->direct);

	return json_pack("[sIo]", step_names[step->kind], (json_int_t)step->amount, how);
}

static json_t *groups_of(const struct task_spec *spec)
{
	json_t *groups = json_array();

	for (uint32_t i = 0; i < spec->group_count; i++) {
		const struct task_group *group = &spec->groups[i];
		json_t *steps = json_array();

		for (uint32_t j = 0; j < group->step_count; j++)
			json_array_append_new(steps, step_of(&group->steps[j]));
		json_array_append_new(groups, json_pack("[Io]", (json_int_t)group->count, steps));
	}
	return groups;
}

/* Where things are in the journal, so that no layout is written down twice. */
static json_t *layout_of(const struct plan *plan)
{
	uint64_t room = area__worker_room(plan);
	json_t *at = json_object();
	const struct {
		const char *name;
		size_t value;
	} fields[] = {
		{"size", journal__size(room, plan->tasks)},
		{"workers", sizeof(struct journal)},
		{"worker_room", room},
		{"worker_size", sizeof(struct journal_worker)},
		{"tasks", sizeof(struct journal) + room * sizeof(struct journal_worker)},
		{"task_size", sizeof(struct journal_task)},
		{"state", offsetof(struct journal, state)},
		{"returned_ns", offsetof(struct journal, returned_ns)},
		{"closing_ns", offsetof(struct journal, closing_ns)},
		{"closed_ns", offsetof(struct journal, closed_ns)},
		{"steps_per_ms_before", offsetof(struct journal, steps_per_ms_before)},
		{"steps_per_ms_after", offsetof(struct journal, steps_per_ms_after)},
		{"native_per_ms", offsetof(struct journal, native_per_ms)},
		{"note_ns", offsetof(struct journal, note_ns)},
		{"worker_count", offsetof(struct journal, workers)},
		{"tasks_done", offsetof(struct journal, tasks_done)},
		{"tasks_failed", offsetof(struct journal, tasks_failed)},
		{"lock_count", offsetof(struct journal, lock_count)},
		{"race_count", offsetof(struct journal, race_count)},
		{"handed_out", offsetof(struct journal, handed_out)},
		{"member_count", offsetof(struct journal, member_count)},
		{"members", offsetof(struct journal, members)},
		{"member_room", JOURNAL_MEMBERS},
		{"place_count", offsetof(struct journal, place_count)},
		{"places", offsetof(struct journal, places)},
		{"place_size", sizeof(struct journal_place)},
		{"place_room", JOURNAL_PLACES},
		{"says", offsetof(struct journal, says)},
		{"says_size", sizeof(((struct journal *)0)->says)},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		json_object_set_new(at, fields[i].name, json_integer((json_int_t)fields[i].value));
	return at;
}

static json_t *names_of(const char *const *names, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(names[i]));
	return list;
}

static char *plan_text(const struct experiment *experiment)
{
	const struct python_options *python = &experiment->python;
	const struct plan *plan = &experiment->plan;
	json_t *root =
		json_pack("{ss sI sI sI so ss ss sI sI sI sI ss sf so so so ss? ss?}", "workload",
			  workload_kinds[plan->workload].name, "workers", (json_int_t)plan->workers, "tasks",
			  (json_int_t)plan->tasks, "chunk", (json_int_t)plan->chunk, "groups", groups_of(&plan->spec),
			  "start_method", python->start_method, "method", python->method, "max_tasks_per_child",
			  (json_int_t)plan->max_tasks_per_child, "argument_size", (json_int_t)python->argument_size,
			  "result_size", (json_int_t)python->result_size, "parent_memory",
			  (json_int_t)plan->parent_memory, "arguments", python->generator ? "generator" : "list",
			  "switch_interval", (double)python->switch_interval_ns / 1e9, "journal", layout_of(plan),
			  "roles", names_of(role_names, ROLE_COUNT), "causes", names_of(cause_names, CAUSE_COUNT),
			  "call", python->call, "items", python->items);
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;

	json_decref(root);
	return text;
}

int script__unpack(const char *folder, const struct experiment *experiment, const struct identity *identity,
		   struct failure *failure)
{
	char *plan = plan_text(experiment);
	int status;

	if (!plan)
		return fail(failure, STATUS_CANNOT, "out of memory for the plan");
	status = write_file(folder, "plan.json", plan, strlen(plan), identity, failure);
	free(plan);
	for (size_t i = 0; !status && i < sizeof(files) / sizeof(*files); i++)
		status = write_file(folder, files[i].name, files[i].begin, (size_t)(files[i].end - files[i].begin),
				    identity, failure);
	return status;
}
