/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why one arm takes longer than another: the first of these reasons that their figures bear out. */
#include <math.h>
#include <string.h>

#include "comparison.h"

/* What counts as a difference that explains one: figures under it vary as much by themselves. */
#define NOTABLE 1.15
#define ALONE 1.1 /* mean CPUs busy: one at a time */
#define MAIN_SHARE 0.5 /* of the blocked time */
#define WAITS 0.1 /* of the wall time of all workers */

static double figure(const struct compared_arm *arm, const char *name)
{
	return arm->figures[metric__find(name) - metrics];
}

/* 0 where it was not measured: what is summed up must not vanish with one part of it. */
static double part(const struct compared_arm *arm, const char *name)
{
	double value = figure(arm, name);

	return isnan(value) ? 0 : value;
}

static const struct {
	const char *metric, *says;
} causes[] = {
	{"lock_ns", "a lock"},	       {"gil_ns", "the GIL"},
	{"io_ns", "input and output"}, {"sleep_ns", "sleep"},
	{"child_ns", "other workers"}, {"idle_ns", "waiting for work"},
	{"fault_ns", "page faults"},   {"other_ns", "the kernel's own locks"},
};

#define CAUSES (sizeof(causes) / sizeof(*causes))

/* The largest cause of blocked time, and its share of it; CAUSES: nothing blocked. */
static size_t main_cause(const struct compared_arm *arm, double *share, double *ns)
{
	double all = 0;
	size_t most = 0;

	for (size_t i = 0; i < CAUSES; i++) {
		all += part(arm, causes[i].metric);
		if (part(arm, causes[i].metric) > part(arm, causes[most].metric))
			most = i;
	}
	*ns = part(arm, causes[most].metric);
	*share = all > 0 ? *ns / all : 0;
	return all > 0 ? most : CAUSES;
}

/* Fewer CPUs were busy: was it a lock? */
static bool say_parallelism(char room[COMPARISON_SAYS], const struct compared_arm *fast,
			    const struct compared_arm *slow)
{
	double busy = figure(slow, "parallelism"), others = figure(fast, "parallelism"), share, ns;
	size_t cause = main_cause(slow, &share, &ns);
	int length;

	if (!(others > NOTABLE * busy) || part(fast, "on_cpu_ns") < WAITS * part(fast, "wall_ns"))
		return false;
	if (figure(slow, "workers") <= 1)
		length = snprintf(room, COMPARISON_SAYS, "%s has one worker", slow->name);
	else if (busy < ALONE)
		length = snprintf(room, COMPARISON_SAYS, "the workers of %s ran one at a time (%.2f CPUs busy)",
				  slow->name, busy);
	else
		length = snprintf(room, COMPARISON_SAYS, "%s kept %.2f CPUs busy", slow->name, busy);
	length += snprintf(room + length, COMPARISON_SAYS - (size_t)length, ", %s kept %.2f busy", fast->name, others);
	if (cause < CAUSES && share >= MAIN_SHARE && ns > WAITS * part(slow, "wall_ns"))
		snprintf(room + length, COMPARISON_SAYS - (size_t)length, "; %.0f %% of the blocked time of %s was %s",
			 100 * share, slow->name, causes[cause].says);
	return true;
}

/* Tasks that sleep or wait for I/O take turns where there are fewer workers. */
static bool say_in_flight(char room[COMPARISON_SAYS], const struct compared_arm *fast, const struct compared_arm *slow)
{
	double few = figure(slow, "tasks_in_flight"), many = figure(fast, "tasks_in_flight");
	double io = part(fast, "io_ns"), sleep = part(fast, "sleep_ns");

	if (!(many > NOTABLE * few) || !(io + sleep > WAITS * part(fast, "wall_ns")))
		return false;
	snprintf(room, COMPARISON_SAYS, "%s had %.1f tasks in flight at a time, %s %.1f; they wait for %s", fast->name,
		 many, slow->name, few, io > sleep ? "input and output" : "sleep");
	return true;
}

/* A worker for each task, or a pool that must be there first. */
static bool say_creation(char room[COMPARISON_SAYS], const struct compared_arm *fast, const struct compared_arm *slow)
{
	double each = figure(slow, "created_ns"), workers = figure(slow, "workers"), wall = figure(slow, "wall_ns");

	if (!(each * workers > WAITS * wall) ||
	    !(each * workers > NOTABLE * part(fast, "created_ns") * part(fast, "workers")))
		return false;
	snprintf(room, COMPARISON_SAYS, "%s created %.0f workers, and each took %.0f us to begin", slow->name, workers,
		 each / 1e3);
	return true;
}

static bool say_cpu_time(char room[COMPARISON_SAYS], const struct compared_arm *fast, const struct compared_arm *slow)
{
	double more = figure(slow, "all_on_cpu_ns"), less = figure(fast, "all_on_cpu_ns");
	double many = part(slow, "switches_voluntary") + part(slow, "switches_involuntary");
	double few = part(fast, "switches_voluntary") + part(fast, "switches_involuntary");
	int length;

	if (!(more > NOTABLE * less))
		return false;
	length = snprintf(room, COMPARISON_SAYS, "%s took %.2f times the CPU time", slow->name, more / less);
	if (few && many > 2 * few)
		snprintf(room + length, COMPARISON_SAYS - (size_t)length, ", with %.1f times as many context switches",
			 many / few);
	return true;
}

static bool say_waits(char room[COMPARISON_SAYS], const struct compared_arm *fast, const struct compared_arm *slow)
{
	double share, ns, queue = figure(slow, "run_queue_ns"), wall = figure(slow, "wall_ns");
	size_t cause = main_cause(slow, &share, &ns);

	/* What the faster one does as much is no reason. */
	if (queue > ns && queue > WAITS * wall && queue > NOTABLE * part(fast, "run_queue_ns"))
		snprintf(room, COMPARISON_SAYS, "the workers of %s waited for a CPU for %.0f %% of its time",
			 slow->name, fmin(100, 100 * queue / wall / fmax(1, part(slow, "workers"))));
	else if (cause < CAUSES && ns > WAITS * wall && ns > NOTABLE * part(fast, causes[cause].metric))
		snprintf(room, COMPARISON_SAYS, "%.0f %% of the blocked time of %s was %s", 100 * share, slow->name,
			 causes[cause].says);
	else
		return false;
	return true;
}

const char *comparison__because(char room[COMPARISON_SAYS], const struct compared_arm *fast,
				const struct compared_arm *slow)
{
	static bool (*const reasons[])(char room[COMPARISON_SAYS], const struct compared_arm *fast,
				       const struct compared_arm *slow) = {say_parallelism, say_in_flight, say_creation,
									   say_cpu_time, say_waits};

	*room = '\0';
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i](room, fast, slow))
			break;
	return room;
}
