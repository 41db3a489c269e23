#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""A Python Pool for a minute: nothing is lost, and mptrace itself does not grow. MPTRACE_SOAK: for how long, s (60)."""
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'end'))
# pylint: disable-next=wrong-import-position
from mptrace import Run, failing, main, off, ok

SOAK_S = int(os.environ.get('MPTRACE_SOAK', '60'))
PAGE_KIB = os.sysconf('SC_PAGE_SIZE') // 1024


def rss_kib(pid):
    """Without what is shared: the pages of the journal come one by one as the workload fills them."""
    resident, shared = Path(f'/proc/{pid}/statm').read_text(encoding='ascii').split()[1:3]
    return (int(resident) - int(shared)) * PAGE_KIB


def test_soak():
    tasks = 1000 * SOAK_S
    run = Run(f'run pool --engine python -n 2 -t {tasks} --chunk 1 --task cpu:1900us -j'.split())
    sizes, end = [], time.monotonic() + SOAK_S * 0.8
    time.sleep(5)
    while time.monotonic() < end and run.process.poll() is None:
        sizes.append(rss_kib(run.pid))
        time.sleep(1)
    run.wait()
    ok(len(sizes) > SOAK_S / 2 and max(sizes) - sizes[0] <= 64, f'mptrace stays at {sizes[0]} KiB of its own', sizes)
    ok(run.status == 0 and not off(run.result) and not failing(run.result) and not any(run.result['tracer']['lost'].values()),
       f'{tasks} tasks: nothing is off or lost', run)


def test_each_version():
    for test in ('python.t', 'call.t'):
        done = subprocess.run([Path(__file__).resolve().parents[1] / 'end' / test], capture_output=True, text=True, check=False,
                              env=dict(os.environ, MPTRACE_TEST_PYTHONS='all'))
        ok(done.returncode == 0, f'{test} of every CPython here', *(line for line in done.stdout.splitlines() if line.startswith('not ok')))


main(test_soak, test_each_version)
