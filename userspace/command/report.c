/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../report/validation_report.h"
#include "../validation/log.h"
#include "../arm/options.h"
#include "command.h"

struct report {
	const struct validation_format *format;
	const char *baseline;
	bool help;
};

static int set_format(void *context, const char *value, struct failure *failure)
{
	((struct report *)context)->format = validation_format__find(value, failure);
	return ((struct report *)context)->format ? 0 : -1;
}

static int set_baseline(void *context, const char *value, struct failure *failure)
{
	(void)failure;
	((struct report *)context)->baseline = value;
	return 0;
}

static const struct option_row rows[] = {
	{0, "format", ARGUMENT_NEEDED, "NAME", "text (default), json, markdown, junit or ktap", .set = set_format},
	{0, "baseline", ARGUMENT_NEEDED, "DIR", "name the verdicts that are not as they were there",
	 .set = set_baseline},
	{'h', "help", ARGUMENT_NONE, NULL, "this text", .flag = offsetof(struct report, help)},
	{0},
};

static int print_help(void)
{
	puts("Usage: mptrace report DIR [options]\n\n"
	     "Judges the trials in DIR/" LOG_NAME
	     " (mptrace validate -o DIR) again and prints the report. Needs no root.\n\n"
	     "Options:");
	options__help(rows);
	return STATUS_DONE;
}

static int render(const struct report *report, const char *directory, struct failure *failure)
{
	struct claims claims = {0};
	struct validation validation = {.claims = &claims};
	struct claim_texts texts = {0};
	struct trial_rows trials = {0};
	char path[4096];
	int status;

	snprintf(path, sizeof(path), "%.4000s/" LOG_NAME, directory);
	status = trial_log__read(path, &validation, &texts, &trials, failure);
	if (!status)
		status = validation__judge(&validation, trials.list, trials.count, failure);
	if (!status && report->baseline)
		status = validation__compare(&validation, report->baseline, failure);
	if (!status && (report->format->write(stdout, &validation, style__of(stdout)) || fflush(stdout)))
		status = fail(failure, STATUS_USAGE, "cannot write to standard output: %s", strerror(errno));
	if (!status)
		status = validation__status(&validation, false);
	validation__free(&validation);
	trial_rows__free(&trials);
	claims__free(&claims);
	claim_texts__free(&texts);
	return status;
}

int command__report(int argc, char **argv)
{
	struct failure failure = {0};
	struct report report = {.format = validation_format__find("text", &failure)};
	int words = options__parse(rows, argc, argv, &report, &failure), status = -1;

	if (words >= 0 && report.help)
		return print_help();
	if (words == 1)
		status = render(&report, argv[1], &failure);
	else if (words >= 0)
		fail(&failure, STATUS_USAGE, "report which validation? For example: mptrace report DIR");
	if (failure.status)
		fprintf(stderr, "mptrace: %s\n", failure.says);
	return failure.status ? (int)failure.status : status;
}
