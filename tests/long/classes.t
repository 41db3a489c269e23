#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""mptrace profile names what programs of known class are bound by, each five times (MPTRACE_REPEATS)."""
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'end'))
# pylint: disable-next=wrong-import-position
from mptrace import GROUPS, ROOT, main, mptrace, off, ok

REPEATS = int(os.environ.get('MPTRACE_REPEATS', '5'))
CLASSES = str(ROOT / 'build/tests/classes')
PYTHON = '/usr/bin/python3'
GIL = '''import threading
def count():
    total = 0
    for i in range(8000000): total += i
threads = [threading.Thread(target=count) for _ in range(2)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]'''
NATIVE = '''import threading, zlib
data = open("random", "rb").read(20000000)
threads = [threading.Thread(target=zlib.compress, args=(data, 6)) for _ in range(2)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]'''
IDLE_LOOP = '''import asyncio
async def serve():
    await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    await asyncio.sleep(1.5)
asyncio.run(serve())'''
BUSY_LOOP = '''import asyncio
async def answer(reader, writer):
    while line := await reader.readline():
        writer.write(line); await writer.drain()
    writer.close()
async def ask(port, end):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while asyncio.get_running_loop().time() < end:
        writer.write(b"x\\n"); await reader.readline()
    writer.close()
async def serve():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port, end = server.sockets[0].getsockname()[1], asyncio.get_running_loop().time() + 1.5
    await asyncio.gather(*[ask(port, end) for _ in range(10)])
asyncio.run(serve())'''
POOL = 'import multiprocessing, time\nwith multiprocessing.Pool(2) as pool: time.sleep(1.5)'
COMMITS = '''import os, sqlite3
if os.path.exists("db"): os.unlink("db")
base = sqlite3.connect("db")
base.execute("create table t(x)")
for i in range(300):
    base.execute("insert into t values(?)", (i,)); base.commit()'''
MAPPED = f'''exec {PYTHON} -c 'import mmap
file = open("random", "rb")
memory = mmap.mmap(file.fileno(), 0, prot=1)
memory.madvise(mmap.MADV_RANDOM)
while True:
    for i in range(0, len(memory), 4096): memory[i]' '''
# Frozen with the thresholds: programs that these were not made with.
HAND_OVER = '''import queue, threading, time
there, back, end = queue.Queue(1), queue.Queue(1), time.monotonic() + 1.5
def other():
    while (item := there.get()) is not None: back.put(item)
thread = threading.Thread(target=other); thread.start()
while time.monotonic() < end: there.put(1); back.get()
there.put(None); thread.join()'''
# Frozen with the rule for semaphores that threads take turns at.
TURNS = '''import threading, time
lock, end = threading.Lock(), time.monotonic() + 1.5
def work():
    while time.monotonic() < end:
        with lock: time.sleep(0.002)
        time.sleep(0.001)
threads = [threading.Thread(target=work) for _ in range(12)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]'''
EXECUTOR = '''import concurrent.futures, time
with concurrent.futures.ThreadPoolExecutor(8) as executor:
    list(executor.map(time.sleep, [0.02] * 8))
    for _ in range(15):
        executor.submit(sum, range(1000)); executor.submit(sum, range(1000)); time.sleep(0.1)'''
WORKERS = '''import multiprocessing
def burn(n): return sum(i * i for i in range(n))
with multiprocessing.Pool(2) as pool: pool.map(burn, [200000] * 60)'''

COMMANDS = {
    'spin with 1 thread': ('cpu', None, [CLASSES, 'spin', '1', '1']),
    'spin with 8 threads': ('run-queue', None, [CLASSES, 'spin', '1', '8']),
    'disk reader past the cache': ('io', 'disk', ['dd', 'if=random', 'of=/dev/null', 'bs=16k', 'iflag=direct']),
    'socket echo': ('io', 'socket', [CLASSES, 'echo', '1']),
    'chain of pipes': ('io', 'pipe', [CLASSES, 'chain', '1', '4']),
    'mutex convoy': ('lock', None, [CLASSES, 'convoy', '1', '4']),
    'condition variable': ('lock', None, [CLASSES, 'condvar', '1']),
    'GIL convoy': ('gil', None, [PYTHON, '-c', GIL]),
    'threads in C that gives up the GIL': ('cpu', None, [PYTHON, '-c', NATIVE]),
    'asyncio server, idle': ('idle', None, [PYTHON, '-c', IDLE_LOOP]),
    'asyncio server, busy': ('cpu', None, [PYTHON, '-c', BUSY_LOOP]),
    'Pool waiting for work': ('idle', None, [PYTHON, '-c', POOL]),
    'make -j2': ('cpu', None, ['make', '-s', '-B', '-j2']),
    'make -j8': ('run-queue', None, ['make', '-s', '-B', '-j8']),
    'sort': ('cpu', None, ['sort', '-o', 'sorted', 'text']),
    'xz -T2': ('cpu', None, ['sh', '-c', 'head -c 20000000 text | xz -2 -T2 --block-size=2MiB > /dev/null']),
    'sqlite3 with fsync': ('io', 'disk', [PYTHON, '-c', COMMITS]),
    'gzip | wc': ('cpu', None, ['sh', '-c', 'gzip -c text | wc -c']),
    'new: perl counts': ('cpu', None, ['perl', '-e', '$s += $_ * $_ for 1 .. 12000000']),
    'new: Python threads hand over by queues': ('lock', None, [PYTHON, '-c', HAND_OVER]),
    'new: Python threads take turns at a lock': ('lock', None, [PYTHON, '-c', TURNS]),
    'new: an executor with little to do': ('idle', None, [PYTHON, '-c', EXECUTOR]),
    'new: Pool at work': ('cpu', None, [PYTHON, '-c', WORKERS]),
    'new: shell that starts programs': ('cpu', None, ['sh', '-c', 'i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i+1)); done']),
    'new: synchronous writer': ('io', 'disk', ['dd', 'if=/dev/zero', 'of=written', 'bs=4k', 'count=400', 'oflag=dsync']),
    'new: reader of a slow writer': ('idle', None, ['sh', '-c', '(for i in 1 2 3 4 5; do sleep 0.3; echo; done) | cat']),
}


def make_files():
    """What the commands work on, in the present directory."""
    with open('random', 'wb') as file:
        file.write(os.urandom(120 << 20))
    subprocess.run('base64 random | head -c 60000000 > text', shell=True, check=True)
    for i in range(12):
        functions = ''.join(f'int f{i}_{j}(int a){{char b[64];snprintf(b,64,"%d",a);return atoi(b)+{j};}}\n' for j in range(200))
        Path(f'f{i}.c').write_text(f'#include <stdio.h>\n#include <stdlib.h>\n{functions}', encoding='ascii')
    names = ' '.join(f'f{i}.o' for i in range(12))
    Path('Makefile').write_text(f'all: {names}\n%.o: %.c\n\tgcc -O2 -c $< -o $@\n', encoding='ascii')
    subprocess.run('sync', check=True)


def judge(says, bound, kind, answers):
    right = sum(answer['bound'] == bound and (not kind or answer['io'] == kind) for answer in answers)
    ok(right == len(answers) == REPEATS, f'{says}: {bound}{" (" + kind + ")" if kind else ""}, {right} of {REPEATS}',
       *(answer['says'] for answer in answers if answer['bound'] != bound or (kind and answer['io'] != kind)))


def answer_of(says, *words):
    mptrace('profile', '-j=result.json', *words)
    result = json.loads(Path('result.json').read_text(encoding='utf-8'))
    if off(result) or any(result['tracer']['lost'].values()):
        ok(False, f'{says}: it is sound', off(result), result['tracer']['lost'])
    return result['answer']


def test_commands():
    for says, (bound, kind, words) in COMMANDS.items():
        judge(says, bound, kind, [answer_of(says, *words) for _ in range(REPEATS)])


def in_group(controller, limits, says, bound, command):
    """A command that runs in a limited group already."""
    group = GROUPS / controller / f'mptrace-test-{os.getpid()}'
    if not (GROUPS / controller).is_dir():
        ok(True, f'{says} # SKIP the {controller} controller is not one of v1')
        return
    group.mkdir()
    try:
        for name, value in limits.items():
            (group / name).write_text(str(value), encoding='ascii')
        with subprocess.Popen(['sh', '-c', f'echo $$ > {group}/cgroup.procs; {command}'], stdout=subprocess.DEVNULL) as running:
            time.sleep(0.3)
            judge(says, bound, None, [answer_of(says, '--cgroup', str(group), '--duration', '2') for _ in range(REPEATS)])
            running.kill()
    finally:
        time.sleep(0.3)
        group.rmdir()


def test_groups():
    in_group('cpu', {'cpu.cfs_quota_us': 20000, 'cpu.cfs_period_us': 100000}, 'throttled by a CPU limit', 'run-queue', f'exec {CLASSES} spin 60 1')
    # What the page cache has of it belongs to no group of ours: it would not be reclaimed.
    subprocess.run('dd of=random oflag=nocache conv=notrunc,fdatasync count=0', shell=True, stderr=subprocess.DEVNULL, check=True)
    in_group('memory', {'memory.limit_in_bytes': 24 << 20}, 'reclaim under a memory limit', 'memory', MAPPED)


with tempfile.TemporaryDirectory(prefix='test-of-classes-', dir='/var/tmp') as scratch:
    os.chdir(scratch)
    make_files()
    main(test_commands, test_groups)
