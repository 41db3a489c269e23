# SPDX-License-Identifier: GPL-2.0-or-later
"""
Statements about what Python's API returns and offers, each a function for --call mptrace_api:FUNCTION --items 'range(N)': it
raises AssertionError where the statement does not hold. @way: the number of the task, which of several ways is tried.
"""
import array
import multiprocessing
import os
import threading

NUMBERS = [3, 1, 2]
DOUBLED = [6, 2, 4]


def double(number):
    return 2 * number


def expect(holds, says):
    """As assert does, but under python -O too."""
    if not holds:
        raise AssertionError(says)


def results_of(*methods):
    """What these methods of a real Pool return for NUMBERS, as they return it."""
    with multiprocessing.get_context('fork').Pool(1) as pool:
        return [method(pool) for method in methods]


def map_returns_a_list_in_order(way):
    """Pool.map, of a list, a tuple and a generator."""
    numbers = (NUMBERS, tuple(NUMBERS), (number for number in NUMBERS))[way % 3]
    result, = results_of(lambda pool: pool.map(double, numbers))
    expect(type(result) is list and result == DOUBLED, f'map of a {type(numbers).__name__} returned {result!r}')


def others_return_a_list_or_array(_way):
    """Pool.imap and Pool.imap_unordered: a list; any method of Pool that takes many arguments: an array."""
    lazy = results_of(lambda pool: pool.imap(double, NUMBERS),
                      lambda pool: pool.imap_unordered(double, NUMBERS))
    results = lazy + results_of(lambda pool: pool.map(double, NUMBERS),
                                lambda pool: pool.map(double, array.array('i', NUMBERS)),
                                lambda pool: pool.map_async(double, NUMBERS).get(),
                                lambda pool: pool.starmap(double, [(number,) for number in NUMBERS]))
    lists = all(isinstance(result, list) for result in lazy)
    arrays = any(isinstance(result, array.array) for result in results)
    types = [type(result).__name__ for result in results]
    expect(lists and arrays, f'imap returned a {types[0]}, imap_unordered a {types[1]}, all methods {", ".join(sorted(set(types)))}')


def pool_has_a_worker_per_cpu(way):
    """Pool() on all CPUs that it may use, and on one of them."""
    allowed = os.sched_getaffinity(0)
    cpus = (allowed, {min(allowed)})[way % 2]
    os.sched_setaffinity(0, cpus)
    try:
        with multiprocessing.get_context('fork').Pool():
            workers = len(multiprocessing.active_children())
    finally:
        os.sched_setaffinity(0, allowed)
    expect(workers == len(cpus), f'{workers} workers on {len(cpus)} CPU(s)')


def process_gives_its_value(_way):
    """Process.join(), or a public attribute of the Process that has ended."""
    process = multiprocessing.get_context('fork').Process(target=double, args=(2100000021,))
    process.start()
    values = [process.join()]
    values += [getattr(process, name) for name in dir(process) if not name.startswith('_')]
    expect(4200000042 in values, f'join() returned {values[0]!r}, exitcode is {process.exitcode}, and no attribute has the value')


def thread_offers_an_end(_way):
    """A method of threading.Thread that ends or interrupts it from outside."""
    names = {'kill', 'terminate', 'stop', 'cancel', 'interrupt', 'close', 'abort', 'send_signal'}
    offered = [name for name in dir(threading.Thread) if name.lower() in names]
    expect(offered, 'threading.Thread has no method ' + ', '.join(sorted(names)))
