#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""--call: the user's own function as the task; what it does wrong; and the GIL against a measurement of its own."""
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from mptrace import failing, interpreters, main, mptrace, nothing_left, off, ok

NOBODY = 65534
FUNCTIONS = r'''
import ctypes, json, os, subprocess, sys, threading, time

class Answer:
    """Something of the user's own that has to be pickled."""
    def __init__(self, number):
        self.number = number

def answer(number):
    os.write(1, f'task {number}\n'.encode())
    return Answer(number)

def field(item):
    return item['a']

def raises(number):
    if number == 7:
        raise ValueError('seven \ud55c\uae00')

def exits(number):
    if number == 5:
        sys.exit(3)

def vanishes(number):
    if number == 5:
        os._exit(4)

def dies(number):
    if number == 5:
        os.kill(os.getpid(), 9)

def closes(number):
    os.close(3)
    return number

def forks(number):
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    return number

def starts(number):
    lock = threading.Lock()
    thread = threading.Thread(target=lock.acquire)
    with lock:
        thread.start()
        time.sleep(0.01)
    thread.join()

def deafens(number):
    os.closerange(3, 100)

def leaves(number):
    subprocess.Popen(['sleep', '1000'], start_new_session=True)

def flees(number):
    """Out of its control group, as root can."""
    for mount in map(str.split, open('/proc/mounts')):
        if mount[2] in ('cgroup', 'cgroup2'):
            with open(f'{mount[1]}/cgroup.procs', 'w') as file:
                file.write(str(os.getpid()))
    time.sleep(1000)

class Picky(Exception):
    """Can be pickled, but not unpickled: as many exceptions of real libraries."""
    def __init__(self, number, why):
        super().__init__(number)

def picky(number):
    if number == 5:
        raise Picky(number, 'because')

class Mute(Exception):
    def __str__(self):
        raise RuntimeError('not so')

def mute(number):
    if number == 5:
        raise Mute

def aborts(number):
    if number == 5:
        os.abort()

def stops(number):
    if number == 5:
        raise StopIteration

def builds(number):
    os.makedirs(f'{sys.modules["mptrace_journal"].FOLDER}/a/b{number}')

def secret(number):
    return lambda: number

def shouts(number):
    print('x' * 1000000)

def who(number):
    print(os.getuid(), os.environ['HOME'], os.getcwd(), file=sys.stderr)

def module(number):
    import only_in_venv
    return only_in_venv.VALUE

def seen():
    with open('/proc/thread-self/schedstat') as file:
        ran, waited, _ = map(int, file.read().split())
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC), ran, waited

def burn(number):
    """Computes for a while, and says what the kernel and the clock say of that: ns of wall time, on a CPU, runnable."""
    before = seen()
    total = 0
    for i in range(20000000):
        total += i
    os.write(2, f'@{json.dumps([b - a for a, b in zip(before, seen())])}\n'.encode())

HOLD = ctypes.PyDLL(None)  # calls keep the GIL

def end_group(number):
    os.killpg(0, 15)

def hold(number):
    """Task 0 keeps the GIL for 50 ms, ten times; task 1 wants it all the while."""
    if number == 0:
        time.sleep(0.02)
        for _ in range(10):
            HOLD.usleep(50000)
        hold.over = True
    else:
        while not hold.over:
            pass

hold.over = False
'''
WORKLOADS = ['serial', 'thread', 'thread-pool', 'process', 'pool', 'pool --start-method spawn', 'pool --start-method forkserver',
             'pool --method submit', 'pool --method imap', 'pool --method starmap', 'process --start-method spawn -n 2']


def call(words, function, items='range(20)', **how):
    return mptrace('run', *words.split(), '--call', f'work:{function}', '--items', items, '-j', **how)


def test_answers():
    for words in WORKLOADS:
        run = call(words, 'answer')
        ok(run.status == 0 and run.result and not failing(run.result) and not off(run.result) and run.result['outcome']['tasks_done'] == 20,
           f'{words}: calls it 20 times; what it prints does not touch our JSON', run)
        ok(sorted(line for line in run.stderr.splitlines() if line.startswith('task')) == sorted(f'task {n}' for n in range(20)),
           f'{words}: with the numbers 0 to 19', run.stderr)
    run = mptrace('run', 'pool', '--call', f'{os.getcwd()}/work.py:field', '--items', 'items.jsonl', '-j')
    ok(run.status == 0 and run.result['spec']['tasks'] == 3, 'FILE.py:FUNCTION, with lines of JSON', run)


def test_early_threads():
    """A module that starts a thread when it is imported, as some libraries do: it is followed too."""
    Path('early.py').write_text('import threading, time\nfrom work import *\ndef beat():\n    while True:\n        time.sleep(0.001)\n'
                                '        sum(range(20000))\nthreading.Thread(target=beat, daemon=True).start()\n', encoding='utf-8')
    for words in ('serial', 'thread', 'pool'):
        run = mptrace('run', words, '--call', 'early:starts', '--items', 'range(20)', '-j')
        others = [thread['on_cpu_ns'] for thread in run.result['threads'] if thread['role'] == 'other'] if run.result else []
        ok(run.status == 0 and max(others, default=0) > 1e6 and not off(run.result), f'{words}: a thread that was there before is followed',
           others, run, off(run.result))


def test_failures():
    for words in ('serial', 'thread', 'pool', 'process'):
        run = call(words, 'raises')
        ok(run.status == 1 and 'task 7: ValueError: seven \ud55c\uae00' in run.result['outcome']['says'] and 'Traceback' in run.stderr and
           'work.py' in run.stderr, f'{words}: an exception is told with its task and its traceback', run)
    run = call('pool --repeat 20', 'raises')
    ok('Exception ignored' not in run.stderr and run.stderr.count('Traceback') == 20, 'pool: one traceback each time, nothing else', run.stderr[-2000:])
    ok(run.status == 1 and all('task 7: ' in result['outcome']['says'] for result in run.result),
       'pool: each time; never that a worker ended, which the Pool itself ends then', *[result['outcome'] for result in run.result])
    for function, says in (('exits', 'status 3'), ('vanishes', 'status 4'), ('dies', 'signal 9')):
        run = call('pool --chunk 1', function)
        outcome = run.result['outcome'] if run.result else {}
        ok(run.status == 1 and says in outcome.get('says', '') and 'on task 5' in outcome['says'] and 'worker' in outcome['says'],
           f'pool: a task that {function}: which worker, how, which task; no hang', outcome, run)
        ok('Traceback' not in run.stderr, 'and nothing else', run.stderr)
        run = call('process', function)
        ok(run.status == 1 and 'task 5' in run.result['outcome']['says'], f'process: a task that {function}', run)
    for words in ('pool', 'pool --method submit', 'pool --start-method spawn', 'thread-pool'):
        for function, says in (('picky', 'task 5: Picky: 5'), ('mute', 'task 5: Mute'), ('stops', 'task 5: StopIteration')):
            run = call(words, function)
            ok(run.status == 1 and says in (run.result['outcome']['says'] or ''), f'{words}: a task that is {function}: {says}', run)
    run = call('thread-pool', 'exits')
    ok(run.status == 1 and 'task 5: sys.exit(3)' in (run.result['outcome']['says'] or ''), 'thread-pool: a task that exits ends its thread: no hang', run)
    run = call('pool --method submit', 'aborts')
    ok(run.status == 1 and 'signal 6 (Aborted) on task 5' in run.result['outcome']['says'],
       'submit: the worker that aborted is told, not one that the executor killed then', run.result['outcome'])
    run = call('serial --timeout 0.5', 'flees')
    ok(run.status == 124, 'a first process that left its control group is ended all the same', run)
    run = call('pool', 'secret')
    ok(run.status == 1 and 'sending result' in run.result['outcome']['says'], 'a result that cannot be pickled', run.result['outcome'])
    run = call('pool --chunk 1', 'deafens')
    ok(run.status == 1 and 'its pool would wait for ever' in run.result['outcome']['says'], "a task that closes the pool's pipes", run)
    for words in ('thread', 'process', 'pool'):
        run = call(words, 'leaves', 'range(6)')
        ok(run.status == 1 and 'behind' in run.result['outcome']['says'] and not off(run.result),
           f'{words}: what a task leaves running is ended, and said', run.result['outcome'], off(run.result))
    for function in ('closes', 'forks', 'shouts', 'builds'):
        run = call('pool --chunk 1', function, 'range(1)')
        ok(run.status == 0 and run.result['outcome']['status'] == 'ok', f'a task that {function} is no harm', run)
    for words in ('serial', 'thread', 'process', 'pool'):
        for function in ('forks', 'starts'):
            run = call(words, function, 'range(6)')
            ok(run.status == 0 and not [lock for lock in run.result['locks'] if lock['symbol'] == 'task lock'],
               f'{words}: a task that {function} threads or processes of its own', failing(run.result), off(run.result), run.result['locks'])
    nothing_left('after tasks that failed')


def test_refused():
    for words, status, names in (
            ('--call work --items range(3)', 2, ['work']), ('--call work:answer', 2, ['--items']), ('--items range(3)', 2, ['--call']),
            ('--call work:answer --items range(3) -t 5', 2, ['--tasks', '--call']),
            ('--call work:answer --items range(3) --task none', 2, ['--task ', '--call']),
            ('--call work:answer --items range(3) --engine native', 2, ['--engine native', '--call']),
            ('--call work:answer --items range(3) --argument-size 1K', 2, ['--argument-size', '--call']),
            ('--call work:answer --items range(0)', 2, ['--items']), ('--call work:answer --items /nowhere', 2, ['/nowhere']),
            ('--call nowork:answer --items range(3)', 3, ['nowork', '--python']), ('--call work:noanswer --items range(3)', 3, ['noanswer']),
            ('--call work:field --items broken.jsonl', 3, ['broken.jsonl:2']),
            ('--call work:field --items latin.jsonl', 3, ['latin.jsonl:1']), ('--call work:field --items lines.jsonl', 3, ['lines.jsonl:1']),
            ('--call work:field --items pipe', 2, ['pipe', 'no regular file']), ('--call work:\udcff --items range(3)', 2, ['UTF-8']),
            ('--call sub/json.py:work --items range(3)', 3, ['json.py', 'rename'])):
        run = mptrace('run', 'pool', *words.split())
        ok(run.status == status and run.stderr.count('\n') == 1 and all(name in run.stderr for name in names),
           f'{words}: exit {status}, one line that names {", ".join(names)}', run)


def test_user():
    run = call('serial --user nobody', 'who', 'range(1)')
    ok(run.status == 0 and run.stderr.split()[0] == str(NOBODY) and run.stderr.split()[2] == os.getcwd(),
       'it runs as the user, where the user is', run)
    run = call('serial', 'module', 'range(1)')
    ok(run.status == 1 and 'only_in_venv' in run.result['outcome']['says'], "without the venv its module is not there", run)
    made = subprocess.run(['/usr/bin/python3', '-m', 'venv', '--without-pip', 'venv'], capture_output=True, text=True, check=False)
    if made.returncode:
        print('# SKIP the venv: python3 -m venv does not work here')
        return
    next(Path('venv/lib').glob('python3*/site-packages')).joinpath('only_in_venv.py').write_text('VALUE = 1\n', encoding='utf-8')
    for words in ('serial', 'pool', 'pool --start-method spawn'):
        run = call(f'{words} --python venv/bin/python', 'module', 'range(2)')
        ok(run.status == 0, f'{words}: with --python VENV/bin/python it is', run)


def test_signalled():
    """A task that signals its process group reaches its workload, not who started it."""
    run = call('process', 'end_group', 'range(3)', prefix=('setsid', '-w', 'sh', '-c', '"$@"; status=$?; echo alive >&2; exit $status', 'sh'))
    ok(run.status == 1 and 'alive' in run.stderr and run.result['outcome']['status'] == 'failed', 'a task that ends its process group', run)


def test_gil():
    """
    GIL waiting against wall - on a CPU - runnable, as the threads themselves read them: within 2 %, and a tick of 10 ms for each
    thread where the kernel's clock is no better. What an idle CPU takes to wake up for them the kernel does not count as runnable:
    it is in their own figure.
    """
    sources = Path('/sys/devices/system/clocksource/clocksource0/available_clocksource').read_text(encoding='ascii').split()
    for path in interpreters():
        run = call(f'thread --python {path}', 'burn', 'range(2)')
        own = sum(wall - ran - waited for wall, ran, waited in
                  (json.loads(line[1:]) for line in run.stderr.splitlines() if line.startswith('@')))
        ours = run.result['totals']['gil_ns'] if run.result else 0
        idle = sum(thread['idle_wait_ns'] for thread in run.result['threads']) if run.result else 0
        bar = 0.02 * own + (0 if 'tsc' in sources else 2 * 1e7)
        ok(run.status == 0 and own > 2e8 and -idle - bar < ours - own < bar,
           f'{path}: GIL waiting: ours {ours / 1e6:.1f} ms, their own {own / 1e6:.1f} ms, idle CPUs woke up in {idle / 1e6:.1f} ms', off(run.result), run)
    run = call('process', 'burn', 'range(2)')
    ok(run.status == 0 and run.result['totals']['gil_ns'] == 0, 'processes wait for none')
    run = call('thread', 'hold', 'range(2)')
    waits = [t['blocked_ns']['gil'] for t in run.result['threads'] if t['role'] == 'worker']
    ok(run.status == 0 and 0.45e9 < max(waits) < 0.56e9, 'a GIL kept for ten times 50 ms is 500 ms of waiting', waits)


def in_scratch():
    scratch = tempfile.mkdtemp(prefix='test-of-call-')
    os.chmod(scratch, 0o755)
    os.chdir(scratch)
    Path('work.py').write_text(FUNCTIONS, encoding='utf-8')
    Path('items.jsonl').write_text('{"a": 1}\n\n{"a": 2}\n{"a": [3]}\n', encoding='utf-8')
    Path('broken.jsonl').write_text('{"a": 1}\n{bad\n', encoding='utf-8')
    Path('latin.jsonl').write_bytes(b'"\xff"\n')
    Path('lines.jsonl').write_bytes(b'1\r2\r3\n')  # one line to C, three to Python's text files
    os.mkfifo('pipe')
    Path('sub').mkdir()
    Path('sub/json.py').write_text('def work(number):\n    return number\n', encoding='utf-8')
    try:
        main(test_answers, test_early_threads, test_failures, test_refused, test_user, test_signalled, test_gil)
    finally:
        os.chdir('/')
        shutil.rmtree(scratch)


in_scratch()
