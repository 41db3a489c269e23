#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every kind of run, again and again: nothing is ever off, lost, or failed. MPTRACE_REPEATS: how often (30)."""
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = str(ROOT / 'build/mptrace')
REPEATS = int(os.environ.get('MPTRACE_REPEATS', '30'))
RUNS = ['serial -t 20', 'thread -t 40', 'thread-pool -t 40', 'process -t 40', 'pool -t 40',
        'pool -t 100000 --task none --chunk 1', 'thread-pool -t 20000 -n 4 --task lock:5us --chunk 1',
        'pool -t 20000 -n 4 --task lock:5us --chunk 1', 'process -t 2000 -n 32 --task none',
        'thread -t 500 --task sleep:20ms', 'pool -t 200 --task touch:1M --chunk 1',
        'pool -t 40 --task read:1M+write:256K --chunk 1', 'pool -t 40 --cpu-limit 50', 'thread -t 40 -C 0']


def wrong(result):
    found = [f"{row['name']} is off: {row['because']}" for row in result['accounting'] if row['status'] == 'off']
    found += [f"{c['id']}: {c['evidence']}" for c in result['checks'] if c['verdict'] == 'FAIL']
    found += [f'lost {name}: {n}' for name, n in result['tracer']['lost'].items() if n]
    found += [f"thread {t['tid']} has unaccounted time" for t in result['threads']
              if t['on_cpu_ns'] + t['run_queue_ns'] + sum(t['blocked_ns'].values()) != t['end_ns'] - t['start_ns']]
    return found + ([str(result['outcome'])] if result['outcome']['status'] != 'ok' else [])


def main():
    if os.geteuid():
        print('1..0 # SKIP run needs root')
        return 0
    failed = 0
    for number, words in enumerate(RUNS, 1):
        bad = []
        for _ in range(REPEATS):
            done = subprocess.run([PROGRAM, 'run', *words.split(), '-j'], capture_output=True, text=True, check=False)
            try:
                bad += wrong(json.loads(done.stdout))
            except ValueError:
                bad.append(done.stderr.strip())
        failed += bool(bad)
        print(f"{'not ' if bad else ''}ok {number} - {REPEATS} times {words}: nothing wrong", flush=True)
        for line in bad[:10]:
            print(f'# {line[:400]}')
    print(f'1..{len(RUNS)}')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
