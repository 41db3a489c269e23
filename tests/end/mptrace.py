# SPDX-License-Identifier: GPL-2.0-or-later
"""What the end-to-end tests share: run mptrace, read its JSON, say TAP, and look for what a run left behind.

Others may run mptrace on this machine too. Everything started here carries a mark in its environment, has
its scratch below a directory of ours, and its groups carry its pid: only that is looked at.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get('MPTRACE', str(ROOT / 'build/mptrace'))
MUTANT_PROGRAM = os.environ.get('MPTRACE_MUTANT_PROGRAM', str(ROOT / 'build/mutant/mptrace'))
GROUPS = Path('/sys/fs/cgroup')
PATIENCE_S = 60  # a run of a test takes a second or two: this is a hang

_tap = {'count': 0, 'failed': 0}
_started = []  # pids of every mptrace started here
_mark = f'MPTRACE_TEST={os.getpid()}-{time.monotonic_ns()}'
_scratch = tempfile.mkdtemp(prefix='test-of-mptrace-')
os.chmod(_scratch, 0o711)


def ok(good, says, *details):
    """One line of TAP; what helps to understand a failure follows it."""
    _tap['count'] += 1
    _tap['failed'] += not good
    print(f"{'' if good else 'not '}ok {_tap['count']} - {says}", flush=True)
    for detail in () if good else details:
        for line in str(detail).splitlines()[:20]:
            print(f'#   {line[:600]}', flush=True)
    return bool(good)


def main(*tests):
    """Runs the tests, says how many there were, and exits."""
    if os.geteuid():
        print('1..0 # SKIP run needs root')
        sys.exit(0)
    try:
        for test in tests:
            test()
        nothing_left('at the end')
    finally:
        shutil.rmtree(_scratch, ignore_errors=True)
    print(f"1..{_tap['count']}")
    sys.exit(_tap['failed'] != 0)


class Run:
    """An mptrace that runs or ran: status, stdout, stderr, and result (None if stdout is no JSON)."""

    def __init__(self, words, mutant=None, spoil='', prefix=(), stdout=subprocess.PIPE, **environment):
        program = PROGRAM if mutant is None and not spoil else MUTANT_PROGRAM
        key, value = _mark.split('=')
        environment = dict(os.environ, TMPDIR=_scratch, MPTRACE_MUTANT=mutant or '', MPTRACE_SPOIL=spoil,
                           **{key: value}, **environment)
        self.words = ' '.join(words)
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen([*prefix, program, *words], stdin=subprocess.DEVNULL, stdout=stdout,
                                        stderr=subprocess.PIPE, text=True, errors='replace', env=environment)
        self.pid = self.process.pid
        self.status = self.result = None
        self.stdout = self.stderr = ''
        _started.append(self.pid)

    def wait(self):
        """Until it ended. One that hangs is ended by force: its status is then `hangs`."""
        try:
            self.stdout, self.stderr = self.process.communicate(timeout=PATIENCE_S)
            self.status = self.process.returncode
        except subprocess.TimeoutExpired:
            self.process.kill()  # its guardian ends the workload; what survives even that may hold the pipes
            self.process.wait()
            self.status = 'hangs'
        self.stdout = self.stdout or ''
        try:
            self.result = json.loads(self.stdout)
        except ValueError:
            self.result = None
        return self

    def groups(self):
        """The control groups of this run that exist now."""
        return groups_of(self.pid)

    def inside(self):
        """The processes that are in its groups now."""
        found = set()
        for group in self.groups():
            try:
                found |= {int(word) for word in (group / 'cgroup.procs').read_text(encoding='ascii').split()}
            except OSError:
                pass
        return found

    def __str__(self):
        return f'{self.words}: status {self.status}\n{self.stderr[-500:]}\n{self.stdout[-300:]}'


def mptrace(*words, **how):
    """mptrace WORDS, from start to end."""
    return Run(words, **how).wait()


def experiment(words, **how):
    """mptrace run WORDS as JSON; without JSON the test says so, and the result is one that fails every assertion."""
    run = mptrace('run', *words.split(), '-j', **how)
    if run.result is None:
        ok(False, f'run {words} prints JSON', run)
        run.result = {'outcome': {'status': None, 'says': ''}, 'checks': [], 'accounting': [], 'threads': []}
    return run


def profiled(*words, **how):
    """mptrace profile WORDS, where stdout is the command's: the result is in a file. Without one, as `experiment`."""
    with tempfile.TemporaryDirectory() as scratch_of_run:
        run = mptrace('profile', f'--json={scratch_of_run}/result.json', *words, **how)
        path = Path(scratch_of_run, 'result.json')
        run.result = json.loads(path.read_text(encoding='utf-8')) if path.exists() else None
    if run.result is None:
        ok(False, f'profile {words} writes a result', run)
        run.result = {'answer': {'bound': None}, 'advice': {}, 'threads': [], 'processes': [], 'accounting': [], 'totals': {}, 'stacks': []}
    return run


def started(*words):
    """A program that runs beside, with nothing to read and nobody who reads."""
    # pylint: disable-next=consider-using-with
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def ended(*processes):
    for process in processes:
        process.kill()
        process.wait()


def python_at(path):
    """(minor version, sys.executable) of a CPython that can be measured and has a GIL; None of anything else."""
    question = ('import sys, sysconfig as s; print(sys.implementation.name, s.get_config_var("Py_GIL_DISABLED") or 0,'
                '*sys.version_info[:2], sys.executable)')
    try:
        done = subprocess.run([path, '-I', '-c', question], capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.fullmatch(r'cpython 0 3 (\d+) (/.*)\n', done.stdout)
    return (int(found[1]), found[2]) if found and int(found[1]) >= 7 else None


def interpreters():
    """Debian's own, then the oldest and the newest other minor version that is on PATH or behind a directory of shims there
    (pyenv, asdf), then those that $MPTRACE_TEST_PYTHONS lists (paths, separated by blanks). "-" there: Debian's own alone;
    "all": one for each minor version."""
    wanted = os.environ.get('MPTRACE_TEST_PYTHONS', '')
    if wanted == '-':
        return ['/usr/bin/python3']
    paths = ['/usr/bin/python3']
    for place in map(Path, os.get_exec_path()):
        behind = [path for places in ('versions', 'installs/python') for path in place.parent.glob(f'{places}/*/bin/python3')]
        named = [path for path in place.glob('python3*') if re.fullmatch(r'python3(\.\d+)?', path.name)]
        paths += map(str, behind if place.name == 'shims' and behind else named)
    found = {}
    for path in dict.fromkeys(paths):
        python = python_at(path)
        if python:
            found.setdefault(python[0], python[1])
    first = found.pop(next(iter(found)))  # as it is, then from old to new
    others = [found[minor] for minor in sorted(found)]
    return [first, *others] if wanted == 'all' else [first, *others[:1], *others[1:][-1:], *wanted.split()]


def verdicts(result):
    return {check['id']: check['verdict'] for check in result['checks']}


def failing(result):
    return [check for check, verdict in verdicts(result).items() if verdict == 'FAIL']


def off(result):
    return [row for row in result['accounting'] if row['status'] == 'off']


def schema_errors(result, path='userspace/result/result.schema.json'):
    """Where a result (or what @path describes) does not obey the schema."""
    schema = json.loads((ROOT / path).read_text(encoding='utf-8'))
    return [f'{list(e.path)}: {e.message[:100]}' for e in jsonschema.Draft202012Validator(schema).iter_errors(result)]


def is_sound(says, result):
    accounted = all(thread['on_cpu_ns'] + thread['run_queue_ns'] + sum(thread['blocked_ns'].values()) == thread['end_ns'] - thread['start_ns']
                    for thread in result['threads'])
    ok(accounted and not off(result) and not any(result['tracer']['lost'].values()) and not schema_errors(result),
       f'{says}: accounted for to the nanosecond, reconciled, nothing lost, and the schema holds', off(result), result['tracer']['lost'],
       schema_errors(result)[:5])


def sanitized(*tests):
    """These end-to-end tests with userspace under sanitizers."""
    programs = {'MPTRACE': 'build/asan/mptrace', 'MPTRACE_MUTANT_PROGRAM': 'build/asan/mutant/mptrace'}
    # A status that no test expects, and nothing but it. What differs between interpreters is not C: one is enough.
    # libcgroup 2.0.2 forgets 40 bytes when nothing is mounted.
    options = {'MPTRACE_TEST_PYTHONS': '-', 'ASAN_OPTIONS': 'exitcode=99', 'UBSAN_OPTIONS': 'halt_on_error=1:exitcode=99',
               'LSAN_OPTIONS': f'suppressions={ROOT}/tests/end/sanitized.supp:print_suppressions=0'}
    environment = dict(os.environ, **options, **{name: str(ROOT / path) for name, path in programs.items()})
    for test in tests:
        done = subprocess.run([ROOT / 'tests/end' / test], capture_output=True, text=True, errors='replace', check=False, env=environment)
        lines = done.stdout.splitlines()
        passed = sum(line.startswith('ok ') for line in lines)
        failed = [at for at, line in enumerate(lines) if line.startswith('not ok ')]
        ok(done.returncode == 0 and passed and not failed, f'{test}: {passed} tests under sanitizers',
           *(line for at in failed for line in lines[at:at + 8]), done.stderr[-2000:])


def accounting(result):
    """Of every figure that both sides have: exact, within or off."""
    return {row['name']: row['status'] for row in result['accounting'] if row['status'] != 'kernel-only'}


def until(seconds, condition):
    """Waits for it, and says whether it came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


def parallel_known(totals_of_run):
    """The totals of the first of a few runs of which parallelism is known: some kernels do not show every switch."""
    for _ in range(5):
        totals = totals_of_run()
        if totals['parallelism'] is not None:
            break
    return totals


def until_together(totals_of_run):
    """The totals of the first of a few runs in which two workers were on a CPU at once; else of the last."""
    for _ in range(3):
        totals = parallel_known(totals_of_run)
        if totals['together'] and totals['together'] > 0.1:
            break
    return totals


def loses_updates(name, totals, added):
    """Where two never were on a CPU at once (there is one, or others have it) updates need not be lost."""
    lost, together = totals['lost_updates'], totals['together'] or 0
    ok(0 < lost < added if together > 0.1 else 0 <= lost < added, f'{name}: {lost} updates are lost, with {together} of the time on two CPUs')


def groups_of(pid):
    # Not glob: it raises when a group goes away under it.
    return [Path(place, name) for place, names, _ in os.walk(GROUPS) if place.endswith('/mptrace')
            for name in names if f'-{pid}-' in name]


def semaphores(pid):
    """Of multiprocessing, in the workload of that run."""
    return [name for name in os.listdir('/dev/shm') if name.startswith(f'sem.mptrace-{pid}-')]


def comm(pid):
    try:
        return Path(f'/proc/{pid}/comm').read_text(encoding='utf-8', errors='replace').strip()
    except OSError:
        return ''


def children(pid):
    try:
        return [int(word) for word in Path(f'/proc/{pid}/task/{pid}/children').read_text(encoding='ascii').split()]
    except OSError:
        return []


def marked():
    """Processes that carry our mark: every mptrace started here and all its descendants, wherever they fled to."""
    found = []
    for directory in Path('/proc').glob('[0-9]*'):
        try:
            if _mark.encode() in (directory / 'environ').read_bytes().split(b'\0'):
                found.append(int(directory.name))
        except OSError:
            pass
    return found


def scratch():
    """The scratch directories of runs started here."""
    return [f'{_scratch}/{name}' for name in os.listdir(_scratch)]


def left():
    """What runs that ended left behind: groups, semaphores, processes, scratch."""
    groups = [str(group) for pid in _started for group in groups_of(pid)]
    named = [name for pid in _started for name in semaphores(pid)]
    return groups + named + [f'process {pid} {comm(pid)}' for pid in marked()] + scratch()


def nothing_left(where):
    """To be asked when no run is under way."""
    if not ok(until(2, lambda: not left()), f'nothing is left behind: {where}', '\n'.join(left())):
        for name in os.listdir(_scratch):  # said once
            shutil.rmtree(f'{_scratch}/{name}', ignore_errors=True)
