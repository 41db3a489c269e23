/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A result without fault, filled by hand: a pool of two that did 40 tasks. Tests spoil one thing in it. */
#ifndef MPTRACE_TESTS_FIXTURE_H
#define MPTRACE_TESTS_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "../../userspace/result/judge.h"
#include "../../userspace/workload/journal.h"

#define FIXTURE_TASKS 40
#define FIXTURE_WORKERS 2
#define FIXTURE_THREADS (FIXTURE_WORKERS + 1)
#define FIXTURE_MS 1000000ull
#define FIXTURE_GATE 1000000000ull

struct fixture {
	struct experiment experiment;
	struct result result;
};

static inline void fixture__task(struct fixture *fixture, uint64_t id)
{
	struct result *result = &fixture->result;
	struct task_row *task = &result->tasks[id];
	uint32_t worker = (uint32_t)(id % FIXTURE_WORKERS);

	task->id = id;
	task->worker = worker;
	task->pid = task->tid = result->workers[worker].pid;
	task->submit_ns = FIXTURE_GATE + FIXTURE_MS;
	task->start_ns = FIXTURE_GATE + (10 + 10 * (id / FIXTURE_WORKERS)) * FIXTURE_MS;
	task->end_ns = task->start_ns + 10 * FIXTURE_MS;
	task->sequence = id + 1;
	task->checksum = task->returned = journal__expected(&fixture->experiment.plan, id, result->calibrated);
	task->messages = journal__messages(&fixture->experiment.plan, id);
	result->workers[worker].tasks++;
	result->outcome.tasks_done++;
}

/* Balanced to the nanosecond, and the kernel counted the same. */
static inline void fixture__thread(struct thread_row *row, uint32_t tid, enum role role)
{
	struct thread_record *record = &row->record;

	row->role = role;
	row->created_ns = role == ROLE_WORKER ? 400000 : 0;
	record->tid = record->tgid = tid;
	record->start_ns = record->first_run_ns = FIXTURE_GATE;
	record->end_ns = FIXTURE_GATE + 220 * FIXTURE_MS;
	record->cpus = 1;
	record->on_cpu_ns = 200 * FIXTURE_MS;
	record->run_queue_ns = 8 * FIXTURE_MS;
	record->blocked_ns[CAUSE_LOCK] = 5 * FIXTURE_MS;
	record->blocked_ns[CAUSE_IDLE] = 7 * FIXTURE_MS;
	record->switches[SWITCH_VOLUNTARY] = 90;
	record->switches[SWITCH_INVOLUNTARY] = 9;
	record->switches[SWITCH_YIELD] = 1;
	record->switches[SWITCH_PROCESS] = 60;
	record->runs = 100;
	record->wakeups = 89;
	record->idle_runs = 20;
	record->idle_wait_ns = 800000;
	record->faults = 500;
	record->cow_faults = 120;
	record->kernel_before = (struct kernel_counters){.switches = 7, .minor_faults = 3};
	record->kernel = (struct kernel_counters){.switches = 107,
						  .exec_runtime_ns = 200 * FIXTURE_MS,
						  .run_delay_ns = 8 * FIXTURE_MS,
						  .minor_faults = 502,
						  .major_faults = 1};
	memcpy(record->comm, "workload", 9);
}

static inline void fixture__process(struct process_row *process, uint32_t pid, enum role role)
{
	*process = (struct process_row){.pid = pid,
					.role = role,
					.peak_rss_bytes = measured(8u << 20),
					.pss_bytes = measured(3u << 20),
					.rss_bytes = measured(7u << 20),
					.minor_faults = measured(499),
					.major_faults = measured(1),
					.cow_faults = measured(120),
					.created_ns = measured(400000)};
	if (role == ROLE_MAIN)
		process->created_ns = not_measured("it existed before the clock started");
}

static inline void fixture__locks(struct result *result)
{
	static const struct lock_row rows[] = {
		{.address = 0x7f0000001000,
		 .shared = true,
		 .kind = LOCK_MUTEX,
		 .cause = CAUSE_LOCK,
		 .waits = 26110,
		 .wait_ns = 15 * FIXTURE_MS,
		 .hand_overs = 26000},
		{.address = 0x7f0000002000,
		 .shared = true,
		 .kind = LOCK_CONDITION,
		 .cause = CAUSE_IDLE,
		 .waits = 12,
		 .wait_ns = 7 * FIXTURE_MS,
		 .hand_overs = 12},
		{.address = 0x7ffffffff000,
		 .tgid = 4000000,
		 .kind = LOCK_UNKNOWN,
		 .cause = CAUSE_LOCK,
		 .waits = 1,
		 .wait_ns = 1000,
		 .timeouts = 1},
	};

	result->locks = calloc(3, sizeof(*result->locks));
	memcpy(result->locks, rows, sizeof(rows));
	result->locks[0].symbol = strdup("the queue's lock");
	result->lock_count = 3;
}

static inline void fixture__kernel(struct result *result)
{
	result->cgroup.mode = "v2";
	result->cgroup.memory_peak_bytes = measured(20u << 20);
	result->cgroup.cpu_usage_ns = measured(600 * FIXTURE_MS);
	result->cgroup.throttled_ns = measured(0);
	result->cgroup.oom_kills = measured(0);
	result->kernel.rusage_cpu_ns = measured(600 * FIXTURE_MS);
	result->kernel.rusage_switches = measured(300);
	result->kernel.steal_ns = measured(0);
	result->parallel.known = true;
	result->parallel.time_ns[1] = 20 * FIXTURE_MS;
	result->parallel.time_ns[2] = 180 * FIXTURE_MS;
	result->tracer.program_count = 1;
	result->tracer.programs[0] = (struct program_row){"sched_switch", 300, 40000};
	result->tracer.ns_per_switch = measured(133);
	result->tracer.cpu_permille = measured(2);
	result->tracer.sampled_ns = measured(20 * FIXTURE_MS);
	result->tracer.note_ns = measured(700);
}

/** Fills @fixture; @task is the SPEC. Free with fixture__free. */
static inline void fixture__make(struct fixture *fixture, enum workload workload, const char *task)
{
	struct result *result = &fixture->result;
	struct failure failure = {0};

	memset(fixture, 0, sizeof(*fixture));
	fixture->experiment = (struct experiment){.plan = {.workload = workload, .tasks = FIXTURE_TASKS, .chunk = 1},
						  .task_text = task,
						  .seed = 1,
						  .user = "alice",
						  .traced = true};
	fixture->experiment.plan.workers = workload_kinds[workload].pooled ? FIXTURE_WORKERS : 0;
	if (task_spec__parse(&fixture->experiment.plan.spec, task, &failure))
		exit(2);
	result->experiment = &fixture->experiment;
	result->environment = (struct environment){.kernel = "Linux 6.18.5",
						   .machine = "x86_64",
						   .clock = "monotonic",
						   .cgroup_mode = "v2",
						   .version = "0.1.0",
						   .cpus = 2,
						   .cpus_allowed = "0-1"};
	result->signal_ns = not_measured("no --signal was asked for");
	result->close_ns = measured(FIXTURE_MS);
	result->closing.pss_bytes = measured(3u << 20);
	result->closing.rss_bytes = measured(7u << 20);
	result->closing.data_bytes = measured(2u << 20);
	result->closing.open_files = measured(5);
	result->calibrated.cpu = result->calibrated_after = 300000;
	result->gate_ns = FIXTURE_GATE;
	result->returned_ns = FIXTURE_GATE + 211 * FIXTURE_MS;
	result->outcome.wall_ns = measured(211 * FIXTURE_MS);
	result->tasks = calloc(FIXTURE_TASKS, sizeof(*result->tasks));
	result->workers = calloc(FIXTURE_WORKERS, sizeof(*result->workers));
	result->threads = calloc(FIXTURE_THREADS, sizeof(*result->threads));
	result->processes = calloc(FIXTURE_THREADS, sizeof(*result->processes));
	result->task_count = FIXTURE_TASKS;
	result->worker_count = FIXTURE_WORKERS;
	result->thread_count = result->process_count = FIXTURE_THREADS;
	for (uint32_t i = 0; i < FIXTURE_WORKERS; i++)
		result->workers[i] = (struct worker_row){.pid = 101 + i,
							 .tid = 101 + i,
							 .asked_ns = FIXTURE_GATE + 1,
							 .ready_ns = FIXTURE_GATE + 2 * FIXTURE_MS,
							 .switches = measured(100),
							 .reaped = true};
	for (uint64_t i = 0; i < FIXTURE_TASKS; i++)
		fixture__task(fixture, i);
	for (uint32_t i = 0; i < FIXTURE_THREADS; i++) {
		fixture__thread(&result->threads[i], 100 + i, i ? ROLE_WORKER : ROLE_MAIN);
		fixture__process(&result->processes[i], 100 + i, i ? ROLE_WORKER : ROLE_MAIN);
		result->threads[i].worker = i ? &result->workers[i - 1] : NULL;
	}
	fixture__locks(result);
	fixture__kernel(result);
}

/** As --no-trace leaves it. */
static inline void fixture__untrace(struct fixture *fixture)
{
	static const char untraced[] = "tracing was off (--no-trace)";
	struct result *result = &fixture->result;

	for (size_t i = 0; i < result->lock_count; i++)
		free((char *)result->locks[i].symbol);
	fixture->experiment.traced = result->parallel.known = false;
	result->thread_count = result->process_count = result->lock_count = result->tracer.program_count = 0;
	result->tracer.ns_per_switch = result->tracer.cpu_permille = result->tracer.sampled_ns = not_measured(untraced);
}

static inline void fixture__free(struct fixture *fixture)
{
	result__free(&fixture->result);
}

#endif
