/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trial_row.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"

static double in_own_unit(const struct metric *metric, struct figure figure)
{
	if (figure.missing)
		return NAN;
	return metric->unit == UNIT_RATIO ? (double)figure.value / 1000 : (double)figure.value;
}

void trial_row__from(struct trial_row *row, const struct result *result)
{
	row->outcome = result->outcome.status;
	snprintf(row->says, sizeof(row->says), "%s", result->outcome.says);
	for (size_t i = 0; i < metric_count && i < MAX_METRICS; i++)
		row->metrics[i] = in_own_unit(&metrics[i], metric__of(&metrics[i], result));
	row->check_count = result->check_count;
	for (size_t i = 0; i < result->check_count; i++) {
		struct check_count *check = &row->checks[i];

		snprintf(check->id, sizeof(check->id), "%s", result->checks[i].id);
		check->verdict = result->checks[i].verdict;
		check->opportunities = result->checks[i].opportunities;
		check->violations = result->checks[i].violations;
	}
	for (size_t i = 0; i < result->account_count; i++)
		row->off |= result->accounting[i].status == ACCOUNT_OFF;
	for (size_t i = 0; i < LOSS_COUNT; i++)
		row->lost += result->tracer.lost[i];
	row->ns_per_switch = result->tracer.ns_per_switch.missing ? NAN : (double)result->tracer.ns_per_switch.value;
	row->cpu_share = result->tracer.cpu_permille.missing ? NAN : (double)result->tracer.cpu_permille.value / 1000;
}

static void write_metrics(struct json *json, const struct trial_row *row)
{
	json__begin_object(json, "metrics");
	for (size_t i = 0; i < metric_count && i < MAX_METRICS; i++)
		if (!isnan(row->metrics[i]))
			json__number(json, metrics[i].name, row->metrics[i]);
	json__end_object(json);
}

static void write_checks(struct json *json, const struct trial_row *row)
{
	json__begin_array(json, "checks");
	for (size_t i = 0; i < row->check_count; i++) {
		json__begin_object(json, NULL);
		json__string(json, "id", row->checks[i].id);
		json__string(json, "verdict", check_names[row->checks[i].verdict]);
		json__integer(json, "opportunities", row->checks[i].opportunities);
		json__integer(json, "violations", row->checks[i].violations);
		json__end_object(json);
	}
	json__end_array(json);
}

static void write_gates(struct json *json, const struct trial_row *row)
{
	json__begin_array(json, "gates");
	for (size_t i = 0; i < row->gate_count; i++) {
		json__begin_object(json, NULL);
		json__string(json, "name", row->gates[i].name);
		json__number(json, "value", row->gates[i].value);
		json__number(json, "limit", row->gates[i].limit);
		json__boolean(json, "shut", row->gates[i].shut);
		json__end_object(json);
	}
	json__end_array(json);
}

int trial_row__write(FILE *file, const struct trial_row *row)
{
	struct json json = json__line_to(file);

	json__begin_object(&json, NULL);
	json__string(&json, "command", row->command);
	json__integer(&json, "block", row->block);
	json__integer(&json, "place", row->place);
	json__integer(&json, "started_ns", row->started_ns);
	json__integer(&json, "took_ns", row->took_ns);
	json__boolean(&json, "cannot", row->cannot);
	json__string(&json, "outcome", outcome_names[row->outcome]);
	json__string(&json, "says", row->says);
	json__string(&json, "voided", row->voided);
	json__boolean(&json, "off", row->off);
	json__integer(&json, "lost", row->lost);
	json__number(&json, "ns_per_switch", row->ns_per_switch);
	json__number(&json, "cpu_share", row->cpu_share);
	write_metrics(&json, row);
	write_checks(&json, row);
	write_gates(&json, row);
	json__end_object(&json);
	return json__finish(&json);
}

/* A line as it is read: the first thing that is wrong stays. */
struct reader {
	struct failure *failure;
	struct unknown_keys *unknown;
	int wrong;
};

static json_t *take(struct reader *reader, const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		reader->wrong = fail(reader->failure, STATUS_USAGE, "lacks \"%s\"", key);
	return value;
}

static uint64_t whole(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = take(reader, object, key);

	if (value && (!json_is_integer(value) || json_integer_value(value) < 0))
		reader->wrong = fail(reader->failure, STATUS_USAGE, "\"%s\" is no whole number", key);
	return (uint64_t)json_integer_value(value);
}

/* A number or null; jansson refuses what is not finite. */
static double number(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = take(reader, object, key);

	if (value && !json_is_number(value) && !json_is_null(value))
		reader->wrong = fail(reader->failure, STATUS_USAGE, "\"%s\" is no number", key);
	return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *string(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = take(reader, object, key);

	if (value && !json_is_string(value))
		reader->wrong = fail(reader->failure, STATUS_USAGE, "\"%s\" is no text", key);
	return json_is_string(value) ? json_string_value(value) : "";
}

static bool truth(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = take(reader, object, key);

	if (value && !json_is_boolean(value))
		reader->wrong = fail(reader->failure, STATUS_USAGE, "\"%s\" is neither true nor false", key);
	return json_is_true(value);
}

/* Which of @count @names the text is. */
static unsigned named(struct reader *reader, const json_t *object, const char *key, const char *const *names,
		      unsigned count)
{
	const char *text = string(reader, object, key);

	for (unsigned i = 0; i < count; i++)
		if (!strcmp(text, names[i]))
			return i;
	reader->wrong =
		fail(reader->failure, STATUS_USAGE, "\"%s\" is '%.40s', which is none of its values", key, text);
	return 0;
}

static const json_t *list(struct reader *reader, const json_t *object, const char *key, size_t room)
{
	const json_t *value = take(reader, object, key);

	if (value && (!json_is_array(value) || json_array_size(value) > room)) {
		reader->wrong = fail(reader->failure, STATUS_USAGE, "\"%s\" is no list of at most %zu", key, room);
		return NULL;
	}
	return value;
}

static const char *const row_keys[] = {"command",   "block",   "place",	 "started_ns", "took_ns", "cannot",
				       "outcome",   "says",    "voided", "off",	       "lost",	  "ns_per_switch",
				       "cpu_share", "metrics", "checks", "gates",      NULL};
static const char *const check_keys[] = {"id", "verdict", "opportunities", "violations", NULL};
static const char *const gate_keys[] = {"name", "value", "limit", "shut", NULL};

#define MOST_METRIC 9e18 /* as a result's figures: they are whole numbers of 64 bits */

/* Nothing takes no time. */
static bool is_possible(const struct metric *metric, double value)
{
	return value >= (metric == metric__find("wall_ns")) && value <= MOST_METRIC;
}

/* A metric that an older or newer version knew, and this one does not, is passed over. */
static void read_metrics(struct reader *reader, const json_t *object, struct trial_row *row)
{
	json_t *values = take(reader, object, "metrics"), *value;
	const char *name;

	for (size_t i = 0; i < MAX_METRICS; i++)
		row->metrics[i] = NAN;
	if (values && !json_is_object(values))
		reader->wrong = fail(reader->failure, STATUS_USAGE, "\"metrics\" is no object");
	json_object_foreach(values, name, value)
	{
		const struct metric *metric = metric__find(name);

		if (!json_is_number(value))
			reader->wrong = fail(reader->failure, STATUS_USAGE, "metric \"%.60s\" is no number", name);
		else if (!is_possible(metric, json_number_value(value)))
			reader->wrong = fail(reader->failure, STATUS_USAGE, "metric \"%.60s\" is out of range", name);
		else if (metric)
			row->metrics[metric - metrics] = json_number_value(value);
		else
			unknown_keys__note(reader->unknown, "metrics", name);
	}
}

static void read_checks(struct reader *reader, const json_t *object, struct trial_row *row)
{
	const json_t *values = list(reader, object, "checks", MAX_CHECKS);

	row->check_count = json_array_size(values);
	for (size_t i = 0; i < row->check_count; i++) {
		json_t *value = json_array_get(values, i);
		struct check_count *check = &row->checks[i];

		snprintf(check->id, sizeof(check->id), "%s", string(reader, value, "id"));
		check->verdict = named(reader, value, "verdict", check_names, CHECK_NO_CHANCE + 1);
		check->opportunities = whole(reader, value, "opportunities");
		check->violations = whole(reader, value, "violations");
		unknown_keys__of(reader->unknown, "checks", value, check_keys);
	}
}

static void read_gates(struct reader *reader, const json_t *object, struct trial_row *row)
{
	const json_t *values = list(reader, object, "gates", MAX_GATES);

	row->gate_count = json_array_size(values);
	for (size_t i = 0; i < row->gate_count; i++) {
		json_t *value = json_array_get(values, i);
		struct gate_row *gate = &row->gates[i];

		snprintf(gate->name, sizeof(gate->name), "%s", string(reader, value, "name"));
		gate->value = number(reader, value, "value");
		gate->limit = number(reader, value, "limit");
		gate->shut = truth(reader, value, "shut");
		unknown_keys__of(reader->unknown, "gates", value, gate_keys);
	}
}

static void read_row(struct reader *reader, json_t *object, struct trial_row *row)
{
	uint64_t block = whole(reader, object, "block"), place = whole(reader, object, "place");

	if (block > MAX_BLOCKS || place > UINT32_MAX)
		reader->wrong = fail(reader->failure, STATUS_USAGE, "\"block\" or \"place\" is out of range");
	row->command = strdup(string(reader, object, "command"));
	if (!row->command)
		reader->wrong = fail(reader->failure, STATUS_CANNOT, "out of memory");
	row->block = (uint32_t)block;
	row->place = (uint32_t)place;
	row->started_ns = whole(reader, object, "started_ns");
	row->took_ns = whole(reader, object, "took_ns");
	row->cannot = truth(reader, object, "cannot");
	row->outcome = named(reader, object, "outcome", outcome_names, OUTCOME_TIMEOUT + 1);
	snprintf(row->says, sizeof(row->says), "%s", string(reader, object, "says"));
	snprintf(row->voided, sizeof(row->voided), "%s", string(reader, object, "voided"));
	row->off = truth(reader, object, "off");
	row->lost = whole(reader, object, "lost");
	row->ns_per_switch = number(reader, object, "ns_per_switch");
	row->cpu_share = number(reader, object, "cpu_share");
	read_metrics(reader, object, row);
	read_checks(reader, object, row);
	read_gates(reader, object, row);
	unknown_keys__of(reader->unknown, "", object, row_keys);
}

int trial_row__read(struct trial_row *row, const char *line, size_t size, struct unknown_keys *unknown,
		    struct failure *failure)
{
	struct reader reader = {.failure = failure, .unknown = unknown};
	json_error_t error;
	json_t *object = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);

	memset(row, 0, sizeof(*row));
	if (!object)
		return fail(failure, STATUS_USAGE, "column %d: %s", error.column, error.text);
	if (json_is_object(object))
		read_row(&reader, object, row);
	else
		reader.wrong = fail(failure, STATUS_USAGE, "is no object");
	json_decref(object);
	if (reader.wrong)
		trial_row__free(row);
	return reader.wrong ? -1 : 0;
}

void trial_row__free(struct trial_row *row)
{
	free(row->command);
	row->command = NULL;
}
