#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""The round trip of tests/end/pictures.t with twenty random runs: traces, tables and pages say what the result says."""
import os
from pathlib import Path

PICTURES = Path(__file__).resolve().parents[1] / 'end/pictures.t'
os.execve(PICTURES, [PICTURES], os.environ | {'MPTRACE_RANDOM_RUNS': os.environ.get('MPTRACE_REPEATS', '20')})
