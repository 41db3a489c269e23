/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trials.jsonl: what is written is read back, and whatever else may stand there is refused with its place. */
#include "rows.h"
#include "tap.h"

#define CLAIMS FILE_OF("s") CLAIM("one", "", "rule: [wall_ns(b) / wall_ns(a) >= 2]")
#define OTHERS FILE_OF("t") CLAIM_ALONE("two", "", "rule: [wall_ns(a) <= 1s]")
#define ODD "odd \033[31m<&>\"'\\ \x01 \xed\x95\x9c\xea\xb8\x80"

static struct validation validation;
static struct claim_texts texts;

static void forget(void)
{
	validation__free(&validation);
	claims__free(&claims);
	claim_texts__free(&texts);
	rows__forget();
	validation = (struct validation){.claims = &claims};
	failure = (struct failure){0};
}

static int parse(const char *text, size_t size)
{
	forget();
	return trial_log__parse("log", text, size, &validation, &texts, &rows, &failure);
}

/* Everything that a row can hold. */
static void fill(struct trial_row *row)
{
	row->place = UINT32_MAX;
	row->started_ns = INT64_MAX;
	row->took_ns = 7;
	row->outcome = OUTCOME_TIMEOUT;
	snprintf(row->says, sizeof(row->says), ODD);
	snprintf(row->voided, sizeof(row->voided), "a hog: " ODD);
	row->off = true;
	row->lost = 3;
	row->cpu_share = 0.1;
	rows__set(rows__set(row, "wall_ns", 1e6 / 3), "parallelism", 1.005);
	row->checks[0] = (struct check_count){"fifo", CHECK_FAIL, 1000, 2};
	row->checks[1] = (struct check_count){"ordered", CHECK_NO_CHANCE, 0, 0};
	row->check_count = 2;
	row->gates[0] = (struct gate_row){"foreign-cpu", 0.25, 0.15, true};
	row->gates[1] = (struct gate_row){"steal", NAN, NAN, false};
	row->gate_count = 2;
}

static bool is_same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static bool are_same_metrics(const struct trial_row *a, const struct trial_row *b)
{
	bool same = true;

	for (size_t i = 0; i < metric_count; i++)
		same &= is_same_number(a->metrics[i], b->metrics[i]);
	return same;
}

static bool are_same_lists(const struct trial_row *a, const struct trial_row *b)
{
	bool same = a->check_count == b->check_count && a->gate_count == b->gate_count;

	for (size_t i = 0; same && i < a->check_count; i++)
		same = !strcmp(a->checks[i].id, b->checks[i].id) && a->checks[i].verdict == b->checks[i].verdict &&
		       a->checks[i].opportunities == b->checks[i].opportunities &&
		       a->checks[i].violations == b->checks[i].violations;
	for (size_t i = 0; same && i < a->gate_count; i++)
		same = !strcmp(a->gates[i].name, b->gates[i].name) && a->gates[i].shut == b->gates[i].shut &&
		       is_same_number(a->gates[i].value, b->gates[i].value) &&
		       is_same_number(a->gates[i].limit, b->gates[i].limit);
	return same;
}

static bool is_same(const struct trial_row *a, const struct trial_row *b)
{
	return !strcmp(a->command, b->command) && a->block == b->block && a->place == b->place &&
	       a->started_ns == b->started_ns && a->took_ns == b->took_ns && a->cannot == b->cannot &&
	       a->outcome == b->outcome && !strcmp(a->says, b->says) && !strcmp(a->voided, b->voided) &&
	       a->off == b->off && a->lost == b->lost && is_same_number(a->ns_per_switch, b->ns_per_switch) &&
	       is_same_number(a->cpu_share, b->cpu_share) && are_same_metrics(a, b) && are_same_lists(a, b);
}

static void test_row(void)
{
	struct trial_row *row, again;
	char *line = NULL;
	size_t size;
	FILE *file;

	forget();
	row = rows__trial("run thread --task '" ODD "'", MAX_BLOCKS);
	fill(row);
	file = open_memstream(&line, &size);
	ok_if(!trial_row__write(file, row), "a row is written");
	fclose(file);
	ok_if(strchr(line, '\n') == line + size - 1, "as one line");
	ok_if(!strchr(line, '\033') && !strchr(line, '\x01'), "without control characters");
	ok_if(!trial_row__read(&again, line, size, &validation.unknown, &failure) && is_same(row, &again),
	      "it comes back: %s", failure.says);
	trial_row__free(&again);
	free(line);
	ok_if(!validation.unknown.count, "and all its keys are known");
	snprintf(row->says, sizeof(row->says), "\xff\xfe");
	file = open_memstream(&line, &size);
	trial_row__write(file, row);
	fclose(file);
	ok_if(!trial_row__read(&again, line, size, &validation.unknown, &failure) &&
		      !strcmp(again.says, "\xef\xbf\xbd\xef\xbf\xbd"),
	      "what is no UTF-8 is replaced");
	trial_row__free(&again);
	free(line);
}

/* A log of two claim files, one of them selected, and @blocks. The caller frees it. */
static char *log_of(uint32_t blocks, size_t *size)
{
	struct validation of = {.environment = {.kernel = "Linux 6.18.5",
						.machine = "x86_64",
						.clock = "tsc",
						.cgroup_mode = "v2",
						.version = "0.1.0",
						.cpus = 2,
						.cpus_allowed = "0-1",
						.virtual_machine = true},
				.started = "2026-01-02T03:04:05Z",
				.interpreter = ODD,
				.seed = INT64_MAX,
				.quick = true,
				.blocks = QUICK_BLOCKS,
				.error = 0.01,
				.command = "mptrace validate " ODD};
	char *text = NULL;
	FILE *file = open_memstream(&text, size);

	forget();
	if (claim_texts__add(&texts, "my.yaml", CLAIMS, strlen(CLAIMS)) ||
	    claim_texts__add(&texts, "other.yaml", OTHERS, strlen(OTHERS)) || claim_texts__select(&texts, "one") ||
	    trial_log__begin(file, &of, &texts))
		exit(2);
	for (uint32_t block = 0; block <= blocks; block++)
		rows__block(block, 3);
	for (size_t i = 0; i < rows.count; i++)
		if (trial_log__append(file, &rows.list[i]))
			exit(2);
	fclose(file);
	return text;
}

static void test_log(void)
{
	size_t size;
	char *text = log_of(12, &size);

	if (!ok_if(!parse(text, size), "a log is read: %s", failure.says))
		exit(2);
	free(text);
	ok_if(!strcmp(validation.environment.kernel, "Linux 6.18.5") && validation.environment.cpus == 2 &&
		      validation.environment.virtual_machine && !validation.environment.hardware_counters &&
		      !strcmp(validation.started, "2026-01-02T03:04:05Z") && !strcmp(validation.interpreter, ODD) &&
		      !strcmp(validation.command, "mptrace validate " ODD),
	      "where it was made");
	ok_if(validation.seed == INT64_MAX && validation.quick && validation.error == 0.01 && validation.looks == 1,
	      "how it was made");
	ok_if(texts.file_count == 2 && !strcmp(texts.files[0].text, CLAIMS) && texts.selected_count == 1,
	      "the claim files as they were");
	ok_if(claims.count == 1 && !strcmp(claims.list[0]->id, "one"), "the selected claims alone");
	ok_if(rows.count == 26 && rows.list[25].block == 12 && !strcmp(rows.list[25].command, COMMAND_B),
	      "all its trials");
	ok_if(!validation__judge(&validation, rows.list, rows.count, &failure) &&
		      validation.findings[0].verdict == VERDICT_CONFIRMED,
	      "which can be judged");
}

static char *good[8], *joined;

/* The good log of four lines, line @line (from 1) being @with. */
static int parse_with(size_t line, const char *with)
{
	free(joined);
	joined = calloc(1, 65536);
	for (size_t i = 0; good[i]; i++) {
		strcat(joined, i + 1 == line ? with : good[i]);
		strcat(joined, "\n");
	}
	return parse(joined, strlen(joined));
}

static void refused(size_t line, const char *with, const char *says)
{
	char expected[512];
	int status = parse_with(line, with);

	snprintf(expected, sizeof(expected), "log:%zu: %s", line, says);
	if (!ok_if(status == -1 && failure.status == STATUS_USAGE && !strcmp(failure.says, expected), "%s", expected))
		printf("# it said: %s\n", failure.says);
}

/* Line @line with @from replaced by @to. */
static void refused_change(size_t line, const char *from, const char *to, const char *says)
{
	char changed[8192], *at = strstr(good[line - 1], from);

	if (!at || snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - good[line - 1]), good[line - 1], to,
			    at + strlen(from)) >= (int)sizeof(changed)) {
		printf("Bail out! no %s in line %zu\n", from, line);
		exit(2);
	}
	refused(line, changed, says);
}

static void split_good(void)
{
	size_t size;
	char *text = log_of(1, &size);

	for (size_t i = 0; i < 5; i++)
		good[i] = strdup(strtok(i ? NULL : text, "\n"));
	free(text);
}

static void test_truncated(void)
{
	char half[4096], whole[4096];

	ok_if(!parse_with(0, NULL) && rows.count == 4, "the good log is good: %s", failure.says);
	joined[strlen(joined) - 10] = '\0';
	ok_if(!parse(joined, strlen(joined)) && rows.count == 3, "a last line that was cut is left out");
	parse_with(0, NULL);
	ok_if(!parse(joined, strlen(joined) - 1) && rows.count == 3, "so is one without its end");
	snprintf(half, sizeof(half), "%.100s", good[2]);
	parse_with(3, half);
	ok_if(rows.count == 1 && strstr(failure.says, "log:3: column 100: "), "cut in the middle: %s", failure.says);
	parse_with(3, "");
	ok_if(rows.count == 1 && !strncmp(failure.says, "log:3: column 0: ", 17), "an empty line: %s", failure.says);
	ok_if(parse("", 0) && failure.status == STATUS_USAGE && !strcmp(failure.says, "log is empty"), "%s",
	      failure.says);
	parse(good[0], strlen(good[0]) / 2);
	ok_if(!strncmp(failure.says, "log:1: the header was cut off", 29), "half a header: %s", failure.says);
	ok_if(parse(good[0], strlen(good[0])) && failure.status == STATUS_USAGE, "one without its end: %s",
	      failure.says);
	snprintf(whole, sizeof(whole), "%s\n", good[0]);
	ok_if(!parse(whole, strlen(whole)) && !rows.count && claims.count == 1, "a header alone");
}

static void test_header(void)
{
	refused_change(1, "mptrace.trials/1", "mptrace.trials/2",
		       "the header's schema is 'mptrace.trials/2': this mptrace reads mptrace.trials/1");
	refused(1, "{}", "the header's schema is '(none)': this mptrace reads mptrace.trials/1");
	refused(1, "[1]", "the header's schema is '(none)': this mptrace reads mptrace.trials/1");
	refused(1, good[1], "the header's schema is '(none)': this mptrace reads mptrace.trials/1");
	refused_change(1, "\"Linux 6.18.5\"", "5", "the header's \"kernel\" is no text");
	refused_change(1, "\"kernel\"", "\"colonel\"", "the header's \"kernel\" is no text");
	refused_change(1, "\"cpus\": 2", "\"cpus\": 0",
		       "the header's cpus, seed, quick or error is not what it should be");
	refused_change(1, "\"cpus\": 2", "\"cpus\": 4294967298",
		       "the header's cpus, seed, quick or error is not what it should be");
	refused_change(1, "\"seed\": 9223372036854775807", "\"seed\": -1",
		       "the header's cpus, seed, quick or error is not what it should be");
	refused_change(1, "\"quick\": true", "\"quick\": 1",
		       "the header's cpus, seed, quick or error is not what it should be");
	refused_change(1, "\"error\": 0.01", "\"error\": 0.5",
		       "the header's error is 0.5: from 1e-06 to 0.2 is possible");
	refused_change(1, "\"error\": 0.01", "\"error\": -1",
		       "the header's error is -1: from 1e-06 to 0.2 is possible");
	refused_change(1, "\"virtual_machine\": true", "\"virtual_machine\": null",
		       "the header does not say whether it is a virtual machine");
	refused_change(1, "\"selected\": [ \"one\"]", "\"selected\": \"one\"",
		       "the header lacks its lists of files and selected claims");
	refused_change(1, "\"selected\": [ \"one\"]", "\"selected\": [7]", "the header's selected claim 1 is no text");
	refused_change(1, "\"selected\": [ \"one\"]", "\"selected\": [\"none\"]",
		       "there is no claim 'none': did you mean one?");
	refused_change(1, "{ \"name\": \"my.yaml\"", "{ \"nam\": \"my.yaml\"",
		       "the header's file 1 has no name or no text");
	refused_change(1, "\"files\": [", "\"files\": [7,", "the header's file 1 has no name or no text");
	refused_change(1, "english: e,", "englisch: e,",
		       "my.yaml:3:13: error: unknown key englisch of a claim: did you mean english?");
}

static void test_trials(void)
{
	refused_change(2, "\"block\": 0", "\"block\": 1001", "\"block\" or \"place\" is out of range");
	refused_change(2, "\"place\": 0", "\"place\": 4294967296", "\"block\" or \"place\" is out of range");
	refused_change(2, "\"block\": 0", "\"block\": -1", "\"block\" is no whole number");
	refused_change(2, "\"block\": 0", "\"block\": 0.5", "\"block\" is no whole number");
	refused_change(2, "\"block\": 0", "\"block\": 1e3", "\"block\" is no whole number");
	refused_change(2, "\"took_ns\": 0", "\"took_ns\": \"0\"", "\"took_ns\" is no whole number");
	refused_change(2, "\"command\": \"run thread -t 4\"", "\"command\": null", "\"command\" is no text");
	refused_change(2, "\"command\": \"run thread -t 4\", ", "", "lacks \"command\"");
	refused_change(2, "\"cannot\": false", "\"cannot\": 0", "\"cannot\" is neither true nor false");
	refused_change(2, "\"outcome\": \"ok\"", "\"outcome\": \"fine\"",
		       "\"outcome\" is 'fine', which is none of its values");
	refused_change(2, "\"cpu_share\": null", "\"cpu_share\": true", "\"cpu_share\" is no number");
	refused_change(2, "\"wall_ns\": 1000000", "\"wall_ns\": null", "metric \"wall_ns\" is no number");
	refused_change(2, "\"wall_ns\": 1000000", "\"nonsense\": \"1\"", "metric \"nonsense\" is no number");
	refused_change(2, "\"metrics\": {", "\"metrics\": 1, \"x\": {", "\"metrics\" is no object");
	refused_change(2, "\"checks\": []", "\"checks\": {}", "\"checks\" is no list of at most 12");
	refused_change(2, "\"checks\": []", "\"checks\": [1,2,3,4,5,6,7,8,9,10,11,12,13]",
		       "\"checks\" is no list of at most 12");
	refused_change(2, "\"checks\": []", "\"checks\": [1]", "lacks \"id\"");
	refused_change(2, "\"checks\": []", "\"checks\": [{\"id\": \"fifo\", \"verdict\": \"MAYBE\"}]",
		       "\"verdict\" is 'MAYBE', which is none of its values");
	refused_change(2, "\"gates\": []", "\"gates\": [1,2,3,4,5,6,7,8,9,10,11,12,13]",
		       "\"gates\" is no list of at most 12");
	refused_change(2, "\"gates\": []", "\"gates\": [{\"name\": \"steal\", \"value\": 1, \"limit\": \"2\"}]",
		       "\"limit\" is no number");
	refused(2, "[]", "is no object");
}

/* What jansson says of them is its own, but for the place. */
static void refused_json(const char *to)
{
	char changed[8192], *at = strstr(good[1], "1000000");

	snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - good[1]), good[1], to, at + 7);
	ok_if(parse_with(2, changed) && failure.status == STATUS_USAGE &&
		      !strncmp(failure.says, "log:2: column ", 14) && !rows.count,
	      "%s", failure.says);
}

static void test_numbers(void)
{
	char changed[8192], *at = strstr(good[1], "1000000");

	refused_json("NaN");
	refused_json("Infinity");
	refused_json("1e999");
	refused_change(2, "1000000", "1e19", "metric \"wall_ns\" is out of range");
	refused_change(2, "1000000", "-5", "metric \"wall_ns\" is out of range");
	refused_change(2, "1000000", "0", "metric \"wall_ns\" is out of range");
	refused_json("99999999999999999999999999");
	refused_json("1, \"wall_ns\": 2");
	refused_json("\"\\u0000\"");
	snprintf(changed, sizeof(changed), "%.*s9e18, \"of_tomorrow\": 5%s", (int)(at - good[1]), good[1], at + 7);
	ok_if(!parse_with(2, changed) && rows.list[0].metrics[metric__find("wall_ns") - metrics] == 9e18,
	      "a metric of tomorrow is passed over, and a large number taken: %s", failure.says);
	ok_if(!validation__judge(&validation, rows.list, rows.count, &failure), "and judged");
}

static void test_duplicates(void)
{
	char apart[8192];

	refused(5, good[3], "block 1 has 'run thread -t 4' twice");
	ok_if(!parse_with(5, good[1]) && rows.count == 4, "each session has a warm-up: %s", failure.says);
	snprintf(apart, sizeof(apart), "%s\n%s", good[2], good[3]);
	parse_with(5, apart);
	ok_if(!strcmp(failure.says, "log:6: block 1 has 'run thread -t 4' twice"), "%s", failure.says);
}

/* The one line of a cannot is not a trial of its block. */
static void test_cannot(void)
{
	char changed[8192], *at = strstr(good[1], "\"cannot\": false");

	snprintf(changed, sizeof(changed), "%.*s\"cannot\": true%s", (int)(at - good[1]), good[1], at + 15);
	ok_if(!parse_with(5, changed) && rows.count == 4 && rows.list[3].cannot, "a trial that cannot be run: %s",
	      failure.says);
}

static void test_texts(void)
{
	static const char zero[] = "source: {id: s}\n\0claims: []\n";

	forget();
	ok_if(!claim_texts__add(&texts, "zero.yaml", zero, sizeof(zero) - 1) &&
		      !memcmp(texts.files[0].text, zero, sizeof(zero)),
	      "a text is kept as it is");
	ok_if(claim_texts__read(&texts, &claims, &failure) == -1 && failure.status == STATUS_USAGE,
	      "and refused if it is no YAML");
	forget();
	ok_if(trial_log__read("/nonexistent/trials.jsonl", &validation, &texts, &rows, &failure) == -1 &&
		      !strcmp(failure.says, "cannot read /nonexistent/trials.jsonl: No such file or directory"),
	      "%s", failure.says);
	forget();
	ok_if(trial_log__read("/dev/null", &validation, &texts, &rows, &failure) == -1 &&
		      !strcmp(failure.says, "/dev/null is no regular file of at most 1 GiB"),
	      "%s", failure.says);
}

int main(void)
{
	test_row();
	test_log();
	split_good();
	test_truncated();
	test_header();
	test_trials();
	test_numbers();
	test_duplicates();
	test_cannot();
	test_texts();
	forget();
	free(joined);
	for (size_t i = 0; good[i]; i++)
		free(good[i]);
	return tap_done();
}
