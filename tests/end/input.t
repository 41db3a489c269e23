#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input: the exit status, one line on stderr that names what is wrong, and nothing left behind."""
import json
import os
import subprocess
import tempfile
from pathlib import Path

from mptrace import PROGRAM, main, ok


def call(*words, prefix=(), stdout=subprocess.PIPE):
    return subprocess.run([*prefix, PROGRAM, *words], stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


def refused(status, names, *words, **how):
    """mptrace WORDS exits with STATUS and says one line that holds all of NAMES."""
    done = call(*words, **how)
    lines = done.stderr.strip().split('\n')
    ok(done.returncode == status and len(lines) == 1 and lines[0].startswith('mptrace: ') and
       all(name in lines[0] for name in names), f"{' '.join(words)[:60]} exits {status} and names {names}", done.returncode,
       done.stderr)


def left_behind():
    """Groups whose owner is gone, and scratch directories."""
    groups = [str(p) for p in Path('/sys/fs/cgroup').glob('**/mptrace/*')
              if p.is_dir() and not Path('/proc', p.name.split('-')[-2]).exists()]
    return groups + [str(p) for p in Path(os.environ.get('TMPDIR', '/tmp')).glob('mptrace-*')]


def test_words():
    refused(2, ['pool'], 'run', 'pol')
    refused(2, ['run'], 'rum', 'pool')
    refused(2, ['--workers'], 'run', 'pool', '--wrkers', '3')
    refused(2, ['--task', '--ta'], 'run', 'pool', '--ta', 'none')
    refused(2, ['value'], 'run', 'pool', '--task')
    refused(2, ['--no-trace'], 'run', 'pool', '--no-trace=1')
    refused(2, ['cpu:5', '5ms'], 'run', 'pool', '--task', 'cpu:5')
    refused(2, ['column 7', '0'], 'run', 'pool', '--task', 'touch:0')
    refused(2, ['column 11', 'slep'], 'run', 'pool', '--task', 'none,none+slep:5ms')
    refused(2, ['--workers', '0'], 'run', 'pool', '-n', '0')
    refused(2, ['--tasks', '10000000000'], 'run', 'pool', '-t', '10000000000')
    refused(2, ['--tasks', '-1'], 'run', 'pool', '-t', '-1')
    refused(2, ['CPU 4000'], 'run', 'pool', '-C', '4000')
    refused(2, ['0-', 'list'], 'run', 'pool', '-C', '0-')
    refused(2, ['--memory-limit', '1X'], 'run', 'pool', '--memory-limit', '1X')
    refused(2, ['--timeout', 'soon'], 'run', 'pool', '--timeout', 'soon')
    refused(2, ['nobody-of-that-name'], 'run', 'pool', '--user', 'nobody-of-that-name')
    refused(2, ['serial'], 'run', 'serial', '-n', '2')
    refused(2, ['process', '--chunk'], 'run', 'process', '--chunk', '2')
    refused(2, ['metrics'], 'list', 'metric')
    refused(2, ['--clean'], 'doctor', '--claen')


def test_help():
    for words in (['--help'], ['run', '--help'], ['doctor', '--help'], ['list', '--help']):
        done = call(*words)
        ok(done.returncode == 0 and 'mptrace' in done.stdout and not done.stderr, f"{' '.join(words)} answers")
    ok(call('--version').stdout.startswith('mptrace '), '--version answers')
    for what in ('workloads', 'metrics'):
        ok(len(call('list', what).stdout.split('\n')) > 4, f'list {what} answers')


def test_files():
    with tempfile.TemporaryDirectory() as scratch:
        foreign = Path(scratch, 'foreign')
        foreign.mkdir()
        (foreign / 'thesis.txt').write_text('mine', encoding='utf-8')
        refused(2, ['foreign', 'neither empty'], 'run', 'serial', '-t', '1', '-o', str(foreign))
        refused(2, ['/proc/nowhere'], 'run', 'serial', '-t', '1', '-o', '/proc/nowhere')
        link = Path(scratch, 'link')
        link.symlink_to('/etc/passwd')
        refused(2, ['link', 'symbolic'], 'run', 'serial', '-t', '1', f'-j{link}')
        refused(2, ['directory'], 'run', 'serial', '-t', '1', f'-j{scratch}')
        refused(2, ['/dev/full', 'space'], 'run', 'serial', '-t', '1', '-j/dev/full')
        with open('/dev/full', 'w', encoding='utf-8') as full:
            refused(2, ['standard output', 'space'], 'run', 'serial', '-t', '1', stdout=full)
        kept = Path(scratch, 'kept')
        done = call('run', 'serial', '-t', '3', '--task', 'none', '-o', str(kept))
        first = (kept / 'result.json').read_text(encoding='utf-8')
        ok(done.returncode == 0 and json.loads(first)['spec']['tasks'] == 3, '-o DIR holds result.json', done.stderr)
        ok(call('run', 'serial', '-t', '4', '--task', 'none', '-o', str(kept)).returncode == 0, 'and takes a second result')
        small = Path(scratch, 'small')
        small.mkdir()
        script = (f'mount -t tmpfs -o size=64k none {small} && echo old >{small}/r.json && '
                  f'{PROGRAM} run serial -t 5000 --task none -j{small}/r.json; echo "$? $(cat {small}/r.json)"; ls {small}')
        done = subprocess.run(['unshare', '-m', 'sh', '-c', script], capture_output=True, text=True, check=False)
        ok(done.stdout.endswith('2 old\nr.json\n') and 'No space' in done.stderr,
           'on a full disk the earlier file stays whole', done.stdout[-300:], done.stderr)


def test_rights():
    refused(3, ['root', 'sudo'], 'run', 'pool', prefix=('setpriv', '--reuid', '65534', '--clear-groups'))
    done = call('run', 'serial', '-t', '1', '--user', 'nobody', '-j')
    ok(done.returncode == 0 and json.loads(done.stdout)['spec']['user'] == 'nobody', '--user nobody runs as nobody', done.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o777)
        env = dict(os.environ, SUDO_UID='65534')
        subprocess.run([PROGRAM, 'run', 'serial', '-t', '1', f'-j{scratch}/mine.json'], env=env, capture_output=True, check=False)
        ok(Path(scratch, 'mine.json').stat().st_uid == 65534, 'a file written under sudo belongs to the user')


def test_doctor():
    done = call('doctor', '-j')
    findings = json.loads(done.stdout)['findings']
    ok(done.returncode == 0 and len(findings) >= 14, 'doctor -j lists findings', done.stdout[:300])
    ok(all(f['ok'] for f in findings if f['name'].startswith('probe ')), 'every probe loads', findings)


def test_nothing_left():
    ok(not left_behind(), 'nothing is left behind', left_behind())


main(test_words, test_help, test_files, test_rights, test_doctor, test_nothing_left)
