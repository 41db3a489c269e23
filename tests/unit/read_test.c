/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stored result comes back as it was; what is unknown is named, what is missing left out, what is wrong refused. */
#include "../../userspace/report/report.h"
#include "../../userspace/result/metrics.h"
#include "../../userspace/result/read.h"
#include "fixture.h"
#include "tap.h"

static struct fixture fixture;
static struct stored_results results;
static struct failure failure;

static char *written(const struct result *const *list, size_t count, bool array)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file || report__json(file, list, count, array))
		exit(2);
	fclose(file);
	return text;
}

static int read_text(const char *text)
{
	stored_results__free(&results);
	failure = (struct failure){0};
	return stored_results__read(&results, "old.json", text, strlen(text), &failure);
}

static void comes_back(const char *says)
{
	const struct result *one = &fixture.result, *again;
	char *text, *other;

	fixture.result.account_count = fixture.result.check_count = 0;
	result__reconcile(&fixture.result);
	result__check(&fixture.result);
	text = written(&one, 1, false);
	if (!ok_if(!read_text(text) && results.count == 1 && !results.array && !results.unknown.count,
		   "%s is read: %s%s", says, failure.says, results.unknown.count ? results.unknown.names[0] : "")) {
		free(text);
		return;
	}
	again = &results.list[0]->result;
	other = written(&again, 1, false);
	ok_if(!strcmp(text, other), "%s comes back to the letter", says);
	for (size_t i = 0; strcmp(text, other) != 0 && text[i]; i++)
		if (text[i] != other[i]) {
			printf("# %.100s\n# %.100s\n", text + (i > 40 ? i - 40 : 0), other + (i > 40 ? i - 40 : 0));
			break;
		}
	free(text);
	free(other);
}

static void test_round_trip(void)
{
	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	comes_back("a pool");
	fixture.experiment.plan.engine = ENGINE_PYTHON;
	fixture.experiment.python = (struct python_options){
		.interpreter = {.path = "/usr/bin/python3", .version = "CPython 3.11.2", .gil = GIL_PRESENT},
		.start_method = "fork",
		.method = "map",
		.generator = true,
		.switch_interval_ns = 5000000};
	fixture.result.outcome.status = OUTCOME_INTERRUPTED;
	fixture.result.outcome.signal = 15;
	snprintf(fixture.result.outcome.says, sizeof(fixture.result.outcome.says),
		 "odd \" \\ \xed\x95\x9c\xea\xb8\x80");
	comes_back("an interrupted one of Python");
	fixture__free(&fixture);
}

static void test_array(void)
{
	const struct result *two[2];
	char *text;

	fixture__make(&fixture, WORKLOAD_POOL, "cpu:10ms");
	two[0] = two[1] = &fixture.result;
	text = written(two, 2, true);
	ok_if(!read_text(text) && results.count == 2 && results.array &&
		      results.list[1]->result.task_count == FIXTURE_TASKS,
	      "an array of two: %s", failure.says);
	ok_if(metric__of(metric__find("tasks_done"), &results.list[1]->result).value == FIXTURE_TASKS,
	      "with the totals of the file");
	free(text);
	fixture__free(&fixture);
}

static void refused(const char *text, const char *says)
{
	ok_if(read_text(text) && failure.status == STATUS_USAGE && strstr(failure.says, says), "refused: %s",
	      failure.says);
}

#define MINIMAL(more)                                                                                                  \
	"{\"schema\": \"mptrace.result/1\", \"spec\": {\"workload\": \"pool\", \"task\": \"none\", \"user\": "         \
	"\"me\"}" more "}"

static void test_odd_files(void)
{
	ok_if(!read_text(MINIMAL("")) && !results.unknown.count && results.list[0]->result.outcome.wall_ns.missing,
	      "what is missing is not measured: %s", failure.says);
	ok_if(!read_text(MINIMAL(", \"mood\": 1, \"outcome\": {\"colour\": \"red\", \"status\": \"ok\"}")) &&
		      results.unknown.count == 2 && !strcmp(results.unknown.names[0], "mood") &&
		      !strcmp(results.unknown.names[1], "outcome.colour"),
	      "what is unknown is named");
	refused("", "old.json:1:0: it is no JSON");
	refused("[]", "there is no result in it");
	refused("{}", "its schema is '(none)'");
	refused("{\"schema\": \"mptrace.result/2\"}",
		"its schema is 'mptrace.result/2': here is read mptrace.result/1");
	refused("{\"schema\": \"mptrace.result/1\"}",
		"\"spec.workload\" is missing, and so are command, pids and cgroup");
	refused("{\"schema\": \"mptrace.result/1\", \"spec\": {\"workload\": \"pool\"}}", "\"spec.task\" is missing");
	refused(MINIMAL(", \"tasks\": 5"), "\"tasks\" is no list");
	refused(MINIMAL(", \"tasks\": [5]"), "\"tasks\" is no object");
	refused(MINIMAL(", \"tasks\": [{\"id\": \"x\"}]"), "\"tasks.id\" is no whole number");
	refused(MINIMAL(", \"tasks\": [{\"worker\": 4294967296}]"), "\"tasks.worker\" is out of range");
	refused(MINIMAL(", \"outcome\": {\"status\": \"fine\"}"), "\"outcome.status\" is nothing that is known here");
	refused(MINIMAL(", \"outcome\": {\"wall_ns\": \"x\"}"), "\"outcome.wall_ns\" is no number");
	refused(MINIMAL(", \"environment\": {\"kernel\": 5}"), "\"environment.kernel\" is no text");
	refused(MINIMAL(", \"environment\": {\"virtual_machine\": 5}"),
		"\"environment.virtual_machine\" is neither true nor false");
	refused(MINIMAL(", \"checks\": [{},{},{},{},{},{},{},{},{},{},{},{},{}]"), "\"checks\" has more items");
	refused(MINIMAL(", \"outcome\": {\"wall_ns\": -1}"), "\"outcome.wall_ns\" is out of range");
	refused(MINIMAL(", \"outcome\": {\"wall_ns\": 1e300}"), "\"outcome.wall_ns\" is out of range");
	refused(MINIMAL(", \"outcome\": {\"tasks_done\": -1}"), "\"outcome.tasks_done\" is out of range");
	ok_if(!read_text(MINIMAL(", \"accounting\": [{}], \"checks\": [{}], \"x\\u001b[31m\": 1")) &&
		      !*results.list[0]->result.accounting[0].unit && !strcmp(results.unknown.names[0], "x?[31m"),
	      "what is missing is empty, what controls a terminal does not: %s", results.unknown.names[0]);
	ok_if(!read_text("{\"schema\": \"mptrace.result/1.7\", \"spec\": {\"workload\": \"pool\", \"task\": \"none\", "
			 "\"user\": "
			 "\"me\"}}"),
	      "a newer minor version is read");
}

int main(void)
{
	test_round_trip();
	test_array();
	test_odd_files();
	stored_results__free(&results);
	return tap_done();
}
