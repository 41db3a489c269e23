/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots of what is stored: the trials of a validation or comparison, or the JSON of anything. */
#include <errno.h>
#include <jansson.h>
#include <libgen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/file.h"
#include "../comparison/comparison.h"
#include "../result/read.h"
#include "../validation/stored.h"
#include "snapshot.h"

/* What its reader says of a document whose parts are not what they should be; else 0, or -1: out of memory. */
#define SHAPELESS 2

/* Whatever a JSON value is, as a text; NULL: it is no single value. */
static const char *as_text(char room[64], const json_t *value)
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value))
		snprintf(room, 64, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(room, 64, "%.6g", json_real_value(value));
	else if (json_is_boolean(value))
		snprintf(room, 64, "%s", json_is_true(value) ? "yes" : "no");
	else
		return NULL;
	return room;
}

/* The single values of an object, with @of in front of their names: facts. */
static int add_members(struct snapshot *snapshot, const char *of, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		char room[64], what[96];
		const char *text = as_text(room, value);

		snprintf(what, sizeof(what), "%s%.80s", of, key);
		if (text && snapshot__add_fact(snapshot, &snapshot->facts, &snapshot->fact_count, what, text))
			return -1;
	}
	return 0;
}

/* Of several results the first check that is not as good as it can be. */
static int add_checks(struct snapshot *snapshot, const json_t *results)
{
	const json_t *checks = json_object_get(json_array_get(results, 0), "checks");

	for (size_t i = 0; i < json_array_size(checks); i++) {
		const char *id = json_string_value(json_object_get(json_array_get(checks, i), "id"));
		const char *worst = json_string_value(json_object_get(json_array_get(checks, i), "verdict"));

		for (size_t j = 1; j < json_array_size(results); j++) {
			const json_t *other = json_array_get(json_object_get(json_array_get(results, j), "checks"), i);
			const char *verdict = json_string_value(json_object_get(other, "verdict"));

			if (verdict && !strcmp(verdict, check_names[CHECK_FAIL]))
				worst = verdict;
		}
		if (id && worst &&
		    snapshot__add_fact(snapshot, &snapshot->verdicts, &snapshot->verdict_count, id, worst))
			return -1;
	}
	return 0;
}

static const char *outcome_of(const json_t *result)
{
	const char *status = json_string_value(json_object_get(json_object_get(result, "outcome"), "status"));

	return status ? status : "unknown";
}

static bool ends_well(const json_t *result)
{
	return !strcmp(outcome_of(result), outcome_names[OUTCOME_OK]);
}

/* A metric of all results that end well; those that did not measure it leave it out. */
static int add_totals(struct snapshot *snapshot, const json_t *results)
{
	for (size_t i = 0; i < metric_count; i++) {
		struct series *series = snapshot__add_series(snapshot, "", &metrics[i], json_array_size(results));

		if (!series)
			return -1;
		for (size_t j = 0; j < json_array_size(results); j++) {
			const json_t *result = json_array_get(results, j);
			const json_t *value = json_object_get(json_object_get(result, "totals"), metrics[i].name);

			if (json_is_number(value) && ends_well(result))
				series->values[series->count++] = json_number_value(value);
		}
	}
	return 0;
}

static int add_outcome(struct snapshot *snapshot, const json_t *results)
{
	const char *worst = outcome_of(json_array_get(results, 0));

	for (size_t i = 0; i < json_array_size(results); i++)
		if (!ends_well(json_array_get(results, i)))
			worst = outcome_of(json_array_get(results, i));
	return snapshot__add_fact(snapshot, &snapshot->verdicts, &snapshot->verdict_count, "outcome", worst);
}

/* Of one result or of several of the same experiment: the first says what was run, and where. */
static int read_results(struct snapshot *snapshot, const json_t *results)
{
	json_t *first = json_array_get(results, 0), *environment = json_object_get(first, "environment");
	json_t *spec = json_object_get(first, "spec");

	snapshot->kind = KIND_RESULT;
	return add_members(snapshot, "", environment) ||
			       add_members(snapshot, "", json_object_get(environment, "interpreter")) ||
			       add_members(snapshot, "spec.", spec) ||
			       add_members(snapshot, "spec.python.", json_object_get(spec, "python")) ||
			       add_outcome(snapshot, results) || add_checks(snapshot, results) ||
			       add_totals(snapshot, results)
		       ? -1
		       : 0;
}

/* How many blocks were planned. */
static int add_plan(struct snapshot *snapshot, const json_t *document)
{
	const json_t *spec = json_object_get(document, "spec");
	static const char *const keys[] = {"quick", "blocks"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		char room[64];
		const char *text = as_text(room, json_object_get(spec, keys[i]));

		if (text && snapshot__add_fact(snapshot, &snapshot->facts, &snapshot->fact_count, keys[i], text))
			return -1;
	}
	return 0;
}

static int read_validation(struct snapshot *snapshot, const json_t *validation)
{
	const json_t *claims = json_object_get(validation, "claims");

	snapshot->kind = KIND_VALIDATION;
	if (add_members(snapshot, "", json_object_get(validation, "environment")) || add_plan(snapshot, validation))
		return -1;
	for (size_t i = 0; i < json_array_size(claims); i++) {
		const json_t *claim = json_array_get(claims, i);
		const char *id = json_string_value(json_object_get(claim, "id"));
		const char *verdict = json_string_value(json_object_get(claim, "verdict"));

		if (id && verdict &&
		    snapshot__add_fact(snapshot, &snapshot->verdicts, &snapshot->verdict_count, id, verdict))
			return -1;
	}
	return 0;
}

/* Its medians: the trials are in another file, which a directory has beside it. */
static int read_arm(struct snapshot *snapshot, const char *label, const json_t *arm)
{
	const char *name = json_string_value(json_object_get(arm, "name"));
	const char *command = json_string_value(json_object_get(arm, "command"));
	const char *outcome = json_string_value(json_object_get(arm, "outcome"));
	const json_t *figures = json_object_get(arm, "figures");
	char what[256];

	if (!name || !command || !json_is_object(figures))
		return SHAPELESS;
	snprintf(what, sizeof(what), "%.180s%s%.48s", label, *label ? ": " : "", name);
	if (snapshot__add_arm(snapshot, what, command,
			      !outcome			   ? COMPARISON_OPEN
			      : !strcmp(outcome, "cannot") ? ARM_CANNOT
			      : !strcmp(outcome, "ok")	   ? ARM_ENDS_WELL
							   : ARM_FAILS))
		return -1;
	for (size_t i = 0; i < metric_count; i++) {
		const json_t *value = json_object_get(figures, metrics[i].name);
		struct series *series =
			json_is_number(value) ? snapshot__add_series(snapshot, what, &metrics[i], 1) : NULL;

		if (value && !json_is_number(value) && !json_is_null(value))
			return SHAPELESS;
		if (!json_is_number(value))
			continue;
		if (!series)
			return -1;
		series->values[series->count++] = json_number_value(value);
	}
	return 0;
}

static int read_comparison(struct snapshot *snapshot, const json_t *comparison)
{
	const json_t *points = json_object_get(comparison, "points");

	snapshot->kind = KIND_COMPARISON;
	if (add_members(snapshot, "", json_object_get(comparison, "environment")) || add_plan(snapshot, comparison))
		return -1;
	for (size_t i = 0; i < json_array_size(points); i++) {
		const json_t *point = json_array_get(points, i), *arms = json_object_get(point, "arms");
		const char *label = json_string_value(json_object_get(point, "label"));
		const char *verdict = json_string_value(json_object_get(point, "verdict"));

		label = label ? label : "";
		if (snapshot__add_fact(snapshot, &snapshot->verdicts, &snapshot->verdict_count,
				       *label ? label : "fastest", verdict ? verdict : COMPARISON_OPEN))
			return -1;
		for (size_t j = 0; j < json_array_size(arms); j++) {
			int status = read_arm(snapshot, label, json_array_get(arms, j));

			if (status)
				return status;
		}
		if (!json_array_size(arms))
			return SHAPELESS;
	}
	return 0;
}

static const struct {
	const char *schema; /* with its major version */
	int (*read)(struct snapshot *snapshot, const json_t *document);
} documents[] = {
	{VALIDATION_SCHEMA, read_validation},
	{COMPARISON_SCHEMA, read_comparison},
};

/* Of what is not looked at key by key: that it is there at all. */
static bool has_shape(const json_t *document)
{
	return json_is_object(document) && json_is_object(json_object_get(document, "environment")) &&
	       (json_array_size(json_object_get(document, "points")) ||
		json_array_size(json_object_get(document, "claims")));
}

static int read_document(struct snapshot *snapshot, const char *path, json_t *document, struct failure *failure)
{
	json_t *results = json_is_array(document) ? json_incref(document) : json_pack("[O]", document);
	const char *schema = json_string_value(json_object_get(json_array_get(results, 0), "schema"));
	int status = 1;

	if (schema__is(schema, RESULT_SCHEMA))
		status = read_results(snapshot, results);
	for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++)
		if (schema__is(schema, documents[i].schema))
			status = has_shape(document) ? documents[i].read(snapshot, document) : SHAPELESS;
	json_decref(results);
	if (status == SHAPELESS)
		return fail(failure, STATUS_USAGE,
			    "%s: '%.40s' is its schema, but its environment, points, arms or claims are not as they "
			    "should be",
			    path, schema);
	if (status > 0)
		return fail(failure, STATUS_USAGE,
			    "%s: its schema is '%.40s': this mptrace compares " RESULT_SCHEMA ", " COMPARISON_SCHEMA
			    " and " VALIDATION_SCHEMA,
			    path, schema ? schema : "(none)");
	return status ? fail(failure, STATUS_CANNOT, "out of memory for %s", path) : 0;
}

/* All of it, as report reads it. */
static int check_results(const char *path, const char *text, size_t size, struct failure *failure)
{
	struct stored_results results = {0};
	int status = stored_results__read(&results, path, text, size, failure);

	stored_results__free(&results);
	return status;
}

static int read_json(struct snapshot *snapshot, const char *path, struct failure *failure)
{
	size_t size;
	char *text = file__read(path, &size, failure);
	json_error_t error;
	json_t *document = text ? json_loadb(text, size, JSON_REJECT_DUPLICATES, &error) : NULL;
	int status = -1;

	if (document)
		status = read_document(snapshot, path, document, failure);
	if (!status && snapshot->kind == KIND_RESULT)
		status = check_results(path, text, size, failure);
	if (text && !document)
		fail(failure, STATUS_USAGE, "%s:%d:%d: it is no JSON: %s", path, error.line, error.column, error.text);
	json_decref(document);
	free(text);
	return status;
}

static int read_trials(struct snapshot *snapshot, const char *directory, struct failure *failure)
{
	static struct stored stored;
	int status = stored__read(&stored, directory, failure);

	if (!status)
		status = snapshot__of(snapshot, &stored.validation, failure);
	stored__free(&stored);
	return status;
}

/* What was made from trials that lie beside it is made again: they tell more. */
static int read_file(struct snapshot *snapshot, const char *path, struct failure *failure)
{
	char copy[4096], log[4096 + sizeof("/" LOG_NAME)];
	const char *directory;
	int status = read_json(snapshot, path, failure);

	snprintf(copy, sizeof(copy), "%s", path);
	directory = dirname(copy);
	snprintf(log, sizeof(log), "%s/" LOG_NAME, directory);
	if (status || snapshot->kind == KIND_RESULT || access(log, F_OK))
		return status;
	snapshot__free(snapshot);
	return read_trials(snapshot, directory, failure);
}

int snapshot__read(struct snapshot *snapshot, const char *path, struct failure *failure)
{
	char file[4096];
	struct stat status;

	*snapshot = (struct snapshot){0};
	if (stat(path, &status))
		return fail(failure, STATUS_USAGE, "cannot read %s: %s", path, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return read_file(snapshot, path, failure);
	snprintf(file, sizeof(file), "%.4000s/" LOG_NAME, path);
	if (!access(file, F_OK))
		return read_trials(snapshot, path, failure);
	snprintf(file, sizeof(file), "%.4000s/result.json", path);
	if (access(file, F_OK))
		return fail(failure, STATUS_USAGE,
			    "%s holds neither " LOG_NAME " nor result.json: it is no result of ours", path);
	return read_json(snapshot, file, failure);
}
