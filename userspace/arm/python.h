/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of `run` that belong to the Python engine. */
#ifndef MPTRACE_ARM_PYTHON_H
#define MPTRACE_ARM_PYTHON_H

#include "../experiment/trial.h"

/** What was given on the command line; NULL or 0: not given. */
struct python_request {
	const char *any; /**< one of the options that was given, for an error */
	const char *python, *start_method, *method;
	uint64_t max_tasks_per_child, argument_size, result_size, switch_interval_ns;
	bool generator;
	const char *call, *items;
	const char *not_with_call; /**< one of the options given about which --call leaves nothing to say */
};

/* Setters as in struct option_row; @context is a struct python_request *. */
int python__set_python(void *context, const char *value, struct failure *failure);
int python__set_start_method(void *context, const char *value, struct failure *failure);
int python__set_method(void *context, const char *value, struct failure *failure);
int python__set_max_tasks(void *context, const char *value, struct failure *failure);
int python__set_argument_size(void *context, const char *value, struct failure *failure);
int python__set_result_size(void *context, const char *value, struct failure *failure);
int python__set_arguments(void *context, const char *value, struct failure *failure);
int python__set_call(void *context, const char *value, struct failure *failure);
int python__set_items(void *context, const char *value, struct failure *failure);
int python__set_switch_interval(void *context, const char *value, struct failure *failure);

/**
 * Refuses, before anything of the machine is known, what the engine and the workload cannot honour. --call sets the
 * engine, and with a range of --items how many tasks there are.
 */
int python__check(const struct python_request *request, struct experiment *experiment, struct failure *failure);

/** As many tasks as the file of --items has lines. */
int python__count_items(const struct python_request *request, struct experiment *experiment, struct failure *failure);

/**
 * Fills @experiment->python and the parts of the plan that depend on it, after the workload, the workers and the
 * chunk (0: not given) are known. Options that the method or the interpreter cannot honour are refused.
 */
int python__apply(const struct python_request *request, struct experiment *experiment, const struct identity *identity,
		  struct failure *failure);

#endif
