/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formats of a validation. `validation_report_test show FORMAT [empty]` prints one: tests/end/formats.t parses it.
 */
#include <errno.h>
#include <jansson.h>

#include "../../userspace/report/human.h"
#include "../../userspace/report/validation_report.h"
#include "tap.h"
#include "validation_fixture.h"

#define COLUMNS 100

static struct validation_fixture fixture;
static const struct style plain = {.width = COLUMNS};

/* The caller frees it. */
static char *written(const char *format, struct style style)
{
	struct failure failure = {0};
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file ||
	    validation_format__find(validation_formats, format, &failure)->write(file, &fixture.validation, style))
		exit(2);
	fclose(file);
	return text;
}

static void expect(const char *text, const char *part)
{
	ok_if(strstr(text, part) != NULL, "it says: %s", part);
}

/* True if one line is exactly @line. */
static void expect_line(const char *text, const char *line)
{
	size_t length = strlen(line);
	bool found = false;

	for (const char *at = text; !found && (at = strstr(at, line)); at++)
		found = (at == text || at[-1] == '\n') && at[length] == '\n';
	ok_if(found, "a line is: %s", line);
}

/* Bytes of the longest line of plain ASCII; 9999 if it is none. */
static size_t widest(const char *text)
{
	size_t most = 0, now = 0;

	for (; *text; text++) {
		if ((*text < ' ' && *text != '\n') || *text > '~')
			return 9999;
		now = *text == '\n' ? 0 : now + 1;
		most = now > most ? now : most;
	}
	return most;
}

static void expect_value(double value, enum unit unit, const char *says)
{
	char room[HUMAN];

	ok_if(!strcmp(human__value(room, value, unit), says), "%g is %s (%s)", value, says, room);
}

static void test_values(void)
{
	char room[HUMAN];

	expect_value(0, UNIT_NS, "0 ns");
	expect_value(12.5, UNIT_NS, "12.5 ns");
	expect_value(-2.5e6, UNIT_NS, "-2.50 ms");
	expect_value(1e300, UNIT_NS, "1e+291 s");
	expect_value(8 << 20, UNIT_BYTES, "8.00 MiB");
	expect_value(26110, UNIT_COUNT, "26,110");
	expect_value(2.5, UNIT_COUNT, "2.50");
	expect_value(1e300, UNIT_COUNT, "1e+300");
	expect_value(1.005, UNIT_RATIO, "1.00");
	expect_value(0.0064, UNIT_RATIO, "0.0064");
	expect_value(123456, UNIT_RATIO, "123,456");
	expect_value(NAN, UNIT_RATIO, "not measured");
	expect_value(-INFINITY, UNIT_NS, "-infinite");
	ok_if(!strcmp(human__duration(room, 552000000000ull), "9 min 12 s"), "%s", room);
}

static void test_text(void)
{
	char *text = written("text", plain);

	expect_line(text, "CONFIRMED      thread-create-cheaper  3.21 (2.95 to 3.60)          >= 2");
	expect_line(text, "REFUTED      ! pool-fifo              3 of 12,000 violated         never violated; block 3: "
			  "2 of ...");
	expect_line(text,
		    "CONDITIONAL    memory-depends         holds for small parent; not for large parent; by memory "
		    "it ...");
	expect_line(text, "INCONCLUSIVE   noisy                  -2.50 ms (no interval)       <= 5.00 ms: noise; the "
			  "interva...");
	expect_line(text, "INVALID        void                   9.00 MiB (8.50 MiB or more)  > 8.00 MiB; 7 of 18 "
			  "blocks are...");
	expect_line(text, "NOT-RUN        free-threaded                                       no free-threaded Python: "
			  "set M...");
	expect_line(text, "! is not what was expected");
	expect_line(text, "pool-fifo (seed): REFUTED, expected CONFIRMED");
	expect_line(text, "    block 3: 2 of 1200 chances to fail");
	ok_if(!strstr(text, "REFUTED: large parent"), "of many claims, those as expected are told in a line");
	expect_line(text, "Controls       1 of 2 are as they must be");
	expect(text, "ALARM    capacity");
	ok_if(!strstr(text, "again-native-pool"), "a good control is counted");
	expect(text, "2 of 48 trials after the warm-up; each voids its block");
	expect(text, "2 of 24: run pool -t 40: steal: 12 % of busy time");
	expect(text, "traced runs take 1.02 (1.01 to 1.04) times as long as untraced ones; 554 ns per");
	expect(text, "3 events were lost");
	expect(text, "differences under 4 % are invisible here today for thread-create-cheaper");
	expect(text, "a virtual machine");
	expect(text, "no hardware counters (PMU)");
	expect(text, "control groups hybrid");
	expect(text, "mptrace validate --quick --seed 7");
	expect_line(text, "               left out: thread-create-cheaper: small parent");
	expect(text, "pool-fifo: was CONFIRMED, is REFUTED");
	expect(text, "kernel: was Linux 6.17.0, is Linux 6.18.5");
	ok_if(widest(text) <= COLUMNS, "plain ASCII, and it fits: %zu columns", widest(text));
	free(text);
}

/* Few claims are told with all their cases; of voided arms, the first five. */
static void test_few(void)
{
	static struct void_row voids[7];
	char *text;

	for (size_t i = 0; i < 7; i++)
		voids[i] = (struct void_row){i ? "run pool -t 40" : "run thread", 10, 1, "a hog"};
	voids[5].command = "run serial";
	fixture.validation.finding_count = 5;
	fixture.validation.voids = voids;
	fixture.validation.void_count = 7;
	text = written("text", plain);
	expect_line(text, "thread-create-cheaper (seed): CONFIRMED, expected CONFIRMED");
	expect_line(text, "    REFUTED: large parent");
	expect(text, "1.01 (0.99 to 1.03); FRAGILE");
	expect(text, "7 of 70 trials after the warm-up; each voids its block");
	expect_line(text, "               1 of 10: run thread: a hog");
	ok_if(!strstr(text, "run serial"), "the sixth is not named");
	expect_line(text, "               and of 2 more arms");
	free(text);
	validation_fixture__make(&fixture);
}

static void test_style(void)
{
	char *text = written("text", (struct style){.width = 60});

	ok_if(widest(text) <= 60, "a narrow window: %zu columns", widest(text));
	free(text);
	text = written("text", (struct style){.width = COLUMNS, .color = true, .unicode = true});
	expect(text, "\033[31mREFUTED      \033[0m! pool-fifo");
	expect(text, "\033[32mCONFIRMED    \033[0m");
	expect(text, "\xed\x95\x9c\xea\xb8\x80");
	ok_if(!strstr(text, "odd \033") && !strchr(text, '\x01') && !strchr(text, '\xff') &&
		      !strstr(text, "\xe2\x80\xae") && !strstr(text, "\xc2\x9b"),
	      "a claim file cannot reach the terminal");
	free(text);
}

static void test_ktap(void)
{
	char *text = written("ktap", plain);

	ok_if(strstr(text, "KTAP version 1\n1..3\n  KTAP version 1\n  # Subtest: seed\n  1..3\n") == text,
	      "versions and plans stand first");
	expect_line(text, "  ok 1 - thread-create-cheaper");
	expect_line(text, "  not ok 2 - pool-fifo");
	expect_line(text, "  ok 3 - free-threaded # SKIP NOT-RUN, expected CONFIRMED; no free-threaded Python: set "
			  "MPTRACE_FREE_THREADED");
	expect_line(text, "not ok 1 - seed");
	expect(text, "  not ok 3 - void # ERROR INVALID: 9.00 MiB (8.50 MiB or more); > 8.00 MiB; 7 of 18");
	expect_line(text, "  ok 1 - odd_`id");
	expect_line(text, "ok 3 - odd <&>_source");
	free(text);
}

static void test_junit(void)
{
	char *text = written("junit", plain);

	expect(text, "<testsuites name=\"mptrace validate\" tests=\"7\" failures=\"1\" errors=\"1\" skipped=\"2\" "
		     "time=\"552.000\">");
	expect(text, "<testsuite name=\"seed\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\"");
	expect(text, "<testcase classname=\"odd &#60;&#38;&#62;#source\" name=\"odd#`id\">");
	expect(text,
	       "<failure type=\"REFUTED\" message=\"REFUTED, expected CONFIRMED: 3 of 12,000 violated; never violated");
	ok_if(!strchr(text, '\033') && !strchr(text, '\x01') && !strchr(text, '\xff') && !strstr(text, "\xef\xbf\xbe"),
	      "only characters that XML has");
	free(text);
}

static void test_markdown(void)
{
	static const char *const sections[] = {
		"## Verdicts",	      "## Validity", "## Claims", "## Environment", "## Threats to validity",
		"## How to reproduce"};
	char *text = written("markdown", plain);
	const char *at = text;

	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		const char *found = at ? strstr(at, sections[i]) : NULL;

		ok_if(found != NULL, "in its place: %s", sections[i]);
		at = found;
	}
	expect_line(text, "### thread-create-cheaper: CONFIRMED");
	expect_line(text, "> \"\xec\x8a\xa4\xeb\xa0\x88\xeb\x93\x9c\"");
	expect(text, "> In English: \"threads are cheaper");
	expect_line(text, "claimed   ...=============================================================");
	expect_line(text, "- mechanism `created_ns(thread)`: 52.0 us (50.0 us to 1.20 ms)");
	expect_line(text, "- mechanism `faults(process)`: 8,400 (8,300 to 8,513)");
	expect(text, "by memory it turns between small parent and large parent");
	expect_line(text, "left out: thread-create-cheaper: small parent");
	expect_line(text, "- kernel: was Linux 6.17.0, is Linux 6.18.5");
	expect(text, "odd  \\[31m&#60;&#38;\\>");
	ok_if(!strstr(text, "\n- \x01") && !strchr(text, '\033') && !strchr(text, '\xff'), "odd strings are no markup");
	free(text);
}

/* Every null has its reason, in the object's "missing", except for words that are simply not there. */
static unsigned nulls_without_reason(const json_t *value)
{
	static const char *const words[] = {"interpreter",    "quote",	"note",	    "because",
					    "expected",	      "effect", "region",   "sub_reason",
					    "counterexample", "why",	"baseline", "scale"};
	const json_t *missing = json_object_get(value, "missing"), *member;
	unsigned count = 0;
	const char *key;
	size_t i;

	json_array_foreach(value, i, member) count += nulls_without_reason(member);
	json_object_foreach((json_t *)value, key, member)
	{
		bool word = false;

		for (i = 0; i < sizeof(words) / sizeof(*words); i++)
			word |= !strcmp(key, words[i]);
		if (json_is_null(member) && !word && !json_is_string(json_object_get(missing, key)))
			count++;
		count += nulls_without_reason(member);
	}
	return count;
}

static void test_json(void)
{
	char *text = written("json", plain);
	json_error_t error;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error), *claims = json_object_get(root, "claims");
	json_t *effect = json_object_get(json_array_get(claims, CLAIM_CHEAPER), "effect");

	ok_if(root != NULL, "it is JSON: %s", root ? "yes" : error.text);
	ok_if(json_array_size(claims) == FIXTURE_CLAIMS, "all claims are there");
	ok_if(!nulls_without_reason(root), "every null has its reason");
	ok_if(json_real_value(json_object_get(effect, "low")) == 2.95, "an interval comes back exactly");
	ok_if(json_integer_value(json_object_get(json_array_get(claims, CLAIM_FIFO), "violations")) == 3,
	      "violations are counted");
	ok_if(json_is_null(json_object_get(json_array_get(claims, CLAIM_FREE_THREADED), "effect")),
	      "what did not run has no effect");
	ok_if(!strchr(text, '<'), "no < for a page to trip over");
	json_decref(root);
	free(text);
}

static void test_empty(void)
{
	validation_fixture__empty(&fixture);
	for (const struct validation_format *format = validation_formats; format->name; format++) {
		char *text = written(format->name, plain);

		ok_if(*text && text[strlen(text) - 1] == '\n', "%s of an empty validation", format->name);
		free(text);
	}
	validation_fixture__make(&fixture);
}

static void test_formats(void)
{
	struct failure failure = {0};

	ok_if(!validation_format__find(validation_formats, "yaml", &failure) && failure.status == STATUS_USAGE, "%s",
	      failure.says);
	for (const struct validation_format *format = validation_formats; format->name; format++) {
		FILE *full = fopen("/dev/full", "w");

		errno = 0;
		ok_if(full && format->write(full, &fixture.validation, plain) == -1 && errno == ENOSPC,
		      "%s tells of a full disk", format->name);
		if (full)
			fclose(full);
	}
}

static int show(const char *name, bool empty)
{
	struct failure failure = {0};
	const struct validation_format *format = validation_format__find(validation_formats, name, &failure);

	if (empty)
		validation_fixture__empty(&fixture);
	return !format || format->write(stdout, &fixture.validation, (struct style){.width = COLUMNS, .unicode = true});
}

int main(int argc, char **argv)
{
	validation_fixture__make(&fixture);
	if (argc > 2 && !strcmp(argv[1], "show"))
		return show(argv[2], argc > 3);
	test_values();
	test_text();
	test_few();
	test_style();
	test_ktap();
	test_junit();
	test_markdown();
	test_json();
	test_empty();
	test_formats();
	return tap_done();
}
