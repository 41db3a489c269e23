#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""A long watch: 6,000 intervals, threads that stay and thousands that come and go; mptrace's memory does not grow."""
import os
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'end'))
# pylint: disable-next=wrong-import-position
from mptrace import ROOT, Run, main, ok

CLASSES = str(ROOT / 'build/tests/classes')
SECONDS = 60


def resident(pid):
    return int(re.search(r'VmRSS:\s+(\d+)', Path(f'/proc/{pid}/status').read_text(encoding='ascii')).group(1))


def test_flat():
    with subprocess.Popen([CLASSES, 'nap', str(SECONDS + 10), '50'], stdin=subprocess.DEVNULL) as staying, \
            subprocess.Popen(['sh', '-c', f'while :; do {CLASSES} forks 1 500; sleep 0.2; done'], stdin=subprocess.DEVNULL) as coming:
        with open(os.devnull, 'w', encoding='ascii') as nowhere:
            run = Run(['profile', '-p', f'{staying.pid},{coming.pid}', '--interval', '0.01', '--duration', str(SECONDS), '-j'], stdout=nowhere)
            sizes = []
            for _ in range(SECONDS // 10 - 1):
                time.sleep(10)
                sizes.append(resident(run.pid))
            run.wait()
        coming.kill()
        staying.kill()
    print(f'# KiB after each 10 s: {sizes}')
    ok(run.status == 0, 'it ran to its end', run)
    ok(max(sizes[1:]) - sizes[1] < 1024, 'from the second ten seconds on it grows by less than 1 MiB', sizes)


main(test_flat)
