/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a blocking system call means: the same functions that the BPF programs use. */
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "../../bpf/cause.h"
#include "tap.h"

static void is(const char *name, long number, uint64_t first, uint64_t second, uint64_t third, enum cause expected)
{
	struct blocking_call call = {number, first, second, third, 0};

	ok_if(cause_of(&call) == expected, "%s: cause %d", name, cause_of(&call));
}

static void shows(const char *name, uint64_t operation, uint64_t value, uint64_t expected)
{
	struct blocking_call call = {SYS_futex, 0x1000, operation, value, 0};

	ok_if(futex_evidence(&call) == expected, "%s: evidence %#llx", name, (unsigned long long)futex_evidence(&call));
}

int main(void)
{
	is("a mutex", SYS_futex, 0x1000, 128, 2, CAUSE_LOCK);
	is("pthread_join", SYS_futex, 0x1000, 265, 4711, CAUSE_CHILD);
	is("a shared semaphore", SYS_futex, 0x1000, 265, 0, CAUSE_LOCK);
	is("a condition variable", SYS_futex, 0x1000, 393, 0, CAUSE_LOCK);
	is("semop", SYS_semop, 0, 0, 0, CAUSE_LOCK);
	is("read", SYS_read, 0, 0, 0, CAUSE_IO);
	is("fsync", SYS_fsync, 3, 0, 0, CAUSE_IO);
	is("recvmsg", SYS_recvmsg, 3, 0, 0, CAUSE_IO);
	is("epoll_wait", SYS_epoll_wait, 3, 0, 0, CAUSE_IO);
	is("poll of two descriptors", SYS_poll, 0x1000, 2, 100, CAUSE_IO);
	is("poll of none", SYS_poll, 0, 0, 100, CAUSE_SLEEP);
	is("select of none", SYS_select, 0, 0, 0, CAUSE_SLEEP);
	is("select of some", SYS_select, 5, 0x1000, 0, CAUSE_IO);
	is("nanosleep", SYS_nanosleep, 0, 0, 0, CAUSE_SLEEP);
	is("clock_nanosleep", SYS_clock_nanosleep, 0, 0, 0, CAUSE_SLEEP);
	is("wait4", SYS_wait4, 0, 0, 0, CAUSE_CHILD);
	is("waitid", SYS_waitid, 0, 0, 0, CAUSE_CHILD);
	is("a page fault", CALL_FAULT, 0, 0, 0, CAUSE_FAULT);
	is("mmap", SYS_mmap, 0, 0, 0, CAUSE_OTHER);
	is("exit", SYS_exit, 0, 0, 0, CAUSE_OTHER);
	shows("a contended mutex", 128, 2, SEEN_WAIT_TWO);
	shows("a barrier", 128, 0, SEEN_WAIT_OTHER);
	shows("a robust mutex", 0, 0x80000000u | 4711, SEEN_WAIT_OWNED);
	shows("a priority-inheriting mutex", 6, 0, SEEN_PI);
	shows("a join", 265, 4711, SEEN_JOIN);
	shows("a semaphore or condition", 393, 0, SEEN_BITSET_ZERO);
	shows("a lock for reading and writing", 393, 3, SEEN_BITSET_OTHER);
	return tap_done();
}
