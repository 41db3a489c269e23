#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""A sweep of as many combinations as are allowed: they are planned in seconds, and --max-time ends it."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'end'))
# pylint: disable-next=wrong-import-position
from mptrace import main, mptrace, ok


def test_many():
    hundred = ','.join(map(str, range(1, 101)))
    run = mptrace('run', 'pool', 'thread', '--tasks', hundred, '--workers', hundred, '--max-time', '1', '--format', 'csv')
    ok(run.status == 0 and run.stdout.count('\n') == 20001 and '20008 different arms' in run.stderr,
       '10,000 combinations with a limit: what could be measured, for each', run.status, run.stdout[-500:], run.stderr[-500:])


main(test_many)
