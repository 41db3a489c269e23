/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules: what they mean, what they come to, and each refusal word by word. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/base/memory.h"
#include "../../userspace/claim/expression.h"
#include "tap.h"

static const char *const arms[] = {"thread", "process", "4-threads", "64M"};
static struct memory memory;
static struct failure failure;
static size_t at;

static void *take(void *context, size_t size)
{
	return memory__take(context, size);
}

static const struct condition *read_text(const char *text)
{
	struct condition_reader reader = {arms, sizeof(arms) / sizeof(*arms), take, &memory};

	failure = (struct failure){0};
	return condition__read(text, &reader, &at, &failure);
}

static void refused(const char *text, size_t where, const char *says)
{
	const struct condition *condition = read_text(text);

	if (!ok_if(!condition && failure.status == STATUS_USAGE && at == where && !strcmp(failure.says, says),
		   "%.50s at %zu: %s", text, where, says))
		printf("# at %zu: %s\n", at, failure.says);
}

/* wall_ns is 3e9 ms and so on: arm number plus one, in the metric's thousands. */
static double figure(void *context, const struct metric *metric, size_t arm)
{
	double missing = *(double *)context;

	if (!strcmp(metric->name, "oom_kills"))
		return missing;
	if (!strcmp(metric->name, "faults"))
		return 0;
	if (!strcmp(metric->name, "tasks_done"))
		return (double)(arm + 1);
	return metric->unit == UNIT_RATIO ? 0.5 : 1000.0 * (double)((arm + 1) * (arm + 1));
}

static double value(const char *text)
{
	const struct condition *condition = read_text(text);
	double missing = NAN;

	return condition ? condition__value(condition, figure, &missing) : -1;
}

static void comes_to(const char *text, double expected)
{
	double found = value(text);

	ok_if(isnan(expected) ? isnan(found) : fabs(found - expected) <= 1e-12 * fabs(expected), "%s = %g (%g%s)", text,
	      expected, found, failure.says);
}

static void test_values(void)
{
	comes_to("wall_ns(process)", 4000);
	comes_to("wall_ns(process) / wall_ns(thread)", 4);
	comes_to("tasks_done(thread) + 2 * 3", 7);
	comes_to("(tasks_done(thread) + 2) * 3", 9);
	comes_to("tasks_done(4-threads) - 1 - 1", 1);
	comes_to("8 / tasks_done(process) / 2", 2);
	comes_to("wall_ns(thread)-sleep_ns(thread)", 0);
	comes_to("wall_ns( 64M )+1us", 17000);
	comes_to("2 * 1.5K + read_bytes(thread)", 3072 + 1000);
	comes_to("5 % * tasks_done(process)", 0.1);
	comes_to("together(thread)*5%", 0.025);
	comes_to("slope(memory_peak_bytes, tasks_done, thread, process)", 3000);
	comes_to("slope(memory_peak_bytes, tasks_done, thread, process, 4-threads)", 4000);
	comes_to("slope(wall_ns, wall_ns, thread, thread)", NAN);
	comes_to("oom_kills(thread) + 1", NAN);
	comes_to("0 * oom_kills(thread)", NAN);
	comes_to("slope(wall_ns, oom_kills, thread, process)", NAN);
	comes_to("wall_ns(thread) / faults(thread)", NAN);
	comes_to("faults(thread) / tasks_done(thread)", 0);
	ok_if(isnan(condition__value(read_text("holds(fifo, thread)"), figure, &(double){INFINITY})) &&
		      isnan(condition__value(read_text("oom_kills(thread)"), figure, &(double){INFINITY})),
	      "a detector has no value, and infinity is none");
}

static void region(const char *text, double low, double high, bool open, bool on_log)
{
	const struct condition *condition = read_text(text);

	ok_if(condition && condition->comparison == COMPARE_REGION && condition->low == low &&
		      condition->high == high && condition->open == open && condition->on_log == on_log &&
		      !strcmp(condition->text, text),
	      "%s: from %g to %g%s%s", text, low, high, open ? ", open" : "", failure.says);
}

static void test_regions(void)
{
	const struct condition *condition;

	region("wall_ns(thread) / wall_ns(process) >= 2", 2, INFINITY, false, true);
	region("wall_ns(thread) / wall_ns(process) > 2", 2, INFINITY, true, true);
	region("wall_ns(thread) <= 5ms", -INFINITY, 5e6, false, false);
	region("wall_ns(thread) - wall_ns(process)<0.5s", -INFINITY, 5e8, true, false);
	region("memory_peak_bytes(thread) <= 16M", -INFINITY, 16 << 20, false, false);
	region("read_bytes(thread) <= 100", -INFINITY, 100, false, false);
	region("lock_ns(thread) <= 0", -INFINITY, 0, false, false);
	region("slope(memory_peak_bytes, tasks_done, thread, process) <= 800K", -INFINITY, 800 * 1024, false, false);
	region("slope(memory_peak_bytes, wall_ns, thread, process) * wall_ns(thread) <= 1G", -INFINITY, 1 << 30, false,
	       true);
	region("together(thread) <= 5%", -INFINITY, 0.05, false, false);
	region("parallelism(thread) within 50% of 2", 1, 3, false, false);
	region("wall_ns(thread) / wall_ns(process) within 25% of 1", 0.8, 1.25, false, true);
	condition = read_text("wall_ns(thread) / wall_ns(process) within 25 % of 1");
	ok_if(condition && condition->margin == 0.25, "its margin");
	condition = read_text("holds(one-each, 4-threads)");
	ok_if(condition && condition->comparison == COMPARE_HOLDS && !strcmp(condition->check, "one-each") &&
		      condition->arm == 2 && condition__arms(condition) == 4,
	      "a detector: %s", failure.says);
	condition = read_text("faults(64M)");
	ok_if(condition && condition->comparison == COMPARE_NONE && condition__arms(condition) == 8,
	      "an expression alone");
	condition = read_text("faults(thread) / slope(faults, tasks_done, process, 64M)");
	ok_if(condition && condition__arms(condition) == 11, "arms of all its parts");
}

static void unit(const char *text, enum unit expected, bool counts)
{
	const struct condition *condition = read_text(text);

	ok_if(condition && condition__unit(condition) == expected && condition->counts == counts, "unit of %s%s", text,
	      failure.says);
}

static void test_units(void)
{
	unit("faults(thread)", UNIT_COUNT, true);
	unit("faults(thread) + 2 * tasks_done(thread)", UNIT_COUNT, true);
	unit("faults(thread) / tasks_done(thread)", UNIT_RATIO, true);
	unit("1.5 * faults(thread)", UNIT_RATIO, true);
	unit("slope(faults, tasks_done, thread, process)", UNIT_RATIO, true);
	unit("slope(faults, wall_ns, thread, process) * 1s", UNIT_RATIO, false);
	unit("wall_ns(thread)", UNIT_NS, false);
	unit("wall_ns(thread) / tasks_done(thread)", UNIT_NS, false);
	unit("wall_ns(thread) / lock_ns(thread)", UNIT_RATIO, false);
	unit("read_bytes(thread) * 2", UNIT_BYTES, false);
	unit("read_bytes(thread) / wall_ns(thread) / 1M * 1s", UNIT_RATIO, false);
	unit("parallelism(thread)", UNIT_RATIO, false);
	unit("holds(fifo, thread)", UNIT_COUNT, false);
}

static void test_names(void)
{
	refused("created_n(thread) <= 5ms", 0, "unknown metric created_n: did you mean created_ns?");
	refused("1 + xyzzyxyzzy(thread)", 4, "unknown metric xyzzyxyzzy: see mptrace list metrics");
	refused("faults(proces) <= 2", 7, "unknown arm proces: did you mean process?");
	refused("faults(qqqqqq) <= 2", 7, "unknown arm qqqqqq");
	refused("holds(fif, thread)", 6, "unknown check fif: did you mean fifo?");
	refused("holds(zzzzzzzzz, thread)", 6, "unknown check zzzzzzzzz");
	refused("holds(fifo, tread)", 12, "unknown arm tread: did you mean thread?");
	refused("1 + holds(fifo, thread)", 4, "holds(check, arm) is a condition of its own");
	refused("slope(wall, tasks_done, thread, process)", 6, "unknown metric wall: did you mean wall_ns?");
	refused("faults("
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		")",
		7, "a name has at most 63 letters");
}

static void test_wrong_units(void)
{
	refused("wall_ns(thread) <= 16M", 19, "the left side is a time, this is a size");
	refused("memory_peak_bytes(thread) <= 5ms", 29, "the left side is a size, this is a time");
	refused("wall_ns(thread) <= 5", 19, "the left side is a time: this number needs ns, us, ms or s");
	refused("wall_ns(thread) / wall_ns(process) <= 5ms", 38, "the left side is a plain number, this is a time");
	refused("faults(thread) <= 1K", 18, "the left side is a plain number, this is a size");
	refused("wall_ns(thread) <= 5%", 19, "the left side is a time, this is a percentage");
	refused("memory_peak_bytes(thread) <= 5%", 29, "the left side is a size, this is a percentage");
	refused("wall_ns(thread) within 5% of 3", 29, "the left side is a time: this number needs ns, us, ms or s");
	refused("wall_ns(thread) + read_bytes(thread) <= 5ms", 16, "a time and a size cannot be added");
	refused("wall_ns(thread) - 5 <= 5ms", 16, "a time and a plain number cannot be subtracted");
	refused("wall_ns(thread) * wall_ns(thread) <= 5ms", 0, "this is neither a time nor a size nor a plain number");
	refused("tasks_done(thread) / wall_ns(thread)", 0, "this is neither a time nor a size nor a plain number");
	refused("slope(memory_peak_bytes, wall_ns, thread, process) <= 1M", 0,
		"this is neither a time nor a size nor a plain number");
}

static void test_numbers(void)
{
	char text[256];

	refused("faults(thread) <= nan", 18, "here must be a number, such as 2, 5ms, 16M or 5%, not nan");
	refused("faults(thread) <= inf", 18, "here must be a number, such as 2, 5ms, 16M or 5%, not inf");
	refused("faults(thread) >= -1", 18, "here must be a number, such as 2, 5ms, 16M or 5%, not -");
	refused("nan <= 2", 0, "unknown metric nan: see mptrace list metrics");
	refused("wall_ns(thread) <= 5m", 19, "unknown unit m: there are ns, us, ms, s, K, M, G and %");
	refused("wall_ns(thread) <= 1e9", 19, "unknown unit e9: there are ns, us, ms, s, K, M, G and %");
	refused("faults(thread) <= 0x10", 18, "unknown unit x10: there are ns, us, ms, s, K, M, G and %");
	refused("faults(thread) <= 1.2.3", 18, "1.2.3 is no decimal number");
	refused("faults(thread) <= 1.", 18, "1. is no decimal number");
	refused("faults(thread) <= .5", 18, ".5 is no decimal number");
	refused("faults(thread) <= 1..2", 18, "1..2 is no decimal number");
	snprintf(text, sizeof(text), "faults(thread) <= %080d", 1);
	refused(text, 18, "a number has at most 63 letters");
	refused("wall_ns(thread) / wall_ns(process) >= 0", 38,
		"a ratio or product is judged on its logarithm: compare it with more than 0");
	refused("parallelism(thread) within 5 of 1", 27, "within needs a percentage of more than 0 and at most 100 %");
	refused("parallelism(thread) within 0% of 1", 27, "within needs a percentage of more than 0 and at most 100 %");
	refused("parallelism(thread) within 101% of 1", 27,
		"within needs a percentage of more than 0 and at most 100 %");
	refused("parallelism(thread) within 5% of 0", 33, "a percentage of 0 is no width: compare with <= and >=");
	refused("parallelism(thread) within 5% 1", 30, "here must be of, not 1");
}

static void test_grammar(void)
{
	refused("", 0, "ends too early: here must be a number or metric(arm)");
	refused("  ", 2, "ends too early: here must be a number or metric(arm)");
	refused("2 <= 3", 0, "no metric in it: nothing would be measured");
	refused("faults", 6, "ends too early: here must be (");
	refused("faults(", 7, "ends too early: here must be an arm");
	refused("faults()", 7, "here must be an arm, not )");
	refused("faults(thread", 13, "ends too early: here must be )");
	refused("faults(thread, process)", 13, "here must be ), not ,");
	refused("faults(thread) +", 16, "ends too early: here must be a number or metric(arm)");
	refused("-faults(thread)", 0, "here must be a number or metric(arm), not -");
	refused("faults(thread) <=", 17, "ends too early: here must be a number, such as 2, 5ms, 16M or 5%");
	refused("faults(thread) <= faults(process)", 18,
		"here must be a number, such as 2, 5ms, 16M or 5%, not faults");
	refused("faults(thread) <= 2 + 3", 20, "here must be the end, not +");
	refused("faults(thread) == 2", 15, "here must be <=, >=, <, > or within, not =");
	refused("faults(thread) 2", 15, "here must be <=, >=, <, > or within, not 2");
	refused("faults(thread) <= 2 <= 3", 20, "here must be the end, not <=");
	refused("faults(thread) ≤ 2", 15, "here must be <=, >=, <, > or within, not ≤");
	refused("(faults(thread) <= 2", 16, "here must be ), not <=");
	refused("faults(thread)) <= 2", 14, "here must be <=, >=, <, > or within, not )");
	refused("slope(faults, tasks_done)", 0, "a slope needs at least two arms: slope(y, x, a, b)");
	refused("slope(faults, tasks_done, thread)", 0, "a slope needs at least two arms: slope(y, x, a, b)");
	refused("slope(faults)", 12, "here must be ,, not )");
	refused("slope(2, tasks_done, thread, process)", 6, "here must be a metric, not 2");
	refused("holds(fifo)", 10, "here must be ,, not )");
	refused("holds(fifo, thread) >= 2", 20, "here must be the end, not >=");
	refused("holds(, thread)", 6, "here must be a check, not ,");
}

static void test_limits(void)
{
	char text[4096] = "";

	for (int i = 0; i < 33; i++)
		strcat(text, "(");
	refused(text, 32, "more than 32 parentheses in each other");
	strcpy(text, "faults(thread)");
	for (int i = 0; i < 99; i++)
		strcat(text, "+1");
	ok_if(read_text(text) != NULL, "100 operands are read: %s", failure.says);
	strcat(text, "+1");
	refused(text, 213, "more than 100 numbers and metrics");
	strcpy(text, "slope(faults, tasks_done");
	for (int i = 0; i < 33; i++)
		strcat(text, ", thread");
	strcat(text, ")");
	refused(text, 0, "a slope through more than 32 arms");
}

static void *take_nothing(void *context, size_t size)
{
	(void)context;
	(void)size;
	return NULL;
}

static void test_memory(void)
{
	struct condition_reader reader = {arms, 4, take_nothing, NULL};

	failure = (struct failure){0};
	ok_if(!condition__read("faults(thread) <= 2", &reader, &at, &failure) && failure.status == STATUS_CANNOT &&
		      !strcmp(failure.says, "out of memory"),
	      "no memory is no crash");
}

int main(void)
{
	test_values();
	test_regions();
	test_units();
	test_names();
	test_wrong_units();
	test_numbers();
	test_grammar();
	test_limits();
	test_memory();
	memory__free(&memory);
	return tap_done();
}
