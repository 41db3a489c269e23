/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The task SPEC, good and bad, and the sums that tasks must come to. */
#include <stdlib.h>
#include <string.h>

#include "../../userspace/workload/formula.h"
#include "../../userspace/workload/journal.h"
#include "tap.h"

static void good(const char *text, uint32_t groups, uint32_t steps, enum step_kind kind, uint64_t amount)
{
	struct failure failure = {0};
	struct task_spec spec;
	int status = task_spec__parse(&spec, text, &failure);

	ok_if(!status && spec.group_count == groups && spec.groups[0].step_count == steps &&
		      spec.groups[0].steps[0].kind == kind && spec.groups[0].steps[0].amount == amount,
	      "%s is read: %s", text, failure.says);
}

static void bad(const char *text, int column, const char *says)
{
	struct failure failure = {0};
	struct task_spec spec;
	char where[32];

	snprintf(where, sizeof(where), "column %d:", column);
	ok_if(task_spec__parse(&spec, text, &failure) == -1 && failure.status == STATUS_USAGE &&
		      strstr(failure.says, where) && strstr(failure.says, says),
	      "'%.40s' is refused at %s %s (%s)", text, where, says, failure.says);
}

static void test_good(void)
{
	good("none", 1, 1, STEP_NONE, 0);
	good("cpu:5ms", 1, 1, STEP_CPU, 5000000);
	good("cpu:1.5ms", 1, 1, STEP_CPU, 1500000);
	good("sleep:2s", 1, 1, STEP_SLEEP, 2000000000);
	good("lock:50us", 1, 1, STEP_LOCK, 50000);
	good("native:7ns", 1, 1, STEP_NATIVE, 7);
	good("touch:8M", 1, 1, STEP_TOUCH, 8 << 20);
	good("read:100", 1, 1, STEP_READ, 100);
	good("write:4K:direct", 1, 1, STEP_WRITE, 4096);
	good("4*sleep:200ms,40*cpu:10ms", 2, 1, STEP_SLEEP, 200000000);
	good("cpu:1ms+touch:1M+lock:1us,none", 2, 3, STEP_CPU, 1000000);
	good("cow:8M", 1, 1, STEP_COW, 8 << 20);
	good("race:1000000", 1, 1, STEP_RACE, 1000000);
	good("call:1000000000+none", 1, 2, STEP_CALL, 1000000000);
	good("exchange:pipe:7,none", 2, 1, STEP_EXCHANGE, 7);
	good("exchange:memory:1:4K+race:1", 1, 2, STEP_EXCHANGE, 1);
	good("sleep:3600s", 1, 1, STEP_SLEEP, 3600000000000);
	good("touch:1024G", 1, 1, STEP_TOUCH, 1ull << 40);
	good("10000000*none", 1, 1, STEP_NONE, 0);
}

static void test_bad(void)
{
	bad("", 1, "lacks a step");
	bad("cpu", 1, "lacks a time");
	bad("touch", 1, "lacks a size");
	bad("cpu:5", 5, "unit");
	bad("cpu:ms", 5, "not a time");
	bad("cpu:5m", 5, "unknown unit");
	bad("cpu:0ms", 5, "out of range");
	bad("cpu:1e9s", 5, "not a time");
	bad("touch:0", 7, "out of range");
	bad("touch:9X", 7, "unknown unit");
	bad("touch:99999999999999999999", 7, "out of range");
	bad("touch:2000G", 7, "out of range");
	bad("none:5", 1, "no amount");
	bad("slep:5ms", 1, "no step");
	bad("none,", 6, "lacks a step");
	bad("none+", 6, "lacks a step");
	bad("0*none", 1, "no count");
	bad("*none", 1, "no count");
	bad("99999999*none", 1, "no count");
	bad("cpu:", 5, "not a time");
	bad("cpu:1.5.2ms", 5, "not a time");
	bad("cpu:0.4ns", 5, "out of range");
	bad("cpu:3601s", 5, "out of range");
	bad("touch:4KK", 7, "unknown unit");
	bad("touch:M", 7, "not a size");
	bad("2*", 3, "lacks a step");
	bad("2*2*none", 3, "no step");
	bad("none++none", 6, "lacks a step");
	bad("10000001*none", 1, "no count");
	bad("cow", 1, "lacks a size");
	bad("race", 1, "lacks how often");
	bad("call:0", 6, "out of range");
	bad("race:1000000001", 6, "out of range");
	bad("race:99999999999999999999", 6, "out of range");
	bad("race:1K", 6, "not how often");
	bad("race:-1", 6, "not how often");
	bad("race:", 6, "not how often");
	bad("race:5:direct", 7, "only read and write");
	bad("cow:4K:direct", 7, "only read and write");
	bad("exchange", 1, "lacks a channel");
	bad("exchange:", 10, "no channel");
	bad("none+exchange:pip:5", 15, "no channel");
	bad("exchange:5", 10, "no channel");
	bad("exchange:pipe", 1, "lacks how often");
	bad("exchange:pipe:", 15, "not how often");
	bad("exchange:shared:5:", 19, "not a size");
	bad("exchange:shared:5:4Q", 19, "unknown unit");
	bad("exchange:shared:5:4K:4K", 21, "unknown here");
	bad("write:4K:fast", 9, "unknown here");
	bad("write:4K:directly", 9, "unknown here");
	bad("touch:8M:direct", 9, "direct");
	bad("write:100:direct", 10, "4K");
	bad("none+none+none+none+none+none+none+none+none+none+none+none+none+none+none+none+none", 81, "too many");
	bad("none,none,none,none,none,none,none,none,none,none,none,none,none,none,none,none,none", 81, "too many");
}

/* Whatever comes, it is read or refused with a sentence. */
static void test_random(void)
{
	static const char letters[] = "cpu:sleptochwradiknxgv,+*0159.mKMGnuns-\x80\xff ";
	size_t silent = 0;

	srand(1);
	for (int i = 0; i < 200000; i++) {
		struct failure failure = {0};
		struct task_spec spec;
		char text[24] = "";

		for (int j = 0, length = rand() % 23; j < length; j++)
			text[j] = letters[(size_t)rand() % (sizeof(letters) - 1)];
		silent += task_spec__parse(&spec, text, &failure) && !failure.says[0];
	}
	ok_if(silent == 0, "200,000 random specs are read or refused with a sentence");
}

static void test_groups(void)
{
	struct failure failure = {0};
	struct task_spec spec;

	task_spec__parse(&spec, "2*sleep:1ms,3*cpu:1ms", &failure);
	ok_if(task_spec__group(&spec, 1)->steps[0].kind == STEP_SLEEP &&
		      task_spec__group(&spec, 2)->steps[0].kind == STEP_CPU &&
		      task_spec__group(&spec, 4)->steps[0].kind == STEP_CPU &&
		      task_spec__group(&spec, 5)->steps[0].kind == STEP_SLEEP,
	      "groups follow one another and begin again");
}

static void test_exchange(void)
{
	struct failure failure = {0};
	struct task_spec spec;
	struct plan plan = {.workload = WORKLOAD_THREAD};
	uint64_t odd_one;

	task_spec__parse(&spec, "exchange:semaphore:9:64K", &failure);
	ok_if(spec.groups[0].steps[0].channel == CHANNEL_SEMAPHORE && spec.groups[0].steps[0].working_set == 65536,
	      "a channel and a working set are read");
	ok_if(task_spec__pairs(&spec, 4, &odd_one), "four tasks are two pairs");
	ok_if(!task_spec__pairs(&spec, 5, &odd_one) && odd_one == 4, "of five the last has no partner");
	task_spec__parse(&spec, "cpu:1ms+exchange:pipe:9,exchange:pipe:9+none,2*none", &failure);
	ok_if(task_spec__pairs(&spec, 8, &odd_one), "other steps may differ");
	task_spec__parse(&spec, "2*none,exchange:pipe:9,exchange:pipe:8", &failure);
	ok_if(!task_spec__pairs(&spec, 8, &odd_one) && odd_one == 2, "the number of round trips may not");
	task_spec__parse(&spec, "exchange:pipe:9+exchange:pipe:9,exchange:pipe:9", &failure);
	ok_if(!task_spec__pairs(&spec, 2, &odd_one) && odd_one == 0, "nor how many exchange steps there are");
	task_spec__parse(&plan.spec, "exchange:memory:9+exchange:shared:7+exchange:shared:1", &failure);
	ok_if(journal__messages(&plan, 0) == 17, "between threads every message arrives");
	plan.workload = WORKLOAD_PROCESS;
	ok_if(journal__messages(&plan, 0) == 8, "between processes none through ordinary memory");
}

/* The slow way to what journal__expected finds in a few steps. */
static void test_expected(void)
{
	struct failure failure = {0};
	struct plan plan = {.tasks = 3};
	uint64_t steps_per_ms = 12345, x = formula_seed(2), sum = 0;

	task_spec__parse(&plan.spec, "cpu:3ms+touch:20K", &failure);
	for (uint64_t i = 0; i < formula_rounds(3000000, steps_per_ms); i++)
		x = x * LCG_A + LCG_C;
	for (uint64_t page = 0; page < 5; page++)
		sum += x + page;
	x = formula_mix(x ^ sum);
	ok_if(journal__expected(&plan, 2, (struct calibration){steps_per_ms, 0}) == x,
	      "the sum of a task is found without doing its work");
	sum = formula_page(0) + formula_page(1);
	x = formula_mix(formula_mix(formula_seed(1) ^ sum) ^ 7);
	task_spec__parse(&plan.spec, "cow:5K+call:7", &failure);
	ok_if(journal__expected(&plan, 1, (struct calibration){1, 0}) == x, "so are those of cow and call");
	task_spec__parse(&plan.spec, "cpu:3ms", &failure);
	ok_if(journal__expected(&plan, 1, (struct calibration){steps_per_ms, 0}) != x, "and differs from task to task");
}

int main(void)
{
	test_good();
	test_bad();
	test_random();
	test_groups();
	test_exchange();
	test_expected();
	return tap_done();
}
