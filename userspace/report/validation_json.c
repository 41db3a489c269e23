/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mptrace.validation/1: the keys of userspace/validation/validation.schema.json. */
#include <math.h>

#include "../base/json.h"
#include "contrast_report.h"
#include "validation_json.h"
#include "validation_parts.h"
#include "validation_report.h"

static const char not_told[] = "the values that there are do not bound it";
static const char no_bound[] = "the rule sets no bound on this side";
static const char not_counted[] = "decided by an interval, not by counting";
static const char *const unit_names[] = {
	[UNIT_COUNT] = "count", [UNIT_NS] = "ns", [UNIT_BYTES] = "bytes", [UNIT_RATIO] = "ratio"};

static void write_ends(struct json *json, struct interval interval)
{
	json__number_or(json, "estimate", interval.estimate, "not measured");
	json__number_or(json, "low", interval.low, not_told);
	json__number_or(json, "high", interval.high, not_told);
}

void validation_json__interval(struct json *json, const char *key, struct interval interval)
{
	json__begin_object(json, key);
	write_ends(json, interval);
	json__end_object(json);
}

static struct figure counted(const struct finding *finding, uint64_t value)
{
	return finding && finding->condition->comparison == COMPARE_HOLDS ? measured(value) : not_measured(not_counted);
}

/* What a condition asks for; a detector asks for no violation and has none of this. */
static void write_region(struct json *json, const struct condition *condition)
{
	if (condition->comparison != COMPARE_REGION) {
		json__string(json, "region", NULL);
		return;
	}
	json__begin_object(json, "region");
	json__number_or(json, "low", condition->low, no_bound);
	json__number_or(json, "high", condition->high, no_bound);
	json__boolean(json, "open", condition->open);
	json__end_object(json);
}

/* The same keys for the effect of a claim, of a case and of each condition. */
static void write_effect(struct json *json, const char *key, const struct finding *finding)
{
	const struct condition *condition = finding ? finding->condition : NULL;
	bool counts = condition && condition->comparison == COMPARE_HOLDS;

	if (!condition || !finding__is_measured(finding)) {
		json__string(json, key, NULL);
		return;
	}
	json__begin_object(json, key);
	json__string(json, "metric", condition->text);
	json__string(json, "unit", unit_names[counts ? UNIT_COUNT : condition__unit(condition)]);
	write_ends(json, counts ? (struct interval){NAN, NAN, NAN} : finding->interval);
	write_region(json, condition);
	json__number_or(json, "margin", condition->margin > 0 ? condition->margin : NAN,
			"the rule has none: see region");
	json__end_object(json);
}

static void write_condition(struct json *json, const struct finding *finding)
{
	json__begin_object(json, NULL);
	json__string(json, "condition", finding->condition->text);
	json__string(json, "verdict", verdict_names[finding->verdict]);
	write_effect(json, "effect", finding);
	validation_json__interval(json, "student", finding->student);
	validation_json__interval(json, "median", finding->median);
	json__number_or(json, "larger", finding->larger, "it does not set one arm against another by an interval");
	json__boolean(json, "fragile", finding->fragile);
	json__figure(json, "opportunities", counted(finding, finding->opportunities));
	json__figure(json, "violations", counted(finding, finding->violations));
	json__string(json, "counterexample", *finding->counterexample ? finding->counterexample : NULL);
	json__integer(json, "blocks", finding->blocks);
	json__end_object(json);
}

/* Only those that were judged: an arm that could not run leaves none. */
static void write_conditions(struct json *json, const char *key, const struct finding *findings, size_t count)
{
	json__begin_array(json, key);
	for (size_t i = 0; i < count; i++)
		if (findings[i].condition)
			write_condition(json, &findings[i]);
	json__end_array(json);
}

static void write_mechanism(struct json *json, const struct case_finding *finding)
{
	json__begin_array(json, "mechanism");
	for (size_t i = 0; finding && i < finding->of->mechanism_count; i++) {
		const struct finding *figure = &finding->mechanism[i];

		if (!finding__is_measured(figure))
			continue;
		json__begin_object(json, NULL);
		json__string(json, "metric", figure->condition->text);
		json__string(json, "unit", unit_names[condition__unit(figure->condition)]);
		json__number_or(json, "value", figure->interval.estimate, "not measured");
		json__number_or(json, "low", figure->interval.low, not_told);
		json__number_or(json, "high", figure->interval.high, not_told);
		json__end_object(json);
	}
	json__end_array(json);
}

static void write_arms(struct json *json, const struct claim_case *of)
{
	json__begin_array(json, "arms");
	for (size_t i = 0; i < of->arm_count; i++) {
		json__begin_object(json, NULL);
		json__string(json, "name", of->arms[i].name);
		json__string(json, "command", of->arms[i].command);
		json__end_object(json);
	}
	json__end_array(json);
}

static const char *sub_reason(const struct case_finding *finding)
{
	return finding && finding->sub_reason != REASON_NONE ? sub_reason_names[finding->sub_reason] : NULL;
}

static void write_case(struct json *json, const struct case_finding *finding)
{
	json__begin_object(json, NULL);
	json__string(json, "name", finding->of->name);
	json__string(json, "verdict", verdict_names[finding->verdict]);
	json__string(json, "sub_reason", sub_reason(finding));
	json__string(json, "reason", finding->reason);
	json__string(json, "scale", finding->of->scale);
	json__string(json, "decide", finding->of->decide == DECIDE_BLOCKS ? "blocks" : "trials");
	write_effect(json, "effect", case_finding__decider(finding));
	write_conditions(json, "rule", finding->rule, finding->of->rule_count);
	write_conditions(json, "provided", finding->provided, finding->of->provided_count);
	write_mechanism(json, finding);
	json__integer(json, "blocks", finding->blocks);
	json__integer(json, "voided", finding->voided);
	json__integer(json, "looks", finding->looks);
	json__number_or(json, "smallest_visible", finding->smallest_visible,
			"it does not apply, or there are too few blocks");
	write_arms(json, finding->of);
	json__end_object(json);
}

static void write_statement(struct json *json, const struct claim *claim)
{
	json__string(json, "id", claim->id);
	json__string(json, "source", claim->source);
	json__string(json, "quote", claim->quote);
	json__string(json, "english", claim->english);
	json__string(json, "reading", claim->reading);
	json__string(json, "note", claim->note);
	json__string(json, "because", claim->because);
	json__string(json, "expected", claim->expects ? verdict_names[claim->expect] : NULL);
}

static void write_turns(struct json *json, const struct claim_finding *finding)
{
	json__begin_array(json, "turns");
	for (size_t i = 0; i < finding->turn_count; i++) {
		json__begin_object(json, NULL);
		json__string(json, "scale", finding->turns[i].from->scale);
		json__string(json, "from", finding->turns[i].from->name);
		json__string(json, "to", finding->turns[i].to->name);
		json__end_object(json);
	}
	json__end_array(json);
}

static void write_claim(struct json *json, const struct validation *validation, const struct claim_finding *finding)
{
	const struct case_finding *speaker = claim_finding__speaker(finding);
	const struct finding *decider = speaker ? case_finding__decider(speaker) : NULL;
	static const char counting[] = "decided by counting, or not at all";
	uint64_t blocks = 0, voided = 0;
	char command[SENTENCE];

	for (size_t i = 0; i < finding->claim->case_count; i++) {
		blocks += finding->cases[i].blocks;
		voided += finding->cases[i].voided;
	}
	json__begin_object(json, NULL);
	write_statement(json, finding->claim);
	json__string(json, "verdict", verdict_names[finding->verdict]);
	json__string(json, "sub_reason", sub_reason(speaker));
	json__string(json, "reason", finding->reason);
	json__boolean(json, "contradicts", finding->contradicts);
	write_effect(json, "effect", decider);
	json__figure(json, "opportunities", counted(decider, decider ? decider->opportunities : 0));
	json__figure(json, "violations", counted(decider, decider ? decider->violations : 0));
	json__number_or(json, "p", finding->p, counting);
	json__number_or(json, "holm_p", finding->holm_p, counting);
	write_mechanism(json, speaker);
	json__begin_array(json, "cases");
	for (size_t i = 0; i < finding->claim->case_count; i++)
		write_case(json, &finding->cases[i]);
	json__end_array(json);
	write_turns(json, finding);
	json__integer(json, "blocks", blocks);
	json__integer(json, "voided", voided);
	json__string(json, "command", claim_finding__command(command, validation, finding));
	json__end_object(json);
}

void validation_json__environment(struct json *json, const struct validation *validation)
{
	json__begin_object(json, "environment");
	report__environment(json, &validation->environment);
	json__string(json, "interpreter", *validation->interpreter ? validation->interpreter : NULL);
	json__end_object(json);
}

void validation_json__spec(struct json *json, const struct validation *validation)
{
	json__begin_object(json, "spec");
	json__integer(json, "seed", validation->seed);
	json__integer(json, "looks", validation->looks);
	json__integer(json, "blocks", validation->blocks);
	json__number_or(json, "level", validation->error, "unknown");
	json__boolean(json, "quick", validation->quick);
	json__string(json, "command", validation->command);
	json__end_object(json);
}

static void write_outcome(struct json *json, const struct validation *validation)
{
	struct tally tally = validation__tally(validation, NULL);

	json__begin_object(json, "outcome");
	json__boolean(json, "interrupted", validation->interrupted);
	json__string(json, "started", validation->started);
	json__integer(json, "took_ns", validation->took_ns);
	json__integer(json, "trials", validation->trials);
	json__integer(json, "contradicting", tally.endings[ENDING_FAILURE]);
	json__begin_object(json, "verdicts");
	for (int i = 0; i < VERDICTS; i++)
		json__integer(json, verdict_names[i], tally.verdicts[i]);
	json__end_object(json);
	json__end_object(json);
}

static void write_controls(struct json *json, const struct validation *validation)
{
	json__begin_array(json, "controls");
	for (size_t i = 0; i < validation->control_count; i++) {
		const struct control_row *control = &validation->controls[i];

		json__begin_object(json, NULL);
		json__string(json, "name", control->name);
		json__string(json, "verdict", verdict_names[control->verdict]);
		json__string(json, "evidence", control->evidence);
		validation_json__interval(json, "ratio", control->interval);
		json__integer(json, "blocks", control->blocks);
		json__end_object(json);
	}
	json__end_array(json);
}

static void write_voids(struct json *json, const struct validation *validation)
{
	json__begin_array(json, "voided");
	for (size_t i = 0; i < validation->void_count; i++) {
		const struct void_row *row = &validation->voids[i];

		json__begin_object(json, NULL);
		json__string(json, "command", row->command);
		json__integer(json, "trials", row->trials);
		json__integer(json, "voided", row->voided);
		json__string(json, "why", *row->why ? row->why : NULL);
		json__end_object(json);
	}
	json__end_array(json);
}

void validation_json__validity(struct json *json, const struct validation *validation)
{
	char threats[MAX_THREATS][SENTENCE];
	size_t count = validation__threats(threats, validation);

	json__begin_object(json, "validity");
	write_controls(json, validation);
	validation_json__interval(json, "overhead", validation->overhead);
	json__number_or(json, "ns_per_switch", validation->ns_per_switch, "not measured");
	json__integer(json, "lost", validation->lost);
	write_voids(json, validation);
	json__begin_array(json, "threats");
	for (size_t i = 0; i < count; i++)
		json__string(json, NULL, threats[i]);
	json__end_array(json);
	json__end_object(json);
}

int report__validation_json(FILE *file, const struct validation *validation, struct style style)
{
	struct json json = json__to(file);

	(void)style;
	json__begin_object(&json, NULL);
	json__string(&json, "schema", VALIDATION_SCHEMA);
	validation_json__environment(&json, validation);
	validation_json__spec(&json, validation);
	write_outcome(&json, validation);
	validation_json__validity(&json, validation);
	report__contrast_json(&json, validation->baseline);
	json__begin_array(&json, "claims");
	for (size_t i = 0; i < validation->finding_count; i++)
		write_claim(&json, validation, &validation->findings[i]);
	json__end_array(&json);
	json__end_object(&json);
	return json__finish(&json);
}
