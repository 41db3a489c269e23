/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which trials a set of claims needs, and how long they take. */
#include "../../userspace/validation/campaign.h"
#include "rows.h"
#include "tap.h"

#define NATIVE 200000000ull
#define PYTHON 360000000ull

#define RATIO(id, body) CLAIM(id, "", body "rule: [wall_ns(b) / wall_ns(a) >= 2]")
#define CONTROL(id, arm)                                                                                               \
	"- {id: " id ", english: e, reading: r, cases: [{name: n, arms: {base: " arm                                   \
	"}, rule: [wall_ns(base) <= 1s]}]}\n"
#define CONTROLS                                                                                                       \
	FILE_OF("controls")                                                                                            \
	CONTROL("capacity", "run thread -t 2")                                                                         \
	CONTROL("again-native-thread", "run thread -t 8")                                                              \
	CONTROL("more-native-thread", "run thread -t 8")                                                               \
	CONTROL("again-native-pool", "run pool -t 8")                                                                  \
	CONTROL("again-python-thread", "run thread -t 8 --engine python")

static struct schedule schedule;

static void make(const char *text)
{
	schedule__free(&schedule);
	rows__claims(text);
	rows__more_claims(CONTROLS);
	if (schedule__make(&schedule, &claims, &failure))
		exit(2);
	/* What an arm is expected to take depends on the CPUs of who runs this. */
	for (size_t i = 0; i < schedule.arm_count; i++)
		schedule.arms[i].took_ns =
			schedule.arms[i].arm.experiment.plan.engine == ENGINE_PYTHON ? PYTHON : NATIVE;
}

static bool has(const char *command)
{
	size_t count = 0;

	for (size_t i = 0; i < schedule.arm_count; i++)
		count += !strcmp(schedule.arms[i].command, command);
	return count == 1;
}

static void test_shared(void)
{
	make(FILE_OF("s") RATIO("one", "") RATIO("two", "") CLAIM_ALONE("three", "", "rule: [wall_ns(a) <= 1s]"));
	ok_if(schedule.arm_count == 3 && has(COMMAND_A) && has(COMMAND_B) && has("run thread -t 8"),
	      "arms that claims or controls share are there once: %zu", schedule.arm_count);
	ok_if(schedule.arms[0].arm.experiment.plan.workload == WORKLOAD_THREAD &&
		      schedule.arms[0].arm.experiment.plan.tasks == 4 && !schedule.arms[0].cannot,
	      "as they will be run");
}

static void test_controls(void)
{
	make(FILE_OF("s") RATIO("one", ""));
	ok_if(claims.count == 3 && claims__find(&claims, "again-native-thread") &&
		      claims__find(&claims, "more-native-thread"),
	      "controls of the engines and workloads that are used: %zu", claims.count - 1);
	make(FILE_OF("s") RATIO("one", "needs: {cpus: 2}, "));
	ok_if(claims.count == 4 && claims__find(&claims, "capacity") && has("run thread -t 2"),
	      "and the machine's, if a claim needs two CPUs");
	make(FILE_OF("s") RATIO("one", "decide: trials, "));
	ok_if(claims.count == 1 && schedule.arm_count == 2, "counting needs none");
	make(FILE_OF("s") "- {id: p, english: e, reading: r, cases: [{name: n, arms: {a: run thread --engine python}, "
			  "rule: [wall_ns(a) <= 1s]}]}\n");
	ok_if(claims.count == 2 && claims__find(&claims, "again-python-thread"), "the engine is looked at");
}

static void estimate(bool quick, uint64_t least, uint64_t most)
{
	struct validation validation = {.claims = &claims};
	uint64_t least_ns, most_ns;

	validation.blocks = quick ? QUICK_BLOCKS : 0;
	schedule__estimate(&schedule, &validation, &least_ns, &most_ns);
	ok_if(least_ns == least && most_ns == most, "%s: %g s to %g s", quick ? "quick" : "full",
	      (double)least_ns / 1e9, (double)most_ns / 1e9);
}

static void test_estimate(void)
{
	make(FILE_OF("s") RATIO("one", "decide: trials, "));
	estimate(false, 2 * 6 * NATIVE, 2 * 6 * NATIVE);
	estimate(true, 2 * 6 * NATIVE, 2 * 6 * NATIVE);
	make(FILE_OF("s") RATIO("one", "decide: trials, ") CLAIM_ALONE("two", "", "rule: [wall_ns(a) <= 1s]"));
	/* The thread and its control in blocks, the process in trials. */
	estimate(false, (2 * 11 + 6) * NATIVE, (2 * 41 + 6) * NATIVE);
	estimate(true, (2 * 13 + 6) * NATIVE, (2 * 13 + 6) * NATIVE);
	make(FILE_OF("s") "- {id: p, english: e, reading: r, cases: [{name: n, decide: trials, arms: {a: run serial "
			  "--engine python}, rule: [wall_ns(a) <= 1s]}]}\n");
	estimate(false, 6 * PYTHON, 6 * PYTHON);
	schedule.arms[0].took_ns = 7;
	estimate(false, 42, 42);
}

static char *printed(struct validation *validation)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (schedule__print(file, &schedule, validation, &failure))
		exit(2);
	fclose(file);
	return text;
}

static void test_print(void)
{
	struct validation validation = {.claims = &claims,
					.environment = {.cpus = 1},
					.seed = 5,
					.quick = true,
					.blocks = QUICK_BLOCKS,
					.error = 0.01};
	char *text;

	make(FILE_OF("s") RATIO("one", "decide: trials, ") CLAIM_ALONE("two", "",
								       "needs: {cpus: 2}, rule: "
								       "[wall_ns(a) <= 1s]"));
	snprintf(schedule.arms[1].why, sizeof(schedule.arms[1].why), "no reason");
	text = printed(&validation);
	ok_if(!strcmp(text, "one: n: 5 trials each\n"
			    "    1 a            mptrace run thread -t 4\n"
			    "    2 b            mptrace run process -t 4\n"
			    "two: n: cannot be run here: it needs 2 CPUs, here are 1\n"
			    "    1 a            mptrace run thread -t 4\n"
			    "capacity: n: 12 blocks\n"
			    "    3 base         mptrace run thread -t 2\n"
			    "again-native-thread: n: 12 blocks\n"
			    "    4 base         mptrace run thread -t 8\n"
			    "more-native-thread: n: 12 blocks\n"
			    "    4 base         mptrace run thread -t 8\n\n"
			    "Blocks, and the order of their arms (seed 5), if nothing is decided early:\n"
			    "  warm-up  1 2\n"
			    "  1        2 1\n"
			    "  2        2 1\n"
			    "  3        1 2\n"
			    "  4        1 2\n"
			    "  5        2 1\n\n"
			    "4 different arms; estimate: 0.1 to 0.1 minutes\n"),
	      "the schedule can be read:\n%s", text);
	free(text);
	schedule.arms[1].cannot = true;
	text = printed(&validation);
	ok_if(strstr(text, "      cannot be run here: no reason\n") && !strstr(text, "  warm-up "),
	      "what cannot be run, and nothing that would only be compared with it");
	free(text);
}

/* Two arms that are compared come each first in half of the blocks, right after or before the other. */
static void test_block(void)
{
	struct validation validation = {.claims = &claims, .environment = {.cpus = 2}, .seed = 7, .error = 0.01};
	size_t order[16], count, first = 0, apart = 0, place[2];

	make(FILE_OF("s") RATIO("one", "") CLAIM_ALONE(
		"two", "", "rule: [wall_ns(a) <= 1s]") "- {id: p, english: e, reading: r, cases: [{name: n, "
						       "arms: {a: run serial}, rule: [wall_ns(a) <= 1s]}]}\n");
	for (uint32_t block = 0; block < 40; block++) {
		if (schedule__block(&schedule, &validation, block, order, &count, &failure))
			exit(2);
		for (size_t i = 0; i < count; i++)
			if (order[i] < 2)
				place[order[i]] = i;
		first += place[0] < place[1];
		apart += place[0] + 1 != place[1] && place[1] + 1 != place[0];
	}
	ok_if(count == schedule.arm_count && first == 20 && !apart, "%zu of 40 blocks begin with one of two arms",
	      first);
	schedule__block(&schedule, &validation, 41, order, &count, &failure);
	ok_if(!count, "after the last block there is none");
}

/* Of what lies on a scale, --quick runs the ends. */
static void test_shortened(void)
{
	schedule__free(&schedule);
	rows__claims(
		FILE_OF("s") "- id: c\n  english: e\n  reading: r\n  cases:\n"
			     "  - {name: t1, scale: tasks, arms: {a: run thread -t 1}, rule: [wall_ns(a) <= 1s]}\n"
			     "  - {name: t2, scale: tasks, arms: {a: run thread -t 2}, rule: [wall_ns(a) <= 1s]}\n"
			     "  - {name: t3, scale: other, arms: {a: run thread -t 3}, rule: [wall_ns(a) <= 1s]}\n"
			     "  - {name: t4, arms: {a: run thread -t 4}, rule: [wall_ns(a) <= 1s]}\n"
			     "  - {name: t5, scale: tasks, arms: {a: run thread -t 5}, rule: [wall_ns(a) <= 1s]}\n");
	claims__shorten(&claims);
	ok_if(!schedule__make(&schedule, &claims, &failure) && schedule.arm_count == 4, "%zu of 5 arms are left",
	      schedule.arm_count);
	for (size_t i = 0; i < schedule.arm_count; i++)
		ok_if(strcmp(schedule.arms[i].command, "run thread -t 2") != 0, "%s", schedule.arms[i].command);
}

static void test_catalogue(void)
{
	schedule__free(&schedule);
	claims__free(&claims);
	ok_if(!claims__catalogue(&claims, &failure) && !schedule__make(&schedule, &claims, &failure) &&
		      schedule.arm_count > claims.count,
	      "the catalogue has a schedule: %zu arms", schedule.arm_count);
}

static void kind(const char *command, const char *expected)
{
	char room[40];

	command__kind(command, room);
	ok_if(!strcmp(room, expected), "%s is %s", command, room);
}

static void test_kinds(void)
{
	kind("run pool -t 4", "native pool");
	kind("run thread-pool --engine python -t 4", "python thread-pool");
	kind("run pool --call json:dumps --items 'range(4)'", "python pool");
	kind("run nothing", "unknown");
	kind("run 'pool", "unknown");
}

int main(void)
{
	test_shared();
	test_controls();
	test_estimate();
	test_print();
	test_block();
	test_shortened();
	test_catalogue();
	test_kinds();
	schedule__free(&schedule);
	claims__free(&claims);
	rows__forget();
	return tap_done();
}
