#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""The catalogue: all the claims it has to have, in their sources' words; and that docs/claims.md is made from it."""
import subprocess
import sys

import yaml

from mptrace import ROOT, experiment, main, mptrace, ok

# Of each source, in its order.
CLAIMS = {
    'seed': '''thread-is-worker process-is-running-program process-has-thread multithread-process process-composition
        thread-shares-memory process-no-share-memory thread-no-interrupt thread-no-kill process-interrupt-kill
        thread-create-cheaper thread-exit-cheaper thread-switch-cheaper thread-comm-no-kernel py-no-multithread gil-one-thread
        gil-protects-globals gil-cpu-no-gain gil-multicore-slower gil-cpu-only gil-io-overlap io-threads-gain mp-parallel-cpus
        mp-shortens-repetition fit-depends-on-task pool-fifo pool-to-different-processors pool-output-list pool-waits-all
        pool-mem-assigned-only pool-mem-pending-out process-all-in-memory few-once-process many-simple-pool''',
    'ellicium': '''process-fifo-policy process-suspend-schedules pool-io-waits long-io-process pool-creation-overhead
        large-n-process-memory million-processes-break pool-worker-reuse''',
    'later-revision': 'rev-author-figures rev-process-output rev-pool-many-little-io',
    'tcpschool': 'tcp-thread-less-waste tcp-simple-compute-single',
}
QUOTED = {'seed'}  # the sources of which the words themselves are at hand
MOST_CALLS = 5
MOST_ARMS = {'blocks': 78, 'trials': 50}  # what --quick has time for, on two CPUs


def catalogue():
    return {source: yaml.safe_load((ROOT / f'userspace/claim/catalogue/{source}.yaml').read_text(encoding='utf-8')) for source in CLAIMS}


def arms():
    """Command of every arm: how it is decided. What runs in blocks need not run again to be counted."""
    found = {}
    for document in catalogue().values():
        for case in [case for claim in document['claims'] for case in claim['cases']]:
            for command in case['arms'].values():
                way = case.get('decide', 'blocks')
                found[' '.join(command.split())] = 'blocks' if way == 'blocks' else found.get(' '.join(command.split()), way)
    return found


def all_are_there():
    for source, document in catalogue().items():
        found = [claim['id'] for claim in document['claims']]
        ok(document['source']['id'] == source and found == CLAIMS[source].split(), f'{source} has its {len(found)} claims, in order', found)
    count = sum(len(ids.split()) for ids in CLAIMS.values())
    ok(count == 47, 'there are 47', count)


def in_their_words():
    for source, document in catalogue().items():
        wordless = [claim['id'] for claim in document['claims'] if not all(claim.get(key) for key in ('english', 'reading', 'because'))]
        ok(not wordless, f'{source}: each claim has its meaning, its reading and its because', wordless)
        if source in QUOTED:
            unquoted = [claim['id'] for claim in document['claims'] if not claim.get('quote', '').strip()]
            ok(not unquoted, f'{source}: each claim has its quote', unquoted)


def experiments_are_small():
    calls = [command for command in arms() if '--call ' in command]
    ok(len(calls) <= MOST_CALLS, f'at most {MOST_CALLS} arms call a function', '\n'.join(calls))
    for decide, most in MOST_ARMS.items():
        count = list(arms().values()).count(decide)
        ok(count <= most, f'at most {most} different arms are decided by {decide}', count)
    untold = [f'{claim["id"]}: {case["name"]}' for document in catalogue().values() for claim in document['claims']
              for case in claim['cases'] if not case.get('mechanism')]
    ok(not untold, 'every case has figures that say why', '\n'.join(untold))


def mptrace_reads_it():
    run = mptrace('list', 'claims')
    missing = [claim for ids in CLAIMS.values() for claim in ids.split() if claim not in run.stdout]
    ok(run.status == 0 and not missing, 'mptrace list claims lists them', run, missing)


def api_answers():
    """The functions behind --call tell a statement that holds from one that does not."""
    for name, holds in (('map_returns_a_list_in_order', True), ('others_return_a_list_or_array', False)):
        result = experiment(f'thread -n 1 --engine python --call mptrace_api:{name} --items range(3)').result
        done, says = result['totals']['tasks_done'], result['outcome']['says']
        ok(done == 3 and not says if holds else done == 0 and 'AssertionError' in says, f'{name}: {holds}', result['outcome'])


def page_is_current():
    page = subprocess.run([sys.executable, '-B', str(ROOT / 'tools/claims-page')], capture_output=True, text=True, check=False)
    ok(page.returncode == 0 and page.stdout == (ROOT / 'docs/claims.md').read_text(encoding='utf-8'),
       'docs/claims.md is what tools/claims-page prints', page.stderr)


main(all_are_there, in_their_words, experiments_are_small, mptrace_reads_it, api_answers, page_is_current)
