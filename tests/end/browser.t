#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages in a real browser: Debian's chromium, driven through playwright-core. Skipped, with the reason, where these cannot be had."""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from mptrace import ROOT, mptrace

PLAYWRIGHT = 'playwright-core@1.64.1'
BROWSER = ROOT / 'build/browser'
SPANS = 10**6
SHOW = [str(ROOT / 'build/tests/validation_report_test'), 'show', 'html']


def skip(why):
    print(f'1..0 # SKIP {why}')
    sys.exit(0)


def find():
    """Where playwright-core, which is fetched if need be, and the browser are."""
    chromium = shutil.which('chromium')
    if not chromium or not shutil.which('node') or not shutil.which('npm'):
        skip('no chromium, node and npm here: tools/setup browser')
    library = BROWSER / 'node_modules/playwright-core'
    if not library.exists():
        BROWSER.mkdir(parents=True, exist_ok=True)
        npm = subprocess.run(['npm', 'install', '--no-audit', '--no-fund', '--silent', '--ignore-scripts', '--prefix', BROWSER, PLAYWRIGHT],
                             capture_output=True, text=True, check=False)
        if npm.returncode:
            skip(f'npm cannot install {PLAYWRIGHT}: {npm.stderr.strip()[-200:]}')
    return library, chromium


def make_big():
    """Of one of its workers 10^6 events."""
    shutil.copytree('run', 'big')
    result = json.loads(Path('big/result.json').read_text(encoding='utf-8'))
    worker = next(thread for thread in result['threads'] if thread['role'] == 'worker')
    step = max(1, (worker['end_ns'] - worker['start_ns']) // SPANS)
    count = (worker['end_ns'] - worker['start_ns']) // step
    events = b''.join(struct.pack('<QII', (worker['start_ns'] + i * step) << 16 | i % 16 << 12, worker['tid'] << 8 | (i % 2) << 4 | i % 7 * (i % 2), 0)
                      for i in range(count))
    result['timeline'].update(events=count)
    Path('big/result.json').write_text(json.dumps(result), encoding='utf-8')
    head = Path('big/timeline.bin').read_bytes()[:40]
    Path('big/timeline.bin').write_bytes(head[:24] + struct.pack('<Q', count) + head[32:] + events)
    with open('big/report.html', 'w', encoding='utf-8') as page:
        mptrace('report', 'big', '--format', 'html', stdout=page)


def main():
    library, chromium = find()
    with tempfile.TemporaryDirectory(prefix='test-of-pages-') as scratch:
        os.chdir(scratch)
        run = mptrace('run', 'thread-pool', '-n', '2', '-t', '50', '--engine', 'python', '--timeline', '-o', 'run')
        if run.status:
            print(f'not ok 1 - a run to show\n# {run.stderr}\n1..1')
            sys.exit(1)
        with open('validation.html', 'wb') as page:
            subprocess.run(SHOW, stdout=page, check=True)
        mptrace('run', 'serial', 'thread', '-t', '2', '--task', 'none', '--max-time', '3', '-o', 'sides')
        shutil.copy('sides/report.html', 'comparison.html')
        make_big()
        sys.exit(subprocess.run(['node', ROOT / 'tests/end/browser.js', library, chromium, scratch], check=False).returncode)


main()
