#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every kind of run, again and again: nothing is ever off, lost, or failed. MPTRACE_REPEATS: how often (30)."""
import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'end'))
# pylint: disable-next=wrong-import-position
from mptrace import experiment, failing, main, off, ok

REPEATS = int(os.environ.get('MPTRACE_REPEATS', '30'))
RUNS = ['serial -t 20', 'thread -t 40', 'thread-pool -t 40', 'process -t 40', 'pool -t 40',
        'pool -t 100000 --task none --chunk 1', 'thread-pool -t 20000 -n 4 --task lock:5us --chunk 1',
        'pool -t 20000 -n 4 --task lock:5us --chunk 1', 'process -t 2000 -n 32 --task none',
        'thread -t 500 --task sleep:20ms', 'pool -t 200 --task touch:1M --chunk 1',
        'pool -t 40 --task read:1M+write:256K --chunk 1', 'pool -t 40 --cpu-limit 50', 'thread -t 40 -C 0']


def wrong(result):
    found = [f"{row['name']} is off: {row['because']}" for row in off(result)]
    found += [f"{c['id']}: {c['evidence']}" for c in result['checks'] if c['id'] in failing(result)]
    found += [f'lost {name}: {n}' for name, n in result['tracer']['lost'].items() if n]
    found += [f"thread {t['tid']} has unaccounted time" for t in result['threads']
              if t['on_cpu_ns'] + t['run_queue_ns'] + sum(t['blocked_ns'].values()) != t['end_ns'] - t['start_ns']]
    return found + ([str(result['outcome'])] if result['outcome']['status'] != 'ok' else [])


def test_repeats():
    for words in RUNS:
        bad = [line for _ in range(REPEATS) for line in wrong(experiment(words).result)]
        ok(not bad, f'{REPEATS} times {words}: nothing wrong', *bad[:10])


main(test_repeats)
