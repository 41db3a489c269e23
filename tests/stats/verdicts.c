// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How often the shipped judge is wrong about a whole claim: one of several cases, each at the very end of its region,
 * where no machine is harder to judge. Seeds are fixed. Run by make check-stats.
 */
#include "../unit/rows.h"
#include "../unit/tap.h"
#include "noise.h"

#define RUNS 2000
#define BLOCKS 40

static const struct noise lognormal = {.name = "lognormal", .spread = 0.0707};
static struct validation validation = {.claims = &claims, .environment = {.cpus = 2}, .error = 0.01};

/* A claim of @cases cases with arms of their own; @rule is of the ratio. */
static void claim_of(size_t cases, const char *rule)
{
	char text[4096] = FILE_OF("s") "- id: c\n  english: e\n  reading: r\n  cases:\n";

	for (size_t i = 1; i <= cases; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "  - {name: n%zu, arms: {a: run thread -t %zu, b: run process -t %zu}, "
			 "rule: [wall_ns(b) / wall_ns(a) %s]}\n",
			 i, i, i, rule);
	rows__claims(text);
}

/* One validation in which every ratio is @truth. */
static const struct claim_finding *judged(size_t cases, double truth, struct random *random)
{
	double differences[BLOCKS];
	char command[32];

	rows__forget();
	for (size_t i = 1; i <= cases; i++) {
		noise__differences(&lognormal, random, differences, BLOCKS);
		for (uint32_t block = 1; block <= BLOCKS; block++) {
			snprintf(command, sizeof(command), "run thread -t %zu", i);
			rows__set(rows__trial(command, block), "wall_ns", 1e6);
			snprintf(command, sizeof(command), "run process -t %zu", i);
			rows__set(rows__trial(command, block), "wall_ns", truth * 1e6 * exp(differences[block - 1]));
		}
	}
	if (validation__judge(&validation, rows.list, rows.count, &failure))
		exit(2);
	return &validation.findings[0];
}

static void test_claim(size_t cases, const char *rule, double truth, enum verdict wrong_one)
{
	struct random random = random__seeded(11);
	size_t wrong = 0;

	claim_of(cases, rule);
	for (size_t run = 0; run < RUNS; run++) {
		const struct claim_finding *finding = judged(cases, truth, &random);
		bool is_wrong = false;

		for (size_t i = 0; i < cases; i++)
			is_wrong |= finding->cases[i].verdict == wrong_one;
		wrong += is_wrong;
	}
	/* Four standard errors of a rate of 1 % in so many runs. */
	ok_if((double)wrong / RUNS <= 0.01 + 4 * sqrt(0.01 * 0.99 / RUNS),
	      "a claim of %zu case(s), %s, the truth at its end: misjudged in %.2f %%, bar 1 %%", cases, rule,
	      100.0 * (double)wrong / RUNS);
}

int main(void)
{
	test_claim(1, ">= 2", 2, VERDICT_REFUTED);
	test_claim(4, ">= 2", 2, VERDICT_REFUTED);
	test_claim(12, ">= 2", 2, VERDICT_REFUTED);
	test_claim(12, "> 2", 2, VERDICT_CONFIRMED);
	test_claim(1, "within 20% of 1", 1.2, VERDICT_REFUTED);
	test_claim(6, "within 20% of 1", 1.2, VERDICT_REFUTED);
	validation__free(&validation);
	claims__free(&claims);
	rows__forget();
	return tap_done();
}
