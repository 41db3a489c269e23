/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the words of `run ARM ARM...` to claims, and from trials made by hand to what wins, why, and where it turns. */
#include "../../userspace/comparison/comparison.h"
#include "../../userspace/comparison/request.h"
#include "rows.h"
#include "tap.h"

static struct validation validation = {.claims = &claims, .environment = {.cpus = 2}, .error = 0.01};
static struct comparison comparison;
static struct request request;
static struct claim_texts texts;

/* Reads @line as a command line of run: words first, as options__scan leaves them. */
static int ask(const char *line)
{
	static char text[8192];
	static char *words[4096];
	static struct options_given given;
	int count = 1, found, status;

	failure = (struct failure){0};
	request__free(&request);
	free(given.list);
	snprintf(text, sizeof(text), "%s", line);
	words[0] = "run";
	for (char *at = strtok(text, " "); at; at = strtok(NULL, " "))
		words[count++] = at;
	words[count] = NULL;
	found = options__scan(arm_rows, count, words, &given, &failure);
	if (found < 0)
		return -1;
	if (!request__is(words + 1, (size_t)found, &given))
		return fail(&failure, STATUS_DONE, "one experiment");
	status = request__read(&request, words + 1, (size_t)found, &given, &failure);
	return status;
}

static void refused(const char *line, const char *says)
{
	double ns;
	int status = ask(line) || request__check(&request, 10, &ns, &failure);

	ok_if(status && strstr(failure.says, says), "'%s' is refused: %s", line, failure.says);
}

/* The claims that @line comes to. */
static void compose(const char *line)
{
	claims__free(&claims);
	rows__forget();
	claim_texts__free(&texts);
	if (ask(line) || request__compose(&request, &texts, &failure) || claim_texts__read(&texts, &claims, &failure)) {
		fprintf(stderr, "%s: %s\n", line, failure.says);
		exit(2);
	}
}

static const char *command_of(size_t claim, const char *arm)
{
	for (size_t i = 0; i < claims.list[claim]->case_count; i++)
		for (size_t j = 0; j < claims.list[claim]->cases[i].arm_count; j++)
			if (!strcmp(claims.list[claim]->cases[i].arms[j].name, arm))
				return claims.list[claim]->cases[i].arms[j].command;
	return "(none)";
}

static void is_command(size_t claim, const char *arm, const char *expected)
{
	ok_if(!strcmp(command_of(claim, arm), expected), "%s: %s", arm, command_of(claim, arm));
}

static void test_arms(void)
{
	compose("serial thread pool --tasks 5");
	ok_if(claims.count == 1 && claims.list[0]->case_count == 3, "three arms are three pairs");
	is_command(0, "thread", "run thread --tasks=5");
	compose("a=pool b=pool:task=cpu:5.5ms,chunk=1 --workers 2");
	is_command(0, "a", "run pool --workers=2");
	is_command(0, "b", "run pool --workers=2 --task=cpu:5.5ms --chunk=1");
	compose("a=pool:task=4*sleep:1ms,2*cpu:2ms,no-trace b=pool:no-trace,cpus=0,1,tasks=9");
	is_command(0, "a", "run pool '--task=4*sleep:1ms,2*cpu:2ms' --no-trace");
	is_command(0, "b", "run pool --no-trace --cpus=0,1 --tasks=9");
	compose("a=serial b=serial c=serial");
	is_command(0, "a", "run serial");
	is_command(0, "b", "run serial --seed=2");
	is_command(0, "c", "run serial --seed=3");
	compose("thread:call=m:f pool:call=m.py:g --items range(3)");
	is_command(0, "pool", "run pool '--items=range(3)' --call=m.py:g");
	ok_if(ask("pool") && !strcmp(failure.says, "one experiment"), "one workload alone is no comparison");
	ok_if(ask("pool --task 2*cpu:1ms,cpu:2ms --cpus 0,1") && !strcmp(failure.says, "one experiment"),
	      "nor are commas of a task or of CPUs a list");
}

static void test_lists(void)
{
	compose("thread pool --tasks 10,100 --workers 1,2,4");
	ok_if(claims.count == 6 && !strcmp(claims.list[1]->english, "tasks=10, workers=2") &&
		      !strcmp(claims.list[5]->english, "tasks=100, workers=4"),
	      "every combination is a point: %s", claims.list[1]->english);
	is_command(1, "pool", "run pool --tasks=10 --workers=2");
	compose("pool --chunk 1,auto");
	ok_if(claims.count == 1 && claims.list[0]->case_count == 1, "of one arm the values of a list are the arms");
	is_command(0, "chunk-1", "run pool --chunk=1");
	is_command(0, "chunk-auto", "run pool --chunk=auto");
	compose("pool:task=none --workers 1,2 --tasks 10,20");
	ok_if(claims.count == 2 && !strcmp(claims.list[0]->english, "tasks=10"), "of its other lists there are points");
	is_command(1, "workers-2", "run pool --tasks=20 --task=none --workers=2");
}

static void test_refused(void)
{
	char many[8192] = "serial thread --tasks 1";
	double ns;

	refused("pool pool:chunk=1", "two arms are called pool: give one of them another name, like pool2=pool");
	refused("pool thread:tsks=3", "arm thread: unknown option 'tsks': did you mean tasks?");
	refused("pool thread:", "arm thread: unknown option ''");
	refused("pool thraed", "arm thraed: unknown workload thraed: did you mean thread?");
	refused("pool thread --chunk 4", "arm thread: thread hands out no chunks");
	refused("pool serial --workers 2", "arm serial: serial has one worker");
	refused("pool thread --tasks 1,,3", "--tasks 1,,3: a value of the list is empty");
	refused("pool thread --tasks 1,", "a value of the list is empty");
	refused("pool thread --tasks 1,2,1", "--tasks 1,2,1 has 1 twice");
	refused("pool thread --tasks 1,2 --tasks 3,4", "there are two lists for --tasks");
	refused("pool thread --tasks 1,x", "--tasks 'x' is not a whole number");
	refused("a=pool", "one arm alone is compared with nothing");
	refused("=pool thread", "a name is 1 to 48");
	refused("a/b=pool thread", "a name is 1 to 48");
	refused("a=1 a=2 ", "two arms are called a");
	refused("a=serial b=serial c=serial d=serial e=serial f=serial g=serial h=serial i=serial",
		"arm i is one too many: at most 8");
	refused("pool:repeat=3 thread", "unknown option 'repeat'");
	refused("pool thread:tasks=0", "arm thread: --tasks 0 is out of range");
	for (int i = 2; i <= 400; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), ",%d", i);
	snprintf(many + strlen(many), sizeof(many) - strlen(many), " --parent-memory 1");
	for (int i = 2; i <= 300; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), ",%d", i);
	ok_if(!ask(many) && !request__check(&request, 10, &ns, &failure) && ns > 1e14 &&
		      request__compose(&request, &texts, &failure) && strstr(failure.says, "have 120000 combinations"),
	      "many combinations: an estimate, and a limit: %s", failure.says);
	refused("pool thread --tasks 1,2 --tasks 5", "--tasks is a list and a single value");
	ok_if(!ask("serial thread --tasks 100 --task sleep:1s") && !request__check(&request, 10, &ns, &failure) &&
		      ns > 11 * 100e9 && ns < 11 * 110e9,
	      "the estimate knows what sleeps: %g s", ns / 1e9);
}

/* One trial of the arm at point @point in which it took @ms. */
static struct trial_row *trial(size_t point, const char *arm, uint32_t block, double ms)
{
	return rows__set(rows__trial(command_of(point, arm), block), "wall_ns", ms * 1e6);
}

/* Twelve blocks: @ms of each arm, of which every tenth is a little more. */
static void blocks(size_t point, const char *const *arms, const double *ms, size_t count)
{
	for (uint32_t block = 1; block <= 12; block++)
		for (size_t i = 0; i < count; i++)
			trial(point, arms[i], block, ms[i] * (1 + 0.002 * ((block * 7 + (uint32_t)i * 3) % 10)));
}

/* An injected difference that was seen, of serial in C: without it nothing can be called the same. */
static void sensitivity(void)
{
	rows__more_claims(
		"source: {id: controls}\nclaims:\n- {id: more-native-serial, english: e, reading: r, cases: [{"
		"name: n, arms: {base: run serial -t 8, other: run serial -t 9}, "
		"rule: [wall_ns(other) / wall_ns(base) >= 1.05]}]}\n");
	for (uint32_t block = 1; block <= 12; block++) {
		rows__set(rows__trial("run serial -t 8", block), "wall_ns", 1e6);
		rows__set(rows__trial("run serial -t 9", block), "wall_ns", 1.2e6);
	}
}

static const struct comparison_point *judged(void)
{
	failure = (struct failure){0};
	comparison__free(&comparison);
	if (validation__judge(&validation, rows.list, rows.count, &failure) ||
	    comparison__make(&comparison, &validation, &failure))
		exit(2);
	return &comparison.points[0];
}

static void test_winner(void)
{
	const struct comparison_point *point;

	compose("serial thread pool");
	blocks(0, (const char *[]){"serial", "thread", "pool"}, (double[]){200, 180, 100}, 3);
	point = judged();
	ok_if(comparison__is(&validation) && point->best == 2 && !point->open && !point->tied &&
		      !strncmp(point->says, "pool is 1.79x as fast as thread, 1.79 to 1.8", 44),
	      "a winner, by how much more than the next: %s", point->says);
	ok_if(fabs(point->arms[0].behind.estimate - 2) < 0.03 && isnan(point->arms[2].behind.estimate),
	      "serial is behind by %g", point->arms[0].behind.estimate);
	ok_if(point->arms[2].rank == 1 && point->arms[1].rank == 2 && point->arms[0].rank == 3, "ranks");
	ok_if(fabs(point->arms[2].against_first.estimate - 0.5) < 0.01 && isnan(point->arms[0].against_first.estimate),
	      "against the first: %g", point->arms[2].against_first.estimate);
	compose("a=serial b=serial c=serial:tasks=300");
	sensitivity();
	blocks(0, (const char *[]){"a", "b", "c"}, (double[]){100, 100, 300}, 3);
	point = judged();
	ok_if(point->tied == 1 && !point->open &&
		      strstr(point->says, "no difference larger than 3 % between a and b") &&
		      strstr(point->says, "a is 3.01x as fast as c"),
	      "a tie: %s", point->says);
	ok_if(point->arms[0].rank == 1 && point->arms[1].rank == 1 && point->arms[2].rank == 3, "ranks of a tie");
	compose("a=serial b=serial");
	blocks(0, (const char *[]){"a", "b"}, (double[]){100, 100}, 2);
	point = judged();
	ok_if(point->open == 1 && strstr(point->says, "not decided: "), "no sensitivity, no tie: %s", point->says);
	compose("a=serial b=serial");
	point = judged();
	ok_if(point->best == SIZE_MAX && !strcmp(point->says, "nothing was measured yet"), "no trials: %s",
	      point->says);
}

static void test_failing(void)
{
	const struct comparison_point *point;
	struct trial_row *row;

	compose("serial thread pool");
	for (uint32_t block = 1; block <= 12; block++) {
		trial(0, "serial", block, 100 + block);
		trial(0, "thread", block, 200 + block);
		row = trial(0, "pool", block, 10 + block);
		if (block % 2)
			continue;
		row->outcome = OUTCOME_FAILED;
		snprintf(row->says, sizeof(row->says), "the kernel killed a process: out of memory");
	}
	point = judged();
	ok_if(point->arms[2].failed == 6 && point->arms[2].rank == 3 && point->arms[2].trials == 12 &&
		      strstr(point->arms[2].says, "out of memory"),
	      "an arm that fails now and then ranks last: %u", point->arms[2].rank);
	ok_if(point->best == 0 && !strncmp(point->says, "serial is 1.9", 13), "the others are compared: %s",
	      point->says);
	ok_if(comparison_point__pair(point, 2, 0)->verdict == PAIR_FAILED &&
		      isnan(comparison_point__pair(point, 2, 0)->ratio.estimate) &&
		      isnan(point->arms[2].against_first.estimate),
	      "it is not compared");
	compose("pool serial");
	for (uint32_t block = 1; block <= 12; block++) {
		trial(0, "pool", block, 10 + block)->outcome = block % 2 ? OUTCOME_OK : OUTCOME_FAILED;
		trial(0, "serial", block, 100 + block);
	}
	point = judged();
	ok_if(isnan(point->arms[1].against_first.estimate), "nor is another with the first, if that one fails");
	compose("pool serial");
	point = judged();
	ok_if(!strcmp(comparison_point__verdict(point), COMPARISON_OPEN), "what nobody has run is not decided");
	compose("serial thread");
	for (uint32_t block = 0; block <= 12; block++)
		trial(0, "serial", block, 100 + block);
	row = trial(0, "thread", 0, NAN);
	row->cannot = true;
	snprintf(row->says, sizeof(row->says), "no such interpreter");
	point = judged();
	ok_if(point->arms[1].cannot && !point->arms[1].rank &&
		      !strcmp(point->says, "serial is the only one that ends well"),
	      "what cannot be run has no rank: %s", point->says);
}

/* Interrupted after one arm: nobody has won. */
static void test_cut_short(void)
{
	const struct comparison_point *point;

	compose("serial thread");
	trial(0, "serial", 1, 100);
	point = judged();
	ok_if(point->best == 0 && point->open == 1 && !strcmp(comparison_point__verdict(point), COMPARISON_OPEN) &&
		      !point->arms[1].rank,
	      "an arm that was not run yet has not lost: %s", point->says);
}

/* In blocks of its own the slow arm met a fast machine: what counts are the blocks that both have. */
static void test_shared_blocks(void)
{
	const struct comparison_point *point;

	compose("serial thread");
	blocks(0, (const char *[]){"serial", "thread"}, (double[]){100, 130}, 2);
	for (uint32_t block = 13; block <= 40; block++)
		trial(0, "thread", block, 50);
	point = judged();
	ok_if(point->best == 0 && point->arms[1].figures[metric__find("wall_ns") - metrics] > 125e6 &&
		      point->arms[1].standing == STANDING_BEHIND,
	      "medians are of the blocks that all share: %s", point->says);
}

/* 4 % apart and sure of that, but not that it is more than 3 %. */
static void test_close(void)
{
	const struct comparison_point *point;

	compose("serial thread");
	for (uint32_t block = 1; block <= 40; block++) {
		trial(0, "serial", block, 100);
		trial(0, "thread", block, 103 + 0.6 * (block % 7 - 3.0));
	}
	point = judged();
	ok_if(point->open == 1 && strstr(point->says, "it is faster than thread, but not for sure by more than 3 %"),
	      "%s", point->says);
}

static void test_keeps_failing(void)
{
	const struct comparison_point *point;

	compose("serial thread");
	for (uint32_t block = 1; block <= 6; block++) {
		trial(0, "serial", block, 100);
		trial(0, "thread", block, 100)->outcome = OUTCOME_TIMEOUT;
	}
	point = judged();
	ok_if(!point->finding->cases[0].wanted && !point->finding->cases[0].looks &&
		      point->arms[1].standing == STANDING_FAILS &&
		      !strcmp(point->says, "serial is the only one that ends well"),
	      "an arm that fails again and again is not run to the end: %s", point->finding->cases[0].reason);
}

static void test_because(void)
{
	struct compared_arm fast = {.name = "pool"}, slow = {.name = "thread"};
	char room[COMPARISON_SAYS];

	for (size_t i = 0; i < MAX_METRICS; i++)
		fast.figures[i] = slow.figures[i] = NAN;
#define SET(arm, metric, value) ((arm).figures[metric__find(metric) - metrics] = (value))
	ok_if(!*comparison__because(room, &fast, &slow), "without figures nothing is said");
	SET(fast, "wall_ns", 1e9), SET(slow, "wall_ns", 1.8e9);
	SET(fast, "parallelism", 1.96), SET(slow, "parallelism", 1.01);
	SET(fast, "on_cpu_ns", 1.9e9), SET(slow, "on_cpu_ns", 1.8e9);
	SET(fast, "workers", 2), SET(slow, "workers", 8);
	SET(slow, "gil_ns", 9.6e9), SET(slow, "idle_ns", 0.4e9);
	comparison__because(room, &fast, &slow);
	ok_if(!strcmp(room,
		      "the workers of thread ran one at a time (1.01 CPUs busy), pool kept 1.96 busy; 96 % of the "
		      "blocked time of thread was the GIL"),
	      "%s", room);
	SET(slow, "workers", 1);
	ok_if(!strncmp(comparison__because(room, &fast, &slow), "thread has one worker, pool kept", 32), "%s", room);
	SET(slow, "workers", 2), SET(slow, "parallelism", 1.0), SET(fast, "parallelism", 1.0);
	SET(fast, "tasks_in_flight", 16), SET(slow, "tasks_in_flight", 2), SET(fast, "sleep_ns", 12e9);
	ok_if(strstr(comparison__because(room, &fast, &slow),
		     "pool had 16.0 tasks in flight at a time, thread 2.0; they wait "
		     "for sleep"),
	      "%s", room);
	SET(fast, "tasks_in_flight", 1), SET(slow, "tasks_in_flight", 1), SET(slow, "created_ns", 1e6);
	SET(slow, "workers", 500);
	ok_if(strstr(comparison__because(room, &fast, &slow), "thread created 500 workers, and each took 1000 us"),
	      "%s", room);
	SET(slow, "created_ns", 1), SET(slow, "gil_ns", NAN), SET(slow, "idle_ns", NAN);
	SET(slow, "sleep_ns", 0.9e9), SET(fast, "sleep_ns", 0.85e9), SET(slow, "lock_ns", 0.5e9);
	ok_if(!*comparison__because(room, &fast, &slow), "what both do alike is no reason: %s", room);
	SET(fast, "sleep_ns", 0.1e9);
	ok_if(strstr(comparison__because(room, &fast, &slow), "of the blocked time of thread was sleep"), "%s", room);
}

static void test_crossover(void)
{
	const double pool[] = {40, 60, 100}, process[] = {10, 50, 400};

	compose("pool process --tasks 10,100,1000");
	for (size_t i = 0; i < 3; i++)
		blocks(i, (const char *[]){"pool", "process"}, (double[]){pool[i], process[i]}, 2);
	judged();
	ok_if(comparison.point_count == 3 && comparison.crossover_count == 1, "it turns once: %zu",
	      comparison.crossover_count);
	if (comparison.crossover_count != 1)
		return;
	ok_if(!strcmp(comparison.crossovers[0].first, "process") && !strcmp(comparison.crossovers[0].second, "pool") &&
		      comparison.crossovers[0].low == 100 && comparison.crossovers[0].high == 1000,
	      "process is faster up to 100, pool from 1000 on");
	/* ln(60/50) = .182, ln(100/400) = -1.386: 11.6 % of the way from 100 to 1000, on a logarithm. */
	ok_if(fabs(comparison.crossovers[0].estimate - 130.8) < 2, "they meet at %g",
	      comparison.crossovers[0].estimate);
	compose("pool process --tasks 10,100 --workers 1,2");
	for (size_t i = 0; i < 4; i++)
		blocks(i, (const char *[]){"pool", "process"}, (double[]){i % 2 ? 100 : 50, 70}, 2);
	judged();
	ok_if(comparison.crossover_count == 2 && !strcmp(comparison.crossovers[0].option, "workers") &&
		      !strcmp(comparison.crossovers[1].from->label, "tasks=100, workers=1"),
	      "of two lists, along each");
	compose("serial pool --call m:f --items range(3),range(300)");
	ok_if(claims.count == 2 && !strcmp(claims.list[1]->english, "items=range(300)"),
	      "numbers of items are a list: %s", claims.list[1]->english);
	blocks(0, (const char *[]){"serial", "pool"}, (double[]){50, 70}, 2);
	blocks(1, (const char *[]){"serial", "pool"}, (double[]){70, 50}, 2);
	judged();
	ok_if(comparison.crossover_count == 1 && comparison.crossovers[0].low == 3 &&
		      comparison.crossovers[0].high == 300,
	      "between which it turns");
	compose("pool process --engine native,python");
	blocks(0, (const char *[]){"pool", "process"}, (double[]){50, 70}, 2);
	blocks(1, (const char *[]){"pool", "process"}, (double[]){70, 50}, 2);
	judged();
	ok_if(!comparison.crossover_count, "what is no number has no place where it turns");
}

int main(void)
{
	test_arms();
	test_lists();
	test_refused();
	test_winner();
	test_failing();
	test_cut_short();
	test_shared_blocks();
	test_close();
	test_keeps_failing();
	test_because();
	test_crossover();
	return tap_done();
}
