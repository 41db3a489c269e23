/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../../bpf/abi.h"
#include "../../base/clock.h"
#include "../formula.h"
#include "exchange.h"
#include "mutant.h"
#include "signals.h"

#define BLOCK WRITE_BLOCK
#define CALIBRATION_ROUNDS 1000000ull

/* The barrier keeps the compiler from finding the closed form that the checker uses. */
static uint64_t compute(uint64_t x, uint64_t rounds)
{
	for (; rounds; rounds--) {
		x = x * LCG_A + LCG_C;
		__asm__ volatile("" : "+r"(x));
	}
	return x;
}

uint64_t steps__calibrate(unsigned tries)
{
	uint64_t best = UINT64_MAX;

	while (tries--) {
		uint64_t begin = clock_ns(), took;

		compute(begin, CALIBRATION_ROUNDS);
		took = clock_ns() - begin;
		if (took < best)
			best = took;
	}
	return CALIBRATION_ROUNDS * 1000000 / (best ? best : 1);
}

static int rest(struct native *native, uint64_t task, uint64_t ns)
{
	struct timespec left = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
	uint64_t begin = clock_ns();

	signals__forget();
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		if (signals__end_sleep(native, task))
			return 0;
	return clock_ns() - begin < ns ? -1 : 0;
}

/* Memory of whole pages without huge ones: a page fault is one page's. NULL: errno. */
static char *map_pages(uint64_t pages)
{
	char *area = mmap(NULL, pages * WORK_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		return NULL;
	madvise(area, pages * WORK_PAGE, MADV_NOHUGEPAGE);
	return area;
}

static uint64_t pages_of(uint64_t bytes)
{
	return (bytes + WORK_PAGE - 1) / WORK_PAGE;
}

/* Fresh pages, one word written in each: as many page faults as pages. */
static int touch(uint64_t bytes, uint64_t x, uint64_t *sum)
{
	uint64_t pages = pages_of(bytes);
	char *area = map_pages(pages);

	if (!area)
		return -1;
	for (uint64_t i = 0; i < pages; i++)
		*(volatile uint64_t *)(area + i * WORK_PAGE) = x + i;
	*sum = 0;
	for (uint64_t i = 0; i < pages; i++)
		*sum += *(volatile uint64_t *)(area + i * WORK_PAGE);
	return munmap(area, pages * WORK_PAGE);
}

/* Its pages are there: those that the kernel fetches to read or write it counts differently than the probes do. */
static void *aligned_block(void)
{
	void *block = NULL;

	return posix_memalign(&block, WORK_PAGE, BLOCK) ? NULL : memset(block, 0, BLOCK);
}

static int scratch_path(const struct native *native, const char *name, char *path, size_t room)
{
	int length = snprintf(path, room, "%.*s/%s", (int)sizeof(native->plan->scratch), native->plan->scratch, name);

	return length > 0 && (size_t)length < room ? 0 : -1;
}

static int read_words(int file, uint64_t bytes, uint64_t *sum)
{
	uint64_t *block = aligned_block(), at = 0;

	*sum = 0;
	while (block && at < bytes) {
		uint64_t want = bytes - at < BLOCK ? bytes - at : BLOCK;
		ssize_t got = pread(file, block, want, (off_t)at);

		if (got <= 0) {
			errno = got ? errno : EIO;
			break;
		}
		for (uint64_t i = 0; i < (uint64_t)got / 8; i++)
			*sum += block[i];
		at += (uint64_t)got;
	}
	free(block);
	return at < bytes ? -1 : 0;
}

static int do_read(const struct native *native, const struct step *step, uint64_t *sum)
{
	char path[320];
	int file, status;

	if (!step->direct)
		return read_words(native->read_file, step->amount, sum);
	if (scratch_path(native, "read", path, sizeof(path)))
		return -1;
	file = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (file < 0)
		return -1;
	status = read_words(file, step->amount, sum);
	close(file);
	return status;
}

/* Block number i begins with the word x + i; what comes back from the file is summed. */
static int write_blocks(int file, uint64_t *block, uint64_t bytes, uint64_t x, uint64_t *sum)
{
	memset(block, 0x5a, BLOCK);
	for (uint64_t at = 0, i = 0; at < bytes; at += BLOCK, i++) {
		uint64_t want = bytes - at < BLOCK ? bytes - at : BLOCK;
		ssize_t done;

		block[0] = x + i;
		done = pwrite(file, block, want, (off_t)at);
		if (done != (ssize_t)want) {
			errno = done < 0 ? errno : ENOSPC;
			return -1;
		}
	}
	*sum = 0;
	for (uint64_t at = 0, i = 0; at < bytes; at += BLOCK, i++) {
		uint64_t want = bytes - at < WORK_PAGE ? bytes - at : WORK_PAGE;

		block[0] = x + i; /* a last block of under 8 bytes has only a part of its word */
		if (want >= 8)
			block[0] = 0;
		if (pread(file, block, want, (off_t)at) != (ssize_t)want)
			return -1;
		*sum += block[0];
	}
	return 0;
}

static int do_write(const struct native *native, const struct step *step, uint64_t task, uint64_t x, uint64_t *sum)
{
	char name[40], path[320];
	uint64_t *block = aligned_block();
	int file = -1, status = -1, error;

	snprintf(name, sizeof(name), "write-%" PRIu64, task);
	if (block && !scratch_path(native, name, path, sizeof(path)))
		file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | (step->direct ? O_DIRECT : 0), 0600);
	if (file >= 0) {
		unlink(path);
		status = write_blocks(file, block, step->amount, x, sum);
	}
	error = errno;
	if (file >= 0)
		close(file);
	free(block);
	errno = error;
	return status;
}

static int hold_lock(struct native *native, uint64_t ns)
{
	uint64_t until;
	int error = pthread_mutex_lock(&native->shared->task_lock);

	if (error) {
		errno = error;
		return -1;
	}
	for (until = clock_ns() + ns; clock_ns() < until;)
		;
	/* Not atomic on purpose: that it comes out right proves that the lock excludes. */
	native->journal->lock_count++;
	return pthread_mutex_unlock(&native->shared->task_lock);
}

/*
 * Writes to each page that the first process touched: a process gets a copy of its own, threads write to the same. So
 * they overwrite one another's word; the second word of each page is what shows that the pages are the right ones.
 */
static uint64_t copy_on_write(const struct native *native, uint64_t bytes, uint64_t x)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < pages_of(bytes); i++)
		((volatile uint64_t *)(native->inherited + i * WORK_PAGE))[0] = x + i;
	for (uint64_t i = 0; i < pages_of(bytes); i++)
		sum += ((volatile uint64_t *)(native->inherited + i * WORK_PAGE))[1];
	return sum;
}

/* A load, an addition and a store, each on its own: what another adds between them is lost. */
static void race(struct native *native, uint64_t times)
{
	volatile uint64_t *counter = &native->journal->race_count;

	while (times--) {
		uint64_t seen = *counter;

		__asm__ volatile("" : "+r"(seen));
		*counter = seen + 1;
	}
}

static int call(uint64_t times, uint64_t *sum)
{
	struct stat status;

	for (*sum = 0; *sum < times; ++*sum)
		if (stat("/", &status))
			return -1;
	return 0;
}

static int do_step(struct native *native, const struct step *step, uint64_t task, uint64_t *x)
{
	uint64_t sum = 0;
	int status = 0;

	switch (step->kind) {
	case STEP_CPU:
	case STEP_NATIVE:
		*x = compute(*x, formula_rounds(step->amount, native->steps_per_ms));
		return 0;
	case STEP_SLEEP:
		status = rest(native, task, step->amount);
		break;
	case STEP_TOUCH:
		status = touch(step->amount, *x, &sum);
		break;
	case STEP_READ:
		status = do_read(native, step, &sum);
		break;
	case STEP_WRITE:
		status = do_write(native, step, task, *x, &sum);
		break;
	case STEP_LOCK:
		status = hold_lock(native, step->amount);
		break;
	case STEP_COW:
		sum = copy_on_write(native, step->amount, *x);
		break;
	case STEP_RACE:
		race(native, step->amount);
		break;
	case STEP_CALL:
		status = call(step->amount, &sum);
		break;
	case STEP_EXCHANGE:
		status = exchange__do(native, step, task);
		break;
	default:
		break;
	}
	*x = formula_mix(*x ^ sum);
	return status;
}

int steps__do(struct native *native, uint64_t task, uint64_t *checksum)
{
	const struct task_group *group = task_spec__group(&native->plan->spec, task);
	uint64_t x = formula_seed(task);

	for (uint32_t i = 0; i < group->step_count; i++)
		if (do_step(native, &group->steps[i], task, &x))
			return native__says(
				native, "task %" PRIu64 ": step %s failed: %s%s", task,
				step_names[group->steps[i].kind], strerror(errno),
				group->steps[i].direct && errno == EINVAL
					? " (the scratch directory's file system has no direct I/O: set TMPDIR)"
					: "");
	*checksum = x + mutant("wrong-sum") * (task == 7);
	return 0;
}

static int make_read_file(struct native *native, uint64_t bytes)
{
	char path[320];
	uint64_t *block = aligned_block(), at = 0;

	if (block && !scratch_path(native, "read", path, sizeof(path)))
		native->read_file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	while (block && native->read_file >= 0 && at < bytes) {
		ssize_t done;

		for (uint64_t i = 0; i < BLOCK / 8; i++)
			block[i] = formula_word(at / 8 + i);
		/* Whole blocks: a read past the page cache ends at a block, too. */
		done = write(native->read_file, block, BLOCK);
		if (done != (ssize_t)BLOCK) {
			errno = done < 0 ? errno : ENOSPC;
			break;
		}
		at += BLOCK;
	}
	free(block);
	if (at < bytes)
		return native__says(native, "cannot make a file of %" PRIu64 " bytes in %s for read steps: %s", bytes,
				    native->plan->scratch, strerror(errno));
	return fsync(native->read_file) ? native__says(native, "cannot write to %s: %s", path, strerror(errno)) : 0;
}

static int make_inherited(struct native *native, uint64_t bytes)
{
	native->inherited = map_pages(pages_of(bytes));
	if (!native->inherited)
		return native__says(native, "cannot map %" PRIu64 " bytes for cow steps: %s", bytes, strerror(errno));
	for (uint64_t i = 0; i < pages_of(bytes); i++)
		((volatile uint64_t *)(native->inherited + i * WORK_PAGE))[1] = formula_page(i);
	return 0;
}

int steps__prepare(struct native *native)
{
	uint64_t read_bytes = task_spec__largest(&native->plan->spec, STEP_READ);
	uint64_t cow_bytes = task_spec__largest(&native->plan->spec, STEP_COW);
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	if (workload_kinds[native->plan->workload].processes)
		pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&native->shared->task_lock, &attributes);
	native__place(native, &native->shared->task_lock, sizeof(pthread_mutex_t), CAUSE_LOCK, "task lock");
	if ((read_bytes && make_read_file(native, read_bytes)) || (cow_bytes && make_inherited(native, cow_bytes)))
		return -1;
	return exchange__prepare(native);
}
