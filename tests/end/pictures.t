#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""Timelines, and what is made of them and of results: rows, sums and figures are those of the result, to the nanosecond."""
import csv
import io
import json
import os
import random
import re
import shutil
import signal
import struct
import tempfile
import time
from pathlib import Path

from formats import Page
from mptrace import ROOT, Run, is_sound, main, mptrace, ok, schema_errors, started, until

CLASSES = str(ROOT / 'build/tests/classes')
START_NS = 10**9 # of a trace for Perfetto
HOSTILE = '</script><img src=x onerror=alert(1)>\n\u202e\udcff"\'&\U0001f600'
RUNS = ('serial -t 3', 'pool -n 2 -t 20 --chunk 1', 'process -t 5', 'thread -t 20 --task lock:100us+sleep:1ms',
        'thread -t 2 --task exchange:pipe:3000', 'thread -t 2 --task exchange:semaphore:3000', 'thread-pool -n 2 -t 10 --engine python',
        'pool -n 2 -t 10 --engine python')
RANDOM_RUNS = int(os.environ.get('MPTRACE_RANDOM_RUNS', '0')) # instead of these


def fields(message):
    """(number, value) of each field of a message in the wire format of protocol buffers; raises on anything else."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(message):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
            continue
        size = {1: 8, 2: None}[tag & 7]
        size = varint() if size is None else size
        assert at + size <= len(message)
        yield tag >> 3, message[at:at + size]
        at += size


class Trace:
    """What a trace for Perfetto says: runs by thread, wake-ups, slices by track, and counters."""

    def __init__(self, packets):
        self.runs, self.wakings, self.tracks, self.slices, self.flows, self.ends, self.memory, self.names = {}, [], {}, {}, {}, {}, [], {}
        self.open, self.gaps = {}, []
        for number, packet in fields(packets):
            assert number == 1
            self.take(dict(fields(packet)))

    def take(self, packet):
        assert packet[10] == 1
        if 1 in packet:
            self.take_cpu(list(fields(packet[1])))
        if 2 in packet:
            for number, thread in fields(packet[2]):
                if number == 2:
                    self.names[dict(fields(thread))[1]] = dict(fields(thread))[2].decode()
        if 60 in packet:
            track = dict(fields(packet[60]))
            self.tracks[track[1]] = track
        if 11 in packet:
            self.take_event(packet[8] - START_NS, dict(fields(packet[11])))

    def take_cpu(self, bundle):
        running, began, before = None, 0, 0
        for number, event in bundle:
            if number != 2:
                continue
            event = dict(fields(event))
            if 20 in event:
                self.wakings.append((dict(fields(event[20]))[2], event[2], event[1] - START_NS))
                continue
            assert event[1] >= before
            before = event[1]
            switch = dict(fields(event[4]))
            assert running is None or switch[2] == running
            if running:
                self.runs.setdefault(running, []).append(event[1] - began)
            running, began = switch[6], event[1]
        assert not running

    def take_event(self, when, event):
        track = self.tracks[event[11]]
        if event[9] == 4:
            self.memory.append((when, event[30]))
        elif event[9] == 1:
            assert event[11] not in self.open
            self.open[event[11]] = (when, event[23].decode())
        elif event[9] == 2:
            begin, name = self.open.pop(event[11])
            if 5 not in track: # of no thread
                self.gaps.append((name, begin, when - begin))
                return
            thread = dict(fields(self.tracks[track[5]][4]))[2]
            self.slices.setdefault((thread, track[2].decode()), []).append((name, begin, when - begin))
        else:
            for number, ends in ((47, self.flows), (48, self.ends)):
                if number in event:
                    ends[event[number]] = (event[11], when)


def report(directory, form):
    """What it prints, as bytes."""
    with open('printed', 'wb') as file:
        mptrace('report', directory, '--format', form, stdout=file)
    return Path('printed').read_bytes()


def result_in(directory):
    return json.loads(Path(directory, 'result.json').read_text(encoding='utf-8'))


def same_times(says, result, trace):
    """Each thread's time on CPUs, and its waits for locks and the GIL: exactly those of the accounting."""
    wrong = []
    for thread in result['threads']:
        waits = [took for _, _, took in trace.slices.get((thread['tid'], 'waits for locks'), [])]
        blocked = thread['blocked_ns']['lock'] + thread['blocked_ns']['gil']
        if sum(trace.runs.get(thread['tid'], [])) != thread['on_cpu_ns'] or sum(waits) != blocked:
            wrong.append((thread['tid'], thread['comm'], sum(trace.runs.get(thread['tid'], [])), thread['on_cpu_ns'], sum(waits), blocked))
    ok(not wrong, f'{says}: in the trace every thread runs and waits as long as it did', *wrong)


def same_tasks(says, result, trace):
    drawn = sorted((int(name.split()[1]), begin, took) for (_, track), slices in trace.slices.items() if track == 'tasks'
                   for name, begin, took in slices)
    ok(drawn == sorted((task['id'], task['start_ns'], task['end_ns'] - task['start_ns']) for task in result['tasks']),
       f'{says}: its tasks are there', drawn[:5])
    handed = sum(lock['hand_overs'] for lock in result['locks'] if lock['cause'] in ('lock', 'gil'))
    ok(len(trace.flows) == handed and set(trace.flows) == set(trace.ends) and all(trace.flows[key][1] == trace.ends[key][1] for key in trace.flows),
       f'{says}: {len(trace.flows)} arrows of {handed} hand-overs, each with both its ends')


def same_table(says, result, text):
    rows = list(csv.DictReader(io.StringIO(text, newline='')))
    threads, tasks, locks = ([row for row in rows if row['row'] == kind] for kind in ('thread', 'task', 'lock'))
    sums = {key: sum(int(row[f'{key}_ns']) for row in threads) for key in ('on_cpu', 'run_queue', 'lock', 'gil', 'io', 'sleep', 'idle', 'other')}
    expected = {'on_cpu': sum(thread['on_cpu_ns'] for thread in result['threads']),
                'run_queue': sum(thread['run_queue_ns'] for thread in result['threads']),
                **{key: sum(thread['blocked_ns'][key] for thread in result['threads']) for key in ('lock', 'gil', 'io', 'sleep', 'idle', 'other')}}
    ok(sums == expected and all(sum(int(row[key]) for key in row if key.endswith('_ns') and key != 'wait_ns') == int(row['dur']) for row in threads),
       f'{says}: the table has the times of all threads', sums, expected)
    ok([(int(row['id']), int(row['ts']), int(row['dur'])) for row in tasks] ==
       [(task['id'], task['start_ns'], task['end_ns'] - task['start_ns']) for task in result['tasks']] and
       [(int(row['waits']), int(row['wait_ns'])) for row in locks] == [(lock['waits'], lock['wait_ns']) for lock in result['locks']],
       f'{says}: and its tasks and locks')


def same_island(says, result, page):
    """The numbers that the picture is drawn from."""
    island = page.islands['timeline-data']
    states = [state['key'] for state in island['states']]
    wrong = []
    for drawn in island['threads']:
        times = dict.fromkeys(states, 0)
        for i in range(0, len(drawn['spans']), 3):
            times[states[drawn['spans'][i]]] += drawn['spans'][i + 1]
        thread = next(one for one in result['threads'] if one['tid'] == drawn['tid'] and one['start_ns'] == drawn['from'])
        expected = {'on_cpu': thread['on_cpu_ns'], 'run_queue': thread['run_queue_ns'], **thread['blocked_ns'], 'not_known': 0}
        if times != expected:
            wrong.append((drawn['tid'], times, expected))
    ok(not wrong and len(island['threads']) == len(result['threads']), f'{says}: the page draws each state as long as it lasted', *wrong[:2])


def random_run():
    kind = random.choice(('serial', 'thread', 'thread-pool', 'process', 'pool'))
    tasks = '+'.join(random.sample(('cpu:300us', 'sleep:1ms', 'lock:50us', 'touch:64K', 'read:64K', 'call:50'), random.randint(1, 3)))
    workers = '' if kind == 'serial' else f'-n {random.randint(1, 4)} '
    return f'{kind} {workers}-t {random.randint(1, 60)} --engine {random.choice(("native", "python"))} --task {tasks}'


def test_runs():
    for words in [random_run() for _ in range(RANDOM_RUNS)] or RUNS:
        shutil.rmtree('kept', ignore_errors=True)
        run = mptrace('run', *words.split(), '--timeline', '-o', 'kept')
        result = result_in('kept')
        is_sound(words, result)
        size = os.path.getsize('kept/timeline.bin')
        ok(run.status == 0 and not result['timeline']['lost'] and size == 40 + 16 * result['timeline']['events'] and not schema_errors(result),
           f'{words}: {result["timeline"]["events"]} events of 16 bytes', run)
        trace = Trace(report('kept', 'perfetto'))
        same_times(words, result, trace)
        same_tasks(words, result, trace)
        same_table(words, result, report('kept', 'csv').decode())
        page = Path('kept/report.html').read_text(encoding='utf-8')
        ok(report('kept', 'html').decode() == page and len(page) < 1e6, f'{words}: the page beside it is the one that report makes')
        same_island(words, result, Page(page))


def test_letters():
    mptrace('run', 'serial', '-t', '3', '--timeline', '-o', 'serial')
    lines = report('serial', 'timeline').decode().splitlines()
    result = result_in('serial')
    cells = [line[24:] for line in lines if line.split()[0] == str(result['tasks'][0]['tid'])]
    # w: it waits at the barrier before its end until we have read what it did, which may take most of a column.
    ok(len(cells) == 1 and set(cells[0].strip()) <= {'#', 'q', 'w'} and cells[0].count('#') > 60 and max(map(len, lines)) <= 100,
       'in letters: one row, on a CPU nearly all the time, 100 columns', *lines)
    run = mptrace('run', 'pool', '-n', '1', '-t', '20', '--parent-memory', '16M', '--timeline', '-o', 'large')
    memory = [value for _, value in Trace(report('large', 'perfetto')).memory]
    peak = result_in('large')['cgroup']['memory_peak_bytes']
    ok(run.status == 0 and (peak is None or (len(memory) > 3 and 16 << 20 <= min(memory) <= max(memory) <= peak)),
       'memory over time: what is kept, and never more than the peak', memory[:5], peak)


def test_profiles():
    run = mptrace('profile', '--timeline', '-o', 'profiled', CLASSES, 'convoy', '0.3', '3')
    result = result_in('profiled')
    trace = Trace(report('profiled', 'perfetto'))
    is_sound('profile', result)
    same_times('profile', result, trace)
    page = Path('profiled/report.html').read_text(encoding='utf-8')
    same_island('profile', result, Page(page))
    ok(run.status == 0 and result['answer']['says'] in ' '.join(Page(page).text) and result['advice']['says'] in ' '.join(Page(page).text),
       'the page begins with the answer', run)
    waiting = next(lock for lock in result['locks'] if lock['kind'] == 'mutex')
    woken = [waker for _, waker, _ in trace.wakings]
    ok(waiting['most_from'] in woken and trace.flows, 'who handed over the lock is the waker', waiting, trace.wakings[:5])


def test_attached():
    """Of threads that were there before: what they did until their first event is that of the accounting."""
    for words in (('convoy', '3', '3'), ('spin', '3', '3'), ('echo', '3')):
        running = started(CLASSES, *words)
        asleep = started('sleep', '3')
        time.sleep(0.3)
        run = mptrace('profile', '-p', f'{running.pid},{asleep.pid}', '--duration', '0.4', '--timeline', '-o', 'attached')
        for process in (running, asleep):
            process.kill()
            process.wait()
        result = result_in('attached')
        is_sound('attached', result)
        ok(run.status == 0, f'profile -p of {words[0]}', run)
        same_island(f'-p of {words[0]}', result, Page(Path('attached/report.html').read_text(encoding='utf-8')))
        same_times(f'-p of {words[0]}', result, Trace(report('attached', 'perfetto')))


def test_met_cpus():
    """Of who runs on and on the CPU is known, too."""
    last = max(os.sched_getaffinity(0))
    spinner = started('taskset', '-c', str(last), 'sh', '-c', 'while :; do :; done')
    time.sleep(0.2)
    mptrace('profile', '-p', str(spinner.pid), '--duration', '0.2', '--timeline', '-o', 'spins')
    spinner.kill()
    spinner.wait()
    island = Page(Path('spins/report.html').read_text(encoding='utf-8')).islands['timeline-data']
    drawn = island['threads'][0]['spans']
    cpus = {drawn[i + 2] for i in range(0, len(drawn), 3) if island['states'][drawn[i]]['key'] == 'on_cpu'}
    ok(cpus == {last}, f'who was pinned to CPU {last} ran there, from the start', drawn[:9])


def test_numbers():
    """Who executes a program gets the number of its process, whose first thread had it until then: each keeps its own time."""
    Path('executes.py').write_text('import os, threading, time\n'
                                   'def execute():\n    time.sleep(0.1)\n    os.execv("/bin/sh", ["sh", "-c", "sleep 0.1; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"])\n'
                                   'threading.Thread(target=execute).start()\nuntil = time.monotonic() + 0.05\nwhile time.monotonic() < until:\n    pass\n'
                                   'time.sleep(5)\n', encoding='utf-8')
    run = mptrace('profile', '--timeline', '-o', 'executes', '/usr/bin/python3', 'executes.py')
    result = result_in('executes')
    is_sound('executes', result)
    pid = min(thread['pid'] for thread in result['threads'])
    heir = [thread for thread in result['threads'] if thread['tid'] == pid and thread['first_tid'] != pid]
    ok(run.status == 0 and len(heir) == 1 and heir[0]['executed'] and heir[0]['comm'] == 'sh', 'a thread that executes a program has two numbers', heir, run)
    same_island('executes', result, Page(Path('executes/report.html').read_text(encoding='utf-8')))
    trace = Trace(report('executes', 'perfetto'))
    ok(all(sum(trace.runs[thread['first_tid']]) == thread['on_cpu_ns'] for thread in result['threads']),
       'in the trace each has the number that it began with', trace.runs.keys(), result['threads'])


def test_wakers():
    """What that thread hands over comes from it, not from who had its number before."""
    Path('turns.py').write_text('import threading, time\ndef turn():\n    until = time.monotonic() + 0.2\n    while time.monotonic() < until:\n'
                                '        sum(range(500))\nother = threading.Thread(target=turn)\nother.start()\nturn()\nother.join()\n', encoding='utf-8')
    Path('heir.py').write_text('import os, sys, threading, time\ndef execute():\n    time.sleep(0.05)\n    os.execv(sys.executable, [sys.executable, "turns.py"])\n'
                               'threading.Thread(target=execute).start()\ntime.sleep(5)\n', encoding='utf-8')
    mptrace('profile', '--timeline', '-o', 'heir', '/usr/bin/python3', 'heir.py')
    island = Page(Path('heir/report.html').read_text(encoding='utf-8')).islands['timeline-data']
    queue = [state['key'] for state in island['states']].index('run_queue')
    handed = [thread['spans'][i + 2] >> 1 for thread in island['threads'] for i in range(0, len(thread['spans']), 3)
              if thread['spans'][i] == queue and thread['spans'][i + 2] % 2]
    flows = Trace(report('heir', 'perfetto')).flows
    threads = {thread['first_tid'] for thread in result_in('heir')['threads']}
    ok(len(handed) > 10 and set(handed) <= threads and len(flows) == len(handed), f'each of {len(handed)} hand-overs is an arrow from who lived', handed, len(flows))


def test_folded():
    """Threads that have no row of their own have none in pictures either, which say so; the advice is that of the file."""
    run = mptrace('profile', '--timeline', '-o', 'forks', CLASSES, 'forks', '1', '5000')
    result = result_in('forks')
    text = Path('forks/report.html').read_text(encoding='utf-8')
    says = f"Of {result['folded']['threads']} threads that had ended"
    ok(run.status == 0 and result['folded']['threads'] > 1000 and says in ' '.join(Page(text).text) and
       says.lower() in report('forks', 'timeline').decode(), f'{says} pictures have none', result['folded'], run)
    ok(report('forks', 'html').decode() == text and result['advice']['says'] in ' '.join(Page(text).text), 'the page made again is the same, advice included')


def test_many():
    """A page that no browser could open is not made."""
    mptrace('run', 'thread', '-n', '1', '-t', '1', '--task', 'sleep:50ms', '--timeline', '-o', 'many')
    result = result_in('many')
    worker, count = next(thread for thread in result['threads'] if thread['role'] == 'worker'), 2100000
    head, begin = Path('many/timeline.bin').read_bytes()[:40], worker['start_ns']
    events = b''.join(struct.pack('<QII', begin + i << 16, worker['tid'] << 8 | i % 2 << 4, 0) for i in range(1, count + 1))
    result['timeline']['events'] = count
    Path('many/result.json').write_text(json.dumps(result), encoding='utf-8')
    Path('many/timeline.bin').write_bytes(head[:24] + struct.pack('<Q', count) + head[32:] + events)
    text = report('many', 'html').decode()
    ok(len(text) < 1e6 and 'are too many for a page' in text and 'id="timeline-data"' not in text and '<pre>    TID thread' in text,
       'a page of more than two million spans has them in letters', len(text))


def test_hostile():
    """Names that others chose are text in every format."""
    Path('hostile.py').write_text('import ctypes, time\nctypes.CDLL(None).prctl(15, b"</script>\\n\\xff\\xe2\\x80\\xae")\n'
                                  'time.sleep(0.05)\n', encoding='utf-8')
    mptrace('profile', '--timeline', '-o', 'hostile', '/usr/bin/python3', 'hostile.py', HOSTILE)
    text = Path('hostile/report.html').read_text(encoding='utf-8')
    page = Page(text)
    ok(not [one for one in page.elements if one[0] == 'img' or any(key.startswith('on') for key in one[1])] and
       '\u202e' not in text and len([one for one in page.elements if one[0] == 'script']) == 2,
       'a page has no element that somebody else wrote', [one for one in page.elements if one[0] in ('img', 'script')])
    ok('onerror=alert' in ' '.join(page.text), 'but their words')
    ok(report('hostile', 'html').decode() == text, 'and the page made again is the same')
    name = Trace(report('hostile', 'perfetto')).names[result_in('hostile')['threads'][0]['tid']]
    table = list(csv.DictReader(io.StringIO(report('hostile', 'csv').decode(), newline='')))
    ok(name.startswith('</script>') and '\n' not in name and table[0]['name'].startswith('</script>') and '\n' not in table[0]['name'],
       'in a trace and a table a name is one line of text', name, table[0])
    lines = report('hostile', 'timeline').decode().splitlines()
    ok(len([line for line in lines if '</script>' in line and line.split()[0].isdigit()]) == 1 and not [line for line in lines if '\x1b' in line or '\u202e' in line],
       'in letters it stays on its line', *lines)
    Path('hangul.py').write_text('import ctypes, time\nctypes.CDLL(None).prctl(15, "\ud55c\uae00".encode())\ntime.sleep(0.02)\n', encoding='utf-8')
    mptrace('profile', '--timeline', '-o', 'hangul', '/usr/bin/python3', 'hangul.py', LC_ALL='C')
    letters = Path('hangul/report.html').read_text(encoding='utf-8').split('<noscript>')[1].split('</noscript>')[0]
    ok('\ud55c\uae00' in letters and result_in('hangul')['threads'][0]['comm'] == '\ud55c\uae00', 'other alphabets stay', letters)
    text = report('hostile', 'markdown').decode()
    ok('<img' not in text and '</script' not in text and 'onerror' in text and result_in('hostile')['answer']['says'][:9] in text, 'nor is it markup in Markdown', text[:300])


def test_gaps():
    """Who empties the rings is stopped while a ping-pong fills them: what had no room is counted, and marked where it is missing."""
    run = Run(('run', 'thread', '-t', '2', '--task', 'exchange:pipe:300000', '-C', '0', '--timeline', '-o', 'gaps'))
    until(10, run.inside)
    time.sleep(0.3)
    os.kill(run.pid, signal.SIGSTOP)
    time.sleep(1)
    os.kill(run.pid, signal.SIGCONT)
    run.wait()
    result = result_in('gaps')
    is_sound('gaps', result)
    page = Page(Path('gaps/report.html').read_text(encoding='utf-8'))
    gaps = page.islands['timeline-data']['gaps']
    ok(run.status == 0 and result['timeline']['lost'] > 1000 and sum(gaps[2::3]) == result['timeline']['lost'] and
       all(begin < end for begin, end in zip(gaps[::3], gaps[1::3])), f'{result["timeline"]["lost"]} events had no room: each is in a gap', gaps[:9], run)
    ok('had no room' in ' '.join(page.text), 'and the page says so')
    letters = report('gaps', 'timeline').decode()
    marks = next(line for line in letters.splitlines() if 'events lost' in line)
    column = float(re.search('each column is ([0-9.]+) ms', letters)[1]) * 1e6
    missing = sum(end - begin for begin, end in zip(gaps[::3], gaps[1::3]))
    ok('had no room' in letters and missing > 2 * column and abs(marks.count('!') - missing / column) <= 2 * len(gaps[::3]), 'in letters, too, and where', missing, letters)
    drawn = Trace(report('gaps', 'perfetto')).gaps
    ok([(begin, begin + took) for _, begin, took in drawn] == list(zip(gaps[::3], gaps[1::3])) and
       sum(int(name.split()[0]) for name, _, _ in drawn) == result['timeline']['lost'], 'in a trace they are slices of a track', drawn)


def test_refused():
    for words, expected in ((('run', 'serial', '--timeline'), '-o'), (('run', 'serial', '--timeline', '-o', 'x', '--repeat', '2'), '--repeat'),
                            (('run', 'serial', '--timeline', '-o', 'x', '--no-trace'), '--no-trace'),
                            (('run', 'serial', 'pool', '--timeline', '-o', 'x'), '--timeline'), (('profile', '--timeline', '-p', '1'), '-o')):
        run = mptrace(*words)
        ok(run.status == 2 and expected in run.stderr, f'{" ".join(words)}: refused', run)
    mptrace('run', 'serial', '-t', '1', '-o', 'plain')
    page = Path('plain/report.html').read_text(encoding='utf-8')
    ok('--timeline -o DIR' in page and 'id="timeline-data"' not in page, 'a page without a timeline says how to get one')
    both = mptrace('compare', 'plain', 'serial', '--format', 'html')
    page = Page(both.stdout)
    ok(both.status == 0 and 'Compared with: plain' in ' '.join(page.text), 'what differs is a page, too', both)
    text = ' '.join(mptrace('compare', 'plain', 'serial').stdout.split())
    changes = [float(one[1]['data-v']) for one in page.elements if one[0] == 'td' and 'data-v' in one[1] and one[1].get('class') != 'n']
    ok(changes and all(f'{100 * (change - 1):+.1f} %' in text for change in changes) and
       len(changes) == len([one for one in page.elements if one[0] == 'circle']), 'with a mark for each figure that grew or shrank', changes, text)
    ok(mptrace('compare', 'plain', 'serial', '--format', 'png').status == 2, 'of formats that there are')
    for form in ('timeline', 'perfetto'):
        run = mptrace('report', 'plain', '--format', form)
        ok(run.status == 2 and '--timeline' in run.stderr, f'nor is there a {form} of it', run)
    mptrace('run', 'serial', '-t', '1', '--timeline', '-o', 'spoilt')
    whole = Path('spoilt/timeline.bin').read_bytes()
    for says, bytes_ in (('cut', whole[:-3]), ('cut in its head', whole[:9]), ('of another kind', b'x' + whole[1:]),
                         ('of another version', whole[:16] + struct.pack('<I', 1) + whole[20:]), ('with other events', whole[:20] + struct.pack('<I', 24) + whole[24:]),
                         ('of another run', whole[:24] + struct.pack('<Q', 9) + whole[32:]), ('of another run', whole[:32] + struct.pack('<Q', 9) + whole[40:]),
                         ('with an event of no kind', whole[:48] + b'\xff' * 4 + whole[52:])):
        Path('spoilt/timeline.bin').write_bytes(bytes_)
        run = mptrace('report', 'spoilt', '--format', 'timeline')
        ok(run.status == 2 and 'timeline.bin' in run.stderr and run.stderr.count('\n') == 1, f'a file that is {says}', run)
    os.unlink('spoilt/timeline.bin')
    run = mptrace('report', 'spoilt', '--format', 'html')
    ok(run.status == 0 and 'timeline.bin is not beside' in ' '.join(Page(run.stdout).text), 'a page is made without it, and says so', run)
    run = mptrace('report', 'spoilt', '--format', 'perfetto')
    ok(run.status == 2 and 'timeline.bin' in run.stderr, 'a trace is not', run)
    run = mptrace('report', 'spoilt', '--format', 'csv')
    ok(run.status == 0 and run.stdout.startswith('row,'), 'what needs no events is made without them', run)


with tempfile.TemporaryDirectory(prefix='test-of-pictures-') as scratch:
    os.chdir(scratch)
    main(test_runs, test_letters, test_profiles, test_attached, test_met_cpus, test_numbers, test_wakers, test_folded, test_many, test_hostile, test_gaps, test_refused)
