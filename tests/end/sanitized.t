#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""The end-to-end tests again, with userspace under AddressSanitizer and UBSan (`make asan`)."""
import os
import subprocess
from pathlib import Path

from mptrace import ROOT, main, ok

# Not call.t: what it does in C, input.t and python.t do too, and together they are too long.
TESTS = ('run.t', 'input.t', 'mutants.t', 'ends.t', 'python.t', 'options.t')
PROGRAMS = {'MPTRACE': 'build/asan/mptrace', 'MPTRACE_MUTANT_PROGRAM': 'build/asan/mutant/mptrace'}
# A status that no test expects, and nothing but it. What differs between interpreters is not C: one is enough.
# libcgroup 2.0.2 forgets 40 bytes when nothing is mounted.
OPTIONS = {'MPTRACE_TEST_PYTHONS': '-', 'LSAN_OPTIONS': f"suppressions={Path(__file__).with_name('sanitized.supp')}:print_suppressions=0",
           'ASAN_OPTIONS': 'exitcode=99', 'UBSAN_OPTIONS': 'halt_on_error=1:exitcode=99'}


def test_sanitized():
    environment = dict(os.environ, **OPTIONS, **{name: str(ROOT / path) for name, path in PROGRAMS.items()})
    for test in TESTS:
        done = subprocess.run([Path(__file__).with_name(test)], capture_output=True, text=True, errors='replace', check=False,
                              env=environment)
        lines = done.stdout.splitlines()
        passed = sum(line.startswith('ok ') for line in lines)
        failed = [at for at, line in enumerate(lines) if line.startswith('not ok ')]
        ok(done.returncode == 0 and passed and not failed, f'{test}: {passed} tests under sanitizers',
           *(line for at in failed for line in lines[at:at + 8]), done.stderr[-2000:])


main(test_sanitized)
