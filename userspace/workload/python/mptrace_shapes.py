# SPDX-License-Identifier: GPL-2.0-or-later
"""The workloads: each gives the list of what its tasks returned, in order of the tasks, as its users would get it."""
import collections
import multiprocessing.connection
import threading

from mptrace_journal import clock
from mptrace_worker import (ASKED, LEFT_REAPED, REAPED_AT, RECEIVED, SEQUENCE, STATUS, SUBMITTED, Process, arrive, attach, count_worker,
                            do_task, leave, row_of)

REAPED = 1 << 32


class WorkerDied(Exception):
    """A process ended without the result that it owes."""

    def __init__(self, task, pid, code):
        how = f'was killed by signal {-code}' if code < 0 else f'ended with status {code}'
        super().__init__(f'worker {task} (process {pid}) {how} on task {task}')


def argument_of(plan, task):
    if plan['call']:
        return task, (Process.items[task] if Process.items else task)
    size = plan['argument_size']
    return (task, b'.' * size) if size else task  # written, so that it takes memory: bytes(size) would not


def submitted(task):
    journal = Process.journal
    journal.words[journal.tasks + task * journal.task_words + SUBMITTED] = clock()


def received(task):
    """Its result is with the caller."""
    journal = Process.journal
    journal.words[journal.tasks + task * journal.task_words + RECEIVED] = clock()


def handed_out(task):
    """Where the caller itself hands out each task, in order."""
    submitted(task)
    journal = Process.journal
    journal.words[journal.tasks + task * journal.task_words + SEQUENCE] = task + 1


def asked(worker):
    journal = Process.journal
    journal.words[row_of(worker) + ASKED] = clock()
    count_worker(worker)


def reaped(worker, status):
    """Joined just now. @status: as Process.exitcode gives it, -9 for SIGKILL; the journal has it as wait4 does."""
    journal = Process.journal
    journal.words[row_of(worker) + REAPED_AT] = clock()
    journal.words[row_of(worker) + STATUS] = -status if status < 0 else status << 8
    journal.words[row_of(worker) + LEFT_REAPED] |= REAPED


class Serial:
    """A plain loop."""

    def __init__(self, plan):
        self.plan = plan

    def run(self):
        asked(0)
        arrive(0)
        results = []
        for task in range(self.plan['tasks']):
            handed_out(task)
            results.append(do_task(argument_of(self.plan, task)))
            received(task)
        return results

    def finish(self):
        reaped(0, 0)


class Threads:
    """threading.Thread, one per task; with -n, so many live at a time."""

    def __init__(self, plan):
        self.plan = plan
        self.results = [None] * plan['tasks']
        self.failure = None
        self.free = threading.Semaphore(plan['workers'] or plan['tasks'])
        self.threads = {}  # task: its thread, until it is joined
        self.ended = collections.deque()  # tasks whose threads are about to end

    def run(self):
        for task in range(self.plan['tasks']):
            self.free.acquire()  # pylint: disable=consider-using-with
            if self.failure:
                if Process.steps:
                    Process.steps.abandon(task)  # it will not be started: its partner may wait for it
                break
            while self.plan['workers'] and self.ended:
                self.join(self.ended.popleft())
            handed_out(task)
            asked(task)
            thread = threading.Thread(target=self.work, args=(task,), name=f'task-{task}')
            thread.start()
            self.threads[task] = thread
        for task in list(self.threads):
            self.join(task)
        if self.failure:
            raise self.failure
        return self.results

    def join(self, task):
        self.threads.pop(task).join()
        reaped(task, 0)

    def work(self, task):
        arrive(task)
        try:
            self.results[task] = do_task(argument_of(self.plan, task))
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = self.failure or failure
            if Process.steps:
                Process.steps.abandon(task)
        finally:
            self.ended.append(task)
            self.free.release()
            leave()

    def finish(self):
        """All were joined already."""


def work_in_process(task, lock, pairs, results):
    """The whole life of a process with one task."""
    attach(lock, pairs)
    arrive(task)
    try:
        results.put((task, do_task(argument_of(Process.plan, task)), None))
    except Exception as failure:  # pylint: disable=broad-except
        results.put((task, None, failure))
    leave()


class Processes:
    """multiprocessing.Process, one per task; results come back through a queue; with -n, so many live at a time."""

    def __init__(self, plan, context, lock, pairs):
        self.plan, self.context, self.lock, self.pairs = plan, context, lock, pairs
        self.queue = context.SimpleQueue()
        self.results = [None] * plan['tasks']
        self.live = {}  # sentinel: (task, process)
        self.missing = set()  # tasks without a result

    def run(self):
        bound = self.plan['workers'] or self.plan['tasks']
        for task in range(self.plan['tasks']):
            while len(self.live) >= bound:
                self.take()
            handed_out(task)
            pairs = {task // 2: self.pairs[task // 2]} if self.pairs else {}
            process = self.context.Process(target=work_in_process, args=(task, self.lock, pairs, self.queue))
            self.missing.add(task)
            process.start()
            self.live[process.sentinel] = (task, process)
        while self.live or self.missing:
            self.take()
        return self.results

    def take(self):
        """Waits for a result, or for the end of a process: one that ends without a result has died."""
        reader = self.queue._reader  # pylint: disable=protected-access
        ready = multiprocessing.connection.wait([reader, *self.live])
        while reader.poll():
            task, self.results[task], failure = self.queue.get()
            received(task)
            self.missing.discard(task)
            if failure:
                raise failure
        for sentinel in ready:
            if sentinel not in self.live:
                continue
            task, process = self.live.pop(sentinel)
            process.join()
            reaped(task, process.exitcode)
            if task in self.missing:
                raise WorkerDied(task, process.pid, process.exitcode)

    def finish(self):
        """All were joined already."""
