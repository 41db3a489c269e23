/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "native.h"
#include "../../base/clock.h"

static int prepare(struct native *native)
{
	native->journal->workers = 1;
	return 0;
}

static int run(struct native *native)
{
	native->workers[0].asked_ns = native->journal->opened_ns;
	native__arrive(native, 0);
	for (uint64_t i = 0; i < native->plan->tasks; i++) {
		native->tasks[i].submit_ns = clock_ns();
		native->tasks[i].sequence = i + 1;
		native__do_task(native, i, 0);
		native__take_result(native, i);
	}
	return 0;
}

static int finish(struct native *native)
{
	native->workers[0].reaped = 1;
	return 0;
}

const struct shape serial_shape = {prepare, run, finish};
