#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""mptrace profile of programs that end, hide, multiply, die, or are in other hands: a clear word, and figures that hold."""
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from mptrace import GROUPS, ROOT, Run, ended, is_sound, main, mptrace, off, ok, profiled, started, until

CLASSES = str(ROOT / 'build/tests/classes')
LAST_PID = Path('/proc/sys/kernel/ns_last_pid')


def test_ends():
    """It exits before, while, and just after it is attached to."""
    statuses = set()
    for delay in (0, 0.05, 0.1, 0.2, 0.3, 1):
        short = started('sleep', str(delay))
        run = mptrace('profile', '-p', str(short.pid), '-j')
        statuses.add(run.status)
        known = run.status == 0 and run.result['threads'] or run.status in (2, 3) and run.stderr.count('\n') == 1 and str(short.pid) in run.stderr
        ok(known, f'it ends after {delay} s: a result, or a sentence', run)
        short.wait()
    ok(0 in statuses, 'some were in time', statuses)


def test_comes_again(group):
    """The number of a process that has ended is another's soon: these are two."""
    first = started('sleep', '20')
    (group / 'cgroup.procs').write_text(str(first.pid), encoding='ascii')
    run = Run(['profile', '--cgroup', str(group), '--duration', '2', '-j'])
    time.sleep(0.8)
    ended(first)
    again = None
    for _ in range(50):
        LAST_PID.write_text(str(first.pid - 1), encoding='ascii')
        again = started(CLASSES, 'spin', '20', '1')
        if again.pid == first.pid:
            break
        ended(again)
    same = again.pid == first.pid
    (group / 'cgroup.procs').write_text(str(again.pid), encoding='ascii')
    run.wait()
    ended(again)
    if not same:
        ok(True, 'a number that comes again # SKIP it always went to somebody else')
        return
    rows = [thread for thread in run.result['threads'] if thread['pid'] == first.pid]
    ok({row['comm'] for row in rows} == {'sleep', 'classes'} and len(run.result['processes']) == 2, 'a number that comes again is another process', rows)
    is_sound('a number that comes again', run.result)


def test_storm(group):
    """Some thousand processes a second in a group: each is seen, and counted by the kernel the same."""
    run = Run(['profile', '--cgroup', str(group), '--duration', '30', '-j'])
    time.sleep(0.8)
    count = 8000
    storm = started('sh', '-c', f'echo $$ > {group}/cgroup.procs; sleep 0.5; exec {CLASSES} forks 1 {count}')
    storm.wait()
    run.process.send_signal(signal.SIGINT)
    run.wait()
    first = [thread for thread in run.result['threads'] if thread['comm'] == 'classes']
    took = max(thread['end_ns'] - thread['start_ns'] for thread in first) / 1e9 - 0.5
    print(f'# {count / took:.0f} processes a second')
    # The shell, which becomes the storm, and its sleep are there, too.
    ok(run.result['totals']['processes'] == count + 2, 'every process of a storm is seen', run.result['totals'], run.result['folded'])
    is_sound('a storm', run.result)


def test_out_of_memory():
    place = GROUPS if (GROUPS / 'cgroup.controllers').exists() else GROUPS / 'memory'
    group = place / f'mptrace-test-oom-{os.getpid()}'
    group.mkdir()
    try:
        limit = group / ('memory.max' if (group / 'memory.max').exists() else 'memory.limit_in_bytes')
        if not limit.exists():
            ok(True, 'a death of OOM # SKIP no memory controller here')
            return
        limit.write_text(str(24 << 20), encoding='ascii')
        run = profiled('sh', '-c', f'echo $$ > {group}/cgroup.procs; exec {CLASSES} touch 5 64')
        ok(run.status in (137, -signal.SIGKILL) and run.result.get('processes') and run.result['processes'][0]['exit_code'] == signal.SIGKILL,
           'who dies of OOM: its signal is ours, and its result is there', run)
        is_sound('OOM', run.result)
    finally:
        until(2, lambda: not (group / 'cgroup.procs').read_text(encoding='ascii'))
        group.rmdir()


def test_many_threads():
    many = started(CLASSES, 'nap', '20', '1000')
    until(10, lambda: len(os.listdir(f'/proc/{many.pid}/task')) == 1001)
    run = mptrace('profile', '-p', str(many.pid), '--duration', '0.5', '--interval', '0.1', '-j')
    result = json.loads(run.stdout.splitlines()[-1])
    ended(many)
    ok(run.status == 0 and len(result['threads']) == 1001 and max(map(len, run.stdout.splitlines()[:-1])) <= 5000,
       '1,000 threads: each has a row, intervals stay short', run.status)
    is_sound('1,000 threads', result)


def test_others():
    """In other hands, other namespaces, under other names."""
    traced = profiled(CLASSES, 'traced', '1', '2000').result
    child = [thread for thread in traced['threads'] if thread['pid'] != min(thread['pid'] for thread in traced['threads'])]
    ok(len(child) == 1 and child[0]['wakeups'] >= 4000 and child[0]['blocked_ns']['other'] > 0.9 * sum(child[0]['blocked_ns'].values()),
       "who is stopped by a tracer at 2,000 calls: that is no wait of its own", child)
    is_sound('traced', traced)
    orphan = profiled('/usr/bin/python3', '-c', 'import os, time\nif not os.fork():\n    sum(range(10000000))\n    [time.sleep(0.001) for _ in range(20)]\n    os._exit(0)\ntime.sleep(0.3)').result
    is_sound('orphan', orphan)
    unknown = [row for row in orphan['accounting'] if row['name'].endswith('by wait4')]
    ok(len(unknown) == 2 and all(row['traced'] is None and 'waits for' in row['because'] for row in unknown),
       'a child that nobody waits for is not in what wait4 tells: then nothing is compared with that', unknown)
    inner = profiled('unshare', '--pid', '--fork', '--mount-proc', 'sh', '-c', f'echo $$; {CLASSES} spin 0.3 1')
    ok(inner.status == 0 and inner.stdout == '1\n' and all(thread['tid'] > 1 for thread in inner.result['threads'])
       and 'classes' in {thread['comm'] for thread in inner.result['threads']}, 'another pid namespace: ours are the numbers', inner)
    is_sound('another pid namespace', inner.result)
    renamed = profiled('--threads', CLASSES, 'renamed', '0.5')
    ok('\033' not in renamed.stderr and renamed.result['threads'][0]['comm'].startswith('??'), 'a name that would draw on the terminal does not',
       renamed.stderr[-500:])
    run = profiled('sh', '-c', f'sleep 0.1; exec {CLASSES} spin 0.3 1')
    ok(run.status == 0 and {thread['comm'] for thread in run.result['threads']} >= {'classes'}, 'who executes another program goes on under its name',
       run.result['threads'])
    is_sound('exec', run.result)


def test_limits():
    """Tables of eight entries: what had no room is counted, said, and the sums of threads hold."""
    run = profiled('--stacks', CLASSES, 'locks', '1', mutant='tiny-tables')
    lost = run.result['tracer']['lost']
    named = sum(lock['waits'] for lock in run.result['locks'] if lock['cause'] == 'lock')
    waits = sum(thread['waits']['lock'] for thread in run.result['threads'])
    stacks = sum(stack['ns'] for stack in run.result['stacks'])
    off_cpu = sum(sum(thread['blocked_ns'].values()) + thread['run_queue_ns'] for thread in run.result['threads'])
    ok(lost['locks'] > 1000 and lost['locks'] + named >= waits > 2000, 'locks', lost, named, waits)
    ok(lost['stacks'] > 0 and stacks < off_cpu, 'stacks', lost)
    ok('lost locks' in run.stderr and 'lost stacks' in run.stderr, 'it is said', run.stderr[-600:])
    ok(not off(run.result), 'threads are accounted for all the same', off(run.result))


def in_a_group(test):
    place = GROUPS if (GROUPS / 'cgroup.controllers').exists() else GROUPS / 'cpu'
    group = place / f'mptrace-test-{os.getpid()}'
    group.mkdir()
    try:
        test(group)
    finally:
        until(2, lambda: not (group / 'cgroup.procs').read_text(encoding='ascii'))
        group.rmdir()


main(test_ends, lambda: in_a_group(test_comes_again), lambda: in_a_group(test_storm), test_out_of_memory, test_many_threads, test_others, test_limits)
