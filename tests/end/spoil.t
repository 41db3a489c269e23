#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each reconciled figure comes out `off` when a probe drops or doubles each 1,000th event, and only then."""
import json

from mptrace import accounting, experiment, main, off, ok

TIMES = ['time on a CPU or runnable', 'CPU time by wait4', 'CPU time of the group']
SWITCHES = ['switches', 'switches by wait4', 'switches by the workers']
FAULTS = ['page faults']
SWITCHING = ['pool -t 40000 -n 2 --task sleep:10us --chunk 1', 'process -t 1500 -n 8 --task none']
# These may differ by some switches per thread: with a thread for each 1.5 switches two more do not show there.
BLIND = {('process', 'switches'): ['switches by wait4', 'switches by the workers']}
FAULTING = ['pool -t 6 -n 2 --task touch:64M --chunk 1', 'serial -t 100 --task touch:4M']
ROWS = {'switches': (SWITCHES, SWITCHING), 'intervals': (TIMES, SWITCHING), 'faults': (FAULTS, FAULTING)}


def rows(result):
    return '\n'.join(json.dumps(row) for row in off(result))


def test_spoilt():
    seen = set()
    for what, (names, workloads) in ROWS.items():
        for words in workloads:
            for how in ('drop', 'double'):
                run = experiment(words, spoil=f'{what}:{how}')
                found = {row['name'] for row in off(run.result)}
                must = set(names) - set(BLIND.get((words.split()[0], what), []))
                ok(found >= must and run.status == 5, f'{words.split()[0]}: {what}, {how}: off: {", ".join(sorted(must))}; exit 5',
                   sorted(found), rows(run.result), run)
                ok(found <= set(names), f'{words.split()[0]}: {what}, {how}: and no other figure is off', sorted(found),
                   rows(run.result))
            if words in seen:
                continue
            seen.add(words)
            run = experiment(words, mutant='')
            events = [row['traced'] for row in run.result['accounting'] if row['name'] in ('switches', 'page faults')]
            ok(max(events, default=0) > 2500, f'{words}: there are events to spoil', events)
            ok(run.status == 0 and not off(run.result), f'{words}: unspoilt nothing is off',
               rows(run.result), run)
    both = set(accounting(run.result))
    ok(both == set(TIMES + SWITCHES + FAULTS), 'there is no figure with two sides that was not spoilt', sorted(both))


def test_unseen_wakeups():
    """A kernel that does not show a wake-up: a thread's sleep is not taken for a wait for the CPU."""
    run = experiment('thread -t 3000 -n 100 --task sleep:20ms', spoil='wakeups:drop')
    ok(run.status == 0 and not off(run.result), 'wake-ups that are not shown spoil no figure', rows(run.result), run)


main(test_spoilt, test_unseen_wakeups)
