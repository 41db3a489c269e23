/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "signal.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "values.h"

#define MAX_NAME 16
#define MAX_SIGNALS 32 /* below the real-time ones, which have no names */

/* The number of the signal called @name (without SIG), 0: there is none. @names gets all of them. */
static uint32_t number_of(const char *name, const char *names[MAX_SIGNALS])
{
	size_t count = 0;
	uint32_t found = 0;

	for (int number = 1; number < MAX_SIGNALS; number++) {
		const char *known = sigabbrev_np(number);

		if (!known)
			continue;
		names[count++] = known;
		if (!strcmp(name, known))
			found = (uint32_t)number;
	}
	names[count] = NULL;
	return found;
}

static int read_name(const char *text, size_t length, uint32_t *number, struct failure *failure)
{
	const char *names[MAX_SIGNALS], *meant;
	char name[MAX_NAME];

	snprintf(name, sizeof(name), "%.*s", (int)(length < MAX_NAME ? length : MAX_NAME - 1), text);
	*number = number_of(name, names);
	if (*number)
		return 0;
	meant = nearest(strncmp(name, "SIG", 3) ? name : name + 3, names);
	return meant ? fail(failure, STATUS_USAGE, "--signal '%s': there is no signal %s: did you mean %s?", text, name,
			    meant)
		     : fail(failure, STATUS_USAGE, "--signal '%s': there is no signal %s: write it like USR1", text,
			    name);
}

int signal__parse(const char *text, struct experiment *experiment, struct failure *failure)
{
	const char *at = strchr(text, '@'), *colon = at ? strchr(at, ':') : NULL, *why;

	if (!colon || at == text)
		return fail(failure, STATUS_USAGE, "--signal '%s': write NAME@TIME:TASK, like USR1@50ms:2", text);
	if (read_name(text, (size_t)(at - text), &experiment->plan.signal, failure))
		return -1;
	why = duration__read(at + 1, (size_t)(colon - at - 1), &experiment->signal_after_ns);
	if (why)
		return fail(failure, STATUS_USAGE, "--signal '%s': '%.*s' %s", text, (int)(colon - at - 1), at + 1,
			    why);
	experiment->signal_text = text;
	return value__count("--signal NAME@TIME:TASK, TASK", colon + 1, 0, MAX_TASKS - 1, &experiment->signal_task,
			    failure);
}

static bool stops(uint32_t number)
{
	return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

int signal__check(const struct experiment *experiment, struct failure *failure)
{
	if (!experiment->plan.signal)
		return 0;
	if (experiment->signal_task >= experiment->plan.tasks)
		return fail(failure, STATUS_USAGE,
			    "--signal '%s': there is no task %" PRIu64 ": they are 0 to %" PRIu64,
			    experiment->signal_text, experiment->signal_task, experiment->plan.tasks - 1);
	if (stops(experiment->plan.signal) && !experiment->timeout_ns)
		return fail(failure, STATUS_USAGE, "--signal '%s' needs --timeout: what is stopped never ends",
			    experiment->signal_text);
	return 0;
}
