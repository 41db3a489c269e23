/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "delivery.h"

#include <signal.h>
#include <unistd.h>

#include "../base/clock.h"
#include "area.h"
#include "host.h"

#define LOOK_EVERY_NS 1000000ull /* until the task has begun */

static void miss(struct delivery *delivery, const char *why)
{
	delivery->missed = why;
}

static void send(struct delivery *delivery, const struct experiment *experiment, const struct journal *journal,
		 const struct journal_task *task, const char *group)
{
	uint64_t worker = task->worker;
	pid_t pid;

	if (worker >= area__worker_room(&experiment->plan)) {
		miss(delivery, "the journal does not say which thread does it");
		return;
	}
	pid = (pid_t)journal__workers(journal)[worker].pid;
	if (pid <= 0 || !host__is_in_group(pid, group) || tgkill(pid, (pid_t)task->tid, (int)experiment->plan.signal))
		miss(delivery, "the thread that did it was gone");
	else
		delivery->sent_ns = clock_ns();
}

uint64_t delivery__look(struct delivery *delivery, const struct experiment *experiment, const struct journal *journal,
			const char *group)
{
	const struct journal_task *task;
	uint64_t start, now = clock_ns(), due;

	if (!experiment->plan.signal || delivery->sent_ns || delivery->missed)
		return UINT64_MAX;
	task = &journal__tasks(journal, area__worker_room(&experiment->plan))[experiment->signal_task];
	start = __atomic_load_n(&task->start_ns, __ATOMIC_ACQUIRE);
	if (!start || start > now)
		return LOOK_EVERY_NS;
	due = start + experiment->signal_after_ns;
	if (__atomic_load_n(&task->end_ns, __ATOMIC_ACQUIRE))
		miss(delivery, "it had ended before");
	else if (now < due)
		return due - now;
	else
		send(delivery, experiment, journal, task, group);
	return UINT64_MAX;
}
