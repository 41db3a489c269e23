/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real programs on real threads: known numbers of waits, forks, faults and sleeps, and glibc's locks by kind. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../userspace/base/clock.h"
#include "../../userspace/experiment/harvest_parts.h"
#include "../../userspace/experiment/host.h"
#include "../../userspace/trace/tracer.h"
#include "tap.h"

#define ROUNDS 50
#define PAGES 300

static struct tracer *tracer;

/* Forks @body into the gate, follows it, opens the gate, waits until every thread has reported. */
static void follow(void (*body)(void))
{
	struct failure failure = {0};
	uint64_t deadline;
	int gate[2];
	pid_t pid;

	if (pipe(gate))
		exit(1);
	pid = fork();
	if (!pid) {
		char word;

		if (read(gate[0], &word, 1) == 1)
			body();
		_exit(0);
	}
	usleep(20000);
	tracer = tracer__open(TRACE_FAULTS | TRACE_CALLS, &failure);
	if (!tracer || tracer__follow(tracer, pid, false, &failure)) {
		printf("Bail out! %s\n", failure.says);
		exit(1);
	}
	tracer__open_gate(tracer);
	if (write(gate[1], "", 1) != 1)
		exit(1);
	waitpid(pid, NULL, 0);
	for (deadline = clock_ns() + 2000000000ull; tracer__alive(tracer) && clock_ns() < deadline; usleep(1000))
		tracer__drain(tracer, &failure);
	close(gate[0]);
	close(gate[1]);
}

static struct thread_record sum(size_t *count)
{
	const struct thread_record *records = tracer__threads(tracer, count);
	struct thread_record total = {.tid = 0};

	for (size_t i = 0; i < *count; i++) {
		for (int j = 0; j < CAUSE_COUNT; j++)
			total.blocked_ns[j] += records[i].blocked_ns[j];
		for (int j = 0; j < SWITCH_CLASSES; j++)
			total.switches[j] += records[i].switches[j];
		total.faults += records[i].faults;
		total.cow_faults += records[i].cow_faults;
		total.calls += records[i].calls;
		total.cpus |= records[i].cpus;
	}
	return total;
}

/* Sum of all waits at @address; its neighbour word is one with it. */
static struct lock_record lock_at(uint64_t low, uint64_t high, enum lock_kind *kind, enum cause *cause)
{
	struct failure failure = {0};
	struct lock_record all = {0};
	struct lock_entry *entries;
	uint64_t words = 0;
	size_t count;

	tracer__locks(tracer, &entries, &count, &failure);
	for (size_t i = 0; i < count; i++) {
		if (entries[i].key.address < low || entries[i].key.address >= high)
			continue;
		all.waits += entries[i].record.waits;
		all.hand_overs += entries[i].record.hand_overs;
		all.timeouts += entries[i].record.timeouts;
		all.wait_ns += entries[i].record.wait_ns;
		all.seen |= entries[i].record.seen;
		words |= entries[i].key.address % 8 == 4 ? 2 : 1;
		*cause = (enum cause)entries[i].key.cause;
	}
	*kind = harvest_lock_kind(all.seen, words & 2);
	free(entries);
	return all;
}

static void sleeps(void)
{
	for (int i = 0; i < ROUNDS; i++)
		usleep(500);
}

static void test_sleeps(void)
{
	struct thread_record total;
	size_t count;

	follow(sleeps);
	total = sum(&count);
	ok_if(count == 1, "one thread lived: %zu", count);
	ok_if(total.switches[SWITCH_VOLUNTARY] == ROUNDS + 1, "%d sleeps and the final switch: %llu voluntary switches",
	      ROUNDS, total.switches[SWITCH_VOLUNTARY]);
	ok_if(total.blocked_ns[CAUSE_SLEEP] >= ROUNDS * 500000ull, "slept at least what was asked for");
	ok_if(total.blocked_ns[CAUSE_IO] == 0 && total.blocked_ns[CAUSE_LOCK] == 0,
	      "and nothing of it is I/O or a lock");
	tracer__close(tracer);
}

static void hurry(void)
{
	const struct sched_param priority = {.sched_priority = 1};

	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		_exit(1);
}

static void test_policy(void)
{
	const struct thread_record *records;
	size_t count;

	follow(hurry);
	records = tracer__threads(tracer, &count);
	ok_if(count == 1 && records[0].policy == (records[0].exit_code ? SCHED_OTHER : SCHED_FIFO),
	      "it ended under the kernel's SCHED_FIFO%s",
	      count && records[0].exit_code ? " # SKIP that is not allowed in this control group" : "");
	tracer__close(tracer);
	follow(sleeps);
	records = tracer__threads(tracer, &count);
	ok_if(count == 1 && records[0].policy == SCHED_OTHER, "and one that asked for nothing under SCHED_OTHER");
	tracer__close(tracer);
}

static char *pages;

static void copies(void)
{
	if (!fork()) {
		for (int i = 0; i < PAGES; i++)
			pages[(size_t)i * 4096] = 1;
		usleep(5000); /* so that its parent has to wait */
		_exit(0);
	}
	wait(NULL);
}

static void test_copies(void)
{
	struct thread_record total;
	size_t count;

	pages = mmap(NULL, (size_t)PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(pages, (size_t)PAGES * 4096, MADV_NOHUGEPAGE);
	memset(pages, 7, (size_t)PAGES * 4096);
	follow(copies);
	total = sum(&count);
	ok_if(count == 2, "one fork: %zu processes lived", count);
	ok_if(total.cow_faults >= PAGES && total.cow_faults < PAGES + 60,
	      "%d pages written after fork: %llu copy-on-write faults", PAGES, total.cow_faults);
	ok_if(total.blocked_ns[CAUSE_CHILD] > 0, "the parent waited for its child");
	munmap(pages, (size_t)PAGES * 4096);
	tracer__close(tracer);
}

static void yields(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	if (!fork()) {
		for (int i = 0; i < 20 * ROUNDS; i++)
			sched_yield();
		_exit(0);
	}
	for (int i = 0; i < 20 * ROUNDS; i++)
		sched_yield();
	wait(NULL);
}

static void test_yields(void)
{
	const struct thread_record *records;
	struct thread_record total;
	uint64_t kernel = 0, ours = 0;
	size_t count;

	follow(yields);
	total = sum(&count);
	records = tracer__threads(tracer, &count);
	for (size_t i = 0; i < count; i++) {
		kernel += records[i].kernel.switches - records[i].kernel_before.switches;
		ours += records[i].switches[SWITCH_VOLUNTARY] + records[i].switches[SWITCH_INVOLUNTARY] +
			records[i].switches[SWITCH_YIELD];
	}
	/* Beside the yields: to bind it, to fork, to wait, to end. */
	ok_if(total.calls >= 40ull * ROUNDS && total.calls <= 40ull * ROUNDS + 20,
	      "of %d yields %llu calls are counted", 40 * ROUNDS, total.calls);
	ok_if(total.cpus & 1, "it ran on CPU 0: %#llx", total.cpus);
	ok_if(total.switches[SWITCH_YIELD] >= ROUNDS, "sched_yield is a class of its own: %llu",
	      total.switches[SWITCH_YIELD]);
	ok_if(kernel == ours, "all switches, %llu, are the kernel's %llu", (unsigned long long)ours,
	      (unsigned long long)kernel);
	tracer__close(tracer);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static int turn;

static void *contend(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		usleep(300);
		pthread_mutex_unlock(&mutex);
		usleep(50);
	}
	return unused;
}

static void *alternate(void *me)
{
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < ROUNDS; i++) {
		while (turn != (int)(intptr_t)me)
			pthread_cond_wait(&condition, &mutex);
		usleep(200); /* until the other one waits: at the other of the condition's two words */
		turn = !turn;
		pthread_cond_signal(&condition);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void *meet(void *me)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (me)
			usleep(200);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void *post(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		usleep(300);
		sem_post(&semaphore);
	}
	return unused;
}

static void *take(void *unused)
{
	for (int i = 0; i < ROUNDS; i++)
		sem_wait(&semaphore);
	return unused;
}

static void run_pair(void *(*a)(void *), void *(*b)(void *))
{
	pthread_t threads[2];

	pthread_create(&threads[0], NULL, a, (void *)0);
	pthread_create(&threads[1], NULL, b, (void *)1);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
}

static void mutexes(void)
{
	run_pair(contend, contend);
}

static void conditions(void)
{
	run_pair(alternate, alternate);
}

static void barriers(void)
{
	run_pair(meet, meet);
}

static void semaphores(void)
{
	run_pair(take, post);
}

static void test_kind(const char *name, void (*body)(void), const void *at, size_t size, enum lock_kind expected)
{
	static const char *const names[] = {"mutex", "condition", "semaphore", "join", "gil", "unknown"};
	enum lock_kind kind = LOCK_GIL;
	enum cause cause = CAUSE_COUNT;
	struct lock_record lock;

	follow(body);
	lock = lock_at((uintptr_t)at, (uintptr_t)at + size, &kind, &cause);
	ok_if(lock.waits >= ROUNDS / 2 && lock.waits <= 4 * ROUNDS, "%s: %llu waits", name, lock.waits);
	ok_if(kind == expected, "%s: its kind is %s (evidence %#llx)", name, names[kind], lock.seen);
	ok_if(cause == CAUSE_LOCK, "%s: its time is a lock's", name);
	ok_if(lock.hand_overs >= lock.waits / 2 && lock.hand_overs <= lock.waits,
	      "%s: %llu waits ended by the other thread", name, lock.hand_overs);
	tracer__close(tracer);
}

static void *rest(void *unused)
{
	usleep(20000);
	return unused;
}

static void joins(void)
{
	pthread_t thread;

	for (int i = 0; i < 5; i++) {
		pthread_create(&thread, NULL, rest, NULL);
		pthread_join(thread, NULL);
	}
}

static void test_join(void)
{
	enum lock_kind kind = LOCK_UNKNOWN;
	enum cause cause = CAUSE_COUNT;
	struct lock_record lock;
	struct thread_record total;
	size_t count;

	follow(joins);
	total = sum(&count);
	lock = lock_at(0, UINT64_MAX, &kind, &cause);
	ok_if(count == 6, "five threads and the first: %zu", count);
	ok_if(lock.waits == 5 && kind == LOCK_JOIN, "five joins: %llu waits of kind %d", lock.waits, kind);
	ok_if(cause == CAUSE_CHILD && total.blocked_ns[CAUSE_CHILD] >= 80000000ull, "a join waits for a child");
	ok_if(total.blocked_ns[CAUSE_LOCK] == 0, "and for no lock");
	tracer__close(tracer);
}

static void time_out(void)
{
	struct timespec until;

	pthread_mutex_lock(&mutex);
	for (int i = 0; i < ROUNDS; i++) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&condition, &mutex, &until);
	}
}

static void test_timeouts(void)
{
	enum lock_kind kind;
	enum cause cause = CAUSE_COUNT;
	struct lock_record lock;

	follow(time_out);
	lock = lock_at((uintptr_t)&condition, (uintptr_t)(&condition + 1), &kind, &cause);
	ok_if(lock.waits == ROUNDS && lock.timeouts >= ROUNDS - 3 && lock.timeouts <= ROUNDS,
	      "%llu waits, %llu timeouts of %d", lock.waits, lock.timeouts, ROUNDS);
	tracer__close(tracer);
}

/* The parent of a vfork is in the state D, as who waits for a page is: that is no waiting for the gate. */
static void test_asleep(void)
{
	pid_t waits = fork(), forks;

	if (!waits) {
		usleep(300000);
		_exit(0);
	}
	forks = fork();
	if (!forks) {
		if (!vfork()) {
			usleep(300000);
			_exit(0);
		}
		_exit(0);
	}
	usleep(100000);
	ok_if(host__asleep(waits), "a process that sleeps is asleep");
	ok_if(!host__asleep(forks), "one that goes on by itself is not");
	ok_if(!host__asleep(getpid()), "nor is one that runs");
	waitpid(waits, NULL, 0);
	waitpid(forks, NULL, 0);
}

int main(void)
{
	if (geteuid()) {
		puts("1..0 # SKIP loading BPF programs needs root");
		return 0;
	}
	pthread_barrier_init(&barrier, NULL, 2);
	sem_init(&semaphore, 0, 0);
	test_sleeps();
	test_policy();
	test_copies();
	test_yields();
	test_kind("mutex", mutexes, &mutex, sizeof(mutex), LOCK_MUTEX);
	test_kind("condition", conditions, &condition, sizeof(condition), LOCK_CONDITION);
	test_kind("barrier", barriers, &barrier, sizeof(barrier), LOCK_UNKNOWN);
	test_kind("semaphore", semaphores, &semaphore, sizeof(semaphore), LOCK_UNKNOWN);
	test_join();
	test_timeouts();
	test_asleep();
	return tap_done();
}
