/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What speaks against a validation's verdicts: sentences made from what is known of the machine and of the trials. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "human.h"
#include "validation_parts.h"

#define FEW_CPUS 4 /* fewer than this, and much of what people write about cannot show */
#define SLOWED 1.05 /* the default margin: watching that costs more could make a difference of its own */
#define MANY_VOID 0.1

struct threats {
	char (*list)[SENTENCE];
	size_t count;
};

static void __attribute__((format(printf, 2, 3))) add(struct threats *threats, const char *format, ...)
{
	va_list arguments;

	if (threats->count == MAX_THREATS)
		return;
	va_start(arguments, format);
	vsnprintf(threats->list[threats->count++], SENTENCE, format, arguments);
	va_end(arguments);
}

static void look_at_machine(struct threats *threats, const struct validation *validation)
{
	const struct environment *environment = &validation->environment;

	if (environment->virtual_machine)
		add(threats,
		    "a virtual machine: its host takes CPUs away unseen, and page faults and wake-ups cost more "
		    "than on bare metal");
	if (environment->cpus < FEW_CPUS)
		add(threats, "%" PRIu32 " CPU%s: what only shows on more of them was not seen", environment->cpus,
		    environment->cpus == 1 ? "" : "s");
	if (!environment->hardware_counters)
		add(threats, "no hardware counters (PMU): cache misses and cycles were not observed, only their effect "
			     "on time");
	if (strcmp(environment->cgroup_mode, "v2"))
		add(threats,
		    "control groups %s: memory and CPU time are charged by other rules than v2's, and a group "
		    "has no pressure figures of its own",
		    environment->cgroup_mode);
	if (!*validation->interpreter)
		add(threats, "no Python was found: what is said about it was not tried");
	add(threats, "one host, one kernel, one day: another machine may come out differently");
}

static void look_at_trials(struct threats *threats, const struct validation *validation)
{
	size_t trials = 0, voided = 0, unlike = 0;
	char lost[HUMAN];

	for (size_t i = 0; i < validation->void_count; i++) {
		trials += validation->voids[i].trials;
		voided += validation->voids[i].voided;
	}
	if (validation->interrupted)
		add(threats, "it is not finished: more blocks could decide what is open");
	if (validation->lost)
		add(threats, "%s events were lost: the trials that lost them are void",
		    human__count(lost, validation->lost));
	if ((double)voided > MANY_VOID * (double)trials)
		add(threats, "%zu of %zu trials are void: this machine was busy with other things", voided, trials);
	if (validation->overhead.estimate >= SLOWED)
		add(threats, "watching made runs %.2g %% longer: times are those of watched runs",
		    100 * (validation->overhead.estimate - 1));
	for (size_t i = 0; i < validation->control_count; i++)
		unlike += validation->controls[i].verdict != VERDICT_CONFIRMED;
	if (unlike)
		add(threats, "%zu of %zu controls are not known to be as they must be: see there", unlike,
		    validation->control_count);
}

static bool is_fragile(const struct claim_finding *finding)
{
	for (size_t i = 0; i < finding->claim->case_count; i++)
		for (size_t j = 0; j < finding->cases[i].of->rule_count; j++)
			if (finding->cases[i].rule[j].fragile)
				return true;
	return false;
}

static void look_at_verdicts(struct threats *threats, const struct validation *validation)
{
	size_t fragile = 0, decided = 0, weak = 0;

	for (size_t i = 0; i < validation->finding_count; i++) {
		const struct claim_finding *finding = &validation->findings[i];

		if (finding->verdict == VERDICT_NOT_RUN)
			continue;
		fragile += is_fragile(finding);
		if (isnan(finding->holm_p) || claim_finding__ending(finding) == ENDING_SKIPPED)
			continue;
		decided++;
		weak += finding->holm_p > validation->error;
	}
	if (fragile)
		add(threats, "FRAGILE: %zu %s%s would have come out otherwise by Student's t or the sign test", fragile,
		    validation__noun(validation), fragile == 1 ? "" : "s");
	if (weak)
		add(threats, "%zu of %zu verdicts hold one by one, but not if all of them are to hold together (Holm)",
		    weak, decided);
}

size_t validation__threats(char list[MAX_THREATS][SENTENCE], const struct validation *validation)
{
	struct threats threats = {list, 0};

	look_at_machine(&threats, validation);
	look_at_trials(&threats, validation);
	look_at_verdicts(&threats, validation);
	return threats.count;
}
