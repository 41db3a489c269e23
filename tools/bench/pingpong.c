/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pingpong pipe|futex none|empty-switch|empty-hooks|mptrace SWITCHES: two processes (pipe) or two
 * threads (futex) hand over to each other on one CPU; prints ns per context switch, and for mptrace
 * how long it took to start tracing, ms.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
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

#define TICK_US 20000 /* as userspace/experiment/trial.c */
#define SAMPLE_EVERY 20 /* likewise */
#define WARM_UP 1000

static uint32_t *turn; /* shared: whose turn it is */
static uint64_t rounds;

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

static void pass(int from, int to)
{
	char word = 0;

	if (write(to, &word, 1) != 1 || read(from, &word, 1) != 1)
		die("pipe");
}

/* Two processes; returns ns per switch as seen by the first. */
static double by_pipe(void)
{
	int there[2], back[2];
	uint64_t begin;

	if (pipe(there) || pipe(back))
		die("pipe");
	if (!fork()) {
		char word;

		for (uint64_t i = 0; i < rounds + WARM_UP; i++)
			if (read(there[0], &word, 1) != 1 || write(back[1], &word, 1) != 1)
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < WARM_UP; i++)
		pass(back[0], there[1]);
	begin = clock_ns();
	for (uint64_t i = 0; i < rounds; i++)
		pass(back[0], there[1]);
	begin = clock_ns() - begin;
	wait(NULL);
	return (double)begin / (double)(2 * rounds);
}

static void hand_over(uint32_t mine, uint32_t other)
{
	while (__atomic_load_n(turn, __ATOMIC_ACQUIRE) != mine)
		syscall(SYS_futex, turn, FUTEX_WAIT_PRIVATE, other, NULL, NULL, 0);
	__atomic_store_n(turn, other, __ATOMIC_RELEASE);
	syscall(SYS_futex, turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *other_thread(void *unused)
{
	for (uint64_t i = 0; i < rounds + WARM_UP; i++)
		hand_over(1, 0);
	return unused;
}

static double by_futex(void)
{
	pthread_t thread;
	uint64_t begin;

	if (pthread_create(&thread, NULL, other_thread, NULL))
		die("pthread_create");
	for (int i = 0; i < WARM_UP; i++)
		hand_over(0, 1);
	begin = clock_ns();
	for (uint64_t i = 0; i < rounds; i++)
		hand_over(0, 1);
	begin = clock_ns() - begin;
	pthread_join(thread, NULL);
	return (double)begin / (double)(2 * rounds);
}

static struct empty_bpf *attach_empty(bool all)
{
	struct empty_bpf *skeleton = empty_bpf__open();
	struct bpf_program *program;

	if (!skeleton)
		die("open empty programs");
	bpf_object__for_each_program(program, skeleton->obj)
		bpf_program__set_autoload(program, all || program == skeleton->progs.sched_switch);
	if (empty_bpf__load(skeleton) || empty_bpf__attach(skeleton))
		die("attach empty programs");
	return skeleton;
}

static struct tracer *attach_mptrace(pid_t first, double *start_ms)
{
	struct failure failure = {0};
	struct follow_options options = {.first_thread_works = true}; /* both players are workers */
	uint64_t begin = clock_ns();
	struct tracer *tracer = tracer__open(FAMILY_ALL, &failure);

	*start_ms = (double)(clock_ns() - begin) / 1e6;
	if (!tracer || tracer__follow(tracer, first, &options, &failure)) {
		fprintf(stderr, "pingpong: %s\n", failure.says);
		exit(3);
	}
	tracer__sample(tracer, true);
	tracer__open_gate(tracer);
	return tracer;
}

/* What `mptrace run` does while a workload runs. */
static void attend(struct tracer *tracer, pid_t first)
{
	struct failure failure = {0};
	unsigned tick = 0;

	while (!waitpid(first, NULL, tracer ? WNOHANG : 0)) {
		usleep(TICK_US);
		tracer__sample(tracer, ++tick % SAMPLE_EVERY == 0);
		tracer__drain(tracer, &failure);
	}
}

int main(int argc, char **argv)
{
	double *result = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct empty_bpf *empty = NULL;
	struct tracer *tracer = NULL;
	double start_ms = 0;
	int gate[2];
	pid_t first;

	if (argc != 4 || result == MAP_FAILED || pipe(gate)) {
		fputs("usage: pingpong pipe|futex none|empty-switch|empty-hooks|mptrace SWITCHES\n", stderr);
		return 2;
	}
	rounds = strtoull(argv[3], NULL, 10) / 2;
	turn = (uint32_t *)(result + 1);
	first = fork();
	if (!first) {
		char word;

		pin();
		if (read(gate[0], &word, 1) != 1)
			_exit(1);
		*result = !strcmp(argv[1], "pipe") ? by_pipe() : by_futex();
		_exit(0);
	}
	usleep(TICK_US); /* the first process sleeps in the gate */
	if (!strncmp(argv[2], "empty", 5))
		empty = attach_empty(!strcmp(argv[2], "empty-hooks"));
	else if (!strcmp(argv[2], "mptrace"))
		tracer = attach_mptrace(first, &start_ms);
	if (write(gate[1], "", 1) != 1)
		die("gate");
	attend(tracer, first);
	printf("%.1f %.1f\n", *result, start_ms);
	tracer__close(tracer);
	empty_bpf__destroy(empty);
	return 0;
}
