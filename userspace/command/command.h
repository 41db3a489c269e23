/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands. Each gets its own words (argv[0] is the command's name) and returns the exit status. */
#ifndef MPTRACE_COMMAND_COMMAND_H
#define MPTRACE_COMMAND_COMMAND_H

struct command {
	const char *name, *arguments, *says;
	int (*run)(int argc, char **argv);
};

int command__run(int argc, char **argv);
int command__validate(int argc, char **argv);
int command__compare(int argc, char **argv);
int command__profile(int argc, char **argv);
int command__report(int argc, char **argv);
int command__list(int argc, char **argv);
int command__doctor(int argc, char **argv);

#endif
