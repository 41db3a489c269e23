/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The writer and the result in JSON, read back with jansson; its keys against the schema's. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>

#include "../../userspace/base/json.h"
#include "../../userspace/report/report.h"
#include "../../userspace/result/metrics.h"
#include "fixture.h"
#include "tap.h"

#define SCHEMA "userspace/result/result.schema.json"

static struct fixture fixture;

/* What @write writes, as text; the caller frees it. */
static char *written(int (*write)(FILE *file))
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file || write(file))
		exit(2);
	fclose(file);
	return text;
}

/* Parsed strictly: duplicate keys and trailing garbage are refused. */
static json_t *parsed(const char *text)
{
	json_error_t error;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	ok_if(root != NULL, "it is JSON: %s", root ? "yes" : error.text);
	return root;
}

static int write_values(FILE *file)
{
	struct json json = json__to(file);

	json__begin_object(&json, NULL);
	json__integer(&json, "exact", 9007199254740993ull);
	json__integer(&json, "largest", INT64_MAX);
	json__signed(&json, "least", INT64_MIN);
	json__ratio(&json, "ratio", measured(1005));
	json__string(&json, "page", "</script>\"\\\n\x01\x7f");
	json__string(&json, "korean", "\xed\x95\x9c\xea\xb8\x80");
	json__string(&json, "broken",
		     "a\xff"
		     "b\xed\xa0\x80"
		     "c\xe2\x82");
	json__string(&json, "overlong", "\xc0\xaf");
	json__string(&json, "nothing", NULL);
	json__begin_object(&json, "outer");
	json__figure(&json, "first", not_measured("why first"));
	json__begin_object(&json, "inner");
	json__figure(&json, "second", not_measured("why second"));
	json__end_object(&json);
	json__figure(&json, "third", not_measured("why third"));
	json__figure(&json, "zero", measured(0));
	json__end_object(&json);
	json__begin_array(&json, "empty");
	json__end_array(&json);
	json__end_object(&json);
	return json__finish(&json);
}

static bool is_text(const json_t *object, const char *key, const char *value)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && !strcmp(text, value);
}

static void test_writer(void)
{
	char *text = written(write_values);
	json_t *root = parsed(text), *outer = json_object_get(root, "outer"), *inner = json_object_get(outer, "inner");

	ok_if(json_integer_value(json_object_get(root, "exact")) == 9007199254740993, "2^53 + 1 is exact");
	ok_if(json_integer_value(json_object_get(root, "largest")) == INT64_MAX, "the largest integer is exact");
	ok_if(json_integer_value(json_object_get(root, "least")) == INT64_MIN, "the least integer is exact");
	ok_if(strstr(text, "1.005") != NULL, "a ratio has its three digits");
	ok_if(is_text(root, "page", "</script>\"\\\n\x01\x7f"), "quotes, backslashes and control characters come back");
	ok_if(!strchr(text, '<') && strstr(text, "\\u003c/script>"), "no < for a page to trip over");
	ok_if(is_text(root, "korean", "\xed\x95\x9c\xea\xb8\x80"), "UTF-8 comes back");
	ok_if(is_text(root, "broken",
		      "a\ufffd"
		      "b\ufffd\ufffd\ufffd"
		      "c\ufffd\ufffd"),
	      "what is no UTF-8 is U+FFFD");
	ok_if(is_text(root, "overlong", "\ufffd\ufffd"), "so is an overlong form");
	ok_if(json_is_null(json_object_get(root, "nothing")), "no string is null");
	ok_if(is_text(json_object_get(outer, "missing"), "first", "why first") &&
		      is_text(json_object_get(outer, "missing"), "third", "why third") &&
		      json_object_size(json_object_get(outer, "missing")) == 2,
	      "an object says what is missing in it");
	ok_if(is_text(json_object_get(inner, "missing"), "second", "why second") &&
		      json_object_size(json_object_get(inner, "missing")) == 1,
	      "so does one inside it, of its own");
	ok_if(json_is_integer(json_object_get(outer, "zero")), "a measured 0 is 0");
	json_decref(root);
	free(text);
}

static int write_most(FILE *file)
{
	struct json json = json__to(file);

	json__begin_object(&json, NULL);
	json__integer(&json, "most", UINT64_MAX);
	json__figure(&json, "figure", measured(UINT64_MAX));
	json__end_object(&json);
	return json__finish(&json);
}

/* Looked at as text: jansson has no room for it. */
static void test_most(void)
{
	char *text = written(write_most);

	ok_if(strstr(text, "\"most\": 18446744073709551615") && strstr(text, "\"figure\": 18446744073709551615"),
	      "2^64 - 1 is exact");
	free(text);
}

static int write_result(FILE *file)
{
	const struct result *results[] = {&fixture.result};

	return report__json(file, results, 1, false);
}

static int write_three(FILE *file)
{
	const struct result *results[] = {&fixture.result, &fixture.result, &fixture.result};

	return report__json(file, results, 3, true);
}

static int write_none(FILE *file)
{
	return report__json(file, NULL, 0, true);
}

/* Every null has its reason, in the object's "missing", except for words that are simply not there. */
static unsigned nulls_without_reason(const json_t *value)
{
	static const char *const words[] = {"interpreter", "python", "call",   "items",
					    "cpus",	   "says",   "symbol", "signal"};
	const json_t *missing = json_object_get(value, "missing"), *member;
	unsigned count = 0;
	const char *key;
	size_t i;

	json_array_foreach(value, i, member) count += nulls_without_reason(member);
	json_object_foreach((json_t *)value, key, member)
	{
		bool word = false;

		for (i = 0; i < sizeof(words) / sizeof(*words); i++)
			word |= !strcmp(key, words[i]);
		if (json_is_null(member) && !word && !json_is_string(json_object_get(missing, key)))
			count++;
		count += nulls_without_reason(member);
	}
	return count;
}

static void make_result(void)
{
	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	result__reconcile(&fixture.result);
	result__check(&fixture.result);
}

static void test_result(void)
{
	static const char *const keys[] = {"environment", "spec",   "outcome", "tasks",	     "threads", "processes",
					   "locks",	  "cgroup", "totals",  "accounting", "tracer",	"checks"};
	json_t *root, *task;
	char *text;

	make_result();
	text = written(write_result);
	root = parsed(text);
	ok_if(is_text(root, "schema", "mptrace.result/1"), "it names its schema");
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		ok_if(json_object_get(root, keys[i]) != NULL, "it has %s", keys[i]);
	task = json_array_get(json_object_get(root, "tasks"), 0);
	ok_if(json_integer_value(json_object_get(task, "start_ns")) == 10 * FIXTURE_MS, "times count from the gate");
	ok_if(json_array_size(json_object_get(root, "tasks")) == FIXTURE_TASKS, "all tasks are there");
	ok_if(!nulls_without_reason(root), "every null has its reason");
	json_decref(root);
	free(text);
	fixture__free(&fixture);
}

static void test_missing(void)
{
	json_t *root, *task;
	char *text;

	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	fixture__untrace(&fixture);
	fixture.result.outcome.wall_ns = not_measured("the results were never returned");
	fixture.result.tasks[5].end_ns = 0;
	result__reconcile(&fixture.result);
	result__check(&fixture.result);
	text = written(write_result);
	root = parsed(text);
	ok_if(!nulls_without_reason(root), "without tracing and without an end: every null has its reason");
	ok_if(json_is_null(json_object_get(json_object_get(root, "totals"), "on_cpu_ns")),
	      "what was not traced is null");
	task = json_array_get(json_object_get(root, "tasks"), 5);
	ok_if(json_is_null(json_object_get(task, "end_ns")), "a task that did not end has no end");
	json_decref(root);
	free(text);
	fixture__free(&fixture);
}

static void test_arrays(void)
{
	json_t *root;
	char *text;

	make_result();
	text = written(write_three);
	root = parsed(text);
	ok_if(json_array_size(root) == 3, "three results are an array of three");
	json_decref(root);
	free(text);
	text = written(write_none);
	root = parsed(text);
	ok_if(json_is_array(root) && !json_array_size(root), "no results are an empty array");
	json_decref(root);
	free(text);
	fixture__free(&fixture);
}

/* The table of metrics and the schema are two lists of one thing. */
static void test_schema(void)
{
	static const char *const path[] = {"$defs", "result", "properties", "totals", "properties"};
	json_error_t error;
	json_t *schema = json_load_file(SCHEMA, JSON_REJECT_DUPLICATES, &error);
	const json_t *totals = schema;
	size_t absent = 0;

	if (!schema) {
		ok_if(false, "%s: %s", SCHEMA, error.text);
		return;
	}
	for (size_t i = 0; i < sizeof(path) / sizeof(*path); i++)
		totals = json_object_get(totals, path[i]);
	for (size_t i = 0; i < metric_count; i++)
		absent += !json_object_get(totals, metrics[i].name);
	ok_if(totals && !absent, "the schema has every metric (%zu absent)", absent);
	ok_if(json_object_size(totals) == metric_count + !!json_object_get(totals, "missing"),
	      "and no others: %zu of %zu", json_object_size(totals), metric_count);
	json_decref(schema);
}

static void test_full_disk(void)
{
	FILE *full = fopen("/dev/full", "w");
	int status;

	if (!full) {
		ok_if(true, "a full disk is told # SKIP no /dev/full");
		return;
	}
	make_result();
	errno = 0;
	status = write_result(full);
	ok_if(status == -1 && errno == ENOSPC, "a full disk is told: %s", strerror(errno));
	fclose(full);
	fixture__free(&fixture);
}

int main(void)
{
	test_writer();
	test_most();
	test_result();
	test_missing();
	test_arrays();
	test_schema();
	test_full_disk();
	return tap_done();
}
