# SPDX-License-Identifier: GPL-2.0-or-later
"""Strict readers of what a validation prints for machines. Each raises ValueError at the first thing that is wrong. And one of pages."""
import html.parser
import json
import re
import xml.etree.ElementTree as ElementTree

_PLAN = re.compile(r'1\.\.(0|[1-9][0-9]*)( # SKIP .+)?')
_RESULT = re.compile(r'(ok|not ok) ([1-9][0-9]*) - ([^#]*?)(?: # (SKIP|ERROR)(?: (.*))?)?')


def ktap(text):
    """KTAP 1 as a list of tests: {name, ok, directive, why, subtests}; subtests is None where there are none."""
    if not text.endswith('\n'):
        raise ValueError('the last line does not end')
    lines = text[:-1].split('\n')
    for number, line in enumerate(lines, 1):
        if re.search(r'[\x00-\x1f\x7f-\x9f]', line):
            raise ValueError(f'line {number}: a control character')
    tests, rest = _ktap_level(lines, '')
    if rest:
        raise ValueError(f'beyond the plan: {rest[0]!r}')
    return tests


def _is_comment(line):
    return line == '#' or line.startswith('# ')


def _ktap_level(lines, indent):
    """The tests of one level, and the lines behind it."""
    def at(index):
        if index >= len(lines):
            raise ValueError('it ends before its plan does')
        if not lines[index].startswith(indent):
            raise ValueError(f'not indented by {len(indent)}: {lines[index]!r}')
        return lines[index][len(indent):]

    if at(0) != 'KTAP version 1':
        raise ValueError(f'no version: {lines[0]!r}')
    here = 1
    while _is_comment(at(here)):
        here += 1
    plan = _PLAN.fullmatch(at(here))
    if not plan or (plan[2] and plan[1] != '0'):
        raise ValueError(f'no plan: {lines[here]!r}')
    lines, tests = lines[here + 1:], []
    while len(tests) < int(plan[1]):
        while _is_comment(at(0)):
            lines = lines[1:]
        subtests = None
        if at(0).startswith('  '):
            subtests, lines = _ktap_level(lines, indent + '  ')
        tests.append(_ktap_result(at(0), len(tests) + 1, subtests))
        lines = lines[1:]
    return tests, lines


def _ktap_result(line, number, subtests):
    match = _RESULT.fullmatch(line)
    if not match or not match[3]:
        raise ValueError(f'no result: {line!r}')
    if int(match[2]) != number:
        raise ValueError(f'number {match[2]} where {number} is due')
    good = match[1] == 'ok'
    if match[4] and not match[5]:
        raise ValueError(f'a directive without a reason: {line!r}')
    if good == (match[4] == 'ERROR') and match[4]:
        raise ValueError(f'the directive belies the result: {line!r}')
    if subtests is not None and good != all(test['ok'] for test in subtests):
        raise ValueError(f'the subtests belie the result: {line!r}')
    return {'name': match[3], 'ok': good, 'directive': match[4], 'why': match[5], 'subtests': subtests}


def junit(text):
    """JUnit XML as {suite: {case: (ending, message, system-out)}}; ending: pass, failure, error or skipped."""
    root = ElementTree.fromstring(text.encode())
    if root.tag != 'testsuites':
        raise ValueError(f'the root is {root.tag}')
    suites, total = {}, dict.fromkeys(('tests', 'failures', 'errors', 'skipped'), 0)
    for suite in root:
        if suite.tag != 'testsuite' or suite.get('name') in suites:
            raise ValueError(f'{suite.tag} {suite.get("name")} among the suites')
        cases = suites[suite.get('name')] = _junit_cases(suite)
        for key, count in _junit_counts(suite, cases).items():
            total[key] += count
    _junit_counts(root, [case for cases in suites.values() for case in cases.values()], total)
    return suites


def _junit_cases(suite):
    cases = {}
    if [child.tag for child in suite][:1] != ['properties']:
        raise ValueError(f'{suite.get("name")} has no properties')
    for case in list(suite)[1:]:
        if case.tag != 'testcase' or case.get('name') in cases or case.get('classname') != suite.get('name'):
            raise ValueError(f'{case.tag} {case.get("name")} in {suite.get("name")}')
        tags = [child.tag for child in case]
        if tags[-1:] != ['system-out'] or len(tags) > 2 or not set(tags[:-1]) <= {'failure', 'error', 'skipped'}:
            raise ValueError(f'{case.get("name")} holds {tags}')
        ending = case[0] if len(tags) == 2 else None
        cases[case.get('name')] = ('pass' if ending is None else ending.tag,
                                   '' if ending is None else ending.get('message'), case[-1].text)
    return cases


def _junit_counts(element, cases, expected=None):
    endings = [case[0] for case in (cases.values() if isinstance(cases, dict) else cases)]
    counts = {'tests': len(endings), 'failures': endings.count('failure'), 'errors': endings.count('error'),
              'skipped': endings.count('skipped')}
    if expected not in (None, counts) or any(int(element.get(key)) != count for key, count in counts.items()):
        raise ValueError(f'{element.tag} {element.get("name")} counts {element.attrib}, there are {counts}')
    return counts


class Page(html.parser.HTMLParser):
    """The elements of a page, and its text and islands."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text, self.islands, self.open = [], [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.open = dict(attrs).get('id') if tag == 'script' else None

    def handle_endtag(self, tag):
        self.open = None

    def handle_data(self, data):
        if self.open:
            self.islands[self.open] = json.loads(data)
        self.text.append(data)
