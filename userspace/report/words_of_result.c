/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "words_of_result.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../result/metrics.h"
#include "looks.h"

#define MANY_TIMES 100 /* a limit beyond that limits nothing */

const char *result__title(char room[RESULT_SENTENCE], const struct result *result)
{
	const struct plan *plan = &result->experiment->plan;
	const struct target *target = result->target;
	size_t workers = 0;

	for (size_t i = 0; i < result->thread_count; i++)
		workers += result->threads[i].role == ROLE_WORKER;
	if (!result->thread_count)
		workers = plan->workers;
	if (target)
		snprintf(room, RESULT_SENTENCE, "profile %s%.1000s",
			 target->command ? ""
			 : target->pids	 ? "-p "
					 : "--cgroup ",
			 target->command ? target->command
			 : target->pids	 ? target->pids
					 : target->cgroup);
	else
		snprintf(room, RESULT_SENTENCE, "run %s: %" PRIu64 " task%s of %.900s, %zu worker%s (%s)",
			 workload_kinds[plan->workload].name, plan->tasks, plan->tasks == 1 ? "" : "s",
			 result->experiment->task_text, workers, workers == 1 ? "" : "s", engine_names[plan->engine]);
	return room;
}

static struct figure metric(const struct result *result, const char *name)
{
	return metric__of(metric__find(name), result);
}

const char *result__outcome(char room[RESULT_SENTENCE], const struct result *result)
{
	struct figure wall = result->outcome.wall_ns, parallelism = metric(result, "parallelism");
	uint64_t sum = 0, most = 0;
	enum state largest = STATE_CPU;
	char time[HUMAN];
	size_t length;

	for (size_t i = 0; i < STATES_MEASURED; i++) {
		char name[32];
		uint64_t ns;

		snprintf(name, sizeof(name), "%s_ns", looks[look_order[i]].key);
		ns = metric(result, name).value;
		sum += ns;
		if (ns > most) {
			most = ns;
			largest = look_order[i];
		}
	}
	length = (size_t)snprintf(room, RESULT_SENTENCE, "%s: %s.", outcome_names[result->outcome.status],
				  human__figure(time, wall, human__time));
	if (result->outcome.says[0])
		length += (size_t)snprintf(room + length, RESULT_SENTENCE - length, " %s.", result->outcome.says);
	if (sum)
		length += (size_t)snprintf(room + length, RESULT_SENTENCE - length,
					   " Of its workers' time %.0f %% went to: %s.",
					   100.0 * (double)most / (double)sum, looks[largest].says);
	if (!parallelism.missing)
		length +=
			(size_t)snprintf(room + length, RESULT_SENTENCE - length,
					 " While any worker ran, %.2f ran at once.", (double)parallelism.value / 1000);
	if (result__is_disturbed(result))
		snprintf(room + length, RESULT_SENTENCE - length,
			 " Other programs had %.0f %% of the CPUs meanwhile: alone it may be faster.",
			 (double)result->foreign_permille.value / 10);
	return room;
}

const char *advice__sentence(char room[RESULT_SENTENCE], const struct advice *advice)
{
	if (isnan(advice->speed_up_limit) || advice->choose == CHOICE_NOTHING)
		snprintf(room, RESULT_SENTENCE, "%s", advice->says);
	else if (advice->speed_up_limit > MANY_TIMES)
		snprintf(room, RESULT_SENTENCE, "%s Its CPU time alone would allow more than %d times as fast.",
			 advice->says, MANY_TIMES);
	else
		snprintf(room, RESULT_SENTENCE, "%s At most %.*f times as fast.", advice->says,
			 advice->speed_up_limit < 10, advice->speed_up_limit);
	return room;
}

const char *account__figure(char room[HUMAN], const struct accounting_row *row, struct figure figure)
{
	return human__figure(room, figure,
			     !strcmp(row->unit, "ns")	   ? human__time
			     : !strcmp(row->unit, "bytes") ? human__size
							   : human__count);
}
