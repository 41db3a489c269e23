/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "result.h"

#include <stdlib.h>

const char *const cause_names[CAUSE_COUNT + 1] = {"lock", "gil",   "io",    "sleep",	"child",
						  "idle", "fault", "other", "run_queue"};
const char *const outcome_names[] = {"ok", "failed", "interrupted", "timeout"};
const char *const role_names[ROLE_COUNT] = {"main",	      "worker",		"other",      "task handler",
					    "result handler", "worker handler", "forkserver", "resource tracker"};
const char *const gil_names[] = {"unknown", "present", "absent"};
const char *const lock_kind_names[] = {"mutex", "condition", "semaphore", "join", "gil", "unknown"};
const char *const accounting_names[] = {"exact", "within", "off", "kernel-only"};
const char *const check_names[] = {"PASS", "FAIL", "NO-CHANCE"};
const char *const io_kind_names[IO_KINDS] = {"disk", "socket", "pipe", "terminal", "event", "other"};
const char no_fault_probe[] = "no probe counts page faults while a program is profiled";
const char *const loss_names[LOSS_COUNT] = {"threads",	   "records", "locks",	   "files",
					    "parallelism", "stacks",  "probe_runs"};

const char *result__python(const struct result *result)
{
	for (size_t i = 0; i < result->process_count; i++)
		if (result->processes[i].python[0])
			return result->processes[i].python;
	return NULL;
}

bool result__is_disturbed(const struct result *result)
{
	struct figure foreign = result->foreign_permille;

	return !foreign.missing && (double)foreign.value > 1000 * MOST_FOREIGN;
}

uint64_t result__since_gate(const struct result *result, uint64_t when)
{
	return when > result->gate_ns ? when - result->gate_ns : 0;
}

void result__free(struct result *result)
{
	for (size_t i = 0; i < result->lock_count; i++)
		free((char *)result->locks[i].symbol);
	for (size_t i = 0; i < result->stack_count; i++)
		free((char *)result->stacks[i].frames);
	free(result->stacks);
	free(result->timeline.events);
	free(result->files);
	free(result->tasks);
	free(result->workers);
	free(result->threads);
	free(result->processes);
	free(result->locks);
}
