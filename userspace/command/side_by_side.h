/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `mptrace run ARM ARM...`: several experiments in blocks, and which is best. */
#ifndef MPTRACE_COMMAND_SIDE_BY_SIDE_H
#define MPTRACE_COMMAND_SIDE_BY_SIDE_H

#include "../arm/options.h"

/** The options that `run` has for this alone. */
extern const struct option_row side_by_side_rows[];

/** Whether @words (@count) and the options @given ask for it. */
bool side_by_side__is_asked(char *const *words, size_t count, const struct options_given *given);

/**
 * Runs it; of @given its own options are taken out. @argv (@argc): the command line as it was given, from the command's
 * name on. Returns the exit status.
 */
int side_by_side__run(char *const *words, size_t count, struct options_given *given, int argc, char *const *argv);

#endif
