#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each check fails, and no other, on a workload that was built to break it; and passes on the same one unbroken."""
import time

from mptrace import experiment, failing, main, nothing_left, off, ok, verdicts

POOLED = '-t 60 -n 2 --task cpu:2ms --chunk 1'
SINGLE = '-t 40 -n 2 --task cpu:1ms'
BREAKS = {  # mutant: the check that it breaks, and the workloads that are tried
    'lifo': ('fifo', [f'pool {POOLED}', f'thread-pool {POOLED}', f'process {SINGLE}', f'thread {SINGLE}']),
    'swap-results': ('ordered', [f'pool {POOLED}', f'thread {SINGLE}']),
    'early-return': ('ordered', [f'pool {POOLED}', f'thread-pool {POOLED}']),
    'lazy-worker': ('everyone', [f'pool {POOLED}', f'thread-pool {POOLED}']),
    'hoard': ('memory', ['pool -t 64 -n 2 --task touch:4M --chunk 1', 'process -t 64 -n 2 --task touch:4M']),
    'wrong-sum': ('verified', [f'pool {POOLED}', 'serial -t 40 --task cpu:1ms', f'process {SINGLE}']),
    'reuse': ('one-each', [f'process {SINGLE}', f'thread {SINGLE}']),
}


def test_checks():
    whole = {}  # the same workload unbroken
    for mutant, (check, workloads) in BREAKS.items():
        for words in workloads:
            name = words.split()[0]
            broken = experiment(words, mutant=mutant)
            ok(broken.status == 1 and failing(broken.result) == [check],
               f'{name}: {mutant} fails the check {check} and no other, exit 1', failing(broken.result), broken.result['checks'],
               broken.result['outcome'], broken)
            if words not in whole:
                whole[words] = experiment(words, mutant='')
            run = whole[words]
            ok(run.status == 0 and verdicts(run.result).get(check) == 'PASS' and not failing(run.result),
               f'{name}: without {mutant} the check {check} passes, exit 0', verdicts(run.result),
               off(run.result), run)
    full = verdicts(whole['pool -t 64 -n 2 --task touch:4M --chunk 1'].result)
    ok(full and set(full.values()) == {'PASS'}, 'every check of a pool had a chance, and passes', full)


def test_deaths():
    for mutant, parts in (('die', ('worker 1', 'signal 9', 'on task ')), ('die-locked', ('worker ', 'signal 9', 'process '))):
        run = experiment(f'pool {POOLED}', mutant=mutant)
        outcome = run.result['outcome']
        ok(run.status == 1 and outcome['status'] == 'failed' and all(part in (outcome['says'] or '') for part in parts),
           f'pool: {mutant} is noticed and named', outcome, run)
    run = experiment('process -t 10 --task none', mutant='die')
    outcome = run.result['outcome']
    ok(run.status == 1 and outcome['status'] == 'failed' and (outcome['tasks_done'], outcome['tasks_failed']) == (9, 1)
       and 'task 1:' in outcome['says'] and 'signal 9' in outcome['says'],
       'process: one that dies fails its task, the others go on', outcome, run)
    nothing_left('after workers died')


def test_lies():
    for workload in ('serial', 'thread', 'thread-pool', 'process', 'pool'):
        run = experiment(f'{workload} -t 20 --task none', mutant='lie')
        ok(run.status == 1 and run.result['outcome']['status'] == 'failed' and 'journal' in run.result['outcome']['says'],
           f'{workload}: a lying journal is found out', run.result['outcome'], run)


def test_journal():
    run = experiment('pool -t 20 -n 2 --task cpu:1ms', mutant='shrink')
    ok(run.status == 0, 'a workload cannot cut the journal short under root', run)
    run = experiment('pool -t 20 -n 2 --task cpu:1ms', mutant='easy')
    ok(run.status == 0 and run.result['outcome']['steps_per_ms_before'] > 1000,
       'nor change what its work is measured by once the clock runs', run.result['outcome'], run)


def test_no_end():
    start = time.monotonic()
    run = experiment('pool -t 20 -n 2 --task cpu:1ms --timeout 1', mutant='linger')
    ok(run.status == 1 and 'did not end' in run.result['outcome']['says'] and run.result['outcome']['wall_ns'] and
       time.monotonic() - start < 10, 'a workload that does not end after its results is killed, and it is said',
       run.result['outcome'], run)
    run = experiment('pool -t 20 -n 2 --task cpu:1ms', mutant='double-fork')
    ok(run.status == 1 and 'left 1 process' in run.result['outcome']['says'],
       'a process that a workload leaves behind is killed, and it is said', run.result['outcome'], run)


main(test_checks, test_deaths, test_lies, test_journal, test_no_end)
