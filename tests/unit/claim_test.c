/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claim files: what is read, each refusal word by word with its place, commands as words, and the catalogue. */
#include <stdlib.h>
#include <string.h>

#include "../../userspace/claim/claim.h"
#include "../../userspace/claim/show.h"
#include "../../userspace/claim/words.h"
#include "../../userspace/result/metrics.h"
#include "tap.h"

static struct claims claims;
static struct failure failure;

/* A good file, line by line; a test replaces one. Lines count from 1. */
static const char *const good[] = {
	"source: {id: mine, title: T, language: ko}",
	"claims:",
	"- id: shorter",
	"  quote: 짧다",
	"  english: shorter",
	"  reading: at most half as long",
	"  confounders: noise",
	"  note: an erratum",
	"  because: it copies less",
	"  expect: CONDITIONAL",
	"  cases:",
	"  - name: small",
	"    decide: trials",
	"    needs: {cpus: 2, free-threaded: true}",
	"    arms:",
	"      thread: run  thread -t 100 --task 'none'",
	"      process: \"run process -t 100 --task none\"",
	"    provided: [parallelism(process) >= 1.5]",
	"    rule:",
	"    - created_ns(process) / created_ns(thread) >= 2",
	"    - holds(one-each, thread)",
	"    opportunities: 300",
	"    mechanism: [faults(process), faults(thread)]",
	"  - name: large",
	"    arms: {a: run pool -t 4}",
	"    rule: [wall_ns(a) <= 1s]",
};
#define LINES (sizeof(good) / sizeof(*good))

static int read_text(const char *of)
{
	failure = (struct failure){0};
	return claims__read(&claims, "my.yaml", of, strlen(of), &failure);
}

static char text[8192];

/* The good file with @with instead of line @line. */
static int read_with(size_t line, const char *with)
{
	text[0] = '\0';
	for (size_t i = 0; i < LINES; i++) {
		strcat(text, i + 1 == line ? with : good[i]);
		strcat(text, "\n");
	}
	claims__free(&claims);
	return read_text(text);
}

/* It is refused with @says at @place ("line:column"), with that line and a caret. */
static void refused(size_t line, const char *with, const char *place, const char *says)
{
	int status = read_with(line, with);
	unsigned at_line = 0, column = 0;
	const char *shown = text;
	char expected[1024];

	sscanf(place, "%u:%u", &at_line, &column);
	while (--at_line)
		shown = strchr(shown, '\n') + 1;
	snprintf(expected, sizeof(expected), "my.yaml:%s: error: %s\n%.*s\n%*s^", place, says,
		 (int)strcspn(shown, "\n"), shown, (int)column - 1, "");
	if (!ok_if(status == -1 && failure.status == STATUS_USAGE && !strcmp(failure.says, expected) && !claims.count,
		   "line %zu: %s", line, says))
		printf("# it said: %s\n# and not: %s\n", failure.says, expected);
}

static void test_read(void)
{
	const struct claim *claim;
	const struct claim_case *of;

	if (!ok_if(!read_with(0, NULL) && claims.count == 1, "a file with all keys is read: %s", failure.says))
		return;
	claim = claims__find(&claims, "shorter");
	ok_if(claim && claim == claims.list[0] && !claims__find(&claims, "longer"), "a claim is found by its id");
	ok_if(!strcmp(claim->source, "mine") && !strcmp(claim->quote, "짧다") && !strcmp(claim->english, "shorter") &&
		      !strcmp(claim->reading, "at most half as long") && !strcmp(claim->confounders, "noise") &&
		      !strcmp(claim->note, "an erratum") && !strcmp(claim->because, "it copies less"),
	      "its texts");
	ok_if(claim->expects && claim->expect == VERDICT_CONDITIONAL && claim->case_count == 2, "what is expected");
	ok_if(!strcmp(claim->place.file, "my.yaml") && claim->place.line == 3 && claim->place.column == 3, "its place");
	of = &claim->cases[0];
	ok_if(!strcmp(of->name, "small") && of->decide == DECIDE_TRIALS && of->needs.cpus == 2 &&
		      of->needs.free_threaded && of->opportunities == 300 && of->place.line == 12,
	      "a case");
	ok_if(of->arm_count == 2 && !strcmp(of->arms[0].name, "thread") && !strcmp(of->arms[1].name, "process") &&
		      !strcmp(of->arms[0].command, "run thread -t 100 --task none") &&
		      !strcmp(of->arms[1].command, "run process -t 100 --task none") && of->arms[1].place.line == 17,
	      "its arms, with one blank between words and no needless quotes");
	ok_if(of->provided_count == 1 && of->rule_count == 2 && of->mechanism_count == 2 && of->rule[0]->low == 2 &&
		      of->rule[1]->comparison == COMPARE_HOLDS && of->mechanism[1]->comparison == COMPARE_NONE,
	      "its conditions");
	of = &claim->cases[1];
	ok_if(of->decide == DECIDE_BLOCKS && !of->needs.cpus && !of->opportunities && !of->provided_count,
	      "a case with no more than it needs");
}

static void test_keys(void)
{
	refused(1, "sources: {id: mine}", "1:1", "unknown key sources of a claim file: did you mean source?");
	refused(1, "", "2:1", "a claim file needs the key source");
	refused(1, "source: mine", "1:9", "source must be a map, not text");
	refused(1, "source: {title: T}", "1:9", "source needs the key id");
	refused(1, "source: {id: mine, url: x}", "1:20", "unknown key url of source");
	refused(3, "- idd: shorter", "3:3", "unknown key idd of a claim: did you mean id?");
	refused(5, "", "3:3", "a claim needs the key english");
	refused(5, "  english: ''", "5:12", "english is empty");
	refused(5, "  english: [a]", "5:12", "english must be text, not a list");
	refused(6, "", "3:3", "a claim needs the key reading");
	refused(3, "- id: a b", "3:7", "a name is 1 to 48 letters, digits and, further on, any of _.-");
	refused(3, "- id: -b", "3:7", "a name is 1 to 48 letters, digits and, further on, any of _.-");
	refused(3, "- id: 한", "3:7", "a name is 1 to 48 letters, digits and, further on, any of _.-");
	refused(3, "- id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "3:7",
		"a name is 1 to 48 letters, digits and, further on, any of _.-");
	refused(10, "  expect: REFUTE", "10:11", "REFUTE is not known here: there are CONFIRMED, REFUTED, CONDITIONAL");
	refused(10, "  expect: INVALID", "10:11",
		"INVALID is not known here: there are CONFIRMED, REFUTED, CONDITIONAL");
	refused(12, "  - nme: small", "12:5", "unknown key nme of a case: did you mean name?");
	refused(13, "    decide: block", "13:13", "block is not known here: there are blocks, trials");
	refused(14, "    needs: {cpu: 2}", "14:13", "unknown key cpu of needs: did you mean cpus?");
	refused(14, "    needs: {cpus: 0}", "14:19", "0 is no whole number from 1 to 4096");
	refused(14, "    needs: {cpus: 1e3}", "14:19", "1e3 is no whole number from 1 to 4096");
	refused(14, "    needs: {cpus: -1}", "14:19", "-1 is no whole number from 1 to 4096");
	refused(14, "    needs: {cpus: 99999999999999999999}", "14:19",
		"99999999999999999999 is no whole number from 1 to 4096");
	refused(14, "    needs: {free-threaded: false}", "14:28", "false is not known here: there are true");
	refused(24, "  - name: small", "24:11", "claim shorter has two cases of this name");
	refused(13, "    name: again", "13:5", "key name stands here twice");
}

static void test_arms(void)
{
	refused(16, "      thread: thread -t 100", "16:15", "an arm is what follows mptrace: run WORKLOAD [options]");
	refused(16, "      thread: sudo mptrace run thread", "16:15",
		"an arm is what follows mptrace: run WORKLOAD [options]");
	refused(16, "      thread: run", "16:15", "arm thread: run what? For example: run pool");
	refused(16, "      thread: run tread", "16:15", "arm thread: unknown workload tread: did you mean thread?");
	refused(16, "      thread: run thread pool", "16:15",
		"arm thread: one workload at a time: pool is one too many");
	refused(16, "      thread: run thread --taks=4", "16:15",
		"arm thread: unknown option --taks=4: did you mean --tasks?");
	refused(16, "      thread: run thread -t 0", "16:15",
		"arm thread: --tasks 0 is out of range: from 1 to 10000000");
	refused(16, "      thread: run thread --task cpu:5", "16:15",
		"arm thread: --task 'cpu:5', column 5: '5' has no unit: write it like 5ms (ns, us, ms, s)");
	refused(16, "      thread: run thread -C 0,a", "16:15",
		"arm thread: --cpus '0,a' is not a list of CPUs: write it like 0,2-3");
	refused(16, "      thread: run thread --call json:dumps --items 'range(4)' -t 4", "16:15",
		"arm thread: --tasks cannot be honoured here: --call says what a task does, --items how many there "
		"are");
	refused(16, "      thread: run thread --method map", "16:15", "arm thread: --method is for --engine python");
	refused(16, "      thread: run thread --chunk 2", "16:15",
		"arm thread: thread hands out no chunks: --chunk is for pool and thread-pool");
	refused(16, "      thread: run thread -t 3 --task exchange:memory:5", "16:15",
		"arm thread: --tasks 3: with exchange steps an even number, so that each task has a partner");
	refused(16, "      thread: run thread -t 3 --signal TERM@1ms:3", "16:15",
		"arm thread: --signal 'TERM@1ms:3': there is no task 3: they are 0 to 2");
	refused(16, "      thread: run thread --json", "16:15", "arm thread: --json is no option of an arm");
	refused(16, "      thread: run thread -j=x", "16:15", "arm thread: -j is no option of an arm");
	refused(16, "      thread: run thread -o d", "16:15", "arm thread: -o is no option of an arm");
	refused(16, "      thread: run thread --repeat 3", "16:15", "arm thread: --repeat is no option of an arm");
	refused(16, "      thread: run thread --repeat=3", "16:15", "arm thread: --repeat is no option of an arm");
	refused(16, "      thread: run thread 'x", "16:15", "arm thread: a quote or a backslash is open at the end");
	refused(16, "      thread: [run, thread]", "16:15", "an arm must be text, not a list");
	refused(16, "      thread:", "16:14", "an arm is empty");
	refused(16, "      th read: run thread", "16:7",
		"a name is 1 to 48 letters, digits and, further on, any of _.-");
	refused(16, "      thread: run thread\n      third: run thread", "17:14", "no condition uses arm third");
	refused(25, "    arms: {}", "25:11", "arms is empty");
	refused(25, "    arms: {a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x, i: x, j: x, k: x, l: x, m: x}", "25:11",
		"more than 12 items in arms");
	ok_if(!read_with(16, "      thread: run thread -C 0-1000"), "CPUs that this machine lacks are read: %s",
	      failure.says);
}

static void test_conditions(void)
{
	refused(18, "    provided: [parallelism(process)]", "18:16",
		"nothing is compared here: write <=, >=, <, >, within or holds()");
	refused(18, "    provided: []", "18:15", "provided is empty");
	refused(20, "    - created_n(process) / created_ns(thread) >= 2", "20:7",
		"unknown metric created_n: did you mean created_ns?");
	refused(20, "    - created_ns(process) / created_n(thread) >= 2", "20:29",
		"unknown metric created_n: did you mean created_ns?");
	refused(20, "    - 'created_ns(process) / created_n(thread) >= 2'", "20:30",
		"unknown metric created_n: did you mean created_ns?");
	refused(20, "    - \"created_ns(process) \\x2f created_n(thread) >= 2\"", "20:7",
		"unknown metric created_n: did you mean created_ns?");
	refused(20, "    - created_ns(process) >= 2M", "20:30", "the left side is a time, this is a size");
	refused(20, "    - created_ns(proces) >= 2ms", "20:18", "unknown arm proces: did you mean process?");
	refused(20, "    - [a]", "20:7", "a condition must be text, not a list");
	refused(20, "    - ''", "20:7", "a condition is empty");
	refused(23, "    mechanism: [faults(process) <= 2, faults(thread)]", "23:17",
		"a mechanism is shown, not compared: write the left side alone");
	refused(23, "    mechanism: ['holds(fifo, thread)']", "23:17",
		"a mechanism is shown, not compared: write the left side alone");
	refused(21, "", "22:20", "opportunities are for holds(): this rule has none");
	refused(22, "    opportunities: many", "22:20", "many is no whole number from 1 to 10000000");
	refused(26, "    rule: []", "26:11", "rule is empty");
	refused(26, "    rule: [a, a, a, a, a, a, a, a, a]", "26:11", "more than 8 items in rule");
	refused(26, "", "24:5", "a case needs the key rule");
}

static void test_files(void)
{
	static const char one[] =
		"source: {id: s}\nclaims:\n- {id: c, english: e, reading: r, expect: CONDITIONAL, cases: "
		"[{name: n, arms: {a: run pool}, rule: [wall_ns(a) <= 1s]}]}\n";
	static const char again[] =
		"source: {id: s}\nclaims:\n"
		"- {id: d, english: e, reading: r, cases: [{name: n, arms: {a: run pool}, rule: [wall_ns(a) "
		"<= 1s]}]}\n"
		"- {id: shorter, english: e, reading: r, cases: [{name: n, arms: {a: run pool}, rule: "
		"[wall_ns(a) <= 1s]}]}\n";

	read_with(0, NULL);
	ok_if(read_text(one) && strstr(failure.says, "3:43: error: one case alone cannot come out CONDITIONAL\n"),
	      "CONDITIONAL needs two cases: %.*s", (int)strcspn(failure.says, "\n"), failure.says);
	ok_if(read_text(again) && !strncmp(failure.says,
					   "my.yaml:4:8: error: there is a claim shorter already, in my.yaml:3\n", 67),
	      "no id twice: %.*s", (int)strcspn(failure.says, "\n"), failure.says);
	ok_if(claims.count == 1 && !claims__find(&claims, "d"), "a file that is refused adds nothing");
	read_text("[a]\n");
	ok_if(!strcmp(failure.says, "my.yaml:1:1: error: a claim file must be a map, not a list\n[a]\n^"), "a list");
	read_text("source: {id: s}\nclaims: []\n");
	ok_if(!strcmp(failure.says, "my.yaml:2:9: error: claims is empty\nclaims: []\n        ^"),
	      "a file without claims");
	claims__free(&claims);
	claims__free(&claims);
	ok_if(!claims.count && !claims.list, "freed twice is freed once");
}

static void words(const char *command, int expected, const char *joined)
{
	struct memory memory = {0};
	char **list = NULL, *again = NULL;
	int count = 0, status;

	failure = (struct failure){0};
	status = command__words(command, &list, &count, &failure);
	if (!status)
		again = command__join(&memory, list, count);
	ok_if(!status && count == expected && !list[count] && !strcmp(again, joined), "%d words: [%s]%s", expected,
	      again ? again : "", failure.says);
	free(list);
	memory__free(&memory);
}

static void no_words(const char *command)
{
	char **list = NULL;
	int count;

	failure = (struct failure){0};
	ok_if(command__words(command, &list, &count, &failure) && failure.status == STATUS_USAGE &&
		      !strcmp(failure.says, "a quote or a backslash is open at the end"),
	      "[%s] is no command", command);
}

static void test_words(void)
{
	words("", 0, "");
	words("  run \t pool\n-t 4 ", 4, "run pool -t 4");
	words("a 'b  c' \"d e\"", 3, "a 'b  c' 'd e'");
	words("a''b \"\" x", 3, "ab '' x");
	words("--items 'range(4)' --items \"range(4)\" --items range\\(4\\)", 6,
	      "--items 'range(4)' --items 'range(4)' --items 'range(4)'");
	words("'it'\\''s' \"it's\"", 2, "'it'\\''s' 'it'\\''s'");
	words("\"a\\\"b\\\\c\\d\"", 1, "'a\"b\\c\\d'");
	words("$HOME *.c ~ `x`", 4, "'$HOME' '*.c' '~' '`x`'");
	words("--task 4*none,2*cpu:1ms+touch:8M", 2, "--task '4*none,2*cpu:1ms+touch:8M'");
	words("한글", 1, "'한글'");
	words("a b c d e f g", 7, "a b c d e f g");
	no_words("'a");
	no_words("\"a");
	no_words("a\\");
	no_words("\"a\\");
	no_words("'a\\");
}

/* Every metric's name, and every check's, can be written in a rule. */
static void test_vocabulary(void)
{
	size_t bad = 0;

	for (size_t i = 0; i < metric_count; i++) {
		char line[160];

		snprintf(line, sizeof(line), "    mechanism: [%s(process), faults(thread)]", metrics[i].name);
		bad += read_with(23, line) != 0;
	}
	for (size_t i = 0; check_ids[i]; i++) {
		char line[160];

		snprintf(line, sizeof(line), "    - holds(%s, thread)", check_ids[i]);
		bad += read_with(21, line) != 0;
	}
	ok_if(!bad, "all %zu metrics and all checks can be used", metric_count);
}

static void test_show(void)
{
	static const char expected[] =
		"shorter (source: mine, my.yaml:3)\n"
		"  quote        \"짧다\"\n"
		"  in English   shorter\n"
		"  reading      한국어 한국어 한국어 한국어 한국어 한국어 한국어 한국어 한국어 한국어 한국어 한국어\n"
		"               한국어 한국어\n"
		"  confounders  noise\n"
		"  note         an erratum\n"
		"  because      it copies less\n"
		"  expected     CONDITIONAL\n"
		"\n"
		"Case: small\n"
		"  decided      by counting, in every trial\n"
		"  needs        2 CPUs and a free-threaded Python\n"
		"  thread       sudo mptrace run thread -t 100 --task none\n"
		"  process      sudo mptrace run process -t 100 --task none\n"
		"  provided     parallelism(process) >= 1.5\n"
		"  rule         created_ns(process) / created_ns(thread) >= 2\n"
		"               holds(one-each, thread)\n"
		"               at least 300 opportunities to fail\n"
		"  mechanism    faults(process)\n"
		"               faults(thread)\n"
		"\n"
		"Case: large\n"
		"  decided      by an interval over blocks\n"
		"  a            sudo mptrace run pool -t 4\n"
		"  rule         wall_ns(a) <= 1s\n";
	char *shown = NULL;
	size_t size;
	FILE *file = open_memstream(&shown, &size);

	read_with(6, "  reading: 한국어 한국어 한국어 한국어 한국어 한국어 한국어 한국어 한국어 한국어 한국어 한국어 "
		     "한국어 한국어");
	claim__show(file, claims.list[0]);
	fclose(file);
	if (!ok_if(!strcmp(shown, expected), "a claim is shown"))
		printf("# %s\n", shown);
	free(shown);
}

static void test_catalogue(void)
{
	claims__free(&claims);
	failure = (struct failure){0};
	ok_if(!claims__catalogue(&claims, &failure) && claims.count, "the catalogue has %zu claims: %s", claims.count,
	      failure.says);
	ok_if(claims__catalogue(&claims, &failure) && strstr(failure.says, "userspace/claim/catalogue/") &&
		      strstr(failure.says, "already"),
	      "and not a second time");
}

int main(void)
{
	test_read();
	test_keys();
	test_arms();
	test_conditions();
	test_files();
	test_words();
	test_vocabulary();
	test_show();
	test_catalogue();
	claims__free(&claims);
	return tap_done();
}
