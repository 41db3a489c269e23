/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits of known length at known places, for tests of profile --stacks: nest FIFO. Built with frame pointers, and
 * without. Debian's C library has none: whoever calls it is missing in a walk, its caller is not.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000

pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

/* An empty statement behind each call: it must not become a jump. */
#define STAY __asm__ volatile("")

static void wait_ms(long milliseconds)
{
	nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * MS}, NULL);
	STAY;
}

__attribute__((noinline)) void inner(void)
{
	wait_ms(300);
	STAY;
}

__attribute__((noinline)) void middle(void)
{
	inner();
	STAY;
}

__attribute__((noinline)) void outer(void)
{
	middle();
	STAY;
}

__attribute__((noinline)) void take(void)
{
	pthread_mutex_lock(&table_lock);
	pthread_mutex_unlock(&table_lock);
}

__attribute__((noinline)) void *contend(void *unused)
{
	take();
	STAY;
	return unused;
}

/* The other thread waits for as long as this one sleeps. */
__attribute__((noinline)) void hold(void)
{
	pthread_t thread;

	pthread_mutex_lock(&table_lock);
	if (pthread_create(&thread, NULL, contend, NULL))
		return;
	wait_ms(100);
	pthread_mutex_unlock(&table_lock);
	pthread_join(thread, NULL);
}

__attribute__((noinline)) void read_all(const char *path)
{
	int file = open(path, O_RDONLY);
	char byte;

	while (file >= 0 && read(file, &byte, 1) == 1)
		;
	close(file);
}

int main(int argc, char **argv)
{
	outer();
	hold();
	if (argc > 1)
		read_all(argv[1]);
	return 0;
}
