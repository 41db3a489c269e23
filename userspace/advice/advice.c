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
#define ONE_AT_A_TIME 1.3 /* CPUs, or fewer: no two workers to speak of run at once */
#define TURNS 0.8 /* of the time */
#define TAKES_PART 0.05 /* of its life a thread waited for the GIL: it is one of those that compute */

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

/* Amdahl: while any thread ran, at most @cpus instead of as many as there were; the rest of the time stays. */
static double amdahl(const struct basis *basis, double cpus)
{
	double running = basis->cpu / basis->parallelism / basis->wall; /* share of the time that any ran */

	if (isnan(running))
		return NAN;
	running = fmin(1, running);
	return 1 / (1 - running + running * basis->parallelism / fmax(cpus, basis->parallelism));
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
	double limit = amdahl(basis, fmin(basis->cpus, threads + folded));

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
	double limit = amdahl(basis, basis->cpus), parallelism = basis->parallelism;

	if (isnan(limit) || limit < WORTH_IT || parallelism >= ALL_BUSY * basis->cpus) {
		choose(advice, CHOICE_NOTHING, 1,
		       "Nothing: the CPUs that it may use were busy with it. Only less work, or more CPUs, make it "
		       "faster.");
		because(advice, "%.2f of %.0f CPUs were busy on average", parallelism, basis->cpus);
		return;
	}
	if (parallelism > ONE_AT_A_TIME)
		choose(advice, CHOICE_MORE_WORKERS, limit, "More workers at once, if its work can be divided further.");
	else if (basis->python)
		choose(advice, CHOICE_POOL, limit,
		       "A Pool of processes, if its work can be divided: Python's threads would take turns.");
	else
		choose(advice, CHOICE_THREAD_POOL, limit, "Threads, if its work can be divided.");
	because(advice, "%.2f CPUs were busy on average while any was, of %.0f", parallelism, basis->cpus);
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
	double limit = least_time(basis, basis->python ? 1 : basis->cpus);
	double f = basis->cpu / basis->wall;

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
	choose(advice, basis->parallelism > ONE_AT_A_TIME ? CHOICE_MORE_WORKERS : CHOICE_THREAD_POOL, limit,
	       "Threads: while one waits, the others go on. If its waits do not depend on each other.");
	because(advice,
		"it needed a CPU for %.0f %% of the time: N threads are faster by N / (N * %.2f + %.2f) at most",
		100 * f, f, fmax(0, 1 - f));
	because(advice, "not known: whether what it waits for can do more at once (a disk, a peer)");
}

static void advise_lock(struct advice *advice, const struct basis *basis)
{
	double limit = least_time(basis, 1);

	choose(advice, limit >= WORTH_IT ? CHOICE_FEWER_WORKERS : CHOICE_NOTHING, limit,
	       limit >= WORTH_IT
		       ? "Fewer workers wait for each other less; more of them, of whatever kind, wait for the "
			 "same lock. Holding it for a shorter time helps most."
		       : "Nothing: workers of every kind would wait for the same lock. Holding it for a shorter "
			 "time helps.");
	because(advice, "all its CPU time, one thread after the other, is %.0f %% of the time that it took",
		100 * basis->cpu / basis->wall);
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

void advice__of(struct advice *advice, const struct answer *answer, const struct result *result)
{
	struct basis basis = {.result = result,
			      .answer = answer,
			      .wall = (double)result->outcome.wall_ns.value,
			      .cpu = (double)answer->where.ns[BOUND_CPU],
			      .cpus = result->target ? result->target->cpus : result->environment.cpus,
			      .parallelism = answer->parallelism,
			      .python = result__python(result)};

	*advice = (struct advice){.speed_up_limit = NAN};
	if (isnan(basis.parallelism) && basis.wall > 0)
		basis.parallelism = basis.cpu / basis.wall;
	switch (answer->bound) {
	case BOUND_GIL:
		advise_gil(advice, &basis);
		break;
	case BOUND_CPU:
		advise_cpu(advice, &basis);
		break;
	case BOUND_IO:
	case BOUND_SLEEP:
		advise_waits(advice, &basis);
		break;
	case BOUND_LOCK:
		advise_lock(advice, &basis);
		break;
	case BOUND_RUN_QUEUE:
		advise_queue(advice, &basis);
		break;
	case BOUND_MEMORY:
		choose(advice, CHOICE_FEWER_WORKERS, NAN,
		       "Fewer workers at once, or more memory: what is read back from a disk was there before.");
		break;
	case BOUND_CHILD:
		choose(advice, CHOICE_NOTHING, NAN,
		       "Not known: it waits for processes that were not watched. Profile those.");
		break;
	default:
		choose(advice, CHOICE_NOTHING, 1, "Nothing: it waits for work, and has workers to spare.");
	}
	if (basis.python && (advice->choose == CHOICE_POOL || advice->choose == CHOICE_THREAD_POOL))
		snprintf(advice->command, sizeof(advice->command),
			 "sudo mptrace run serial thread-pool pool --engine python --call MODULE:FUNCTION --items "
			 "'range(100)'");
}
