/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "signals.h"

#include <signal.h>

/* The last signal of this thread. The handler does nothing else: pthread_cancel may not be called there. */
static _Thread_local volatile sig_atomic_t noted;

static void note(int number)
{
	noted = number;
}

void signals__prepare(const struct plan *plan)
{
	/* Without SA_RESTART: the sleep has to return. */
	struct sigaction action = {.sa_handler = note};

	if (plan->signal == SIGUSR1 || plan->signal == SIGUSR2)
		sigaction((int)plan->signal, &action, NULL);
}

void signals__forget(void)
{
	if (noted == SIGUSR1)
		noted = 0;
}

void signals__obey(void)
{
	if (noted != SIGUSR2)
		return;
	pthread_cancel(pthread_self());
	pthread_testcancel();
}

bool signals__end_sleep(struct native *native, uint64_t task)
{
	signals__obey();
	if (noted != SIGUSR1)
		return false;
	native->tasks[task].interrupted++;
	return true;
}
