#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""mptrace profile: where threads waited (stacks, files, locks by name), with waits of known length at known places."""
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from mptrace import ROOT, interpreters, is_sound, main, mptrace, off, ok, profiled, python_at, schema_errors

NEST, WITHOUT, CLASSES = (str(ROOT / f'build/tests/{name}') for name in ('nest', 'nest-without', 'classes'))
MS = 1_000_000


def cut_share(result):
    return sum(stack['ns'] for stack in result['stacks'] if stack['cut']) / sum(stack['ns'] for stack in result['stacks'])


def adds_up(result, within=0.1 * MS):
    """Nothing is lost because its stack is: per cause, stacks and threads have the same time."""
    sums = {}
    for stack in result['stacks']:
        sums[stack['cause']] = sums.get(stack['cause'], 0) + stack['ns']
    for thread in result['threads']:
        for cause, ns in {**thread['blocked_ns'], 'run_queue': thread['run_queue_ns']}.items():
            sums[cause] = sums.get(cause, 0) - ns
    return all(abs(difference) < within for difference in sums.values()), sums


def nest(scratch, program, name, *options):
    """Runs it, with a writer at its FIFO for 100 ms."""
    fifo = f'{scratch}/{name}'
    os.mkfifo(fifo)
    with subprocess.Popen(['sh', '-c', f'exec 3>{fifo}; sleep 0.1']) as writer:
        run = profiled(*options, program, fifo)
        writer.wait()
    Path(scratch, 'result.json').write_text(json.dumps(run.result), encoding='utf-8')
    return run.result, run


def test_known(scratch):
    result, run = nest(scratch, NEST, 'the-fifo', '--stacks')
    ok(not off(result) and not schema_errors(result) and not result['tracer']['lost']['stacks'], 'it is sound', off(result), schema_errors(result)[:5])
    ok(*adds_up(result))
    asleep = sum(stack['ns'] for stack in result['stacks'] if stack['cause'] == 'sleep' and ';main;outer;middle;inner;' in f';{stack["frames"]};')
    ok(299 * MS < asleep < 400 * MS, 'the sleep is found where it is', result['stacks'])
    waited = [stack for stack in result['stacks'] if stack['cause'] == 'lock' and ';contend;' in f';{stack["frames"]};']
    ok(len(waited) == 1 and 80 * MS < waited[0]['ns'] < 200 * MS and waited[0]['times'] == 1, 'so is the wait for the lock', result['stacks'])
    ok(cut_share(result) < 0.5 and 'was cut short' in run.stderr, 'with frame pointers most stacks are whole', result['stacks'])
    ok('main > outer > middle > inner' in run.stderr, 'the text shows it', run)
    contended = sum(stack['ns'] for stack in waited)
    locks = [lock for lock in result['locks'] if lock['symbol'] == 'table_lock']
    ok(len(locks) == 1 and locks[0]['waits'] == 1 and locks[0]['wait_ns'] == contended, 'the lock has its name', result['locks'])
    files = [file for file in result['files'] if file['name'] == 'the-fifo']
    ok(len(files) == 1 and files[0]['kind'] == 'pipe' and files[0]['waits'] >= 1 and files[0]['inode'] == os.stat(f'{scratch}/the-fifo').st_ino,
       'the FIFO that it read has its name', result['files'])
    folded = mptrace('report', '--format', 'folded', f'{scratch}/result.json')
    lines = folded.stdout.splitlines()
    ok(folded.status == 0 and lines and all(re.fullmatch(r'[^; ]+;\[[a-z_]+\](;[^;]+)+ \d+', line) for line in lines), 'folded lines', folded)
    ok(sum(int(line.rsplit(' ', 1)[1]) for line in lines) == sum(stack['ns'] for stack in result['stacks']), 'with all of the time', folded)


def test_without(scratch):
    result, run = nest(scratch, WITHOUT, 'another', '--stacks')
    ok(cut_share(result) > 0.9 and '-fno-omit-frame-pointer' in run.stderr, 'without frame pointers they are cut short, and that is said', result['stacks'])
    ok(*adds_up(result))
    ok(not off(result), 'walking through them costs the program no page faults', result['accounting'])
    result, run = nest(scratch, NEST, 'a-third')
    ok('stacks' not in result and 'Stacks' not in run.stderr, 'off by default')
    run = mptrace('report', '--format', 'folded', f'{scratch}/result.json')
    ok(run.status == 2 and 'profile --stacks keeps them' in run.stderr and not run.stdout, 'then there is nothing to fold', run)


def test_others(scratch):
    """What has ended, what is running already, and Python."""
    result = profiled('--stacks', 'sh', '-c', f'{NEST}; {NEST}').result
    found = {stack['pid'] for stack in result['stacks'] if 'main;outer;middle;inner' in stack['frames']}
    ok(len(found) == 2, 'programs that have ended have their names', result['stacks'])
    with subprocess.Popen([CLASSES, 'convoy', '20', '3']) as running:
        time.sleep(0.2)
        result = profiled('--stacks', '-p', str(running.pid), '--duration', '0.5').result
        running.kill()
    # Of what runs on, the stacks are read when the probes are off, some time after the threads.
    ok(*adds_up(result, 50 * MS))
    ok(any('lock_wait' in stack['frames'] and stack['cause'] == 'lock' for stack in result['stacks']), 'so has what runs already', result['stacks'])
    ok([lock['symbol'] for lock in result['locks'] if lock['cause'] == 'lock'] == ['mutex'], 'and its lock', result['locks'])
    run = profiled('--stacks', '/usr/bin/python3', '-c', 'import time; time.sleep(0.2)')
    result = run.result
    ok('python -X perf' in ' '.join(run.stderr.split()) and any('nanosleep' in stack['frames'] for stack in result['stacks']),
       "of Python there are C's functions, and that is said", run)


PYTHON = '''import multiprocessing, threading, time
class Café:
    def 대기(self, seconds): time.sleep(seconds)
def outer(seconds): list(map(Café().대기, [seconds]))
def deep(depth):
    if depth: deep(depth - 1)
    else: time.sleep(0.05)
def thread(lock):
    with lock: pass
if __name__ == '__main__':
    outer(0.1)
    deep(100)
    lock = threading.Lock()
    with lock:
        other = threading.Thread(target=thread, args=(lock,)); other.start()
        time.sleep(0.1)
    other.join()
    process = multiprocessing.get_context('fork').Process(target=outer, args=(0.1,)); process.start(); process.join()
'''


def test_python(scratch):
    """CPython 3.13 tells where its frames are: whatever the C around them was built with."""
    found = [path for path in interpreters() if python_at(path)[0] == 13]
    if not found:
        ok(True, "Python's own functions # SKIP there is no CPython 3.13 here (MPTRACE_TEST_PYTHONS)")
        return
    Path(scratch, 'work.py').write_text(PYTHON, encoding='utf-8')
    result = profiled('--stacks', found[0], f'{scratch}/work.py').result
    ok(*adds_up(result))
    is_sound('Python', result)
    file = f'{scratch}/work.py'
    sleeps = [stack for stack in result['stacks'] if stack['cause'] == 'sleep']
    inner = f'py::outer:{file};py::Café.대기:{file};'
    asleep = [stack for stack in sleeps if f'py::<module>:{file};{inner}' in stack['frames']]
    child = [stack for stack in sleeps if inner in stack['frames'] and stack not in asleep]
    ok(len(asleep) == 1 and 99 * MS < asleep[0]['ns'] < 150 * MS and not asleep[0]['cut'], 'where it sleeps, through a function of C', result['stacks'][:5])
    ok(len(child) == 1 and 99 * MS < child[0]['ns'] < 150 * MS and child[0]['pid'] != asleep[0]['pid'], 'so does its child', result['stacks'][:5])
    waits = [stack for stack in result['stacks'] if 'py::Thread.run:' in stack['frames'] and f';py::thread:{file};' in stack['frames']]
    ok(sum(stack['ns'] for stack in waits if stack['cause'] == 'lock') > 80 * MS, 'where a thread waits for a lock', result['stacks'][:5])
    deep = [stack for stack in sleeps if stack['frames'].count('py::deep:') > 40]
    ok(len(deep) == 1 and deep[0]['cut'] and 49 * MS < deep[0]['ns'] < 80 * MS, 'what is too deep is cut short, and says so', result['stacks'][:5])


def test_folded(scratch):
    """Ended threads beyond some thousand are one row: nothing of their time, or of the kernel's counters, is lost."""
    for options in ((), ('--interval', '0.05')):
        path = Path(scratch, 'forks.json')
        run = mptrace('profile', f'--json={path}', *options, CLASSES, 'forks', '1', '10000')
        *periods, result = [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()] if options else \
            [json.loads(path.read_text(encoding='utf-8'))]
        others = [thread for thread in result['threads'] if not thread['tid']]
        ok(run.status == 0 and len(others) == 1 and result['folded']['threads'] + len(result['threads']) - 1 == 10001 == result['totals']['threads']
           and result['totals']['processes'] == 10001 and len(result['threads']) < 8000, 'they are counted', result['folded'], result['totals'])
        exact = {row['name']: row['status'] for row in result['accounting']}
        ok(exact['switches'] == 'exact' and not off(result) and not schema_errors(result), 'and accounted for', off(result))
        thread = others[0]
        ok(thread['on_cpu_ns'] + thread['run_queue_ns'] + sum(thread['blocked_ns'].values()) == thread['end_ns'] - thread['start_ns'],
           'to the nanosecond', thread)
        if periods:
            told = sum(period['others'].get('on_cpu', 0) + sum(row['on_cpu'] for row in period['threads']) for period in periods)
            ok(0.8 * result['totals']['on_cpu_ns'] < told < 1.01 * result['totals']['on_cpu_ns'], 'intervals tell of each once',
               told, result['totals']['on_cpu_ns'])


with tempfile.TemporaryDirectory(prefix='test-of-stacks-') as directory:
    main(*(lambda test=test: test(directory) for test in (test_known, test_without, test_others, test_python, test_folded)))
