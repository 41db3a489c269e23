/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "advice.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const choice_names[CHOICE_COUNT] = {"nothing", "thread",	    "thread-pool", "process",
						"pool",	   "fewer-workers", "more-workers"};

#define WORTH_IT 1.1 /* a smaller gain is called none */
#define ALL_BUSY 0.85 /* of the CPUs: they are all in use */
#define OVERLAP 1.1 /* CPUs, or fewer: threads that hand over to each other */
#define ONE_AT_A_TIME 1.3 /* CPUs, or fewer: no two workers to speak of run at once */
#define TURNS 0.8 /* of the time */
#define MANY_PROCESSES 16 /* that were forked */
#define PROCESS_NS 1e6 /* of CPU time, or more: a worker process of Python's, from fork to exit (3.3 ms here) */
#define SHORT_NS 1e7 /* to start and end a process is no small part of that */
#define FORKS 10 /* nor of so many times what its parent needs for it: 3.5 seen for a Python that does little */
#define LONG_NS 5e7 /* but of this: the parent may do other things, too */
#define MUCH_WAITING 0.1 /* threads on average */
#define MUCH_CPU 0.1 /* of the time: ten threads that wait for the rest of it would need a whole CPU */
#define TAKES_PART 0.05 /* of its life a thread waited for the GIL: it is one of those that compute */
#define COMPUTES 0.25 /* of what the busiest thread ran: who did less is a helper (hands out tasks) */

/* The figures that all of it rests on. */
struct basis {
	const struct result *result;
	const struct answer *answer;
	double wall, cpu; /* ns; of all threads together */
	double cpus; /* that it may use */
	double parallelism; /* mean CPUs busy while any was; where that is not known, all of the time: it is less */
	bool python;
};

static void because(struct advice *advice, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void because(struct advice *advice, const char *format, ...)
{
	va_list arguments;

	if (advice->because_count == MAX_BECAUSE)
		return;
	va_start(arguments, format);
	vsnprintf(advice->because[advice->because_count++], sizeof(*advice->because), format, arguments);
	va_end(arguments);
}

static void choose(struct advice *advice, enum choice choice, double limit, const char *says)
{
	advice->choose = choice;
	advice->speed_up_limit = limit < 1 ? 1 : limit;
	snprintf(advice->says, sizeof(advice->says), "%s", says);
}

/* All its CPU time on @cpus at once, and not a wait: nothing is faster than that. */
static double least_time(const struct basis *basis, double cpus)
{
	return basis->cpu > 0 ? basis->wall / (basis->cpu / cpus) : NAN;
}

/*
 * The same by processes: each that waits for a part of its waits takes time to start and end, so that the best number
 * of them is limited, too: where that time is as long as the waits that are left to each.
 */
static double least_time_of_processes(const struct basis *basis, double cpus)
{
	const uint64_t *ns = basis->answer->where.ns;
	double waits = (double)(ns[BOUND_IO] + ns[BOUND_SLEEP]);

	return basis->cpu > 0 ? basis->wall / (basis->cpu / cpus + 2 * sqrt(waits * PROCESS_NS / cpus)) : NAN;
}

/* Amdahl: while any thread ran, at most @cpus instead of as many as there were; the rest of the time stays. */
static double amdahl(const struct basis *basis, double cpus)
{
	double running = basis->cpu / basis->parallelism / basis->wall; /* share of the time that any ran */

	if (isnan(running))
		return NAN;
	running = fmin(1, running);
	return 1 / (1 - running + running * basis->parallelism / fmax(cpus, basis->parallelism));
}

/* Threads that waited for I/O or slept, on average: that can overlap, unlike waits for each other. */
static double waiting(const struct basis *basis)
{
	const uint64_t *ns = basis->answer->where.ns;

	return (double)(ns[BOUND_IO] + ns[BOUND_SLEEP]) / basis->wall;
}

/* What the thread ran that ran longest. */
static uint64_t longest_run(const struct result *result)
{
	uint64_t most = 0;

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;

		if (record->tid && record->on_cpu_ns > most)
			most = record->on_cpu_ns;
	}
	return most;
}

/* The same of those that compute: who only sleeps beside them (a shell, a timer) does not keep them from it. */
static double waiting_to_compute(const struct basis *basis)
{
	double least = COMPUTES * (double)longest_run(basis->result);
	uint64_t ns = 0;

	for (size_t i = 0; i < basis->result->thread_count; i++) {
		const struct thread_record *record = &basis->result->threads[i].record;
		struct where where;

		where__of_thread(&where, record);
		if ((double)record->on_cpu_ns > least)
			ns += where.ns[BOUND_IO] + where.ns[BOUND_SLEEP];
	}
	return (double)ns / basis->wall;
}

/* With @cpus at once: where it also waits, more workers than CPUs use that time too. */
static double parallel_limit(const struct basis *basis, double cpus)
{
	return waiting_to_compute(basis) >= MUCH_WAITING ? least_time(basis, cpus) : amdahl(basis, cpus);
}

/* Threads that took turns with the GIL, as far as each has a row of its own. */
static double takers(const struct result *result)
{
	double count = 0;

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;

		count += record->tid && (double)record->blocked_ns[CAUSE_GIL] >
						TAKES_PART * (double)(record->end_ns - record->start_ns);
	}
	return count;
}

/* What each more process takes, where it could be read. */
static void tell_memory(struct advice *advice, const struct result *result)
{
	uint64_t most = 0;

	for (size_t i = 0; i < result->process_count; i++)
		if (!result->processes[i].pss_bytes.missing && result->processes[i].pss_bytes.value > most)
			most = result->processes[i].pss_bytes.value;
	if (most)
		because(advice, "each process takes memory: the largest one here has %.1f MiB of its own (PSS)",
			(double)most / 1048576);
}

static void advise_gil(struct advice *advice, const struct basis *basis)
{
	/* Of those that are one row it is not known which took part: the limit allows for all. */
	double threads = takers(basis->result), folded = (double)basis->result->folded.threads;
	double limit = parallel_limit(basis, fmin(basis->cpus, threads + folded));

	if (limit < WORTH_IT || basis->parallelism >= ALL_BUSY * basis->cpus) {
		choose(advice, CHOICE_NOTHING, 1,
		       "Nothing: its threads took turns, but the CPUs were busy all the same.");
		because(advice, "%.2f of %.0f CPUs were busy on average", basis->parallelism, basis->cpus);
		return;
	}
	choose(advice, CHOICE_POOL, limit,
	       "A Pool of processes (or another build of Python, without the GIL) lets its threads' work run at once.");
	because(advice, "%s%.0f threads took turns with the GIL, and there are %.0f CPUs", folded ? "at least " : "",
		threads, basis->cpus);
	because(advice, "not known: how much it costs to move the arguments and results between processes");
	tell_memory(advice, basis->result);
}

static void advise_cpu(struct advice *advice, const struct basis *basis)
{
	double limit = parallel_limit(basis, basis->cpus), parallelism = basis->parallelism;
	double waited = waiting_to_compute(basis);
	bool all_busy = parallelism >= ALL_BUSY * basis->cpus && waited < MUCH_WAITING;

	if (isnan(limit) || limit < WORTH_IT || all_busy) {
		choose(advice, CHOICE_NOTHING, 1,
		       "Nothing: the CPUs that it may use were busy with it. Only less work, or more CPUs, make it "
		       "faster.");
		because(advice, "%.2f of %.0f CPUs were busy on average", parallelism, basis->cpus);
		return;
	}
	/* Python's threads that overlap at all do it where they need no GIL. */
	if (parallelism > (basis->python ? OVERLAP : ONE_AT_A_TIME))
		choose(advice, CHOICE_MORE_WORKERS, limit, "More workers at once, if its work can be divided further.");
	else if (basis->python)
		choose(advice, CHOICE_POOL, limit,
		       "A Pool of processes, if its work can be divided: Python's threads would take turns.");
	else
		choose(advice, CHOICE_THREAD_POOL, limit, "Threads, if its work can be divided.");
	because(advice, "%.2f CPUs were busy on average while any was, of %.0f", parallelism, basis->cpus);
	if (waited >= MUCH_WAITING)
		because(advice,
			"%.2g of its threads waited for I/O or slept on average: more workers than CPUs use that time",
			waited);
	because(advice, "not known: whether one part of its work has to wait for another");
	if (basis->python)
		tell_memory(advice, basis->result);
}

/* Nearly always one of its threads ran or was about to: they wait for each other. */
static bool takes_turns(const struct basis *basis)
{
	double runnable = basis->cpu + (double)basis->answer->where.ns[BOUND_RUN_QUEUE];

	return basis->result->thread_count > 1 && basis->parallelism <= ONE_AT_A_TIME &&
	       runnable >= TURNS * basis->wall;
}

/* Waits that could overlap: for I/O, or asleep. */
static void advise_waits(struct advice *advice, const struct basis *basis)
{
	double f = basis->cpu / basis->wall;
	/* Of Python some threads are enough to keep its one GIL busy: then only processes use the other CPUs. */
	bool processes = basis->python && f >= MUCH_CPU && basis->cpus > 1;
	double cpus = basis->python && !processes ? 1 : basis->cpus;
	double limit = processes ? least_time_of_processes(basis, cpus) : least_time(basis, cpus);

	if (limit < WORTH_IT) {
		choose(advice, CHOICE_NOTHING, 1,
		       "Nothing: its waits are short, and in most of them another of its threads ran.");
		because(advice, "all its CPU time together is %.0f %% of the time that it took", 100 * f);
		return;
	}
	if (takes_turns(basis)) {
		choose(advice, CHOICE_NOTHING, least_time(basis, 1),
		       "Nothing that adds workers: its threads wait for each other's answers. Fewer and larger "
		       "messages do.");
		because(advice, "one of them ran, or was about to, nearly all of the time");
		return;
	}
	if (processes)
		choose(advice, CHOICE_POOL, limit,
		       "A Pool with more processes than CPUs: while one waits, the others go on; threads would take "
		       "turns for the rest. If its waits do not depend on each other.");
	else if (basis->parallelism > ONE_AT_A_TIME || waiting(basis) > ONE_AT_A_TIME)
		choose(advice, CHOICE_MORE_WORKERS, limit,
		       "More workers: while some wait, the others go on. If its waits do not depend on each other.");
	else
		choose(advice, CHOICE_THREAD_POOL, limit,
		       "Threads: while one waits, the others go on. If its waits do not depend on each other.");
	because(advice, "%.3g of its threads waited for I/O or slept on average", waiting(basis));
	because(advice,
		"it needed a CPU for %.0f %% of the time: N of them are faster by N / (N * %.3g + %.3g) at most",
		100 * f, f / cpus, fmax(0, 1 - f));
	because(advice, "not known: whether what it waits for can do more at once (a disk, a peer)");
}

static void advise_lock(struct advice *advice, const struct basis *basis)
{
	const uint64_t *ns = basis->answer->where.ns;
	/* Who holds a lock may sleep or wait for I/O all the while: that is as serial as its CPU time. */
	double serial = basis->cpu + (double)(ns[BOUND_IO] + ns[BOUND_SLEEP] + ns[BOUND_MEMORY]);
	double limit = serial > 0 ? basis->wall / serial : NAN;

	choose(advice, limit >= WORTH_IT ? CHOICE_FEWER_WORKERS : CHOICE_NOTHING, limit,
	       limit >= WORTH_IT
		       ? "Fewer workers wait for each other less; more of them, of whatever kind, wait for the "
			 "same lock. Holding it for a shorter time helps most."
		       : "Nothing: workers of every kind would wait for the same lock. Holding it for a shorter "
			 "time helps.");
	because(advice,
		"all that it did but wait for locks and threads, one after the other, is %.0f %% of the time that it "
		"took",
		100 * serial / basis->wall);
}

static void advise_queue(struct advice *advice, const struct basis *basis)
{
	struct figure held = basis->result->cgroup.throttled_ns;
	double used = basis->cpu / basis->wall;

	if (answer__is_throttled(basis->result)) {
		choose(advice, CHOICE_NOTHING, 1, "Nothing but a higher CPU limit: workers of every kind share it.");
		because(advice, "its cgroup was held back for %.2f s", (double)held.value / 1e9);
	} else if (used < ALL_BUSY * basis->cpus) {
		choose(advice, CHOICE_NOTHING, least_time(basis, basis->cpus),
		       "Nothing in the program: other programs had the CPUs, or it is bound to some of them.");
		because(advice, "it got %.2f of the %.0f CPUs that it may use", used, basis->cpus);
	} else {
		choose(advice, CHOICE_FEWER_WORKERS, least_time(basis, basis->cpus),
		       "Fewer workers: as fast, with less memory and fewer switches. As many as CPUs are enough.");
		because(advice, "it used %.2f of %.0f CPUs all the time", used, basis->cpus);
	}
}

/* CPU time of all threads of a process, as far as they have rows of their own. */
static double cpu_of(const struct result *result, uint32_t pid)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < result->thread_count; i++)
		if (result->threads[i].record.tgid == pid)
			ns += result->threads[i].record.on_cpu_ns;
	return (double)ns;
}

/* Forked for a task each, and soon gone: how many, and how much CPU time they took on average (ns). */
static size_t short_processes(const struct result *result, double *mean)
{
	uint32_t parent = 0;
	uint64_t ns = 0;
	size_t count = 0;

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;

		if (record->tid != record->tgid || !record->parent_tgid || record->executed)
			continue;
		parent = parent ? parent : record->parent_tgid;
		ns += record->on_cpu_ns;
		count++;
	}
	if (count < MANY_PROCESSES || 2 * count <= result->process_count)
		return 0;
	*mean = (double)ns / (double)count;
	return *mean < fmin(LONG_NS, fmax(SHORT_NS, FORKS * cpu_of(result, parent) / (double)count)) ? count : 0;
}

static void advise_creation(struct advice *advice, const struct basis *basis, size_t count, double mean)
{
	choose(advice, CHOICE_POOL, NAN,
	       "A Pool: a few processes do all the tasks, instead of one for each that is started and ended again.");
	because(advice, "%zu processes were forked; they took %.3g ms of CPU time on average", count, mean / 1e6);
	because(advice, "not known: how much of that, and of their parents' time, it took to start and end them");
	tell_memory(advice, basis->result);
}

static void advise_by_bound(struct advice *advice, const struct basis *basis)
{
	switch (basis->answer->bound) {
	case BOUND_GIL:
		advise_gil(advice, basis);
		break;
	case BOUND_CPU:
		advise_cpu(advice, basis);
		break;
	case BOUND_IO:
	case BOUND_SLEEP:
		advise_waits(advice, basis);
		break;
	case BOUND_LOCK:
		advise_lock(advice, basis);
		break;
	case BOUND_RUN_QUEUE:
		advise_queue(advice, basis);
		break;
	case BOUND_MEMORY:
		if (basis->result->thread_count > 1)
			choose(advice, CHOICE_FEWER_WORKERS, NAN,
			       "Fewer workers at once, or more memory: what is read back from a disk was there "
			       "before.");
		else
			choose(advice, CHOICE_NOTHING, NAN,
			       "Nothing but more memory: what is read back from a disk was there before.");
		break;
	case BOUND_CHILD:
		choose(advice, CHOICE_NOTHING, NAN,
		       "Not known: it waits for processes that were not watched. Profile those.");
		break;
	default:
		choose(advice, CHOICE_NOTHING, 1, "Nothing: it waits for work, and has workers to spare.");
	}
}

void advice__of(struct advice *advice, const struct answer *answer, const struct result *result)
{
	struct basis basis = {.result = result,
			      .answer = answer,
			      .wall = (double)result->outcome.wall_ns.value,
			      .cpu = (double)answer->where.ns[BOUND_CPU],
			      .cpus = result->target ? result->target->cpus : result->environment.cpus,
			      .parallelism = answer->parallelism,
			      .python = result__python(result)};
	double mean = 0;
	size_t forked = short_processes(result, &mean);

	*advice = (struct advice){.speed_up_limit = NAN};
	if (result->target && result->target->command && basis.wall < SHORT_NS) {
		choose(advice, CHOICE_NOTHING, 1, "Nothing: it is over before other workers have begun.");
		return;
	}
	if (isnan(basis.parallelism) && basis.wall > 0)
		basis.parallelism = basis.cpu / basis.wall;
	if (forked && (answer->bound == BOUND_CPU || answer->bound == BOUND_RUN_QUEUE))
		advise_creation(advice, &basis, forked, mean);
	else
		advise_by_bound(advice, &basis);
	if (basis.python && (advice->choose == CHOICE_POOL || advice->choose == CHOICE_THREAD_POOL))
		snprintf(advice->command, sizeof(advice->command),
			 "sudo mptrace run serial thread-pool pool --engine python --call MODULE:FUNCTION --items "
			 "'range(100)'");
}
