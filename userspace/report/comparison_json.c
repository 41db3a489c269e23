/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mptrace.comparison/1: the keys of userspace/comparison/comparison.schema.json. */
#include <math.h>

#include "../base/json.h"
#include "comparison_report.h"
#include "contrast_report.h"
#include "validation_json.h"

static void write_figures(struct json *json, const struct compared_arm *arm)
{
	json__begin_object(json, "figures");
	for (size_t i = 0; i < metric_count; i++)
		json__number_or(json, metrics[i].name, arm->figures[i], "no trial measured it: see the trials");
	json__end_object(json);
}

static void write_arm(struct json *json, const struct compared_arm *arm)
{
	json__begin_object(json, NULL);
	json__string(json, "name", arm->name);
	json__string(json, "command", arm->command);
	json__integer(json, "rank", arm->rank);
	json__integer(json, "trials", arm->trials);
	json__integer(json, "failed", arm->failed);
	json__string(json, "outcome",
		     arm->cannot   ? "cannot"
		     : arm->failed ? outcome_names[arm->outcome]
		     : arm->trials ? outcome_names[OUTCOME_OK]
				   : NULL);
	json__string(json, "says", arm->says);
	validation_json__interval(json, "against_first", arm->against_first);
	validation_json__interval(json, "behind", arm->behind);
	json__string(json, "because", *arm->because ? arm->because : NULL);
	write_figures(json, arm);
	json__end_object(json);
}

static void write_pair(struct json *json, const struct comparison_point *point, const struct compared_pair *pair)
{
	json__begin_object(json, NULL);
	json__string(json, "first", point->arms[pair->first].name);
	json__string(json, "second", point->arms[pair->second].name);
	json__string(json, "verdict", pair_verdict_names[pair->verdict]);
	json__string(json, "reason", pair->of->reason);
	validation_json__interval(json, "ratio", pair->ratio);
	json__integer(json, "blocks", pair->of->blocks);
	json__integer(json, "voided", pair->of->voided);
	json__end_object(json);
}

static void write_point(struct json *json, const struct comparison_point *point)
{
	bool wins = point->best != SIZE_MAX && !point->open && !point->tied;

	json__begin_object(json, NULL);
	json__string(json, "label", point->label);
	json__string(json, "winner", wins ? point->arms[point->best].name : NULL);
	json__string(json, "verdict", comparison_point__verdict(point));
	json__string(json, "says", point->says);
	json__begin_array(json, "arms");
	for (size_t i = 0; i < point->arm_count; i++)
		write_arm(json, &point->arms[i]);
	json__end_array(json);
	json__begin_array(json, "pairs");
	for (size_t i = 0; i < point->pair_count; i++)
		write_pair(json, point, &point->pairs[i]);
	json__end_array(json);
	json__end_object(json);
}

static void write_crossover(struct json *json, const struct crossover *crossover)
{
	json__begin_object(json, NULL);
	json__string(json, "option", crossover->option);
	json__string(json, "first", crossover->first);
	json__string(json, "second", crossover->second);
	json__string(json, "from", crossover->from->label);
	json__string(json, "to", crossover->to->label);
	json__number_or(json, "estimate", crossover->estimate, "the ratios do not tell");
	json__number_or(json, "low", crossover->low, "no number");
	json__number_or(json, "high", crossover->high, "no number");
	json__end_object(json);
}

static void write_outcome(struct json *json, const struct validation *validation)
{
	json__begin_object(json, "outcome");
	json__boolean(json, "interrupted", validation->interrupted);
	json__string(json, "started", validation->started);
	json__integer(json, "took_ns", validation->took_ns);
	json__integer(json, "trials", validation->trials);
	json__end_object(json);
}

int report__comparison_json(FILE *file, const struct comparison *comparison, struct style style)
{
	struct json json = json__to(file);

	(void)style;
	json__begin_object(&json, NULL);
	json__string(&json, "schema", COMPARISON_SCHEMA);
	validation_json__environment(&json, comparison->validation);
	validation_json__spec(&json, comparison->validation);
	write_outcome(&json, comparison->validation);
	validation_json__validity(&json, comparison->validation);
	report__contrast_json(&json, comparison->validation->baseline);
	json__begin_array(&json, "points");
	for (size_t i = 0; i < comparison->point_count; i++)
		write_point(&json, &comparison->points[i]);
	json__end_array(&json);
	json__begin_array(&json, "crossovers");
	for (size_t i = 0; i < comparison->crossover_count; i++)
		write_crossover(&json, &comparison->crossovers[i]);
	json__end_array(&json);
	json__end_object(&json);
	return json__finish(&json);
}
