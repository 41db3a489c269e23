#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""mptrace validate and report: verdicts of sound and broken workloads, gates that void, logs, resuming, what is refused."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from mptrace import PROGRAM, Run, main, mptrace, nothing_left, ok, schema_errors, until

CLAIMS = '''
source: {id: test, title: "Test", language: en}
claims:
  - id: in-order
    english: "A pool hands out tasks first in, first out"
    reading: "By the numbers taken under the queue's lock."
    expect: CONFIRMED
    cases:
      - name: 100 tasks
        scale: the number of tasks
        decide: trials
        arms: {pool: run pool -t 100 -n 2 --task none --chunk 1}
        rule: ["holds(fifo, pool)"]
        opportunities: 300
      - name: 150 tasks
        scale: the number of tasks
        decide: trials
        arms: {pool: run pool -t 150 -n 2 --task none --chunk 1}
        rule: ["holds(fifo, pool)"]
      - name: 200 tasks
        scale: the number of tasks
        decide: trials
        arms: {pool: run pool -t 200 -n 2 --task none --chunk 1}
        rule: ["holds(fifo, pool)"]
  - id: at-once
    english: "Threads run at the same time"
    reading: "Two or more are on CPUs."
    expect: CONFIRMED
    cases:
      - name: two threads
        decide: trials
        needs: {cpus: 2}
        arms: {thread: run thread -t 2 --task cpu:100ms}
        rule: ["together(thread) >= 0.1"]
  - id: apart
    english: "Processes share no memory"
    reading: "What one writes the other does not see."
    expect: CONFIRMED
    cases:
      - name: ordinary memory
        decide: trials
        arms: {process: run process -t 2 --task exchange:memory:50}
        rule: ["messages(process) <= 0"]
  - id: assigned-only
    english: "A pool only keeps the running tasks in memory"
    reading: "Its peak is far below what all tasks would need."
    expect: CONFIRMED
    cases:
      - name: 64 tasks of 1 MiB
        decide: trials
        arms: {pool: run pool -t 64 -n 2 --task touch:1M --chunk 1}
        rule: ["memory_peak_bytes(pool) <= 24M"]
'''
BROKEN = {'lifo': 'in-order', 'big-lock': 'at-once', 'share-memory': 'apart', 'hoard': 'assigned-only'}


MANY = '''
source: {id: test, title: "Test", language: en}
claims:
  - id: hundred
    english: "A hundred threads"
    reading: "There are as many."
    cases:
      - name: all at once
        decide: trials
        arms: {thread: run thread -t 200 --task none}
        rule: ["threads(thread) >= 200"]
'''


def refused(status, words, *arguments, **how):
    """It ends with that status and one line that has all these words."""
    run = mptrace(*arguments, **how)
    ok(run.status == status and run.stderr.count('\n') == 1 and all(word in run.stderr for word in words),
       f"{' '.join(arguments)[-70:]}: {status}, {words}", run)


def written(scratch, text=CLAIMS, name='claims.yaml'):
    path = Path(scratch, name)
    path.write_text(text, encoding='utf-8')
    return str(path)


def validated(*words, **how):
    """A validation in JSON, and the run."""
    run = mptrace('validate', '-j', *([] if '--resume' in words else ['--quick']), *words, **how)
    return {claim['id']: claim for claim in (run.result or {}).get('claims', [])}, run


def test_sound(scratch):
    kept = f'{scratch}/kept'
    claims, run = validated(written(scratch), '-o', kept)
    ok(run.status == 0 and {claim['verdict'] for claim in claims.values()} == {'CONFIRMED'} and len(claims) == 4,
       'sound workloads: every claim is confirmed', {name: (claim['verdict'], claim['reason']) for name, claim in claims.items()}, run)
    ok([case['verdict'] for case in claims['in-order']['cases']] == ['CONFIRMED', 'NOT-RUN', 'CONFIRMED'],
       'of the cases on a scale --quick runs the ends', claims['in-order']['cases'])
    errors = schema_errors(run.result, 'userspace/validation/validation.schema.json')
    ok(not errors, 'the schema holds', *errors[:5])
    ok(sorted(path.name for path in Path(kept).iterdir()) == ['report.html', 'trials.jsonl', 'validation.json'],
       'trials, validation and a page are kept')
    again = mptrace('report', kept, '--format', 'json', prefix=('setpriv', '--reuid', '65534', '--clear-groups'))
    ok(again.status == 0 and [claim['verdict'] for claim in json.loads(again.stdout)['claims']] ==
       [claim['verdict'] for claim in claims.values()], 'report gives the same verdicts, without root', again)
    for form in ('text', 'markdown', 'junit', 'ktap'):
        ok(mptrace('report', kept, '--format', form).status == 0, f'report in {form}')
    refused(2, ['there already', '--resume'], 'validate', written(scratch), '--quick', '-o', kept)
    claims, run = validated('--resume', kept)
    ok(run.status == 0 and len(claims) == 4, 'resuming what is decided runs nothing and says the same', run)
    run = mptrace('compare', kept, f'{kept}/validation.json')
    ok(run.status == 0 and 'verdicts changed' in run.stdout and '0 of ' in run.stdout, 'a validation compared with its own file', run)
    _, run = validated(written(scratch), '--baseline', kept)
    flips = run.result['baseline']['flips'] if run.result else None
    ok(flips is not None and not any({flip['before'], flip['now']} == {'CONFIRMED', 'REFUTED'} for flip in flips), 'nothing has changed since', flips, run)


def test_broken(scratch):
    for mutant, claim in BROKEN.items():
        claims, run = validated(written(scratch), claim, mutant=mutant)
        ok(run.status == 1 and claims.get(claim, {}).get('verdict') == 'REFUTED', f'{mutant}: {claim} is refuted', claims, run)


def test_hog(scratch):
    """Something else that uses all CPUs voids the trials, and in the end the claim; it is named."""
    hogs = [subprocess.Popen(['/bin/sh', '-c', 'while :; do :; done']) for _ in range(len(os.sched_getaffinity(0)))]
    try:
        claims, run = validated(written(scratch), 'at-once')
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    claim = claims.get('at-once', {})
    ok(run.status == 5 and claim.get('verdict') == 'INVALID' and 'foreign CPU' in claim['reason'] and 'sh (pid' in claim['reason'],
       'a hog beside it: invalid, and the hog is named', claim, run)


ONE_CPU = '''
source: {id: test, title: "Test", language: en}
claims:
  - id: alone
    english: "It runs alone"
    reading: "One CPU."
    cases:
      - name: one CPU
        decide: trials
        arms: {serial: run serial -t 2 -C 0 --task cpu:50ms}
        rule: ["cpus_used(serial) <= 1"]
'''


def test_hog_elsewhere(scratch):
    """A hog counts where the trial runs, not beside it."""
    for cpu, verdict in ((0, 'INVALID'), (1, 'CONFIRMED')):
        if cpu not in os.sched_getaffinity(0):
            continue
        hog = subprocess.Popen(['taskset', '-c', str(cpu), '/bin/sh', '-c', 'while :; do :; done'])
        try:
            claims, run = validated(written(scratch, ONE_CPU))
        finally:
            hog.kill()
            hog.wait()
        ok(claims.get('alone', {}).get('verdict') == verdict, f'a trial on CPU 0, a hog on CPU {cpu}: {verdict}', claims, run)


def own_cpu_group():
    """Where we are in the hierarchy of the cpu controller; None: it is v2's, which has no groups beside processes."""
    for line in Path('/proc/self/cgroup').read_text(encoding='utf-8').splitlines():
        _, controllers, path = line.split(':', 2)
        if 'cpu' in controllers.split(','):
            return Path('/sys/fs/cgroup', controllers, path.lstrip('/'))
    return None


def test_throttled(scratch):
    """A CPU limit above it holds the trials back, which their own groups do not show."""
    place = own_cpu_group()
    if not place or not place.is_dir():
        ok(True, 'throttled # SKIP the cpu controller is not one of v1')
        return
    group = place / f'test-of-mptrace-{os.getpid()}'
    group.mkdir()
    try:
        (group / 'cpu.cfs_quota_us').write_text('30000', encoding='ascii')
        claims, run = validated(written(scratch), 'at-once', prefix=('sh', '-c', f'echo $$ > {group}/cgroup.procs; exec "$@"', 'sh'))
        claim = claims.get('at-once', {})
        ok(run.status == 5 and claim.get('verdict') == 'INVALID' and 'throttled' in claim['reason'], 'throttled: invalid', claim, run)
    finally:
        for inner in sorted(group.rglob('*/'), reverse=True):
            inner.rmdir()
        group.rmdir()


def test_lost(scratch):
    claims, run = validated(written(scratch, MANY), mutant='tiny-ring')
    claim = claims.get('hundred', {})
    ok(run.status == 5 and claim.get('verdict') == 'INVALID' and 'lost' in claim['reason'], 'lost events: invalid', claim, run)


def test_stopped(scratch):
    """Interrupted, what was decided is kept; and it goes on where it was."""
    kept = f'{scratch}/stopped'
    run = Run(['validate', written(scratch), '--quick', '-o', kept])
    log = Path(kept, 'trials.jsonl')
    until(30, lambda: log.exists() and log.read_text(encoding='utf-8').count('\n') > 6)
    os.kill(run.pid, signal.SIGINT)
    run.wait()
    ok(run.status == 130 and 'not finished' in run.stdout, 'SIGINT: what was decided so far is printed', run)
    before = log.read_text(encoding='utf-8').count('\n')
    with log.open('a', encoding='utf-8') as file:
        file.write('{"command": "cut sho')
    claims, run = validated('--resume', kept)
    lines = log.read_text(encoding='utf-8').splitlines()
    trials = [(trial['command'], trial['block']) for trial in map(json.loads, lines[1:]) if trial['block']]
    ok(run.status == 0 and len(claims) == 4 and len(trials) == len(set(trials)) and len(lines) > before,
       'it goes on: every trial is there once, and a line that was cut is gone',
       {name: (claim['verdict'], claim['reason']) for name, claim in claims.items()}, run)


def test_killed(scratch):
    kept = f'{scratch}/killed'
    run = Run(['validate', written(scratch), '--quick', '-o', kept])
    log = Path(kept, 'trials.jsonl')
    until(30, lambda: log.exists() and log.read_text(encoding='utf-8').count('\n') > 3)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    nothing_left('after SIGKILL')
    ok(mptrace('report', kept).status == 0, 'what there is can be reported')
    mptrace('validate', '--resume', kept, '--max-time', '1')
    ok(sorted(path.name for path in Path(kept).iterdir()) == ['report.html', 'trials.jsonl', 'validation.json'],
       'going on removes what was being written', *os.listdir(kept))


def test_logs(scratch):
    """A log is untrusted input."""
    kept = Path(scratch, 'kept')
    lines = (kept / 'trials.jsonl').read_text(encoding='utf-8').splitlines()
    for says, text in {'is empty': '', 'trials.jsonl:1: the header is no JSON': 'hello\n',
                       'this mptrace reads mptrace.trials/1': lines[0].replace('trials/1', 'trials/9') + '\n',
                       'trials.jsonl:3:': '\n'.join([lines[0], lines[1], lines[2][:60], lines[3]]) + '\n',
                       'twice': '\n'.join([*lines, lines[-1]]) + '\n',
                       'whole number': '\n'.join([lines[0], lines[1].replace('"block": 0', '"block": -1')]) + '\n',
                       'trials.jsonl:2: column': '\n'.join([lines[0], lines[1].replace('"block": 0', '"block": NaN')]) + '\n'}.items():
        broken = Path(scratch, 'broken')
        broken.mkdir(exist_ok=True)
        (broken / 'trials.jsonl').write_text(text, encoding='utf-8')
        for words in (('report',), ('validate', '--resume')):
            run = mptrace(*words, str(broken))
            ok(run.status == 2 and says in run.stderr and run.stderr.count('\n') == 1, f'{words[0]}, a log: {says}', run)
        ok((broken / 'trials.jsonl').read_text(encoding='utf-8') == text, 'it stays as it is')


def test_words(scratch):
    path = written(scratch)
    refused(2, ['no claim', 'nonsense'], 'validate', 'nonsense')
    refused(2, ['cannot read', 'nowhere.yaml'], 'validate', 'nowhere.yaml')
    refused(2, ['junt', 'junit'], 'validate', path, '--format', 'junt')
    refused(2, ['--max-time'], 'validate', path, '--max-time', 'soon')
    refused(2, ['-o'], 'validate', '--resume', scratch, '-o', f'{scratch}/x')
    refused(2, ['cannot read'], 'report', f'{scratch}/nowhere')
    refused(2, ['report one thing'], 'report')
    refused(3, ['root', 'sudo'], 'validate', path, prefix=('setpriv', '--reuid', '65534', '--clear-groups'))
    for old, new, says in (('expect: CONFIRMED', 'expects: CONFIRMED', 'expects'), ('messages(process)', 'mesages(process)', 'messages'),
                           ('run process -t 2', 'run process -t two', 'two'), ('<= 24M', '<= 24ms', '24ms')):
        run = mptrace('validate', written(scratch, CLAIMS.replace(old, new, 1), 'bad.yaml'))
        ok(run.status == 2 and 'bad.yaml:' in run.stderr and 'error:' in run.stderr and says in run.stderr and '^' in run.stderr,
           f'{new}: the place is shown', run)
    shown = mptrace('validate', '--show', 'pool-fifo')
    ok(shown.status == 0 and 'sudo mptrace run pool' in shown.stdout, '--show prints the exact commands', shown)
    dry = mptrace('validate', '--dry-run', '--quick', path)
    ok(dry.status == 0 and 'estimate' in dry.stdout and 'run pool -t 100 -n 2 --task none --chunk 1' in dry.stdout,
       '--dry-run prints the schedule and its time', dry)
    blocks = [line.split() for line in dry.stdout[dry.stdout.index('warm-up'):].splitlines()[:6]]
    ok([words[0] for words in blocks] == ['warm-up', '1', '2', '3', '4', '5'] and
       len({frozenset(words[1:]) for words in blocks}) == 1 and len({tuple(words[1:]) for words in blocks}) > 1,
       'and every block: the same arms, in other orders', blocks)
    lacking = mptrace('validate', '--dry-run', written(scratch, CLAIMS.replace('run process -t 2', 'run process -C 4000 -t 2'), 'lacking.yaml'))
    ok(lacking.status == 0 and 'cannot be run here: --cpus' in lacking.stdout, 'and what cannot be run here', lacking)
    ends = [mptrace('validate', '--dry-run', 'io-threads-gain', *how).stdout for how in ((), ('--quick',))]
    inner = 'io-threads-gain: a quarter of it computes: '
    ok(inner + '10 to 40 blocks' in ends[0] and inner + 'left out by --quick' in ends[1],
       '--quick runs the ends of a scale, and names what it leaves out', *ends)
    listed = mptrace('list', 'claims')
    ok(listed.status == 0 and len(listed.stdout.splitlines()) == 47, 'list claims: all 47')


def test_refused_directories(scratch):
    """What could lose trials, or run them in vain, is refused before the first one."""
    refused(2, ['nowhere'], 'validate', written(scratch), '--quick', '--baseline', f'{scratch}/nowhere')
    kept = f'{scratch}/written'
    run = Run(['validate', written(scratch), '--quick', '-o', kept])
    log = Path(kept, 'trials.jsonl')
    until(30, lambda: log.exists() and log.read_text(encoding='utf-8').count('\n') > 3)
    refused(2, ['another mptrace'], 'validate', '--resume', kept)
    os.kill(run.pid, signal.SIGINT)
    run.wait()
    unfinished = mptrace('report', kept)
    ok('not finished' in run.stdout and 'not finished' in unfinished.stdout, 'that it is not finished is in the trials', unfinished)
    os.mkfifo(f'{scratch}/trials.jsonl')
    refused(2, ['no regular file'], 'report', scratch)
    refused(2, ['--seed'], 'validate', '--resume', kept, '--seed', '7')
    refused(2, ['capacity is a control'], 'validate', 'capacity')


def test_short(scratch):
    """--max-time ends it with what there is; --strict says that something is open."""
    began = time.monotonic()
    claims, run = validated(written(scratch), '--max-time', '1', '--strict', f'-o{scratch}/short')
    ok(run.status == 4 and 'INCONCLUSIVE' in {claim['verdict'] for claim in claims.values()}, '--max-time 1 --strict: exit 4', run)
    ok(', undecided after 0 (0 of ' in run.stderr, 'progress names a claim and the state of its verdict', run)
    ok(f'{scratch}/short' not in run.result['spec']['command'] and '--strict' in run.result['spec']['command'],
       'doing it again takes another directory', run.result['spec'])
    ok(time.monotonic() - began < 20, 'and it does not take much longer')


def test_seed(scratch):
    """The same seed gives the same order, another one another."""
    orders = []
    for number, seed in enumerate(('7', '7', '8')):
        kept = f'{scratch}/seed{number}'
        mptrace('validate', written(scratch), '--quick', '--seed', seed, '-o', kept, '--max-time', '3')
        lines = Path(kept, 'trials.jsonl').read_text(encoding='utf-8').splitlines()[1:]
        orders.append([json.loads(line)['command'] for line in lines if json.loads(line)['block'] < 2])
    ok(orders[0][:6] == orders[1][:6], 'the same seed: the same order', orders)
    ok(orders[0] != orders[2], 'another seed: another order', orders)


def with_scratch(test):
    def run():
        scratch = tempfile.mkdtemp(prefix='test-of-mptrace-validate-')
        os.chmod(scratch, 0o755)
        try:
            test(scratch)
        finally:
            shutil.rmtree(scratch)
    return run


def with_one_scratch(*tests):
    """They share what the first one kept."""
    return with_scratch(lambda scratch: [test(scratch) for test in tests])


main(with_one_scratch(test_sound, test_logs), *map(with_scratch, (test_broken, test_hog, test_hog_elsewhere, test_throttled, test_lost, test_stopped, test_killed, test_words,
                                                              test_refused_directories, test_short, test_seed)))
