#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""What mptrace profile advises is done, and measured with mptrace run: no gain is larger than the limit that it named, most reach
three quarters of it, and nothing else is faster than what it chose."""
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'end'))
# pylint: disable-next=wrong-import-position
from mptrace import main, mptrace, ok, profiled

ROUNDS = int(os.environ.get('MPTRACE_REPEATS', '5'))
CPUS = os.cpu_count()
MANY = 64
WORK = '''import mmap, os, random, socket, threading, time, zlib
DATA = bytes(range(256)) * 3000
LOCK = threading.Lock()
LOCAL = threading.local()
def compute(n):
    total = 0
    for i in range(100000): total += i
def compute_much(n): [compute(n) for _ in range(10)]
def compute_little(n):
    total = 0
    for i in range(20000): total += i
def compress(n): zlib.compress(DATA, 6)
def nap(n): time.sleep(0.01)
def nap_and_compute(n): time.sleep(0.002); compute_little(n)
def compute_and_nap(n): compute(n); time.sleep(0.001)
def compress_and_nap(n): zlib.compress(DATA, 6); time.sleep(0.005)
def compress_alone(n):
    with LOCK: zlib.compress(DATA, 6)
def ask(n):
    if not hasattr(LOCAL, 'peer'): LOCAL.peer = socket.create_connection(('127.0.0.1', int(os.environ['PORT'])))
    LOCAL.peer.send(b'?'); LOCAL.peer.recv(1)
def read(n):
    if not hasattr(LOCAL, 'file'): LOCAL.file, LOCAL.page = os.open('random', os.O_RDONLY | os.O_DIRECT), mmap.mmap(-1, 1 << 18)
    os.preadv(LOCAL.file, [LOCAL.page], random.randrange(400) << 18)
'''
SCRIPT = '''import multiprocessing, multiprocessing.pool, sys, threading, work
way, workers, function, tasks = sys.argv[1], int(sys.argv[2]), getattr(work, sys.argv[3]), range(int(sys.argv[4]))
def each(kind):
    all = [kind(target=function, args=(n,)) for n in tasks]
    [one.start() for one in all]; [one.join() for one in all]
def by(pool):
    with pool: pool.map(function, tasks, 1)
if way == 'serial': [function(n) for n in tasks]
elif way == 'thread': each(threading.Thread)
elif way == 'process': each(multiprocessing.Process)
elif way == 'thread-pool': by(multiprocessing.pool.ThreadPool(workers))
else: by(multiprocessing.Pool(workers))
'''
SERVER = '''import asyncio
async def answer(reader, writer):
    while await reader.read(1):
        await asyncio.sleep(0.005); writer.write(b'!')
async def serve():
    server = await asyncio.start_server(answer, '127.0.0.1', 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(serve())'''

# As it is (way, workers), what it does, how often.
PROGRAMS = {
    'Python computes, serial': ('serial', 1, 'compute', 600),
    'Python computes, two threads': ('thread-pool', 2, 'compute', 600),
    'Python computes, a Pool of two': ('pool', 2, 'compute', 400),
    'Python computes, a Pool of eight': ('pool', 8, 'compute_much', 200),
    'Python computes, a process each': ('process', 1, 'compute', 300),
    'C computes, serial': ('serial', 1, 'compress', 600),
    'C computes, two threads': ('thread-pool', 2, 'compress', 600),
    'C computes, eight threads': ('thread-pool', 8, 'compress', 300),
    'sleeps, serial': ('serial', 1, 'nap', 600),
    'sleeps and computes, serial': ('serial', 1, 'nap_and_compute', 3000),
    'computes and sleeps, serial': ('serial', 1, 'compute_and_nap', 800),
    'C computes and sleeps, two threads': ('thread-pool', 2, 'compress_and_nap', 400),
    'asks a slow peer, serial': ('serial', 1, 'ask', 250),
    'reads a disk past the cache, serial': ('serial', 1, 'read', 1500),
    'C computes under one lock, two threads': ('thread-pool', 2, 'compress_alone', 150),
}
# What can be done about it, by the choice that advises it.
CHOICES = {
    'thread': ['thread'],
    'thread-pool': [f'thread-pool:workers={CPUS}', f'thread-pool:workers={MANY}', 'thread'],
    'process': ['process'],
    'pool': [f'pool:workers={CPUS}', f'pool:workers={MANY}'],
}
# A process for each of more tasks takes minutes where forking is dear, and is never the fastest.
MOST_PROCESSES = 400
# Of a lock among threads there is one in each process: another program.
OF_THREADS = {'compress_alone'}


def done_about(choice, way, workers):
    """The arms that do what is advised."""
    if choice == 'more-workers':
        return [f'{way}:workers={count}' for count in (2 * workers, MANY)]
    if choice == 'fewer-workers':
        return [f'{way}:workers={CPUS}'] if workers > CPUS else ['serial']
    return CHOICES.get(choice, [])


def wall(arm, function, tasks):
    way, workers, *_ = [*arm.split(':workers='), None]
    words = [*(('-n', workers) if workers else ()), *(('--chunk', '1') if 'pool' in way else ())]
    run = mptrace('run', way, '--engine', 'python', '--call', f'work:{function}', '--items', f'range({tasks})', *words, '-j')
    return run.result['outcome']['wall_ns']


def measured(arms, function, tasks):
    """Of each arm the median wall time, of rounds in random order."""
    rounds = [{arm: wall(arm, function, tasks) for arm in random.sample(arms, len(arms))} for _ in range(ROUNDS)]
    return {arm: statistics.median(times[arm] for times in rounds) for arm in arms}


def followed(says, way, workers, function, tasks):
    """How much of the limit what was advised reaches; None: no limit was named. Tests that it is best, and within the limit."""
    advice = profiled(sys.executable, 'script.py', way, str(workers), function, str(tasks)).result['advice']
    base = way if way in ('serial', 'process') else f'{way}:workers={workers}'
    kinds = ('thread', 'thread-pool') if function in OF_THREADS else [kind for kind in CHOICES if kind != 'process' or tasks <= MOST_PROCESSES]
    arms = dict.fromkeys([base, 'serial', *done_about(advice['choose'], way, workers), *(arm for kind in kinds for arm in CHOICES[kind])])
    times = measured(list(arms), function, tasks)
    chosen = min(times[arm] for arm in done_about(advice['choose'], way, workers) or [base])
    gain, limit, best = times[base] / chosen, advice['speed_up_limit'], min(times, key=times.get)
    figures = f'{says}: {advice["choose"]}, at most {limit and round(limit, 2)}: {gain:.2f}; fastest: {best}, {times[base] / times[best]:.2f}'
    ok(limit is None or gain <= 1.1 * limit, f'{figures}: the limit holds', times)
    ok(chosen <= 1.1 * times[best], f'{says}: nothing is faster than what is advised by more than a tenth', advice, figures)
    return gain / limit if limit else None


def test_followed():
    parts = [part for part in [followed(says, *program) for says, program in PROGRAMS.items()] if part is not None]
    near = sum(part >= 0.75 for part in parts)
    ok(near * 12 >= 10 * len(parts) >= 120, f'{near} of {len(parts)} reach three quarters of the limit that was named')


def prepare():
    Path('work.py').write_text(WORK, encoding='utf-8')
    Path('script.py').write_text(SCRIPT, encoding='utf-8')
    with open('random', 'wb') as file:
        file.write(os.urandom(101 << 20))
        file.flush()
        os.fsync(file.fileno())


with tempfile.TemporaryDirectory(prefix='test-of-advice-', dir='/var/tmp') as scratch:
    os.chdir(scratch)
    prepare()
    with subprocess.Popen([sys.executable, '-c', SERVER], stdout=subprocess.PIPE, text=True) as server:
        os.environ['PORT'] = server.stdout.readline().strip()
        try:
            main(test_followed)
        finally:
            server.kill()
