/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../cgroups/cgroup.h"
#include "../arm/values.h"
#include "../base/clock.h"
#include "../claim/words.h"
#include "../comparison/comparison.h"
#include "../experiment/host.h"
#include "../experiment/interpreter.h"
#include "../report/human.h"
#include "../report/validation_parts.h"

#define REDRAW_NS 100000000ull
#define LINE_EVERY_NS 10000000000ull

static int set_seed(void *context, const char *value, struct failure *failure)
{
	((struct session *)context)->seeded = true;
	return value__count("--seed", value, 0, INT64_MAX, &((struct session *)context)->seed, failure);
}

static int set_max_time(void *context, const char *value, struct failure *failure)
{
	return value__seconds("--max-time", value, 1, &((struct session *)context)->most_ns, failure);
}

/* Options whose value is kept as it is. */
#define KEEPS(field)                                                                                                   \
	static int set_##field(void *context, const char *value, struct failure *failure)                              \
	{                                                                                                              \
		(void)failure;                                                                                         \
		((struct session *)context)->field = value;                                                            \
		return 0;                                                                                              \
	}

KEEPS(directory)
KEEPS(resume)
KEEPS(baseline)

static int set_json(void *context, const char *value, struct failure *failure)
{
	((struct session *)context)->json = true;
	return output__json_path(value, &((struct session *)context)->json_path, failure);
}

int session__set_format(void *context, const char *value, struct failure *failure)
{
	struct session *session = context;

	session->format = validation_format__find(session->kind->formats, value, failure);
	return session->format ? 0 : -1;
}

const struct option_row session_block_rows[] = {
	{0, "max-time", ARGUMENT_NEEDED, "SECONDS", "stop after so long, with what is decided by then",
	 .set = set_max_time},
	{0, "resume", ARGUMENT_NEEDED, "DIR", "go on where it was interrupted", .set = set_resume},
	{0, "baseline", ARGUMENT_NEEDED, "DIR", "name what is not as it was there", .set = set_baseline},
	{0},
};

const struct option_row session_rows[] = {
	{.more = session_block_rows},
	{0, "seed", ARGUMENT_NEEDED, "N", "orders the blocks (1): the same seed, the same order", .set = set_seed},
	{'o', "output", ARGUMENT_NEEDED, "DIR",
	 "keep DIR/" LOG_NAME " (as trials end), and the report as JSON and as DIR/" PAGE_NAME, .set = set_directory},
	{'j', "json", ARGUMENT_OPTIONAL, "FILE", "the report as JSON, to FILE or instead of the text", .set = set_json},
	{0},
};

void session__begin(struct session *session, const struct session_kind *kind)
{
	*session = (struct session){.kind = kind, .seed = 1, .format = kind->formats, .held = -1};
}

/* -o DIR in any of its ways to be written: doing it again takes another directory. */
static bool names_directory(const struct session *session, const char *word)
{
	const char *directory = session->directory;

	if (!directory)
		return false;
	return !strcmp(word, "-o") || !strcmp(word, "--output") ||
	       (strlen(word) >= strlen(directory) && word + strlen(word) == directory + strlen(directory));
}

static void describe_machine(struct session *session)
{
	struct validation *validation = &session->validation;
	struct interpreter interpreter = {0};
	struct cgroup_support support;
	struct failure ignored = {0};
	time_t now = time(NULL);
	struct tm utc;

	host__describe(&validation->environment);
	cgroup__probe(&support);
	snprintf(validation->environment.cgroup_mode, sizeof(validation->environment.cgroup_mode), "%s",
		 cgroup_mode__name(support.mode));
	if (!interpreter__find(&interpreter, NULL, &session->caller, &ignored))
		snprintf(validation->interpreter, sizeof(validation->interpreter), "%.48s (%.70s)", interpreter.version,
			 interpreter.path);
	strftime(validation->started, sizeof(validation->started), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

void session__describe(struct session *session, int argc, char *const *argv, uint32_t blocks)
{
	struct validation *validation = &session->validation;
	size_t length = (size_t)snprintf(validation->command, sizeof(validation->command), "sudo mptrace");

	validation->claims = &session->claims;
	validation->quick = session->quick;
	validation->blocks = blocks;
	validation->seed = session->seed;
	validation->error = SESSION_ERROR;
	validation->looks = look_plan__blocks(validation->blocks).count;
	describe_machine(session);
	for (int i = 0; i < argc && length < sizeof(validation->command); i++) {
		struct memory memory = {0};
		const char *quoted = names_directory(session, argv[i]) ? NULL : command__join(&memory, &argv[i], 1);

		if (quoted)
			length += (size_t)snprintf(validation->command + length, sizeof(validation->command) - length,
						   " %s", quoted);
		memory__free(&memory);
	}
	if (length >= sizeof(validation->command)) /* nobody must take a part for all of it */
		memcpy(validation->command + sizeof(validation->command) - sizeof(" [cut]"), " [cut]",
		       sizeof(" [cut]"));
}

/* What was run is read, and the rest of it is as it was asked for then. */
static int read_earlier(struct session *session, struct failure *failure)
{
	struct validation *validation = &session->validation;
	const struct environment here = validation->environment;
	char path[4096];

	snprintf(path, sizeof(path), "%.4000s/" LOG_NAME, session->resume);
	if (trial_log__read(path, validation, &session->texts, &session->rows, failure))
		return -1;
	if (comparison__is(validation) != session->kind->side_by_side)
		return fail(failure, STATUS_USAGE, "%s is of mptrace %s: go on with that", path,
			    session->kind->side_by_side ? "validate" : "run");
	if (strcmp(here.cpus_allowed, validation->environment.cpus_allowed) != 0)
		return fail(failure, STATUS_USAGE, "%s is of CPUs %.60s: trials of others do not mix with them", path,
			    validation->environment.cpus_allowed);
	if (strcmp(here.kernel, validation->environment.kernel) != 0)
		return fail(failure, STATUS_USAGE, "%s is of another kernel (%.60s): trials of two do not mix", path,
			    validation->environment.kernel);
	session->directory = session->resume;
	return 0;
}

int session__hold(struct session *session, struct failure *failure)
{
	if (session->resume)
		session->held = output__hold(session->resume, true, &session->caller, failure);
	return session->resume && session->held < 0 ? -1 : 0;
}

int session__plan(struct session *session, struct failure *failure)
{
	if ((session->resume && read_earlier(session, failure)) ||
	    schedule__make(&session->schedule, &session->claims, failure))
		return -1;
	schedule__resolve(&session->schedule);
	return 0;
}

static int open_directory(struct session *session, struct failure *failure)
{
	if (session->held < 0)
		session->held = output__hold(session->directory, false, &session->caller, failure);
	if (session->held < 0)
		return -1;
	if (output__holds(session->directory, RESULT_NAME))
		return fail(failure, STATUS_USAGE, "%s holds the result of a single run: name another -o DIR",
			    session->directory);
	if (output__holds(session->directory, session->kind->file) && !output__holds(session->directory, LOG_NAME))
		return fail(failure, STATUS_USAGE, "%s holds a %s, but no " LOG_NAME ": name another -o DIR",
			    session->directory, session->kind->file);
	if (output__append_in(&session->log, session->directory, LOG_NAME, session->resume != NULL, &session->caller,
			      failure))
		return -1;
	if (output__open_in(&session->directory_file, session->directory, session->kind->file, &session->caller,
			    failure) ||
	    output__open_in(&session->page_file, session->directory, PAGE_NAME, &session->caller, failure))
		return -1;
	if (!session->resume && trial_log__begin(session->log.file, &session->validation, &session->texts)) {
		fail(failure, STATUS_USAGE, "cannot write %s: %s", session->log.path, strerror(errno));
		unlink(session->log.path); /* half a header is nothing to go on with */
		return -1;
	}
	return 0;
}

/* The directory first: a file in it that -j names is no reason to refuse it. */
static int open_outputs(struct session *session, struct failure *failure)
{
	if (session->directory && open_directory(session, failure))
		return -1;
	return session->json_path ? output__open(&session->json_file, session->json_path, &session->caller, failure)
				  : 0;
}

/* What a trial is for, and the state of its verdict. */
static const char *for_claim(char room[160], const struct claim_finding *finding)
{
	size_t decided = 0, blocks = 0;

	if (!finding)
		return "the controls";
	for (size_t i = 0; i < finding->claim->case_count; i++) {
		decided += !finding->cases[i].wanted;
		blocks = finding->cases[i].blocks > blocks ? finding->cases[i].blocks : blocks;
	}
	snprintf(room, 160, "%.80s, undecided after %zu (%zu of %zu cases decided)", claim__name(finding->claim),
		 blocks, decided, finding->claim->case_count);
	return room;
}

static void draw_progress(const struct campaign_progress *progress)
{
	static uint64_t drawn_ns;
	static int terminal = -1;
	uint64_t now = clock_ns();
	char line[512], left[HUMAN], claim[160];

	if (terminal < 0)
		terminal = isatty(STDERR_FILENO);
	if (drawn_ns && now - drawn_ns < (terminal ? REDRAW_NS : LINE_EVERY_NS))
		return;
	drawn_ns = now;
	snprintf(line, sizeof(line), "%s %" PRIu32 ", trial %zu of %zu; %zu of %zu decided; at most %s left; %s: %s",
		 progress->block ? "block" : "warm-up, block", progress->block, progress->done + 1, progress->trials,
		 progress->decided, progress->claims, human__duration(left, progress->left_ns),
		 for_claim(claim, progress->claim), progress->command);
	if (terminal)
		fprintf(stderr, "\r%.*s\033[K", style__of(stderr).width - 1, line);
	else
		fprintf(stderr, "mptrace: %s\n", line);
}

static void announce(const struct session *session)
{
	char from[HUMAN], to[HUMAN];
	uint64_t least, most;

	schedule__estimate(&session->schedule, &session->validation, &least, &most);
	if (session->most_ns) {
		least = least < session->most_ns ? least : session->most_ns;
		most = most < session->most_ns ? most : session->most_ns;
	}
	fprintf(stderr, "mptrace: %zu different arms; about %s", session->schedule.arm_count,
		human__duration(from, least));
	if (least != most)
		fprintf(stderr, " to %s", human__duration(to, most));
	fprintf(stderr, session->rows.count ? " in all, of which %zu trials have been run\n" : " in all\n",
		session->rows.count);
}

/* Before the trials, so that they do not run in vain. */
static int look_at_baseline(const struct session *session, struct failure *failure)
{
	struct snapshot earlier = {0};
	int status = 0;

	if (session->baseline)
		status = snapshot__read(&earlier, session->baseline, failure);
	if (!status && session->baseline &&
	    earlier.kind != (session->kind->side_by_side ? KIND_COMPARISON : KIND_VALIDATION))
		status = fail(failure, STATUS_USAGE, "--baseline %s is %s: this will be another kind of thing",
			      session->baseline, stored_kind_names[earlier.kind]);
	snapshot__free(&earlier);
	return status;
}

static int compare(struct session *session, struct failure *failure)
{
	if (!session->baseline)
		return 0;
	if (contrast__with(&session->contrast, session->baseline, &session->validation, failure))
		return -1;
	session->validation.baseline = &session->contrast;
	return 0;
}

static int run_trials(struct session *session, struct failure *failure)
{
	struct campaign_options options = {
		.log = session->log.file, .most_ns = session->most_ns, .progress = draw_progress};
	int status;

	announce(session);
	trial__catch_signals();
	status = campaign__run(&session->validation, &session->schedule, &session->rows, &options, failure);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return status;
}

/* Nothing is renamed before all that can be written is: what -o DIR has is of one session. */
static void keep(struct session *session, const struct validation_format *json, const struct validation_format *page,
		 struct failure *failure)
{
	const struct validation *validation = &session->validation;
	struct output *report = &session->directory_file, *beside = &session->page_file;
	struct style style = style__of(stdout);

	if (!report->file || output__finish(report, json->write(report->file, validation, style), failure))
		return;
	output__finish(beside, page->write(beside->file, validation, style), failure);
	output__remove(session->directory, PAGE_NAME, &session->caller);
	if (!output__place(report, failure))
		output__place(beside, failure);
}

static int write_all(struct session *session, struct failure *failure)
{
	const struct validation_format *json = validation_format__find(session->kind->formats, "json", failure);
	const struct validation_format *page = validation_format__find(session->kind->formats, "html", failure);
	const struct validation *validation = &session->validation;
	struct style style = style__of(stdout);

	if (session->json_file.file)
		output__commit(&session->json_file, json->write(session->json_file.file, validation, style), failure);
	keep(session, json, page, failure);
	if (session->json && !session->json_path)
		session->format = json;
	if ((session->format->write(stdout, validation, style) || fflush(stdout)) && !failure->status)
		fail(failure, STATUS_USAGE, "cannot write to standard output: %s", strerror(errno));
	return failure->status ? -1 : 0;
}

int session__run(struct session *session, struct failure *failure)
{
	int status;

	if (look_at_baseline(session, failure) || open_outputs(session, failure))
		return -1;
	status = run_trials(session, failure);
	if (status && !session->rows.count)
		return -1;
	/* A baseline that is gone meanwhile loses nothing. */
	if (compare(session, failure))
		status = -1;
	return write_all(session, failure) ? -1 : status;
}

int session__status(const struct session *session, bool strict)
{
	return trial_stop_signal ? STATUS_SIGNAL + trial_stop_signal : validation__status(&session->validation, strict);
}

void session__free(struct session *session)
{
	output__discard(&session->json_file);
	output__discard(&session->directory_file);
	output__discard(&session->page_file);
	output__discard(&session->log);
	if (session->held >= 0)
		close(session->held);
	contrast__free(&session->contrast);
	validation__free(&session->validation);
	schedule__free(&session->schedule);
	trial_rows__free(&session->rows);
	claims__free(&session->claims);
	claim_texts__free(&session->texts);
}
