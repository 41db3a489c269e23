/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From trials made by hand to all verdicts: controls, claims of several cases, what is expected, exit status. */
#include "../../userspace/validation/campaign.h"
#include "rows.h"
#include "tap.h"

#define RATIO(id, keys, rule) CLAIM(id, keys, "rule: [wall_ns(b) / wall_ns(a) " rule "]")
#define CONTROL(id, rule) RATIO(id, "", rule)

static struct validation validation = {.claims = &claims, .environment = {.cpus = 2}, .error = 0.01};

static const struct claim_finding *judged(const char *id)
{
	failure = (struct failure){0};
	if (validation__judge(&validation, rows.list, rows.count, &failure))
		exit(2);
	for (size_t i = 0; i < validation.finding_count; i++)
		if (!strcmp(validation.findings[i].claim->id, id))
			return &validation.findings[i];
	return NULL;
}

static void is(const char *id, enum verdict expected, const char *of)
{
	const struct claim_finding *finding = judged(id);

	ok_if(finding && finding->verdict == expected, "%s: %s (%s)", of, verdict_names[finding->verdict],
	      finding->reason);
}

static void exits(bool strict, int status)
{
	ok_if(validation__status(&validation, strict) == status, "exit status %d%s", status, strict ? ", strict" : "");
}

static void test_expected(void)
{
	rows__claims(FILE_OF("s") RATIO("c", "expect: CONFIRMED, ", ">= 2"));
	rows__blocks(1, 10, 3, 0.1);
	is("c", VERDICT_CONFIRMED, "as expected");
	ok_if(!validation.findings[0].contradicts, "it does not contradict");
	exits(true, STATUS_DONE);
	rows__claims(FILE_OF("s") RATIO("c", "expect: REFUTED, ", ">= 2"));
	rows__blocks(1, 10, 3, 0.1);
	is("c", VERDICT_CONFIRMED, "not as expected");
	ok_if(validation.findings[0].contradicts, "it contradicts");
	exits(false, STATUS_CONTRADICTED);
	rows__claims(FILE_OF("s") RATIO("c", "", ">= 2"));
	rows__blocks(1, 10, 1.2, 0.1);
	is("c", VERDICT_REFUTED, "nothing was expected");
	ok_if(!validation.findings[0].contradicts, "nothing contradicts that");
	exits(true, STATUS_DONE);
	rows__claims(FILE_OF("s") RATIO("c", "expect: REFUTED, ", ">= 2"));
	is("c", VERDICT_INCONCLUSIVE, "what is not decided");
	ok_if(!validation.findings[0].contradicts, "contradicts nothing");
	exits(false, STATUS_DONE);
	exits(true, STATUS_UNSURE);
}

/* A contradiction is worse than an invalid claim, and that than an undecided one. */
static void test_status(void)
{
	struct claim_finding findings[] = {{.verdict = VERDICT_INCONCLUSIVE},
					   {.verdict = VERDICT_INVALID},
					   {.verdict = VERDICT_REFUTED, .contradicts = true}};
	const struct validation of = {.findings = findings, .finding_count = 3};
	struct validation some = of;

	ok_if(validation__status(&some, true) == STATUS_CONTRADICTED, "contradicted first");
	some.finding_count = 2;
	ok_if(validation__status(&some, true) == STATUS_INVALID && validation__status(&some, false) == STATUS_INVALID,
	      "then invalid");
	some.finding_count = 1;
	ok_if(validation__status(&some, true) == STATUS_UNSURE && validation__status(&some, false) == STATUS_DONE,
	      "then undecided, if strict");
	findings[0].verdict = VERDICT_NOT_RUN;
	ok_if(validation__status(&some, true) == STATUS_UNSURE, "or not run");
	some.finding_count = 0;
	ok_if(validation__status(&some, true) == STATUS_DONE, "and done");
	some.lost = 1;
	ok_if(validation__status(&some, true) == STATUS_UNSURE && validation__status(&some, false) == STATUS_DONE,
	      "lost events leave it unsure");
}

#define TWO_CASES                                                                                                      \
	FILE_OF("s")                                                                                                   \
	"- {id: c, english: e, reading: r, expect: CONFIRMED, cases: ["                                                \
	"{name: one, arms: {a: run thread -t 4, b: run process -t 4}, rule: [wall_ns(b) / wall_ns(a) >= 2]}, "         \
	"{name: two, arms: {a: run thread -t 8}, rule: [wall_ns(a) <= 1ms]}]}\n"

/* Both cases: @ratio of the first one, and the second one's time. */
static void two_cases(double ratio, double ns)
{
	rows__claims(TWO_CASES);
	for (uint32_t i = 1; i <= 10; i++) {
		if (ratio > 0)
			rows__block(i, ratio + 0.01 * i);
		if (ns > 0)
			rows__set(rows__trial("run thread -t 8", i), "wall_ns", ns + i);
	}
}

static void test_cases(void)
{
	two_cases(3, 0.9e6);
	is("c", VERDICT_CONFIRMED, "both cases hold");
	two_cases(1.5, 2e6);
	is("c", VERDICT_REFUTED, "neither holds");
	two_cases(3, 2e6);
	is("c", VERDICT_CONDITIONAL, "one holds");
	ok_if(validation.findings[0].contradicts, "that is not what was expected");
	two_cases(3, 0);
	is("c", VERDICT_INCONCLUSIVE, "one is open");
	two_cases(3, 0.9e6);
	rows__trial("run thread -t 8", 0)->cannot = true;
	is("c", VERDICT_CONFIRMED, "the one that could be run holds");
	rows__trial(COMMAND_A, 0)->cannot = true;
	is("c", VERDICT_NOT_RUN, "none could");
	two_cases(3, 2e6);
	for (uint32_t i = 11; i <= 16; i++)
		rows__set(rows__trial("run thread -t 8", i), "wall_ns", 1e6);
	for (size_t i = 0; i < rows.count; i++)
		if (!strcmp(rows.list[i].command, "run thread -t 8") && rows.list[i].block > 9)
			snprintf(rows.list[i].voided, sizeof(rows.list[i].voided), "steal");
	is("c", VERDICT_INVALID, "one is void");
	ok_if(!strcmp(validation.findings[0].reason, "7 of 16 blocks are void: steal"), "%s",
	      validation.findings[0].reason);
}

#define SIX_CASES                                                                                                      \
	FILE_OF("s")                                                                                                   \
	"- id: c\n  english: e\n  reading: r\n  cases:\n"                                                              \
	"  - {name: t1, scale: tasks, arms: {a: run thread -t 1}, rule: [wall_ns(a) <= 1ms]}\n"                        \
	"  - {name: t2, scale: other, arms: {a: run thread -t 2}, rule: [wall_ns(a) <= 9ms]}\n"                        \
	"  - {name: t3, scale: tasks, arms: {a: run thread -t 3}, rule: [wall_ns(a) <= 1ms]}\n"                        \
	"  - {name: t4, scale: tasks, arms: {a: run thread -t 4}, rule: [wall_ns(a) <= 2ms]}\n"                        \
	"  - {name: t5, arms: {a: run thread -t 5}, rule: [wall_ns(a) <= 1ms]}\n"                                      \
	"  - {name: t6, scale: tasks, arms: {a: run thread -t 6}, rule: [wall_ns(a) <= 9ms]}\n"

/* Where a claim turns: between the neighbours on a scale that were decided, and differently. */
static void test_turns(void)
{
	const struct claim_finding *found;

	rows__claims(SIX_CASES);
	for (unsigned tasks = 1; tasks <= 6; tasks++)
		for (uint32_t block = 1; block <= 20; block++) {
			char command[32];

			snprintf(command, sizeof(command), "run thread -t %u", tasks);
			rows__set(rows__trial(command, block), "wall_ns",
				  tasks == 4 ? 1.8e6 + 2e4 * block : 2e6 + block);
		}
	is("c", VERDICT_CONDITIONAL, "six cases, one of them open");
	found = &validation.findings[0];
	ok_if(found->turn_count == 1 && !strcmp(found->turns[0].from->name, "t3") &&
		      !strcmp(found->turns[0].to->name, "t6"),
	      "the open one, another scale and none are passed over: %zu turn(s)", found->turn_count);
}

/* The claims, and controls for threads and processes that say @again and @more. */
static void controlled(const char *text, double again, double more)
{
	static const char *const kinds[] = {"thread", "process"};
	char file[2048], command[32], other[64];

	rows__claims(text);
	snprintf(file, sizeof(file), FILE_OF("controls"));
	for (size_t i = 0; i < 2; i++)
		snprintf(file + strlen(file), sizeof(file) - strlen(file),
			 "- {id: again-native-%s, english: e, reading: r, cases: [{name: n, arms: {base: run %s, "
			 "other: run %s --seed 2}, rule: [wall_ns(other) / wall_ns(base) within 5%% of 1]}]}\n"
			 "- {id: more-native-%s, english: e, reading: r, cases: [{name: n, arms: {base: run %s, "
			 "other: run %s --seed 3}, rule: [wall_ns(other) / wall_ns(base) >= 1.05]}]}\n",
			 kinds[i], kinds[i], kinds[i], kinds[i], kinds[i], kinds[i]);
	rows__more_claims(file);
	for (uint32_t block = 1; block <= 10; block++)
		for (size_t i = 0; i < 2; i++) {
			snprintf(command, sizeof(command), "run %s", kinds[i]);
			rows__set(rows__trial(command, block), "wall_ns", 1e6 + block);
			snprintf(other, sizeof(other), "%s --seed 2", command);
			rows__set(rows__trial(other, block), "wall_ns", again * 1e6 + block);
			snprintf(other, sizeof(other), "%s --seed 3", command);
			rows__set(rows__trial(other, block), "wall_ns", more * 1e6 + (block % 2 ? 5e3 : -5e3));
		}
}

static void test_again(void)
{
	controlled(FILE_OF("s") RATIO("c", "", ">= 2"), 1, 1.2);
	rows__blocks(1, 10, 3, 0.1);
	is("c", VERDICT_CONFIRMED, "good controls");
	ok_if(validation.finding_count == 1 && validation.control_count == 4, "controls are in a list of their own");
	ok_if(!strcmp(validation.controls[1].name, "more-native-thread") &&
		      validation.controls[1].verdict == VERDICT_CONFIRMED && validation.controls[1].blocks == 10 &&
		      fabs(validation.controls[1].interval.estimate - 1.2) < 0.001,
	      "with their intervals");
	controlled(FILE_OF("s") RATIO("c", "expect: REFUTED, ", ">= 2"), 1.2, 1.2);
	rows__blocks(1, 10, 3, 0.1);
	is("c", VERDICT_INVALID, "identical runs that differ");
	ok_if(!strncmp(validation.findings[0].reason, "identical runs differ (control again-native-", 44) &&
		      !validation.findings[0].contradicts,
	      "%s", validation.findings[0].reason);
	exits(false, STATUS_INVALID);
	controlled(FILE_OF("s") "- {id: c, english: e, reading: r, cases: [{name: n, arms: {a: run serial -t 1, "
				"b: run serial -t 2}, rule: [wall_ns(b) / wall_ns(a) >= 2]}]}\n",
		   1.2, 1.2);
	for (uint32_t i = 1; i <= 10; i++) {
		rows__set(rows__trial("run serial -t 1", i), "wall_ns", 1e6);
		rows__set(rows__trial("run serial -t 2", i), "wall_ns", 3e6 + i);
	}
	is("c", VERDICT_INVALID, "whatever workload they are");
	controlled(FILE_OF("s") CLAIM_ALONE("c", "", "decide: trials, rule: [workers(a) <= 4]"), 1.2, 1.2);
	for (uint32_t i = 1; i <= 5; i++)
		rows__set(rows__trial(COMMAND_A, i), "workers", 4);
	is("c", VERDICT_CONFIRMED, "counting does not need them");
}

static void test_sensitivity(void)
{
	controlled(FILE_OF("s") RATIO("c", "", "within 10% of 1"), 1, 1.2);
	rows__blocks(1, 10, 1, 0.02);
	is("c", VERDICT_CONFIRMED, "no effect, where an injected one was seen");
	controlled(FILE_OF("s") RATIO("c", "", "within 10% of 1"), 1, 1);
	rows__blocks(1, 10, 1, 0.02);
	is("c", VERDICT_INCONCLUSIVE, "no effect, where none can be seen");
	ok_if(!strcmp(validation.findings[0].reason,
		      "no effect was seen, but neither was the injected one of run thread -t 4"),
	      "%s", validation.findings[0].reason);
	controlled(FILE_OF("s") RATIO("c", "", ">= 2"), 1, 1);
	rows__blocks(1, 10, 1, 0.02);
	is("c", VERDICT_INCONCLUSIVE, "nor can an effect be called negligible");
	rows__claims(FILE_OF("s") RATIO("c", "", "within 10% of 1"));
	rows__blocks(1, 10, 1, 0.02);
	is("c", VERDICT_INCONCLUSIVE, "no control, no absence");
	controlled(FILE_OF("s") RATIO("c", "", "within 10% of 1"), 1, 1.05);
	rows__blocks(1, 10, 1, 0.02);
	is("c", VERDICT_INCONCLUSIVE, "a control that is not sure yet");
	ok_if(validation.findings[0].cases[0].wanted == 10, "is waited for: %zu more blocks",
	      validation.findings[0].cases[0].wanted);
}

static void test_capacity(void)
{
	static const char control[] =
		FILE_OF("controls") "- {id: capacity, english: e, reading: r, cases: [{name: n, arms: {together: run "
				    "thread -t 2, alone: run thread -t 2 -C 0}, rule: [wall_ns(together) / "
				    "wall_ns(alone) <= 0.75]}]}\n";

	rows__claims(FILE_OF("s") CLAIM("two", "", "needs: {cpus: 2}, rule: [wall_ns(b) / wall_ns(a) >= 2]")
			     RATIO("any", "", ">= 2"));
	rows__more_claims(control);
	rows__blocks(1, 10, 3, 0.1);
	is("two", VERDICT_INCONCLUSIVE, "a capacity that nobody measured");
	ok_if(!validation.control_count, "is no control");
	for (uint32_t i = 1; i <= 10; i++) {
		rows__set(rows__trial("run thread -t 2", i), "wall_ns", 1e6 + i);
		rows__set(rows__trial("run thread -t 2 -C 0", i), "wall_ns", 1e6);
	}
	is("two", VERDICT_INVALID, "two threads that ran one after the other");
	ok_if(!strcmp(validation.findings[0].reason,
		      "this machine did not run two threads at once (control: parallel capacity)"),
	      "%s", validation.findings[0].reason);
	is("any", VERDICT_CONFIRMED, "what needs one CPU is not touched");
}

static void test_holm(void)
{
	const struct claim_finding *all;

	rows__claims(FILE_OF("s") RATIO("sure", "", ">= 2") RATIO("unsure", "", ">= 2.95")
			     CLAIM_ALONE("counted", "", "decide: trials, rule: [wall_ns(a) <= 2ms]"));
	rows__blocks(1, 10, 3, 0.1);
	judged("sure");
	all = validation.findings;
	ok_if(fabs(all[0].p / looks__overall(4, 2.0 / 1024) - 1) < 1e-9 && all[0].holm_p == 2 * all[0].p,
	      "p = %g with its looks, by Holm %g", all[0].p, all[0].holm_p);
	ok_if(all[1].p > 0.1 && all[1].holm_p == all[1].p, "p = %g, by Holm %g", all[1].p, all[1].holm_p);
	ok_if(isnan(all[2].p) && isnan(all[2].holm_p), "what is counted has none");
}

/* A claim's intervals share its error: what three of them are sure enough of, four are not. */
static void test_shared_error(void)
{
	const struct claim_finding *found;
	char text[2048];

	for (size_t cases = 1; cases <= 5; cases++) {
		snprintf(text, sizeof(text), FILE_OF("s") "- id: c\n  english: e\n  reading: r\n  cases:\n");
		for (size_t i = 0; i < cases; i++)
			snprintf(
				text + strlen(text), sizeof(text) - strlen(text),
				"  - {name: n%zu, arms: {a: run thread -t 4, b: run process -t 4}, rule: [wall_ns(b) / "
				"wall_ns(a) >= 2]}\n",
				i);
		rows__claims(text);
		rows__blocks(1, 10, 3, 0.1);
		is("c", cases <= 3 ? VERDICT_CONFIRMED : VERDICT_INCONCLUSIVE, "ten blocks, several intervals");
		found = &validation.findings[0];
		ok_if(fabs(found->looks.overall - (cases > 2 ? 0.02 / (double)cases : 0.01)) < 1e-12 &&
			      fabs(found->p - fmax(1, (double)cases / 2) * looks__overall(4, 2.0 / 1024)) < 1e-9,
		      "%zu: each errs at most in %g; p = %g", cases, found->looks.overall, found->p);
		rows__blocks(11, 20, 3, 0.1);
		is("c", VERDICT_CONFIRMED, "twenty");
	}
	rows__claims(FILE_OF("s") CLAIM("c", "",
					"decide: trials, rule: [wall_ns(b) / wall_ns(a) >= 2, wall_ns(b) >= 2s,"
					" wall_ns(a) >= 2s]"));
	judged("c");
	ok_if(validation.findings[0].looks.overall == 0.01, "what is counted has no share");
}

/* That a claim is conditional takes one case of either kind: the surest ones say how sure it is. */
static void test_conditional_p(void)
{
	two_cases(3, 2e6);
	judged("c");
	ok_if(validation.findings[0].verdict == VERDICT_CONDITIONAL &&
		      fabs(validation.findings[0].p - looks__overall(4, 2.0 / 1024)) < 1e-9,
	      "p = %g", validation.findings[0].p);
	rows__trial(COMMAND_A, 0)->cannot = true;
	rows__trial("run thread -t 8", 0)->cannot = true;
	judged("c");
	ok_if(isnan(validation.findings[0].p), "what was not run has none");
}

static void test_sums(void)
{
	struct trial_row *row;

	rows__claims(FILE_OF("s") RATIO("c", "", ">= 2"));
	rows__more_claims(FILE_OF("controls") RATIO("untraced-native-thread", "", "<= 5"));
	rows__blocks(0, 3, 3, 0);
	rows__void(COMMAND_B, "steal");
	rows.list[0].lost = 2;
	rows.list[1].lost = 1;
	rows.list[2].ns_per_switch = 500;
	rows.list[3].ns_per_switch = 600;
	rows.list[3].took_ns = 7;
	row = rows__trial("run pool", 3);
	row->cannot = true;
	snprintf(row->voided, sizeof(row->voided), "it was not run");
	judged("c");
	ok_if(validation.trials == 8 && validation.lost == 3 && validation.took_ns == 7, "sums over trials");
	ok_if(validation.ns_per_switch == 550, "the median cost of a switch: %g", validation.ns_per_switch);
	ok_if(fabs(validation.overhead.estimate - 3) < 1e-9, "untraced controls tell what watching costs: %g",
	      validation.overhead.estimate);
	ok_if(validation.void_count == 2 && validation.voids[0].trials == 3 && !validation.voids[0].voided &&
		      validation.voids[1].trials == 3 && validation.voids[1].voided == 1 &&
		      !strcmp(validation.voids[1].why, "steal"),
	      "voids per arm, without the warm-up and what cannot be run");
}

int main(void)
{
	test_expected();
	test_status();
	test_cases();
	test_turns();
	test_again();
	test_sensitivity();
	test_capacity();
	test_holm();
	test_shared_error();
	test_conditional_p();
	test_sums();
	validation__free(&validation);
	claims__free(&claims);
	rows__forget();
	return tap_done();
}
