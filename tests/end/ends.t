#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""However it ends - by a signal, a timeout, or killed outright with its guardian - nothing outlives a run."""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get('MPTRACE_MUTANT_PROGRAM', str(ROOT / 'build/mutant/mptrace'))
GROUPS = Path('/sys/fs/cgroup')
LONG = ['run', 'pool', '-t', '200', '-n', '2', '--task', 'sleep:300ms', '--chunk', '1']
count = failed = 0


def ok(good, says, *details):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {says}")
    for detail in () if good else details:
        print('# ' + str(detail)[:600].replace('\n', ' | '))


def groups_of(pid):
    """Directories of this mptrace's group; walked anew where another run's group vanishes meanwhile."""
    while True:
        try:
            return [path for path in GROUPS.glob('**/mptrace/*') if path.is_dir() and f'-{pid}-' in path.name]
        except FileNotFoundError:
            continue


def inside(groups):
    """The processes that are in these groups now."""
    found = set()
    for group in groups:
        try:
            found |= set((group / 'cgroup.procs').read_text(encoding='utf-8').split())
        except OSError:
            pass
    return found


def children(pid):
    return [int(word) for word in Path(f'/proc/{pid}/task/{pid}/children').read_text(encoding='utf-8').split()]


def until(seconds, condition):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


def start(mutant=''):
    """A running workload: its mptrace, its groups, its guardian's pid."""
    process = subprocess.Popen([PROGRAM, *LONG, '-j'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               env=dict(os.environ, MPTRACE_MUTANT=mutant))
    until(10, lambda: len(inside(groups_of(process.pid))) >= 3)
    time.sleep(0.3)
    guardians = [child for child in children(process.pid)
                 if Path(f'/proc/{child}/comm').read_text(encoding='utf-8').strip() == 'mptrace-guard']
    return process, groups_of(process.pid), guardians


def test_signals():
    for number, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        for mutant in ('', 'stop', 'fork-loop'):
            process, groups, _ = start(mutant)
            process.send_signal(number)
            output = process.communicate(timeout=20)[0]
            result = json.loads(output)
            ok(process.returncode == expected and result['outcome']['status'] == 'interrupted' and result['threads'],
               f'signal {number} with a workload {mutant or "that obeys"}: exit {expected}, what was measured is there',
               process.returncode, result['outcome'])
            ok(not any(group.exists() for group in groups), 'and no group is left', groups)


def test_timeout():
    done = subprocess.run([PROGRAM, *LONG, '-j', '--timeout', '0.4'], capture_output=True, text=True, check=False, timeout=20)
    result = json.loads(done.stdout)
    ok(done.returncode == 124 and result['outcome']['status'] == 'timeout' and result['outcome']['wall_ns'] is None,
       'a timeout exits 124 and says so', done.returncode, result['outcome'])


def test_killed():
    for mutant in ('', 'hang', 'stop', 'double-fork', 'fork-loop'):
        for guardian_first in (False, True):
            process, groups, guardians = start(mutant)
            before = inside(groups)
            if guardian_first:
                os.kill(guardians[0], signal.SIGKILL)
                until(2, lambda old=guardians, of=process: any(
                    child not in old and Path(f'/proc/{child}/comm').exists() and
                    'guard' in Path(f'/proc/{child}/comm').read_text(encoding='utf-8') for child in children(of.pid)))
            process.kill()
            gone = until(1.5, lambda at=groups: not inside(at))
            process.communicate()
            name = f"{mutant or 'pool'}, guardian {'killed first' if guardian_first else 'alive'}"
            ok(len(guardians) == 1 and len(before) >= 3 and gone, f'SIGKILL ({name}): every process is gone', guardians, before,
               inside(groups))
            ok(until(2, lambda at=groups: not any(group.exists() for group in at)), f'SIGKILL ({name}): and so are the groups')


def test_leftovers():
    stale = GROUPS / 'freezer' if (GROUPS / 'freezer').is_dir() else GROUPS
    group = stale / 'mptrace' / 'pool-4194303-1'
    for _ in range(5):  # the next run of anybody removes it, too
        group.mkdir(parents=True, exist_ok=True)
        found = subprocess.run([PROGRAM, 'doctor'], capture_output=True, text=True, check=False).stdout
        if 'pool-4194303-1' in found:
            break
    ok('pool-4194303-1' in found, 'doctor finds a group whose owner is gone', found[-300:])
    subprocess.run([PROGRAM, 'doctor', '--clean'], capture_output=True, check=False)
    ok(not group.exists(), 'doctor --clean removes it')


def main():
    if os.geteuid():
        print('1..0 # SKIP run needs root')
        return 0
    test_signals()
    test_timeout()
    test_killed()
    test_leftovers()
    print(f'1..{count}')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
