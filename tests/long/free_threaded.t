#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""A free-threaded CPython: no GIL is found, no wait for one invented. `make check-free-threaded` builds it first."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'end'))
# pylint: disable-next=wrong-import-position
from mptrace import ROOT, experiment, failing, main, off, ok, parallel_known

PYTHON = ROOT / 'build/free-threaded/bin/python3.13t'


def test_free_threaded():
    for workload in ('serial', 'thread', 'thread-pool', 'process', 'pool'):
        bound = '' if workload == 'serial' else '-n 2'
        words = f'{workload} {bound} -t 20 --task cpu:20ms --engine python --python {PYTHON}'
        run = experiment(words)
        result = run.result
        ok(run.status == 0 and not failing(result) and not off(result), f'{workload}: goes well', run, off(result))
        ok(result['environment']['interpreter']['gil'] == 'absent' and result['environment']['interpreter']['free_threaded'],
           f'{workload}: gil: absent', result['environment'])
        ok(result['totals']['gil_ns'] == 0 and not [lock for lock in result['locks'] if lock['kind'] == 'gil'],
           f'{workload}: nobody waited for it', result['totals'])
        if workload in ('thread', 'thread-pool'):
            ok(parallel_known(lambda words=words: experiment(words).result['totals'])['parallelism'] > 1.5, f'{workload}: threads compute at once', result['totals']['parallelism'])


if not PYTHON.exists():
    print('1..0 # SKIP no free-threaded Python: make check-free-threaded builds one')
    sys.exit(0)
main(test_free_threaded)
