#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""The end-to-end tests again, with userspace under AddressSanitizer and UBSan (`make asan`)."""
from mptrace import main, sanitized

# The others, which take longer, are in tests/long/sanitized.t.
main(lambda: sanitized('run.t', 'input.t'))
