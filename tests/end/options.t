#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Signals to one task, limits of files and processes, a parent's memory, counted calls: known answers, and no hang."""
import os
import shutil
import tempfile
from pathlib import Path

from mptrace import experiment, failing, main, mptrace, nothing_left, off, ok, schema_errors

PIDS = Path('/sys/fs/cgroup/pids')
MS = 1_000_000
SLEEPS = '--task sleep:300ms'


def run(words, status=0, **how):
    """
    It must exit with STATUS, be sound if that is 0, and obey the schema. Whether figures reconcile is for run.t and
    python.t: what is counted here does not depend on who else uses these CPUs.
    """
    done = experiment(words, **how)
    done.status = status if done.status == 5 and off(done.result) else done.status
    result = done.result
    errors = schema_errors(result) if result.get('schema') else []
    ok(done.status == status and not errors and (status or not failing(result)), f'{words}: exits {status}', done, *errors[:5],
       failing(result), off(result))
    result.setdefault('totals', {})
    return result


def totals(result, *names):
    return tuple(result['totals'].get(name) for name in names)


def durations(result):
    return [task['end_ns'] - task['start_ns'] if task['end_ns'] else None for task in result.get('tasks', [])]


def test_interrupt():
    """USR1 ends one task's sleep; the others sleep on."""
    for workload in ('thread -t 4', 'process -t 4', 'thread-pool -n 4 -t 4 --chunk 1', 'pool -n 4 -t 4 --chunk 1', 'serial -t 4'):
        result = run(f'{workload} {SLEEPS} --signal USR1@50ms:2')
        ok(totals(result, 'tasks_interrupted', 'tasks_done', 'tasks_failed', 'workers_killed') == (1, 4, 0, 0),
           f'{workload}: one is interrupted, nobody dies', result['totals'])
        took = durations(result)
        others = took[:2] + took[3:]
        ok(None not in took and 50 * MS <= took[2] < 250 * MS and all(time >= 300 * MS for time in others),
           f'{workload}: task 2 ended early, the others slept on', took)
        ok([task['interrupted'] for task in result['tasks']] == [0, 0, 1, 0], f'{workload}: it was task 2')
        late = result['outcome']['signal_ns'] - result['tasks'][2]['start_ns'] - 50 * MS
        ok(0 <= late < 50 * MS, f'{workload}: it was sent when it was due: {late} ns later')
    result = run(f'thread -t 2 {SLEEPS}')
    ok(result['outcome']['signal_ns'] is None and totals(result, 'tasks_interrupted') == (0,), 'without a signal none is')


def test_end_itself():
    """USR2: the thread cancels itself; for its siblings nothing changes."""
    result = run(f'thread -t 4 {SLEEPS} --signal USR2@50ms:2', status=1)
    ok(totals(result, 'tasks_done', 'tasks_failed', 'workers_killed') == (3, 1, 0), 'one thread ends itself: 3 tasks are done', result['totals'])
    ok('task 2' in result['outcome']['says'] and 'pthread_cancel' in result['outcome']['says'], 'and it is said', result['outcome'])
    ok(len([thread for thread in result['threads'] if thread['role'] == 'worker']) == 4, 'all four lived')
    for workload in ('process -t 4', 'serial -t 4', 'pool -n 2 -t 6 --chunk 1', 'thread-pool -n 2 -t 6 --chunk 1'):
        result = run(f'{workload} {SLEEPS} --signal USR2@50ms:1', status=1)
        ok('task 1' in result['outcome']['says'] and result['outcome']['tasks_failed'] == 1, f'{workload}: it is said, and no hang', result['outcome'])
    result = run('thread -t 2 --task cpu:100ms --signal USR2@20ms:1', status=1)
    ok(totals(result, 'tasks_done', 'tasks_failed') == (1, 1) and not failing(result), 'one that computes ends after its step', result['totals'])


def test_kill():
    result = run(f'process -t 4 {SLEEPS} --signal KILL@50ms:1', status=1)
    ok(totals(result, 'tasks_done', 'tasks_failed', 'workers_killed') == (3, 1, 1), 'one process is killed: 3 tasks are done', result['totals'])
    ok('task 1' in result['outcome']['says'] and 'signal 9' in result['outcome']['says'], 'and it is said', result['outcome'])
    ended = [task['end_ns'] is not None for task in result['tasks']]
    ok(ended == [True, False, True, True], 'exactly that one', ended)
    for signal in ('KILL', 'TERM'):
        result = run(f'thread -t 4 {SLEEPS} --signal {signal}@50ms:1', status=1)
        ok(totals(result, 'tasks_done', 'workers_killed') == (0, 4) and 'was killed by signal' in result['outcome']['says'],
           f'a thread that gets {signal} takes all others with it', result['totals'], result['outcome'])
    for workload in ('pool -n 2 -t 6 --chunk 1', 'pool -n 2 -t 6 --chunk 1 --engine python', 'process -t 4 --engine python'):
        result = run(f'{workload} {SLEEPS} --signal KILL@50ms:1', status=1)
        ok(totals(result, 'workers_killed') == (1,) and 'signal 9' in result['outcome']['says'] and 'on task 1' in result['outcome']['says'],
           f'{workload}: which worker, how, on which task', result['outcome'], result['totals'])
    for workload in ('thread -t 4', 'thread-pool -n 2 -t 6', 'serial -t 2'):
        result = run(f'{workload} {SLEEPS} --engine python --signal KILL@50ms:0', status=1)
        ok('signal 9' in result['outcome']['says'], f'{workload}, Python: it is said', result['outcome'])


def test_not_sent():
    for words in ('serial -t 3 --task sleep:20ms --signal USR1@10s:1', 'thread -t 3 --task sleep:20ms --signal USR1@10s:1'):
        result = run(words, status=1)
        ok('was not sent to task 1' in result['outcome']['says'], 'a signal that was never due: said', result['outcome'])
    result = run('serial -t 3 --task sleep:300ms --signal USR1@10s:2 --timeout 0.5', status=124)
    ok(result['outcome']['signal_ns'] is None, 'a timeout stays a timeout')
    result = run('thread -t 2 --task sleep:100ms --signal STOP@20ms:1 --timeout 0.5', status=124)
    ok(result['outcome']['status'] == 'timeout', 'a stopped workload ends by its timeout', result['outcome'])


def test_open_files():
    for limited in ('process -t 200 --task sleep:500ms --open-files 64', 'pool -n 100 -t 200 --task none --open-files 64',
                    'pool -n 20 -t 40 --task none --method submit --open-files 30',
                    'process -t 40 --start-method spawn --task none --open-files 20'):
        result = run(f'{limited} --engine python', status=1)
        ok('Too many open files' in result['outcome']['says'], f'{limited}, Python: errno in words', result['outcome'])
    for workload in ('serial -t 4', 'thread -t 4', 'process -t 4', 'thread-pool -n 2 -t 4', 'pool -n 2 -t 4'):
        result = run(f'{workload} --task read:64K+write:64K --open-files 6', status=1)
        ok('step write failed: Too many open files' in result['outcome']['says'], f'{workload}: errno in words', result['outcome'])
    done = mptrace('run', 'thread-pool', '-n', '2', '--engine', 'python', '--task', 'read:64K', '--open-files', '6')
    ok(done.status == 3 and 'Too many open files' in done.stderr, 'a Pool that cannot be prepared: exit 3, errno in words', done)
    result = run('pool -n 4 -t 200 --engine python --task cpu:1ms --open-files 64')
    ok(result['spec']['open_files_limit'] == 64, 'a pool of 4 has enough for 200 tasks')
    run('process -t 100 --task none --open-files 16')
    ok(totals(run('pool -n 2 -t 4 --task none'), 'open_files')[0] >= 5, 'a process has at least its five descriptors open')
    ok(mptrace('run', 'serial', '--open-files', '2', '--task', 'none').status == 3, 'so few that nothing can start: exit 3')


def test_max_processes():
    if not PIDS.exists() and 'pids' not in Path('/sys/fs/cgroup/cgroup.controllers').read_text(encoding='ascii').split():
        refused(3, ['--max-processes', 'controller'], 'serial', '--max-processes', '9')
        return
    for words, made in (('process -t 40', 19), ('thread -t 40', 19), ('pool -n 40 -t 80', 19), ('thread-pool -n 40 -t 80', 19)):
        result = run(f'{words} --task sleep:1s --max-processes 20', status=1)
        ok('Resource temporarily unavailable' in result['outcome']['says'], f'{words}: errno in words', result['outcome'])
        ok(totals(result, 'threads') == (made + 1,), f'{words}: 20 and not one more lived', result['totals'])
    for words in ('thread -t 40', 'process -t 40', 'pool -n 40 -t 80', 'thread-pool -n 40 -t 80', 'pool -n 40 -t 80 --method submit',
                  'thread-pool -n 40 -t 80 --method submit', 'process -t 40 --start-method spawn'):
        result = run(f'{words} --task sleep:1s --engine python --max-processes 20', status=1)
        ok('Resource temporarily unavailable' in result['outcome']['says'], f'{words}, Python: errno in words', result['outcome'])
    result = run('process -t 100 -n 5 --task none --max-processes 20')
    ok(result['spec']['max_processes'] == 20 and totals(result, 'workers') == (100,), 'within the limit all goes well')


def refused(status, names, *words, **how):
    done = mptrace('run', *words, **how)
    ok(done.status == status and all(name in done.stderr for name in names) and done.stderr.count('\n') == 1,
       f"{' '.join(words)}: exits {status} and names {', '.join(names)}", done)


def test_out_of_memory():
    for engine in ('native', 'python'):
        for words in ('serial -t 2', 'thread -t 2', 'process -t 2', 'thread-pool -n 2 -t 4', 'pool -n 2 -t 4'):
            result = run(f'{words} --chunk 1 --task touch:96M --memory-limit 64M --engine {engine}'.replace(
                '--chunk 1 ', '--chunk 1 ' if 'pool' in words else ''), status=1)
            ok('OOM' in result['outcome']['says'], f'{words}, {engine}: the kernel killed it, and that is said', result['outcome'])
    refused(3, ['--memory-limit'], 'process', '--parent-memory', '256M', '--memory-limit', '64M')


def test_calls():
    """A sleep step is one system call; the rest of a task is none."""
    counts = [totals(run(f"serial -t 100 --task {'+'.join(['sleep:10us'] * steps)} --count-calls"), 'system_calls')[0] for steps in (2, 7)]
    ok(None not in counts and counts[1] - counts[0] == 500, 'five more sleep steps in 100 tasks: 500 calls more', counts)
    for workload in ('thread -t 20 -n 4', 'process -t 20 -n 4'):
        counts = [totals(run(f"{workload} --task {'+'.join(['sleep:10us'] * steps)} --count-calls"), 'system_calls')[0] for steps in (2, 7)]
        ok(None not in counts and 100 <= counts[1] - counts[0] <= 110, f'{workload}: five more in 20 tasks: 100 calls more', counts)
    for engine in ('native', 'python'):
        counts = [totals(run(f'process -t 4 --task call:{calls} --engine {engine} --count-calls'), 'system_calls')[0] for calls in (500, 1500)]
        ok(None not in counts and abs(counts[1] - counts[0] - 4000) <= 40, f'{engine}: 1,000 calls more in 4 tasks: 4,000 more', counts)
    reads = [totals(run(f'serial -t 10 --task read:{size} --count-calls'), 'system_calls')[0] for size in ('64K', '256K')]
    ok(None not in reads and reads[1] - reads[0] == 30, 'four blocks instead of one in 10 tasks: 30 calls more', reads)
    done = experiment('serial -t 5 --task none')
    ok(totals(done.result, 'system_calls') == (None,) and '--count-calls' in done.result['totals']['missing']['system_calls'] and
       'sys_enter' not in [program['name'] for program in done.result['tracer']['programs']], 'unasked nothing is attached for them')
    refused(2, ['--count-calls', '--no-trace'], 'serial', '--count-calls', '--no-trace')
    text = mptrace('run', 'serial', '-t', '5', '--task', 'none', '--count-calls', '--open-files', '64', '--signal', 'USR1@1ns:0').stdout
    ok('System calls' in text and 'at most 64 open files, signal USR1@1ns:0' in text, 'the text has them', text)


def test_shapes():
    for words, spaces in (('process -t 6', 7), ('thread -t 6', 1), ('pool -n 3 -t 6', 4), ('process -t 3 --engine python', 4),
                          ('process -t 3 --engine python --start-method spawn', 5)):
        ok(totals(run(f'{words} --task none'), 'address_spaces') == (spaces,), f'{words}: {spaces} address spaces')
    ok(totals(run('pool -n 3 -t 30 --task cpu:1ms -C 0'), 'cpus_used') == (1,), 'on one CPU one is used')
    if os.cpu_count() > 1:
        ok(totals(run('process -t 6 --task cpu:150ms'), 'cpus_used')[0] > 1, 'on more, more')
    ok(totals(run('process -t 6 -n 2 --task cpu:1ms'), 'tasks_at_once', 'fifo_threads') == (2, 0), 'two of six at once, none under SCHED_FIFO')
    result = run('process -t 6 -n 2 --task cpu:1ms')
    ok(totals(result, 'tasks', 'workers', 'tasks_failed') == (6, 6, 0), 'six tasks, six workers')
    ok(result['totals']['all_on_cpu_ns'] > result['totals']['on_cpu_ns'] > 0, 'all threads and workers on a CPU', result['totals'])
    threaded = [check for check in result['checks'] if check['id'] == 'threaded'][0]
    ok((threaded['verdict'], threaded['opportunities'], threaded['violations']) == ('PASS', 7, 0), 'seven processes, each with a thread', threaded)


def test_times():
    for words in ('process -t 20 -n 1', 'thread -t 20 -n 1', 'process -t 5 -n 1 --engine python', 'thread -t 20 -n 1 --engine python'):
        ended = totals(run(f'{words} --task sleep:5ms'), 'ended_ns')[0]
        # A thread that is joined only at the end would wait for all the other tasks.
        ok(ended and 1000 < ended < 40 * MS, f'{words}: the caller was back soon after each end: {ended} ns')
    for words in ('pool -n 2 -t 8', 'thread-pool -n 2 -t 8', 'pool -n 2 -t 8 --engine python', 'thread-pool -n 2 -t 8 --engine python'):
        result = run(f'{words} --task sleep:1ms')
        close, first = totals(result, 'close_ns', 'first_start_ns')
        ok(close and first and 0 < first < result['totals']['wall_ns'], f'{words}: closed in {close} ns, first start after {first} ns')
    ok(totals(run('process -t 2 --task none'), 'close_ns') == (None,), 'a process per task has nothing to close')
    early = totals(run('pool -n 2 -t 10 --chunk 1 --task sleep:10ms'), 'results_early')[0]
    ok(early in (8, 9), f'before the last of ten ended eight or nine results were there: {early}')
    early = totals(run('serial -t 10 --task none'), 'results_early')
    ok(early == (9,), 'one after the other: nine', early)
    early = totals(run('pool -n 2 -t 10 --chunk 1 --task sleep:10ms --engine python'), 'results_early')[0]
    ok(early in (8, 9), f'in a Pool, too: {early}')


def test_failed():
    """A task that fails is one that failed, whoever notices: the task, its worker's end, the caller."""
    with tempfile.TemporaryDirectory(prefix='test-of-options-') as folder:
        os.chmod(folder, 0o755)
        path = Path(folder, 'fails.py')
        path.write_text('def seven(number):\n    assert number != 7\n', encoding='utf-8')
        for workload in ('serial', 'thread', 'process', 'thread-pool -n 2', 'pool -n 2 --chunk 1'):
            result = run(f'{workload} --call {path}:seven --items range(8)', status=1)
            failed = [task['id'] for task in result['tasks'] if task['failed']]
            ok(totals(result, 'tasks_failed') == (1,) and failed == [7], f'{workload}: task 7 failed', failed, result['outcome'])


def test_parent_memory():
    for engine in ('native', 'python'):
        result = run(f'process -t 4 --task none --parent-memory 64M --engine {engine}')
        main_process = [process for process in result['processes'] if process['role'] == 'main'][0]
        ok(main_process['peak_rss_bytes'] > 64 << 20 and totals(result, 'data_bytes')[0] > 64 << 20, f'{engine}: it is there', main_process)
        ok(result['spec']['parent_memory_bytes'] == 64 << 20, f'{engine}: and in the spec')
        result = run(f'pool -n 2 -t 4 --task none --parent-memory 64M --engine {engine}')
        pss, rss, data = totals(result, 'pss_bytes', 'rss_bytes', 'data_bytes')
        ok(pss and pss < rss and data > 64 << 20, f'{engine}: forked workers have it too', result['totals'])
    done = mptrace('run', 'serial', '--task', 'none', '--parent-memory', '99999999G')
    ok(done.status == 3 and 'parent-memory' in done.stderr, 'more than can be mapped: exit 3', done)


def test_free_threaded(scratch):
    refused(3, [f'{scratch}/nowhere'], 'serial', '--engine', 'python', '--python', 'free-threaded', MPTRACE_FREE_THREADED=f'{scratch}/nowhere')
    refused(3, ['free-threaded', 'with a GIL'], 'serial', '--engine', 'python', '--python', 'free-threaded', MPTRACE_FREE_THREADED='/usr/bin/python3')
    refused(3, ['$MPTRACE_FREE_THREADED'], 'serial', '--engine', 'python', '--python', 'free-threaded',
            prefix=('env', '-u', 'MPTRACE_FREE_THREADED'))
    fake = Path(scratch, 'fake')
    # Asked what it is, it answers as a Python whose GIL is off.
    fake.write_text('#!/bin/sh\n[ "$2" = -c ] || exec /usr/bin/python3 "$@"\n'
                    'exec /usr/bin/python3 -I -c "import sys; sys._is_gil_enabled = lambda: False\n$3"\n', encoding='utf-8')
    fake.chmod(0o755)
    result = run('serial -t 2 --task none --engine python --python free-threaded', MPTRACE_FREE_THREADED=str(fake))
    ok(result['environment']['interpreter']['gil'] == 'absent', 'one that says that it has no GIL is taken')


def test_words():
    for words, names in ((['--signal', 'USR1'], ['NAME@TIME:TASK']), (['--signal', 'USR9@1ms:1'], ['USR9', 'did you mean']),
                         (['--signal', 'USR1@1ms:100'], ['no task 100']), (['--signal', 'STOP@1ms:1'], ['--timeout']),
                         (['--open-files', '0'], ['--open-files']), (['--max-processes', '0'], ['--max-processes']),
                         (['--parent-memory', '0'], ['--parent-memory']), (['--parent-memory', '5X'], ['--parent-memory'])):
        refused(2, names, 'pool', *words)


def in_scratch(test):
    def wrapped():
        scratch = tempfile.mkdtemp(prefix='test-of-options-')
        os.chmod(scratch, 0o755)
        try:
            test(scratch)
        finally:
            shutil.rmtree(scratch)
    return wrapped


def clean(test):
    def wrapped():
        test()
        nothing_left(test.__name__)
    return wrapped


main(test_words, clean(test_interrupt), test_end_itself, clean(test_kill), test_not_sent, clean(test_open_files), clean(test_max_processes),
     clean(test_out_of_memory), test_calls, test_shapes, test_times, test_failed, test_parent_memory, in_scratch(test_free_threaded))
