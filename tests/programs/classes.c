/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of known class, for tests of profile: classes KIND SECONDS [N]. Each does one thing until the time is up. */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_THREADS 1000
#define RING 6

static double until;
static int thread_count;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed[RING];
static int turn;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void compute(double seconds)
{
	double end = now() + seconds;

	while (now() < end)
		;
}

static void *spin(void *unused)
{
	while (now() < until)
		;
	return unused;
}

/* Works now and then. */
static void *nap(void *unused)
{
	while (now() < until) {
		compute(0.0002);
		usleep(400u * (unsigned)thread_count); /* half a CPU in all */
	}
	return unused;
}

/* All work happens under one lock. */
static void *convoy(void *unused)
{
	while (now() < until) {
		pthread_mutex_lock(&mutex);
		compute(0.0002);
		pthread_mutex_unlock(&mutex);
	}
	return unused;
}

/* Each waits for what the other has. */
static void *deadlock(void *of)
{
	static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(of ? &mutex : &other);
	usleep(100000);
	pthread_mutex_lock(of ? &other : &mutex);
	return NULL;
}

/* A turn goes round: whatever a hand-over costs, all but one of them wait for it. */
static void *condvar(void *of)
{
	int mine = (int)(intptr_t)of;

	pthread_mutex_lock(&mutex);
	while (now() < until) {
		while (turn != mine && now() < until) {
			struct timespec limit;

			clock_gettime(CLOCK_REALTIME, &limit);
			limit.tv_sec++;
			pthread_cond_timedwait(&changed[mine], &mutex, &limit);
		}
		turn = (mine + 1) % RING;
		pthread_cond_signal(&changed[turn]);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void with_threads(void *(*body)(void *), int count)
{
	pthread_t threads[MOST_THREADS];

	thread_count = count < MOST_THREADS ? count : MOST_THREADS;
	for (int i = 0; i < thread_count; i++)
		pthread_create(&threads[i], NULL, body, (void *)(intptr_t)i);
	for (int i = 0; i < thread_count; i++)
		pthread_join(threads[i], NULL);
}

/* A byte to and fro between two processes, of which the far one takes its time, as a network does. */
static void echo(int near, int far)
{
	char byte = 0;
	pid_t other = fork();

	if (!other) {
		close(near);
		while (read(far, &byte, 1) == 1 && !usleep(100) && write(far, &byte, 1) == 1)
			;
		_exit(0);
	}
	close(far);
	while (now() < until && write(near, &byte, 1) == 1 && read(near, &byte, 1) == 1)
		;
	close(near);
	waitpid(other, NULL, 0);
}

/* Writes to new pages. */
static void touch(int mib)
{
	size_t size = (size_t)mib << 20;
	char *memory = malloc(size);

	for (size_t at = 0; memory && now() < until; at = (at + 4096) % size)
		memory[at]++;
	free(memory);
}

/* A token goes round through pipes between processes: one of them can go on at any time. */
static void chain(int count)
{
	int first[2], in, out[2];
	char token = 0;

	if (pipe(first))
		return;
	in = first[0];
	for (int i = 1; i < count; i++) {
		if (pipe(out))
			return;
		if (!fork()) {
			close(first[1]);
			close(out[0]);
			while (read(in, &token, 1) == 1 && write(out[1], &token, 1) == 1)
				compute(20e-6);
			_exit(0);
		}
		close(in);
		close(out[1]);
		in = out[0];
	}
	while (now() < until && write(first[1], &token, 1) == 1 && read(in, &token, 1) == 1)
		compute(20e-6);
	close(first[1]);
	while (wait(NULL) > 0)
		;
}

/* As under strace: a child that is stopped by its parent at each of its system calls. */
static void traced(int count)
{
	pid_t child = fork();
	int status;

	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		for (int i = 0; i < count; i++)
			getppid();
		_exit(0);
	}
	while (waitpid(child, &status, 0) == child && WIFSTOPPED(status))
		ptrace(PTRACE_SYSCALL, child, NULL, NULL);
}

/* Each name has a control character, a quote and a bracket. */
static void renamed(void)
{
	char name[16];

	for (int i = 0; now() < until; i++) {
		snprintf(name, sizeof(name), "\n\033[2J\"<%d>", i % 100);
		prctl(PR_SET_NAME, name);
		compute(0.01);
	}
}

/* Many locks, each with one that waits for it. */
static pthread_mutex_t many[4096];
static void *take_all(void *unused)
{
	for (size_t i = 0; i < sizeof(many) / sizeof(*many); i++) {
		pthread_mutex_lock(&many[i]);
		pthread_mutex_unlock(&many[i]);
	}
	return unused;
}

static void locks(void)
{
	pthread_t thread;

	for (size_t i = 0; i < sizeof(many) / sizeof(*many); i++)
		pthread_mutex_lock(&many[i]);
	if (pthread_create(&thread, NULL, take_all, NULL))
		return;
	for (size_t i = 0; i < sizeof(many) / sizeof(*many); i++) {
		usleep(50);
		pthread_mutex_unlock(&many[i]);
	}
	pthread_join(thread, NULL);
}

/* Children that live for no time. */
static void forks(int count)
{
	for (int i = 0; i < count; i++) {
		pid_t child = fork();

		if (!child)
			_exit(0);
		if (child > 0)
			waitpid(child, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "";
	int count = argc > 3 ? atoi(argv[3]) : 2, pair[2];

	until = now() + (argc > 2 ? atof(argv[2]) : 1);
	if (!strcmp(kind, "spin"))
		with_threads(spin, count);
	else if (!strcmp(kind, "nap"))
		with_threads(nap, count);
	else if (!strcmp(kind, "convoy"))
		with_threads(convoy, count);
	else if (!strcmp(kind, "condvar"))
		with_threads(condvar, RING);
	else if (!strcmp(kind, "deadlock"))
		with_threads(deadlock, 2);
	else if (!strcmp(kind, "echo") && !socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		echo(pair[0], pair[1]);
	else if (!strcmp(kind, "chain"))
		chain(count);
	else if (!strcmp(kind, "traced"))
		traced(count);
	else if (!strcmp(kind, "renamed"))
		renamed();
	else if (!strcmp(kind, "locks"))
		locks();
	else if (!strcmp(kind, "forks"))
		forks(count);
	else if (!strcmp(kind, "touch"))
		touch(count);
	else
		return fprintf(stderr, "usage: classes KIND SECONDS [N]\n"), 2;
	return 0;
}
