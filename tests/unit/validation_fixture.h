/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A validation filled by hand: every verdict, intervals without ends, and strings that nobody should write. */
#ifndef MPTRACE_TESTS_VALIDATION_FIXTURE_H
#define MPTRACE_TESTS_VALIDATION_FIXTURE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/contrast/contrast.h"

#define FIXTURE_CLAIMS 7
#define FIXTURE_ODD "odd \033[31m<&>\"'#|`*_\n- \x01\xff]]>\xed\x95\x9c\xea\xb8\x80\xe2\x80\xae\xef\xbf\xbe\xc2\x9b"

enum { CLAIM_CHEAPER, CLAIM_FIFO, CLAIM_MEMORY, CLAIM_NOISY, CLAIM_VOID, CLAIM_FREE_THREADED, CLAIM_ODD };

struct validation_fixture {
	struct validation validation;
	struct claims none; /* that it was made from: reports read what was found out */
	struct claim claims[FIXTURE_CLAIMS];
	struct claim_case claim_cases[FIXTURE_CLAIMS][2];
	struct claim_finding findings[FIXTURE_CLAIMS];
	struct case_finding cases[FIXTURE_CLAIMS][2];
	struct control_row controls[2];
	struct void_row voids[2];
	struct contrast contrast;
	struct changed_fact changed[2];
	struct changed_figure figures[2];
	_Alignas(16) char memory[1 << 16]; /* of conditions */
	size_t used;
};

static inline void *fixture__allocate(void *context, size_t size)
{
	struct validation_fixture *fixture = context;
	void *memory = fixture->memory + fixture->used;

	fixture->used += (size + 15) / 16 * 16;
	if (fixture->used > sizeof(fixture->memory))
		abort();
	return memory;
}

static inline struct condition *fixture__condition(struct validation_fixture *fixture, const char *text)
{
	static const char *const arms[] = {"thread", "process"};
	const struct condition_reader reader = {arms, 2, fixture__allocate, fixture};
	struct failure failure = {0};
	size_t at;
	struct condition *condition = condition__read(text, &reader, &at, &failure);

	if (!condition) {
		fprintf(stderr, "%s: at %zu: %s\n", text, at, failure.says);
		abort();
	}
	return condition;
}

/* What was found about @condition: @interval over 12 blocks. */
static inline struct finding fixture__finding(const struct condition *condition, enum verdict verdict,
					      struct interval interval)
{
	return (struct finding){.condition = condition,
				.verdict = verdict,
				.interval = interval,
				.student = interval,
				.median = interval,
				.blocks = 12};
}

static inline void fixture__case(struct validation_fixture *fixture, size_t claim, size_t number, const char *rule,
				 enum verdict verdict, struct interval interval)
{
	struct claim *of = &fixture->claims[claim];
	struct claim_case *the_case = &fixture->claim_cases[claim][number];
	struct case_finding *found = &fixture->cases[claim][number];

	of->cases = fixture->claim_cases[claim];
	of->case_count = number + 1;
	*the_case = (struct claim_case){.name = number ? "large parent" : "small parent",
					.arms = {{.name = "thread", .command = "run thread -t 100 -n 1 --task none"},
						 {.name = "process", .command = "run process -t 100 -n 1 --task none"}},
					.arm_count = 2,
					.rule = {fixture__condition(fixture, rule)},
					.rule_count = 1};
	*found = (struct case_finding){.of = the_case,
				       .verdict = verdict,
				       .rule = {fixture__finding(the_case->rule[0], verdict, interval)},
				       .blocks = 12,
				       .looks = 1,
				       .smallest_visible = NAN};
}

static inline void fixture__mechanism(struct validation_fixture *fixture, size_t claim, const char *text,
				      struct interval interval)
{
	struct claim_case *of = &fixture->claims[claim].cases[0];

	of->mechanism[of->mechanism_count] = fixture__condition(fixture, text);
	fixture->cases[claim][0].mechanism[of->mechanism_count] =
		fixture__finding(of->mechanism[of->mechanism_count], VERDICT_INCONCLUSIVE, interval);
	of->mechanism_count++;
}

static inline void fixture__claim(struct validation_fixture *fixture, size_t number, const char *id, const char *source,
				  const char *expect, enum verdict verdict, const char *reason)
{
	struct claim *claim = &fixture->claims[number];
	struct claim_finding *finding = &fixture->findings[number];

	claim->id = id;
	claim->source = source;
	claim->place.file = "my.yaml";
	claim->english = "threads are cheaper to create than processes";
	claim->reading = "creation takes at most half as long";
	*finding = (struct claim_finding){
		.claim = claim, .verdict = verdict, .p = NAN, .holm_p = NAN, .cases = fixture->cases[number]};
	snprintf(finding->reason, sizeof(finding->reason), "%s", reason);
	for (int i = 0; expect && i < VERDICTS; i++)
		if (!strcmp(verdict_names[i], expect)) {
			claim->expects = true;
			claim->expect = (enum verdict)i;
			finding->contradicts = claim->expect != verdict;
		}
}

static inline void fixture__decided(struct validation_fixture *fixture)
{
	static const char ratio[] = "created_ns(process) / created_ns(thread) >= 2";

	fixture__case(fixture, CLAIM_CHEAPER, 0, ratio, VERDICT_CONFIRMED, (struct interval){3.21, 2.95, 3.6});
	fixture__claim(fixture, CLAIM_CHEAPER, "thread-create-cheaper", "seed", "CONFIRMED", VERDICT_CONFIRMED, "");
	fixture__mechanism(fixture, CLAIM_CHEAPER, "faults(process)", (struct interval){8400, 8300, 8512.5});
	fixture__mechanism(fixture, CLAIM_CHEAPER, "created_ns(thread)", (struct interval){52e3, 50e3, 1.2e6});
	fixture->claims[CLAIM_CHEAPER].quote = "\xec\x8a\xa4\xeb\xa0\x88\xeb\x93\x9c";
	fixture->claims[CLAIM_CHEAPER].because = "a process needs an address space of its own";
	fixture->cases[CLAIM_CHEAPER][0].smallest_visible = 0.04;
	fixture->findings[CLAIM_CHEAPER].p = fixture->findings[CLAIM_CHEAPER].holm_p = 0.0005;

	fixture__case(fixture, CLAIM_FIFO, 0, "holds(fifo, process)", VERDICT_REFUTED,
		      (struct interval){NAN, NAN, NAN});
	fixture__claim(fixture, CLAIM_FIFO, "pool-fifo", "seed", "CONFIRMED", VERDICT_REFUTED,
		       "block 3: 2 of 1200 chances to fail");
	fixture->cases[CLAIM_FIFO][0].rule[0].opportunities = 12000;
	fixture->cases[CLAIM_FIFO][0].rule[0].violations = 3;
	snprintf(fixture->cases[CLAIM_FIFO][0].rule[0].counterexample, 256, "block 3: 2 of 1200 chances to fail");

	fixture__case(fixture, CLAIM_MEMORY, 0, ratio, VERDICT_CONFIRMED, (struct interval){2.4, 2.2, 2.5});
	fixture__case(fixture, CLAIM_MEMORY, 1, ratio, VERDICT_REFUTED, (struct interval){1.01, 0.99, 1.03});
	fixture__claim(fixture, CLAIM_MEMORY, "memory-depends", "article", "CONDITIONAL", VERDICT_CONDITIONAL, "");
	fixture->cases[CLAIM_MEMORY][1].sub_reason = REASON_NEGLIGIBLE;
	fixture->cases[CLAIM_MEMORY][1].smallest_visible = 0.25;
	fixture->cases[CLAIM_MEMORY][1].rule[0].fragile = true;
	fixture->cases[CLAIM_MEMORY][1].rule[0].larger = NAN;
	for (int i = 0; i < 2; i++)
		fixture->claims[CLAIM_MEMORY].cases[i].scale = "memory";
	fixture->claims[CLAIM_CHEAPER].cases[0].left_out = true;
	fixture->findings[CLAIM_MEMORY].turns[0] =
		(struct turn){&fixture->claims[CLAIM_MEMORY].cases[0], &fixture->claims[CLAIM_MEMORY].cases[1]};
	fixture->findings[CLAIM_MEMORY].turn_count = 1;
}

static inline void fixture__undecided(struct validation_fixture *fixture)
{
	fixture__case(fixture, CLAIM_NOISY, 0, "wall_ns(process) - wall_ns(thread) <= 5ms", VERDICT_INCONCLUSIVE,
		      (struct interval){-2.5e6, -INFINITY, INFINITY});
	fixture__claim(fixture, CLAIM_NOISY, "noisy", "article", "CONFIRMED", VERDICT_INCONCLUSIVE,
		       "the interval still crosses what is asked for, after all the looks that were planned, and then "
		       "some words more");
	fixture->cases[CLAIM_NOISY][0].sub_reason = REASON_NOISE;

	fixture__case(fixture, CLAIM_VOID, 0, "memory_peak_bytes(process) > 8M", VERDICT_INVALID,
		      (struct interval){9 << 20, 8.5 * (1 << 20), INFINITY});
	fixture__claim(fixture, CLAIM_VOID, "void", "article", NULL, VERDICT_INVALID, "7 of 18 blocks are void: steal");
	fixture->cases[CLAIM_VOID][0].voided = 7;

	fixture__case(fixture, CLAIM_FREE_THREADED, 0, "parallelism(thread) >= 1.5", VERDICT_NOT_RUN,
		      (struct interval){0});
	memset(fixture->cases[CLAIM_FREE_THREADED][0].rule, 0, sizeof(fixture->cases[0][0].rule));
	fixture->cases[CLAIM_FREE_THREADED][0].blocks = fixture->cases[CLAIM_FREE_THREADED][0].looks = 0;
	fixture__claim(fixture, CLAIM_FREE_THREADED, "free-threaded", "seed", "CONFIRMED", VERDICT_NOT_RUN,
		       "no free-threaded Python: set MPTRACE_FREE_THREADED");

	fixture__case(fixture, CLAIM_ODD, 0, "wall_ns(process) / wall_ns(thread) within 5 % of 1", VERDICT_REFUTED,
		      (struct interval){1.2, 1.1, 1.3});
	fixture__claim(fixture, CLAIM_ODD, "odd#`id", "odd <&>#source", NULL, VERDICT_REFUTED, FIXTURE_ODD);
	fixture->claims[CLAIM_ODD].quote = fixture->claims[CLAIM_ODD].english = fixture->claims[CLAIM_ODD].because =
		fixture->claims[CLAIM_ODD].note = fixture->claims[CLAIM_ODD].cases[0].name =
			fixture->claims[CLAIM_ODD].cases[0].arms[0].command = FIXTURE_ODD;
	snprintf(fixture->cases[CLAIM_ODD][0].reason, 256, "%s", FIXTURE_ODD);
}

static inline void fixture__validity(struct validation_fixture *fixture)
{
	struct validation *validation = &fixture->validation;

	fixture->controls[0] = (struct control_row){
		.name = "again-native-pool", .verdict = VERDICT_CONFIRMED, .interval = {1, 0.98, 1.02}, .blocks = 12};
	fixture->controls[1] = (struct control_row){
		.name = "capacity", .verdict = VERDICT_REFUTED, .interval = {NAN, NAN, NAN}, .evidence = FIXTURE_ODD};
	fixture->voids[0] = (struct void_row){"run pool -t 40", 24, 2, "steal: 12 % of busy time"};
	fixture->voids[1] = (struct void_row){"run thread -t 40", 24, 0, ""};
	fixture->changed[0] = (struct changed_fact){"kernel", "Linux 6.17.0", "Linux 6.18.5"};
	fixture->changed[1] = (struct changed_fact){"pool-fifo", "CONFIRMED", "REFUTED"};
	fixture->figures[0] = (struct changed_figure){.what = FIXTURE_ODD,
						      .metric = metric__find("wall_ns"),
						      .before = 1e9,
						      .now = 1.2e9,
						      .change = {1.2, 1.15, 1.25},
						      .by_control = true};
	fixture->figures[1] = (struct changed_figure){.what = "pool",
						      .metric = metric__find("migrations"),
						      .now = 4,
						      .change = {4, -INFINITY, INFINITY},
						      .absolute = true,
						      .single = true};
	fixture->contrast = (struct contrast){.before = "yesterday",
					      .now = "this one",
					      .kind = KIND_VALIDATION,
					      .facts = &fixture->changed[0],
					      .verdicts = &fixture->changed[1],
					      .fact_count = 1,
					      .verdict_count = 1,
					      .verdicts_compared = 7,
					      .figures = fixture->figures,
					      .figure_count = 2,
					      .figures_compared = 9};
	validation->controls = fixture->controls;
	validation->control_count = 2;
	validation->voids = fixture->voids;
	validation->void_count = 2;
	validation->baseline = &fixture->contrast;
	validation->overhead = (struct interval){1.02, 1.01, 1.04};
	validation->ns_per_switch = 554;
	validation->lost = 3;
	validation->trials = 312;
}

/** Without claims, trials or anything else that a run finds out. */
static inline void validation_fixture__empty(struct validation_fixture *fixture)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->validation = (struct validation){.environment = {.kernel = "Linux 6.18.5",
								  .machine = "x86_64",
								  .clock = "kvm-clock",
								  .cgroup_mode = "hybrid",
								  .version = "0.1.0",
								  .cpus = 2,
								  .cpus_allowed = "0-1",
								  .virtual_machine = true},
						  .started = "2026-01-02T03:04:05Z",
						  .seed = 7,
						  .quick = true,
						  .blocks = QUICK_BLOCKS,
						  .error = 0.01,
						  .looks = 1,
						  .took_ns = 552000000000ull,
						  .overhead = {NAN, NAN, NAN},
						  .ns_per_switch = NAN,
						  .command = "mptrace validate --quick --seed 7",
						  .claims = &fixture->none};
}

static inline void validation_fixture__make(struct validation_fixture *fixture)
{
	validation_fixture__empty(fixture);
	fixture__decided(fixture);
	fixture__undecided(fixture);
	fixture__validity(fixture);
	snprintf(fixture->validation.interpreter, sizeof(fixture->validation.interpreter),
		 "CPython 3.11.2 (/usr/bin/python3)");
	fixture->validation.findings = fixture->findings;
	fixture->validation.finding_count = FIXTURE_CLAIMS;
}

#endif
