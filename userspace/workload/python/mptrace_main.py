# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the plan in plan.json beside it: started by mptrace run --engine python, not by hand.

Descriptor 3 is the journal, 4 a stream: its first byte opens the gate, its second ends the run. spawn and
forkserver import this file again in every child: what stands at the top level happens there too.
"""
import json
import mmap
import multiprocessing
import os
import sys
import threading
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
import mptrace_pools
import mptrace_steps
from mptrace_exchange import make_pairs
from mptrace_journal import FAILED, FOLDER, GATE, READY, RETURNED, Journal, clock, load_plan
from mptrace_shapes import Processes, Serial, Threads
from mptrace_steps import calibrate, make_inherited, make_read_file
from mptrace_worker import RETURNED as RETURNED_WORD
from mptrace_worker import Process, attach, leave, note_cost, sentence

mptrace_pools.install()


def shape_of(plan, context, lock, pairs):
    workload = plan['workload']
    if workload == 'serial':
        return Serial(plan)
    if workload == 'thread':
        return Threads(plan)
    if workload == 'process':
        return Processes(plan, context, lock, pairs)
    return (mptrace_pools.Executor if plan['method'] == 'submit' else mptrace_pools.Pooled)(plan, context, lock)


def read_items(items):
    """Lines of JSON; None for range(N): each task is called with its number."""
    if items.startswith('range('):
        return None
    with open(items, 'rb') as file:  # lines as mptrace counted them
        lines = [(number, line) for number, line in enumerate(file, 1) if line.strip(b' \t\r\n')]
    values = []
    for number, line in lines:
        try:
            values.append(json.loads(line))
        except ValueError as failure:
            raise ValueError(f'{items}:{number}: {failure}') from None
    return values


def fill_memory(size):
    """What the first process has of its own when it starts workers, one byte written in each page."""
    area = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(area, 'madvise'):
        area.madvise(getattr(mmap, 'MADV_NOHUGEPAGE', 15))
    for at in range(0, size, mmap.PAGESIZE):
        area[at] = 1
    return area


def prepare(plan):
    """Everything that is not what is measured."""
    journal = Process.journal = Journal(plan)
    Process.plan = plan
    if plan['switch_interval']:
        sys.setswitchinterval(plan['switch_interval'])
    cpu, native = calibrate()
    journal.set('steps_per_ms_before', cpu)
    journal.set('native_per_ms', native)
    journal.set('note_ns', note_cost())
    if plan['parent_memory']:
        Process.memory = fill_memory(plan['parent_memory'])
    if plan['call']:
        Process.items = read_items(plan['items'])
    else:
        make_read_file(plan)
        make_inherited(plan)
    # The forkserver's socket and named semaphores go where mptrace removes them, whatever happens.
    multiprocessing.process.current_process()._config.update(  # pylint: disable=protected-access
        tempdir=FOLDER, semprefix='/' + os.path.basename(FOLDER))
    context = multiprocessing.get_context(plan['start_method'])
    processes = plan['workload'] in ('process', 'pool')
    lock = context.Lock() if processes else threading.Lock()
    if not plan['call']:  # else nobody keeps it, and another lock may come to lie there
        (journal.place_semaphore if processes else journal.place_lock)(lock, 'lock', 'task lock')
    pairs = make_pairs(plan, context)
    attach(lock, pairs)
    # For children that do not inherit the mapping.
    plan['first_process'] = os.getpid()
    with open(os.path.join(FOLDER, 'plan.json'), 'w', encoding='utf-8') as file:
        json.dump(plan, file)
    return shape_of(plan, context, lock, pairs)


def keep(results, journal):
    """The ordered list as the caller has it, into the journal."""
    for task, result in enumerate(results):
        journal.words[journal.tasks + task * journal.task_words + RETURNED_WORD] = result if isinstance(result, int) else result[0]
    journal.set('tasks_done', len(results))
    if mptrace_steps.raced:
        journal.set('race_count', mptrace_steps.raced)


def name_servers(journal):
    """The processes that multiprocessing keeps for spawn and forkserver."""
    tracker = sys.modules.get('multiprocessing.resource_tracker')
    server = sys.modules.get('multiprocessing.forkserver')
    # pylint: disable=protected-access
    if tracker and getattr(tracker._resource_tracker, '_pid', None):
        journal.member(tracker._resource_tracker._pid, 'resource tracker')
    if server and getattr(server._forkserver, '_forkserver_pid', None):
        journal.member(server._forkserver._forkserver_pid, 'forkserver')


def run():
    plan = load_plan()
    shape = prepare(plan)
    journal = Process.journal
    watch_helpers()
    journal.set_state(READY)
    if not os.read(GATE, 1):  # mptrace is gone
        return 1
    results = shape.run()
    journal.set('returned_ns', clock())
    keep(results, journal)
    name_servers(journal)
    journal.set_state(RETURNED)
    os.read(GATE, 1)
    shape.finish()
    journal.set('steps_per_ms_after', calibrate()[0])
    if plan['workload'] == 'serial':
        leave()  # the other workers have left when they ended
    return 0


def is_the_users(failure):
    """True if code that is neither ours nor Python's own led to it: then the way there is worth showing."""
    files = [frame.filename for frame in traceback.extract_tb(failure.__traceback__)]
    return any(not file.startswith((FOLDER, '<', os.path.dirname(os.__file__))) for file in files)


def fail(failure):
    Process.journal.says(sentence(failure))
    Process.journal.set_state(FAILED)


def watch_helpers():
    """A Pool's helper thread that dies of an exception leaves its caller waiting for ever (Python has the hook from 3.8 on)."""
    tell = getattr(threading, 'excepthook', None)

    def hook(arguments):
        tell(arguments)
        if arguments.thread in mptrace_pools.helpers and not issubclass(arguments.exc_type, SystemExit):
            fail(arguments.exc_value)

    threading.excepthook = hook


def main():
    try:
        return run()
    except BaseException as failure:  # pylint: disable=broad-except
        if not Process.journal:
            raise
        if not Process.journal.has_said() and is_the_users(failure):
            traceback.print_exc()
        fail(failure)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)  # mptrace ends all others now: a Pool that is taken apart meanwhile would only complain


if __name__ == '__main__':
    sys.exit(main())
