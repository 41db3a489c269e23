/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formula.h"
#include "journal.h"

/* 0 + 1 + ... + (n - 1), modulo 2^64. */
static uint64_t triangle(uint64_t n)
{
	return n % 2 ? n * ((n - 1) / 2) : n / 2 * (n - 1);
}

/* The generator @rounds ahead of @x: squares the affine map. */
static uint64_t jump(uint64_t x, uint64_t rounds)
{
	uint64_t a = LCG_A, c = LCG_C, all_a = 1, all_c = 0;

	for (; rounds; rounds >>= 1) {
		if (rounds & 1) {
			all_a *= a;
			all_c = all_c * a + c;
		}
		c *= a + 1;
		a *= a;
	}
	return all_a * x + all_c;
}

/* Both halves of an adler32 that begins with what @x gives, after @blocks blocks of zeros. */
static uint64_t adler(uint64_t x, uint64_t blocks)
{
	uint64_t low = x % ADLER_BASE, high = (x >> 16) % ADLER_BASE;
	uint64_t bytes = blocks % ADLER_BASE * (ADLER_BLOCK % ADLER_BASE) % ADLER_BASE;

	return (high + bytes * low) % ADLER_BASE << 16 | low;
}

/* Python sums the first word of each page only: all of them would take longer than the reading. */
static uint64_t read_sum(const struct plan *plan, uint64_t bytes)
{
	if (plan->engine == ENGINE_NATIVE)
		return PATTERN * triangle(bytes / 8);
	return PATTERN * (WORK_PAGE / 8) * triangle(bytes / WORK_PAGE + (bytes % WORK_PAGE >= 8));
}

static uint64_t after_step(const struct plan *plan, uint64_t x, const struct step *step, struct calibration per_ms)
{
	uint64_t pages = (step->amount + WORK_PAGE - 1) / WORK_PAGE;
	uint64_t blocks = (step->amount + WRITE_BLOCK - 1) / WRITE_BLOCK;

	switch (step->kind) {
	case STEP_NATIVE:
		if (plan->engine == ENGINE_PYTHON)
			return formula_mix(x ^ adler(x, formula_rounds(step->amount, per_ms.native)));
		__attribute__((fallthrough)); /* in C all code is native */
	case STEP_CPU:
		return jump(x, formula_rounds(step->amount, per_ms.cpu));
	case STEP_TOUCH:
		return formula_mix(x ^ (pages * x + triangle(pages)));
	case STEP_COW:
		return formula_mix(x ^ PATTERN * triangle(pages + 1));
	case STEP_CALL:
		return formula_mix(x ^ step->amount);
	case STEP_READ:
		return formula_mix(x ^ read_sum(plan, step->amount));
	case STEP_WRITE:
		return formula_mix(x ^ (blocks * x + triangle(blocks)));
	default:
		return formula_mix(x);
	}
}

uint64_t journal__expected(const struct plan *plan, uint64_t task, struct calibration per_ms)
{
	const struct task_group *group = task_spec__group(&plan->spec, task);
	uint64_t x = formula_seed(task);

	for (uint32_t i = 0; i < group->step_count; i++)
		x = after_step(plan, x, &group->steps[i], per_ms);
	return x;
}

uint64_t journal__messages(const struct plan *plan, uint64_t task)
{
	const struct task_group *group = task_spec__group(&plan->spec, task);
	uint64_t count = 0;

	for (uint32_t i = 0; i < group->step_count; i++)
		if (group->steps[i].kind == STEP_EXCHANGE &&
		    !(group->steps[i].channel == CHANNEL_MEMORY && workload_kinds[plan->workload].processes))
			count += group->steps[i].amount;
	return count;
}
