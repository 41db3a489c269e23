/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../arm/arm.h"
#include "../arm/identity.h"
#include "../arm/values.h"
#include "../report/pictures.h"
#include "../report/report.h"
#include "../result/judge.h"
#include "command.h"
#include "kept.h"
#include "output.h"
#include "side_by_side.h"

#define MAX_REPEATS 10000
#define FIRST_PROGRESS_NS 1000000000ull
#define REDRAW_NS 100000000ull
#define LINE_EVERY_NS 10000000000ull

struct run {
	struct arm arm; /* first: it is the context of its own options */
	struct identity caller; /* whose the files are */
	const char *directory, *json_path;
	bool json, help;
	uint64_t repeat;
	struct result *results;
	size_t result_count;
	struct output json_file;
	struct kept kept;
};

static int set_repeat(void *context, const char *value, struct failure *failure)
{
	return value__count("--repeat", value, 1, MAX_REPEATS, &((struct run *)context)->repeat, failure);
}

static int set_directory(void *context, const char *value, struct failure *failure)
{
	(void)failure;
	((struct run *)context)->directory = value;
	return 0;
}

static int set_json(void *context, const char *value, struct failure *failure)
{
	((struct run *)context)->json = true;
	return output__json_path(value, &((struct run *)context)->json_path, failure);
}

static const struct option_row rows[] = {
	{.more = arm_rows},
	{0, "repeat", ARGUMENT_NEEDED, "N", "run it N times; shows the median and the spread", .set = set_repeat},
	{'o', "output", ARGUMENT_NEEDED, "DIR",
	 "keep DIR/result.json and a page of it, DIR/" PAGE_NAME "; those of an earlier run are replaced",
	 .set = set_directory},
	{0, "timeline", ARGUMENT_NONE, NULL,
	 "with -o: keep each change of a thread's state, for mptrace report --format html, perfetto, timeline",
	 .flag = offsetof(struct run, arm.experiment.timeline)},
	{'j', "json", ARGUMENT_OPTIONAL, "FILE", "the result as JSON, to FILE or instead of the text", .set = set_json},
	{'h', "help", ARGUMENT_NONE, NULL, "this text", .flag = offsetof(struct run, help)},
	{0},
};

static const struct option_row all_rows[] = {{.more = rows}, {.more = side_by_side_rows}, {0}};

static int print_help(void)
{
	puts("Usage: sudo mptrace run WORKLOAD [options]\n"
	     "       sudo mptrace run ARM ARM... [options]     side by side: which is best, by how much\n\nWorkloads:");
	for (int i = 0; i < WORKLOAD_COUNT; i++)
		printf("  %-12s %s\n", workload_kinds[i].name, workload_kinds[i].says);
	puts("\nOptions (default):");
	options__help(rows);
	puts("\nSide by side, in random blocks until it is decided (a minute or two with --quick: controls run beside\n"
	     "them). An ARM is [NAME=]WORKLOAD[:option=value,...], like a=pool b=pool:task=cpu:5.5ms,chunk=1; options\n"
	     "outside are for all arms. A list compares them at each of its values: --tasks 10,100 --engine\n"
	     "native,python --chunk 1,auto --items 'range(10),range(100)', and whatever else takes one value.");
	options__help(side_by_side_rows);
	puts("\nTask SPEC: groups joined by ',', each [COUNT*]STEP[+STEP...]; repeated until there are enough tasks.\n"
	     "  cpu:5ms     computes            sleep:5ms  sleeps         lock:50us  holds one shared lock\n"
	     "  touch:8M    fresh memory        read:1M    from a file    write:1M   to a file\n"
	     "  none        nothing             native:5ms C code: in C the same as cpu, in Python without the GIL\n"
	     "  cow:8M      writes to each page of memory that the first process had touched: processes copy it\n"
	     "  race:1000   adds to one counter that all share, as often as that, without a lock\n"
	     "  call:1000   so many cheap system calls; each gives up the GIL\n"
	     "  read:1M:direct and write:1M:direct go past the page cache\n"
	     "  exchange:CHANNEL:N[:SIZE]  N round trips between tasks 0 and 1, 2 and 3, ... of thread or process;\n"
	     "    CHANNEL is memory (its own), shared (memory), pipe or semaphore; SIZE is read before each answer\n"
	     "  Example: --task '4*sleep:200ms,40*cpu:10ms+touch:1M'\n\n"
	     "Signals: --signal USR1@50ms:2 goes to the thread of task 2 (from 0), 50 ms after that began. USR1\n"
	     "  ends its sleep step early, USR2 makes it end itself (pthread_cancel); KILL and all others do what\n"
	     "  they do by default. In Python USR1 does nothing: its sleep goes on (PEP 475); USR2 kills.\n\n"
	     "Example: sudo mptrace run pool -t 1000 -n 2 --task cpu:1ms --chunk 1\n"
	     "         sudo mptrace run serial thread pool --engine python --call mymodule:work --items 'range(200)'");
	return STATUS_DONE;
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

static int check_timeline(const struct run *run, struct failure *failure)
{
	const struct experiment *experiment = &run->arm.experiment;

	if (!experiment->timeline)
		return 0;
	if (!run->directory)
		return fail(failure, STATUS_USAGE, "--timeline needs -o DIR: its events have a file of their own");
	if (run->repeat > 1)
		return fail(failure, STATUS_USAGE, "--timeline is of one run: leave out --repeat");
	return experiment->traced ? 0 : fail(failure, STATUS_USAGE, "--timeline is what --no-trace leaves out");
}

/* One experiment. @word: the workload, or NULL. */
static int parse(struct run *run, const char *word, const struct options_given *given, struct failure *failure)
{
	struct failure unknown = {0};

	for (size_t i = 0; i < given->count; i++)
		if (option__apply(&given->list[i], run, failure))
			return -1;
	if (!word)
		return fail(failure, STATUS_USAGE, "run what? For example: mptrace run pool (see mptrace run --help)");
	if (arm__set_workload(&run->arm, word, failure) || check_timeline(run, failure))
		return -1;
	/* From here on something is to be ended or removed when we are stopped: the interpreter that is asked, files.
	 */
	trial__catch_signals();
	if (arm__resolve(&run->arm, failure))
		return -1;
	/* Where the one who called has no name, but --user has one, the files are for that user. */
	if (identity__find(NULL, &run->caller, &unknown))
		run->caller = run->arm.identity;
	return trial__check_place("run", failure);
}

static int open_outputs(struct run *run, struct failure *failure)
{
	if (run->json_path && output__open(&run->json_file, run->json_path, &run->caller, failure))
		return -1;
	return kept__open(&run->kept, run->directory, run->arm.experiment.timeline, run->repeat > 1, &run->caller,
			  failure);
}

static int run_trials(struct run *run, struct failure *failure)
{
	run->results = calloc(run->repeat, sizeof(*run->results));
	if (!run->results)
		return fail(failure, STATUS_CANNOT, "out of memory for %" PRIu64 " results", run->repeat);
	if (trial_stop_signal)
		return trial__fail_stopped(failure);
	while (run->result_count < run->repeat && !trial_stop_signal) {
		int status = trial__run(&run->arm.experiment, &run->arm.identity, draw_progress,
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
	status |= kept__commit(&run->kept, list, run->result_count, failure);
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

static int exit_status(const struct run *run)
{
	int status = STATUS_DONE;

	for (size_t i = 0; i < run->result_count; i++)
		status = result__worse(status, result__status(&run->results[i]));
	return trial_stop_signal ? STATUS_SIGNAL + trial_stop_signal : status;
}

static int run_one(const char *word, const struct options_given *given)
{
	struct run run = {.repeat = 1};
	struct failure failure = {0};
	int status = STATUS_USAGE;

	if (arm__begin(&run.arm, &failure) || parse(&run, word, given, &failure) || open_outputs(&run, &failure))
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
	kept__discard(&run.kept);
	for (size_t i = 0; i < run.result_count; i++)
		result__free(&run.results[i]);
	free(run.results);
	return status;
}

static bool asks_for_help(const struct options_given *given)
{
	for (size_t i = 0; i < given->count; i++)
		if (!strcmp(given->list[i].row->name, "help"))
			return true;
	return false;
}

int command__run(int argc, char **argv)
{
	char **asked = calloc((size_t)argc + 1, sizeof(*asked)); /* options__scan moves the words about */
	struct options_given given = {0};
	struct failure failure = {0};
	int words = -1, status;

	if (!asked)
		fail(&failure, STATUS_CANNOT, "out of memory");
	else {
		memcpy(asked, argv, (size_t)argc * sizeof(*asked));
		words = options__scan(all_rows, argc, argv, &given, &failure);
	}
	if (words < 0) {
		fprintf(stderr, "mptrace: %s\n", failure.says);
		status = (int)failure.status;
	} else if (asks_for_help(&given)) {
		status = print_help();
	} else if (side_by_side__is_asked(argv + 1, (size_t)words, &given)) {
		status = side_by_side__run(argv + 1, (size_t)words, &given, argc, asked);
	} else {
		status = run_one(words ? argv[1] : NULL, &given);
	}
	free(given.list);
	free(asked);
	return status;
}
