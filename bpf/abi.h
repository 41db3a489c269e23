/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records that the BPF programs and userspace share: the only header that both include. */
#ifndef MPTRACE_BPF_ABI_H
#define MPTRACE_BPF_ABI_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/** Why a thread was off the CPU although it had not asked for it (run queue) or had (the rest). */
enum cause {
	CAUSE_LOCK,
	CAUSE_GIL,
	CAUSE_IO,
	CAUSE_SLEEP,
	CAUSE_CHILD, /**< waiting for a process or thread that it started */
	CAUSE_IDLE, /**< a worker waiting for work */
	CAUSE_FAULT, /**< a page fault that had to wait */
	CAUSE_OTHER,
	CAUSE_COUNT,
};

/** What a wait for I/O waited for; told only of any program (profile). */
enum io_kind {
	IO_DISK, /**< files, directories, block devices */
	IO_SOCKET,
	IO_PIPE,
	IO_TERMINAL, /**< and other character devices */
	IO_EVENT, /**< epoll, poll, select, accept, eventfd: for whatever comes next */
	IO_OTHER,
	IO_KINDS,
};

enum switch_class {
	SWITCH_VOLUNTARY,
	SWITCH_INVOLUNTARY,
	SWITCH_YIELD, /**< sched_yield; the kernel counts it as involuntary */
	SWITCH_THREAD, /**< switched in after another thread of the same address space */
	SWITCH_PROCESS, /**< switched in after a thread of another address space */
	SWITCH_RETURN, /**< switched in after idle or a kernel thread, address space still loaded */
	SWITCH_CLASSES,
};

/** What the kernel itself counted for a thread, read from its task_struct. */
struct kernel_counters {
	__u64 switches; /**< nvcsw + nivcsw */
	__u64 exec_runtime_ns; /**< se.sum_exec_runtime, on the scheduler's clock */
	__u64 run_delay_ns; /**< sched_info.run_delay, on the scheduler's clock */
	__u64 minor_faults;
	__u64 major_faults;
	__u64 read_bytes; /**< ioac.rchar */
	__u64 write_bytes; /**< ioac.wchar */
	__u64 read_calls, write_calls; /**< ioac.syscr, ioac.syscw */
};

/** Who waits longer for an idle CPU waited for something else, too. Means seen: 40 and 80 us (virtual CPUs). */
#define IDLE_WAKE_NS 500000

/** What a thread that lived at the end was doing then, up to its record's end_ns. */
struct thread_present {
	__u64 since_ns; /**< 0: it had ended */
	__u64 late_run_ns; /**< how long it had run by then, if the kernel had not shown that it was switched in */
	__u32 what; /**< EVENT_RUN, EVENT_PREEMPT or EVENT_BLOCK */
	__u32 cause; /**< of EVENT_BLOCK */
	__u32 cpu; /**< on which it ran, if it did */
	__u32 torn; /**< it was being switched: the copy may be of two instants */
};

/** One thread's life inside the experiment; sent once, at its dead-task switch. Times: CLOCK_MONOTONIC. */
struct thread_record {
	__u32 tid, tgid;
	__u32 first_tid; /**< the one that it was followed with: who executes a program gets that of its process */
	__u32 parent_tgid; /**< 0 for those that were there before the gate opened */
	__u32 exit_code; /**< as wait(2) gives it */
	__u32 policy; /**< the scheduling policy with which it ended: SCHED_OTHER (0), SCHED_FIFO (1), ... */
	__u32 executed; /**< it has executed another program meanwhile; only of any program */
	__u32 met_cpu; /**< 1 + the CPU on which it ran when it was met; 0: it ran on none then */
	__u64 group_start_ns; /**< the group leader's start_time: with tgid, a process for ever */
	__u64 clone_flags;
	__u64 start_ns, first_run_ns, end_ns;
	__u64 on_cpu_ns, run_queue_ns;
	__u64 blocked_ns[CAUSE_COUNT];
	__u64 waits[CAUSE_COUNT]; /**< how many intervals those were */
	__u64 mutex_ns; /**< of blocked_ns[CAUSE_LOCK]: by calls with which only a mutex is waited for, or in turns */
	__u64 io_ns[IO_KINDS], io_waits[IO_KINDS]; /**< of CAUSE_IO; only of any program */
	__u64 gil_after_io_ns; /**< of the waits for the GIL: those that a wait for I/O or sleep led to */
	__u64 switches[SWITCH_CLASSES];
	__u64 runs; /**< intervals on a CPU */
	__u64 unseen_runs; /**< runs whose switch-in the kernel did not show, found at their switch-out */
	__u64 unseen_run_ns; /**< how long those were; part of on_cpu_ns */
	__u64 wakeups; /**< blocked intervals that ended */
	__u64 idle_runs; /**< runs that began on a CPU that was idle */
	__u64 idle_wait_ns; /**< of run_queue_ns: how long it took until they did, at most IDLE_WAKE_NS of each */
	__u64 migrations;
	__u64 cpus; /**< bits: CPU numbers, modulo 64, that it was switched in on */
	__u64 calls; /**< system calls; only with the probe for them */
	__u64 faults, cow_faults; /**< cow_faults are among faults; only with the probes for them */
	__u64 peak_rss_bytes; /**< signal->maxrss when the last thread of the process exits; else 0 */
	struct thread_present present;
	struct kernel_counters kernel_before; /**< when it began to be followed */
	struct kernel_counters kernel; /**< at the dead-task switch */
	char comm[16];
};

/** What the futex calls at one address showed; bits of lock_record.seen. */
enum lock_evidence {
	SEEN_WAIT_TWO = 1 << 0, /**< FUTEX_WAIT for the value 2: glibc's contended mutex */
	SEEN_WAIT_OTHER = 1 << 1, /**< FUTEX_WAIT for another value: a barrier, a hand-made lock */
	SEEN_BITSET_ZERO = 1 << 2, /**< FUTEX_WAIT_BITSET for 0: condition variable or semaphore */
	SEEN_BITSET_OTHER = 1 << 3,
	SEEN_PI = 1 << 4, /**< FUTEX_LOCK_PI: a mutex by definition */
	SEEN_JOIN = 1 << 5, /**< shared wait for a thread's tid word */
	SEEN_WAKE_ONE = 1 << 6, /**< woken by a futex call that wakes one waiter */
	SEEN_WAKE_MANY = 1 << 7,
	SEEN_WAIT_OWNED = 1 << 8, /**< FUTEX_WAIT for an owner's tid with the waiters bit: a robust mutex */
};

/** Waits at one thing. Shared futexes have tgid 0: one address in all forked processes. CAUSE_IO: only of any program.
 */
struct lock_key {
	__u64 address; /**< of CAUSE_IO: the inode's number */
	__u32 space; /**< where that is one: tgid, 0 if shared; of CAUSE_IO the device */
	__u32 cause; /**< enum cause the waits were charged to */
};

struct lock_record {
	__u64 waits, wait_ns;
	__u64 timeouts; /**< waits with a time limit that no futex call at this address ended */
	__u64 hand_overs; /**< waits ended by another thread's futex call at this address */
	__u64 seen; /**< enum lock_evidence; of CAUSE_IO 1 << enum io_kind */
};

/** Who handed a lock to whom; only of any program. */
struct hand_over {
	__u64 address; /**< as in struct lock_key */
	__u32 space;
	__u32 from, to; /**< tids */
	__u32 unused;
};

#define FILE_NAME 32

struct file_key {
	__u64 inode;
	__u64 device;
};

#define MAX_FRAMES 127
/** Of stacks: off its CPU although it could have run. */
#define CAUSE_RUN_QUEUE CAUSE_COUNT

/** Return addresses, innermost first; or code objects of Python's functions, or NO_FUNCTION. 0: no more. */
struct stack_frames {
	__u64 frames[MAX_FRAMES];
};

/** Off-CPU time by where the thread was. */
struct stack_key {
	__u32 tgid;
	__u32 cause; /**< enum cause or CAUSE_RUN_QUEUE */
	__u64 user, kernel; /**< ids of stacks; 0: none is known */
	__u64 python; /**< likewise, of Python's functions */
	char comm[16];
};

struct stack_time {
	__u64 ns, times;
};

/** Where something was lost: index of the global counters `lost`. Names: trace/tracer.c. */
enum loss {
	LOST_THREADS, /**< no storage for a new thread */
	LOST_RECORDS, /**< no room in the ring for a dead thread's record */
	LOST_LOCKS, /**< the table of locks, of their hand-overs, or of interpreters with a GIL is full */
	LOST_FILES, /**< no room for a file that was waited for, or for its name */
	LOST_PARALLEL, /**< gave up updating the parallelism word */
	LOST_STACKS, /**< no room for a stack, or for time by stacks */
	LOST_RUNS, /**< the kernel skipped a program that was already running there; counted by the kernel */
	LOSS_COUNT,
};

/**
 * Where the records of an interpreter have what leads to the Python functions that a thread is in: offsets in bytes, as
 * the interpreter tells them itself.
 */
struct python_layout {
	__u64 interpreters; /**< the address of the first one's address; 0: nothing is told */
	__u32 next_interpreter, first_thread; /**< of an interpreter */
	__u32 next_thread, thread_number, frame; /**< of a thread; its number is the kernel's tid, in its namespace */
	__u32 caller, code, owner; /**< of a frame */
	__u32 name, file; /**< of code */
	__u32 state, length, characters; /**< of a string */
};

/** What a process has that is a CPython: where its GIL is, as futex addresses [low, high), and how its records look. */
struct python_interpreter {
	__u64 low, high;
	struct python_layout layout;
};

/** Of Python's functions fewer are read: each takes some reads of the program's memory. */
#define MAX_PYTHON_FRAMES 48
#define NO_FUNCTION 1 /**< C in between */

struct python_code_key {
	__u32 tgid;
	__u32 unused;
	__u64 code; /**< address */
};

#define PYTHON_TEXT 96

/** A string as CPython stores it: where its letters begin and how wide they are, its state tells. */
struct python_text {
	__u64 length; /**< of the whole, in letters */
	__u32 state;
	__u32 unused;
	__u8 bytes[PYTHON_TEXT];
};

struct python_code {
	struct python_text name; /**< of the function, from its start */
	struct python_text file; /**< of its path the end */
};

/** Where waiting means something that the kernel cannot know. */
struct place_range {
	__u64 low,
		high; /**< futex addresses [low, high) in every process of the experiment; or a pipe's inode number */
	__u32 cause;
	__u32 is_pipe;
};

/** What an event of the timeline tells of a thread. */
enum timeline_what {
	EVENT_RUN, /**< it has got a CPU */
	EVENT_BLOCK, /**< it waits for its cause; other: the lower half of the futex's address, or the file's inode */
	EVENT_PREEMPT, /**< it has left its CPU, and could run on */
	EVENT_WAKE, /**< its wait is over; other: the tid of who ran there then, 0: not seen; cause: 1: it handed over
		     */
	EVENT_LOST, /**< of no thread: before it, and after the one before it of this CPU, so many (other) had no room
		     */
	EVENT_MEMORY, /**< of no thread: the control group is charged so many (other) pages of 4 KiB; by userspace */
	EVENT_COUNT,
};

/** 16 bytes, also in the file. */
struct timeline_event {
	__u64 when_cpu; /**< ns since the gate << TIMELINE_SHIFT | the thread's count of events << 12 | the CPU's number
			 */
	__u32 who; /**< timeline_who() */
	__u32 other;
};

#define TIMELINE_SHIFT 16
#define TIMELINE_TIES 8 /* events of a thread at one instant whose order is known */
#define TIMELINE_CPUS 4096
#define TIMELINE_ROOM                                                                                                  \
	(1 << 17) /* events of one CPU that userspace has not taken yet: some 90 ms of the fastest switches */

/** Of two events of a thread at one instant (CPUs' clocks are some ns apart) the later one has the next @order, of 16.
 */
static inline __u64 timeline_when_cpu(__u64 since_gate, __u32 order, __u32 cpu)
{
	return since_gate << TIMELINE_SHIFT | (order & 15) << 12 | cpu;
}

/** @tid: the thread's first, of 22 bits at most (PID_MAX_LIMIT); @what of enum timeline_what; @cause of enum cause. */
static inline __u32 timeline_who(__u32 tid, __u32 what, __u32 cause)
{
	return tid << 8 | what << 4 | cause;
}

static inline __u64 timeline__when(const struct timeline_event *event)
{
	return event->when_cpu >> TIMELINE_SHIFT;
}

static inline __u16 timeline__cpu(const struct timeline_event *event)
{
	return event->when_cpu % TIMELINE_CPUS;
}

static inline __u32 timeline__order(const struct timeline_event *event)
{
	return event->when_cpu >> 12 & 15;
}

static inline __u32 timeline__tid(const struct timeline_event *event)
{
	return event->who >> 8;
}

static inline __u32 timeline__what(const struct timeline_event *event)
{
	return event->who >> 4 & 15;
}

static inline __u32 timeline__cause(const struct timeline_event *event)
{
	return event->who & 15;
}

/** Of two events of one thread; of more than TIMELINE_TIES at one instant the order is not known. */
static inline int timeline__is_later(const struct timeline_event *event, const struct timeline_event *than)
{
	__u64 when = timeline__when(event), other = timeline__when(than);
	__u32 apart = (timeline__order(event) - timeline__order(than)) & 15;

	return when != other ? when > other : apart && apart < TIMELINE_TIES;
}

/** Both sides write to it, each its own: the kernel all but the tail. Events since the start. */
struct timeline_ring {
	__u64 head, lost, told;
	__u64 unused[5]; /* the tail is on another cache line */
	__u64 tail;
	__u64 unused_too[7];
};

#define MAX_PLACES 17 /* one more than the journal has: the GIL */
/** The first process waits here: for the gate, and at the end. */
#define GATE_DESCRIPTOR 4
/** Length of the parallelism histogram: the last entry counts that many workers or more. */
#define MAX_PARALLEL 65
/** Rows of the histogram, by CPU number modulo this. */
#define PARALLEL_CPUS 256

#endif
