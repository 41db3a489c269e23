/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../cgroups/cgroup.h"
#include "../advice/answer.h"
#include "../arm/identity.h"
#include "../arm/options.h"
#include "../arm/values.h"
#include "../base/letter.h"
#include "../experiment/host.h"
#include "../profile/group.h"
#include "../profile/profile.h"
#include "../report/period.h"
#include "../report/pictures.h"
#include "../report/sections.h"
#include "../report/words.h"
#include "command.h"
#include "kept.h"
#include "output.h"

/* As env(1) does it. */
#define STATUS_OURS 125
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND 127
#define MAX_PIDS 256
#define LEAST_SECONDS 0.01

struct profiling {
	struct profile profile;
	struct target target;
	struct identity identity;
	const char *pids_text, *user, *directory, *json_path;
	bool json, threads, help;
	pid_t pids[MAX_PIDS];
	char *line; /* the command as it was typed */
	FILE *text; /* where people read: a command keeps its stdout */
	struct periods periods;
	struct output json_file;
	struct kept kept;
};

static int set_pids(void *context, const char *value, struct failure *failure)
{
	struct profiling *of = context;
	const char *at = value;

	of->pids_text = value;
	for (;;) {
		char *end;
		long pid = isdigit((unsigned char)*at) ? strtol(at, &end, 10) : 0;

		if (pid <= 0 || pid > 1 << 22 || (*end && *end != ','))
			return fail(failure, STATUS_USAGE,
				    "-p '%.80s' is no list of processes: write it like 1234,5678", value);
		if (of->profile.pid_count == MAX_PIDS)
			return fail(failure, STATUS_USAGE, "-p takes at most %d processes", MAX_PIDS);
		of->pids[of->profile.pid_count++] = (pid_t)pid;
		if (!*end)
			break;
		at = end + 1;
	}
	of->profile.pids = of->pids;
	return 0;
}

#define SET_TEXT(name, field)                                                                                          \
	static int name(void *context, const char *value, struct failure *failure)                                     \
	{                                                                                                              \
		(void)failure;                                                                                         \
		((struct profiling *)context)->field = value;                                                          \
		return 0;                                                                                              \
	}

SET_TEXT(set_cgroup, profile.cgroup)
SET_TEXT(set_user, user)
SET_TEXT(set_directory, directory)

static int set_cpus(void *context, const char *value, struct failure *failure)
{
	((struct profiling *)context)->profile.cpus = value;
	return host__is_cpu_list(value, failure) && host__cpus_exist(value, failure) ? 0 : -1;
}

static int set_duration(void *context, const char *value, struct failure *failure)
{
	return value__seconds("--duration", value, LEAST_SECONDS, &((struct profiling *)context)->profile.duration_ns,
			      failure);
}

static int set_interval(void *context, const char *value, struct failure *failure)
{
	return value__seconds("--interval", value, LEAST_SECONDS, &((struct profiling *)context)->profile.interval_ns,
			      failure);
}

static int set_json(void *context, const char *value, struct failure *failure)
{
	((struct profiling *)context)->json = true;
	return output__json_path(value, &((struct profiling *)context)->json_path, failure);
}

static const struct option_row rows[] = {
	{'p', "pid", ARGUMENT_NEEDED, "PID[,PID]",
	 "processes that are running: all their threads, and children from now on", .set = set_pids},
	{0, "cgroup", ARGUMENT_NEEDED, "DIR", "all processes in a control group and below it, also such as enter later",
	 .set = set_cgroup},
	{0, "duration", ARGUMENT_NEEDED, "S",
	 "watch for S seconds (to the end, or Ctrl-C); a command is waited for all the same", .set = set_duration},
	{0, "interval", ARGUMENT_NEEDED, "S",
	 "show each S seconds: a table on a terminal, else a line; with -j, JSON lines", .set = set_interval},
	{0, "threads", ARGUMENT_NONE, NULL, "a row for each thread", .flag = offsetof(struct profiling, threads)},
	{0, "stacks", ARGUMENT_NONE, NULL, "where its threads waited; also: mptrace report --format folded",
	 .flag = offsetof(struct profiling, profile.stacks)},
	{0, "timeline", ARGUMENT_NONE, NULL,
	 "with -o: keep each change of a thread's state, for mptrace report --format html, perfetto, timeline",
	 .flag = offsetof(struct profiling, profile.timeline)},
	{'C', "cpus", ARGUMENT_NEEDED, "LIST", "of a command: the CPUs that it may use", .set = set_cpus},
	{0, "user", ARGUMENT_NEEDED, "NAME", "of a command: run it as this user (the one behind sudo)",
	 .set = set_user},
	{'o', "output", ARGUMENT_NEEDED, "DIR",
	 "keep DIR/result.json and a page of it, DIR/" PAGE_NAME "; those of an earlier run are replaced",
	 .set = set_directory},
	{'j', "json", ARGUMENT_OPTIONAL, "FILE",
	 "the result as JSON, to FILE or (not of a command) instead of the text", .set = set_json},
	{'h', "help", ARGUMENT_NONE, NULL, "this text", .flag = offsetof(struct profiling, help)},
	{0},
};

/* All that the answer depends on. */
static void print_thresholds(void)
{
	const char *name, *means;
	double value;

	puts("\nWhat decides (in this order; shares of time are from 0 to 1):");
	for (size_t i = 0; answer__threshold(i, &name, &value, &means); i++) {
		printf("  %-15s %6g  ", name, value);
		words__wrapped(stdout, style__of(stdout), 26, true, means);
	}
}

static int print_help(void)
{
	puts("Usage: sudo mptrace profile [options] [--] COMMAND...\n"
	     "       sudo mptrace profile [options] -p PID[,PID]\n"
	     "       sudo mptrace profile [options] --cgroup DIR\n\n"
	     "Is it bound by CPU, I/O, a lock or Python's GIL, and would threads, a Pool or processes help? Every\n"
	     "nanosecond of every thread is accounted for. A command's exit status is ours (125: mptrace failed, 126: "
	     "it\n"
	     "cannot be executed, 127: there is no such command), its input, output and terminal stay its own; what\n"
	     "we say goes to stderr then.\n\n"
	     "Options (default):");
	options__help(rows);
	print_thresholds();
	puts("\nExample: sudo mptrace profile make -j2\n"
	     "         sudo mptrace profile -p 1234 --duration 10 --threads\n"
	     "         sudo mptrace profile --cgroup /sys/fs/cgroup/system.slice/nginx.service --interval 1");
	return STATUS_DONE;
}

static int check_pids(const struct profiling *of, struct failure *failure)
{
	for (size_t i = 0; i < of->profile.pid_count; i++) {
		char path[32], line[64];
		int group = 0;
		FILE *status;

		snprintf(path, sizeof(path), "/proc/%d/status", of->pids[i]);
		status = fopen(path, "re");
		if (!status)
			return fail(failure, STATUS_USAGE, "-p %d: there is no such process", of->pids[i]);
		while (fgets(line, sizeof(line), status) && sscanf(line, "Tgid: %d", &group) != 1)
			;
		fclose(status);
		if (group != of->pids[i])
			return fail(failure, STATUS_USAGE, "-p %d is a thread of process %d: name that", of->pids[i],
				    group);
		if (of->pids[i] == getpid())
			return fail(failure, STATUS_USAGE, "-p %d is mptrace itself", of->pids[i]);
	}
	return 0;
}

static int check(struct profiling *of, int words, char **argv, struct failure *failure)
{
	int targets = (words > 0) + (of->profile.pid_count > 0) + (of->profile.cgroup != NULL);

	if (targets != 1)
		return fail(
			failure, STATUS_USAGE,
			targets ? "profile one thing: a command, -p PID or --cgroup DIR"
				: "profile what? For example: mptrace profile make -j2 (see mptrace profile --help)");
	if (!words && (of->user || of->profile.cpus))
		return fail(failure, STATUS_USAGE, "%s is for a command: what runs already stays as it is",
			    of->user ? "--user" : "-C");
	if (words && of->json && !of->json_path)
		return fail(failure, STATUS_USAGE, "-j needs a file here, as in -j=FILE: stdout is the command's own");
	if (of->profile.timeline && !of->directory)
		return fail(failure, STATUS_USAGE, "--timeline needs -o DIR: its events have a file of their own");
	if (words)
		of->profile.command = argv + 1;
	if (of->profile.pid_count && check_pids(of, failure))
		return -1;
	if (of->profile.cgroup && group__check(of->profile.cgroup, failure))
		return -1;
	return 0;
}

/* CPUs that any of these processes may run on. */
static uint32_t allowed(const pid_t *pids, size_t count)
{
	cpu_set_t all, one;

	CPU_ZERO(&all);
	for (size_t i = 0; i < count; i++)
		if (!sched_getaffinity(pids[i], sizeof(one), &one))
			CPU_OR(&all, &all, &one);
	return CPU_COUNT(&all) ? (uint32_t)CPU_COUNT(&all) : (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
}

/* CPUs that the target may use: as many as its processes may run on, and as CPU limits leave, rounded up. */
static int count_cpus(const struct profiling *of, uint32_t *cpus, struct failure *failure)
{
	double limit = of->profile.cgroup    ? cgroup__cpu_limit(of->profile.cgroup)
		       : of->profile.command ? cgroup__cpu_limit_above()
					     : INFINITY; /* whose limits hold, is not known of a pid */
	pid_t *inside = NULL;
	size_t count = 0;

	if (of->profile.cgroup && group__processes(of->profile.cgroup, &inside, &count, failure))
		return -1;
	if (of->profile.cgroup)
		*cpus = allowed(inside, count);
	else if (of->profile.pid_count)
		*cpus = allowed(of->pids, of->profile.pid_count);
	else
		*cpus = host__cpu_count(of->profile.cpus);
	free(inside);
	if (ceil(limit) < *cpus)
		*cpus = (uint32_t)ceil(limit);
	return 0;
}

/* The words of the command with blanks between them. */
static char *join(char *const *words)
{
	char *line = NULL;
	size_t size;
	FILE *file = open_memstream(&line, &size);

	for (size_t i = 0; file && words[i]; i++)
		fprintf(file, "%s%s", i ? " " : "", words[i]);
	if (file)
		fclose(file);
	return line;
}

static int describe(struct profiling *of, struct failure *failure)
{
	of->text = of->profile.command ? stderr : stdout;
	if (of->profile.command) {
		of->line = join(of->profile.command);
		if (of->line)
			letter__harmless(of->line);
		else
			return fail(failure, STATUS_CANNOT, "out of memory");
	}
	of->target = (struct target){of->line, of->pids_text, of->profile.cgroup, 0};
	if (count_cpus(of, &of->target.cpus, failure))
		return -1;
	if (identity__find(of->user, &of->identity, failure))
		return -1;
	of->profile.identity = &of->identity;
	return 0;
}

static int open_outputs(struct profiling *of, struct failure *failure)
{
	static struct identity caller;

	if (identity__find(NULL, &caller, failure))
		return -1;
	if (of->json_path && output__open(&of->json_file, of->json_path, &caller, failure))
		return -1;
	return kept__open(&of->kept, of->directory, of->profile.timeline, false, &caller, failure);
}

static FILE *json_of(const struct profiling *of)
{
	return of->json_path ? of->json_file.file : of->json ? stdout : NULL;
}

static int tell(void *context, const struct thread_record *threads, size_t count, uint64_t from_ns, uint64_t to_ns)
{
	struct profiling *of = context;
	struct period period = {.from_ns = from_ns, .to_ns = to_ns};
	FILE *json = json_of(of);

	if (periods__next(&of->periods, &period, threads, count))
		return -1;
	if (json && period__json(json, &period))
		return -1;
	if (json == stdout)
		return 0;
	/* What a command prints on the same terminal must not be drawn over. */
	if (!isatty(fileno(of->text)) || (of->profile.command && isatty(STDOUT_FILENO)))
		return period__line(of->text, &period);
	return period__table(of->text, &of->periods, &period);
}

/* After intervals, each on a line, the result is one, too. */
static int write_json(const struct profiling *of, FILE *file, const struct result *result)
{
	return of->profile.interval_ns ? report__json_line(file, result) : report__json(file, &result, 1, false);
}

static int write_all(struct profiling *of, const struct result *result, struct failure *failure)
{
	const struct page page = {of->text, style__of(of->text), result};
	int status = 0;

	if (of->json_path)
		status |= output__commit(&of->json_file, write_json(of, of->json_file.file, result), failure);
	status |= kept__commit(&of->kept, &result, 1, failure);
	if (of->json && !of->json_path)
		status |= write_json(of, stdout, result);
	else
		status |= report__profile(&page, of->threads);
	if ((status || fflush(of->text)) && !failure->status)
		fail(failure, STATUS_USAGE, "cannot write the report: %s", strerror(errno));
	return failure->status ? -1 : 0;
}

/* The command's own end is ours: a signal as well, but without a core of ours. */
static int status_of(const struct profiling *of, const struct profile_end *end, int ours)
{
	if (end->exec_error && of->profile.command) {
		fprintf(stderr, "mptrace: cannot execute %s: %s\n", of->profile.command[0], strerror(end->exec_error));
		return end->exec_error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
	}
	if (!end->pid || !end->ended)
		return ours;
	if (WIFSIGNALED(end->wait_status)) {
		sigset_t its;

		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		fflush(NULL);
		signal(WTERMSIG(end->wait_status), SIG_DFL);
		sigemptyset(&its);
		sigaddset(&its, WTERMSIG(end->wait_status));
		sigprocmask(SIG_UNBLOCK, &its, NULL);
		raise(WTERMSIG(end->wait_status));
		return STATUS_SIGNAL + WTERMSIG(end->wait_status);
	}
	return WEXITSTATUS(end->wait_status);
}

static int watch(struct profiling *of, struct failure *failure)
{
	struct profile_end end;
	struct result result = {.experiment = NULL};
	int status = STATUS_DONE;

	of->profile.tell = tell;
	of->profile.context = of;
	if (!profile__run(&of->profile, &of->target, &result, &end, failure) && !end.exec_error) {
		write_all(of, &result, failure);
		status = result.outcome.signal ? STATUS_SIGNAL + result.outcome.signal : STATUS_DONE;
	}
	result__free(&result);
	if (failure->status)
		fprintf(stderr, "mptrace: %s\n", failure->says);
	profile__await(&end);
	status = status_of(of, &end,
			   failure->status ? of->profile.command ? STATUS_OURS : (int)failure->status : status);
	return failure->status && !status ? STATUS_OURS : status;
}

int command__profile(int argc, char **argv)
{
	struct profiling of = {.text = stdout};
	struct failure failure = {0};
	int words = options__parse_leading(rows, argc, argv, &of, &failure), status;

	if (words >= 0 && of.help)
		return print_help();
	if (words >= 0)
		argv[words + 1] = NULL;
	if (words < 0 || check(&of, words, argv, &failure) || trial__check_place("profile", &failure) ||
	    describe(&of, &failure) || open_outputs(&of, &failure)) {
		fprintf(stderr, "mptrace: %s\n", failure.says);
		status = words > 0 ? STATUS_OURS : (int)failure.status;
	} else {
		status = watch(&of, &failure);
	}
	output__discard(&of.json_file);
	kept__discard(&of.kept);
	periods__free(&of.periods);
	free(of.line);
	return status;
}
