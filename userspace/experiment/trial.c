/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trial.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/letter.h"
#include "../base/owner.h"
#include "area.h"
#include "guardian.h"
#include "harvest_parts.h"
#include "host.h"
#include "launch.h"
#include "leftovers.h"
#include "script.h"
#include "../trace/symbol.h"
#include "../result/judge.h"

#define TICK_NS 20000000ull /* between looks at the workload; what it says and signals come at once */
#define SAMPLE_EVERY 20 /* run-time statistics are on for one tick in so many */
#define READY_TIMEOUT_NS 20000000000ull /* calibrating, and files for read steps */
#define CLOSE_TIMEOUT_NS 20000000000ull /* from results returned to the last process gone */
#define MAX_AT_GATE 16 /* processes that a workload has before the clock starts: itself, a resource tracker */
#define LINGER_NS 1000000000ull /* for what outlives the first process */
#define KILL_TIMEOUT_MS 5000

volatile sig_atomic_t trial_stop_signal;

struct trial {
	const struct experiment *experiment;
	struct area area;
	struct control_group *cgroup;
	struct guardian guardian;
	struct tracer *tracer;
	struct readings readings;
	uint64_t places_told; /* how many the journal named when the tracer was told; at first more than can be */
	struct place_range gil; /* low 0: there is none, or it was not found */
	int gate_fd;
	bool early_threads; /* the workload had more threads than the first ones of its processes at the gate */
	pid_t first;
	bool reaped;
	enum outcome outcome;
};

static void note_signal(int number)
{
	if (!trial_stop_signal) /* the first is the one that is told */
		trial_stop_signal = number;
}

static void note_nothing(int number)
{
	(void)number;
}

void trial__catch_signals(void)
{
	/* Without SA_RESTART: the signal ends the wait. */
	struct sigaction stop = {.sa_handler = note_signal}, child = {.sa_handler = note_nothing};

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGHUP, &stop, NULL);
	sigaction(SIGCHLD, &child, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int trial__fail_stopped(struct failure *failure)
{
	return fail(failure, (enum exit_status)(STATUS_SIGNAL + trial_stop_signal),
		    "stopped by signal %d before the clock started", (int)trial_stop_signal);
}

static uint32_t journal_state(const struct trial *trial)
{
	return __atomic_load_n(&trial->area.journal->state, __ATOMIC_ACQUIRE);
}

/*
 * Sleeps until the workload says that its state has changed, something happens to a child, or a tick (or @most_ns, if
 * that is less) has passed.
 */
static void wait_at_most(const struct trial *trial, uint64_t most_ns)
{
	struct pollfd gate = {.fd = trial->gate_fd, .events = POLLIN};
	struct timespec tick = {.tv_nsec = most_ns < TICK_NS ? (long)most_ns : (long)TICK_NS};
	char words[16];

	if (ppoll(&gate, 1, &tick, NULL) == 1 && recv(trial->gate_fd, words, sizeof(words), MSG_DONTWAIT) == 0)
		usleep(1000); /* it has closed its end: there is nothing to wait for but its end */
}

static void wait_for_change(const struct trial *trial)
{
	wait_at_most(trial, TICK_NS);
}

/* The first process waits at its end of the pipe: for the gate to open, and at last for leave to end. */
static int wake_first(struct trial *trial, struct failure *failure)
{
	return write(trial->gate_fd, "", 1) == 1 || errno == EPIPE
		       ? 0
		       : fail(failure, STATUS_CANNOT, "cannot write to the gate: %s", strerror(errno));
}

/* True once the first process is gone; its resource usage includes all that it waited for. */
static bool reap_first(struct trial *trial)
{
	struct rusage usage;

	if (trial->reaped)
		return true;
	if (wait4(trial->first, &trial->readings.wait_status, WNOHANG, &usage) != trial->first)
		return false;
	trial->reaped = true;
	trial->readings.rusage_switches = measured((uint64_t)(usage.ru_nvcsw + usage.ru_nivcsw));
	trial->readings.rusage_cpu_ns =
		measured((uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
			 (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000);
	return true;
}

static int surroundings(struct trial *trial, const struct identity *identity, struct failure *failure)
{
	const struct experiment *experiment = trial->experiment;
	struct cgroup_limits limits = {experiment->memory_limit, experiment->cpu_limit, experiment->cpus,
				       experiment->max_processes};
	char script[2 * AREA_PATH];
	struct launch launch = {.identity = identity,
				.cpus = experiment->cpus,
				.open_files = experiment->open_files,
				.quiet = experiment->quiet,
				.gate_fd = -1};

	/* What a run left that was killed together with its guardian. */
	leftovers__clean();
	if (guardian__start(&trial->guardian, failure))
		return -1;
	if (area__create(&trial->area, experiment, identity, failure))
		return -1;
	trial->cgroup = cgroup__create(workload_kinds[experiment->plan.workload].name, &limits, failure);
	if (!trial->cgroup)
		return -1;
	launch.journal_fd = trial->area.journal_fd;
	if (experiment->plan.engine == ENGINE_PYTHON) {
		snprintf(script, sizeof(script), "%s/%s", trial->area.scratch, SCRIPT_MAIN);
		launch.script = script;
		launch.interpreter = experiment->python.interpreter.path;
		launch.isolated = !experiment->python.call;
	}
	if (experiment->traced) {
		trial->tracer = tracer__open(TRACE_FAULTS | (experiment->count_calls ? TRACE_CALLS : 0) |
						     (experiment->timeline ? TRACE_TIMELINE : 0),
					     failure);
		if (!trial->tracer)
			return -1;
	}
	trial->first = launch__start(trial->cgroup, &launch, failure);
	trial->gate_fd = launch.gate_fd;
	return trial->first < 0 ? -1 : 0;
}

/* True once the first process, and what it may have started, have nothing to do but wait for the gate. */
static bool all_asleep(const struct trial *trial)
{
	pid_t pids[MAX_AT_GATE];
	size_t count = cgroup__processes(trial->cgroup, pids, MAX_AT_GATE);

	for (size_t i = 0; i < count && i < MAX_AT_GATE; i++)
		if (!host__asleep(pids[i]))
			return false;
	return host__reads(trial->first, GATE_DESCRIPTOR);
}

/* The limit that may have kept the workload from its gate. */
static const char *suspect(const struct experiment *experiment)
{
	return experiment->memory_limit	   ? ": is --memory-limit too small for it?"
	       : experiment->open_files	   ? ": is --open-files too small for it?"
	       : experiment->max_processes ? ": is --max-processes too small for it?"
					   : "";
}

/* Until the first process sleeps in the gate. */
static int await_ready(struct trial *trial, struct failure *failure)
{
	uint64_t deadline = clock_ns() + READY_TIMEOUT_NS;
	uint32_t state;

	while ((state = journal_state(trial)) == JOURNAL_STARTING || !all_asleep(trial)) {
		if (trial_stop_signal)
			return trial__fail_stopped(failure);
		if (state == JOURNAL_FAILED) {
			char says[sizeof(trial->area.journal->says)];

			snprintf(says, sizeof(says), "%.*s", (int)sizeof(says) - 1, trial->area.journal->says);
			letter__harmless(says);
			return fail(failure, STATUS_CANNOT, "the workload cannot start: %.200s", says);
		}
		if (reap_first(trial))
			return fail(failure, STATUS_CANNOT, "the workload %s %d before it was ready%s",
				    WIFSIGNALED(trial->readings.wait_status) ? "was killed by signal"
									     : "ended with status",
				    WIFSIGNALED(trial->readings.wait_status) ? WTERMSIG(trial->readings.wait_status)
									     : WEXITSTATUS(trial->readings.wait_status),
				    suspect(trial->experiment));
		if (clock_ns() > deadline)
			return fail(failure, STATUS_CANNOT, "the workload was not ready within %llu s",
				    READY_TIMEOUT_NS / 1000000000);
		if (state == JOURNAL_STARTING)
			wait_for_change(trial);
		else
			usleep(100);
	}
	return 0;
}

/* Tells the tracer where waiting has a meaning, again whenever the workload has named more places. */
static void tell_places(struct trial *trial)
{
	const struct journal *journal = trial->area.journal;
	struct place_range places[MAX_PLACES];
	uint64_t named = journal->place_count;
	uint32_t count = 0;

	if (!trial->tracer || named == trial->places_told || named > JOURNAL_PLACES)
		return;
	trial->places_told = named;
	if (trial->gil.low)
		places[count++] = trial->gil;
	for (uint64_t i = 0; i < named && count < MAX_PLACES; i++) {
		/* A copy: the workload could change it between the look and the use. */
		const struct journal_place place = *(const volatile struct journal_place *)&journal->places[i];

		if (place.cause < CAUSE_COUNT && place.low < place.high)
			places[count++] = (struct place_range){place.low, place.high, place.cause, place.is_pipe == 1};
	}
	tracer__place(trial->tracer, places, count);
}

/*
 * Every wait for the GIL is a futex inside _PyRuntime, which lies at one address in the first process and all that it
 * forks; and in those that it executes anew too, because addresses are not randomised for them (launch.c).
 */
static void find_gil(struct trial *trial)
{
	const struct experiment *experiment = trial->experiment;
	uint64_t low, high;

	if (experiment->plan.engine == ENGINE_PYTHON && experiment->python.interpreter.gil == GIL_PRESENT &&
	    symbol__find(trial->first, "_PyRuntime", ".PyRuntime", &low, &high))
		trial->gil = (struct place_range){low, high, CAUSE_GIL, 0};
	trial->readings.gil = trial->gil;
}

/* Threads that a process has already (a user's module may start some); those that cannot be followed are let be. */
static void follow_threads(struct trial *trial, pid_t pid)
{
	char path[64];
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		struct failure failure = {0};
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (tid <= 0 || tid == pid)
			continue;
		trial->early_threads = true;
		tracer__follow(trial->tracer, tid, false, &failure);
	}
	if (tasks)
		closedir(tasks);
}

/* The first process, and what it has started before the clock (multiprocessing's resource tracker). */
static int follow_all(struct trial *trial, struct failure *failure)
{
	bool serial = trial->experiment->plan.workload == WORKLOAD_SERIAL;
	pid_t pids[MAX_AT_GATE];
	size_t count = cgroup__processes(trial->cgroup, pids, MAX_AT_GATE);

	for (size_t i = 0; i < count && i < MAX_AT_GATE; i++)
		if (pids[i] != trial->first && tracer__follow(trial->tracer, pids[i], false, failure))
			return -1;
	for (size_t i = 0; i < count && i < MAX_AT_GATE; i++)
		follow_threads(trial, pids[i]);
	return tracer__follow(trial->tracer, trial->first, serial, failure);
}

static void read_cpu_times(const struct trial *trial, struct cpu_times *times)
{
	cpu_set_t cpus;

	host__cpu_set(trial->experiment->cpus, &cpus);
	host__cpu_times(&cpus, times);
}

static int open_gate(struct trial *trial, struct failure *failure)
{
	struct journal *journal = trial->area.journal;

	if (trial->tracer && follow_all(trial, failure))
		return -1;
	find_gil(trial);
	tell_places(trial);
	trial->readings.calibrated = (struct calibration){journal->steps_per_ms_before, journal->native_per_ms};
	read_cpu_times(trial, &trial->readings.cpus_before);
	cgroup__read(trial->cgroup, &trial->readings.usage_before);
	if (trial->tracer)
		tracer__sample(trial->tracer, true);
	/* As late as can be: whatever wakes the first process for nothing is counted by the kernel, but not traced. */
	trial->readings.exec_runtime_before = host__exec_runtime_ns(trial->first);
	trial->readings.switches_before = host__switches(trial->first);
	if (trial->tracer)
		tracer__open_gate(trial->tracer);
	trial->readings.gate_ns = clock_ns();
	return wake_first(trial, failure);
}

/*
 * multiprocessing.Pool waits for ever for the task of a worker that died. A worker that is gone although it never left
 * is noticed here, from outside: nothing in the experiment has to look.
 */
static bool worker_died(struct trial *trial)
{
	const struct journal *journal = trial->area.journal;
	const struct plan *plan = &trial->experiment->plan;
	const struct journal_worker *workers = journal__workers(journal);
	uint64_t count = journal->workers;

	if (plan->engine != ENGINE_PYTHON || plan->workload != WORKLOAD_POOL || count > area__worker_room(plan))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		pid_t pid = (pid_t)workers[i].pid;

		if (pid <= 0 || workers[i].left || !kill(pid, 0) || errno != ESRCH || workers[i].left)
			continue;
		if (journal_state(trial) != JOURNAL_READY)
			return false; /* a Pool that failed has told why, and ends its workers itself */
		trial->readings.dead_worker = i + 1;
		trial->outcome = OUTCOME_FAILED;
		return true;
	}
	return false;
}

static void keep_memory(struct trial *trial)
{
	struct figure charged;

	if (!trial->experiment->timeline)
		return;
	charged = cgroup__memory(trial->cgroup);
	if (!charged.missing)
		tracer__keep_memory(trial->tracer, charged.value);
}

/* Until the results are returned, or it fails, is stopped or runs out of time. */
static int watch(struct trial *trial, void (*progress)(const struct experiment *, uint64_t, uint64_t),
		 struct failure *failure)
{
	uint64_t timeout = trial->experiment->timeout_ns, elapsed;
	unsigned tick = 0;

	while (journal_state(trial) == JOURNAL_READY && !reap_first(trial)) {
		wait_at_most(trial, delivery__look(&trial->readings.delivery, trial->experiment, trial->area.journal,
						   cgroup__name(trial->cgroup)));
		elapsed = clock_ns() - trial->readings.gate_ns;
		if (trial_stop_signal) {
			trial->outcome = OUTCOME_INTERRUPTED;
			return 0;
		}
		if (timeout && elapsed > timeout) {
			trial->outcome = OUTCOME_TIMEOUT;
			return 0;
		}
		if (worker_died(trial))
			return 0;
		if (guardian__renew(&trial->guardian, failure))
			return -1;
		if (trial->tracer) {
			tracer__sample(trial->tracer, ++tick % SAMPLE_EVERY == 0);
			if (tracer__drain(trial->tracer, failure))
				return -1;
			keep_memory(trial);
			tell_places(trial);
		}
		if (progress)
			progress(trial->experiment, trial->area.journal->tasks_done, elapsed);
	}
	return 0;
}

static void sample_memory(struct trial *trial, uint32_t pid)
{
	struct readings *readings = &trial->readings;
	struct memory_sample sample = {.pid = pid};
	struct memory_sample *grown;

	/* The pid is the workload's word: only processes of its own group are looked at. */
	if (!pid || !host__is_in_group((pid_t)pid, cgroup__name(trial->cgroup)) ||
	    !host__memory((pid_t)pid, &sample.has))
		return;
	grown = realloc(readings->memory, (readings->memory_count + 1) * sizeof(*grown));
	if (!grown)
		return;
	readings->memory = grown;
	readings->memory[readings->memory_count++] = sample;
}

/* All live workers wait now: what they share and what they do not is read once. */
static int closing_barrier(struct trial *trial, struct failure *failure)
{
	const struct journal *journal = trial->area.journal;
	bool processes = workload_kinds[trial->experiment->plan.workload].pooled &&
			 workload_kinds[trial->experiment->plan.workload].processes;

	sample_memory(trial, (uint32_t)trial->first);
	for (uint64_t i = 0; processes && i < trial->experiment->plan.workers; i++)
		sample_memory(trial, journal__workers(journal)[i].pid);
	return wake_first(trial, failure);
}

/* Until everything in the group is gone; what does not go, within --timeout once more, is killed. */
static int wind_up(struct trial *trial, struct failure *failure)
{
	uint64_t timeout = trial->experiment->timeout_ns, reaped_ns = clock_ns();
	uint64_t deadline = clock_ns() + (timeout && timeout < CLOSE_TIMEOUT_NS ? timeout : CLOSE_TIMEOUT_NS);

	while (trial->outcome == OUTCOME_OK && !(reap_first(trial) && cgroup__population(trial->cgroup) == 0)) {
		/* Once the first process is gone, nobody else has a reason to stay: Python's servers notice that soon.
		 */
		if (journal_state(trial) == JOURNAL_FAILED || (trial->reaped && clock_ns() > reaped_ns + LINGER_NS))
			break;
		if (trial->reaped) {
			usleep(500);
			continue;
		}
		reaped_ns = clock_ns();
		trial->readings.hung = clock_ns() > deadline;
		if (trial->readings.hung)
			break;
		if (trial_stop_signal)
			trial->outcome = OUTCOME_INTERRUPTED;
		wait_for_change(trial);
		if (trial->tracer && tracer__drain(trial->tracer, failure))
			return -1;
	}
	if (trial->reaped)
		trial->readings.left_behind = cgroup__population(trial->cgroup);
	trial->readings.ended_by_us = !trial->reaped;
	if (cgroup__population(trial->cgroup) != 0 && cgroup__kill(trial->cgroup, KILL_TIMEOUT_MS))
		return fail(failure, STATUS_INVALID,
			    "a process of the workload could not be killed; see mptrace doctor");
	/* It may have left the group: root can. */
	if (!reap_first(trial))
		kill(trial->first, SIGKILL);
	while (!reap_first(trial))
		wait_for_change(trial);
	return 0;
}

/* A dead thread's last switch can come a moment after its process was reaped. */
static int await_records(struct trial *trial, struct failure *failure)
{
	uint64_t deadline = clock_ns() + CLOSE_TIMEOUT_NS / 10;

	if (!trial->tracer)
		return 0;
	tracer__sample(trial->tracer, false);
	do {
		if (tracer__drain(trial->tracer, failure))
			return -1;
		if (!tracer__alive(trial->tracer))
			return 0;
		usleep(200);
	} while (clock_ns() < deadline);
	return fail(failure, STATUS_INVALID,
		    "%" PRIu64 " threads never reported their end: did they leave the control group?",
		    tracer__alive(trial->tracer));
}

static int gather(struct trial *trial, struct result *result, struct failure *failure)
{
	if (await_records(trial, failure))
		return -1;
	trial->readings.ended_ns = clock_ns();
	read_cpu_times(trial, &trial->readings.cpus_after);
	cgroup__read(trial->cgroup, &trial->readings.usage_after);
	if (trial->tracer && tracer__gate_ns(trial->tracer))
		trial->readings.gate_ns = tracer__gate_ns(trial->tracer);
	/* A workload that fails may leave workers to be killed, others what they started: nobody waits for those. */
	if (trial->outcome != OUTCOME_OK || journal_state(trial) == JOURNAL_FAILED || trial->readings.wait_status ||
	    trial->readings.left_behind)
		trial->readings.rusage_switches = trial->readings.rusage_cpu_ns =
			not_measured("the workload was ended before it could wait for its children");
	if (trial->early_threads)
		trial->readings.rusage_switches = trial->readings.rusage_cpu_ns =
			not_measured("what threads did that were there before the clock started is in the sum");
	if (trial->experiment->plan.engine == ENGINE_PYTHON &&
	    workload_kinds[trial->experiment->plan.workload].processes &&
	    strcmp(trial->experiment->python.start_method, "fork") != 0)
		trial->readings.rusage_switches = trial->readings.rusage_cpu_ns =
			not_measured("with spawn and forkserver the first process does not wait for all others");
	trial->readings.first = trial->first;
	memset(result, 0, sizeof(*result));
	result->experiment = trial->experiment;
	result->outcome.status = trial->outcome;
	result->outcome.signal = trial->outcome == OUTCOME_INTERRUPTED ? (int)trial_stop_signal : 0;
	host__describe(&result->environment);
	if (harvest(result, trial->area.journal, trial->tracer, &trial->readings, failure))
		return -1;
	return trial->experiment->timeline ? harvest_timeline(result, trial->tracer, failure) : 0;
}

static void tear_down(struct trial *trial)
{
	tracer__close(trial->tracer);
	if (trial->cgroup) {
		bool alive = cgroup__population(trial->cgroup) != 0 && cgroup__kill(trial->cgroup, KILL_TIMEOUT_MS);

		/* What even SIGKILL does not end is not waited for: the message says so, doctor finds it. */
		if (trial->first > 0 && !trial->reaped) {
			kill(trial->first, SIGKILL);
			waitpid(trial->first, NULL, alive ? WNOHANG : 0);
		}
		cgroup__remove(trial->cgroup);
	}
	if (trial->gate_fd >= 0)
		close(trial->gate_fd);
	area__remove(&trial->area);
	guardian__dismiss(&trial->guardian);
	free(trial->readings.memory);
}

int trial__run(const struct experiment *experiment, const struct identity *identity,
	       void (*progress)(const struct experiment *, uint64_t, uint64_t), struct result *result,
	       struct failure *failure)
{
	struct trial trial = {
		.experiment = experiment, .area.journal_fd = -1, .gate_fd = -1, .places_told = UINT64_MAX};
	struct cgroup_support support;
	int status = -1;

	if (surroundings(&trial, identity, failure) || await_ready(&trial, failure) || open_gate(&trial, failure) ||
	    watch(&trial, progress, failure))
		goto out;
	if (journal_state(&trial) == JOURNAL_RETURNED && trial.outcome == OUTCOME_OK &&
	    closing_barrier(&trial, failure))
		goto out;
	if (wind_up(&trial, failure) || gather(&trial, result, failure))
		goto out;
	cgroup__probe(&support);
	result->cgroup.mode = cgroup_mode__name(support.mode);
	snprintf(result->environment.cgroup_mode, sizeof(result->environment.cgroup_mode), "%s", result->cgroup.mode);
	result__reconcile(result);
	result__check(result);
	status = 0;
out:
	tear_down(&trial);
	return status;
}

int trial__check_place(const char *command, struct failure *failure)
{
	if (geteuid())
		return fail(failure, STATUS_CANNOT, "%s needs root, for control groups and tracing: sudo mptrace %s",
			    command, command);
	if (!owner__sees_all())
		return fail(failure, STATUS_CANNOT,
			    "%s needs the machine's own process numbers, and /proc: start it outside of containers, or "
			    "with their --pid=host",
			    command);
	return 0;
}
