# SPDX-License-Identifier: GPL-2.0-or-later
"""What runs in a worker, whichever way it was started: it arrives, does tasks, leaves. All of it can be pickled."""
import itertools
import multiprocessing
import multiprocessing.util
import os
import resource
import threading

from mptrace_journal import Journal, clock, load_plan, thread_id
from mptrace_steps import Steps

# Words of struct journal_worker and struct journal_task (userspace/workload/journal.h).
ASKED, ARRIVED, SWITCHES, PID_TID, LEFT_REAPED, STATUS = range(6)
SUBMITTED, STARTED, ENDED, SEQUENCE, CHECKSUM, RETURNED, WORKER_TID = range(7)
LEFT = 1
RUSAGE_THREAD = getattr(resource, 'RUSAGE_THREAD', 1)


class Process:
    """This process: its journal and steps; its threads keep their row in `mine`."""
    plan = journal = steps = None
    mine = threading.local()
    thread_numbers = itertools.count()
    sequence = 0  # of the chunk that this process took last


def attach(lock, call=None):
    """In every process once: the journal, and what tasks need. @lock: of lock steps."""
    if Process.journal is None:
        Process.plan = load_plan()
        Process.journal = Journal(Process.plan)
    Process.steps = Steps(Process.plan, Process.journal, lock)
    Process.call = call


def row_of(worker):
    if worker >= Process.plan['journal']['worker_room']:
        raise RuntimeError(f'worker {worker} is one more than was planned for')
    return Process.journal.workers + worker * Process.journal.worker_words


def arrive(worker):
    """This thread is worker number @worker from now on."""
    words, row = Process.journal.words, row_of(worker)
    Process.mine.worker, tid = worker, thread_id()
    Process.mine.worker_tid = worker | tid << 32
    words[row + PID_TID] = os.getpid() | tid << 32
    words[row + ARRIVED] = clock()


def count_worker(worker):
    journal = Process.journal
    if worker >= journal.get('worker_count'):
        journal.set('worker_count', worker + 1)


def leave():
    usage = resource.getrusage(RUSAGE_THREAD)
    words, row = Process.journal.words, row_of(Process.mine.worker)
    words[row + SWITCHES] = usage.ru_nvcsw + usage.ru_nivcsw
    words[row + LEFT_REAPED] |= LEFT


def arrive_in_pool(lock):
    """The initializer of a pool's worker process: numbered by its parent, also where another worker is replaced."""
    attach(lock)
    arrive(multiprocessing.current_process()._identity[-1] - 1)  # pylint: disable=protected-access
    multiprocessing.util.Finalize(None, leave, exitpriority=0)


def arrive_in_thread_pool():
    worker = next(Process.thread_numbers)
    count_worker(worker)
    arrive(worker)


def do_task(argument):
    """One task. @argument: its number, or (its number, payload). Returns the checksum, or (checksum, payload)."""
    task = argument if isinstance(argument, int) else argument[0]
    words, row = Process.journal.words, Process.journal.tasks + task * Process.journal.task_words
    words[row + WORKER_TID] = Process.mine.worker_tid
    if Process.sequence:
        words[row + SEQUENCE] = Process.sequence
    words[row + STARTED] = clock()
    checksum = Process.steps.run(task)
    words[row + CHECKSUM] = checksum
    words[row + ENDED] = clock()
    size = Process.plan['result_size']
    return (checksum, bytes(size)) if size else checksum


def do_star(*argument):
    """The same for starmap, which takes an argument apart."""
    return do_task(argument[0] if len(argument) == 1 else argument)
