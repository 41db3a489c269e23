/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pingpong pipe|futex SWITCHES run|profile|beside ARM...: two processes (pipe) or two threads (futex) hand over to
 * each other on one CPU, once for each ARM in that order, with what the arm names attached. All arms are
 * seen by the same two players, so that where their memory lies is the same for all.
 * ARM: none; empty-switch, empty-hooks (programs that do nothing); clocks (the same hooks, but they read
 * the time); mptrace: as for run, for profile, or for profile of somebody else (beside); timeline: the same with
 * --timeline. Prints a line per arm: its name, ns per context switch; and at the end how long it took to start tracing,
 * ms.
 */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../userspace/base/clock.h"
#include "../../userspace/trace/tracer.h"
#include "empty.skel.h"

#define TICK_MS 20 /* as userspace/experiment/trial.c */
#define SAMPLE_EVERY 20 /* likewise */
#define WARM_UP 1000

/* Shared by the players and the one that watches. */
static struct {
	uint32_t turn; /* futex: whose turn it is */
	double ns_per_switch; /* of the last burst */
} * shared;

static int go[2], done[2]; /* pipes: burst of so many rounds; burst is over */
static int there[2], back[2]; /* pipes between the players */

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "pingpong: %s: %s\n", what, strerror(errno));
	exit(3);
}

static void pin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((int)sysconf(_SC_NPROCESSORS_ONLN) - 1, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die("sched_setaffinity");
}

static void pass_by_pipe(void)
{
	char word = 0;

	if (write(there[1], &word, 1) != 1 || read(back[0], &word, 1) != 1)
		die("pipe");
}

static void answer_by_pipe(void)
{
	char word;

	while (read(there[0], &word, 1) == 1 && write(back[1], &word, 1) == 1)
		;
}

static void hand_over(uint32_t mine, uint32_t other)
{
	while (__atomic_load_n(&shared->turn, __ATOMIC_ACQUIRE) != mine)
		syscall(SYS_futex, &shared->turn, FUTEX_WAIT_PRIVATE, other, NULL, NULL, 0);
	__atomic_store_n(&shared->turn, other, __ATOMIC_RELEASE);
	syscall(SYS_futex, &shared->turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void pass_by_futex(void)
{
	hand_over(0, 1);
}

static void *answer_by_futex(void *unused)
{
	for (;;)
		hand_over(1, 0);
	return unused;
}

static void start_partner(int by_pipe)
{
	pthread_t thread;

	if (!by_pipe) {
		if (pthread_create(&thread, NULL, answer_by_futex, NULL))
			die("pthread_create");
	} else if (!fork()) {
		close(there[1]); /* so that the end of the first player ends the second */
		close(back[0]);
		answer_by_pipe();
		_exit(0);
	}
}

/* The first player: a burst for each number of rounds that it is told. */
_Noreturn static void play(int by_pipe)
{
	void (*pass)(void) = by_pipe ? pass_by_pipe : pass_by_futex;
	uint64_t rounds, begin;
	int started = 0;

	pin();
	close(go[1]);
	while (read(go[0], &rounds, sizeof(rounds)) == sizeof(rounds)) {
		if (!started++) /* after the gate, so that mptrace follows it too */
			start_partner(by_pipe);
		for (int i = 0; i < WARM_UP; i++)
			pass();
		begin = clock_ns();
		for (uint64_t i = 0; i < rounds; i++)
			pass();
		shared->ns_per_switch = (double)(clock_ns() - begin) / (double)(2 * rounds);
		if (write(done[1], "", 1) != 1)
			die("pipe");
	}
	_exit(0);
}

static struct empty_bpf *attach_floor(const char *arm)
{
	bool all = strcmp(arm, "empty-switch") != 0;
	struct empty_bpf *skeleton = empty_bpf__open();
	struct bpf_program *program;

	if (!skeleton)
		die("open empty programs");
	bpf_object__for_each_program(program, skeleton->obj)
		bpf_program__set_autoload(program, all || program == skeleton->progs.sched_switch);
	skeleton->rodata->read_clock = !strcmp(arm, "clocks");
	if (empty_bpf__load(skeleton) || empty_bpf__attach(skeleton))
		die("attach empty programs");
	return skeleton;
}

static struct tracer *attach_mptrace(const char *what, unsigned more, pid_t first, double *start_ms)
{
	bool follows = strcmp(what, "beside") != 0;
	struct failure failure = {0};
	uint64_t begin = clock_ns();
	struct tracer *tracer = tracer__open((strcmp(what, "run") ? TRACE_ANY_PROGRAM : TRACE_FAULTS) | more, &failure);

	*start_ms = (double)(clock_ns() - begin) / 1e6;
	if (!tracer || (follows && tracer__follow(tracer, first, true, &failure))) {
		fprintf(stderr, "pingpong: %s\n", failure.says);
		exit(3);
	}
	tracer__open_gate(tracer);
	return tracer;
}

/* One burst. @tracer, if it watches: does meanwhile what `mptrace run` does. */
static double burst(uint64_t rounds, struct tracer *tracer)
{
	static unsigned tick; /* over all bursts: statistics are on for the same share as in a long run */
	struct pollfd over = {.fd = done[0], .events = POLLIN};
	struct failure failure = {0};
	char word;

	if (write(go[1], &rounds, sizeof(rounds)) != sizeof(rounds))
		die("pipe");
	while (poll(&over, 1, tracer ? TICK_MS : -1) == 0) {
		tracer__sample(tracer, ++tick % SAMPLE_EVERY == 0);
		tracer__drain(tracer, &failure);
	}
	if (read(done[0], &word, 1) != 1)
		die("the first player ended");
	return shared->ns_per_switch;
}

/* @tracers: without and with a timeline. */
static void measure(const char *arm, struct tracer *const tracers[2], uint64_t rounds)
{
	struct tracer *tracer = tracers[!strcmp(arm, "timeline")];
	bool ours = !strcmp(arm, "mptrace") || !strcmp(arm, "timeline");
	struct failure failure = {0};
	struct empty_bpf *floor = NULL;

	if (ours && tracer__attach(tracer, true, &failure)) {
		fprintf(stderr, "pingpong: %s\n", failure.says);
		exit(3);
	}
	if (!ours && strcmp(arm, "none"))
		floor = attach_floor(arm);
	printf("%s %.1f\n", arm, burst(rounds, ours ? tracer : NULL));
	tracer__sample(tracer, false);
	if (ours) {
		tracer__attach(tracer, false, &failure);
		free(tracer__timeline(tracer).events);
	}
	empty_bpf__destroy(floor);
}

int main(int argc, char **argv)
{
	struct failure failure = {0};
	struct tracer *tracers[2];
	double start_ms, ignored;
	pid_t first;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc < 5 || shared == MAP_FAILED || pipe(go) || pipe(done) || pipe(there) || pipe(back)) {
		fputs("usage: pingpong pipe|futex SWITCHES run|profile|beside ARM...\n", stderr);
		return 2;
	}
	first = fork();
	if (!first)
		play(!strcmp(argv[1], "pipe"));
	close(done[1]);
	usleep(TICK_MS * 1000); /* the first player sleeps in the gate */
	/* Both players are followed from their first burst on, whatever is attached later. */
	tracers[0] = attach_mptrace(argv[3], 0, first, &start_ms);
	tracers[1] = attach_mptrace(argv[3], TRACE_TIMELINE, first, &ignored);
	burst(WARM_UP, tracers[0]);
	for (int i = 0; i < 2; i++)
		tracer__attach(tracers[i], false, &failure);
	for (int i = 4; i < argc; i++)
		measure(argv[i], tracers, strtoull(argv[2], NULL, 10) / 2);
	printf("start %.1f\n", start_ms);
	close(go[1]);
	close(there[1]);
	waitpid(first, NULL, 0);
	for (int i = 0; i < 2; i++)
		tracer__close(tracers[i]);
	return 0;
}
