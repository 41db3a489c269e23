#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random journals and random task SPECs. MPTRACE_FUZZ: how many of each (300); MPTRACE_SEED: the first seed (1)."""
import os
import random
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'end'))
# pylint: disable-next=wrong-import-position
from mptrace import main, mptrace, nothing_left, ok, schema_errors

COUNT = int(os.environ.get('MPTRACE_FUZZ', '300'))
FIRST = int(os.environ.get('MPTRACE_SEED', '1'))
WORKLOADS = ['serial', 'thread', 'thread-pool', 'process', 'pool']
NOBODY = 65534


def test_journals():
    """A workload that writes random bytes all over its journal: a result by the schema, or a sentence; never a crash."""
    bad, found = [], 0
    for seed in range(FIRST, FIRST + COUNT):
        run = mptrace('run', WORKLOADS[seed % 5], '-t', '40', '--task', 'none', '--timeout', '2', '-j',
                      mutant='scribble', MPTRACE_SEED=str(seed))
        good = run.status in (0, 1, 3, 5) and (schema_errors(run.result) == [] if run.result else run.stderr.count('\n') == 1)
        found += run.status == 1
        if not good:
            bad.append(f'MPTRACE_SEED={seed} {run}')
    ok(not bad, f'{COUNT} random journals: each ends with a result or a sentence', *bad[:5])
    ok(found > COUNT / 2, f'{found} of {COUNT} were found out to be false')
    nothing_left('after random journals')


def random_spec(rng):
    steps = ['cpu:5ms', 'sleep:1us', 'touch:8M', 'read:1M:direct', 'none', '3*lock:2s', 'write:4K']
    parts = [',', '+', '*', ':', '0', '999999999999999999999', 'ms', 'M', ' ', '-', '.', '\x01', '한', 'cpu']
    spec = rng.choice(',+').join(rng.choice(steps) for _ in range(rng.randint(1, 5)))
    for _ in range(rng.randint(0, 2)):
        at = rng.randint(0, len(spec))
        spec = spec[:at] + rng.choice(parts) + spec[at + rng.randint(0, 1):]
    return spec


def test_specs():
    """Refused in one line (2), or understood and then refused because root is needed (3)."""
    rng, bad, understood = random.Random(FIRST), [], 0
    for _ in range(COUNT):
        spec = random_spec(rng)
        run = mptrace('run', 'serial', f'--task={spec}', prefix=('setpriv', '--reuid', str(NOBODY), '--clear-groups'))
        understood += run.status == 3
        if run.status not in (2, 3) or run.stderr.count('\n') != 1:
            bad.append(f'{spec!r}: {run}')
    ok(not bad, f'{COUNT} random SPECs: each is refused in one line or understood', *bad[:5])
    ok(COUNT / 10 < understood < COUNT, f'{understood} of {COUNT} SPECs were understood')


main(test_journals, test_specs)
