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

/* Calls by number, from the system's own header. */
static void test_io(void)
{
	static const long io[] = {SYS_write,	    SYS_pread64,	 SYS_writev,	  SYS_preadv2,	   SYS_accept,
				  SYS_connect,	    SYS_sendto,		 SYS_recvfrom,	  SYS_accept4,	   SYS_recvmmsg,
				  SYS_sendmmsg,	    SYS_sendfile,	 SYS_flock,	  SYS_fdatasync,   SYS_sync,
				  SYS_syncfs,	    SYS_sync_file_range, SYS_fallocate,	  SYS_openat,	   SYS_close,
				  SYS_statx,	    SYS_unlink,		 SYS_renameat2,	  SYS_getdents64,  SYS_splice,
				  SYS_io_getevents, SYS_io_uring_enter,	 SYS_epoll_pwait, SYS_epoll_pwait2};
	static const long other[] = {SYS_munmap, SYS_brk, SYS_exit_group, SYS_getpid, SYS_clone, SYS_execve};

	for (size_t i = 0; i < sizeof(io) / sizeof(*io); i++)
		ok_if(call_is_io(io[i]), "system call %ld is input or output", io[i]);
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
		ok_if(!call_is_io(other[i]), "system call %ld is not", other[i]);
}

static void test_futex(void)
{
	struct blocking_call shared = {SYS_futex, 0x1000, 0, 2, 0}, private = {SYS_futex, 0x1000, 128, 2, 0};
	struct blocking_call later = {CALL_FUTEX_WAIT, 0x1000, 0, 2, 0}, reading = {SYS_read, 3, 0x1000, 8, 0};

	ok_if(futex_is_private(&private) && !futex_is_private(&shared), "a futex is private by its flag");
	ok_if(futex_is_private(&later), "futex_wait(2) counts as private");
	ok_if(call_waits_at_address(&shared) && call_waits_at_address(&later) && !call_waits_at_address(&reading),
	      "only futex calls wait at an address");
}

int main(void)
{
	test_io();
	test_futex();
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
	is("select of some to write to", SYS_select, 5, 0, 0x1000, CAUSE_IO);
	is("nanosleep", SYS_nanosleep, 0, 0, 0, CAUSE_SLEEP);
	is("clock_nanosleep", SYS_clock_nanosleep, 0, 0, 0, CAUSE_SLEEP);
	is("wait4", SYS_wait4, 0, 0, 0, CAUSE_CHILD);
	is("waitid", SYS_waitid, 0, 0, 0, CAUSE_CHILD);
	is("a page fault", CALL_FAULT, 0, 0, 0, CAUSE_FAULT);
	is("a private bitset of another value", SYS_futex, 0x1000, 393, 4711, CAUSE_LOCK);
	is("a shared mutex", SYS_futex, 0x1000, 0, 2, CAUSE_LOCK);
	is("futex_waitv", CALL_FUTEX_WAITV, 0x1000, 2, 0, CAUSE_LOCK);
	is("ppoll of one descriptor", SYS_ppoll, 0x1000, 1, 0, CAUSE_IO);
	is("ppoll of none", SYS_ppoll, 0, 0, 0x1000, CAUSE_SLEEP);
	is("pselect of some", SYS_pselect6, 5, 0x1000, 0, CAUSE_IO);
	is("pselect of none", SYS_pselect6, 0, 0, 0, CAUSE_SLEEP);
	is("vfork", SYS_vfork, 0, 0, 0, CAUSE_CHILD);
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
