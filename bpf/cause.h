/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a thread left the CPU, from the system call in which it blocked: pure functions, shared with
 * the unit tests. x86-64 system call and futex numbers; glibc's uses of futex were read off 2.36.
 */
#ifndef MPTRACE_BPF_CAUSE_H
#define MPTRACE_BPF_CAUSE_H

#include <stdbool.h>

#include "abi.h"

/** The arguments of the system call that blocked, in order: as in pt_regs. number -1: a page fault. */
struct blocking_call {
	long number;
	__u64 first, second, third, fourth;
};

enum {
	CALL_FAULT = -1,
	CALL_READ = 0,
	CALL_FUTEX = 202,
	CALL_FUTEX_WAITV = 449,
	CALL_FUTEX_WAKE = 454,
	CALL_FUTEX_WAIT = 455,
	CALL_SCHED_YIELD = 24,
	CALL_RESTART = 219,
};

enum {
	FUTEX_OP_WAIT = 0,
	FUTEX_OP_WAKE = 1,
	FUTEX_OP_LOCK_PI = 6,
	FUTEX_OP_WAIT_BITSET = 9,
	FUTEX_OP_LOCK_PI2 = 13,
	FUTEX_OP_MASK = 127,
	FUTEX_OP_PRIVATE = 128,
};

#define FUTEX_WAITERS_BIT 0x80000000u

/** True if the call waits at a futex whose address is its first argument. */
static inline bool call_waits_at_address(const struct blocking_call *call)
{
	return call->number == CALL_FUTEX || call->number == CALL_FUTEX_WAIT;
}

static inline bool futex_is_private(const struct blocking_call *call)
{
	/* futex_wait(2) of 6.7 has its flags in the fifth argument; nobody uses it shared yet. */
	return call->number != CALL_FUTEX || (call->second & FUTEX_OP_PRIVATE);
}

/**
 * pthread_join waits, not private, for its thread's tid word to leave the value tid. Condition
 * variables and semaphores use the same operation for the value 0.
 */
static inline bool futex_is_join(const struct blocking_call *call)
{
	return call->number == CALL_FUTEX && (call->second & FUTEX_OP_MASK) == FUTEX_OP_WAIT_BITSET &&
	       !(call->second & FUTEX_OP_PRIVATE) && (__u32)call->third != 0;
}

/** What one wait shows of the kind of lock: a bit of enum lock_evidence. */
static inline __u64 futex_evidence(const struct blocking_call *call)
{
	if (call->number != CALL_FUTEX)
		return SEEN_WAIT_OTHER;
	switch (call->second & FUTEX_OP_MASK) {
	case FUTEX_OP_WAIT:
		if ((__u32)call->third & FUTEX_WAITERS_BIT)
			return SEEN_WAIT_OWNED;
		return (__u32)call->third == 2 ? SEEN_WAIT_TWO : SEEN_WAIT_OTHER;
	case FUTEX_OP_LOCK_PI:
	case FUTEX_OP_LOCK_PI2:
		return SEEN_PI;
	case FUTEX_OP_WAIT_BITSET:
		if (futex_is_join(call))
			return SEEN_JOIN;
		return (__u32)call->third == 0 ? SEEN_BITSET_ZERO : SEEN_BITSET_OTHER;
	default:
		return SEEN_WAIT_OTHER;
	}
}

/** Calls that wait for data, a peer or a device. */
static inline bool call_is_io(long number)
{
	/* clang-format off */
	switch (number) {
	case 0: case 1: case 17: case 18: case 19: case 20:	     /* read write pread64 pwrite64 readv writev */
	case 295: case 296: case 327: case 328:			     /* preadv pwritev preadv2 pwritev2 */
	case 40: case 42: case 43: case 44: case 45: case 46: case 47: case 288: case 299: case 307: /* sockets */
	case 73: case 74: case 75: case 162: case 26: case 277: case 306: case 285: /* flock, fsync and its kin */
	case 2: case 257: case 437: case 3: case 4: case 5: case 6: case 262: case 332: /* open close stat */
	case 76: case 77: case 78: case 82: case 83: case 84: case 87: case 217: case 263: case 264: case 316: /* names */
	case 208: case 209: case 333: case 426:			     /* aio, io_uring */
	case 232: case 281: case 441:				     /* epoll */
	case 187: case 221: case 275: case 276: case 278: case 326:  /* readahead, splice and its kin */
		return true;
	default:
		return false;
	}
	/* clang-format on */
}

/** Whether a wait that showed this (enum lock_evidence) can be for a semaphore. */
static inline bool futex_can_be_semaphore(__u64 seen)
{
	return seen & (SEEN_BITSET_ZERO | SEEN_BITSET_OTHER);
}

/** Whether a wait that showed this (enum lock_evidence) is for a mutex for sure; glibc's and those by priority. */
static inline bool futex_is_mutex(__u64 seen)
{
	return seen & (SEEN_WAIT_TWO | SEEN_PI | SEEN_WAIT_OWNED);
}

/** What an I/O call waits for, as far as its number tells; IO_KINDS: the file that it names first does. */
static inline enum io_kind io_kind_of_call(long number)
{
	/* clang-format off */
	switch (number) {
	case 0: case 1: case 17: case 18: case 19: case 20: case 295: case 296: case 327: case 328: case 40: /* read, write */
		return IO_KINDS;
	case 42: case 44: case 45: case 46: case 47: case 299: case 307: /* connect, send and receive */
		return IO_SOCKET;
	case 43: case 288:					     /* accept */
	case 7: case 271: case 23: case 270: case 232: case 281: case 441: /* poll, select, epoll */
		return IO_EVENT;
	case 73: case 208: case 209: case 333: case 426:	     /* flock, aio, io_uring */
	case 275: case 276: case 278: case 326:			     /* splice and its kin */
		return IO_OTHER;
	default:						     /* fsync, open, stat, names */
		return IO_DISK;
	}
	/* clang-format on */
}

/** Whether an I/O call's first argument is the file that it waits for. */
static inline bool call_names_file(long number)
{
	/* clang-format off */
	switch (number) {
	case 7: case 271: case 23: case 270:			     /* poll, select */
	case 2: case 257: case 437: case 3: case 4: case 6: case 262: case 332: case 162: /* open close stat sync */
	case 76: case 82: case 83: case 84: case 87: case 263: case 264: case 316: /* names */
	case 208: case 209: case 333:				     /* aio */
		return false;
	default:
		return true;
	}
	/* clang-format on */
}

/** What a file of this mode (struct inode) is. */
static inline enum io_kind io_kind_of_file(__u32 mode)
{
	switch (mode & 0170000) {
	case 0100000: /* regular */
	case 0040000: /* directory */
	case 0060000: /* block device */
		return IO_DISK;
	case 0140000:
		return IO_SOCKET;
	case 0010000:
		return IO_PIPE;
	case 0020000: /* character device */
		return IO_TERMINAL;
	default: /* eventfd, timerfd and their kin have no type */
		return IO_EVENT;
	}
}

/** Whether a thread that waits by this cause needs something in order to go on: not work, a child, or the clock. */
static inline bool cause_engages(enum cause cause)
{
	return cause == CAUSE_LOCK || cause == CAUSE_GIL || cause == CAUSE_IO || cause == CAUSE_FAULT;
}

/** The cause of a voluntary switch. CALL_RESTART is resolved by the caller (the earlier cause stays). */
static inline enum cause cause_of(const struct blocking_call *call)
{
	switch (call->number) {
	case CALL_FUTEX:
		return futex_is_join(call) ? CAUSE_CHILD : CAUSE_LOCK;
	case CALL_FUTEX_WAITV:
	case CALL_FUTEX_WAIT:
	case 65: /* semop */
	case 220: /* semtimedop */
		return CAUSE_LOCK;
	case 35: /* nanosleep */
	case 230: /* clock_nanosleep */
	case 34: /* pause */
	case 128: /* rt_sigtimedwait */
	case 130: /* rt_sigsuspend */
		return CAUSE_SLEEP;
	case 61: /* wait4 */
	case 247: /* waitid */
	case 58: /* vfork */
		return CAUSE_CHILD;
	case 7: /* poll */
	case 271: /* ppoll */
		return call->second ? CAUSE_IO : CAUSE_SLEEP;
	case 23: /* select */
	case 270: /* pselect6 */
		return call->first ? CAUSE_IO : CAUSE_SLEEP;
	case CALL_FAULT:
		return CAUSE_FAULT;
	default:
		return call_is_io(call->number) ? CAUSE_IO : CAUSE_OTHER;
	}
}

#endif
