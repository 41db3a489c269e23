# SPDX-License-Identifier: GPL-2.0-or-later
"""Exchange steps: tasks 2k and 2k + 1 send one another messages, each of which answers the one before."""
import mmap
import threading

from mptrace_journal import clock

WORD = 0xffffffffffffffff
PATTERN = 0x9e3779b97f4a7c15
LINE = 64
PATIENCE_NS = 100_000_000  # between processes ordinary memory never shows a message
ABANDONED = 2  # in Pair.shared, after the two mailboxes


def mix(x):
    x = ((x ^ x >> 33) * 0xff51afd7ed558ccd) & WORD
    return x ^ x >> 29


def seed(task):
    return mix((task + 1) * PATTERN & WORD)


def message_of(pair_seed, number, to_second, total):
    """The same as formula_message (userspace/workload/formula.h)."""
    return mix((pair_seed + 2 * number + to_second + total) & WORD) | 1


class Pair:
    """What two partners can send messages through; each list has what comes to the first, and what to the second."""

    def __init__(self, context, apart, channels):
        self.apart = apart  # they are two processes
        self.memory = [0, 0]  # mailboxes: 0 is empty
        self.shared = context.RawArray('Q', 3)
        semaphore = context.Semaphore if apart else threading.Semaphore
        self.semaphores = [semaphore(0), semaphore(0)] if 'semaphore' in channels else None
        self.pipes = [context.Pipe(False), context.Pipe(False)] if 'pipe' in channels else None

    def abandon(self, task):
        """Whoever waits for @task in a thread of its own need not wait any longer."""
        self.shared[ABANDONED] = 1
        other = 1 - task % 2
        if self.semaphores:
            self.semaphores[other].release()
        if self.pipes:
            self.pipes[other][1].send_bytes(b'')


def make_pairs(plan, context):
    """By number; none without exchange steps."""
    channels = {how[0] for _, steps in plan['groups'] for kind, _, how in steps if kind == 'exchange'}
    if plan['call'] or not channels:
        return {}
    return {pair: Pair(context, plan['workload'] == 'process', channels) for pair in range(plan['tasks'] // 2)}


class Partner:
    """One task in one exchange step."""

    def __init__(self, pair, task, channel, working_set):
        self.pair, self.task, self.second, self.seed = pair, task, task % 2, seed(task // 2)
        self.boxes = pair.memory if channel == 'memory' else pair.shared
        self.patience = PATIENCE_NS if channel == 'memory' and pair.apart else 0  # 0: for ever
        self.receive, self.send = {'pipe': (self.from_pipe, self.to_pipe),
                                   'semaphore': (self.from_semaphore, self.to_semaphore)}.get(channel, (self.spin, self.put))
        self.words = None
        if working_set:
            lines = (working_set + LINE - 1) // LINE
            self.words = memoryview(mmap.mmap(-1, lines * LINE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)).cast('Q')
            for line in range(lines):
                self.words[line * 8] = line * PATTERN & WORD

    def total(self):
        """Reads through the working set."""
        return sum(self.words[::8]) if self.words else 0

    def put(self, message):
        self.boxes[1 - self.second] = message

    def take(self):
        message = self.boxes[self.second]
        self.boxes[self.second] = 0
        return message

    def spin(self):
        """0: none will come."""
        boxes, mine, shared = self.boxes, self.second, self.pair.shared
        end = clock() + self.patience if self.patience else None
        while not boxes[mine]:
            if shared[ABANDONED] or (end and clock() > end):
                return 0
        return self.take()

    def to_pipe(self, message):
        self.pair.pipes[1 - self.second][1].send_bytes(message.to_bytes(8, 'little'))

    def from_pipe(self):
        return int.from_bytes(self.pair.pipes[self.second][0].recv_bytes(), 'little')

    def to_semaphore(self, message):
        self.put(message)
        self.pair.semaphores[1 - self.second].release()

    def from_semaphore(self):
        self.pair.semaphores[self.second].acquire()
        return self.take()

    def answer(self, number):
        self.send(message_of(self.seed, number, 1 - self.second, self.total()))

    def trade(self, rounds):
        """How many messages were right. The first partner begins; a round trip ends with the answer that it gets."""
        expected = self.total()  # the partner's working set says the same
        for number in range(rounds):
            if not self.second:
                self.answer(number)
            message = self.receive()
            if message != message_of(self.seed, number, self.second, expected):
                if self.pair.shared[ABANDONED]:
                    raise RuntimeError(f'task {self.task}: its partner, task {self.task ^ 1}, failed')
                if not message and self.patience:
                    return number
                raise RuntimeError(f'task {self.task}: message {number + 1} of exchange is wrong')
            if self.second:
                self.answer(number)
        return rounds
