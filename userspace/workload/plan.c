/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DURATION_NS 3600000000000.0
#define MAX_SIZE (1ull << 40)
#define DIRECT_ALIGNMENT 4096

const struct workload_kind workload_kinds[WORKLOAD_COUNT] = {
	[WORKLOAD_SERIAL] = {"serial", "one task after another in one thread: the baseline", false, false},
	[WORKLOAD_THREAD] = {"thread", "a thread per task, all at once (or -n at a time)", false, false},
	[WORKLOAD_THREAD_POOL] = {"thread-pool", "-n threads take tasks from a queue", true, false},
	[WORKLOAD_PROCESS] = {"process", "a process per task, all at once (or -n at a time)", false, true},
	[WORKLOAD_POOL] = {"pool", "-n processes, forked once, take tasks from a shared queue", true, true},
};

const char *const engine_names[ENGINE_COUNT] = {"native", "python"};

const char *const step_names[STEP_KINDS] = {"none", "cpu", "native", "sleep", "touch", "read", "write", "lock"};

enum amount { AMOUNT_NONE, AMOUNT_TIME, AMOUNT_SIZE };

static const struct {
	enum amount amount;
	bool file;
} step_forms[STEP_KINDS] = {
	[STEP_NONE] = {AMOUNT_NONE, false},  [STEP_CPU] = {AMOUNT_TIME, false},	  [STEP_NATIVE] = {AMOUNT_TIME, false},
	[STEP_SLEEP] = {AMOUNT_TIME, false}, [STEP_TOUCH] = {AMOUNT_SIZE, false}, [STEP_READ] = {AMOUNT_SIZE, true},
	[STEP_WRITE] = {AMOUNT_SIZE, true},  [STEP_LOCK] = {AMOUNT_TIME, false},
};

/* The SPEC as it is read: everything that refuses says at which column. */
struct reader {
	const char *text, *at;
	struct failure *failure;
};

static int refuse(struct reader *reader, const char *from, size_t length, const char *why)
{
	return fail(reader->failure, STATUS_USAGE, "--task '%.200s', column %d: '%.*s' %s", reader->text,
		    (int)(from - reader->text) + 1, (int)(length < 60 ? length : 60), from, why);
}

static size_t word_length(const char *at)
{
	return strcspn(at, ",+");
}

const struct task_group *task_spec__group(const struct task_spec *spec, uint64_t task)
{
	uint64_t cycle = 0;

	for (uint32_t i = 0; i < spec->group_count; i++)
		cycle += spec->groups[i].count;
	task %= cycle ? cycle : 1; /* a parsed spec has a task */
	for (uint32_t i = 0; i + 1 < spec->group_count; i++) {
		if (task < spec->groups[i].count)
			return &spec->groups[i];
		task -= spec->groups[i].count;
	}
	return &spec->groups[spec->group_count - 1];
}

const char *duration__read(const char *text, size_t length, uint64_t *ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
	const char *unit = text + strspn(text, "0123456789.");
	char *end;
	double number = strtod(text, &end);

	if (unit == text || end != unit || !isdigit((unsigned char)*text))
		return "is not a time: write it like 5ms";
	if (unit == text + length)
		return "has no unit: write it like 5ms (ns, us, ms, s)";
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strlen(units[i].name) != (size_t)(text + length - unit) ||
		    strncmp(unit, units[i].name, strlen(units[i].name)))
			continue;
		number *= units[i].ns;
		if (number < 1 || number > MAX_DURATION_NS)
			return "is out of range: from 1ns to 3600s";
		*ns = (uint64_t)number;
		return NULL;
	}
	return "has an unknown unit: ns, us, ms or s";
}

static int read_time(struct reader *reader, uint64_t *ns)
{
	size_t length = word_length(reader->at);
	const char *why = duration__read(reader->at, length, ns);

	if (why)
		return refuse(reader, reader->at, length, why);
	reader->at += length;
	return 0;
}

static int read_size(struct reader *reader, uint64_t *bytes)
{
	static const char units[] = "KMG";
	const char *from = reader->at, *unit;
	size_t length = strcspn(from, ",+:");
	uint64_t shift = 0;
	char *end;

	errno = 0;
	*bytes = strtoull(from, &end, 10);
	if (!isdigit((unsigned char)*from) || end == from)
		return refuse(reader, from, length, "is not a size: write it like 64K, 8M or 1G");
	if (end != from + length) {
		unit = strchr(units, *end);
		if (!unit || end + 1 != from + length)
			return refuse(reader, from, length, "has an unknown unit: plain bytes, K, M or G");
		shift = 10 * (uint64_t)(unit - units + 1);
	}
	if (errno || !*bytes || *bytes > MAX_SIZE >> shift)
		return refuse(reader, from, length, "is out of range: from 1 byte to 1024G");
	*bytes <<= shift;
	reader->at = from + length;
	return 0;
}

static int find_step(struct reader *reader, struct step *step)
{
	size_t length = strcspn(reader->at, ":,+");

	for (uint32_t kind = 0; kind < STEP_KINDS; kind++)
		if (strlen(step_names[kind]) == length && !strncmp(reader->at, step_names[kind], length)) {
			step->kind = kind;
			reader->at += length;
			return 0;
		}
	return refuse(reader, reader->at, word_length(reader->at),
		      length ? "is no step: cpu, native, sleep, touch, read, write, lock or none"
			     : "lacks a step here");
}

static int read_direct(struct reader *reader, struct step *step)
{
	if (*reader->at != ':')
		return 0;
	if (!step_forms[step->kind].file || strncmp(reader->at, ":direct", 7) || !strchr(",+", reader->at[7]))
		return refuse(reader, reader->at, word_length(reader->at),
			      "is unknown here: only read and write take :direct");
	if (step->amount % DIRECT_ALIGNMENT)
		return refuse(reader, reader->at, word_length(reader->at), "needs a size that is a multiple of 4K");
	step->direct = 1;
	reader->at += 7;
	return 0;
}

static int read_step(struct reader *reader, struct step *step)
{
	const char *from = reader->at;
	enum amount amount;

	*step = (struct step){0};
	if (find_step(reader, step))
		return -1;
	amount = step_forms[step->kind].amount;
	if (amount == AMOUNT_NONE)
		return *reader->at == ':' ? refuse(reader, from, word_length(from), "takes no amount") : 0;
	if (*reader->at != ':')
		return refuse(reader, from, word_length(from),
			      amount == AMOUNT_TIME ? "lacks a time, like :5ms" : "lacks a size, like :8M");
	reader->at++;
	if (amount == AMOUNT_TIME ? read_time(reader, &step->amount) : read_size(reader, &step->amount))
		return -1;
	return read_direct(reader, step);
}

static int read_count(struct reader *reader, uint64_t *count)
{
	size_t digits = strspn(reader->at, "0123456789");

	*count = 1;
	if (reader->at[digits] != '*')
		return 0;
	errno = 0;
	*count = strtoull(reader->at, NULL, 10);
	if (!digits || errno || !*count || *count > MAX_TASKS)
		return refuse(reader, reader->at, digits + 1, "is no count: from 1 to 10000000");
	reader->at += digits + 1;
	return 0;
}

static int read_group(struct reader *reader, struct task_group *group)
{
	*group = (struct task_group){0};
	if (read_count(reader, &group->count))
		return -1;
	do {
		if (group->step_count)
			reader->at++;
		if (group->step_count == MAX_STEPS)
			return refuse(reader, reader->at, word_length(reader->at),
				      "is one step too many: 16 in a task");
		if (read_step(reader, &group->steps[group->step_count++]))
			return -1;
	} while (*reader->at == '+');
	return 0;
}

int task_spec__parse(struct task_spec *spec, const char *text, struct failure *failure)
{
	struct reader reader = {text, text, failure};

	*spec = (struct task_spec){0};
	do {
		if (spec->group_count)
			reader.at++;
		if (spec->group_count == MAX_GROUPS)
			return refuse(&reader, reader.at, word_length(reader.at), "is one group too many: 16");
		if (read_group(&reader, &spec->groups[spec->group_count++]))
			return -1;
	} while (*reader.at == ',');
	return 0;
}
