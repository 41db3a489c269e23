/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../experiment/harvest.h"
#include "../result/judge.h"
#include "child.h"
#include "group.h"
#include "python.h"
#include "stacks.h"

#define TICK_NS 20000000ull
/* A program that is just being executed is looked at sooner: it may be a Python that soon waits for long. */
#define EARLY_TICK_NS 2000000ull
#define EARLY_NS 100000000ull
#define SAMPLE_EVERY 50 /* run-time statistics are on for one tick in so many: to switch them takes 2 ms */
#define REREAD_NS 1000000000ull /* of the processes in a control group, whether or not one was moved */
#define EXECUTED_AT_ONCE 256
#define MEMORY_OF 256 /* live processes whose memory is read */
#define KEPT 2048ul /* ended threads that have a row of their own */

/* What stands where an experiment has its plan. */
static const struct experiment no_experiment = {.traced = true, .plan = {.workload = WORKLOAD_THREAD}, .task_text = ""};

static volatile sig_atomic_t stop_signal, stop_sent;

/* One that a process sent was for us alone; the terminal sends its own to the command as well. */
static void note_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	stop_signal = number;
	stop_sent = info->si_code <= 0;
}

static void note_nothing(int number)
{
	(void)number;
}

static void catch_signals(bool command)
{
	static const int stops[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
	/* The last two mean something to a command alone. */
	size_t count = sizeof(stops) / sizeof(*stops) - (command ? 0 : 2);
	/* Without SA_RESTART: the signal ends the wait. */
	struct sigaction stop = {.sa_sigaction = note_signal, .sa_flags = SA_SIGINFO},
			 child = {.sa_handler = note_nothing};

	for (size_t i = 0; i < count; i++) {
		struct sigaction before;

		/* What is ignored (nohup) stays so. */
		if (!sigaction(stops[i], NULL, &before) && before.sa_handler != SIG_IGN)
			sigaction(stops[i], &stop, NULL);
	}
	sigaction(SIGCHLD, &child, NULL);
	signal(SIGPIPE, SIG_IGN);
}

struct watch {
	const struct profile *profile;
	struct tracer *tracer;
	struct child child;
	struct profile_end *end;
	struct pythons pythons;
	struct spaces spaces;
	struct readings readings;
	uint64_t reread_ns, asked_ns; /* when the group was last read, and when it was asked who is left */
	uint64_t told_ns, due_ns; /* when an interval was last told, and when the next one is to be */
	struct thread_record *live;
	size_t live_count;
	/* Ended threads: how many the intervals have told of; those that are folded, with and without. */
	size_t told_count;
	struct folded told, untold;
};

/* It may be a Python, and its addresses may get names. @met: by its number, and not because it executed something. */
static int look_at_program(struct watch *watch, pid_t pid, bool met)
{
	if (met && spaces__of(&watch->spaces, pid))
		return 0;
	if (pythons__add(&watch->pythons, watch->tracer, pid, met))
		return -1;
	/* Of the many short processes that can come the maps are read only for stacks; locks can do without a name. */
	if (watch->profile->stacks || met || pid == watch->child.pid)
		return spaces__add(&watch->spaces, pid);
	return 0;
}

static int look_at_processes(struct watch *watch, const pid_t *pids, size_t count, struct failure *failure)
{
	if (tracer__meet(watch->tracer, pids, count, failure))
		return -1;
	for (size_t i = 0; i < count; i++)
		if (look_at_program(watch, pids[i], true))
			return fail(failure, STATUS_CANNOT, "out of memory");
	return 0;
}

/* Who is in the group; those that are followed already are passed over. */
static int look_at_group(struct watch *watch, struct failure *failure)
{
	pid_t *pids;
	size_t count;
	int status = group__processes(watch->profile->cgroup, &pids, &count, failure);

	if (!status)
		status = look_at_processes(watch, pids, count, failure);
	free(pids);
	watch->reread_ns = clock_ns();
	return status;
}

static struct figure throttled(const struct profile *profile)
{
	if (profile->cgroup)
		return group__throttled(profile->cgroup);
	return profile->command ? cgroup__throttled_above()
				: not_measured("whose CPU limits hold, is not known of a pid");
}

static int begin_with_processes(struct watch *watch, struct failure *failure)
{
	const struct profile *profile = watch->profile;

	if (look_at_processes(watch, profile->pids, profile->pid_count, failure))
		return -1;
	/* What has ended since it was met has left its record. */
	return tracer__alive(watch->tracer)
		       ? 0
		       : fail(failure, STATUS_CANNOT, "process %d ended before it could be watched", profile->pids[0]);
}

static int begin(struct watch *watch, struct failure *failure)
{
	const struct profile *profile = watch->profile;

	watch->tracer =
		tracer__open(TRACE_ANY_PROGRAM | (profile->cgroup ? TRACE_MOVES : 0) |
				     (profile->stacks ? TRACE_STACKS : 0) | (profile->timeline ? TRACE_TIMELINE : 0),
			     failure);
	if (!watch->tracer)
		return -1;
	host__cpu_times(NULL, &watch->readings.cpus_before);
	watch->readings.usage_before.throttled_ns = throttled(profile);
	tracer__sample(watch->tracer, true);
	if (!profile->command)
		tracer__begin(watch->tracer);
	watch->readings.gate_ns = watch->told_ns = clock_ns();
	if (profile->cgroup)
		return look_at_group(watch, failure);
	if (profile->pids)
		return begin_with_processes(watch, failure);
	if (child__start(&watch->child, profile->command, profile->identity, profile->cpus, failure))
		return -1;
	while (!host__asleep(watch->child.pid)) {
		siginfo_t ended = {.si_pid = 0};

		/* By Ctrl-C, or whoever: it is left for child__drop to reap. */
		if (!waitid(P_PID, (id_t)watch->child.pid, &ended, WEXITED | WNOHANG | WNOWAIT) && ended.si_pid)
			return fail(failure, STATUS_CANNOT, "it was killed before it was executed");
		usleep(100);
	}
	if (tracer__follow(watch->tracer, watch->child.pid, true, failure))
		return -1;
	watch->readings.exec_runtime_before = host__exec_runtime_ns(watch->child.pid);
	watch->readings.switches_before = host__switches(watch->child.pid);
	tracer__open_gate(watch->tracer);
	watch->readings.gate_ns = watch->told_ns = clock_ns();
	watch->end->exec_error = child__go(&watch->child);
	watch->end->pid = watch->child.pid;
	watch->end->ended = watch->end->exec_error;
	return 0;
}

static void reap(struct watch *watch)
{
	struct rusage usage;

	if (watch->end->ended || wait4(watch->child.pid, &watch->end->wait_status, WNOHANG, &usage) != watch->child.pid)
		return;
	watch->end->ended = true;
	watch->readings.rusage_switches = measured((uint64_t)(usage.ru_nvcsw + usage.ru_nivcsw));
	watch->readings.rusage_cpu_ns =
		measured((uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
			 (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000);
}

/* A command gets the signals itself, and ends as it likes. */
static void pass_signals_on(pid_t command)
{
	if (stop_signal && stop_sent)
		kill(command, stop_signal);
	stop_signal = 0;
}

/* An end that was not seen must not be waited for: asked for now and then, once the processes themselves are gone. */
static bool nobody_is_left(struct watch *watch, uint64_t now)
{
	struct thread_record *live = NULL;
	struct failure failure = {0};
	size_t count = 0;
	bool known;

	if (now - watch->asked_ns < REREAD_NS)
		return false;
	watch->asked_ns = now;
	for (size_t i = 0; i < watch->profile->pid_count; i++)
		if (!kill(watch->profile->pids[i], 0) || errno != ESRCH)
			return false;
	known = !tracer__snapshot(watch->tracer, &live, &count, &failure);
	free(live);
	return known && !count;
}

/* True if it is time to stop. */
static bool is_over(struct watch *watch, uint64_t now)
{
	const struct profile *profile = watch->profile;

	if (profile->command)
		pass_signals_on(watch->child.pid);
	if (stop_signal || (profile->duration_ns && now - watch->readings.gate_ns >= profile->duration_ns))
		return true;
	if (profile->command)
		return watch->end->ended;
	return profile->pids && (!tracer__alive(watch->tracer) || nobody_is_left(watch, now));
}

static int look_at_programs(struct watch *watch, struct failure *failure)
{
	pid_t pids[EXECUTED_AT_ONCE];
	size_t count = tracer__executed(watch->tracer, pids, EXECUTED_AT_ONCE);

	for (size_t i = 0; i < count; i++)
		if (look_at_program(watch, pids[i], false))
			return fail(failure, STATUS_CANNOT, "out of memory");
	pythons__look(&watch->pythons, watch->tracer, clock_ns());
	spaces__look(&watch->spaces, clock_ns());
	return 0;
}

/* Whether @record is of a thread that @live has as well: the one that ended is complete. */
static bool is_among(const struct thread_record *records, size_t count, const struct thread_record *one)
{
	for (size_t i = 0; i < count; i++)
		if (records[i].tid == one->tid && records[i].start_ns == one->start_ns)
			return true;
	return false;
}

/* All threads that live, up to now; what ended meanwhile is among the ended ones. */
static int look_at_threads(struct watch *watch, struct failure *failure)
{
	const struct thread_record *dead;
	size_t before, after, kept = 0;

	free(watch->live);
	watch->live_count = 0;
	tracer__threads(watch->tracer, &before);
	if (tracer__snapshot(watch->tracer, &watch->live, &watch->live_count, failure) ||
	    tracer__drain(watch->tracer, failure))
		return -1;
	dead = tracer__threads(watch->tracer, &after);
	for (size_t i = 0; i < watch->live_count; i++)
		if (!is_among(dead + before, after - before, &watch->live[i]))
			watch->live[kept++] = watch->live[i];
	watch->live_count = kept;
	return 0;
}

/*
 * Of those that intervals have told of no more is needed than the sum; of the others those that began since have done
 * all that they did in this interval.
 */
static void fold(struct watch *watch)
{
	size_t count;

	tracer__threads(watch->tracer, &count);
	if (count - watch->told_count > 2 * KEPT)
		tracer__fold(watch->tracer, watch->told_count, watch->told_ns, KEPT, &watch->untold);
}

static void fold_told(struct watch *watch)
{
	folded__take(&watch->told, &watch->untold);
	tracer__threads(watch->tracer, &watch->told_count);
	if (watch->told_count > 2 * KEPT)
		tracer__fold(watch->tracer, 0, 0, KEPT, &watch->told);
	tracer__threads(watch->tracer, &watch->told_count);
}

/* What has ended since the last time, and the living, for whoever shows them. */
static int tell(struct watch *watch, struct failure *failure)
{
	const struct profile *profile = watch->profile;
	const struct thread_record *dead;
	struct thread_record *all;
	size_t dead_count;
	uint64_t now = clock_ns();
	int status;

	if (look_at_threads(watch, failure))
		return -1;
	dead = tracer__threads(watch->tracer, &dead_count) + watch->told_count;
	dead_count -= watch->told_count;
	all = calloc(dead_count + watch->live_count + 1, sizeof(*all));
	if (!all)
		return fail(failure, STATUS_CANNOT, "out of memory for %zu threads", dead_count + watch->live_count);
	memcpy(all, dead, dead_count * sizeof(*all));
	memcpy(all + dead_count, watch->live, watch->live_count * sizeof(*all));
	all[dead_count + watch->live_count] = watch->untold.sum;
	status = profile->tell(profile->context, all, dead_count + watch->live_count + (watch->untold.threads > 0),
			       watch->told_ns - watch->readings.gate_ns, now - watch->readings.gate_ns);
	free(all);
	fold_told(watch);
	watch->told_ns = now;
	watch->due_ns += profile->interval_ns;
	return status ? fail(failure, STATUS_USAGE, "cannot write an interval: %s", strerror(errno)) : 0;
}

static int watch_all(struct watch *watch, struct failure *failure)
{
	const struct profile *profile = watch->profile;
	unsigned tick = 0;

	watch->due_ns = watch->told_ns + profile->interval_ns;
	for (;;) {
		uint64_t now;
		struct timespec wait;
		bool early;

		if (profile->command)
			reap(watch);
		now = clock_ns();
		early = profile->command && now - watch->readings.gate_ns < EARLY_NS;
		wait = (struct timespec){.tv_nsec = (long)(early ? EARLY_TICK_NS : TICK_NS)};
		if (is_over(watch, now))
			return 0;
		ppoll(NULL, 0, &wait, NULL);
		tracer__sample(watch->tracer, early || ++tick % SAMPLE_EVERY == 0);
		if (tracer__drain(watch->tracer, failure) || look_at_programs(watch, failure))
			return -1;
		fold(watch);
		now = clock_ns();
		if (profile->cgroup && (tracer__moved(watch->tracer) || now - watch->reread_ns > REREAD_NS) &&
		    look_at_group(watch, failure))
			return -1;
		if (profile->interval_ns && now >= watch->due_ns && tell(watch, failure))
			return -1;
	}
}

/* Of processes that live. */
static void sample_memory(struct watch *watch)
{
	struct readings *readings = &watch->readings;

	readings->memory = calloc(MEMORY_OF, sizeof(*readings->memory));
	for (size_t i = 0; readings->memory && i < watch->live_count && readings->memory_count < MEMORY_OF; i++) {
		struct memory_sample *sample = &readings->memory[readings->memory_count];

		sample->pid = watch->live[i].tgid;
		if (watch->live[i].tid == watch->live[i].tgid && host__memory((pid_t)sample->pid, &sample->has))
			readings->memory_count++;
	}
}

static const struct thread_record *leader_of(const struct result *result, uint32_t pid)
{
	for (size_t i = 0; i < result->thread_count; i++)
		if (result->threads[i].record.tgid == pid)
			return &result->threads[i].record;
	return NULL;
}

/* A process is what it executed last, or else what its parent was when it was forked. */
static void name_pythons(const struct watch *watch, struct result *result)
{
	for (size_t i = 0; i < result->process_count && watch->pythons.count; i++) {
		struct process_row *process = &result->processes[i];
		const char *version = pythons__version(&watch->pythons, (pid_t)process->pid);
		const struct thread_record *leader = leader_of(result, process->pid);

		if (!version && leader && !leader->executed && leader->parent_tgid)
			version = pythons__version(&watch->pythons, (pid_t)leader->parent_tgid);
		if (version)
			snprintf(process->python, sizeof(process->python), "%s", version);
	}
}

static int conclude(struct watch *watch, struct target *target, struct result *result, struct failure *failure)
{
	struct readings *readings = &watch->readings;
	struct cgroup_support support;

	tracer__sample(watch->tracer, false);
	if (look_at_threads(watch, failure))
		return -1;
	if (tracer__finish(watch->tracer, failure))
		return -1;
	readings->ended_ns = clock_ns();
	host__cpu_times(NULL, &readings->cpus_after);
	readings->usage_after.throttled_ns = throttled(watch->profile);
	sample_memory(watch);
	*result = (struct result){.experiment = &no_experiment, .target = target};
	host__describe(&result->environment);
	cgroup__probe(&support);
	result->cgroup.mode = cgroup_mode__name(support.mode);
	snprintf(result->environment.cgroup_mode, sizeof(result->environment.cgroup_mode), "%s", result->cgroup.mode);
	folded__take(&watch->told, &watch->untold);
	if (harvest__program(result, watch->tracer, watch->live, watch->live_count, &watch->told, readings, failure))
		return -1;
	if (watch->profile->timeline && harvest_timeline(result, watch->tracer, failure))
		return -1;
	if (stop_signal) {
		result->outcome.status = OUTCOME_INTERRUPTED;
		result->outcome.signal = stop_signal;
	}
	name_pythons(watch, result);
	stacks__name_locks(result, &watch->spaces);
	if (watch->profile->stacks && stacks__harvest(result, watch->tracer, &watch->spaces, failure))
		return -1;
	result__reconcile(result);
	return 0;
}

int profile__run(const struct profile *profile, struct target *target, struct result *result, struct profile_end *end,
		 struct failure *failure)
{
	static const char unasked[] = "only the whole of a command is waited for";
	struct watch watch = {.profile = profile, .end = end, .child = {.pid = -1, .gate = -1, .error = -1}};
	int status;

	*end = (struct profile_end){0};
	watch.readings.rusage_switches = watch.readings.rusage_cpu_ns = not_measured(unasked);
	watch.readings.switches_before = watch.readings.exec_runtime_before = measured(0);
	catch_signals(profile->command);
	status = begin(&watch, failure);
	if (!status && !end->exec_error) {
		status = watch_all(&watch, failure);
		if (!status)
			status = conclude(&watch, target, result, failure);
	}
	if (watch.child.gate >= 0)
		child__drop(&watch.child);
	tracer__close(watch.tracer);
	pythons__free(&watch.pythons);
	spaces__free(&watch.spaces);
	free(watch.readings.memory);
	free(watch.live);
	return status;
}

void profile__await(struct profile_end *end)
{
	while (end->pid > 0 && !end->ended) {
		pass_signals_on(end->pid);
		end->ended = waitpid(end->pid, &end->wait_status, 0) == end->pid || errno != EINTR;
	}
}
