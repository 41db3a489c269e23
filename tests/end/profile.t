#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""mptrace profile: any program, followed from its start, from the middle of its life, or by its control group."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time
from pathlib import Path

from mptrace import GROUPS, PROGRAM, ROOT, Run, comm, is_sound, main, mptrace, off, ok, profiled, schema_errors, started, until

CLASSES = str(ROOT / 'build/tests/classes')
GIL = ('import threading\ndef f():\n s = 0\n for i in range(4000000): s += i\nt = [threading.Thread(target=f) for _ in range(2)]\n'
       '[x.start() for x in t]; [x.join() for x in t]')
NATIVE = ('import threading, zlib\nb = bytes(range(256)) * 80000\nt = [threading.Thread(target=zlib.compress, args=(b, 6)) for _ in range(2)]\n'
          '[x.start() for x in t]; [x.join() for x in t]')
TURNS = '''import threading, time
lock = threading.Lock()
def work():
    for _ in range(10):
        with lock: time.sleep(0.02)
threads = [threading.Thread(target=work) for _ in range(4)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]'''
EXECUTOR = '''import concurrent.futures, time
with concurrent.futures.ThreadPoolExecutor(8) as executor:
    list(executor.map(time.sleep, [0.02] * 8))
    for _ in range(8):
        executor.submit(sum, range(1000)); executor.submit(sum, range(1000)); time.sleep(0.1)'''
WAITING = 'import multiprocessing, time\nwith multiprocessing.Pool(2) as p: time.sleep(1.5)'


def test_usage():
    for words, expected in (((), 'profile what?'), (('-p', 'x'), "'x' is no list"), (('-p', '4194303'), 'no such process'),
                            (('-p', '1', '--cgroup', '/sys/fs/cgroup'), 'one thing'), (('--cgroup', '/tmp'), 'no control group'),
                            (('--cgroup', '/nonexistent'), 'No such file'), (('-p', '1', '--user', 'nobody'), 'is for a command'),
                            (('-p', '1', '-C', '0'), 'is for a command'), (('--duration', '0', 'true'), '--duration'),
                            (('--intervall', '1', 'true'), 'did you mean --interval')):
        run = mptrace('profile', *words)
        ok(run.status == 2 and expected in run.stderr and not run.stdout, f'profile {" ".join(words)}: {expected}', run)
    run = mptrace('profile', '-j', 'true')
    ok(run.status == 125 and 'needs a file' in run.stderr, 'JSON on stdout would be among what the command prints', run)


def test_command():
    for words, expected in ((('false',), 1), (('sh', '-c', 'exit 7'), 7), (('/nonexistent/x',), 127), (('/etc/passwd',), 126),
                            (('sh', '-c', 'kill -TERM $$'), -signal.SIGTERM)):
        run = mptrace('profile', *words)
        ok(run.status == expected and not run.stdout, f'profile {" ".join(words)}: status {expected}', run)
    run = mptrace('profile', 'sh', '-c', 'echo out; echo err >&2; ls -l /proc/self/fd | grep -c /; exit 0')
    ok(run.stdout.startswith('out\n') and run.stderr.startswith('err\n') and 'Answer' in run.stderr, 'stdout and stderr stay its own', run)
    run = mptrace('profile', 'ls', '-d', '/')
    ok(run.stdout == '/\n', "the command's options are its own", run)


def test_classes():
    known = ((('spin', '0.7', '1'), 'cpu', None), (('spin', '0.7', '8'), 'run-queue', None), (('convoy', '0.7', '4'), 'lock', None),
             (('condvar', '0.7'), 'lock', None), (('echo', '0.7'), 'io', 'socket'))
    for words, bound, kind in known:
        run = profiled(CLASSES, *words)
        result = run.result
        ok(run.status == 0 and result['answer']['bound'] == bound and result['answer']['io'] == kind, f'{" ".join(words)}: {bound}',
           result['answer'], run)
        is_sound(' '.join(words), result)
        ok(bound not in ('lock', 'run-queue') or result['advice']['choose'] in ('nothing', 'fewer-workers'), 'nobody advises more of it',
           result['advice'])
    result = profiled('sleep', '0.5').result
    ok(result['answer']['bound'] == 'sleep' and result['threads'][0]['blocked_ns']['sleep'] > 4.9e8, 'sleep sleeps', result['answer'])
    result = profiled('/usr/bin/python3', '-c', GIL).result
    ok(result['answer']['bound'] == 'gil' and result['advice']['choose'] == 'pool' and '3.' in result['processes'][0]['python'],
       "Python's threads are bound by the GIL, a Pool would help", result['answer'], result['advice'])
    ok(1.2 < result['advice']['speed_up_limit'] <= 2.01 or os.cpu_count() != 2, 'by up to the number of CPUs', result['advice'])
    is_sound('GIL', result)
    result = profiled('/usr/bin/python3', '-c', NATIVE).result
    ok(result['answer']['bound'] in ('cpu', 'run-queue') and result['totals']['gil_ns'] < 0.1 * result['totals']['on_cpu_ns'],
       'C code that gives up the GIL is not', result['answer'])
    # Both wait at semaphores, as long on average: what tells them apart is who wakes whom.
    for program, bound in ((TURNS, 'lock'), (EXECUTOR, 'idle')):
        result = profiled('/usr/bin/python3', '-c', program).result
        waited, turns = (sum(of(thread) for thread in result['threads'] if thread['tid'] != result['processes'][0]['pid'])
                         for of in (lambda thread: thread['blocked_ns']['lock'], lambda thread: thread['mutex_ns']))
        ok(result['answer']['bound'] == bound and (turns > 0.5 * waited if bound == 'lock' else turns < 0.1 * waited),
           f'threads of Python at a lock: {bound}, {turns / 1e6:.0f} of {waited / 1e6:.0f} ms in turns', result['answer'])
    result = profiled('/usr/bin/python3', '-c', WAITING).result
    ok(result['answer']['bound'] in ('idle', 'sleep') and result['advice']['choose'] in ('nothing', 'thread-pool'), 'a Pool that waits for work',
       result['answer'], result['advice'])


def read_terminal(descriptor):
    """What is there; nothing once the other side is closed."""
    try:
        return os.read(descriptor, 1 << 16).decode('utf-8', 'replace')
    except OSError:
        return ''


def scheduled(pid):
    """Of each thread: ns on a CPU, as the kernel counts them."""
    return {int(path.name): int((path / 'schedstat').read_text(encoding='ascii').split()[0]) for path in Path(f'/proc/{pid}/task').iterdir()}


def test_attach():
    spinning, sleeping = started(CLASSES, 'spin', '20', '3'), started('sleep', '20')
    until(5, lambda: len(os.listdir(f'/proc/{spinning.pid}/task')) == 4 and comm(sleeping.pid) == 'sleep')
    before = scheduled(spinning.pid)
    run = mptrace('profile', '-p', f'{spinning.pid},{sleeping.pid}', '--duration', '1', '-j')
    after = scheduled(spinning.pid)
    result = run.result
    ok(run.status == 0 and len(result['threads']) == 5, 'threads that were there are followed', run)
    is_sound('in mid-life', result)
    threads = {thread['tid']: thread for thread in result['threads']}
    ran = {tid: threads[tid]['on_cpu_ns'] for tid in before}
    ok(all(ran[tid] <= after[tid] - before[tid] + 2e7 for tid in before) and
       sum(ran.values()) > 0.5 * (sum(after.values()) - sum(before.values())), 'by no more than the kernel says for a longer time', ran, before, after)
    slept = threads[sleeping.pid]
    ok(slept['blocked_ns']['sleep'] == slept['end_ns'] - slept['start_ns'] > 9e8, 'one that slept all the time: its cause is known', slept)
    first = threads[spinning.pid]
    ok(first['bound'] in ('child', 'idle'), 'and so is that of the one that waits for the others', first)
    stuck = started(CLASSES, 'deadlock')
    time.sleep(0.5)
    result = mptrace('profile', '-p', str(stuck.pid), '--duration', '0.5', '-j').result
    ok(result['answer']['bound'] == 'lock' and not result['totals']['on_cpu_ns'], 'a deadlock: nobody runs, and two wait for mutexes',
       result['answer'])
    stuck.kill()
    stuck.wait()
    sleeping.send_signal(signal.SIGSTOP)
    result = mptrace('profile', '-p', str(sleeping.pid), '--duration', '0.3', '-j').result
    ok(result['threads'][0]['blocked_ns']['other'] > 0, 'a stopped one is not asleep by its own will', result['threads'])
    run = Run(['profile', '-p', str(spinning.pid)])
    time.sleep(1)
    run.process.send_signal(signal.SIGINT)
    run.wait()
    ok(run.status == 130 and 'Answer' in run.stdout and spinning.poll() is None, 'Ctrl-C ends the watch, and nothing else', run)
    run = Run(['profile', '-p', str(spinning.pid), '-j'])
    time.sleep(1)
    for process in (spinning, sleeping):
        process.kill()
        process.wait()
    run.wait()
    ok(run.status == 0 and len(run.result['threads']) == 4, 'it ends when its process does', run)
    is_sound('up to the end', run.result)


def test_signals():
    run = Run(['profile', 'sh', '-c', 'trap "echo got; exit 9" TERM; while :; do sleep 0.1; done'])
    time.sleep(1)
    run.process.send_signal(signal.SIGTERM)
    run.wait()
    ok(run.status == 9 and run.stdout == 'got\n' and 'Answer' in run.stderr, 'a signal goes to the command, which decides', run)


def groups():
    """A directory of ours in each kind of hierarchy that is here."""
    places = [GROUPS] if (GROUPS / 'cgroup.controllers').exists() else [place for place in (GROUPS / 'cpu', GROUPS / 'unified') if place.is_dir()]
    return [place / f'mptrace-test-{os.getpid()}' for place in places]


def test_group():
    for group in groups():
        inner = group / 'inner'
        inner.mkdir(parents=True)
        inside = started(CLASSES, 'spin', '20', '1')
        late = started(CLASSES, 'spin', '20', '1')
        (inner / 'cgroup.procs').write_text(str(inside.pid), encoding='ascii')
        run = Run(['profile', '--cgroup', str(group), '--duration', '1.5', '-j'])
        time.sleep(0.8)
        (group / 'cgroup.procs').write_text(str(late.pid), encoding='ascii')
        run.wait()
        found = {process['pid'] for process in run.result['processes']} if run.result else None
        ok(found == {inside.pid, late.pid}, f'{group.parent}: who is below it, and who enters later', found, run)
        is_sound(f'{group.parent}', run.result)
        for process in (inside, late):
            process.kill()
            process.wait()
        inner.rmdir()
        group.rmdir()


def test_cpus():
    """What a limit or an affinity leaves is what is told, and advised for."""
    for group in groups():
        quota = group / ('cpu.max' if (group.parent / 'cgroup.controllers').exists() else 'cpu.cfs_quota_us')
        group.mkdir()
        if not quota.exists():
            group.rmdir()
            continue
        quota.write_text('100000', encoding='ascii')
        with subprocess.Popen(['sh', '-c', f'echo $$ > {group}/cgroup.procs; exec {CLASSES} spin 20 1'], stdout=subprocess.DEVNULL) as inside:
            until(5, lambda inside=inside: comm(inside.pid) == 'classes')
            result = mptrace('profile', '--cgroup', str(group), '--duration', '0.5', '-j').result
            ok(result['spec']['cpus'] == 1 and result['advice']['choose'] == 'nothing', f'{group.parent}: a limit of one CPU', result['spec'], result['advice'])
            inside.kill()
        group.rmdir()
    one = profiled('-C', '0', CLASSES, 'spin', '0.5', '1').result
    ok(one['spec']['cpus'] == 1 and one['advice']['choose'] == 'nothing', '-C 0: one CPU', one['spec'], one['advice'])


def watch_on_a_terminal(pid):
    """Narrow, then wide: the table is drawn over itself, and no line is longer than the terminal is wide."""
    ours, its = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack('HHHH', 12, 50, 0, 0))
    run = Run(['profile', '-p', str(pid), '--interval', '0.2'], stdout=its, TERM='xterm')
    time.sleep(1)
    narrow = os.read(ours, 1 << 16).decode('utf-8', 'replace')
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 120, 0, 0))
    time.sleep(0.6)
    wide = os.read(ours, 1 << 16).decode('utf-8', 'replace')
    run.process.send_signal(signal.SIGINT)
    os.close(its)
    seen = ''
    while select.select([ours], [], [], 5)[0] and (part := read_terminal(ours)):
        seen += part
    run.wait()
    os.close(ours)
    lengths = [max(len(line) for line in re.sub('\033\\[[?0-9;]*[A-Za-z]', '', text).split('\r\n')) for text in (narrow, wide)]
    ok('\033[' in narrow and lengths[0] <= 50 < lengths[1] <= 120, 'a table on a terminal, as wide as that is', lengths, narrow[-800:])
    ok(run.status == 130 and 'Answer' in seen, 'Ctrl-C ends it, with the answer', run, seen[-300:])


def test_shared_terminal():
    """A command prints on the terminal on which its intervals are told: nothing of it is drawn over."""
    ours, its = pty.openpty()
    with subprocess.Popen([PROGRAM, 'profile', '--interval', '0.1', 'sh', '-c', 'echo one; sleep 0.5; echo two'], stdin=its, stdout=its, stderr=its) as run:
        os.close(its)
        seen = ''
        while part := read_terminal(ours):
            seen += part
    os.close(ours)
    ok(run.returncode == 0 and 'one\r\n' in seen and 'two\r\n' in seen and seen.count(' threads)') >= 3 and '\033[J' not in seen,
       'a command on the same terminal: a line for each interval', seen[-500:])


def test_intervals():
    many = started(CLASSES, 'nap', '20', '50')
    until(5, lambda: len(os.listdir(f'/proc/{many.pid}/task')) == 51)
    run = mptrace('profile', '-p', str(many.pid), '--duration', '1.3', '--interval', '0.3', '-j')
    *intervals, last = run.stdout.splitlines()
    told = [json.loads(line) for line in intervals]
    ok(3 <= len(told) <= 4 and json.loads(last)['schema'] == 'mptrace.result/1', 'a line for each interval, and the result', run)
    ok(all(len(line) <= 5000 for line in intervals), 'no line is longer than 5 kB', [len(line) for line in intervals])
    ok(all(len(line['threads']) + line['others']['count'] == 51 for line in told), 'every thread is in it', told[0])
    ok(all(one['to_ns'] == two['from_ns'] for one, two in zip(told, told[1:])), 'they follow each other')
    spent = sum(row.get('on_cpu', 0) for line in told for row in [*line['threads'], line['others']])
    whole = told[-1]['to_ns']
    ok(0.1 * whole < spent <= os.cpu_count() * whole * 1.01, 'and add up to no more than there are CPUs', spent, whole)
    run = mptrace('profile', '-p', str(many.pid), '--duration', '0.8', '--interval', '0.3')
    ok(run.stdout.count(' s  on CPU') == 2 and '\033' not in run.stdout, 'text: a line each, where there is no terminal', run)
    watch_on_a_terminal(many.pid)
    many.kill()
    many.wait()


def test_report():
    with tempfile.TemporaryDirectory() as scratch:
        run = mptrace('profile', '-o', f'{scratch}/kept', 'sh', '-c', 'sleep 0.2 & echo x | cat >/dev/null; wait')
        again = mptrace('report', f'{scratch}/kept')
        ok(again.status == 0 and again.stdout == run.stderr and 'Processes' in again.stdout, 'a stored profile says the same', again, run)
        differs = mptrace('compare', f'{scratch}/kept', f'{scratch}/kept')
        ok(differs.status == 0, 'and can be compared', differs)


def test_two():
    spinning = started(CLASSES, 'spin', '20', '1')
    runs = [Run(['profile', '-p', str(spinning.pid), '--duration', '1', '-j']) for _ in range(2)]
    for run in runs:
        run.wait()
        is_sound('two at once', run.result)
    spinning.kill()
    spinning.wait()


main(test_usage, test_command, test_classes, test_attach, test_signals, test_group, test_cpus, test_intervals, test_shared_terminal, test_report, test_two)
