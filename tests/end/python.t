#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Python engine: every workload, method and start method; known answers; interpreters; what cannot be honoured."""
import json
import math
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

from mptrace import (Run, children, experiment, failing, interpreters, loses_updates, main, mptrace, nothing_left, off, ok,
                     parallel_known, schema_errors, until, until_together)

WORKLOADS = ['serial', 'thread', 'thread-pool', 'process', 'pool', 'pool --start-method spawn', 'pool --start-method forkserver']
ALL_STEPS = '2*cpu:1ms,native:1ms,sleep:1ms,touch:100K,read:70K,write:130K+lock:20us,none,race:100+call:100'


def python(words, **how):
    """A run of the Python engine that must go well."""
    run = experiment(f'{words} --engine python', **how)
    result = run.result
    ok(run.status == 0 and not failing(result) and not off(result), f'{words}: goes well', run.status, result['outcome'], off(result),
       failing(result), run)
    return result


def roles(result):
    return sorted(thread['role'] for thread in result['threads'])


def verdict(result, name):
    return next((check['verdict'] for check in result['checks'] if check['id'] == name), None)


def test_workloads():
    for path in interpreters():
        for workload in WORKLOADS:
            bound = '' if workload == 'serial' else '-n 2'
            inherits = '' if 'start-method' in workload else ',cow:100K'  # a spawned process has nothing to copy
            result = python(f'{workload} -t 24 {bound} --task {ALL_STEPS}{inherits} --python {path}')
            errors = schema_errors(result)
            ok(not errors, f'{workload} {path}: the schema holds', *errors[:5])
            ok(verdict(result, 'verified') == 'PASS' and result['outcome']['tasks_done'] == 24,
               f'{workload} {path}: every step is verified', result['checks'])
            wrong = [t['tid'] for t in result['threads']
                     if t['on_cpu_ns'] + t['run_queue_ns'] + sum(t['blocked_ns'].values()) != t['end_ns'] - t['start_ns']]
            ok(result['threads'] and not wrong, f'{workload} {path}: every nanosecond is accounted for', wrong)
            named = result['environment']['interpreter']
            ok(named['version'].startswith('CPython 3.') and named['build'], f'{workload} {path}: the interpreter is named', named)
            gil = result['totals']['gil_ns']
            ok(gil == 0 or workload.startswith('thread'), f'{workload} {path}: only threads wait for the GIL: {gil} ns')


def test_cow():
    pages = 1024
    plain = python('process -t 2 --task none')['totals']['faults_cow']
    copies = python('process -t 2 --task cow:4M')['totals']['faults_cow'] - plain
    ok(abs(copies - 2 * pages) < 300, f'two processes copy {pages} pages each: {copies}')
    copies = python('thread -t 2 --task cow:4M')['totals']['faults_cow']
    ok(copies < 100, f'threads copy none: {copies}')


def test_race():
    lost = python('serial -t 2 --task race:100000')['totals']['lost_updates']
    ok(lost == 0, 'serial loses no update', lost)
    totals = python('thread -t 2 --task race:100000')['totals']
    ok(0 <= totals['lost_updates'] < 200000, 'threads race for a global of theirs', totals)
    for workload in ('process', 'pool -n 2 --chunk 1'):
        totals = until_together(lambda words=workload: python(f'{words} -t 2 --task race:500000')['totals'])
        loses_updates(workload, totals, 1000000)


def test_interrupted():
    for words in ('thread', 'process --start-method fork', 'process --start-method spawn'):
        result = python(f'{words} -t 3 --task sleep:60ms --signal USR1@20ms:1')
        figures = [result['totals'][name] for name in ('tasks_done', 'tasks_failed', 'tasks_interrupted', 'workers_killed')]
        ok(figures == [3, 0, 0, 0], f'{words}: USR1 neither kills nor ends a sleep (PEP 475)', figures)


def test_exchange():
    """Threads that spin hand one another the GIL, each time after a switch interval."""
    for start in ('fork', 'spawn', 'forkserver'):
        result = python(f'process -t 2 --task exchange:shared:9+exchange:pipe:9:4K+exchange:semaphore:9 --start-method {start}')
        ok(result['totals']['messages'] == 27, f'{start}: every message arrives', result['totals']['messages'])
    arrived = python('process -t 2 --task exchange:memory:9')['totals']['messages']
    ok(arrived == 0, 'between processes nothing arrives in ordinary memory', arrived)
    result = python('thread -t 4 -n 2 --switch-interval 0.001 --task exchange:memory:9:4K+exchange:shared:9+exchange:pipe:9+exchange:semaphore:9')
    ok(result['totals']['messages'] == 2 * 36, 'between threads every message arrives', result['totals']['messages'])
    for channel in ('memory', 'shared', 'pipe', 'semaphore'):
        run = experiment(f'thread -t 6 -n 2 --task touch:1024G+exchange:{channel}:9,exchange:{channel}:9 --engine python --timeout 5')
        ok(run.status == 1 and run.result['outcome']['status'] == 'failed', f'{channel}: a partner that fails is not waited for', run)


def test_shapes():
    """n forks for a Pool of n, its helpers by name; a thread or a process per task."""
    result = python('pool -t 12 -n 3 --task cpu:1ms')
    ok(roles(result) == ['main', 'result handler', 'task handler', 'worker', 'worker', 'worker', 'worker handler'],
       'a Pool of 3: 3 workers and three helper threads', roles(result))
    ok(len(result['processes']) == 4, 'and 4 processes')
    result = python('process -t 5 --task none')
    ok(roles(result) == ['main'] + ['worker'] * 5 and len(result['processes']) == 6, 'process: one each', roles(result))
    result = python('thread -t 5 --task none')
    ok(roles(result) == ['main'] + ['worker'] * 5 and len(result['processes']) == 1, 'thread: one each', roles(result))
    result = python('pool -t 10 -n 2 --start-method spawn --task none')
    ok('resource tracker' in roles(result), 'spawn: the resource tracker is named', roles(result))
    result = python('pool -t 10 -n 2 --start-method forkserver --task none')
    ok({'resource tracker', 'forkserver'} <= set(roles(result)), 'forkserver: it and the resource tracker are named', roles(result))


def test_idle():
    """Two workers are done 300 ms before the third: one waits for work at the task pipe, the other at the queue's lock."""
    for start in ('fork', 'spawn', 'forkserver'):
        result = python(f'pool -t 3 -n 3 --chunk 1 --start-method {start} --task 2*sleep:300ms,sleep:600ms')
        blocked = [thread['blocked_ns'] for thread in result['threads'] if thread['role'] == 'worker']
        lock, idle = (sum(causes[cause] for causes in blocked) for cause in ('lock', 'idle'))
        ok(idle > 0.2e9 and lock < 0.1 * idle, f'{start}: who waits for work is idle', lock, idle, result['locks'])
        waited = [row['wait_ns'] for row in result['locks'] if row['symbol'] == 'task queue']
        ok(len(waited) == 1 and waited[0] > 0.1e9, f'{start}: the lock of the task queue is named', result['locks'])


def test_methods():
    for method in ('map', 'imap', 'imap_unordered', 'apply_async', 'starmap', 'submit'):
        for workload in ('pool', 'thread-pool'):
            result = python(f'{workload} -t 30 -n 2 --task cpu:100us --method {method}')
            order = 'NO-CHANCE' if method == 'imap_unordered' else 'PASS'
            ok(verdict(result, 'ordered') == order, f'{workload}, {method}: order {order}', verdict(result, 'ordered'))
    for start in ('fork', 'spawn', 'forkserver'):
        python(f'pool -t 30 -n 2 --task cpu:100us --start-method {start} --method submit')
        python(f'process -t 4 --task cpu:100us --start-method {start}')


def test_chunks():
    """Exactly ceil(tasks / chunk) messages, taken in order."""
    for tasks, chunk in ((100, 7), (64, 64), (10, 1)):
        result = python(f'pool -t {tasks} -n 2 --chunk {chunk} --task none')
        taken = {task['sequence'] for task in result['tasks']}
        ok(taken == set(range(1, math.ceil(tasks / chunk) + 1)), f'{tasks} tasks in chunks of {chunk}: {math.ceil(tasks / chunk)} hand-outs',
           sorted(taken))
        ok(verdict(result, 'fifo') in ('PASS', 'NO-CHANCE'), 'in order')
    result = python('pool -t 40 -n 2 --chunk 2 --max-tasks-per-child 5 --task none')
    ok(4 <= len([t for t in result['threads'] if t['role'] == 'worker']) <= 6, '20 chunks, 5 per child: about 4 workers', roles(result))


def test_sizes():
    result = python('pool -t 40 -n 2 --chunk 1 --argument-size 256K --result-size 128K --task none')
    read, written = result['totals']['read_bytes'], result['totals']['written_bytes']
    ok(40 * 262144 < read < 40 * 262144 * 1.1 and 40 * 131072 < written < 40 * 131072 * 1.1,
       'arguments and results are moved as asked', read, written)


def test_arguments():
    """A list of arguments is in the caller's memory, a generator's are made as they are needed."""
    peaks = {}
    for kind in ('list', 'generator'):
        result = python(f'pool -t 200 -n 2 --method imap --argument-size 256K --arguments {kind} --task none')
        peaks[kind] = next(process['peak_rss_bytes'] for process in result['processes'] if process['role'] == 'main')
    ok(peaks['list'] > peaks['generator'] + 25 * 1048576, '50 MiB of arguments: as a list they are held at once', peaks)


def test_gil():
    result = {}
    totals = parallel_known(lambda: result.update(python('thread -t 2 --task cpu:300ms')) or result['totals'])
    rows = [lock for lock in result['locks'] if lock['kind'] == 'gil']
    ok(len(rows) == 1 and rows[0]['cause'] == 'gil' and rows[0]['scope'] == 'private', 'one lock is the GIL', result['locks'])
    ok(totals['parallelism'] < 1.1 and totals['gil_ns'] > 0.6 * totals['on_cpu_ns'], 'two threads compute one after the other', totals)
    drops, expected = totals['gil_forced_drops'], totals['on_cpu_ns'] / 5e6
    ok(0.5 * expected <= drops <= 1.2 * expected, f'a switch every 5 ms: {drops} forced drops, {expected:.0f} times 5 ms on a CPU', totals)
    finer = python('thread -t 2 --task cpu:300ms --switch-interval 0.001')['totals']
    ok(finer['gil_forced_drops'] / finer['on_cpu_ns'] > 2.5 * drops / totals['on_cpu_ns'], f'every ms: {finer["gil_forced_drops"]}', finer)
    totals = parallel_known(lambda: python('process -t 2 --task cpu:100ms')['totals'])
    ok(totals['gil_ns'] == 0 and totals['parallelism'] > 1.3, 'processes do not wait for it, and run at once', totals)
    totals = parallel_known(lambda: python('thread -t 2 --task native:200ms')['totals'])
    ok(totals['parallelism'] > 1.5, 'nor do threads in C code that gives it up', totals)


def test_late():
    """A 2 ms sleep beside a thread that computes ends a switch interval late, each time."""
    sleeps = '+'.join(['sleep:2ms'] * 10)
    totals = python(f'thread -t 2 --task cpu:200ms,{sleeps}')['totals']
    ok(0.03e9 < totals['gil_after_io_ns'] < 0.08e9, 'ten sleeps end 5 ms late each', totals)
    totals = python(f'process -t 2 --task cpu:200ms,{sleeps}')['totals']
    ok(totals['gil_after_io_ns'] == 0, 'beside a process they do not')


def test_hand_over():
    """Submitted, taken, started, ended, received: in this order, for every task of a Pool."""
    for method in ('map', 'imap', 'apply_async'):
        tasks = python(f'pool -t 20 -n 2 --task cpu:100us --method {method}')['tasks']
        stations = [[task[key] for key in ('submit_ns', 'taken_ns', 'start_ns', 'end_ns', 'received_ns')] for task in tasks]
        ok(all(None not in times and times == sorted(times) for times in stations), f'{method}: each task passes its stations in order',
           *[times for times in stations if None in times or times != sorted(times)])


def test_killed():
    for start in ('fork', 'spawn', 'forkserver'):
        run = Run(f'run pool -n 2 -t 100 --chunk 1 --task sleep:1s --engine python --start-method {start}'.split())
        ok(until(10, lambda at=run: len(at.inside()) >= 3), f'{start}: it is under way', run.inside())
        run.process.kill()
        ok(until(1.5, lambda at=run: not at.inside()), f'{start}: SIGKILL of mptrace ends every worker and server', run.inside())
        run.wait()
        nothing_left(f'{start}, after SIGKILL')


def test_many():
    result = python('pool -t 10000 -n 2 --chunk 1 --task none')
    ok(not any(result['tracer']['lost'].values()), '10,000 tasks lose nothing', result['tracer']['lost'])


def test_locks():
    result = python('thread -t 4 --task lock:50ms')
    named = [lock for lock in result['locks'] if lock['symbol'] == 'task lock']
    ok(len(named) == 1 and 0.2e9 < named[0]['wait_ns'] < 0.45e9, 'a threading.Lock held for 50 ms by 4 threads: up to 300 ms of waiting', named)
    result = python('pool -t 4 -n 4 --chunk 1 --task lock:50ms')
    named = [lock for lock in result['locks'] if lock['symbol'] == 'task lock']
    ok(len(named) == 1 and named[0]['scope'] == 'shared', 'between processes it is shared', named)
    idle = python('pool -t 20 -n 4 --chunk 20 --task cpu:5ms')['totals']
    ok(idle['idle_ns'] > 2 * 50e6 and idle['io_ns'] < idle['idle_ns'] / 10, 'workers at an empty task queue are idle', idle)


def test_deaths(scratch):
    """A worker that is killed: said which, how, on which task; never a hang."""
    run = mptrace('run', 'pool', '-t', '2', '-n', '2', '--chunk', '1', '--task', 'touch:200M', '--memory-limit', '100M', '--engine', 'python', '-j')
    outcome = run.result['outcome'] if run.result else {}
    ok(run.status == 1 and 'OOM' in (outcome.get('says') or ''), 'an OOM kill ends a Pool, and is said', outcome, run)
    run = mptrace('run', 'pool', '-t', '100', '--task', 'sleep:1s', '--engine', 'python', '--timeout', '0.5', '-j')
    ok(run.status == 124, 'a timeout ends it', run)
    nothing_left('after Pythons died')
    for name, text, says in (('no', '#!/bin/sh\necho hello\n', 'no Python'), ('fails', '#!/bin/sh\nexit 3\n', 'no Python'),
                             ('old', '#!/bin/sh\necho \'["/o", "CPython", "3.6.9", false, false, 0, [], true, "", ""]\'\n', '3.6.9'),
                             ('garbage', '#!/bin/sh\necho \'["/bin/true", "CPython", "3.11.2", true, false, 0, ["fork", 3], true, "", ""]\'\n', 'status 0'),
                             ('lost', '#!/bin/sh\necho \'["/nowhere/python", "CPython", "3.11.2", true, false, 0, [], true, "", ""]\'\n', '/nowhere'),
                             ('hanging', '#!/bin/sh\nsleep 300\n', 'no Python'),
                             ('pypy', '#!/bin/sh\necho \'["/o", "PyPy", "3.10.1", true, false, 0, [], true, "", ""]\'\n', 'PyPy')):
        path = Path(scratch, name)
        path.write_text(text, encoding='utf-8')
        path.chmod(0o755)
        run = mptrace('run', 'serial', '--engine', 'python', '--python', str(path))
        ok(run.status == 3 and says in run.stderr and run.stderr.count('\n') == 1, f'an interpreter that is {name}: exit 3, one line', run)
    nothing_left('after interpreters that were none')
    for name in ('', '/'):
        run = mptrace('run', 'serial', '--engine', 'python', '--python', name)
        ok(run.status == 3 and 'there is no Python' in run.stderr, f"--python '{name}' is no directory of PATH", run)
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        run = Run(['run', 'serial', '--engine', 'python', '--python', f'{scratch}/hanging'])
        until(2, lambda at=run: children(at.pid))
        time.sleep(0.1)
        run.process.send_signal(number)
        ok(run.wait().status == status and run.stderr.count('\n') == 1, f'{number.name} while an interpreter is asked: exit {status}', run)
        nothing_left(f'{number.name} while an interpreter is asked')
    shim = Path(scratch, 'shim')
    shim.write_text('#!/bin/sh\nexec /usr/bin/python3 "$@"\n', encoding='utf-8')
    shim.chmod(0o755)
    result = python(f'serial -t 1 --task none --python {shim}')
    ok(result['environment']['interpreter']['path'].startswith('/usr/bin/python3'), 'a shim is seen through',
       result['environment']['interpreter'])


def refused(words, *names):
    run = mptrace('run', *words.split())
    ok(run.status == 2 and run.stderr.count('\n') == 1 and all(name in run.stderr for name in names),
       f'{words}: exits 2 and names {", ".join(names)}', run)


def test_refused():
    refused('pool --start-method fork', '--start-method', '--engine python')
    refused('pool --engine pyhton', 'pyhton')
    refused('pool --engine python --start-method frok', 'frok', 'fork')
    refused('pool --engine python --method mapp', 'mapp', 'map')
    refused('thread --engine python --start-method fork', '--start-method', 'no process')
    refused('thread --engine python --argument-size 1K', '--argument-size', 'pickled')
    refused('serial --engine python --method map', '--method')
    refused('process --engine python --arguments generator', '--arguments')
    refused('thread-pool --engine python --max-tasks-per-child 3', '--max-tasks-per-child')
    refused('pool --engine python --method submit --chunk 4', '--chunk')
    refused('process --engine python --task cow:4K --start-method spawn', 'cow', 'fork')
    refused('pool --engine python --switch-interval 0', '--switch-interval')
    run = mptrace('run', 'serial', '--engine', 'python', '--python', '/nowhere/python')
    ok(run.status == 3 and '/nowhere/python' in run.stderr, 'no such interpreter: exit 3', run)
    run = mptrace('run', 'serial', '--engine', 'python', '--python=')
    ok(run.status == 3 and 'there is no Python' in run.stderr, 'nor one without a name: exit 3', run)


def test_text():
    run = mptrace('run', 'thread', '-n', '2', '-t', '20', '--task', 'cpu:5ms', '--engine', 'python')
    ok(run.status == 0 and 'CPython 3.' in run.stdout and 'workers waited for it' in run.stdout, 'the text speaks of the GIL', run)
    wide = [line for line in run.stdout.splitlines() if len(line) > 100]
    ok(not wide, 'in 100 columns', *wide)
    run = mptrace('run', 'pool', '-t', '20', '--task', 'none', '--engine', 'python', '--repeat', '2', '-j')
    ok(run.status == 0 and len(json.loads(run.stdout)) == 2, '--repeat 2', run)


def with_scratch(test):
    def run():
        scratch = tempfile.mkdtemp(prefix='test-of-python-')
        os.chmod(scratch, 0o755)
        try:
            test(scratch)
        finally:
            shutil.rmtree(scratch)
    return run


main(test_workloads, test_cow, test_race, test_interrupted, test_exchange, test_shapes, test_idle, test_methods, test_chunks, test_sizes, test_arguments, test_gil, test_late, test_hand_over, test_killed, test_many, test_locks,
     with_scratch(test_deaths), test_refused, test_text)
