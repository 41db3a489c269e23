/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two stored things: facts, figures with and without noise, relative to a control, verdicts. */
#include "../../userspace/contrast/contrast.h"
#include "../../userspace/statistics/statistics.h"
#include "rows.h"
#include "tap.h"

static struct snapshot before, now;
static struct contrast contrast;
static struct random noise;

static void forget(void)
{
	snapshot__free(&before);
	snapshot__free(&now);
	contrast__free(&contrast);
	noise = random__seeded(1);
}

static void fact(struct snapshot *snapshot, const char *what, const char *text)
{
	snapshot__add_fact(snapshot, &snapshot->facts, &snapshot->fact_count, what, text);
}

static void verdict(struct snapshot *snapshot, const char *what, const char *text)
{
	snapshot__add_fact(snapshot, &snapshot->verdicts, &snapshot->verdict_count, what, text);
}

/* @count values of @metric around @value; if @machine is not 0, beside a control that takes @machine. */
static void values(struct snapshot *snapshot, const char *metric, double value, size_t count, double machine)
{
	struct series *series = snapshot__add_series(snapshot, "pool", metric__find(metric), count);

	if (machine > 0)
		series->controls = memory__take(&snapshot->memory, (count + 1) * sizeof(double));
	for (size_t i = 0; i < count; i++) {
		double factor = 0.99 + 0.02 * random__unit(&noise);

		series->values[series->count] = value * factor;
		if (machine > 0)
			series->controls[series->count] = machine * factor;
		series->count++;
	}
}

static int compare(void)
{
	failure = (struct failure){0};
	return contrast__make(&contrast, &before, "a", &now, "b", &failure);
}

static void test_facts(void)
{
	forget();
	for (int i = 0; i < 40; i++) {
		char what[16];

		snprintf(what, sizeof(what), "fact %d", i);
		fact(&before, what, "same");
		fact(&now, what, i == 7 ? "other" : "same");
	}
	fact(&before, "gone", "1");
	fact(&now, "new", "2");
	verdict(&before, "one", "CONFIRMED"), verdict(&now, "one", "REFUTED");
	verdict(&before, "two", "INCONCLUSIVE"), verdict(&now, "two", "REFUTED");
	verdict(&before, "three", "REFUTED"), verdict(&now, "three", "REFUTED");
	ok_if(!compare() && contrast.fact_count == 3 && !strcmp(contrast.facts[0].what, "fact 7") &&
		      !contrast.facts[1].before && !contrast.facts[2].now,
	      "what differs, is new, and is gone");
	ok_if(contrast.verdict_count == 2 && contrast.verdicts_compared == 3 && contrast.flipped == 1,
	      "two verdicts changed, of which one was decided before: %zu", contrast.flipped);
	now.kind = KIND_COMPARISON;
	contrast__free(&contrast);
	ok_if(compare() && failure.status == STATUS_USAGE &&
		      !strcmp(failure.says,
			      "a is a result, and b is a comparison: only things of one kind can be compared"),
	      "%s", failure.says);
}

static void test_figures(void)
{
	forget();
	values(&before, "wall_ns", 1e9, 12, 0), values(&now, "wall_ns", 1.2e9, 12, 0);
	values(&before, "on_cpu_ns", 1e9, 12, 0), values(&now, "on_cpu_ns", 1.03e9, 12, 0);
	values(&before, "gil_ns", 1e9, 1, 0), values(&now, "gil_ns", 2e9, 12, 0);
	values(&before, "migrations", 0, 12, 0), values(&now, "migrations", 100, 12, 0);
	values(&before, "lock_ns", 0, 12, 0), values(&now, "lock_ns", 0, 12, 0);
	values(&now, "io_ns", 1e9, 12, 0);
	ok_if(!compare() && contrast.figures_compared == 5 && contrast.figure_count == 3, "%zu of %zu figures differ",
	      contrast.figure_count, contrast.figures_compared);
	ok_if(contrast.figures[0].change.low > 1.15 && contrast.figures[0].change.high < 1.25 &&
		      !contrast.figures[0].single,
	      "20 %% more: %g to %g", contrast.figures[0].change.low, contrast.figures[0].change.high);
	ok_if(!strcmp(contrast.figures[1].metric->name, "gil_ns") && contrast.figures[1].single,
	      "of one value on a side: an observation");
	ok_if(!strcmp(contrast.figures[2].metric->name, "migrations") && contrast.figures[2].absolute &&
		      contrast.figures[2].change.low > 95,
	      "what was 0 has a difference, no ratio");
	ok_if(contrast.slower > 0.15 && contrast.slower < 0.2, "slower by at least %g %%", 100 * contrast.slower);
}

/* All of it took 20 % longer, the control as well: the machine did. */
static void test_control(void)
{
	forget();
	values(&before, "wall_ns", 1e9, 12, 5e8), values(&now, "wall_ns", 1.2e9, 12, 6e8);
	ok_if(!compare() && contrast.figures_compared == 1 && !contrast.figure_count && contrast.slower < 0.01,
	      "a slower machine is no difference: %zu", contrast.figure_count);
	forget();
	values(&before, "wall_ns", 1e9, 12, 5e8), values(&now, "wall_ns", 1.2e9, 12, 5e8);
	ok_if(!compare() && contrast.figure_count == 1 && contrast.figures[0].by_control, "the work itself is");
	forget();
	values(&before, "wall_ns", 1e9, 12, 6e8), values(&now, "wall_ns", 1e9, 12, 5e8);
	ok_if(!compare() && !contrast.figure_count && contrast.slower < 0.01,
	      "what sleeps takes as long on a slower day: no difference: %zu", contrast.figure_count);
	forget();
	values(&before, "wall_ns", 1e9, 12, 0), values(&now, "wall_ns", 1.2e9, 12, 6e8);
	ok_if(!compare() && contrast.figure_count == 1 && !contrast.figures[0].by_control,
	      "with a control on one side alone there is none");
}

/* Of two sessions of the same the share that is called different. */
static void test_chance(void)
{
	size_t different = 0;

	forget();
	for (int i = 0; i < 200; i++) {
		struct random kept;

		values(&before, "wall_ns", 1e9, 12, 0), values(&now, "wall_ns", 1e9, 12, 0);
		compare();
		different += contrast.figure_count;
		kept = noise;
		forget();
		noise = kept;
	}
	ok_if(!different, "two of the same are never called different: %zu of 200", different);
}

int main(void)
{
	test_facts();
	test_figures();
	test_control();
	test_chance();
	forget();
	return tap_done();
}
