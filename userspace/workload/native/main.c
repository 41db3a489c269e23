/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mptrace-workload: runs the plan in the journal that descriptor 3 is. It does not know whether it is watched. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../bpf/abi.h"
#include "../../base/clock.h"
#include "../formula.h"
#include "mutant.h"
#include "signals.h"
#include "steps.h"

#define CALIBRATIONS 20

static const struct shape *const shapes[WORKLOAD_COUNT] = {
	[WORKLOAD_SERIAL] = &serial_shape,    [WORKLOAD_THREAD] = &per_task_shape, [WORKLOAD_THREAD_POOL] = &pool_shape,
	[WORKLOAD_PROCESS] = &per_task_shape, [WORKLOAD_POOL] = &pool_shape,
};

void *native__share(struct native *native, size_t size)
{
	void *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (area != MAP_FAILED)
		return area;
	native__says(native, "cannot map %zu bytes: %s", size, strerror(errno));
	return NULL;
}

int native__says(struct native *native, const char *format, ...)
{
	char says[sizeof(native->journal->says)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(says, sizeof(says), format, arguments);
	va_end(arguments);
	if (!native->journal->says[0])
		memcpy(native->journal->says, says, sizeof(says));
	return -1;
}

void native__place(struct native *native, const void *at, size_t size, uint32_t cause, const char *name)
{
	struct journal_place *place = &native->journal->places[native->journal->place_count++];

	place->low = (uintptr_t)at;
	place->high = place->low + size;
	place->cause = cause;
	snprintf(place->name, sizeof(place->name), "%s", name);
}

static void set_state(struct journal *journal, enum journal_state state)
{
	__atomic_store_n(&journal->state, state, __ATOMIC_RELEASE);
	/* mptrace looks now and then in any case. */
	(void)!write(GATE_DESCRIPTOR, "", 1);
}

/* For the gate, and then for leave to end. */
static void wait_for_mptrace(void)
{
	char word;

	while (read(GATE_DESCRIPTOR, &word, 1) < 0 && errno == EINTR)
		;
}

static int map_journal(struct native *native)
{
	struct stat status;
	struct journal *journal;

	if (fstat(JOURNAL_DESCRIPTOR, &status) || (size_t)status.st_size < sizeof(*journal))
		return -1;
	journal = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, JOURNAL_DESCRIPTOR, 0);
	if (journal == MAP_FAILED || journal->magic != JOURNAL_MAGIC)
		return -1;
	native->journal = journal;
	native->plan = &journal->plan;
	native->workers = journal__workers(journal);
	native->tasks = journal__tasks(journal, journal->worker_room);
	return 0;
}

/* What the first process has of its own when it starts workers. Stays until it ends. */
static int fill_memory(struct native *native)
{
	uint64_t bytes = native->plan->parent_memory;
	char *area = bytes ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : NULL;

	if (area == MAP_FAILED)
		return native__says(native, "cannot map %" PRIu64 " bytes of --parent-memory: %s", bytes,
				    strerror(errno));
	if (bytes)
		madvise(area, bytes, MADV_NOHUGEPAGE);
	for (uint64_t at = 0; at < bytes; at += WORK_PAGE)
		*(volatile char *)(area + at) = 1;
	return 0;
}

static int prepare(struct native *native)
{
	native->journal->steps_per_ms_before = native->steps_per_ms = steps__calibrate(CALIBRATIONS);
	native->shared = native__share(native, sizeof(*native->shared));
	if (!native->shared || fill_memory(native))
		return -1;
	signals__prepare(native->plan);
	native->shared->slots = native__share(native, native->plan->tasks * sizeof(struct slot));
	if (!native->shared->slots || steps__prepare(native) || shapes[native->plan->workload]->prepare(native))
		return -1;
	return 0;
}

static void pass_gate(struct native *native)
{
	struct journal *journal = native->journal;
	set_state(journal, JOURNAL_READY);
	wait_for_mptrace();
	journal->opened_ns = clock_ns();
}

int main(void)
{
	struct native native = {.read_file = -1};
	const struct shape *shape;

	if (map_journal(&native)) {
		fputs("mptrace-workload: started by mptrace run, with a journal; not by hand\n", stderr);
		return 2;
	}
	prctl(PR_SET_NAME, "mptrace-main");
	shape = shapes[native.plan->workload];
	if (prepare(&native))
		goto failed;
	pass_gate(&native);
	if (shape->run(&native))
		goto failed;
	native.journal->returned_ns = clock_ns();
	mutant__after_return(&native);
	set_state(native.journal, JOURNAL_RETURNED);
	wait_for_mptrace();
	if (shape->finish(&native))
		goto failed;
	native.journal->steps_per_ms_after = steps__calibrate(CALIBRATIONS);
	if (native.plan->workload == WORKLOAD_SERIAL)
		native__leave(&native, 0); /* the other workers have left when they ended */
	return 0;
failed:
	set_state(native.journal, JOURNAL_FAILED);
	return 1;
}
