/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/failure.h"
#include "command/command.h"
#include "arm/options.h"

static const struct command commands[] = {
	{"run", "WORKLOAD|ARM ARM... [options]", "one experiment, traced and checked; or several side by side",
	 command__run},
	{"validate", "[CLAIM...|FILE.yaml...]", "the experiments behind claims, and their verdicts", command__validate},
	{"profile", "-p PID|--cgroup DIR|COMMAND...", "any program: what is it bound by, and what would help",
	 command__profile},
	{"report", "DIR [options]", "a stored report again, in any format, without root", command__report},
	{"compare", "BEFORE NOW", "what differs between two results, comparisons, validations", command__compare},
	{"list", "workloads|claims|metrics", "what there is to run, to decide, and to measure", command__list},
	{"doctor", "[options]", "what this machine can and cannot do, and why", command__doctor},
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static int help(void)
{
	puts("mptrace: what threads, processes and pools really do on this machine, measured from the kernel\n\n"
	     "Usage: mptrace COMMAND [options]\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-9s %-30s %s\n", commands[i].name, commands[i].arguments, commands[i].says);
	puts("\nStart with:   sudo mptrace run pool\n"
	     "More:         mptrace COMMAND --help\n"
	     "Exit status:  0 done, 1 a check contradicts or the workload failed, 2 wrong usage,\n"
	     "              3 cannot measure here, 4 undecided (--strict), 5 invalid, 124 timeout, 128+N stopped by "
	     "signal N");
	return STATUS_DONE;
}

static int unknown(const char *word)
{
	const char *names[COMMANDS + 1] = {NULL}, *meant;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	meant = nearest(word, names);
	fprintf(stderr, "mptrace: unknown command %s%s%s%s\n", word, meant ? ": did you mean " : ": see mptrace --help",
		meant ? meant : "", meant ? "?" : "");
	return STATUS_USAGE;
}

static int dispatch(int argc, char **argv)
{
	const char *word = argv[1];

	if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help"))
		return help();
	if (!strcmp(word, "--version")) {
		puts("mptrace " MPTRACE_VERSION);
		return STATUS_DONE;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(word, commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return unknown(word);
}

/* @status, unless what was printed did not arrive and nobody has said so yet. */
static int written(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	if (status != STATUS_DONE)
		return status;
	fprintf(stderr, "mptrace: cannot write to standard output: %s\n", strerror(errno));
	return STATUS_USAGE;
}

/*
 * A descriptor that is missing would be filled by the next file that is opened, and what is meant for the
 * terminal would go there. What is written to these fails, as it should. A file that grows too large is an error.
 */
static void prepare(void)
{
	int null;

	while ((null = open("/dev/null", O_RDONLY)) >= 0 && null <= STDERR_FILENO)
		;
	close(null);
	signal(SIGXFSZ, SIG_IGN);
}

int main(int argc, char **argv)
{
	prepare();

	if (!setlocale(LC_CTYPE, ""))
		setlocale(LC_CTYPE, "C.UTF-8");
	if (argc < 2) {
		fputs("mptrace: no command given; start with: sudo mptrace run pool (or see mptrace --help)\n", stderr);
		return STATUS_USAGE;
	}
	return written(dispatch(argc, argv));
}
