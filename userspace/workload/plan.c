/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DURATION_NS 3600000000000.0
#define MAX_SIZE (1ull << 40)
#define MAX_TIMES 1000000000ull
#define DIRECT_ALIGNMENT 4096

const struct workload_kind workload_kinds[WORKLOAD_COUNT] = {
	[WORKLOAD_SERIAL] = {"serial", "one task after another in one thread: the baseline", false, false},
	[WORKLOAD_THREAD] = {"thread", "a thread per task, all at once (or -n at a time)", false, false},
	[WORKLOAD_THREAD_POOL] = {"thread-pool", "-n threads take tasks from a queue", true, false},
	[WORKLOAD_PROCESS] = {"process", "a process per task, all at once (or -n at a time)", false, true},
	[WORKLOAD_POOL] = {"pool", "-n processes, forked once, take tasks from a shared queue", true, true},
};

const char *const engine_names[ENGINE_COUNT] = {"native", "python"};

const char *const step_names[STEP_KINDS] = {"none",  "cpu",  "native", "sleep", "touch", "read",
					    "write", "lock", "cow",    "race",	"call",	 "exchange"};
const char *const channel_names[CHANNELS] = {"memory", "shared", "pipe", "semaphore"};

enum amount { AMOUNT_NONE, AMOUNT_TIME, AMOUNT_SIZE, AMOUNT_TIMES };

static const char *const lacks[] = {
	[AMOUNT_TIME] = "lacks a time, like :5ms",
	[AMOUNT_SIZE] = "lacks a size, like :8M",
	[AMOUNT_TIMES] = "lacks how often, like :1000",
};

static const struct {
	enum amount amount;
	bool file, channel;
} step_forms[STEP_KINDS] = {
	[STEP_NONE] = {.amount = AMOUNT_NONE},
	[STEP_CPU] = {.amount = AMOUNT_TIME},
	[STEP_NATIVE] = {.amount = AMOUNT_TIME},
	[STEP_SLEEP] = {.amount = AMOUNT_TIME},
	[STEP_TOUCH] = {.amount = AMOUNT_SIZE},
	[STEP_READ] = {.amount = AMOUNT_SIZE, .file = true},
	[STEP_WRITE] = {.amount = AMOUNT_SIZE, .file = true},
	[STEP_LOCK] = {.amount = AMOUNT_TIME},
	[STEP_COW] = {.amount = AMOUNT_SIZE},
	[STEP_RACE] = {.amount = AMOUNT_TIMES},
	[STEP_CALL] = {.amount = AMOUNT_TIMES},
	[STEP_EXCHANGE] = {.amount = AMOUNT_TIMES, .channel = true},
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

uint64_t task_spec__largest(const struct task_spec *spec, enum step_kind kind)
{
	uint64_t most = 0;

	for (uint32_t i = 0; i < spec->group_count; i++)
		for (uint32_t j = 0; j < spec->groups[i].step_count; j++)
			if (spec->groups[i].steps[j].kind == kind && spec->groups[i].steps[j].amount > most)
				most = spec->groups[i].steps[j].amount;
	return most;
}

uint64_t task_group__sum(const struct task_group *group, enum step_kind kind)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < group->step_count; i++)
		if (group->steps[i].kind == kind)
			sum += group->steps[i].amount;
	return sum;
}

/* The next exchange step of @group from @at on; step_count: there is none. */
static uint32_t next_exchange(const struct task_group *group, uint32_t at)
{
	while (at < group->step_count && group->steps[at].kind != STEP_EXCHANGE)
		at++;
	return at;
}

static bool are_partners(const struct task_group *a, const struct task_group *b)
{
	uint32_t i = next_exchange(a, 0), j = next_exchange(b, 0);

	for (; i < a->step_count && j < b->step_count; i = next_exchange(a, i + 1), j = next_exchange(b, j + 1))
		if (memcmp(&a->steps[i], &b->steps[j], sizeof(a->steps[i])))
			return false;
	return i == a->step_count && j == b->step_count;
}

bool task_spec__pairs(const struct task_spec *spec, uint64_t tasks, uint64_t *odd_one)
{
	for (uint64_t i = 0; i + 1 < tasks; i += 2) {
		*odd_one = i;
		if (!are_partners(task_spec__group(spec, i), task_spec__group(spec, i + 1)))
			return false;
	}
	*odd_one = tasks - 1;
	return tasks % 2 == 0;
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

static int read_times(struct reader *reader, uint64_t *times)
{
	const char *from = reader->at;
	size_t length = strcspn(from, ",+:");

	if (!length || strspn(from, "0123456789") < length)
		return refuse(reader, from, length, "is not how often: write it like 1000");
	errno = 0;
	*times = strtoull(from, NULL, 10);
	if (errno || !*times || *times > MAX_TIMES)
		return refuse(reader, from, length, "is out of range: from 1 to 1000000000");
	reader->at = from + length;
	return 0;
}

static int read_amount(struct reader *reader, enum amount amount, uint64_t *value)
{
	switch (amount) {
	case AMOUNT_TIME:
		return read_time(reader, value);
	case AMOUNT_SIZE:
		return read_size(reader, value);
	default:
		return read_times(reader, value);
	}
}

static int read_channel(struct reader *reader, const char *from, struct step *step)
{
	size_t length;

	if (*reader->at != ':')
		return refuse(reader, from, word_length(from), "lacks a channel, like :pipe:1000");
	reader->at++;
	length = strcspn(reader->at, ":,+");
	for (uint32_t channel = 0; channel < CHANNELS; channel++)
		if (strlen(channel_names[channel]) == length && !strncmp(reader->at, channel_names[channel], length)) {
			step->channel = channel;
			reader->at += length;
			return 0;
		}
	return refuse(reader, reader->at, length, "is no channel: memory, shared, pipe or semaphore");
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
	return refuse(
		reader, reader->at, word_length(reader->at),
		length ? "is no step: cpu, native, sleep, touch, cow, read, write, lock, race, call, exchange or none"
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
	if (step_forms[step->kind].channel && read_channel(reader, from, step))
		return -1;
	if (*reader->at != ':')
		return refuse(reader, from, word_length(from), lacks[amount]);
	reader->at++;
	if (read_amount(reader, amount, &step->amount))
		return -1;
	if (step_forms[step->kind].channel && *reader->at == ':') {
		reader->at++;
		if (read_size(reader, &step->working_set))
			return -1;
	}
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
