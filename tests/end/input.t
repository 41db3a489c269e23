#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input: the exit status, one line on stderr that names what is wrong, and nothing left behind."""
import json
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from mptrace import PROGRAM, Run, main, mptrace, nothing_left, ok, until

NOBODY = 65534
SHORT = ('run', 'serial', '-t', '1', '--task', 'none')


def refused(status, names, *words, says='', measured=False, **how):
    """mptrace WORDS exits with STATUS and one line that holds all of NAMES; on stdout nothing, unless it had MEASURED."""
    run = mptrace(*words, **how)
    ok(run.status == status and run.stderr.count('\n') == 1 and run.stderr.startswith('mptrace: ') and
       bool(run.stdout) == measured and all(name in run.stderr for name in names),
       f"{says or ' '.join(words)[:60]}: exits {status} and names {', '.join(names)}", run)


def below(script, *words):
    """A prefix: mptrace runs after SCRIPT in a mount namespace of its own."""
    return ('unshare', '-m', 'sh', '-c', f'{script} && exec "$0" "$@"', *words)


def test_words():
    refused(2, ['run'], 'run')
    refused(2, ['unknown workload pol', 'pool'], 'run', 'pol')
    refused(2, ['thread-pol', 'thread-pool'], 'run', 'thread-pol')
    refused(2, ['xyzzyx', 'list workloads'], 'run', 'xyzzyx')
    refused(2, ['two arms', 'pool2=pool'], 'run', 'pool', 'pool')
    refused(2, ['rum', 'run'], 'rum', 'pool')
    refused(2, ['--wrkers', '--workers'], 'run', 'pool', '--wrkers', '3')
    refused(2, ['--taks', '--task'], 'run', 'pool', '--taks=none')
    refused(2, ['--task', '--ta'], 'run', 'pool', '--ta', 'none')
    refused(2, ['-x'], 'run', 'pool', '-x')
    refused(2, ['--task', 'value'], 'run', 'pool', '--task')
    refused(2, ['-t', 'value'], 'run', 'pool', '-t')
    refused(2, ['--no-trace'], 'run', 'pool', '--no-trace=1')
    refused(2, ['metric', 'metrics'], 'list', 'metric')
    refused(2, ['claim', 'claims'], 'list', 'claim')
    refused(2, ['--claen', '--clean'], 'doctor', '--claen')
    refused(2, ['everything'], 'doctor', 'everything')


def test_values():
    for spec, names in (('cpu:5', ['cpu:5', '5ms']), ('touch:0', ['column 7', '0']), ('none,none+slep:5ms', ['column 11', 'slep']),
                        ('', ['--task']), ('cpu:-5ms', ['-5ms']), ('cpu:1e400s', ['1e400s']), ('cpu:5m', ['5m', 'ms']),
                        ('cpu', ['cpu', ':5ms']), ('none:1', ['none:1']), ('cpu:1ms,', ['column 9']), ('0*none', ['0*']),
                        ('99999999999999999999*none', ['99999']), ('touch:1T', ['1T']), ('touch:99999999999G', ['99999999999G']),
                        ('race:0', ['column 6']), ('call:1K', ['1K', '1000']), ('exchange:5', ['column 10', 'semaphore']),
                        ('exchange:pipe', ['exchange:pipe', ':1000']), ('exchange:pipe:5:x', ['column 17']),
                        ('read:1000:direct', ['4K']), ('+'.join(['none'] * 17), ['16']), (','.join(['none'] * 17), ['16'])):
        refused(2, names, 'run', 'pool', '--task', spec)
    for option, value in (('-n', '0'), ('-n', '-1'), ('-n', '2x'), ('-n', ''), ('-n', '99999999999999999999'), ('-t', '0'),
                          ('-t', '10000000000'), ('-t', '-1'), ('-t', '1e3'), ('--chunk', '0'), ('--repeat', '0'), ('--seed', 'x'),
                          ('--memory-limit', '1X'), ('--memory-limit', '0'), ('--memory-limit', '99999999999999G'),
                          ('--cpu-limit', '0'), ('--cpu-limit', '1.5'), ('--timeout', 'soon'), ('--timeout', '0'),
                          ('--timeout', '-1'), ('--timeout', 'nan'), ('--engine', 'perl'), ('--user', 'nobody-of-that-name')):
        long = {'-n': '--workers', '-t': '--tasks'}.get(option, option)
        refused(2, [long, value], 'run', 'pool', option, value)
    for cpus, names in (('4000', ['4000']), ('0-', ['0-', 'list']), ('-1', ['-1']), ('', ['list']), ('0,,1', ['0,,1']), ('1-0', ['1-0']),
                        (str(os.cpu_count() + 100), [str(os.cpu_count() + 100)]), ('99999999999999999999', ['99999999999999999999'])):
        refused(2, names, 'run', 'pool', '-C', cpus)
    refused(2, ['serial', '--workers'], 'run', 'serial', '-n', '2')
    refused(2, ['process', '--chunk'], 'run', 'process', '--chunk', '2')
    for names, words in ((['exchange', 'pool'], 'pool'), (['exchange', 'serial'], 'serial'), (['exchange', 'thread-pool'], 'thread-pool'),
                         (['--tasks 3', 'even'], 'thread -t 3'), (['--workers 3', 'even'], 'process -t 4 -n 3'),
                         (['--workers 1', 'even'], 'thread -t 4 -n 1')):
        refused(2, names, 'run', *words.split(), '--task', 'exchange:pipe:5')
    refused(2, ['tasks 2 and 3', 'partners'], 'run', 'process', '-t', '4', '--task', '2*none,exchange:pipe:5,none')
    refused(2, ['SUDO_UID', 'me'], *SHORT, SUDO_UID='me', says='SUDO_UID=me')
    refused(2, ['4000000000', '--user'], *SHORT, SUDO_UID='4000000000', says='SUDO_UID of nobody')
    for uid in ('me', '4000000000'):
        run = mptrace(*SHORT, '--user', 'nobody', SUDO_UID=uid)
        ok(run.status == 0, f'SUDO_UID={uid}, but --user nobody, as the message advises', run)
    refused(3, ['--memory-limit'], *SHORT, '--memory-limit', '4K')


def test_help():
    for words in (['--help'], ['run', '--help'], ['doctor', '--help'], ['list', '--help']):
        run = mptrace(*words)
        ok(run.status == 0 and 'mptrace' in run.stdout and not run.stderr, f"{' '.join(words)} answers", run)
    ok(mptrace('--version').stdout.startswith('mptrace '), '--version answers')
    for what in ('workloads', 'metrics'):
        ok(len(mptrace('list', what).stdout.split('\n')) > 4, f'list {what} answers')
    run = mptrace('list', 'claims')
    ok(run.status == 0 and 'thread-create-cheaper' in run.stdout and all(len(line) <= 100 for line in run.stdout.splitlines()),
       'list claims answers, a line each', run)


def test_files(scratch):
    foreign = Path(scratch, 'foreign')
    foreign.mkdir()
    (foreign / 'thesis.txt').write_text('mine', encoding='utf-8')
    refused(2, ['foreign', 'neither empty'], *SHORT, '-o', str(foreign))
    ok([path.name for path in foreign.iterdir()] == ['thesis.txt'], 'and leaves it as it was')
    refused(2, ['thesis.txt', 'directory'], *SHORT, '-o', f'{foreign}/thesis.txt')
    refused(2, ['/proc/nowhere'], *SHORT, '-o', '/proc/nowhere')
    refused(2, ['/nowhere/deep'], *SHORT, '-o', f'{scratch}/nowhere/deep')
    refused(2, ['/nowhere/r.json'], *SHORT, f'-j{scratch}/nowhere/r.json')
    refused(2, [scratch, 'directory'], *SHORT, f'-j{scratch}')
    locked = Path(scratch, 'locked')
    locked.mkdir()
    refused(2, ['locked', 'Read-only'], *SHORT, '-o', str(locked),
            prefix=below(f'mount --bind {locked} {locked} && mount -o remount,bind,ro {locked}'), says='-o on a read-only disk')
    refused(2, ['long'], *SHORT, '-j' + 'x' * 5000, says='-j with a path of 5000 letters')
    refused(2, ['File name too long'], *SHORT, '-j' + f'{scratch}/' + 'n' * 254, says='-j with a name of 254 letters')
    refused(2, ['nnnn'], *SHORT, '-o', f'{scratch}/' + 'n' * 300, says='-o with a name of 300 letters')


def test_links(scratch):
    """A user who may use sudo mptrace must not be able to write where only root may."""
    target = Path(scratch, 'target')
    target.write_text('precious', encoding='utf-8')
    link = Path(scratch, 'link')
    link.symlink_to(target)
    refused(2, ['link', 'symbolic'], *SHORT, f'-j{link}')
    Path(scratch, 'dangling').symlink_to(Path(scratch, 'not-yet'))
    refused(2, ['dangling', 'symbolic'], *SHORT, f'-j{scratch}/dangling')
    ok(target.read_text(encoding='utf-8') == 'precious' and not Path(scratch, 'not-yet').exists(), 'and no link was followed')
    kept = Path(scratch, 'kept-link')
    kept.mkdir()
    (kept / 'result.json').symlink_to(target)
    refused(2, ['result.json', 'symbolic'], *SHORT, '-o', str(kept))
    ok(target.read_text(encoding='utf-8') == 'precious', 'and what result.json points to is whole')
    (Path(scratch, 'x.json.new')).symlink_to(target)
    mptrace(*SHORT, f'-j{scratch}/x.json')
    ok(target.read_text(encoding='utf-8') == 'precious', 'a link in the place of the unfinished file is not followed')
    # A directory that is the user's link to one of root's.
    users, roots = Path(scratch, 'users'), Path(scratch, 'roots')
    users.mkdir()
    roots.mkdir(mode=0o700)
    os.chown(users, NOBODY, NOBODY)
    (users / 'out').symlink_to(roots)
    os.chown(users / 'out', NOBODY, NOBODY, follow_symlinks=False)
    for words, says in ((('-o', str(users / 'out')), '-o'), ((f"-j{users}/out/r.json",), '-j')):
        refused(2, [str(users / 'out')], *SHORT, *words, SUDO_UID=str(NOBODY), says=f"{says} by the user's link to a directory of root")
    ok(not list(roots.iterdir()), 'and nothing was written there', list(roots.iterdir()))
    shared = Path(scratch, 'of-a-group')
    shared.mkdir()
    os.chmod(shared, 0o770)  # to root and its group; nobody is not in it
    refused(2, [f'{shared}/r.json', 'denied'], *SHORT, f'-j{shared}/r.json', SUDO_UID=str(NOBODY), prefix=('setpriv', '--groups', '0'),
            says="-j in a directory that root's groups may write")


def test_disk(scratch):
    refused(2, ['/dev/full', 'space'], *SHORT, '-j/dev/full', measured=True)
    with open('/dev/full', 'w', encoding='utf-8') as full:
        refused(2, ['standard output', 'space'], *SHORT, stdout=full, says='the text to /dev/full')
    for words in ((*SHORT, '-j'), ('list', 'metrics'), ('list', 'claims'), ('doctor',), ('--help',), ('run', '--help')):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            refused(2, ['standard output', 'space'], *words, stdout=full, says=f"{' '.join(words[:2])} to /dev/full")
    small = Path(scratch, 'small')
    small.mkdir()
    for name, words in (('r.json', f'-j{small}/r.json'), ('result.json', f'-o{small}')):
        script = (f'mount -t tmpfs -o size=64k none {small} && echo old >{small}/{name} && '
                  f'{{ {shlex.quote(PROGRAM)} run serial -t 5000 --task none {words} >/dev/null; '
                  f'echo "$? $(cat {small}/{name}) $(ls {small})"; }}')
        done = subprocess.run(['unshare', '-m', 'sh', '-c', script], capture_output=True, text=True, check=False)
        ok(done.stdout == f'2 old {name}\n' and done.stderr.count('\n') == 1 and done.stderr.startswith('mptrace: ') and
           f'{small}/{name}' in done.stderr and 'No space' in done.stderr,
           f'{words[:2]} on a full disk: exits 2, the earlier file stays whole, no other is left', done.stdout, done.stderr)


    # What is made of a result goes with it: the result fits, its timeline and page do not.
    names = ('result.json', 'timeline.bin', 'report.html')
    script = (f'mount -t tmpfs -o size=400k none {small} && cd {small} && {{ for name in {" ".join(names)}; do echo old >$name; done; '
              f'{shlex.quote(PROGRAM)} run thread -t 2 --task exchange:pipe:9000 -C 0 --timeline -o {small} >/dev/null; echo $? $(ls); }}')
    done = subprocess.run(['unshare', '-m', 'sh', '-c', script], capture_output=True, text=True, check=False)
    ok(done.stdout == '2 result.json\n' and f'{small}/timeline.bin' in done.stderr and 'No space' in done.stderr,
       'a result whose timeline found no room: it is there, with nothing of an earlier one', done.stdout, done.stderr)
    script = f'mount -t tmpfs -o size=4k none {small} && {{ for status in 0 3; do {shlex.quote(PROGRAM)} profile -o {small} sh -c "exit $status"; echo $?; done; }}'
    done = subprocess.run(['unshare', '-m', 'sh', '-c', script], capture_output=True, text=True, check=False)
    ok(done.stdout == '125\n3\n' and done.stderr.count('No space') == 2, 'a profile that cannot be kept: 125, or what the command failed with',
       done.stdout, done.stderr)


def test_killed(scratch):
    kept = Path(scratch, 'killed')
    run = Run(('run', 'pool', '-n', '2', '-t', '2', '--task', 'sleep:5s', '-o', str(kept)))
    until(10, run.inside)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    left = [path.name for path in kept.iterdir()]
    (kept / 'result.json.backup').write_text('mine', encoding='utf-8')
    ok(len(left) == 2 and all('.unfinished-' in name for name in left), 'a run that is killed leaves unfinished files', left)
    run = Run(('run', 'pool', '-n', '2', '-t', '2', '--task', 'sleep:1s', '-o', str(kept)))
    until(10, run.inside)
    refused(2, ['being written by another'], *SHORT, '-o', str(kept), says='a directory that another run writes to')
    refused(2, ['being written by another'], 'profile', '-o', str(kept), '-p', str(os.getpid()), '--duration', '0.1', says='and by profile')
    run.wait()
    ok(run.status == 0 and run.stdout and sorted(path.name for path in kept.iterdir()) == ['report.html', 'result.json', 'result.json.backup'],
       'the next one removes them, and no file of others', list(kept.iterdir()), run)
    (kept / 'report.html').unlink()
    os.mkfifo(kept / 'report.html')
    refused(2, ['report.html', 'regular'], *SHORT, '-o', str(kept), says='a pipe in the place of the page')


def test_kept(scratch):
    kept = Path(scratch, 'kept')
    run = mptrace('run', 'serial', '-t', '3', '--task', 'none', '-o', str(kept))
    first = (kept / 'result.json').read_text(encoding='utf-8')
    ok(run.status == 0 and json.loads(first)['spec']['tasks'] == 3, '-o DIR holds result.json', run)
    refused(2, ['--task'], 'run', 'serial', '--task', 'cpu:5', '-o', str(kept))
    refused(3, ['root'], *SHORT, '-o', str(kept), prefix=('setpriv', '--reuid', str(NOBODY), '--clear-groups'))
    ok((kept / 'result.json').read_text(encoding='utf-8') == first, 'a run that is refused leaves it as it was')
    ok(mptrace('run', 'serial', '-t', '4', '--task', 'none', '-o', str(kept)).status == 0 and
       json.loads((kept / 'result.json').read_text(encoding='utf-8'))['spec']['tasks'] == 4, 'a later run replaces it')
    ok(sorted(path.name for path in kept.iterdir()) == ['report.html', 'result.json'], 'and leaves nothing but a page beside it', list(kept.iterdir()))
    run = mptrace('run', 'serial', '-t', '5', '--task', 'none', '-o', str(kept), f'-j{kept}/result.json')
    ok(run.status == 0 and json.loads((kept / 'result.json').read_text(encoding='utf-8'))['spec']['tasks'] == 5 and
       sorted(path.name for path in kept.iterdir()) == ['report.html', 'result.json'], '-j may name a file in DIR', run, list(kept.iterdir()))
    mine = Path(scratch, 'y.json.new')
    mine.write_text('mine', encoding='utf-8')
    run = mptrace(*SHORT, f'-j{scratch}/y.json')
    ok(mine.exists() and mine.read_text(encoding='utf-8') == 'mine', "-j y.json leaves somebody's y.json.new alone", run)


def test_rights(scratch):
    refused(3, ['root', 'sudo'], *SHORT, prefix=('setpriv', '--reuid', str(NOBODY), '--clear-groups'), says='not root')
    inside = ('unshare', '-p', '-f', '--mount-proc', '--kill-child')
    for words in (SHORT, ('run', 'serial', 'thread'), ('validate', 'pool-fifo')):
        refused(3, ['process numbers'], *words, prefix=inside, says=f'{words[:3]} in a pid namespace')
    refused(3, ['none is mounted'], *SHORT, prefix=below('mount -t tmpfs none /sys/fs/cgroup'), says='no control groups')
    refused(3, ['BTF'], *SHORT, prefix=below('mount -t tmpfs none /sys/kernel/btf'), says='no BTF')
    run = mptrace(*SHORT, '--no-trace', '-j', prefix=below('mount -t tmpfs none /sys/kernel/btf'))
    ok(run.status == 0 and run.result, 'without BTF --no-trace still runs', run)
    run = mptrace(*SHORT, '--user', 'nobody', '-j')
    ok(run.status == 0 and run.result and run.result['spec']['user'] == 'nobody', '--user nobody runs as nobody', run)
    theirs = Path(scratch, 'theirs')
    theirs.mkdir()
    os.chown(theirs, NOBODY, NOBODY)
    mptrace(*SHORT, f'-j{theirs}/mine.json', SUDO_UID=str(NOBODY))
    mptrace(*SHORT, '-o', f'{theirs}/out', SUDO_UID=str(NOBODY))
    owners = {path: (path.stat().st_uid if path.exists() else None)
              for path in (theirs / 'mine.json', theirs / 'out', theirs / 'out/result.json')}
    ok(set(owners.values()) == {NOBODY}, 'what is written under sudo belongs to the user', owners)


def test_descriptors(scratch):
    """What is meant for a closed stderr must not go into the file that got its number."""
    kept = f'{scratch}/r.json'
    run = mptrace('run', 'serial', '-t', '4', '--task', 'sleep:300ms', f'--json={kept}', prefix=('sh', '-c', 'exec "$0" "$@" 2>&-'))
    with open(kept, encoding='utf-8') as file:
        ok(run.status == 0 and json.load(file)['outcome']['status'] == 'ok', 'a closed stderr: the JSON file is JSON', run)
    refused(3, ['journal'], *SHORT, prefix=('sh', '-c', 'ulimit -f 1; exec "$0" "$@"'), says='no file may be larger than 512 bytes')


def test_progress():
    run = mptrace('run', 'serial', '-t', '4', '--task', 'sleep:300ms', '-j')
    ok(run.status == 0 and run.result and run.stderr.startswith('serial: ') and run.stderr.count('\n') == 1,
       'a run over a second says how far it is: one line where stderr is no terminal', run)
    run = mptrace(*SHORT, '-j')
    ok(run.status == 0 and not run.stderr, 'a short one says nothing', run)


def test_doctor():
    run = mptrace('doctor', '-j')
    findings = run.result['findings'] if run.result else []
    ok(run.status == 0 and len(findings) >= 14, 'doctor -j lists findings', run)
    ok(all(f['ok'] for f in findings if f['name'].startswith('probe ')), 'every probe loads', findings)
    run = mptrace('doctor', '-j', prefix=('setpriv', '--reuid', str(NOBODY), '--clear-groups'))
    ok(run.status == 0 and run.result and not all(f['ok'] for f in run.result['findings']), 'doctor answers without root too', run)


def in_scratch(test):
    def run():
        scratch = tempfile.mkdtemp(prefix='test-of-input-')
        os.chmod(scratch, 0o755)
        try:
            test(scratch)
        finally:
            shutil.rmtree(scratch)
        nothing_left(test.__name__)
    return run


main(test_words, test_values, test_help, *(in_scratch(test) for test in (test_files, test_links, test_disk, test_killed, test_kept, test_rights, test_descriptors)),
     test_progress, test_doctor)
