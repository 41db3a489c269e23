/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../arm/options.h"
#include "../base/file.h"
#include "../comparison/comparison.h"
#include "../contrast/contrast.h"
#include "../report/comparison_report.h"
#include "../report/pictures.h"
#include "../report/validation_report.h"
#include "../result/judge.h"
#include "../result/read.h"
#include "../result/timeline_file.h"
#include "../validation/stored.h"
#include "command.h"
#include "output.h"

struct report {
	const char *format, *baseline;
	struct contrast contrast; /* with the baseline */
	bool help;
};

static int set_format(void *context, const char *value, struct failure *failure)
{
	(void)failure;
	((struct report *)context)->format = value;
	return 0;
}

static int set_baseline(void *context, const char *value, struct failure *failure)
{
	(void)failure;
	((struct report *)context)->baseline = value;
	return 0;
}

static const struct option_row rows[] = {
	{0, "format", ARGUMENT_NEEDED, "NAME",
	 "text (default), json, markdown, html; of claims junit, ktap; of arms and of a result csv; with --stacks "
	 "folded; with --timeline timeline, perfetto",
	 .set = set_format},
	{0, "baseline", ARGUMENT_NEEDED, "DIR", "of trials: name what is not as it was there", .set = set_baseline},
	{'h', "help", ARGUMENT_NONE, NULL, "this text", .flag = offsetof(struct report, help)},
	{0},
};

static int print_help(void)
{
	puts("Usage: mptrace report DIR|FILE [options]\n\n"
	     "Prints the report of what -o DIR keeps: the trials in DIR/" LOG_NAME ", judged again, or DIR/" RESULT_NAME
	     ".\n"
	     "FILE: results as -j or -o wrote them; of trials, a file in DIR. Needs no root.\n\n"
	     "Options:");
	options__help(rows);
	return STATUS_DONE;
}

static int write_report(struct report *report, struct stored *stored, struct failure *failure)
{
	bool side_by_side = comparison__is(&stored->validation);
	const struct validation_format *format = validation_format__find(
		side_by_side ? comparison_formats : validation_formats, report->format, failure);

	if (!format ||
	    (report->baseline && contrast__with(&report->contrast, report->baseline, &stored->validation, failure)))
		return -1;
	stored->validation.baseline = report->baseline ? &report->contrast : NULL;
	if (format->write(stdout, &stored->validation, style__of(stdout)) || fflush(stdout))
		return fail(failure, STATUS_USAGE, "cannot write to standard output: %s", strerror(errno));
	return side_by_side ? (int)comparison__status(&stored->validation)
			    : validation__status(&stored->validation, false);
}

static int render_blocks(struct report *report, const char *directory, struct failure *failure)
{
	static struct stored stored;
	int status = stored__read(&stored, directory, failure);

	if (!status)
		status = write_report(report, &stored, failure);
	contrast__free(&report->contrast);
	stored__free(&stored);
	return status;
}

/* The text of results; what this version does not know of them is named. */
static int write_text(const struct stored_results *results)
{
	const struct result **list = calloc(results->count + 1, sizeof(*list));
	int status = -1;

	for (size_t i = 0; list && i < results->count; i++)
		list[i] = &results->list[i]->result;
	if (list)
		status = results->array ? report__repeats(stdout, list, results->count)
					: report__text(stdout, list[0], style__of(stdout));
	for (size_t i = 0; i < results->unknown.count; i++)
		printf("%s%s%s", i ? ", " : "Unknown keys of a newer mptrace: ", results->unknown.names[i],
		       i + 1 == results->unknown.count ? "\n" : "");
	free(list);
	return status;
}

/* What was printed of blocks (--json): the report is made from their trials, beside it. */
static bool is_of_blocks(const char *text, size_t size)
{
	json_t *document = text ? json_loadb(text, size, 0, NULL) : NULL;
	const char *schema = json_string_value(json_object_get(document, "schema"));
	bool is = schema__is(schema, VALIDATION_SCHEMA) || schema__is(schema, COMPARISON_SCHEMA);

	json_decref(document);
	return is;
}

static int render_beside(struct report *report, const char *path, struct failure *failure)
{
	char copy[4096], *directory;

	snprintf(copy, sizeof(copy), "%.4000s", path);
	directory = dirname(copy);
	return output__holds(directory, LOG_NAME)
		       ? render_blocks(report, directory, failure)
		       : fail(failure, STATUS_USAGE,
			      "%.200s: a report of blocks is made from their trials, " LOG_NAME
			      ", which -o DIR keeps and is not beside it (compare and --baseline read this file)",
			      path);
}

/* What is made of each result by itself. */
enum needs { NEEDS_NOTHING, NEEDS_STACKS, SHOWS_TIMELINE, NEEDS_TIMELINE };

static int write_folded(const struct result *result, const struct spans *spans)
{
	(void)spans;
	return report__folded(stdout, result);
}

static int write_markdown(const struct result *result, const struct spans *spans)
{
	(void)spans;
	return report__markdown(stdout, result);
}

static int write_csv(const struct result *result, const struct spans *spans)
{
	(void)spans;
	return report__csv(stdout, result);
}

static int write_timeline(const struct result *result, const struct spans *spans)
{
	return report__timeline(stdout, result, spans, style__of(stdout));
}

static int write_perfetto(const struct result *result, const struct spans *spans)
{
	return report__perfetto(stdout, result, spans);
}

static int write_html(const struct result *result, const struct spans *spans)
{
	return report__html(stdout, result, spans);
}

static const struct result_format {
	const char *name;
	enum needs needs;
	bool one; /* several are no file of that kind */
	int (*write)(const struct result *result, const struct spans *spans);
} result_formats[] = {
	{"markdown", NEEDS_NOTHING, false, write_markdown},  {"csv", NEEDS_NOTHING, true, write_csv},
	{"html", SHOWS_TIMELINE, true, write_html},	     {"folded", NEEDS_STACKS, false, write_folded},
	{"timeline", NEEDS_TIMELINE, false, write_timeline}, {"perfetto", NEEDS_TIMELINE, true, write_perfetto},
};

#define RESULT_FORMATS (sizeof(result_formats) / sizeof(*result_formats))

static const struct result_format *find_format(const char *name, struct failure *failure)
{
	char names[160] = "";

	for (size_t i = 0; i < RESULT_FORMATS; i++)
		if (!strcmp(result_formats[i].name, name))
			return &result_formats[i];
	for (size_t i = 0; i < RESULT_FORMATS; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), ", %s", result_formats[i].name);
	fail(failure, STATUS_USAGE, "there is no format '%.40s' of a result: there are text, json%s", name, names);
	return NULL;
}

static int refuse_results(const struct result_format *format, const struct stored_results *results, const char *path,
			  struct failure *failure)
{
	if (format->one && results->count > 1)
		return fail(failure, STATUS_USAGE, "%.200s has %zu results: %s is of one", path, results->count,
			    format->name);
	for (size_t i = 0; i < results->count; i++) {
		const struct result *result = &results->list[i]->result;

		if (format->needs == NEEDS_STACKS && !result->with_stacks)
			return fail(failure, STATUS_USAGE, "%.200s has no stacks: mptrace profile --stacks keeps them",
				    path);
		if (format->needs == NEEDS_TIMELINE && !result->timeline.kept)
			return fail(failure, STATUS_USAGE,
				    "%.200s has no timeline: run and profile keep one with --timeline -o DIR", path);
	}
	return 0;
}

/* Its timeline is in a file beside it. What only shows it is made without, too. */
static int write_one(const struct result_format *format, struct stored_results *results, struct result *result,
		     const char *path, struct failure *failure)
{
	struct spans spans = {0};
	char copy[4096], file[4200];
	int status = 0;

	snprintf(copy, sizeof(copy), "%.4000s", path);
	snprintf(file, sizeof(file), "%s/" TIMELINE_NAME, dirname(copy));
	if (result->timeline.kept &&
	    (format->needs == NEEDS_TIMELINE || (format->needs == SHOWS_TIMELINE && !access(file, F_OK))))
		status = timeline_file__read(result, &results->memory, file, failure) ||
			 spans__of(&spans, result, failure);
	if (!status && format->write(result, result->timeline.events ? &spans : NULL))
		status = fail(failure, STATUS_USAGE, "cannot write to standard output: %s", strerror(errno));
	spans__free(&spans);
	return status ? -1 : 0;
}

static int write_each(const struct result_format *format, struct stored_results *results, const char *path,
		      struct failure *failure)
{
	if (refuse_results(format, results, path, failure))
		return -1;
	for (size_t i = 0; i < results->count; i++)
		if (write_one(format, results, &results->list[i]->result, path, failure))
			return -1;
	return 0;
}

/* As JSON it is what it was, with all that this version does not know. */
static int render_results(struct report *report, const char *path, struct failure *failure)
{
	struct stored_results results = {0};
	size_t size;
	char *text = file__read(path, &size, failure);
	bool json = !strcmp(report->format, "json"), plain = !strcmp(report->format, "text");
	const struct result_format *format = NULL;
	int status = -1, written = 0;

	if (is_of_blocks(text, size)) {
		free(text);
		return render_beside(report, path, failure);
	}
	if (report->baseline)
		fail(failure, STATUS_USAGE, "of results, mptrace compare %s %s says what differs", report->baseline,
		     path);
	else if (text && (json || plain || (format = find_format(report->format, failure))) &&
		 !stored_results__read(&results, path, text, size, failure) &&
		 (!format || !write_each(format, &results, path, failure))) {
		written = format ? 0 : json ? fwrite(text, 1, size, stdout) == size ? 0 : -1 : write_text(&results);
		status = STATUS_DONE;
		for (size_t i = 0; i < results.count; i++)
			status = result__worse(status, result__status(&results.list[i]->result));
	}
	if (status >= 0 && (written || fflush(stdout)))
		status = fail(failure, STATUS_USAGE, "cannot write to standard output: %s", strerror(errno));
	stored_results__free(&results);
	free(text);
	return status;
}

/* A directory of validate or of several arms has trials, one of a single run a result. */
static int render(struct report *report, const char *path, struct failure *failure)
{
	char file[4096];
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct stat status;

	if (stat(path, &status))
		return fail(failure, STATUS_USAGE, "cannot read %.200s: %s", path, strerror(errno));
	if (!strcmp(name, LOG_NAME))
		return render_beside(report, path, failure);
	if (!S_ISDIR(status.st_mode))
		return render_results(report, path, failure);
	snprintf(file, sizeof(file), "%.4000s/" RESULT_NAME, path);
	if (output__holds(path, LOG_NAME))
		return render_blocks(report, path, failure);
	return output__holds(path, RESULT_NAME)
		       ? render_results(report, file, failure)
		       : fail(failure, STATUS_USAGE, "%.200s holds neither " LOG_NAME " nor " RESULT_NAME, path);
}

int command__report(int argc, char **argv)
{
	struct failure failure = {0};
	struct report report = {.format = "text"};
	int words = options__parse(rows, argc, argv, &report, &failure), status = -1;

	if (words >= 0 && report.help)
		return print_help();
	if (words == 1)
		status = render(&report, argv[1], &failure);
	else if (words >= 0)
		fail(&failure, STATUS_USAGE, "report one thing: mptrace report DIR, or FILE");
	if (failure.status)
		fprintf(stderr, "mptrace: %s\n", failure.says);
	return failure.status ? (int)failure.status : status;
}
