# SPDX-License-Identifier: GPL-2.0-or-later
"""What runs in a worker, whichever way it was started: it arrives, does tasks, leaves. All of it can be pickled."""
import errno
import importlib
import importlib.util
import itertools
import multiprocessing
import multiprocessing.util
import os
import resource
import sys
import threading
import traceback

from mptrace_journal import Journal, clock, load_plan, thread_id
from mptrace_steps import Steps, seed

# Words of struct journal_worker and struct journal_task (userspace/workload/journal.h).
ASKED, ARRIVED, SWITCHES, PID_TID, LEFT_REAPED, STATUS, LEFT_AT, REAPED_AT = range(8)
SUBMITTED, STARTED, ENDED, TAKEN, RECEIVED, SEQUENCE, CHECKSUM, RETURNED, WORKER_TID = range(9)
FAILED = 10  # MESSAGES is between them
LEFT = 1
RUSAGE_THREAD = getattr(resource, 'RUSAGE_THREAD', 1)


def sentence(failure):
    """An exception in words, with what it leaves unsaid itself."""
    words = described(failure)
    if isinstance(failure, ImportError):
        return f'{words}; this is {sys.executable}: --python VENV/bin/python names another'
    if isinstance(failure, RuntimeError) and "can't start new thread" in str(failure):
        return f'{words}: {os.strerror(errno.EAGAIN)}'  # pthread_create's error at a limit; Python keeps it to itself
    if isinstance(failure, EOFError) and Process.plan['start_method'] == 'forkserver':
        return f'{words}: the forkserver has ended (what it says itself goes to stderr)'
    return words


class Process:
    """This process: its journal and steps; its threads keep their row in `mine`."""
    plan = journal = steps = call = None
    memory = None  # of --parent-memory, kept in the first process
    items = None  # of --call, in the first process; None: the numbers themselves
    mine = threading.local()
    thread_numbers = itertools.count()
    sequence = taken = 0  # of the chunk that this process took last: its number, and when


def described(failure):
    """Its type and its text, which is the user's code too and may raise whatever it likes."""
    try:
        return f'{type(failure).__name__}: {failure}'
    except BaseException:  # pylint: disable=broad-except
        return f'{type(failure).__name__}, whose text cannot be had'


class Call:
    """The user's function: found by the user's rights, from the user's directory, in every process that needs it."""

    def __init__(self, plan):
        where, name = plan['call'].rsplit(':', 1)
        if where.endswith('.py'):
            path = os.path.abspath(where)
            sys.path.insert(0, os.path.dirname(path))
            where = os.path.basename(path)[:-3]
            if where not in sys.modules:
                spec = importlib.util.spec_from_file_location(where, path)
                sys.modules[where] = module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
            elif os.path.realpath(getattr(sys.modules[where], '__file__', None) or '') != os.path.realpath(path):
                raise ValueError(f'{path}: Python has another module {where} already: rename the file')
        else:
            sys.path.insert(0, os.getcwd())
        self.function = importlib.import_module(where)
        for part in name.split('.'):
            self.function = getattr(self.function, part)

    def run(self, task, item):
        """What the function returned. Its exception is told with the number of the task, here where it happened."""
        try:
            return self.function(item)
        except SystemExit as failure:
            Process.mine.gone = True  # the worker ends in the midst of a task: it must not look as if it had left
            Process.journal.says(f'task {task}: sys.exit({failure.code})')
            raise
        except BaseException as failure:
            Process.journal.says(f'task {task}: {described(failure)}')
            print(f'mptrace: task {task} failed:', file=sys.stderr)
            traceback.print_exc()
            raise


def open_journal():
    """In every process once; forked ones inherit it."""
    if Process.journal is None:
        Process.plan = load_plan()
        Process.journal = Journal(Process.plan)


def attach(lock, pairs):
    """In every process: the journal, and what tasks need. @lock: of lock steps; @pairs: of exchange steps, by number."""
    open_journal()
    if not Process.plan['call']:
        Process.steps = Steps(Process.plan, Process.journal, lock, pairs)
    elif not Process.call:
        Process.call = Call(Process.plan)


def is_planned(worker):
    return worker < Process.plan['journal']['worker_room']


def row_of(worker):
    if not is_planned(worker):
        raise RuntimeError(f'worker {worker} is one more than was planned for')
    return Process.journal.workers + worker * Process.journal.worker_words


def note_cost():
    """ns that the lines of do_task which note a task take: done again and again in the row of task 0, then undone."""
    words, row = Process.journal.words, Process.journal.tasks
    before, best = list(words[row:row + Process.journal.task_words]), None
    for _ in range(20):
        begin = clock()
        for _ in range(100):
            words[row + WORKER_TID] = 1
            words[row + SEQUENCE] = 1
            words[row + TAKEN] = 1
            words[row + STARTED] = clock()
            words[row + CHECKSUM] = 1
            words[row + ENDED] = clock()
        took = (clock() - begin) // 100
        best = took if best is None else min(best, took)
    for at, word in enumerate(before):
        words[row + at] = word
    return best


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
    if getattr(Process.mine, 'gone', False):
        return
    usage = resource.getrusage(RUSAGE_THREAD)
    words, row = Process.journal.words, row_of(Process.mine.worker)
    words[row + SWITCHES] = usage.ru_nvcsw + usage.ru_nivcsw
    words[row + LEFT_REAPED] |= LEFT
    words[row + LEFT_AT] = clock()


def arrive_in_pool(lock):
    """The initializer of a pool's worker process: numbered by its parent, also where another worker is replaced."""
    attach(lock, {})
    arrive(multiprocessing.current_process()._identity[-1] - 1)  # pylint: disable=protected-access
    multiprocessing.util.Finalize(None, leave, exitpriority=0)


def arrive_in_thread_pool():
    worker = next(Process.thread_numbers)
    count_worker(worker)
    arrive(worker)


def do_task(argument):
    """
    One task. @argument: its number, or (its number, payload or item). Returns the checksum, or (checksum, payload or
    what the user's function returned). Where there is nothing to verify, the checksum stands for the task's number.
    """
    task = argument if isinstance(argument, int) else argument[0]
    words, row = Process.journal.words, Process.journal.tasks + task * Process.journal.task_words
    words[row + WORKER_TID] = Process.mine.worker_tid
    if Process.sequence:
        words[row + SEQUENCE] = Process.sequence
        words[row + TAKEN] = Process.taken
    words[row + STARTED] = clock()
    try:
        if Process.call:
            value = Process.call.run(task, argument[1])
            words[row + CHECKSUM] = seed(task)
            words[row + ENDED] = clock()
            return seed(task), value
        checksum = Process.steps.run(task)
    except BaseException:
        words[row + FAILED] = 1
        raise
    words[row + CHECKSUM] = checksum
    words[row + ENDED] = clock()
    size = Process.plan['result_size']
    return (checksum, b'.' * size) if size else checksum


def do_star(*argument):
    """The same for starmap, which takes an argument apart."""
    return do_task(argument[0] if len(argument) == 1 else argument)
