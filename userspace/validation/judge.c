/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From all trials to all verdicts: cases, claims, controls, and what holds for the whole run. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "validation.h"

const char *const sub_reason_names[] = {"", "negligible", "opposite", "weak", "noise", "budget"};

void command__kind(const char *command, char kind[40])
{
	struct failure failure = {0};
	char **words;
	int count;
	struct arm arm;

	snprintf(kind, 40, "unknown");
	if (command__words(command, &words, &count, &failure))
		return;
	if (!arm__parse(&arm, count, words, &failure))
		snprintf(kind, 40, "%s %s", engine_names[arm.python.call ? ENGINE_PYTHON : arm.experiment.plan.engine],
			 workload_kinds[arm.experiment.plan.workload].name);
	free(words);
}

/* What was found of the controls. */
struct controls {
	const struct claim_finding **list;
	size_t count;
};

static const struct claim_finding *find(const struct controls *controls, const char *id)
{
	for (size_t i = 0; i < controls->count; i++)
		if (!strcmp(controls->list[i]->claim->id, id))
			return controls->list[i];
	return NULL;
}

void control__id(const char *what, const char *command, char id[64])
{
	char kind[40];

	command__kind(command, kind);
	snprintf(id, 64, "%s-%s", what, kind);
	for (char *at = id; *at; at++)
		if (*at == ' ')
			*at = '-';
}

/* The control of kind @what ("again", "more") for an arm's engine and workload; NULL: there was none. */
static const struct claim_finding *control_for(const struct controls *controls, const char *what, const char *command)
{
	char id[64];

	control__id(what, command, id);
	return find(controls, id);
}

/* Whether the verdict is that there is no effect: one that was claimed, or one that should be there. */
static bool sees_no_effect(const struct case_finding *finding)
{
	bool equivalence = false;

	if (finding->of->decide != DECIDE_BLOCKS)
		return false;
	for (size_t i = 0; i < finding->of->rule_count; i++)
		equivalence |= finding->of->rule[i]->margin > 0;
	return equivalence ? finding->verdict == VERDICT_CONFIRMED : finding->sub_reason == REASON_NEGLIGIBLE;
}

/*
 * That nothing differs can only be said where an injected difference was seen. As long as more blocks could show it,
 * they are wanted.
 */
static void demand_sensitivity(const struct controls *controls, struct case_finding *finding)
{
	for (size_t i = 0; i < finding->of->arm_count; i++) {
		const struct claim_finding *more = control_for(controls, "more", finding->of->arms[i].command);

		if (more && more->verdict == VERDICT_CONFIRMED)
			continue;
		finding->verdict = VERDICT_INCONCLUSIVE;
		finding->wanted = more ? more->cases[0].wanted : 0;
		finding->sub_reason = finding->wanted ? REASON_BUDGET : REASON_NOISE;
		snprintf(finding->reason, sizeof(finding->reason),
			 "no effect was seen, but neither was the injected one of %.100s",
			 finding->of->arms[i].command);
		return;
	}
}

/* A control of identical arms that differ. */
static const struct claim_finding *alarmed(const struct controls *controls)
{
	for (size_t i = 0; i < controls->count; i++)
		if (!strncmp(controls->list[i]->claim->id, "again-", 6) &&
		    controls->list[i]->verdict == VERDICT_REFUTED)
			return controls->list[i];
	return NULL;
}

/* What the controls say about one case. Identical arms that differ void all intervals of the report. */
static void apply_controls(const struct controls *controls, struct case_finding *finding)
{
	const struct claim_finding *capacity = find(controls, "capacity"), *differs = alarmed(controls);

	if (finding->verdict == VERDICT_NOT_RUN || finding->verdict == VERDICT_INVALID)
		return;
	if (finding->of->decide == DECIDE_BLOCKS && differs) {
		finding->verdict = VERDICT_INVALID;
		finding->wanted = 0;
		snprintf(finding->reason, sizeof(finding->reason),
			 "identical runs differ (control %.60s): no interval of this report counts",
			 differs->claim->id);
	} else if (finding->of->needs.cpus > 1 && capacity && capacity->verdict == VERDICT_REFUTED) {
		finding->verdict = VERDICT_INVALID;
		snprintf(finding->reason, sizeof(finding->reason),
			 "this machine did not run two threads at once (control: parallel capacity)");
	} else if (finding->of->needs.cpus > 1 && finding->of->decide == DECIDE_BLOCKS && capacity &&
		   capacity->verdict != VERDICT_CONFIRMED) {
		finding->verdict = VERDICT_INCONCLUSIVE;
		finding->wanted = capacity->cases[0].wanted;
		snprintf(finding->reason, sizeof(finding->reason),
			 "it is not sure that this machine runs two threads at once (control: parallel capacity)");
	} else if (sees_no_effect(finding)) {
		demand_sensitivity(controls, finding);
	}
}

static bool is_decided(const struct case_finding *finding)
{
	return finding->verdict == VERDICT_CONFIRMED || finding->verdict == VERDICT_REFUTED;
}

/* The next decided case on the scale of case @at, or NULL. */
static const struct case_finding *next_on_scale(const struct claim_finding *finding, size_t at)
{
	const char *scale = finding->claim->cases[at].scale;

	for (size_t i = at + 1; scale && i < finding->claim->case_count; i++)
		if (finding->claim->cases[i].scale && !strcmp(finding->claim->cases[i].scale, scale) &&
		    is_decided(&finding->cases[i]))
			return &finding->cases[i];
	return NULL;
}

static void find_turns(struct claim_finding *finding)
{
	finding->turn_count = 0;
	for (size_t i = 0; i < finding->claim->case_count; i++) {
		const struct case_finding *next = next_on_scale(finding, i);

		if (next && is_decided(&finding->cases[i]) && next->verdict != finding->cases[i].verdict)
			finding->turns[finding->turn_count++] = (struct turn){finding->cases[i].of, next->of};
	}
}

/* Cases that come out differently make it conditional; one that is not decided leaves it open. */
static void conclude(struct claim_finding *finding)
{
	size_t cases[VERDICTS] = {0};
	enum verdict verdict = VERDICT_INCONCLUSIVE;

	for (size_t i = 0; i < finding->claim->case_count; i++)
		cases[finding->cases[i].verdict]++;
	if (cases[VERDICT_NOT_RUN] == finding->claim->case_count)
		verdict = VERDICT_NOT_RUN;
	else if (cases[VERDICT_INVALID])
		verdict = VERDICT_INVALID;
	else if (cases[VERDICT_CONFIRMED] && cases[VERDICT_REFUTED])
		verdict = VERDICT_CONDITIONAL;
	else if (!cases[VERDICT_INCONCLUSIVE])
		verdict = cases[VERDICT_CONFIRMED] ? VERDICT_CONFIRMED : VERDICT_REFUTED;
	finding->verdict = verdict;
	/* Cases that were not run could have made the difference to CONDITIONAL. */
	finding->contradicts =
		finding->claim->expects && verdict != finding->claim->expect &&
		!(finding->claim->expect == VERDICT_CONDITIONAL && cases[VERDICT_NOT_RUN]) &&
		(verdict == VERDICT_CONFIRMED || verdict == VERDICT_REFUTED || verdict == VERDICT_CONDITIONAL);
	find_turns(finding);
	for (size_t i = 0; i < finding->claim->case_count; i++)
		if (finding->cases[i].reason[0] &&
		    (finding->cases[i].verdict == verdict || finding->claim->case_count == 1)) {
			snprintf(finding->reason, sizeof(finding->reason), "%s", finding->cases[i].reason);
			break;
		}
}

/* Sums and extremes over trials. */
static void sum_trials(struct validation *validation, const struct trial_row *rows, size_t count)
{
	double *costs = calloc(count + 1, sizeof(*costs));
	size_t found = 0;

	validation->trials = 0;
	validation->lost = 0;
	validation->took_ns = 0;
	for (size_t i = 0; i < count; i++) {
		validation->trials += !rows[i].cannot;
		validation->lost += rows[i].lost;
		validation->took_ns += rows[i].took_ns;
		if (costs && !isnan(rows[i].ns_per_switch))
			costs[found++] = rows[i].ns_per_switch;
	}
	validation->ns_per_switch = costs && found ? interval__range(costs, found).estimate : NAN;
	free(costs);
}

static struct void_row *void_row_of(struct validation *validation, const char *command)
{
	for (size_t i = 0; i < validation->void_count; i++)
		if (!strcmp(validation->voids[i].command, command))
			return &validation->voids[i];
	validation->voids[validation->void_count].command = command;
	return &validation->voids[validation->void_count++];
}

/* Trials and voided ones by arm; neither the warm-up counts nor what could not be run. */
static int count_voids(struct validation *validation, const struct trial_row *rows, size_t count,
		       struct failure *failure)
{
	validation->voids = calloc(count + 1, sizeof(*validation->voids));
	if (!validation->voids)
		return fail(failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct void_row *row;

		if (!rows[i].block || rows[i].cannot)
			continue;
		row = void_row_of(validation, rows[i].command);
		row->trials++;
		if (!rows[i].voided[0])
			continue;
		row->voided++;
		snprintf(row->why, sizeof(row->why), "%s", rows[i].voided);
	}
	return 0;
}

/* The controls as rows of their own; what watching costs is the ratio of all untraced ones together. */
static int list_controls(struct validation *validation, struct claim_finding *all, size_t count,
			 struct failure *failure)
{
	double *overheads = calloc(count + 1, sizeof(*overheads));
	size_t found = 0;

	validation->controls = calloc(count + 1, sizeof(*validation->controls));
	if (!validation->controls || !overheads) {
		free(overheads);
		return fail(failure, STATUS_CANNOT, "out of memory");
	}
	for (size_t i = 0; i < count; i++) {
		struct control_row *row = &validation->controls[validation->control_count];
		const struct case_finding *of = &all[i].cases[0];

		if (!claim__is_control(all[i].claim) || (!of->blocks && !of->voided))
			continue;
		validation->control_count++;
		*row = (struct control_row){.name = all[i].claim->id,
					    .verdict = all[i].verdict,
					    .interval = of->rule[0].interval,
					    .blocks = of->blocks};
		snprintf(row->evidence, sizeof(row->evidence), "%s", all[i].claim->english);
		if (!strncmp(row->name, "untraced-", 9) && isfinite(row->interval.estimate))
			overheads[found++] = row->interval.estimate;
	}
	validation->overhead = found ? interval__range(overheads, found) : (struct interval){NAN, NAN, NAN};
	free(overheads);
	return 0;
}

static bool wants_more(const struct claim_finding *finding)
{
	for (size_t i = 0; i < finding->claim->case_count; i++)
		if (finding->cases[i].wanted)
			return true;
	return false;
}

/* Ends of the regions that a claim's intervals are held against: each may be passed by chance. */
static size_t ends_of(const struct claim *claim)
{
	size_t ends = 0;

	for (size_t i = 0; i < claim->case_count; i++) {
		const struct claim_case *of = &claim->cases[i];

		for (size_t j = 0; of->decide == DECIDE_BLOCKS && !of->left_out && j < of->rule_count; j++)
			ends += of->rule[j]->comparison == COMPARE_REGION
					? (size_t)isfinite(of->rule[j]->low) + (size_t)isfinite(of->rule[j]->high)
					: 0;
	}
	return ends;
}

/* An interval errs at both its sides, an end is passed at one: two ends share an error without loss. */
static double shares(size_t ends)
{
	return ends > 2 ? (double)ends / 2 : 1;
}

static double largest_p(const struct claim_finding *finding)
{
	double largest = NAN;

	for (size_t i = 0; i < finding->claim->case_count; i++)
		largest = fmax(largest, finding->cases[i].rule_p); /* of a NAN and a number, the number */
	return largest;
}

static double smallest_p(const struct claim_finding *finding, enum verdict verdict)
{
	double smallest = NAN;

	for (size_t i = 0; i < finding->claim->case_count; i++)
		if (finding->cases[i].verdict == verdict)
			smallest = fmin(smallest, finding->cases[i].rule_p);
	return smallest;
}

/* Every case must be as it is; that a claim is conditional takes one of either kind. */
static double claim_p(const struct claim_finding *finding)
{
	double p = finding->verdict == VERDICT_CONDITIONAL
			   ? fmax(smallest_p(finding, VERDICT_CONFIRMED), smallest_p(finding, VERDICT_REFUTED))
			   : largest_p(finding);

	return isnan(p) || finding->verdict == VERDICT_INVALID || finding->verdict == VERDICT_NOT_RUN
		       ? NAN
		       : fmin(1, shares(ends_of(finding->claim)) * looks__overall(finding->looks.count, p));
}

/* The looks of the claim that comes after @before others. Their numbers take a while: most claims have the same ones.
 */
static struct look_plan plan_looks(const struct validation *validation, const struct claim *claim,
				   const struct claim_finding *all, size_t before)
{
	double overall = validation->error / shares(ends_of(claim));

	for (size_t i = 0; i < before; i++)
		if (all[i].looks.overall == overall)
			return all[i].looks;
	return look_plan__make(validation->blocks, overall);
}

static int judge_claim(const struct validation *validation, struct claim_finding *all, size_t at,
		       const struct trial_row *rows, size_t count, struct failure *failure)
{
	const struct claim *claim = validation->claims->list[at];
	struct claim_finding *finding = &all[at];

	*finding = (struct claim_finding){
		.claim = claim, .looks = plan_looks(validation, claim, all, at), .p = NAN, .holm_p = NAN};
	finding->cases = calloc(claim->case_count, sizeof(*finding->cases));
	if (!finding->cases)
		return fail(failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < claim->case_count; i++)
		if (case__judge(&finding->cases[i], &claim->cases[i], validation->environment.cpus, &finding->looks,
				rows, count, failure))
			return -1;
	conclude(finding);
	return 0;
}

/* Holm's column over the claims that have intervals, the undecided ones among them: they were tried as well. */
static void adjust(struct claim_finding *findings, size_t count)
{
	double *p = calloc(count + 1, sizeof(*p));
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		findings[i].p = claim_p(&findings[i]);
	for (size_t i = 0; p && i < count; i++)
		if (!isnan(findings[i].p))
			p[found++] = findings[i].p;
	if (p)
		holm__adjust(p, found);
	found = 0;
	for (size_t i = 0; p && i < count; i++)
		if (!isnan(findings[i].p))
			findings[i].holm_p = p[found++];
	free(p);
}

static void free_findings(struct claim_finding *findings, size_t count)
{
	for (size_t i = 0; findings && i < count; i++)
		free(findings[i].cases);
	free(findings);
}

static void forget(struct validation *validation)
{
	free_findings(validation->findings, validation->finding_count);
	free(validation->controls);
	free(validation->voids);
	validation->findings = NULL;
	validation->controls = NULL;
	validation->voids = NULL;
	validation->finding_count = validation->control_count = validation->void_count = 0;
}

/* Controls are judged like claims, leave the list, and have their word about the others. */
static int judge_all(struct validation *validation, struct claim_finding *all, const struct trial_row *rows,
		     size_t count, struct failure *failure)
{
	size_t claims = validation->claims->count;
	struct controls controls = {.list = calloc(claims + 1, sizeof(*controls.list))};

	if (!controls.list)
		return fail(failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < claims; i++) {
		if (judge_claim(validation, all, i, rows, count, failure)) {
			free(controls.list);
			return -1;
		}
		if (claim__is_control(all[i].claim))
			controls.list[controls.count++] = &all[i];
	}
	for (size_t i = 0; i < claims; i++) {
		if (claim__is_control(all[i].claim))
			continue;
		for (size_t j = 0; j < all[i].claim->case_count; j++)
			apply_controls(&controls, &all[i].cases[j]);
		conclude(&all[i]);
	}
	free(controls.list);
	return list_controls(validation, all, claims, failure);
}

int validation__judge(struct validation *validation, const struct trial_row *rows, size_t count,
		      struct failure *failure)
{
	size_t claims = validation->claims->count;
	struct claim_finding *all = calloc(claims + 1, sizeof(*all));
	int status;

	forget(validation);
	if (!all)
		return fail(failure, STATUS_CANNOT, "out of memory");
	validation->rows = rows;
	validation->row_count = count;
	status = judge_all(validation, all, rows, count, failure);
	validation->findings = calloc(claims + 1, sizeof(*all));
	validation->interrupted = false;
	for (size_t i = 0; i < claims; i++)
		if (validation->findings && all[i].claim && !claim__is_control(all[i].claim))
			validation->findings[validation->finding_count++] = all[i];
		else
			free(all[i].cases);
	free(all);
	if (status || !validation->findings)
		return fail(failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < validation->finding_count; i++)
		validation->interrupted |= wants_more(&validation->findings[i]);
	adjust(validation->findings, validation->finding_count);
	sum_trials(validation, rows, count);
	return count_voids(validation, rows, count, failure);
}

int validation__status(const struct validation *validation, bool strict)
{
	bool contradicts = false, invalid = false, undecided = validation->lost != 0;

	for (size_t i = 0; i < validation->finding_count; i++) {
		enum verdict verdict = validation->findings[i].verdict;

		contradicts |= validation->findings[i].contradicts;
		invalid |= verdict == VERDICT_INVALID;
		undecided |= verdict == VERDICT_INCONCLUSIVE || verdict == VERDICT_NOT_RUN;
	}
	if (contradicts)
		return STATUS_CONTRADICTED;
	if (invalid)
		return STATUS_INVALID;
	return strict && undecided ? STATUS_UNSURE : STATUS_DONE;
}

void validation__free(struct validation *validation)
{
	forget(validation);
}
