# SPDX-License-Identifier: GPL-2.0-or-later
"""The task journal as seen from Python: the memory that the first process has as descriptor 3.

Children by fork inherit the mapping. Children by spawn and forkserver find neither mapping nor
descriptor (number 3 can be another file there): they open it through the first process, and check
the magic word. Offsets come from the C compiler, in plan.json; all fields are 8-byte words here,
two 4-byte fields share one.
"""
import json
import mmap
import os
import struct
import sys
import threading
import time

FOLDER = os.path.dirname(os.path.abspath(__file__))
DESCRIPTOR = 3
GATE = 4  # a stream to mptrace
SEMAPHORE = 32  # bytes of a sem_t
MAGIC = 0x3165636172746d70
READY, RETURNED, FAILED = 1, 2, 3
MESSAGES, FAILED_INTERRUPTED = 9, 10  # words of struct journal_task; the others: mptrace_worker.py


def clock():
    """CLOCK_MONOTONIC, ns: the clock of the probes."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def thread_id():
    """The kernel's id of this thread (3.8 has it; before, /proc does)."""
    if hasattr(threading, 'get_native_id'):
        return threading.get_native_id()
    return int(os.readlink('/proc/thread-self').rsplit('/', 1)[1])


def load_plan():
    with open(os.path.join(FOLDER, 'plan.json'), encoding='utf-8') as file:
        return json.load(file)


class Journal:
    """Rows of tasks and workers as lists of words; see userspace/workload/journal.h."""

    def __init__(self, plan):
        self.at = plan['journal']
        self.causes, self.roles = plan['causes'], plan['roles']
        first = plan.get('first_process')
        descriptor = DESCRIPTOR
        if first:
            descriptor = os.open(f'/proc/{first}/fd/{DESCRIPTOR}', os.O_RDWR | os.O_CLOEXEC)
        self.bytes = mmap.mmap(descriptor, self.at['size'])
        if first:
            os.close(descriptor)
        self.words = memoryview(self.bytes).cast('Q')
        if self.words[0] != MAGIC:
            raise RuntimeError('descriptor 3 is not the journal')
        self.tasks = self.at['tasks'] // 8
        self.task_words = self.at['task_size'] // 8
        self.workers = self.at['workers'] // 8
        self.worker_words = self.at['worker_size'] // 8

    def set(self, field, value):
        """An 8-byte field of the journal's head."""
        self.words[self.at[field] // 8] = value

    def get(self, field):
        return self.words[self.at[field] // 8]

    def set_state(self, state):
        """
        mptrace looks at once when there is a byte for it. One store: struct.pack_into writes a 0 first, and who looks then
        finds a workload that is starting.
        """
        memoryview(self.bytes).cast('I')[self.at['state'] // 4] = state
        os.write(GATE, b'.')

    def has_said(self):
        return self.bytes[self.at['says']] != 0

    def says(self, text):
        """The first reason of a failure stays."""
        at, room = self.at['says'], self.at['says_size']
        if not self.bytes[at]:
            encoded = text.encode('utf-8', 'replace')[:room - 1].decode('utf-8', 'ignore').encode('utf-8')  # whole letters
            self.bytes[at:at + len(encoded)] = encoded

    def member(self, tid, role):
        """A thread or process that is neither the first one nor a worker, and what it is for."""
        count = self.get('member_count')
        if count < self.at['member_room']:
            self.words[self.at['members'] // 8 + count] = tid | self.roles.index(role) << 32
            self.set('member_count', count + 1)

    def place_lock(self, lock, cause, name):
        """A threading.Lock or queue.SimpleQueue: both begin with a pointer to their semaphore, up to 3.12."""
        if sys.version_info >= (3, 13):
            return  # a waiting thread parks at an address of its own
        with open('/proc/self/mem', 'rb', 0) as memory:
            memory.seek(id(lock) + object.__basicsize__)
            self.place(struct.unpack('Q', memory.read(8))[0], SEMAPHORE, cause, name)

    def place_semaphore(self, lock, cause, name):
        """A multiprocessing.Lock: shared, at one address in all forked processes."""
        self.place(lock._semlock.handle, SEMAPHORE, cause, name)  # pylint: disable=protected-access

    def place(self, low, size, cause, name, is_pipe=0):
        """
        Tells mptrace what waiting in [low, low + size) means: addresses of a futex, or the inode number of a pipe.
        Told again, or by two processes at once, it is one place: what they write is the same.
        """
        count, layout = self.get('place_count'), struct.Struct('QQHH28s')
        row = layout.pack(low, low + size, self.causes.index(cause), is_pipe, name.encode()[:27])
        at = [self.at['places'] + place * self.at['place_size'] for place in range(count + 1)]
        if count < self.at['place_room'] and row not in [self.bytes[place:place + layout.size] for place in at[:-1]]:
            self.bytes[at[-1]:at[-1] + layout.size] = row
            self.set('place_count', count + 1)
