# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmarks share: orders of arms, intervals, a progress line."""
import sys


def critical(n, level):
    """How many Walsh averages to leave out at each end (exact signed-rank distribution)."""
    counts = [1]
    for rank in range(1, n + 1):
        shifted = [0] * rank + counts
        counts = [a + b for a, b in zip(counts + [0] * rank, shifted)]
    total, sum_so_far = 2 ** n, 0
    for w, ways in enumerate(counts):
        sum_so_far += ways
        if sum_so_far / total > (1 - level) / 2:
            return w
    return 0


def hodges_lehmann(values, level=0.95):
    n = len(values)
    walsh = sorted((values[i] + values[j]) / 2 for i in range(n) for j in range(i, n))
    left_out = critical(n, level)
    middle = len(walsh) // 2
    estimate = walsh[middle] if len(walsh) % 2 else (walsh[middle - 1] + walsh[middle]) / 2
    return estimate, walsh[max(left_out - 1, 0)], walsh[len(walsh) - max(left_out, 1)]


def balanced_orders(arms, rng):
    """As many orders as arms, in which each arm stands once at each place (a cyclic Latin square)."""
    base = rng.sample(arms, len(arms))
    square = [base[i:] + base[:i] for i in range(len(arms))]
    rng.shuffle(square)
    return square


def progress(text):
    if sys.stderr.isatty():
        print(f'\r{text}\033[K', end='', file=sys.stderr)
