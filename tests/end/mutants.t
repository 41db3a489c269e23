#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each check fails on a workload that was built to break it, and each reconciled figure on a spoilt probe."""
import json
import os
import subprocess

from tap import MUTANT as PROGRAM, main, ok

SLOW = ['-t', '60', '-n', '2', '--task', 'cpu:2ms', '--chunk', '1']
TOUCH = ['-t', '64', '-n', '2', '--task', 'touch:4M', '--chunk', '1']
SINGLE = ['-t', '40', '-n', '2', '--task', 'cpu:1ms']


def run(words, **env):
    done = subprocess.run([PROGRAM, 'run', *words, '-j'], capture_output=True, text=True, check=False, timeout=60,
                          env=dict(os.environ, **env))
    return done.returncode, json.loads(done.stdout)


def failing(result):
    return [check['id'] for check in result['checks'] if check['verdict'] == 'FAIL']


def test_checks():
    cases = [('lifo', 'fifo', ['pool', *SLOW]), ('lifo', 'fifo', ['thread-pool', *SLOW]), ('lifo', 'fifo', ['process', *SINGLE]),
             ('swap-results', 'ordered', ['pool', *SLOW]), ('swap-results', 'ordered', ['thread', *SINGLE]),
             ('early-return', 'ordered', ['pool', *SLOW]), ('lazy-worker', 'everyone', ['pool', *SLOW]),
             ('wrong-sum', 'verified', ['serial', *SINGLE[:2], *SINGLE[4:]]), ('wrong-sum', 'verified', ['pool', *SLOW]),
             ('hoard', 'memory', ['pool', *TOUCH]), ('reuse', 'one-each', ['process', *SINGLE]),
             ('reuse', 'one-each', ['thread', *SINGLE])]
    for mutant, check, words in cases:
        status, result = run(words, MPTRACE_MUTANT=mutant)
        ok(status == 1 and check in failing(result), f'{words[0]}: {mutant} fails the check {check}', status, failing(result),
           result['outcome'])
        if mutant != 'reuse':
            ok(failing(result) == [check], f'{words[0]}: {mutant} fails no other', failing(result))
        status, result = run(words, MPTRACE_MUTANT='')
        ok(status == 0 and not failing(result), f'{words[0]}: without the mutant none fails', status, failing(result),
           [row for row in result['accounting'] if row['status'] == 'off'])
    verdicts = {check['id']: check['verdict'] for check in run(['pool', *TOUCH])[1]['checks']}
    ok(all(verdict == 'PASS' for verdict in verdicts.values()), 'every check of a pool had a chance, and passes', verdicts)


def test_deaths():
    for mutant, where in (('die', 'on task'), ('die-locked', 'worker')):
        status, result = run(['pool', *SLOW], MPTRACE_MUTANT=mutant)
        says = result['outcome']['says'] or ''
        ok(status == 1 and result['outcome']['status'] == 'failed' and 'signal 9' in says and where in says,
           f'{mutant}: a dead worker is noticed and named', status, result['outcome'])
    status, result = run(['process', '-t', '10', '--task', 'none'], MPTRACE_MUTANT='die')
    ok(status == 1 and result['outcome']['tasks_failed'] == 1 and 'task 1:' in result['outcome']['says'],
       'process: one that dies fails its task, the others go on', status, result['outcome'])
    for workload in ('pool', 'thread', 'serial', 'process'):
        status, result = run([workload, '-t', '20', '--task', 'none'], MPTRACE_MUTANT='lie')
        ok(status == 1 and result['outcome']['status'] == 'failed' and 'journal' in result['outcome']['says'],
           f'{workload}: a lying journal is found out', status, result['outcome'])


def test_spoilt_probes():
    switching = ['thread-pool', '-t', '8000', '-n', '2', '--task', 'sleep:10us', '--chunk', '1']
    faulting = ['serial', '-t', '100', '--task', 'touch:4M']
    rows = {'switches': (switching, ['switches', 'switches by wait4']),
            'intervals': (switching, ['time on a CPU or runnable', 'CPU time by wait4', 'CPU time of the group']),
            'faults': (faulting, ['page faults'])}
    for what, (words, names) in rows.items():
        for how in ('drop', 'double'):
            result = run(words, MPTRACE_SPOIL=f'{what}:{how}')[1]
            status = {row['name']: row['status'] for row in result['accounting']}
            ok(all(status[name] == 'off' for name in names), f'each 1,000th of {what}, {how}: {names} are off', status)
        result = run(words)[1]
        status = {row['name']: row['status'] for row in result['accounting']}
        ok('off' not in status.values(), f'{what} unspoilt: nothing is off', status)


main(test_checks, test_deaths, test_spoilt_probes)
