#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Real runs of every workload: the schema, the rules that must always hold, and known answers."""
import os

from mptrace import experiment, failing, loses_updates, main, off, ok, parallel_known, schema_errors, until_together, verdicts

WORKLOADS = ['serial', 'thread', 'thread-pool', 'process', 'pool']


def run(*words, status=0):
    done = experiment(' '.join(words))
    if done.status != status:
        ok(False, f"run {' '.join(words)} exits {status}", done)
    return done.result


def holds(result, name):
    """Rules 1 to 7 of the design on one result."""
    wrong = [t['tid'] for t in result['threads']
             if t['on_cpu_ns'] + t['run_queue_ns'] + sum(t['blocked_ns'].values()) != t['end_ns'] - t['start_ns']]
    ok(result['threads'] and not wrong, f'{name}: every nanosecond of every thread is accounted for', wrong)
    wrong = [t for t in result['threads'] if t['kernel']['switches'] !=
             t['switches']['voluntary'] + t['switches']['involuntary'] + t['switches']['yield']]
    ok(not wrong, f'{name}: switches are nvcsw + nivcsw of every thread', wrong)
    ok(not off(result), f'{name}: nothing is off', off(result))
    both = [row for row in result['accounting'] if row['status'] != 'kernel-only']
    ok(len(both) == 7 and all(row['traced'] is not None and row['kernel'] is not None for row in both),
       f'{name}: seven figures are reconciled', both)
    ok(not any(result['tracer']['lost'].values()), f'{name}: nothing was lost', result['tracer']['lost'])
    ok(result['tracer']['ns_per_switch'] is None or result['tracer']['ns_per_switch'] > 0, f'{name}: the bill is there')
    ok(not failing(result), f'{name}: no check fails', failing(result))
    parallel = result['totals']['parallelism']
    ok('unseen_run_ns' in result['totals']['missing']['parallelism'] if parallel is None else 1 <= parallel <= os.cpu_count() + 0.01,
       f'{name}: parallelism {parallel} is between 1 and the CPUs (or the kernel did not show it)', result['totals']['missing'])


def test_workloads():
    for workload in WORKLOADS:
        words = [] if workload == 'serial' else ['-n', '2']
        result = run(workload, '-t', '24', '--task', 'cpu:4ms', *words)
        errors = schema_errors(result)
        ok(not errors, f'{workload}: the schema holds', *errors[:5])
        holds(result, workload)
        started = {'serial': 1, 'thread': 25, 'thread-pool': 3, 'process': 25, 'pool': 3}[workload]
        ok(len(result['threads']) == started, f'{workload}: {started} threads lived', len(result['threads']))
        processes = {'process': 25, 'pool': 3}.get(workload, 1)
        ok(len(result['processes']) == processes, f'{workload}: {processes} processes lived')
        busy = result['totals']['on_cpu_ns']
        ok(24 * 3e6 < busy < 24 * 40e6, f'{workload}: the workers computed about as long as asked: {busy} ns')


def test_known_answers():
    result = run('process', '-t', '50', '-n', '8', '--task', 'sleep:2ms')
    sleeping = [t for t in result['threads'] if t['role'] == 'worker']
    slept = sum(t['blocked_ns']['sleep'] for t in sleeping)
    ok(len(sleeping) == 50 and 50 * 1.8e6 < slept, f'50 processes slept 2 ms each: {slept} ns')
    ok(result['totals']['created_ns'] > 0, 'creation was measured', result['totals'])
    pages = 512
    result = run('pool', '-t', '40', '-n', '2', '--task', 'touch:2M', '--chunk', '1')
    faults = result['totals']['faults']
    ok(40 * pages <= faults <= 40 * pages + 1500, f'40 tasks touch {pages} pages each: {faults} faults')
    result = run('thread-pool', '-t', '200', '-n', '4', '--task', 'lock:200us', '--chunk', '1')
    lock = [row for row in result['locks'] if row['symbol'] == 'task lock']
    ok(len(lock) == 1 and lock[0]['kind'] == 'mutex' and lock[0]['scope'] == 'private', 'the task lock is a private mutex', lock)
    ok(not failing(result), 'and its counter is right', failing(result))
    result = run('pool', '-t', '200', '-n', '4', '--task', 'lock:200us', '--chunk', '1')
    lock = [row for row in result['locks'] if row['symbol'] == 'task lock']
    ok(len(lock) == 1 and lock[0]['scope'] == 'shared' and lock[0]['hand_overs'] > 0, 'between processes it is shared', lock)
    result = run('pool', '-t', '8', '-n', '2', '--task', 'read:1M+write:256K')
    ok(not failing(result), 'what was read and written is verified', failing(result))
    workers = [p for p in result['processes'] if p['role'] == 'worker']
    ok(len(workers) == 2 and all(p['pss_bytes'] and p['peak_rss_bytes'] >= p['pss_bytes'] for p in workers),
       'workers of a pool have a share of memory at the closing barrier', workers)
    ok(all(p['faults']['cow'] > 0 for p in workers), 'and copied pages after fork')


def test_cow():
    """Each process copies each page of the first one's memory; a thread copies none."""
    pages = 1024
    copies = run('process', '-t', '2', '--task', 'cow:4M')['totals']['faults_cow']
    ok(2 * pages <= copies <= 2 * pages + 200, f'two processes copy {pages} pages each: {copies}')
    copies = run('process', '-t', '2', '--task', 'cow:4M+cow:1M,none')['totals']['faults_cow']
    ok(pages <= copies <= pages + 200, f'a page is copied once: {copies}')
    for workload in ('thread', 'serial'):
        totals = run(workload, '-t', '2', '--task', 'cow:4M')['totals']
        ok(totals['faults_cow'] == 0 and totals['faults'] < 200, f'{workload} copies none', totals['faults_cow'], totals['faults'])


def test_race():
    lost = run('serial', '-t', '2', '--task', 'race:1000000')['totals']['lost_updates']
    ok(lost == 0, 'serial loses no update', lost)
    for workload in ('thread', 'process'):
        totals = until_together(lambda name=workload: run(name, '-t', '2', '--task', 'race:50000000')['totals'])
        loses_updates(workload, totals, 100000000)
    totals = run('thread', '-t', '2', '--task', 'none')['totals']
    ok(totals['lost_updates'] is None and totals['messages'] is None and 'race' in totals['missing']['lost_updates'],
       'without such steps there is no figure', totals['missing'])


def test_exchange():
    for workload in ('thread', 'process'):
        for channel in ('memory', 'shared', 'pipe', 'semaphore'):
            result = run(workload, '-t', '2', '--task', f'exchange:{channel}:50:4K')
            arrived = 0 if (workload, channel) == ('process', 'memory') else 50
            ok(result['totals']['messages'] == arrived and verdicts(result)['verified'] == 'PASS',
               f'{workload}, {channel}: {arrived} of 50 round trips arrive', result['totals']['messages'], result['checks'])
    result = run('thread', '-t', '12', '-n', '2', '--task', '2*none,2*exchange:semaphore:9+exchange:shared:9+cpu:1ms')
    ok(result['totals']['messages'] == 3 * 18, 'three of six pairs, two at a time, exchange twice', result['totals']['messages'])
    result = run('process', '-t', '2', '--task', 'touch:1024G+exchange:pipe:9,exchange:pipe:9', '--timeout', '5', status=1)
    ok(result['outcome']['tasks_failed'] == 2 and 'task 0' in result['outcome']['says'],
       'a partner that fails is not waited for', result['outcome'])


def test_calls():
    result = run('thread', '-t', '2', '--task', 'call:100000')
    took = result['totals']['on_cpu_ns'] / 200000
    ok(30 < took < 10000 and verdicts(result)['verified'] == 'PASS', f'a call takes its time: {took:.0f} ns')


def test_sizes():
    result = run('pool', '-t', '100000', '--task', 'none')
    ok(not any(result['tracer']['lost'].values()) and not failing(result), '100,000 tasks of none lose nothing',
       result['tracer']['lost'], failing(result))
    result = run('process', '-t', '5000', '-n', '64', '--task', 'none')
    ok(len(result['processes']) == 5001 and not any(result['tracer']['lost'].values()), '5,000 processes lose nothing',
       len(result['processes']), result['tracer']['lost'])
    ok(not off(result), 'and nothing is off', off(result))
    result = run('thread', '-t', '1000', '--task', 'sleep:500ms')
    ok(len(result['threads']) == 1001 and not any(result['tracer']['lost'].values()) and not off(result),
       '1,000 threads at once lose nothing', len(result['threads']), off(result))
    ok(result['totals']['tasks_in_flight'] > 400, 'and they were there at once', result['totals']['tasks_in_flight'])


def test_limits():
    parallel = parallel_known(lambda: run('pool', '-n', '2', '-t', '40', '--task', 'cpu:5ms', '-C', '0')['totals'])['parallelism']
    ok(parallel <= 1.01, 'on one CPU nothing is parallel', parallel)
    result = run('pool', '-n', '2', '-t', '40', '--task', 'cpu:5ms', '--cpu-limit', '50')
    ok(result['cgroup']['throttled_ns'] > 0, 'a CPU limit throttles', result['cgroup'])
    result = run('pool', '-n', '2', '-t', '4', '--task', 'touch:64M', '--memory-limit', '32M', status=1)
    ok(result['outcome']['status'] == 'failed' and 'OOM' in (result['outcome']['says'] or ''),
       'over the memory limit is a failure that says so', result['outcome'])
    result = run('pool', '-t', '20', '--no-trace')
    ok(result['threads'] == [] and result['totals']['on_cpu_ns'] is None and 'no-trace' in result['totals']['missing']['on_cpu_ns'],
       '--no-trace measures no thread and says why')
    ok(not failing(result), 'and the journal is checked all the same')
    results = run('serial', '-t', '5', '--repeat', '3')
    ok(len(results) == 3, '--repeat 3 gives an array of 3')


main(test_workloads, test_known_answers, test_cow, test_race, test_exchange, test_calls, test_sizes, test_limits)
