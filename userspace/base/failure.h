/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MPTRACE_BASE_FAILURE_H
#define MPTRACE_BASE_FAILURE_H

/** Exit statuses of every command (README, "Exit status"). */
enum exit_status {
	STATUS_DONE = 0,
	STATUS_CONTRADICTED = 1, /**< a check failed, a task failed, a worker died, an OOM kill */
	STATUS_USAGE = 2, /**< wrong command line or file */
	STATUS_CANNOT = 3, /**< this machine cannot measure what was asked for */
	STATUS_UNSURE = 4, /**< inconclusive, or data lost, with --strict; a comparison in which nothing was measured */
	STATUS_INVALID = 5, /**< a gate or control failed */
	STATUS_TIMEOUT = 124,
	STATUS_SIGNAL = 128, /**< plus the signal's number */
};

/**
 * Why something could not be done: one sentence for the user and the exit status it leads to. If it is about a place in
 * a file (yaml__refuse), the line and a caret under the place follow.
 */
struct failure {
	enum exit_status status;
	char says[1024];
};

/**
 * Fills @failure with a printf-formatted sentence and returns -1, so that callers can
 * `return fail(...)`. The first failure stays: a later one while cleaning up does not hide it.
 */
int fail(struct failure *failure, enum exit_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
