/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../arm/options.h"
#include "../contrast/contrast.h"
#include "../report/contrast_report.h"
#include "command.h"

struct compare {
	double fail_over; /* a share; INFINITY: not asked for */
	bool page; /* instead of the text */
	bool help;
};

static int set_format(void *context, const char *value, struct failure *failure)
{
	((struct compare *)context)->page = !strcmp(value, "html");
	if (strcmp(value, "html") != 0 && strcmp(value, "text") != 0)
		return fail(failure, STATUS_USAGE, "there is no format '%.40s' of what differs: there are text, html",
			    value);
	return 0;
}

static int set_fail_over(void *context, const char *value, struct failure *failure)
{
	struct compare *compare = context;
	char *end;
	double percent = strtod(value, &end);

	if (end == value || *end || !(percent >= 0 && percent <= 1e6))
		return fail(failure, STATUS_USAGE, "--fail-over '%.40s' is no percentage: a number from 0 on", value);
	compare->fail_over = percent / 100;
	return 0;
}

static const struct option_row rows[] = {
	{0, "fail-over", ARGUMENT_NEEDED, "PERCENT",
	 "exit 1 if a time grew by more, or a decided verdict changed; 4 if there is none to compare",
	 .set = set_fail_over},
	{0, "format", ARGUMENT_NEEDED, "NAME", "text (default), html", .set = set_format},
	{'h', "help", ARGUMENT_NONE, NULL, "this text", .flag = offsetof(struct compare, help)},
	{0},
};

static int print_help(void)
{
	puts("Usage: mptrace compare BEFORE NOW [options]\n\n"
	     "What differs between two results, two comparisons or two validations: directories of -o, or JSON files.\n"
	     "The environment first, then figures that differ by more than their noise, then verdicts. Needs no "
	     "root.\n\n"
	     "Options:");
	options__help(rows);
	return STATUS_DONE;
}

static int compare_paths(const char *before, const char *now, struct contrast *contrast, struct failure *failure)
{
	struct snapshot earlier = {0}, later = {0};
	int status = -1;

	if (!snapshot__read(&earlier, before, failure) && !snapshot__read(&later, now, failure))
		status = contrast__make(contrast, &earlier, before, &later, now, failure);
	snapshot__free(&earlier);
	snapshot__free(&later);
	return status;
}

/* The exit status that --fail-over asks for, and why in a sentence. */
static int judge(const struct contrast *contrast, double over)
{
	bool compared = contrast->times_compared || (contrast->kind == KIND_VALIDATION && contrast->verdicts_compared);

	fflush(stdout);
	if (contrast->slower > over)
		fprintf(stderr, "mptrace: a time grew by %.3g %%, over --fail-over %.3g\n", 100 * contrast->slower,
			100 * over);
	if (contrast->flipped)
		fprintf(stderr, "mptrace: %zu verdict(s) changed\n", contrast->flipped);
	if (contrast->slower > over || contrast->flipped)
		return STATUS_CONTRADICTED;
	if (compared)
		return STATUS_DONE;
	fprintf(stderr, "mptrace: --fail-over: the two have no time in common that was measured\n");
	return STATUS_UNSURE;
}

int command__compare(int argc, char **argv)
{
	struct failure failure = {0};
	struct compare compare = {.fail_over = INFINITY};
	struct contrast contrast = {0};
	int words = options__parse(rows, argc, argv, &compare, &failure), status = STATUS_DONE;

	if (words >= 0 && compare.help)
		return print_help();
	if (words >= 0 && words != 2)
		fail(&failure, STATUS_USAGE, "compare two things: mptrace compare BEFORE NOW");
	if (words == 2 && !compare_paths(argv[1], argv[2], &contrast, &failure)) {
		if (compare.page ? report__contrast_page(stdout, &contrast)
				 : report__contrast_text(stdout, &contrast, style__of(stdout)))
			fail(&failure, STATUS_USAGE, "cannot write to standard output: %s", strerror(errno));
		if (isfinite(compare.fail_over))
			status = judge(&contrast, compare.fail_over);
	}
	if (failure.status)
		fprintf(stderr, "mptrace: %s\n", failure.says);
	contrast__free(&contrast);
	return failure.status ? (int)failure.status : status;
}
