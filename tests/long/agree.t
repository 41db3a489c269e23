#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Three validations of the whole catalogue (--quick): a claim that two of them decide comes out alike."""
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'end'))
# pylint: disable-next=wrong-import-position
from mptrace import PROGRAM, main, ok

DECIDED = ('CONFIRMED', 'REFUTED', 'CONDITIONAL')


def verdicts(seed, directory):
    """The verdict of each case of each claim."""
    done = subprocess.run([PROGRAM, 'validate', '--quick', '--seed', str(seed), '-o', directory, '-j'], stdout=subprocess.PIPE, text=True,
                          check=False)
    return {(claim['id'], case['name']): case['verdict'] for claim in json.loads(done.stdout)['claims'] for case in claim['cases']}


def test_agree():
    with tempfile.TemporaryDirectory() as scratch:
        runs = [verdicts(seed, f'{scratch}/{seed}') for seed in (1, 2, 3)]
    for case in runs[0]:
        found = [run[case] for run in runs]
        decided = [verdict for verdict in found if verdict in DECIDED]
        ok(all(a == b for a, b in itertools.combinations(decided, 2)), f'{case[0]}: {case[1]}: {", ".join(found)}')


main(test_agree)
