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

static uint64_t after_step(uint64_t x, const struct step *step, uint64_t steps_per_ms)
{
	uint64_t pages = (step->amount + WORK_PAGE - 1) / WORK_PAGE;
	uint64_t blocks = (step->amount + WRITE_BLOCK - 1) / WRITE_BLOCK;

	switch (step->kind) {
	case STEP_CPU:
	case STEP_NATIVE:
		return jump(x, formula_rounds(step->amount, steps_per_ms));
	case STEP_TOUCH:
		return formula_mix(x ^ (pages * x + triangle(pages)));
	case STEP_READ:
		return formula_mix(x ^ PATTERN * triangle(step->amount / 8));
	case STEP_WRITE:
		return formula_mix(x ^ (blocks * x + triangle(blocks)));
	default:
		return formula_mix(x);
	}
}

uint64_t journal__expected(const struct plan *plan, uint64_t task, uint64_t steps_per_ms)
{
	const struct task_group *group = task_spec__group(&plan->spec, task);
	uint64_t x = formula_seed(task);

	for (uint32_t i = 0; i < group->step_count; i++)
		x = after_step(x, &group->steps[i], steps_per_ms);
	return x;
}
