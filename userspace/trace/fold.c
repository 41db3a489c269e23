/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fold.h"

#include <stdlib.h>

#include "../../bpf/cause.h"

static void add_each(__u64 *sum, const __u64 *counters, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum[i] += counters[i];
}

static void add_kernel(struct kernel_counters *sum, const struct kernel_counters *counters)
{
	sum->switches += counters->switches;
	sum->exec_runtime_ns += counters->exec_runtime_ns;
	sum->run_delay_ns += counters->run_delay_ns;
	sum->minor_faults += counters->minor_faults;
	sum->major_faults += counters->major_faults;
	sum->read_bytes += counters->read_bytes;
	sum->write_bytes += counters->write_bytes;
	sum->read_calls += counters->read_calls;
	sum->write_calls += counters->write_calls;
}

/* All but who and when it was. */
static void add_figures(struct thread_record *sum, const struct thread_record *record)
{
	sum->on_cpu_ns += record->on_cpu_ns;
	sum->run_queue_ns += record->run_queue_ns;
	add_each(sum->blocked_ns, record->blocked_ns, CAUSE_COUNT);
	add_each(sum->waits, record->waits, CAUSE_COUNT);
	sum->mutex_ns += record->mutex_ns;
	add_each(sum->io_ns, record->io_ns, IO_KINDS);
	add_each(sum->io_waits, record->io_waits, IO_KINDS);
	sum->gil_after_io_ns += record->gil_after_io_ns;
	add_each(sum->switches, record->switches, SWITCH_CLASSES);
	sum->runs += record->runs;
	sum->unseen_runs += record->unseen_runs;
	sum->unseen_run_ns += record->unseen_run_ns;
	sum->wakeups += record->wakeups;
	sum->idle_runs += record->idle_runs;
	sum->idle_wait_ns += record->idle_wait_ns;
	sum->migrations += record->migrations;
	sum->cpus |= record->cpus;
	sum->calls += record->calls;
	sum->faults += record->faults;
	sum->cow_faults += record->cow_faults;
	sum->executed |= record->executed;
	add_kernel(&sum->kernel_before, &record->kernel_before);
	add_kernel(&sum->kernel, &record->kernel);
}

void folded__add(struct folded *folded, const struct thread_record *record)
{
	struct thread_record *sum = &folded->sum;
	uint64_t life = record->end_ns - record->start_ns;

	if (!folded->threads)
		*sum = (struct thread_record){
			.start_ns = record->start_ns, .end_ns = record->start_ns, .comm = "others"};
	if (record->start_ns < sum->start_ns) {
		sum->end_ns -= sum->start_ns - record->start_ns;
		sum->start_ns = record->start_ns;
	}
	sum->end_ns += life;
	if (record->first_run_ns && (!sum->first_run_ns || record->first_run_ns < sum->first_run_ns))
		sum->first_run_ns = record->first_run_ns;
	add_figures(sum, record);
	folded->threads++;
	folded->processes += record->tid == record->tgid;
}

void folded__take(struct folded *folded, struct folded *other)
{
	uint64_t threads = folded->threads + other->threads, processes = folded->processes + other->processes;

	if (other->threads)
		folded__add(folded, &other->sum);
	folded->threads = threads;
	folded->processes = processes;
	*other = (struct folded){.threads = 0};
}

/* By time in which it worked, or waited for something. */
static uint64_t weight(const struct thread_record *record)
{
	uint64_t sum = record->on_cpu_ns + record->run_queue_ns;

	for (int i = 0; i < CAUSE_COUNT; i++)
		sum += cause_engages((enum cause)i) ? record->blocked_ns[i] : 0;
	return sum;
}

static int by_weight(const void *a, const void *b)
{
	uint64_t left = weight(a), right = weight(b);

	return (left < right) - (left > right);
}

size_t folded__reduce(struct folded *folded, struct thread_record *records, size_t count, uint64_t since, size_t keep)
{
	size_t left = 0;

	qsort(records, count, sizeof(*records), by_weight);
	for (size_t i = 0; i < count; i++)
		if (i < keep || records[i].start_ns < since)
			records[left++] = records[i];
		else
			folded__add(folded, &records[i]);
	return left;
}
