/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From trials made by hand to the verdict of one case. */
#include "rows.h"
#include "tap.h"

#define RATIO(rule) FILE_OF("s") CLAIM("c", "", "rule: [wall_ns(b) / wall_ns(a) " rule "]")
#define ALONE(body) FILE_OF("s") CLAIM_ALONE("c", "", body)

static struct case_finding finding;

static enum verdict judge(bool quick)
{
	struct look_plan looks = look_plan__make(quick ? QUICK_BLOCKS : 0, 0.01);

	failure = (struct failure){0};
	if (case__judge(&finding, &claims.list[0]->cases[0], 2, &looks, rows.list, rows.count, &failure))
		exit(2);
	return finding.verdict;
}

static void is(enum verdict expected, const char *of)
{
	enum verdict verdict = judge(false);

	ok_if(verdict == expected, "%s: %s (%s)", of, verdict_names[verdict], finding.reason);
}

/* Ten blocks around @ratio decide @rule. */
static void decides(const char *text, double ratio, double spread, enum verdict expected, enum sub_reason why)
{
	rows__claims(text);
	rows__blocks(1, 10, ratio, spread);
	judge(false);
	ok_if(finding.verdict == expected && finding.sub_reason == why, "%s: %g to within %g is %s %s",
	      finding.of->rule[0]->text, ratio, spread, verdict_names[finding.verdict],
	      sub_reason_names[finding.sub_reason]);
}

static void test_regions(void)
{
	decides(RATIO(">= 2"), 3, 0.1, VERDICT_CONFIRMED, REASON_NONE);
	decides(RATIO(">= 2"), 1.5, 0.1, VERDICT_REFUTED, REASON_WEAK);
	decides(RATIO(">= 2"), 0.5, 0.1, VERDICT_REFUTED, REASON_OPPOSITE);
	decides(RATIO(">= 2"), 1, 0.01, VERDICT_REFUTED, REASON_NEGLIGIBLE);
	decides(RATIO(">= 2"), 2, 0.1, VERDICT_INCONCLUSIVE, REASON_BUDGET);
	decides(RATIO("<= 0.5"), 0.4, 0.1, VERDICT_CONFIRMED, REASON_NONE);
	decides(RATIO("<= 0.5"), 0.7, 0.1, VERDICT_REFUTED, REASON_WEAK);
	decides(RATIO("<= 0.5"), 2, 0.1, VERDICT_REFUTED, REASON_OPPOSITE);
	decides(RATIO("> 1"), 1, 0.01, VERDICT_INCONCLUSIVE, REASON_BUDGET);
	decides(RATIO("> 1"), 0.7, 0.1, VERDICT_REFUTED, REASON_OPPOSITE);
	decides(RATIO("< 1"), 1.3, 0.1, VERDICT_REFUTED, REASON_OPPOSITE);
	decides(RATIO("within 5% of 1"), 1, 0.02, VERDICT_CONFIRMED, REASON_NONE);
	decides(RATIO("within 5% of 1"), 1.2, 0.02, VERDICT_REFUTED, REASON_NONE);
	decides(RATIO("within 5% of 1"), 1.05, 0.02, VERDICT_INCONCLUSIVE, REASON_BUDGET);
	decides(ALONE("rule: [wall_ns(a) <= 2ms]"), 1, 0, VERDICT_CONFIRMED, REASON_NONE);
	decides(ALONE("rule: [wall_ns(a) >= 2ms]"), 1, 0, VERDICT_REFUTED, REASON_NONE);
	decides(FILE_OF("s") CLAIM("c", "", "rule: [wall_ns(b) - wall_ns(a) <= 1ms]"), 2, 0.1, VERDICT_INCONCLUSIVE,
		REASON_BUDGET);
	decides(FILE_OF("s") CLAIM("c", "", "rule: [wall_ns(a) - wall_ns(b) <= 0]"), 2, 0.1, VERDICT_CONFIRMED,
		REASON_NONE);
}

/* Without any noise a value can lie exactly on the end of its region. */
static void test_ends(void)
{
	decides(RATIO(">= 1"), 1, 0, VERDICT_CONFIRMED, REASON_NONE);
	decides(RATIO("<= 1"), 1, 0, VERDICT_CONFIRMED, REASON_NONE);
	decides(RATIO("> 1"), 1, 0, VERDICT_REFUTED, REASON_NEGLIGIBLE);
	decides(RATIO("< 1"), 1, 0, VERDICT_REFUTED, REASON_NEGLIGIBLE);
	decides(RATIO("<= 3"), 3, 0, VERDICT_CONFIRMED, REASON_NONE);
	decides(RATIO(">= 5"), 5, 0, VERDICT_CONFIRMED, REASON_NONE);
	decides(RATIO("< 3"), 3, 0, VERDICT_REFUTED, REASON_NONE);
	decides(ALONE("rule: [wall_ns(a) <= 1ms]"), 1, 0, VERDICT_CONFIRMED, REASON_NONE);
	decides(ALONE("rule: [wall_ns(a) < 1ms]"), 1, 0, VERDICT_REFUTED, REASON_NONE);
}

/* Four low values of twenty: the sign test alone would leave it open. In every fifth block b was the smaller one. */
static void test_secondary(void)
{
	rows__claims(RATIO(">= 2"));
	rows__blocks(1, 4, 1.9, 0);
	rows__blocks(5, 20, 3, 0.01);
	is(VERDICT_CONFIRMED, "four low values of twenty");
	ok_if(finding.looks == 2 && finding.rule[0].fragile && finding.rule[0].student.low > 2 &&
		      finding.rule[0].median.low < 2,
	      "FRAGILE by the sign test alone: %g or more by Student's t, %g by the sign test",
	      finding.rule[0].student.low, finding.rule[0].median.low);
	rows__claims(RATIO(">= 0.4"));
	rows__blocks(1, 2, 0.5, 0);
	rows__blocks(3, 10, 3, 0.01);
	is(VERDICT_CONFIRMED, "two of ten blocks the other way round");
	ok_if(finding.rule[0].larger == 0.8 && !finding.rule[0].fragile, "b was larger in %g of them",
	      finding.rule[0].larger);
	rows__claims(ALONE("rule: [wall_ns(a) <= 2ms]"));
	rows__blocks(1, 10, 1, 0);
	is(VERDICT_CONFIRMED, "one arm");
	ok_if(isnan(finding.rule[0].larger), "is larger than nothing");
}

/* One outlier among the first ten leaves look 1 open; by look 2 it does not matter. */
static void test_looks(void)
{
	rows__claims(RATIO(">= 2"));
	is(VERDICT_INCONCLUSIVE, "no trials at all");
	ok_if(finding.wanted == 10 && !finding.looks && !finding.blocks, "%s at first", finding.reason);
	rows__block(0, 0.1);
	rows__blocks(1, 9, 3, 0.1);
	is(VERDICT_INCONCLUSIVE, "one block before the look");
	ok_if(finding.wanted == 1 && !finding.looks && finding.blocks == 9 && finding.sub_reason == REASON_BUDGET &&
		      finding.rule[0].interval.estimate > 2.5,
	      "it shows what it has, and wants one more");
	rows__block(10, 1.9);
	is(VERDICT_INCONCLUSIVE, "look 1");
	ok_if(finding.wanted == 10 && finding.looks == 1, "ten more for the next one");
	rows__blocks(11, 19, 3, 0.1);
	is(VERDICT_INCONCLUSIVE, "between two looks nothing is decided");
	ok_if(finding.wanted == 1 && finding.looks == 1 && finding.blocks == 10, "nor looked at");
	rows__block(20, 3);
	is(VERDICT_CONFIRMED, "look 2");
	ok_if(!finding.wanted && finding.looks == 2 && finding.blocks == 20 && finding.rule[0].p < 0.001,
	      "nothing more is wanted: p = %g", finding.rule[0].p);
	rows__blocks(21, 40, 0.5, 0.1);
	is(VERDICT_CONFIRMED, "decided stays decided");
	ok_if(finding.looks == 2 && finding.blocks == 20, "by the look that did it");
}

static void test_budget(void)
{
	static const size_t wanted[] = {10, 10, 10, 10, 0};

	rows__claims(RATIO(">= 2"));
	for (unsigned look = 0; look <= 4; look++) {
		if (look)
			rows__blocks(10 * look - 9, 10 * look, 2, 0.1);
		judge(false);
		ok_if(finding.verdict == VERDICT_INCONCLUSIVE && finding.looks == look &&
			      finding.wanted == wanted[look],
		      "after look %u %zu more", look, finding.wanted);
	}
	ok_if(finding.sub_reason == REASON_NOISE, "what 40 blocks do not decide is noise");
	rows__blocks(41, 50, 3, 0);
	is(VERDICT_INCONCLUSIVE, "there is no fifth look");
	ok_if(finding.looks == 4 && finding.blocks == 40, "it is not taken");
}

static void test_quick(void)
{
	rows__claims(RATIO(">= 2"));
	rows__blocks(1, 11, 3, 0.1);
	judge(true);
	ok_if(finding.verdict == VERDICT_INCONCLUSIVE && finding.wanted == 1 && !finding.looks, "11 of 12");
	rows__blocks(12, 12, 3, 0.1);
	judge(true);
	ok_if(finding.verdict == VERDICT_CONFIRMED && !finding.wanted && finding.looks == 1, "12 of 12");
	rows__blocks(13, 30, 0.5, 0.1);
	judge(true);
	ok_if(finding.verdict == VERDICT_CONFIRMED && finding.blocks == 12, "and no more than 12");
	rows__claims(RATIO(">= 2"));
	rows__blocks(1, 12, 2, 0.1);
	judge(true);
	ok_if(finding.verdict == VERDICT_INCONCLUSIVE && !finding.wanted && finding.sub_reason == REASON_NOISE,
	      "one look is all there is");
}

static void test_warm_up(void)
{
	rows__claims(RATIO(">= 2"));
	rows__block(0, 0.1);
	rows__blocks(1, 10, 3, 0.1);
	is(VERDICT_CONFIRMED, "the warm-up does not count");
	ok_if(finding.blocks == 10 && finding.rule[0].blocks == 10 && finding.rule[0].interval.low > 2,
	      "nor is it shown: %g", finding.rule[0].interval.low);
	rows__trial(COMMAND_A, 11);
	rows__trial("run pool -t 4", 11);
	is(VERDICT_CONFIRMED, "half a block and foreign arms do not either");
}

static void five(size_t count, double value)
{
	for (uint32_t i = 1; i <= count; i++)
		rows__set(rows__trial(COMMAND_A, i), "workers", value);
}

static void test_trials(void)
{
	rows__claims(ALONE("decide: trials, rule: [workers(a) <= 4]"));
	five(4, 4);
	is(VERDICT_INCONCLUSIVE, "four trials");
	ok_if(finding.wanted == 1, "one more");
	rows__set(rows__trial(COMMAND_A, 5), "workers", 4);
	is(VERDICT_CONFIRMED, "five of five");
	ok_if(!finding.wanted && finding.rule[0].interval.low == 4 && finding.rule[0].interval.high == 4,
	      "the interval is all values");
	rows__set(rows__trial(COMMAND_A, 6), "workers", 5);
	is(VERDICT_REFUTED, "one outside");
	rows__claims(ALONE("decide: trials, rule: [workers(a) <= 4, workers(a) >= 1]"));
	five(5, 0);
	is(VERDICT_REFUTED, "the second of two does not hold");
	rows__claims(ALONE("decide: trials, rule: [workers(a) / tasks(a) <= 3]"));
	five(5, 3);
	for (size_t i = 0; i < rows.count; i++)
		rows__set(&rows.list[i], "tasks", 1);
	is(VERDICT_CONFIRMED, "a ratio that is exactly the limit");
	ok_if(finding.rule[0].interval.high == 3, "it is shown as it is: 3 + %g", finding.rule[0].interval.high - 3);
}

static void test_missing(void)
{
	rows__claims(ALONE("decide: trials, rule: [workers(a) <= 4]"));
	five(1, 4);
	for (uint32_t i = 2; i <= 5; i++)
		rows__trial(COMMAND_A, i);
	is(VERDICT_INCONCLUSIVE, "one figure in five trials does not confirm");
	ok_if(!strcmp(finding.reason, "a figure of it was not measured: workers(a) <= 4"), "%s", finding.reason);
	rows__set(&rows.list[2], "workers", 5);
	is(VERDICT_REFUTED, "one outside is enough");
	rows__claims(ALONE("decide: trials, rule: [workers(a) <= 4]"));
	for (uint32_t i = 1; i <= 5; i++)
		rows__trial(COMMAND_A, i);
	is(VERDICT_INCONCLUSIVE, "none at all");
	ok_if(!strcmp(finding.reason, "a figure of it was not measured: workers(a) <= 4"), "%s", finding.reason);
	rows__claims(RATIO(">= 2"));
	rows__blocks(1, 10, 3, 0.1);
	rows__set(&rows.list[0], "wall_ns", NAN);
	is(VERDICT_INCONCLUSIVE, "nine values of ten blocks");
	ok_if(finding.blocks == 10 && finding.rule[0].blocks == 9 && isfinite(finding.rule[0].interval.estimate),
	      "nine is what it is judged by");
	rows__set(&rows.list[2], "wall_ns", 0);
	is(VERDICT_INCONCLUSIVE, "nothing divides by 0");
	ok_if(finding.rule[0].blocks == 8, "such a block has no value");
}

static void test_counts(void)
{
	rows__claims(ALONE("rule: [workers(a) <= 4]"));
	five(10, 4);
	is(VERDICT_INCONCLUSIVE, "a count that never varies is known to half of one");
	ok_if(finding.rule[0].interval.low == 3.5 && finding.rule[0].interval.high == 4.5, "3.5 to 4.5");
	rows__claims(ALONE("rule: [workers(a) <= 5]"));
	five(10, 4);
	is(VERDICT_CONFIRMED, "which can be enough");
}

static void test_zeros(void)
{
	rows__claims(RATIO("<= 0.5"));
	rows__blocks(1, 9, 0.1, 0.1);
	rows__block(10, 0);
	is(VERDICT_CONFIRMED, "0 has no logarithm, and is below 0.5");
	ok_if(finding.rule[0].interval.low == 0 && isfinite(finding.rule[0].interval.high) &&
		      isnan(finding.smallest_visible),
	      "the interval begins at 0");
	rows__claims(RATIO(">= 0.5"));
	rows__blocks(1, 10, 0, 0);
	is(VERDICT_REFUTED, "nothing but zeros");
	rows__claims(RATIO(">= 2"));
	rows__blocks(1, 9, 3, 0.1);
	rows__block(10, 1e300);
	rows__set(&rows.list[19], "wall_ns", 1e308);
	rows__set(&rows.list[18], "wall_ns", 1e-300);
	is(VERDICT_INCONCLUSIVE, "a ratio beyond all numbers is none");
	ok_if(finding.rule[0].blocks == 9, "it does not count");
}

static struct trial_row *detect(uint32_t block, enum check_verdict verdict, uint64_t opportunities, uint64_t violations)
{
	struct trial_row *row = rows__trial(COMMAND_A, block);

	row->checks[0] = (struct check_count){"ordered", CHECK_FAIL, 9, 9};
	row->checks[1] = (struct check_count){"fifo", verdict, opportunities, violations};
	row->check_count = 2;
	return row;
}

static void test_detectors(void)
{
	rows__claims(ALONE("decide: trials, rule: ['holds(fifo, a)'], opportunities: 300"));
	for (uint32_t i = 1; i <= 5; i++)
		detect(i, CHECK_PASS, 59, 0);
	is(VERDICT_INCONCLUSIVE, "295 of 300 opportunities");
	ok_if(!strcmp(finding.reason, "295 chances to fail, none did, but 300 are needed"), "%s", finding.reason);
	rows.list[0].checks[1].opportunities = 64;
	is(VERDICT_CONFIRMED, "300 of 300");
	ok_if(!strcmp(finding.reason, "300 chances to fail, none did: under 1 % (rule of three)") &&
		      isnan(finding.rule_p) && isnan(finding.rule[0].interval.estimate),
	      "%s", finding.reason);
	detect(6, CHECK_FAIL, 60, 2);
	detect(7, CHECK_FAIL, 61, 1);
	is(VERDICT_REFUTED, "a violation");
	ok_if(!strcmp(finding.reason, "block 6: 2 of 60 chances to fail") &&
		      !strcmp(finding.rule[0].counterexample, finding.reason) && finding.rule[0].violations == 3 &&
		      finding.rule[0].opportunities == 421,
	      "%s", finding.reason);
}

static void test_no_chance(void)
{
	rows__claims(ALONE("decide: trials, rule: ['holds(fifo, a)']"));
	for (uint32_t i = 1; i <= 5; i++)
		detect(i, CHECK_NO_CHANCE, 0, 0);
	is(VERDICT_INCONCLUSIVE, "without a chance to fail nothing is shown");
	ok_if(!strcmp(finding.reason, "0 chances to fail, none did, but 1 are needed"), "%s", finding.reason);
	rows__claims(ALONE("decide: trials, rule: ['holds(fifo, a)']"));
	for (uint32_t i = 1; i <= 5; i++)
		rows__trial(COMMAND_A, i);
	is(VERDICT_INCONCLUSIVE, "nor by trials that had no such check");
	ok_if(!strcmp(finding.reason, "a figure of it was not measured: holds(fifo, a)"), "%s", finding.reason);
}

#define GUARDED                                                                                                        \
	FILE_OF("s")                                                                                                   \
	CLAIM("c", "", "provided: [wall_ns(a) <= 2ms, wall_ns(a) >= 1ms], rule: [wall_ns(b) / wall_ns(a) >= 2]")

static void test_guards(void)
{
	rows__claims(GUARDED);
	rows__blocks(1, 10, 3, 0.1);
	is(VERDICT_CONFIRMED, "its guards hold");
	for (size_t i = 0; i < rows.count; i++)
		rows__set(&rows.list[i], "wall_ns", (i % 2 ? 3e6 : 1e6) * (1 + 0.01 * (double)(i % 3)));
	rows__set(&rows.list[0], "wall_ns", 0.9e6);
	is(VERDICT_INCONCLUSIVE, "one is not sure");
	ok_if(!strcmp(finding.reason, "its control is not sure: wall_ns(a) >= 1ms") && finding.wanted == 10 &&
		      finding.rule[0].verdict == VERDICT_CONFIRMED,
	      "%s", finding.reason);
	rows__claims(GUARDED);
	rows__blocks(1, 10, 0.5, 0.1);
	for (size_t i = 0; i < rows.count; i++)
		rows.list[i].metrics[metric__find("wall_ns") - metrics] *= 3;
	is(VERDICT_INCONCLUSIVE, "neither does a rule that fails count then");
	ok_if(!strcmp(finding.reason, "its control does not hold: wall_ns(a) <= 2ms"), "%s", finding.reason);
}

static void test_several_rules(void)
{
	rows__claims(FILE_OF("s")
			     CLAIM("c", "", "rule: [wall_ns(b) / wall_ns(a) >= 2, wall_ns(b) / wall_ns(a) >= 2.9]"));
	rows__blocks(1, 10, 3, 0.1);
	rows__block(11, 3.1);
	is(VERDICT_INCONCLUSIVE, "all must hold");
	rows__claims(FILE_OF("s")
			     CLAIM("c", "", "rule: [wall_ns(b) / wall_ns(a) >= 2, wall_ns(b) / wall_ns(a) >= 2.99]"));
	for (uint32_t i = 1; i <= 19; i++)
		rows__block(i, i == 10 || i == 5 ? 2.98 : 3.1 + 0.001 * i);
	rows__block(20, 3.3);
	is(VERDICT_CONFIRMED, "all do");
	ok_if(finding.rule[1].p > finding.rule[0].p && finding.rule_p == finding.rule[1].p,
	      "the weakest decides how sure it is: p = %g, not %g", finding.rule_p, finding.rule[0].p);
}

static void test_voids(void)
{
	rows__claims(RATIO(">= 2"));
	rows__blocks(1, 3, 3, 0.1);
	rows__block(4, 0.1);
	rows__void(COMMAND_A, "steal: first");
	rows__blocks(5, 10, 3, 0.1);
	is(VERDICT_INCONCLUSIVE, "a voided block is dropped");
	ok_if(finding.wanted == 1 && finding.voided == 1 && finding.blocks == 9, "and replaced");
	rows__blocks(11, 11, 3, 0.1);
	is(VERDICT_CONFIRMED, "ten of eleven");
	ok_if(finding.blocks == 10 && finding.voided == 1, "count");
}

static void test_persistent_voids(void)
{
	rows__claims(RATIO(">= 2"));
	rows__blocks(1, 9, 3, 0.1);
	for (uint32_t i = 10; i <= 14; i++) {
		rows__block(i, 3);
		rows__void(i % 2 ? COMMAND_A : COMMAND_B, i == 12 ? "steal" : "a hog");
	}
	is(VERDICT_INCONCLUSIVE, "five of fourteen are void");
	ok_if(finding.wanted == 1, "the fifteenth is wanted");
	rows__block(15, 3);
	rows__void(COMMAND_A, "lost events");
	is(VERDICT_INVALID, "half as many again are run, not more");
	ok_if(!finding.wanted && !strcmp(finding.reason, "6 of 15 blocks are void: lost events"), "%s", finding.reason);
	rows__claims(ALONE("decide: trials, rule: [workers(a) <= 4]"));
	five(8, 4);
	for (size_t i = 0; i < 4; i++)
		snprintf(rows.list[2 * i].voided, sizeof(rows.list[0].voided), "throttled");
	is(VERDICT_INVALID, "trials are replaced like that as well");
	ok_if(!strcmp(finding.reason, "4 of 8 blocks are void: throttled"), "%s", finding.reason);
}

static void test_uneven_voids(void)
{
	rows__claims(RATIO(">= 2"));
	for (uint32_t i = 1; i <= 20; i++) {
		rows__block(i, i % 2 ? 3 : 1.5);
		if (i % 3 == 0)
			rows__void(COMMAND_B, "swapping");
	}
	is(VERDICT_INVALID, "six void trials of one arm and none of the other");
	ok_if(!strcmp(finding.reason, "one arm loses more trials than the others: swapping") && !finding.wanted, "%s",
	      finding.reason);
	rows__claims(RATIO(">= 2"));
	rows__blocks(1, 10, 3, 0.1);
	for (uint32_t i = 11; i <= 20; i++) {
		rows__block(i, 3);
		rows__void(COMMAND_B, "swapping");
	}
	is(VERDICT_CONFIRMED, "what is void after the decision does not undo it");
	ok_if(!finding.voided, "it is not counted");
	rows__claims(ALONE("decide: trials, rule: [workers(a) <= 4]"));
	five(25, 4);
	for (size_t i = 5; i < 25; i++)
		snprintf(rows.list[i].voided, sizeof(rows.list[0].voided), "throttled");
	is(VERDICT_CONFIRMED, "nor of trials, which others wanted");
	ok_if(!finding.voided && finding.blocks == 5, "after five trials: %zu, %zu void", finding.blocks,
	      finding.voided);
	for (size_t i = 20; i < 25; i++) {
		rows.list[i].voided[0] = '\0';
		rows__set(&rows.list[i], "workers", 5);
	}
	is(VERDICT_REFUTED, "but a counterexample is one");
}

/* Arms 2 and 3 differ, and neither differs from the first. */
static void test_uneven_others(void)
{
	rows__claims(FILE_OF("s") "- {id: c, english: e, reading: r, cases: [{name: n, arms: {a: run thread -t 1, "
				  "b: run thread -t 2, c: run thread -t 3}, rule: [wall_ns(a) + wall_ns(b) + "
				  "wall_ns(c) <= 10ms]}]}\n");
	for (uint32_t i = 1; i <= 15; i++) {
		static const char *const arms[] = {"run thread -t 1", "run thread -t 2", "run thread -t 3"};

		for (size_t j = 0; j < 3; j++)
			rows__set(rows__trial(arms[j], i), "wall_ns", (i % 2 ? 1e6 : 5e6) * (double)(j + 1));
		if (i <= 5)
			rows__void(arms[2], "swapping");
		if (i <= 2)
			rows__void(arms[0], "swapping");
	}
	is(VERDICT_INVALID, "every pair of arms is compared");
}

static void test_not_run(void)
{
	rows__claims(RATIO(">= 2"));
	rows__blocks(1, 10, 3, 0.1);
	claims.list[0]->cases[0].left_out = true;
	is(VERDICT_NOT_RUN, "left out by --quick");
	struct trial_row *row;

	rows__claims(FILE_OF("s") CLAIM("c", "", "needs: {cpus: 3}, rule: [wall_ns(b) / wall_ns(a) >= 2]"));
	rows__blocks(1, 10, 3, 0.1);
	is(VERDICT_NOT_RUN, "not enough CPUs");
	ok_if(!strcmp(finding.reason, "it needs 3 CPUs, here are 2") && !finding.wanted, "%s", finding.reason);
	rows__claims(RATIO(">= 2"));
	rows__block(0, 1);
	row = rows__trial(COMMAND_B, 0);
	row->cannot = true;
	snprintf(row->says, sizeof(row->says), "no Python here");
	is(VERDICT_NOT_RUN, "an arm that cannot be run here");
	ok_if(!strcmp(finding.reason, "no Python here") && !finding.wanted, "%s", finding.reason);
}

int main(void)
{
	ok_if(metric_count <= MAX_METRICS, "a row has room for all metrics");
	test_regions();
	test_ends();
	test_secondary();
	test_looks();
	test_budget();
	test_quick();
	test_warm_up();
	test_trials();
	test_missing();
	test_counts();
	test_zeros();
	test_detectors();
	test_no_chance();
	test_guards();
	test_several_rules();
	test_voids();
	test_persistent_voids();
	test_uneven_voids();
	test_uneven_others();
	test_not_run();
	claims__free(&claims);
	rows__forget();
	return tap_done();
}
