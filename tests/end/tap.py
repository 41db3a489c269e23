# SPDX-License-Identifier: GPL-2.0-or-later
"""What every end-to-end test stands on: TAP output, the programs under test, the need for root."""
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get('MPTRACE', str(ROOT / 'build/mptrace'))
MUTANT = os.environ.get('MPTRACE_MUTANT_PROGRAM', str(ROOT / 'build/mutant/mptrace'))
_counts = [0, 0]


def ok(good, says, *details):
    """One assertion; the details are printed where it fails."""
    _counts[0] += 1
    _counts[1] += not good
    print(f"{'' if good else 'not '}ok {_counts[0]} - {says}", flush=True)
    for detail in () if good else details:
        print(f'# {str(detail)[:600]}')


def main(*tests):
    """Runs TESTS and exits; without root the whole file is skipped."""
    if os.geteuid():
        print('1..0 # SKIP run needs root')
        sys.exit(0)
    for test in tests:
        test()
    print(f'1..{_counts[0]}')
    sys.exit(_counts[1] != 0)
