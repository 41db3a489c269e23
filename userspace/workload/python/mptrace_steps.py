# SPDX-License-Identifier: GPL-2.0-or-later
"""The steps of a task: real work whose outcome mptrace can find without doing it (userspace/workload/expected.c)."""
import mmap
import os
import time
import zlib

from mptrace_exchange import PATTERN, WORD, Partner, mix, seed
from mptrace_journal import FAILED_INTERRUPTED, FOLDER, MESSAGES, clock

LCG_A, LCG_C = 6364136223846793005, 1442695040888963407
PAGE = 4096
BLOCK = 65536
ZEROS = bytes(BLOCK)
CALIBRATION_NS = 20_000_000
ROUNDING_NS = 1000  # of seconds in a float
raced = 0  # what race steps of threads add to  # pylint: disable=invalid-name


def rounds(amount, per_ms):
    return int(float(amount) * float(per_ms) / 1e6)


def compute(x, count):
    """Pure bytecode: holds the GIL all the time."""
    for _ in range(count):
        x = (x * LCG_A + LCG_C) & 0xffffffffffffffff
    return x


def compute_native(x, count):
    """C code that releases the GIL: adler32 of @count blocks of zeros, begun with what x gives."""
    value = (x >> 16) % 65521 << 16 | x % 65521
    for _ in range(count):
        value = zlib.adler32(ZEROS, value)
    return value


def best_rate(work, count):
    """Rounds of @work per ms: the best of several tries that last about CALIBRATION_NS together."""
    best, end = None, clock() + CALIBRATION_NS
    while best is None or clock() < end:
        begin = clock()
        work(begin, count)
        took = max(clock() - begin, 1)
        best = took if best is None else min(best, took)
    return max(count * 1_000_000 // best, 1)


def calibrate():
    """(rounds of cpu steps, blocks of native steps) per ms."""
    return best_rate(compute, 2000), best_rate(compute_native, 20)


def race(count):
    """Threads that add to one global, as people write it."""
    global raced  # pylint: disable=global-statement
    for _ in range(count):
        raced += 1


def race_in(words, at, count):
    """The same for processes, whose globals are their own: a word that all of them have."""
    for _ in range(count):
        words[at] += 1


def fresh_block():
    """Pages that are there: those that the kernel itself fetches while it reads or writes it does not count as the probes do."""
    block = mmap.mmap(-1, BLOCK)
    block.write(ZEROS)
    return block


class Steps:
    """What a process needs to do tasks. @lock: of lock steps; @journal: its counter is there; @pairs: of exchange steps, by number."""
    inherited = None  # the memory that cow steps write to, as words

    def __init__(self, plan, journal, lock, pairs):
        self.plan, self.journal, self.lock, self.pairs = plan, journal, lock, pairs
        self.cpu_per_ms, self.native_per_ms = journal.get('steps_per_ms_before'), journal.get('native_per_ms')
        self.groups = plan['groups']
        self.cycle = sum(count for count, _ in self.groups)
        self.do = {'none': self.nothing, 'sleep': self.sleep, 'touch': self.touch, 'read': self.read, 'write': self.write,
                   'lock': self.hold, 'cow': self.copy_on_write, 'race': self.race, 'call': self.call, 'exchange': self.exchange}

    def of(self, task):
        """The steps of task number @task: the groups are repeated in order."""
        at = task % self.cycle
        for count, steps in self.groups:
            if at < count:
                return steps
            at -= count
        raise AssertionError('no such group')

    def run(self, task):
        """Does the task; its checksum."""
        x = seed(task)
        for kind, amount, how in self.of(task):
            if kind == 'cpu':
                x = compute(x, rounds(amount, self.cpu_per_ms))
            elif kind == 'native':
                x = mix(x ^ compute_native(x, rounds(amount, self.native_per_ms)))
            else:
                x = mix(x ^ self.do[kind](amount, how, task, x) & WORD)
        return x

    def nothing(self, _amount, _direct, _task, _x):
        return 0

    def sleep(self, amount, _direct, task, _x):
        end = clock() + amount
        time.sleep(amount / 1e9)
        if clock() < end - ROUNDING_NS:
            self.journal.words[self.journal.tasks + task * self.journal.task_words + FAILED_INTERRUPTED] += 1 << 32
        return 0

    def touch(self, amount, _direct, _task, x):
        """Fresh pages, one word written in each."""
        pages = pages_of(amount)
        area = map_pages(pages)
        with memoryview(area) as data, data.cast('Q') as words:
            for page in range(pages):
                words[page * 512] = (x + page) & WORD
            total = sum(words[::512])
        area.close()
        return total

    def read(self, amount, direct, _task, _x):
        """The sum of the first word of each page."""
        descriptor = os.open(os.path.join(FOLDER, 'read'), os.O_RDONLY | os.O_CLOEXEC | (os.O_DIRECT if direct else 0))
        block = fresh_block()
        total, at = 0, 0
        try:
            with memoryview(block) as data:
                while at < amount:
                    got = os.preadv(descriptor, [data[:min(BLOCK, amount - at)]], at)
                    if got <= 0:
                        raise OSError('the file of read steps is too short')
                    with data[:got - got % 8].cast('Q') as words:
                        total += sum(words[::512])
                    at += got
        finally:
            os.close(descriptor)
            block.close()
        return total

    def write(self, amount, direct, task, x):
        """Block number i begins with the word x + i; what comes back from the file is summed."""
        path = os.path.join(FOLDER, f'write-{task}')
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | (os.O_DIRECT if direct else 0), 0o600)
        os.unlink(path)
        block = fresh_block()
        total = 0
        try:
            with memoryview(block) as data:
                for number, at in enumerate(range(0, amount, BLOCK)):
                    size = min(BLOCK, amount - at)
                    block[:8] = ((x + number) & WORD).to_bytes(8, 'little')
                    if os.pwritev(descriptor, [data[:size]], at) != size:
                        raise OSError('a short write: is the disk full?')
                for number, at in enumerate(range(0, amount, BLOCK)):
                    size = min(PAGE, amount - at)
                    block[:8] = ((x + number) & WORD).to_bytes(8, 'little') if size < 8 else bytes(8)
                    os.preadv(descriptor, [data[:size]], at)
                    total += int.from_bytes(block[:8], 'little')
        finally:
            os.close(descriptor)
            block.close()
        return total

    def hold(self, amount, _direct, _task, _x):
        with self.lock:
            end = clock() + amount
            while clock() < end:
                pass
            self.journal.set('lock_count', self.journal.get('lock_count') + 1)
        return 0


    def copy_on_write(self, amount, _direct, _task, x):
        """Writes to each page that the first process touched; the second word of each says that it is the right one."""
        pages = pages_of(amount)
        for page in range(pages):
            self.inherited[page * 512] = (x + page) & WORD
        return sum(self.inherited[1:pages * 512:512])

    def race(self, amount, _direct, _task, _x):
        if self.plan['workload'] in ('process', 'pool'):
            race_in(self.journal.words, self.journal.at['race_count'] // 8, amount)
        else:
            race(amount)
        return 0

    def call(self, amount, _direct, _task, _x):
        for _ in range(amount):
            os.stat('/')
        return amount

    def exchange(self, amount, how, task, _x):
        arrived = Partner(self.pairs[task // 2], task, *how).trade(amount)
        self.journal.words[self.journal.tasks + task * self.journal.task_words + MESSAGES] += arrived
        return 0

    def abandon(self, task):
        """@task failed: its partner, if it has one, need not wait for it."""
        if task // 2 in self.pairs:
            self.pairs[task // 2].abandon(task)


def pages_of(amount):
    return (amount + PAGE - 1) // PAGE


def map_pages(pages):
    """Memory without huge pages: a page fault is one page's."""
    area = mmap.mmap(-1, pages * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(area, 'madvise'):
        area.madvise(getattr(mmap, 'MADV_NOHUGEPAGE', 15))
    return area


def largest(plan, wanted):
    return max((amount for _, steps in plan['groups'] for kind, amount, _ in steps if kind == wanted), default=0)


def make_inherited(plan):
    """The memory that cow steps write to, touched by the first process."""
    pages = pages_of(largest(plan, 'cow'))
    if pages:
        Steps.inherited = memoryview(map_pages(pages)).cast('Q')
        for page in range(pages):
            Steps.inherited[page * 512 + 1] = (page + 1) * PATTERN & WORD


def make_read_file(plan):
    """The file that read steps read: word number i is i times PATTERN."""
    most = largest(plan, 'read')
    if not most:
        return
    with open(os.path.join(FOLDER, 'read'), 'xb') as file:
        for at in range(0, most, BLOCK):
            file.write(b''.join(((at // 8 + i) * PATTERN & WORD).to_bytes(8, 'little') for i in range(BLOCK // 8)))
        file.flush()
        os.fsync(file.fileno())
