#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""However it ends - by a signal, a timeout, or killed outright with its guardian - nothing outlives a run."""
import os
import signal
import time

from mptrace import Run, children, comm, experiment, main, marked, mptrace, nothing_left, ok, scratch, semaphores, until

LONG = 'run pool -t 200 -n 2 --task sleep:300ms --chunk 1 -j'
GONE_S = 1.0
MARGIN_S = 0.5  # others use these CPUs too
NO_PID = 4194303  # the largest there can be: nobody has it


def started(mutant='', words=LONG):
    """A run whose workload is under way: the first process and two workers are in its groups, a task has started."""
    run = Run(words.split(), mutant=mutant)
    until(10, lambda: len(run.inside()) >= 3)
    time.sleep(0.3)
    return run


def guardians(run):
    return [pid for pid in children(run.pid) if comm(pid) == 'mptrace-guard']


def workload():
    """All processes of workloads started here: nothing else runs at this time."""
    return [pid for pid in marked() if comm(pid) not in ('mptrace', 'mptrace-guard')]


def test_signals():
    for number, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        for mutant in ('', 'hang', 'stop', 'double-fork', 'fork-loop'):
            run = started(mutant)
            run.process.send_signal(number)
            result = run.wait().result
            ok(run.status == expected and result and result['outcome']['status'] == 'interrupted' and result['threads'],
               f'{number.name}, workload {mutant or "obeys"}: exit {expected}, interrupted, what was measured is there', run)
            nothing_left(f'{number.name}, workload {mutant or "obeys"}')


def test_signal_to_the_text():
    run = started(words=LONG.replace(' -j', ''))
    run.process.send_signal(signal.SIGINT)
    run.wait()
    ok(run.status == 130 and 'interrupted' in run.stdout, 'the text says interrupted too', run)


def test_signal_before_the_clock():
    for delay in (0.0, 0.01, 0.05, 0.1):
        run = Run(LONG.split(), mutant='')
        time.sleep(delay)
        run.process.send_signal(signal.SIGTERM)
        run.wait()
        # Before it catches signals, one simply ends it; there is nothing to end then.
        ok(run.status in (143, -signal.SIGTERM), f'SIGTERM {delay * 1000:.0f} ms after the start ends it', run)
        nothing_left(f'SIGTERM {delay * 1000:.0f} ms after the start')


def test_repeats():
    run = started(words=LONG.replace('-t 200', '-t 4') + ' --repeat 50')
    time.sleep(1)
    run.process.send_signal(signal.SIGINT)
    result = run.wait().result
    ok(run.status == 130 and isinstance(result, list) and [r['outcome']['status'] for r in result[:1]] == ['ok'] and
       len(result) < 50 and all(r['outcome']['status'] == 'ok' for r in result[:-1]), '--repeat: SIGINT keeps the results so far', run)
    nothing_left('--repeat and SIGINT')


def test_timeout():
    for mutant in ('', 'hang', 'stop', 'double-fork', 'fork-loop'):
        run = experiment(LONG.removeprefix('run ').removesuffix(' -j') + ' --timeout 0.4', mutant=mutant)
        outcome = run.result['outcome']
        ok(run.status == 124 and outcome['status'] == 'timeout' and outcome['wall_ns'] is None,
           f'timeout, workload {mutant or "obeys"}: exit 124, and says so', outcome, run)
        nothing_left(f'timeout, workload {mutant or "obeys"}')


def test_semaphores():
    """The named semaphores of a Pool's spawned workers outlive those that were killed, unless they are removed for them."""
    run = started(words='run pool -t 200 -n 2 --task sleep:300ms --chunk 1 --engine python --start-method spawn -j')
    ok(until(2, lambda: semaphores(run.pid)), 'semaphores are named after the run', os.listdir('/dev/shm'))
    run.process.send_signal(signal.SIGTERM)
    ok(run.wait().status == 143, 'Python that spawns, SIGTERM', run)
    nothing_left('Python that spawns, SIGTERM')


def killed(name, mutant, kill):
    """KILL ends mptrace by force: the whole workload is gone within a second, then the groups and the scratch."""
    run = started(mutant)
    before = workload()
    kill(run)
    start = time.monotonic()
    gone = until(GONE_S + MARGIN_S, lambda: not workload() and not run.inside())
    took = time.monotonic() - start
    survivors = [f'{pid} {comm(pid)}' for pid in workload()]
    run.process.wait()
    ok(len(before) >= 3 and gone, f'{name}: every process is gone within a second', f'after {took:.2f} s', before, survivors)


def kill_it(run):
    run.process.kill()


def kill_guardian_first(run):
    """It is noticed: mptrace starts another."""
    old = guardians(run)
    for pid in old:
        os.kill(pid, signal.SIGKILL)
    ok(old and until(2, lambda: set(guardians(run)) - set(old)), 'a guardian that was killed is replaced', old, guardians(run))
    run.process.kill()


def test_killed():
    for mutant in ('', 'hang', 'stop', 'double-fork', 'fork-loop'):
        for how, kill in (('alone', kill_it), ('its guardian first', kill_guardian_first)):
            name = f'SIGKILL, {how}, workload {mutant or "obeys"}'
            killed(name, mutant, kill)
            nothing_left(name)


def test_killed_while_it_makes():
    """The moment something of it is there; and the moment one of its groups is gone again."""
    short = 'run serial --engine python -t 1 --task none --memory-limit 100M'
    for what, words, there in (('scratch directory', LONG, lambda run: scratch()), ('first group', LONG, Run.groups),
                               ('scratch directory, Python', short, lambda run: scratch())):
        for _ in range(3):
            run = Run(words.split())
            while run.process.poll() is None and not there(run):
                pass
            run.process.kill()
            run.wait()
            ok(run.status == -signal.SIGKILL, f'SIGKILL the moment its {what} is there', run)
            nothing_left(f'SIGKILL the moment its {what} is there')
    for _ in range(3):
        run = Run(short.split())
        most = 0
        while run.process.poll() is None and len(run.groups()) >= most:
            most = len(run.groups())
        run.process.kill()
        run.wait()
        nothing_left('SIGKILL the moment one of its groups is gone')


def test_stopped_guardian():
    run = started(words='run pool -t 20 -n 2 --task sleep:100ms --chunk 1 -j')
    old = guardians(run)
    for pid in old:
        os.kill(pid, signal.SIGSTOP)
    ok(old and until(2, lambda: set(guardians(run)) - set(old)), 'a guardian that was stopped is replaced', old, guardians(run))
    run.wait()
    ok(run.status == 0 and run.result, 'and the run goes on to its end', run)
    nothing_left('a guardian was stopped')


def kill_both(run):
    """In the same instant: nobody is left who could act. Stopped first, so that no guardian comes anew."""
    old = guardians(run)
    os.kill(run.pid, signal.SIGSTOP)
    for pid in old:
        os.kill(pid, signal.SIGKILL)
    run.process.kill()


def test_killed_with_the_guardian():
    """What does not flee dies with its parents; the next run ends and removes the rest."""
    for mutant in ('', 'hang', 'stop'):
        killed(f'SIGKILL of both at once, workload {mutant or "obeys"}', mutant, kill_both)
        mptrace('run', 'serial', '-t', '1', '--task', 'none')
        nothing_left(f'both at once, workload {mutant or "obeys"}, and the next run')
    for mutant in ('double-fork', 'fork-loop'):
        for words in (('run', 'serial', '-t', '1', '--task', 'none'), ('doctor', '--clean')):
            run = started(mutant)
            kill_both(run)
            run.process.wait()  # not for the end of its pipes: the workload has them too
            ok(until(2, run.groups), f'both at once, workload {mutant}: the group is left', run.groups())
            mptrace(*words)
            if not ok(until(GONE_S + MARGIN_S, lambda at=run: not at.groups() and not workload()),
               f"{' '.join(words[:2])} ends and removes what {mutant} left", run.groups(), workload()):
                for pid in workload():
                    os.kill(pid, signal.SIGKILL)
            run.process.communicate()
            nothing_left(f"both at once, workload {mutant}, {' '.join(words[:2])}")


def hierarchies():
    """Where groups of runs are, one for each hierarchy: as a run that is under way shows."""
    run = started()
    places = [group.parent for group in run.groups()]
    run.process.send_signal(signal.SIGTERM)
    run.wait()
    return places


def test_leftovers():
    groups = [place / f'pool-{NO_PID}-{i}' for i, place in enumerate(hierarchies(), 1)]  # each in one hierarchy only

    def doctor_finds(attempt):
        """Somebody else's run may remove them first, here or there: then once more."""
        for group in groups:
            group.mkdir(parents=True, exist_ok=True)
        run = mptrace('doctor')
        found = all(str(group) in run.stdout for group in groups) and all(group.is_dir() for group in groups)
        if found or attempt == 5:
            ok(groups and found, 'doctor finds the groups whose owner is gone, and leaves them', groups, run.stdout)
        return found

    any(doctor_finds(attempt) for attempt in range(1, 6))
    run = mptrace('doctor', '--clean')
    ok(not any(group.exists() for group in groups), 'doctor --clean removes them', run)
    ok(f'pool-{NO_PID}-' not in mptrace('doctor').stdout, 'then doctor finds no more')
    for group in groups:
        group.mkdir(parents=True, exist_ok=True)
    mptrace('run', 'serial', '-t', '1', '--task', 'none')
    ok(not any(group.exists() for group in groups), 'and so does the next run', groups)
    run = started()
    groups = run.groups()
    ok(not any(str(group) in mptrace('doctor', '--clean').stdout for group in groups) and len(run.inside()) >= 3,
       'doctor --clean leaves a run that is under way alone', groups)
    run.process.send_signal(signal.SIGTERM)
    run.wait()
    ok(run.status == 143, 'which then ends as always', run)


def test_memory_limit():
    for workload_name in ('pool', 'process', 'thread-pool', 'serial'):
        words = f'{workload_name} -t 4 --task touch:64M --memory-limit 32M' + (' -n 2' if workload_name != 'serial' else '')
        run = experiment(words)
        outcome = run.result['outcome']
        ok(run.status == 1 and outcome['status'] == 'failed' and 'OOM' in (outcome['says'] or ''),
           f'{workload_name}: over the memory limit it failed, and says OOM', outcome, run)
    nothing_left('out of memory')


main(test_signals, test_signal_to_the_text, test_signal_before_the_clock, test_repeats, test_timeout, test_semaphores, test_killed, test_killed_while_it_makes, test_stopped_guardian,
     test_killed_with_the_guardian, test_leftovers, test_memory_limit)
