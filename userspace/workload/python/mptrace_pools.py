# SPDX-License-Identifier: GPL-2.0-or-later
"""multiprocessing.Pool, ThreadPool and the executors of concurrent.futures, as they come, and how they are listened to.

Three of Pool's own places are wrapped, none of its ways changed: what its task handler sends (submitted), what a
worker takes (numbered under the queue's lock), and the start of a process (asked for).
"""
import multiprocessing.pool
import multiprocessing.process
import os
import queue
import sys
import time
from concurrent import futures

from mptrace_journal import FAILED, clock
from mptrace_shapes import argument_of, asked, submitted
from mptrace_worker import (PID_TID, REAPED_AT, RECEIVED, Process, arrive_in_pool, arrive_in_thread_pool, described, do_star,
                            do_task, is_planned, open_journal, row_of, sentence)

# multiprocessing's names for what the pieces are; the leading underscore is theirs.
# pylint: disable=protected-access
_start = multiprocessing.process.BaseProcess.start
_worker = multiprocessing.pool.worker
helpers = []  # threads of a Pool's owner: without one of them it is dead


def start(self):
    """The first process's children are its workers: numbered by multiprocessing from 1."""
    counted = len(self._identity) == 1 and Process.journal and Process.plan['workload'] in ('process', 'pool')
    pooled = counted and Process.plan['workload'] == 'pool'
    if counted:
        if not is_planned(self._identity[0] - 1):
            sys.exit()  # Pool's worker handler replaces one that died: mptrace is about to say so and end the run
        asked(self._identity[0] - 1)
    _start(self)
    if pooled:  # so that one that dies before it arrives is noticed: it writes the same there
        Process.journal.words[row_of(self._identity[0] - 1) + PID_TID] = self.pid | self.pid << 32


class HandOut:
    """A Pool's task queue as its workers see it: what is taken gets a number while the queue's lock is held."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def get(self):
        journal = Process.journal
        with self.inner._rlock:
            data = self.inner._reader.recv_bytes()
            if journal:
                Process.sequence = journal.get('handed_out') + 1
                journal.set('handed_out', Process.sequence)
                Process.taken = clock()
        return multiprocessing.reduction.ForkingPickler.loads(data)


def name_locks(tasks, results):
    """Of a Pool's queues, as this process has them: spawned ones map their semaphores at other addresses."""
    Process.journal.place_semaphore(tasks._rlock, 'idle', 'task queue')
    Process.journal.place_semaphore(results._wlock, 'lock', 'result queue')


def give_up(failure):
    """A thread of the pool's owner ends by this: the pool would wait for it for ever, so the run ends here."""
    Process.journal.says(f'{described(failure)}: it ended a thread of the pool, which would wait for ever')
    Process.journal.set_state(FAILED)


def worker(inqueue, outqueue, *rest):
    """A worker process of a Pool; threads take from a queue in C that has no lock to number under."""
    if hasattr(inqueue, '_rlock'):
        open_journal()
        name_locks(inqueue, outqueue)
        inqueue = HandOut(inqueue)
    try:
        _worker(inqueue, outqueue, *rest)
    except BaseException as failure:
        Process.mine.gone = True  # it cannot speak with its pool any more: it dies, it does not leave
        if isinstance(inqueue, queue.SimpleQueue):
            give_up(failure)
        raise


def install():
    """In every process, before any pool is made."""
    multiprocessing.process.BaseProcess.start = start
    multiprocessing.pool.worker = worker


def tasks_in(message):
    """The numbers of the tasks in what a Pool's task handler sends: (job, number, function, arguments, keywords)."""
    function, arguments = message[2], message[3]
    batch = arguments[0][1] if function in (multiprocessing.pool.mapstar, multiprocessing.pool.starmapstar) else [arguments]
    for argument in batch:
        while isinstance(argument, (tuple, list)):
            argument = argument[0]
        yield argument


class Submits:
    """Notes when the task handler sends a chunk, and why workers could not be started."""

    def _repopulate_pool(self):
        try:
            super()._repopulate_pool()
        except BaseException as failure:
            Process.journal.says(sentence(failure))  # before Pool ends those it has, and perhaps fails at that
            raise

    def _wrap_put(self):
        send = self._quick_put

        def put(message):
            if message is not None:
                for task in tasks_in(message):
                    submitted(task)
            send(message)

        self._quick_put = put


class ProcessPool(Submits, multiprocessing.pool.Pool):
    """multiprocessing.Pool."""

    def _setup_queues(self):
        super()._setup_queues()
        self._wrap_put()
        self.received, get = [], self._quick_get

        def noted_get():
            try:
                message = get()
            except BaseException as failure:
                give_up(failure)  # what a task returned or raised cannot be unpickled
                raise
            if message is not None:
                self.received.append((message[0], message[1], clock()))
            return message

        self._quick_get = noted_get

    def note_received(self, plan):
        """Afterwards: when the result handler had each task's result. apply_async numbers jobs, the others chunks."""
        journal, first = Process.journal, min((job for job, _, _ in self.received), default=0)
        chunk = plan['chunk']
        for job, number, at in self.received:
            number = job - first if plan['method'] == 'apply_async' else number
            for task in range(number * chunk, min((number + 1) * chunk, plan['tasks'])):
                journal.words[journal.tasks + task * journal.task_words + RECEIVED] = at


class ThreadPool(Submits, multiprocessing.pool.ThreadPool):
    """multiprocessing.pool.ThreadPool."""
    made = None  # its task queue, made before the gate

    def _setup_queues(self):
        self._inqueue, self._outqueue = self.made, queue.SimpleQueue()
        self._quick_put, self._quick_get = self._inqueue.put, self._outqueue.get
        self._wrap_put()


def arguments_of(plan):
    generated = (argument_of(plan, task) for task in range(plan['tasks']))
    return generated if plan['arguments'] == 'generator' else list(generated)


def task_queue_of_threads():
    """A queue whose lock mptrace knows: threads that wait there are idle."""
    made = queue.SimpleQueue()
    Process.journal.place_lock(made, 'idle', 'task queue')
    return made


def timed_close(plan, close):
    """By this clock; who was not replaced before is joined then."""
    journal = Process.journal
    journal.set('closing_ns', clock())
    close()
    closed = clock()
    journal.set('closed_ns', closed)
    for worker in range(journal.get('worker_count') if not plan['max_tasks_per_child'] else 0):
        journal.words[row_of(worker) + REAPED_AT] = closed


class Pooled:
    """A pool of multiprocessing, of processes or threads; made after the gate: its creation is part of its cost."""

    def __init__(self, plan, context, lock):
        self.plan, self.context, self.lock = plan, context, lock
        self.pool = None
        if plan['workload'] == 'pool':
            self.make_queues()
        else:
            ThreadPool.made = task_queue_of_threads()

    def make_queues(self):
        """Before the gate, so that mptrace knows from the first wait on which of them is which."""
        tasks, results = self.context.SimpleQueue(), self.context.SimpleQueue()
        ready, make = [tasks, results], self.context.SimpleQueue
        name_locks(tasks, results)
        Process.journal.place(os.fstat(tasks._reader.fileno()).st_ino, 1, 'idle', 'task pipe', is_pipe=1)
        self.context.SimpleQueue = lambda: ready.pop(0) if ready else make()

    def make(self):
        workers = self.plan['workers']
        if self.plan['workload'] == 'thread-pool':
            return ThreadPool(workers, arrive_in_thread_pool)
        return ProcessPool(workers, arrive_in_pool, (self.lock,), self.plan['max_tasks_per_child'] or None,
                           self.context)

    def run(self):
        self.pool = self.make()
        self.name_helpers()
        arguments, chunk = arguments_of(self.plan), self.plan['chunk']
        method = self.plan['method']
        if method == 'map':
            return self.pool.map(do_task, arguments, chunk)
        if method == 'imap':
            return list(self.pool.imap(do_task, arguments, chunk))
        if method == 'imap_unordered':
            return list(self.pool.imap_unordered(do_task, arguments, chunk))
        if method == 'starmap':
            return self.pool.starmap(do_star, ((argument,) for argument in arguments), chunk)
        waiting = [self.pool.apply_async(do_task, (argument,)) for argument in arguments]
        return [result.get() for result in waiting]

    def name_helpers(self):
        """Pool's three helper threads."""
        for name, role in (('_worker_handler', 'worker handler'), ('_task_handler', 'task handler'),
                           ('_result_handler', 'result handler')):
            helpers.append(getattr(self.pool, name))
            tid = getattr(helpers[-1], 'native_id', None)  # from 3.8 on
            if tid:
                Process.journal.member(tid, role)

    def close(self):
        self.pool.close()
        self.pool.join()

    def finish(self):
        if self.plan['workload'] == 'pool':
            self.pool.note_received(self.plan)
        timed_close(self.plan, self.close)


class Executor:
    """ProcessPoolExecutor or ThreadPoolExecutor, a future per task."""

    def __init__(self, plan, context, lock):
        self.plan, self.context, self.lock = plan, context, lock
        self.executor = None
        self.made = task_queue_of_threads() if plan['workload'] == 'thread-pool' else None

    def make(self):
        if self.plan['workload'] == 'thread-pool':
            executor = futures.ThreadPoolExecutor(self.plan['workers'], initializer=arrive_in_thread_pool)
            executor._work_queue = self.made
            return executor
        more = {'max_tasks_per_child': self.plan['max_tasks_per_child']} if self.plan['max_tasks_per_child'] else {}
        return futures.ProcessPoolExecutor(self.plan['workers'], self.context, arrive_in_pool, (self.lock,), **more)

    def run(self):
        self.executor = self.make()
        try:
            return self.results()
        except futures.BrokenExecutor:
            time.sleep(1)  # a worker died: mptrace sees which, and ends the run
            raise

    def results(self):
        waiting = []
        for argument in arguments_of(self.plan):
            submitted(argument if isinstance(argument, int) else argument[0])
            waiting.append(self.executor.submit(do_task, argument))
        return [future.result() for future in waiting]

    def finish(self):
        timed_close(self.plan, self.executor.shutdown)
