/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: nearest names, what is refused with which sentence, and values at and beyond their ends. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/arm/options.h"
#include "../../userspace/arm/signal.h"
#include "../../userspace/arm/values.h"
#include "tap.h"

#define MOST_WORDS 8

/* What the options of the last parse() stored. */
static struct {
	char tasks[32], json[32];
	unsigned quiet, json_given;
} got;
static struct failure failure;
static char *words[MOST_WORDS + 2];

/* What the options are read into. */
static struct context {
	unsigned quiet;
	bool help;
} context;

static int set_tasks(void *into, const char *value, struct failure *why)
{
	(void)into;
	if (!strcmp(value, "bad"))
		return fail(why, STATUS_USAGE, "bad tasks");
	snprintf(got.tasks, sizeof(got.tasks), "%s", value);
	return 0;
}

static int set_json(void *into, const char *value, struct failure *why)
{
	(void)into;
	(void)why;
	got.json_given++;
	snprintf(got.json, sizeof(got.json), "%s", value ? value : "(none)");
	return 0;
}

static int set_quiet(void *into, const char *value, struct failure *why)
{
	(void)why;
	((struct context *)into)->quiet++;
	got.quiet += !value;
	return 0;
}

static const struct option_row rows[] = {
	{'t', "tasks", ARGUMENT_NEEDED, "N", "how many", .set = set_tasks},
	{'j', "json", ARGUMENT_OPTIONAL, "FILE", "as JSON", .set = set_json},
	{'q', "quiet", ARGUMENT_NONE, NULL, "say less", .set = set_quiet},
	{0, "no-trace", ARGUMENT_NONE, NULL, "do not trace", .set = set_quiet},
	{'h', "help", ARGUMENT_NONE, NULL, "this text", .flag = offsetof(struct context, help)},
	{0},
};

/* Parses up to MOST_WORDS words, divided by blanks.
 */
static int parse(const char *line)
{
	static char lines[64][64];
	static size_t used;
	char *text = lines[used++ % 64];
	int count = 1;

	memset(&got, 0, sizeof(got));
	failure = (struct failure){0};
	memset(&context, 0, sizeof(context));
	snprintf(text, sizeof(lines[0]), "%s", line);
	words[0] = "run";
	for (char *at = strtok(text, " "); at && count <= MOST_WORDS; at = strtok(NULL, " "))
		words[count++] = at;
	words[count] = NULL;
	return options__parse(rows, count, words, &context, &failure);
}

static void refused(const char *line, const char *says)
{
	ok_if(parse(line) == -1 && failure.status == STATUS_USAGE && !strcmp(failure.says, says), "'%s' is refused: %s",
	      line, failure.says);
}

static void test_read(void)
{
	ok_if(parse("") == 0, "no words are no words");
	ok_if(parse("pool --tasks=5 x -q") == 2 && !strcmp(words[1], "pool") && !strcmp(words[2], "x") &&
		      !strcmp(got.tasks, "5") && got.quiet == 1 && context.quiet == 1 && !context.help,
	      "words and options mix, words come first in their order");
	ok_if(parse("-t 7 --no-trace") == 0 && !strcmp(got.tasks, "7") && got.quiet == 1, "a letter takes the next");
	ok_if(parse("-h") == 0 && context.help && !context.quiet && parse("--help -q") == 0 && context.help,
	      "a flag becomes true where the context has it");
	ok_if(parse("-qt9") == 0 && !strcmp(got.tasks, "9") && got.quiet == 1, "letters are joined");
	ok_if(parse("--tasks 7 --tasks 8") == 0 && !strcmp(got.tasks, "8"), "the last of two stays");
	ok_if(parse("--tasks=a=b") == 0 && !strcmp(got.tasks, "a=b"), "a value may contain =");
	ok_if(parse("--tasks --quiet") == 0 && !strcmp(got.tasks, "--quiet") && !got.quiet,
	      "a needed value may look like an option");
	ok_if(parse("--json x") == 1 && !strcmp(got.json, "(none)"), "an optional value is not the next word");
	ok_if(parse("--json=f") == 0 && !strcmp(got.json, "f"), "an optional value follows =");
	ok_if(parse("-jf") == 0 && !strcmp(got.json, "f"), "or its letter");
	ok_if(parse("a - b") == 3 && !strcmp(words[2], "-"), "a single - is a word");
}

static void test_end(void)
{
	ok_if(parse("a -- -q --tasks=5 b") == 4 && !strcmp(words[1], "a") && !strcmp(words[2], "-q") &&
		      !strcmp(words[3], "--tasks=5") && !strcmp(words[4], "b") && !got.quiet && !got.tasks[0],
	      "-- ends the options");
	ok_if(parse("-q --") == 0 && got.quiet == 1, "-- at the end is nothing");
	ok_if(parse("-- -- a") == 2 && !strcmp(words[1], "--"), "a second -- is a word");
	ok_if(parse("--tasks -- -q") == 0 && !strcmp(got.tasks, "--") && got.quiet == 1, "-- as a value ends nothing");
}

static void test_refused(void)
{
	refused("--task=5", "unknown option --task=5: did you mean --tasks?");
	refused("--task 5", "unknown option --task: did you mean --tasks?");
	refused("--qui", "unknown option --qui: did you mean --quiet?");
	refused("--jsn", "unknown option --jsn: did you mean --json?");
	refused("a --trace-nothing", "unknown option --trace-nothing: see --help");
	refused("--zzz", "unknown option --zzz: see --help");
	refused("-z", "unknown option -z: see --help");
	refused("--quiet=yes", "option --quiet takes no value");
	refused("--tasks", "option --tasks needs a value: see --help");
	refused("-q -t", "option -t needs a value: see --help");
	refused("-t bad", "bad tasks");
	ok_if(parse("--tasks=bad --zzz") == -1 && !strncmp(failure.says, "unknown option --zzz", 20),
	      "what is unknown is said before what is wrong");
}

static void test_nearest(void)
{
	static const char *const names[] = {"serial", "thread", "thread-pool", "process", "pool", NULL};
	static const char *const none[] = {NULL};
	static const struct {
		const char *word, *meant;
	} rows_of[] = {
		{"pool", "pool"},
		{"pol", "pool"},
		{"poool", "pool"},
		{"threads", "thread"},
		{"thread-", "thread-pool"},
		{"proc", "process"},
		{"seral", "serial"},
		{"qqqqqq", NULL},
		{"x", NULL},
	};

	for (size_t i = 0; i < sizeof(rows_of) / sizeof(*rows_of); i++) {
		const char *meant = nearest(rows_of[i].word, names);

		ok_if(meant == rows_of[i].meant || (meant && rows_of[i].meant && !strcmp(meant, rows_of[i].meant)),
		      "%s means %s", rows_of[i].word, meant ? meant : "nothing");
	}
	ok_if(!nearest("pool", none), "where there are no names, none is near");
}

static void count(const char *text, int status, uint64_t expected, const char *says)
{
	uint64_t value = 0;

	failure = (struct failure){0};
	ok_if(value__count("-n", text, 2, 4096, &value, &failure) == status && (status || value == expected) &&
		      !strcmp(failure.says, says),
	      "count '%s' from 2 to 4096: %s", text, status ? failure.says : "taken");
}

static void size(const char *text, int status, uint64_t expected, const char *says)
{
	uint64_t value = 0;

	failure = (struct failure){0};
	ok_if(value__size("-m", text, &value, &failure) == status && (status || value == expected) &&
		      strstr(failure.says, says),
	      "size '%s': %s", text, status ? failure.says : "taken");
}

static void seconds(const char *text, int status, uint64_t expected)
{
	uint64_t value = 0;

	failure = (struct failure){0};
	ok_if(value__seconds("-T", text, 0.001, &value, &failure) == status && (status || value == expected) &&
		      (!status || (strstr(failure.says, "-T '") && strstr(failure.says, "from 0.001 to 1000000"))),
	      "seconds '%s': %s", text, status ? failure.says : "taken");
}

static void test_values(void)
{
	count("2", 0, 2, "");
	count("4096", 0, 4096, "");
	count("1", -1, 0, "-n 1 is out of range: from 2 to 4096");
	count("4097", -1, 0, "-n 4097 is out of range: from 2 to 4096");
	count("18446744073709551618", -1, 0, "-n 18446744073709551618 is out of range: from 2 to 4096");
	count("-3", -1, 0, "-n '-3' is not a whole number");
	count(" 3", -1, 0, "-n ' 3' is not a whole number");
	count("3x", -1, 0, "-n '3x' is not a whole number");
	count("", -1, 0, "-n '' is not a whole number");
	size("1", 0, 1, "");
	size("64K", 0, 65536, "");
	size("512M", 0, 512ull << 20, "");
	size("2G", 0, 2ull << 30, "");
	size("17179869183G", 0, 17179869183ull << 30, "");
	size("17179869184G", -1, 0, "is too large");
	size("0", -1, 0, "must be more than 0");
	size("0M", -1, 0, "must be more than 0");
	size("5T", -1, 0, "is not a size");
	size("5KB", -1, 0, "is not a size");
	size("-1", -1, 0, "is not a size");
	size("", -1, 0, "is not a size");
	seconds("0.001", 0, 1000000);
	seconds("1.5", 0, 1500000000);
	seconds("1000000", 0, 1000000000000000);
	seconds("0.0009", -1, 0);
	seconds("1000001", -1, 0);
	seconds("0", -1, 0);
	seconds("-1", -1, 0);
	seconds("nan", -1, 0);
	seconds("inf", -1, 0);
	seconds("5s", -1, 0);
	seconds("", -1, 0);
}

static void named(const char *text, uint32_t number, uint64_t after_ns, uint64_t task)
{
	struct experiment experiment = {.task_text = ""};

	failure = (struct failure){0};
	ok_if(!signal__parse(text, &experiment, &failure) && experiment.plan.signal == number &&
		      experiment.signal_after_ns == after_ns && experiment.signal_task == task &&
		      experiment.signal_text == text,
	      "signal %s", text);
}

static void unnamed(const char *text, const char *says)
{
	struct experiment experiment = {.task_text = ""};

	failure = (struct failure){0};
	ok_if(signal__parse(text, &experiment, &failure) == -1 && failure.status == STATUS_USAGE &&
		      strstr(failure.says, says),
	      "signal '%s': %s", text, failure.says);
}

static void unchecked(uint32_t number, uint64_t task, uint64_t timeout_ns, const char *says)
{
	struct experiment experiment = {.plan = {.tasks = 3, .signal = number},
					.signal_text = "X",
					.signal_task = task,
					.timeout_ns = timeout_ns};

	failure = (struct failure){0};
	ok_if(!signal__check(&experiment, &failure) == !says && strstr(failure.says, says ? says : ""),
	      "signal %u to task %d of 3: %s", number, (int)task, says ? failure.says : "taken");
}

static void test_signals(void)
{
	named("USR1@50ms:2", SIGUSR1, 50000000, 2);
	named("KILL@1ns:0", SIGKILL, 1, 0);
	named("TERM@1.5s:9999999", SIGTERM, 1500000000, 9999999);
	unnamed("", "NAME@TIME:TASK");
	unnamed("USR1", "NAME@TIME:TASK");
	unnamed("@1ms:2", "NAME@TIME:TASK");
	unnamed("USR1@1ms", "NAME@TIME:TASK");
	unnamed("USR1@:2", "is not a time");
	unnamed("USR1@5:2", "has no unit");
	unnamed("USR1@5m:2", "unknown unit");
	unnamed("USR1@-5ms:2", "is not a time");
	unnamed("USR1@2h:2", "unknown unit");
	unnamed("USR1@1ms:", "is not a whole number");
	unnamed("USR1@1ms:-1", "is not a whole number");
	unnamed("USR1@1ms:10000000", "out of range");
	unnamed("USR@1ms:1", "did you mean USR1?");
	unnamed("SIGKILL@1ms:1", "did you mean KILL?");
	unnamed("9@1ms:1", "there is no signal 9");
	unnamed("QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ@1ms:1", "there is no signal");
	unchecked(0, 7, 0, NULL);
	unchecked(SIGUSR1, 2, 0, NULL);
	unchecked(SIGUSR1, 3, 0, "there is no task 3: they are 0 to 2");
	unchecked(SIGSTOP, 1, 0, "needs --timeout");
	unchecked(SIGSTOP, 1, 1000000000, NULL);
}

int main(void)
{
	test_signals();
	test_read();
	test_end();
	test_refused();
	test_nearest();
	test_values();
	return tap_done();
}
