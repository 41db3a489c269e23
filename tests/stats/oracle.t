#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""The shipped statistics against SciPy's, on random numbers with a fixed seed. SKIP without SciPy."""
import ctypes
import random
import sys
from pathlib import Path

try:
    from scipy import stats
except ImportError as error:
    print(f'1..0 # SKIP no SciPy to compare with ({error}); tools/setup stats installs it')
    sys.exit(0)

LIBRARY = ctypes.CDLL(str(Path(__file__).resolve().parents[2] / 'build/stats/statistics.so'))
ERRORS = (0.05, 0.0182, 0.01, 0.0033)
rng = random.Random(1)
tap = {'count': 0, 'failed': 0}


class Interval(ctypes.Structure):
    _fields_ = [(name, ctypes.c_double) for name in ('estimate', 'low', 'high')]


def numbers(values):
    return (ctypes.c_double * len(values))(*values)


def interval(function, values, error):
    call = getattr(LIBRARY, function)
    call.restype = Interval
    return call(numbers(values), ctypes.c_size_t(len(values)), ctypes.c_double(error))


def ok(wrong, cases, says):
    """One line of TAP for all @cases; @wrong are those that differ."""
    tap['count'] += 1
    tap['failed'] += bool(wrong) or not cases
    print(f"{'not ' if wrong or not cases else ''}ok {tap['count']} - {says} ({cases} cases)")
    for case in wrong[:5]:
        print(f'#   {case}')


def close(a, b, tolerance=1e-8):
    return a == b or abs(a - b) <= tolerance * max(abs(a), abs(b))


def samples(count, least):
    """Without ties, which SciPy's exact test has no distribution for."""
    for _ in range(count):
        yield [rng.gauss(0.1, 1) for _ in range(rng.randint(least, 50))], rng.choice(ERRORS)


def is_where_rejected(found, p_of, error, width=1e-9):
    """The test with p value @p_of(shift) accepts what is just inside of the interval, and nothing just outside."""
    return (p_of(found.low + width) > error >= p_of(found.low - width) and
            p_of(found.high - width) > error >= p_of(found.high + width))


def test_signed_ranks():
    wrong, cases = [], 0
    for values, error in samples(200, 10):
        found = interval('interval__hodges_lehmann', values, error)
        cases += 1
        # pylint: disable-next=cell-var-from-loop
        if not is_where_rejected(found, lambda shift: stats.wilcoxon([v - shift for v in values],
                                                                     method='exact').pvalue, error):
            wrong.append((len(values), error, found.low, found.high))
    ok(wrong, cases, 'signed ranks: the interval is what the exact Wilcoxon test accepts')


def test_sign():
    wrong, cases = [], 0
    for values, error in samples(200, 10):
        found = interval('interval__median', values, error)
        cases += 1
        # pylint: disable-next=cell-var-from-loop
        if not is_where_rejected(found, lambda shift: stats.binomtest(sum(v > shift for v in values),
                                                                      len(values)).pvalue, error):
            wrong.append((len(values), error, found.low, found.high))
    ok(wrong, cases, 'sign test: the interval is what the binomial test accepts')


def test_student():
    wrong, cases = [], 0
    for values, error in samples(200, 2):
        found = interval('interval__student', values, error)
        low, high = stats.t.interval(1 - error, len(values) - 1, stats.tmean(values), stats.sem(values))
        cases += 1
        # SciPy's own quantile is good for nine digits.
        if max(abs(found.low - low), abs(found.high - high)) > 1e-8 * (high - low):
            wrong.append((len(values), error, found.low, low, found.high, high))
    ok(wrong, cases, "Student's interval")


def test_theil_sen():
    LIBRARY.slope__theil_sen.restype = ctypes.c_double
    wrong, cases = [], 0
    for values, _ in samples(200, 3):
        x = [rng.randint(0, 5) for _ in values]
        if len(set(x)) == 1:
            continue
        found = LIBRARY.slope__theil_sen(numbers(x), numbers(values), ctypes.c_size_t(len(x)))
        cases += 1
        if not close(found, stats.theilslopes(values, x)[0]):
            wrong.append((found, stats.theilslopes(values, x)[0]))
    ok(wrong, cases, 'slope of Theil and Sen, with equal x')


def test_fisher():
    LIBRARY.fisher__exact.restype = ctypes.c_double
    wrong, cases = [], 0
    for _ in range(1000):
        most = rng.choice((3, 10, 40, 1000))
        table = [[rng.randint(0, most) for _ in range(2)] for _ in range(2)]
        found = LIBRARY.fisher__exact(*(ctypes.c_uint64(n) for row in table for n in row))
        cases += 1
        if not close(found, stats.fisher_exact(table)[1], 1e-7):
            wrong.append((table, found, stats.fisher_exact(table)[1]))
    ok(wrong, cases, "Fisher's exact test")


def test_distribution():
    """By enumeration: SciPy's own is not public."""
    LIBRARY.signed_rank__probability.restype = ctypes.c_double
    wrong, cases = [], 0
    for n in range(1, 13):
        sums = [sum(rank for rank in range(1, n + 1) if signs >> (rank - 1) & 1) for signs in range(2 ** n)]
        for w in range(n * (n + 1) // 2 + 1):
            found = LIBRARY.signed_rank__probability(ctypes.c_size_t(n), ctypes.c_size_t(w))
            cases += 1
            if found != sum(s <= w for s in sums) / 2 ** n:
                wrong.append((n, w, found))
    ok(wrong, cases, 'signed ranks: the distribution, by enumeration')


for test in (test_distribution, test_signed_ranks, test_sign, test_student, test_theil_sen, test_fisher):
    test()
print(f"1..{tap['count']}")
sys.exit(tap['failed'] != 0)
