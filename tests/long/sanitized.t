#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests/end/sanitized.t leaves out: the end-to-end tests that take longer, under AddressSanitizer and UBSan."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'end'))
# pylint: disable-next=wrong-import-position
from mptrace import main, sanitized

main(lambda: sanitized('ends.t', 'mutants.t', 'options.t', 'profile.t', 'python.t', 'side_by_side.t', 'validate.t'))
