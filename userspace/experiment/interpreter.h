/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Python that a workload runs in: found once, asked once what it is. */
#ifndef MPTRACE_EXPERIMENT_INTERPRETER_H
#define MPTRACE_EXPERIMENT_INTERPRETER_H

#include "trial.h"

/**
 * Finds the interpreter: @wanted (--python: a path, or a name on PATH; free-threaded: $MPTRACE_FREE_THREADED), else
 * $MPTRACE_PYTHON, else /usr/bin/python3, else python3 on PATH; runs it once as @identity and asks it for itself, so
 * that a shim is seen through. STATUS_CANNOT: there is none, it is no CPython of 3.7 or later, or it does not answer.
 */
int interpreter__find(struct interpreter *interpreter, const char *wanted, const struct identity *identity,
		      struct failure *failure);

#endif
