#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Twenty validations of a claim that two identical experiments differ by nothing: none says that they do."""
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'end'))
# pylint: disable-next=wrong-import-position
from mptrace import main, mptrace, ok

ARMS = ['pool -t 40 -n 2 --task cpu:2ms', 'thread -t 8 --engine python --task cpu:5ms', 'process -t 20 -n 2 --task none',
        'pool -t 100 -n 2 --engine python --task none']
CLAIM = '''
source: {{id: test, title: "Test", language: en}}
claims:
  - id: same
    english: "Identical experiments do not differ"
    reading: "The ratio of their times is 1."
    cases:
      - name: twice the same
        arms: {{one: run {0}, other: run {0} --seed 2}}
        rule: [wall_ns(other) / wall_ns(one) within 5% of 1]
'''


def test_same():
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(20):
            arm = ARMS[number % len(ARMS)]
            path = Path(scratch, f'{number}.yaml')
            path.write_text(CLAIM.format(arm), encoding='utf-8')
            run = mptrace('validate', str(path), '--quick', '--seed', str(number + 1), '-j')
            claim = run.result['claims'][0] if run.result else {}
            ok(claim.get('verdict') in ('CONFIRMED', 'INCONCLUSIVE'), f'seed {number + 1}, {arm}: {claim.get("verdict")}', claim.get('reason'),
               claim.get('effect'), run.stderr[-500:])


main(test_same)
