/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answer.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../result/metrics.h"

const char *const bound_names[BOUND_COUNT] = {"cpu",	"io",	 "lock",  "gil", "run-queue",
					      "memory", "child", "sleep", "idle"};

/* All that is decided by a number is decided by one of these. */
enum threshold {
	ACTIVE,
	GIL_SHARE,
	QUEUE_SHARE,
	QUEUE_WAIT_MS,
	THROTTLED,
	MUTEX_SHARE,
	MEMORY_SHARE,
	BUSY_THREAD,
	CPU_SHARE,
	IDLE_WAIT_MS,
	IDLE_SOCKET_MS,
	ONLOOKER,
	THRESHOLDS
};

static const struct {
	const char *name;
	double value;
	const char *means;
} thresholds[THRESHOLDS] = {
	[ACTIVE] = {"active", 0.25,
		    "of the time from start to end, threads worked or waited for something; less: idle, asleep, or "
		    "waiting for children"},
	[GIL_SHARE] = {"gil", 0.3,
		       "of the time that threads ran, or waited for a CPU or the GIL, they waited for the GIL"},
	[QUEUE_SHARE] =
		{"run-queue", 0.4,
		 "of the time that threads worked or waited, they waited for a CPU; and more threads could run than "
		 "there are CPUs, or:"},
	[QUEUE_WAIT_MS] = {"run-queue-ms", 1, "a thread that waits for a CPU waits so long on average"},
	[THROTTLED] = {"throttled", 0.1, "of the time from start to end, a CPU limit held the cgroup back"},
	[MUTEX_SHARE] = {"mutex", 0.4, "of the time that threads worked or waited, they waited for mutexes"},
	[MEMORY_SHARE] = {"memory", 0.3, "of the time that threads worked or waited, they waited in page faults"},
	[BUSY_THREAD] = {"busy-thread", 0.8,
			 "of the time from start to end, but for waits for a CPU, one thread ran: others wait for it"},
	[CPU_SHARE] = {"cpu", 0.6, "of the time that threads worked or waited, they were on a CPU"},
	[IDLE_WAIT_MS] = {"idle-wait-ms", 10,
			  "a thread's waits at condition variables, semaphores, pipes and for events last so long on "
			  "average: it waits for work"},
	[IDLE_SOCKET_MS] = {"idle-socket-ms", 1000, "the same of sockets: shorter ones may be a slow peer"},
	[ONLOOKER] =
		{"onlooker", 0.05,
		 "of what threads ran, slept and waited for I/O on average, one did; less: it waits for the others' "
		 "results, however short its waits are"},
};

bool answer__threshold(size_t index, const char **name, double *value, const char **means)
{
	if (index >= THRESHOLDS)
		return false;
	*name = thresholds[index].name;
	*value = thresholds[index].value;
	*means = thresholds[index].means;
	return true;
}

/* Whether so many waits are so long on average that they are for work. */
static bool are_idle(uint64_t ns, uint64_t waits, enum threshold longest)
{
	return waits && (double)ns / (double)waits >= thresholds[longest].value * 1e6;
}

static void add_io(struct where *where, const struct thread_record *record)
{
	/* Others have none: 0 is no threshold of waits. */
	static const enum threshold longest[IO_KINDS] = {[IO_SOCKET] = IDLE_SOCKET_MS,
							 [IO_PIPE] = IDLE_WAIT_MS,
							 [IO_TERMINAL] = IDLE_WAIT_MS,
							 [IO_EVENT] = IDLE_WAIT_MS};

	for (int i = 0; i < IO_KINDS; i++) {
		if (longest[i] && are_idle(record->io_ns[i], record->io_waits[i], longest[i])) {
			where->ns[BOUND_IDLE] += record->io_ns[i];
		} else {
			where->ns[BOUND_IO] += record->io_ns[i];
			where->io_ns[i] += record->io_ns[i];
		}
	}
}

void where__of_thread(struct where *where, const struct thread_record *record)
{
	const __u64 *blocked = record->blocked_ns;
	uint64_t unnamed = blocked[CAUSE_LOCK] - record->mutex_ns;
	bool idle = are_idle(blocked[CAUSE_LOCK], record->waits[CAUSE_LOCK], IDLE_WAIT_MS);

	*where = (struct where){.mutex_ns = record->mutex_ns, .other_ns = blocked[CAUSE_OTHER]};
	where->ns[BOUND_CPU] = record->on_cpu_ns;
	where->ns[BOUND_RUN_QUEUE] = record->run_queue_ns;
	where->ns[BOUND_GIL] = blocked[CAUSE_GIL];
	where->ns[BOUND_MEMORY] = blocked[CAUSE_FAULT];
	where->ns[BOUND_CHILD] = blocked[CAUSE_CHILD];
	where->ns[BOUND_SLEEP] = blocked[CAUSE_SLEEP];
	where->ns[BOUND_LOCK] = record->mutex_ns + (idle ? 0 : unnamed);
	where->ns[BOUND_IDLE] = blocked[CAUSE_IDLE] + (idle ? unnamed : 0);
	add_io(where, record);
}

static void add_where(struct where *sum, const struct thread_record *record)
{
	struct where where;

	where__of_thread(&where, record);
	for (int i = 0; i < BOUND_COUNT; i++)
		sum->ns[i] += where.ns[i];
	for (int i = 0; i < IO_KINDS; i++)
		sum->io_ns[i] += where.io_ns[i];
	sum->mutex_ns += where.mutex_ns;
	sum->other_ns += where.other_ns;
}

/* A number can come again in a long watch: the start tells. */
void where__of_process(struct where *where, const struct result *result, const struct process_row *process)
{
	*where = (struct where){.mutex_ns = 0};
	for (size_t i = 0; i < result->thread_count; i++)
		if (result->threads[i].record.tgid == process->pid &&
		    result->threads[i].record.group_start_ns == process->group_start_ns)
			add_where(where, &result->threads[i].record);
}

enum bound where__bound(const struct where *where, double *share)
{
	enum bound largest = BOUND_IDLE;
	uint64_t sum = where->other_ns;

	for (int i = BOUND_COUNT; i-- > 0;) {
		sum += where->ns[i];
		if (where->ns[i] > where->ns[largest])
			largest = (enum bound)i;
	}
	*share = sum ? (double)where->ns[largest] / (double)sum : 0;
	return largest;
}

static double part(uint64_t of, double whole)
{
	return whole > 0 ? (double)of / whole : 0;
}

/* What threads do that work, or wait for something that they need in order to go on. */
static double engaged_ns(const struct where *where)
{
	const uint64_t *ns = where->ns;

	return (double)(ns[BOUND_CPU] + ns[BOUND_IO] + ns[BOUND_LOCK] + ns[BOUND_GIL] + ns[BOUND_RUN_QUEUE] +
			ns[BOUND_MEMORY]);
}

static bool has_busy_thread(const struct result *result)
{
	double wall = (double)result->outcome.wall_ns.value, least = thresholds[BUSY_THREAD].value;

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;
		double ran = (double)record->on_cpu_ns, queued = (double)record->run_queue_ns;

		/* Many threads that are one row are not one. */
		if (record->tid && ran + queued >= least * wall && ran >= least * (wall - queued))
			return true;
	}
	return false;
}

bool answer__is_throttled(const struct result *result)
{
	struct figure held = result->cgroup.throttled_ns;

	return !held.missing &&
	       (double)held.value >= thresholds[THROTTLED].value * (double)result->outcome.wall_ns.value;
}

/* More threads than CPUs for them: not those that take turns, and wait for a moment after each wake-up. */
static bool is_short_of_cpus(const struct result *result, const struct where *where)
{
	double wall = (double)result->outcome.wall_ns.value, ran = (double)where->ns[BOUND_CPU];
	double queued = (double)where->ns[BOUND_RUN_QUEUE], runs = 0;

	for (size_t i = 0; i < result->thread_count; i++)
		runs += (double)result->threads[i].record.runs;
	if (answer__is_throttled(result))
		return true;
	return queued >= thresholds[QUEUE_SHARE].value * engaged_ns(where) &&
	       (ran + queued > wall * result->target->cpus || queued >= thresholds[QUEUE_WAIT_MS].value * 1e6 * runs);
}

/* Nobody is engaged: whatever its threads wait for most, children last: these tell themselves. */
static enum bound idle_bound(const struct where *where)
{
	const uint64_t *ns = where->ns;

	if (ns[BOUND_SLEEP] >= ns[BOUND_IDLE] && ns[BOUND_SLEEP])
		return BOUND_SLEEP;
	return ns[BOUND_IDLE] || !ns[BOUND_CHILD] ? BOUND_IDLE : BOUND_CHILD;
}

/* The end of a short command is seen a moment later than it was. Many threads that are one row have no ends. */
static double lived_ns(const struct result *result)
{
	uint64_t first = UINT64_MAX, last = 0, wall = result->outcome.wall_ns.value;

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;

		if (!record->tid)
			return (double)wall;
		first = record->start_ns < first ? record->start_ns : first;
		last = record->end_ns > last ? record->end_ns : last;
	}
	return result->target->command && last > first ? (double)(last - first) : (double)wall;
}

static enum bound decide(const struct result *result, const struct where *where)
{
	/* Not the run queue: what is left of it is the moment after each wake-up, which belongs to the wait. */
	static const enum bound others[] = {BOUND_IO, BOUND_LOCK, BOUND_MEMORY, BOUND_GIL};
	const uint64_t *ns = where->ns;
	double engaged = engaged_ns(where), runnable = (double)(ns[BOUND_CPU] + ns[BOUND_RUN_QUEUE]);
	enum bound largest = BOUND_CPU;

	if (engaged < thresholds[ACTIVE].value * lived_ns(result))
		return idle_bound(where);
	if (part(ns[BOUND_GIL], runnable + (double)ns[BOUND_GIL]) >= thresholds[GIL_SHARE].value)
		return BOUND_GIL;
	if (part(where->mutex_ns, engaged) >= thresholds[MUTEX_SHARE].value)
		return BOUND_LOCK;
	if (part(ns[BOUND_MEMORY], engaged) >= thresholds[MEMORY_SHARE].value)
		return BOUND_MEMORY;
	if (is_short_of_cpus(result, where))
		return BOUND_RUN_QUEUE;
	if (has_busy_thread(result) || part(ns[BOUND_CPU], engaged) >= thresholds[CPU_SHARE].value)
		return BOUND_CPU;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (ns[others[i]] > (largest == BOUND_CPU ? 0 : ns[largest]))
			largest = others[i];
	/* But where others kept it from a CPU longer than anything else. */
	return result__is_disturbed(result) && ns[BOUND_RUN_QUEUE] > ns[BOUND_CPU] && ns[BOUND_RUN_QUEUE] > ns[largest]
		       ? BOUND_RUN_QUEUE
		       : largest;
}

static double number(const struct result *result, const char *metric)
{
	struct figure figure = metric__of(metric__find(metric), result);

	return figure.missing ? NAN : (double)figure.value / (metric__find(metric)->unit == UNIT_RATIO ? 1000 : 1);
}

/* A paragraph that grows. */
static void say(struct answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct answer *answer, const char *format, ...)
{
	size_t length = strlen(answer->says);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(answer->says + length, sizeof(answer->says) - length, format, arguments);
	va_end(arguments);
}

static void say_parallelism(struct answer *answer, const struct result *result)
{
	if (!isnan(answer->parallelism))
		say(answer, " While any thread ran, %.2f of %" PRIu32 " CPUs were busy with it.", answer->parallelism,
		    result->target->cpus);
}

static void say_gil(struct answer *answer, const struct result *result)
{
	const uint64_t *ns = answer->where.ns;
	double waited = engaged_ns(&answer->where) - (double)ns[BOUND_CPU];
	const char *python = result__python(result);

	say(answer, "Bound by the GIL: %.0f %% of its threads' waiting was for Python's interpreter lock",
	    100 * part(ns[BOUND_GIL], waited));
	if (python)
		say(answer, " (Python %s)", python);
	say(answer, ".");
	if (!isnan(number(result, "together")))
		say(answer, " %.0f %% of the time that they ran, they ran one at a time.",
		    100 * (1 - number(result, "together")));
}

static void say_lock(struct answer *answer, const struct result *result)
{
	say(answer,
	    "Bound by locks: %.0f %% of the time that its threads worked or waited, they waited for each other.",
	    100 * answer->share);
	for (size_t i = 0; i < result->lock_count; i++) {
		const struct lock_row *lock = &result->locks[i];

		if (lock->cause != CAUSE_LOCK)
			continue;
		say(answer, " Most of it was at ");
		if (lock->symbol)
			say(answer, "%.80s", lock->symbol);
		else
			say(answer, "0x%" PRIx64, lock->address);
		say(answer,
		    " (%s, process %" PRIu32 "): %" PRIu64 " waits, %" PRIu64
		    " of them ended by a thread that handed it over",
		    lock->kind == LOCK_UNKNOWN ? "of a kind that its calls do not tell" : lock_kind_names[lock->kind],
		    lock->tgid, lock->waits, lock->hand_overs);
		if (lock->most_times)
			say(answer, ", most often %" PRIu32 " to %" PRIu32 " (%" PRIu64 " times)", lock->most_from,
			    lock->most_to, lock->most_times);
		say(answer, ".");
		return;
	}
}

static void say_io(struct answer *answer)
{
	static const char *const what[IO_KINDS] = {"files and disks", "sockets",	 "pipes",
						   "a terminal",      "what comes next", "I/O of several kinds"};

	say(answer,
	    "Bound by I/O: %.0f %% of the time that its threads worked or waited, they waited for I/O, mostly %s.",
	    100 * answer->share, what[answer->kind]);
}

static void say_queue(struct answer *answer, const struct result *result)
{
	struct figure held = result->cgroup.throttled_ns;

	say(answer, "Short of CPUs: its threads could have run, but waited for a CPU %.0f %% of that time.",
	    100 * part(answer->where.ns[BOUND_RUN_QUEUE],
		       (double)(answer->where.ns[BOUND_CPU] + answer->where.ns[BOUND_RUN_QUEUE])));
	if (answer__is_throttled(result))
		say(answer, " A CPU limit held its cgroup back for %.2f s.", (double)held.value / 1e9);
	else
		say(answer, " There were more threads that could run than CPUs for them: its own, or others'.");
}

static uint64_t major_faults(const struct result *result)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;

		sum += record->kernel.major_faults - record->kernel_before.major_faults;
	}
	return sum;
}

static void say_rest(struct answer *answer, const struct result *result)
{
	switch (answer->bound) {
	case BOUND_CPU:
		say(answer,
		    "CPU-bound: %.0f %% of the time that its threads worked or waited for something, they were on a "
		    "CPU.",
		    100 * answer->share);
		break;
	case BOUND_MEMORY:
		say(answer,
		    "Bound by memory: its threads waited %.0f %% of the time in page faults; %" PRIu64
		    " of them read from a disk.",
		    100 * answer->share, major_faults(result));
		break;
	case BOUND_CHILD:
		say(answer, "It waited for other processes, which are not among those that were watched.");
		break;
	case BOUND_SLEEP:
		say(answer,
		    "It slept: of the time from start to end, its threads worked or waited for something %.1f %%.",
		    100 * part((uint64_t)engaged_ns(&answer->where), (double)result->outcome.wall_ns.value));
		break;
	default:
		say(answer,
		    "Idle: its threads waited for work. Of the time from start to end they worked or waited for "
		    "something else %.1f %%.",
		    100 * part((uint64_t)engaged_ns(&answer->where), (double)result->outcome.wall_ns.value));
	}
}

static void say_all(struct answer *answer, const struct result *result)
{
	if (!result->thread_count)
		say(answer, "Nobody was there: no thread was seen.");
	else if (answer->bound == BOUND_GIL)
		say_gil(answer, result);
	else if (answer->bound == BOUND_LOCK)
		say_lock(answer, result);
	else if (answer->bound == BOUND_IO)
		say_io(answer);
	else if (answer->bound == BOUND_RUN_QUEUE)
		say_queue(answer, result);
	else
		say_rest(answer, result);
	if (answer->bound == BOUND_IDLE || answer->bound == BOUND_SLEEP || answer->bound == BOUND_CHILD)
		return;
	say_parallelism(answer, result);
	if (result__is_disturbed(result))
		say(answer, " Other programs had %.0f %% of the CPUs meanwhile.",
		    (double)result->foreign_permille.value / 10);
}

static double share_of(const struct answer *answer)
{
	double engaged = engaged_ns(&answer->where), whole = engaged + (double)answer->where.other_ns;

	if (answer->bound != BOUND_IDLE && answer->bound != BOUND_SLEEP && answer->bound != BOUND_CHILD)
		return part(answer->where.ns[answer->bound], engaged);
	for (int i = BOUND_CHILD; i < BOUND_COUNT; i++)
		whole += (double)answer->where.ns[i];
	return part(answer->where.ns[answer->bound], whole);
}

/* What a thread does by itself, whatever others do. */
static double own_ns(const struct where *where)
{
	const uint64_t *ns = where->ns;

	return (double)(ns[BOUND_CPU] + ns[BOUND_IO] + ns[BOUND_MEMORY] + ns[BOUND_SLEEP]);
}

/* Who hardly does anything itself is not held up by locks: it waits to be told of what others have done. */
static void add_all(struct where *sum, const struct result *result)
{
	double mean;

	for (size_t i = 0; i < result->thread_count; i++)
		add_where(sum, &result->threads[i].record);
	mean = own_ns(sum) / (double)(result->thread_count + result->folded.threads);
	for (size_t i = 0; i < result->thread_count; i++) {
		struct where where;
		uint64_t unnamed;

		where__of_thread(&where, &result->threads[i].record);
		unnamed = where.ns[BOUND_LOCK] - where.mutex_ns;
		if (own_ns(&where) < thresholds[ONLOOKER].value * mean) {
			sum->ns[BOUND_LOCK] -= unnamed;
			sum->ns[BOUND_IDLE] += unnamed;
		}
	}
}

void answer__of(struct answer *answer, const struct result *result)
{
	*answer = (struct answer){.parallelism = number(result, "parallelism")};
	add_all(&answer->where, result);
	answer->bound = decide(result, &answer->where);
	answer->share = share_of(answer);
	for (int i = 0; i < IO_KINDS; i++)
		if (answer->where.io_ns[i] > answer->where.io_ns[answer->kind])
			answer->kind = (enum io_kind)i;
	say_all(answer, result);
}
