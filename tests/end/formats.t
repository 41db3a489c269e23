#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a validation prints for machines, read strictly; and the readers themselves, which must refuse what is wrong.

The validation is made by hand (tests/unit/validation_fixture.h): every verdict, and strings that nobody should write.
"""
import json
import subprocess

import jsonschema
from formats import Page, junit, ktap
from mptrace import ROOT, main, ok

SHOW = [str(ROOT / 'build/tests/validation_report_test'), 'show']
GOOD = """KTAP version 1
1..2
  KTAP version 1
  # Subtest: a
  1..2
  # a remark
  ok 1 - b
  ok 2 - c # SKIP why
ok 1 - a
not ok 2 - d # ERROR why
"""
BAD = {
    'no version': ('KTAP version 1\n1..2', '1..2'),
    'another version': ('KTAP version 1\n1..2', 'KTAP version 2\n1..2'),
    'no plan': ('1..2\n  KTAP', '  KTAP'),
    'a longer plan': ('1..2\n  KTAP', '1..3\n  KTAP'),
    'a shorter plan': ('1..2\n  KTAP', '1..1\n  KTAP'),
    'a shorter plan inside': ('  1..2', '  1..1'),
    'an indentation of three': ('  ok 1', '   ok 1'),
    'no indentation': ('  ok 1', 'ok 1'),
    'a wrong number': ('ok 2 - c', 'ok 3 - c'),
    'no name': ('ok 1 - b', 'ok 1'),
    'an unknown directive': ('SKIP', 'TODO'),
    'a skipped failure': ('  ok 2', '  not ok 2'),
    'a failure inside that is none outside': ('  ok 1', '  not ok 1'),
    'an error that is ok': ('not ok 2', 'ok 2'),
    'a control character': ('# a remark', '# a \x1b remark'),
    'no end of line': ('ERROR why\n', 'ERROR why'),
}


def show(*words):
    return subprocess.run([*SHOW, *words], stdout=subprocess.PIPE, check=True).stdout.decode('utf-8')


def refused(reader, text):
    try:
        return f'taken for {reader(text)}' and False
    except ValueError:
        return True


def test_readers():
    ok(len(ktap(GOOD)) == 2 and len(ktap(GOOD)[0]['subtests']) == 2, 'good KTAP is read')
    for says, (old, new) in BAD.items():
        ok(old in GOOD and refused(ktap, GOOD.replace(old, new, 1)), f'KTAP is refused: {says}')
    text = show('junit')
    for old, new in (('failures="1"', 'failures="2"'), ('<error', '<wrong'), ('name="noisy"', 'name="void"'),
                     ('skipped="1"', 'skipped="0"')):
        ok(old in text and refused(junit, text.replace(old, new, 1)), f'JUnit is refused: {new}')


def test_ktap():
    suites = {suite['name']: {test['name']: test for test in suite['subtests']} for suite in ktap(show('ktap'))}
    ok(list(suites) == ['seed', 'article', 'odd <&>_source'], 'KTAP: a test per source', suites)
    claims = {name: (test['ok'], test['directive']) for tests in suites.values() for name, test in tests.items()}
    ok(claims == {'thread-create-cheaper': (True, None), 'pool-fifo': (False, None), 'free-threaded': (True, 'SKIP'),
                  'memory-depends': (True, None), 'noisy': (True, 'SKIP'), 'void': (False, 'ERROR'),
                  'odd_`id': (True, None)}, 'KTAP: a subtest per claim', claims)
    ok(ktap(show('ktap', 'empty')) == [], 'KTAP: no claims are no tests')


def test_junit():
    suites = junit(show('junit'))
    ok(list(suites) == ['seed', 'article', 'odd <&>#source'], 'JUnit: a suite per source', suites)
    endings = {name: case[0] for cases in suites.values() for name, case in cases.items()}
    ok(endings == {'thread-create-cheaper': 'pass', 'pool-fifo': 'failure', 'free-threaded': 'skipped',
                   'memory-depends': 'pass', 'noisy': 'skipped', 'void': 'error', 'odd#`id': 'pass'},
       'JUnit: a case per claim', endings)
    output = suites['odd <&>#source']['odd#`id'][2]
    ok('odd [31m<&>"\'#|`*_\n- \ufffd]]>\ud55c\uae00\n' in output, 'JUnit: odd strings come back without controls', repr(output))
    ok('3.21 (2.95 to 3.60)' in suites['seed']['thread-create-cheaper'][2], 'JUnit: the numbers are in system-out')
    ok(junit(show('junit', 'empty')) == {}, 'JUnit: no claims are no suites')


def test_json():
    schema = json.loads((ROOT / 'userspace/validation/validation.schema.json').read_text(encoding='utf-8'))
    jsonschema.Draft202012Validator.check_schema(schema)
    for words in (['json'], ['json', 'empty']):
        errors = [f'{list(error.path)}: {error.message[:100]}'
                  for error in jsonschema.Draft202012Validator(schema).iter_errors(json.loads(show(*words)))]
        ok(not errors, f'{" ".join(words)}: the schema holds', *errors[:5])


def test_markdown():
    """Every row of a table has as many cells as its head, whatever stands in it; no line is a tag."""
    lines, width = show('markdown').split('\n'), 0
    wrong = []
    for line in lines:
        cells = line.replace('\\|', '').count('|')
        width = cells if line.startswith('|') and not width else width if line.startswith('|') else 0
        if line.startswith('|') and cells != width:
            wrong.append(line)
    ok(not wrong, 'Markdown: tables keep their shape', *wrong)
    tags = [line for line in lines if '<' in line and '`' not in line and not line.startswith('measured')]
    ok(not tags, 'Markdown: no tag', *tags)


def test_page():
    """Odd strings are text in it: the elements are ours."""
    page = Page(show('html'))
    text = ' '.join(page.text)
    wrong = [one for one in page.elements if one[0] in ('img', 'iframe', 'object', 'b', 'font') or any(key.startswith('on') for key in one[1])]
    ok(not wrong and len([one for one in page.elements if one[0] == 'script']) == 1, 'HTML: no element of somebody else', wrong)
    ok('<&>"\'#|`*_' in text and '\x1b' not in text and '\ud55c\uae00' in text, 'HTML: odd strings come back without controls')
    claims = [one[1]['id'] for one in page.elements if one[0] == 'details']
    ok(sorted(claims) == sorted(claim['id'] for claim in json.loads(show('json'))['claims']), 'HTML: each claim can be opened', claims)
    ok(len([one for one in page.elements if one[0] == 'svg']) > 0, 'HTML: intervals are drawn')


main(test_readers, test_ktap, test_junit, test_json, test_markdown, test_page)
