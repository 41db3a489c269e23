/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../cgroups/cgroup.h"
#include "../arm/identity.h"
#include "../arm/values.h"
#include "../base/clock.h"
#include "../claim/show.h"
#include "../experiment/host.h"
#include "../experiment/interpreter.h"
#include "../report/human.h"
#include "../report/validation_report.h"
#include "../validation/campaign.h"
#include "command.h"
#include "output.h"

#define OVERALL_ERROR 0.01 /* of one claim, all its looks together (statistics.md) */
#define MAX_CLAIM_FILE (1 << 20)
#define REDRAW_NS 100000000ull
#define LINE_EVERY_NS 10000000000ull

struct validate {
	struct validation validation;
	struct claims claims;
	struct claim_texts texts;
	struct schedule schedule;
	struct trial_rows rows;
	struct identity caller; /* whose the files are */
	const char *directory, *resume, *baseline, *show, *json_path;
	bool seeded; /* --seed was given */
	const struct validation_format *format;
	bool quick, dry_run, strict, json, help;
	uint64_t seed, most_ns;
	struct output log, json_file, directory_file;
};

static int set_seed(void *context, const char *value, struct failure *failure)
{
	((struct validate *)context)->seeded = true;
	return value__count("--seed", value, 0, INT64_MAX, &((struct validate *)context)->seed, failure);
}

static int set_max_time(void *context, const char *value, struct failure *failure)
{
	return value__seconds("--max-time", value, 1, &((struct validate *)context)->most_ns, failure);
}

/* Options whose value is kept as it is. */
#define KEEPS(field)                                                                                                   \
	static int set_##field(void *context, const char *value, struct failure *failure)                              \
	{                                                                                                              \
		(void)failure;                                                                                         \
		((struct validate *)context)->field = value;                                                           \
		return 0;                                                                                              \
	}

KEEPS(directory)
KEEPS(resume)
KEEPS(baseline)
KEEPS(show)

static int set_format(void *context, const char *value, struct failure *failure)
{
	struct validate *validate = context;

	validate->format = validation_format__find(value, failure);
	return validate->format ? 0 : -1;
}

static int set_json(void *context, const char *value, struct failure *failure)
{
	((struct validate *)context)->json = true;
	return output__json_path(value, &((struct validate *)context)->json_path, failure);
}

static const struct option_row rows[] = {
	{0, "quick", ARGUMENT_NONE, NULL, "one look at 12 blocks instead of up to 40; of a scale only its two ends",
	 .flag = offsetof(struct validate, quick)},
	{0, "seed", ARGUMENT_NEEDED, "N", "orders the blocks (1): the same seed, the same order", .set = set_seed},
	{0, "max-time", ARGUMENT_NEEDED, "SECONDS", "stop after so long, with what is decided by then",
	 .set = set_max_time},
	{'o', "output", ARGUMENT_NEEDED, "DIR", "keep DIR/trials.jsonl (as trials end) and DIR/validation.json",
	 .set = set_directory},
	{0, "resume", ARGUMENT_NEEDED, "DIR", "go on with an interrupted validation", .set = set_resume},
	{0, "baseline", ARGUMENT_NEEDED, "DIR", "name the verdicts that are not as they were there",
	 .set = set_baseline},
	{'j', "json", ARGUMENT_OPTIONAL, "FILE", "the validation as JSON, to FILE or instead of the text",
	 .set = set_json},
	{0, "format", ARGUMENT_NEEDED, "NAME", "text, json, markdown, junit or ktap", .set = set_format},
	{0, "show", ARGUMENT_NEEDED, "CLAIM", "print a claim, its experiment and the exact commands; run nothing",
	 .set = set_show},
	{0, "dry-run", ARGUMENT_NONE, NULL, "print the whole schedule and its estimated time; run nothing",
	 .flag = offsetof(struct validate, dry_run)},
	{0, "strict", ARGUMENT_NONE, NULL, "exit 4 if a claim stays undecided or events were lost",
	 .flag = offsetof(struct validate, strict)},
	{'h', "help", ARGUMENT_NONE, NULL, "this text", .flag = offsetof(struct validate, help)},
	{0},
};

static int print_help(void)
{
	puts("Usage: sudo mptrace validate [CLAIM...|FILE.yaml...] [options]\n\n"
	     "Runs the experiments behind documented claims and says what is true here. Without CLAIM: all of them\n"
	     "(mptrace list claims). A FILE.yaml has claims of your own, written like those in the catalogue; named\n"
	     "together with claims, only those of them are run.\n\n"
	     "Options (default):");
	options__help(rows);
	puts("\nExit status: 0 as expected; 1 a verdict contradicts its claim's expect:; 2 wrong usage, or an\n"
	     "output that cannot be written; 3 cannot be measured here; 4 undecided (--strict); 5 invalid;\n"
	     "129, 130 or 143 stopped by a signal\n"
	     "Example: sudo mptrace validate gil-one-thread pool-fifo --quick");
	return STATUS_DONE;
}

static bool is_file(const char *word)
{
	size_t length = strlen(word);

	return strchr(word, '/') || (length > 5 && !strcmp(word + length - 5, ".yaml")) ||
	       (length > 4 && !strcmp(word + length - 4, ".yml"));
}

static int add_file(struct validate *validate, const char *path, struct failure *failure)
{
	FILE *file = fopen(path, "re");
	char *text = malloc(MAX_CLAIM_FILE + 1);
	size_t size = file && text ? fread(text, 1, MAX_CLAIM_FILE + 1, file) : 0;
	int status = 0;

	if (!file || !text || ferror(file))
		status = fail(failure, STATUS_USAGE, "cannot read %s: %s", path, strerror(errno));
	else if (size > MAX_CLAIM_FILE)
		status = fail(failure, STATUS_USAGE, "%s is larger than 1 MiB: that is no claim file", path);
	else if (strlen(path) && (text[size] = '\0', claim_texts__add(&validate->texts, path, text, size)))
		status = fail(failure, STATUS_CANNOT, "out of memory");
	free(text);
	if (file)
		fclose(file);
	return status;
}

/* Only the claims of the user's own files, not those of the catalogue beside them. */
static int select_own(struct validate *validate, struct failure *failure)
{
	struct claims own = {0};
	int status = 0;

	for (size_t i = 0; !status && i < validate->texts.file_count; i++)
		status = claims__read(&own, validate->texts.files[i].name, validate->texts.files[i].text,
				      validate->texts.files[i].size, failure);
	for (size_t i = 0; !status && i < own.count; i++)
		if (claim_texts__select(&validate->texts, own.list[i]->id))
			status = fail(failure, STATUS_CANNOT, "out of memory");
	claims__free(&own);
	return status;
}

/* Controls run beside the claims that need them. */
static int refuse_controls(const struct validate *validate, struct failure *failure)
{
	for (size_t i = 0; i < validate->texts.selected_count; i++)
		if (claim__is_control(claims__find(&validate->claims, validate->texts.selected[i])))
			return fail(failure, STATUS_USAGE,
				    "%s is a control: it runs by itself beside the claims that need it",
				    validate->texts.selected[i]);
	for (size_t i = 0; i < validate->claims.count; i++) {
		const struct claim *claim = validate->claims.list[i];

		if (claim__is_control(claim) && claim__own_file(claim))
			return fail(failure, STATUS_USAGE, "%s:%u: error: the source id controls is mptrace's own",
				    claim->place.file, claim->place.line);
	}
	return 0;
}

/* Claims that are named are chosen from all files; the catalogue is always there: the controls are in it. */
static int gather_claims(struct validate *validate, char **words, int count, struct failure *failure)
{
	const char *name, *text;
	size_t size;

	for (int i = 0; i < count; i++)
		if (is_file(words[i]) ? add_file(validate, words[i], failure)
				      : claim_texts__select(&validate->texts, words[i]))
			return fail(failure, STATUS_CANNOT, "out of memory");
	if (!validate->texts.selected_count && !validate->show && select_own(validate, failure))
		return -1;
	for (size_t i = 0; claims__catalogue_file(i, &name, &text, &size); i++)
		if (claim_texts__add(&validate->texts, name, text, size))
			return fail(failure, STATUS_CANNOT, "out of memory");
	if (claim_texts__read(&validate->texts, &validate->claims, failure) || refuse_controls(validate, failure))
		return -1;
	if (validate->quick)
		claims__shorten(&validate->claims);
	return 0;
}

/* -o DIR in any of its ways to be written: doing it again takes another directory. */
static bool names_directory(const struct validate *validate, const char *word)
{
	const char *directory = validate->directory;

	if (!directory)
		return false;
	return !strcmp(word, "-o") || !strcmp(word, "--output") ||
	       (strlen(word) >= strlen(directory) && word + strlen(word) == directory + strlen(directory));
}

static void describe(struct validate *validate, int argc, char **argv)
{
	struct validation *validation = &validate->validation;
	struct interpreter interpreter = {0};
	struct cgroup_support support;
	struct failure ignored = {0};
	time_t now = time(NULL);
	struct tm utc;
	size_t length = 0;

	validation->claims = &validate->claims;
	validation->quick = validate->quick;
	validation->seed = validate->seed;
	validation->error = OVERALL_ERROR;
	validation->looks = look_plan__blocks(validate->quick).count;
	host__describe(&validation->environment);
	cgroup__probe(&support);
	snprintf(validation->environment.cgroup_mode, sizeof(validation->environment.cgroup_mode), "%s",
		 cgroup_mode__name(support.mode));
	if (!interpreter__find(&interpreter, NULL, &validate->caller, &ignored))
		snprintf(validation->interpreter, sizeof(validation->interpreter), "%.48s (%.70s)", interpreter.version,
			 interpreter.path);
	strftime(validation->started, sizeof(validation->started), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	length = (size_t)snprintf(validation->command, sizeof(validation->command), "sudo mptrace");
	for (int i = 0; i < argc && length < sizeof(validation->command); i++)
		if (!names_directory(validate, argv[i]))
			length += (size_t)snprintf(validation->command + length, sizeof(validation->command) - length,
						   " %s", argv[i]);
}

static int parse(struct validate *validate, int argc, char **argv, struct failure *failure)
{
	char **given = calloc((size_t)argc + 1, sizeof(*given));
	int words, status = -1;

	if (!given)
		return fail(failure, STATUS_CANNOT, "out of memory");
	memcpy(given, argv, (size_t)argc * sizeof(*given)); /* options__parse moves them about */
	words = options__parse(rows, argc, argv, validate, failure);
	if (words >= 0 && validate->resume &&
	    (words || validate->directory || validate->seeded || validate->quick || validate->show))
		fail(failure, STATUS_USAGE,
		     "--resume goes on with the claims, the directory and the blocks that it names: leave out %s",
		     words		   ? argv[1]
		     : validate->directory ? "-o"
		     : validate->seeded	   ? "--seed"
		     : validate->quick	   ? "--quick"
					   : "--show");
	else if (words > 0 && validate->show && !is_file(argv[1]))
		fail(failure, STATUS_USAGE, "--show takes one claim, and files of your own: leave out %s", argv[1]);
	else if (words >= 0 && !validate->help && !identity__find(NULL, &validate->caller, failure) &&
		 (validate->resume || !gather_claims(validate, argv + 1, words, failure))) {
		describe(validate, argc, given);
		status = 0;
	}
	free(given);
	return validate->help ? 0 : status;
}

/* --resume: what was run is read, and the rest of it is as it was asked for then. */
static int read_earlier(struct validate *validate, struct failure *failure)
{
	char kernel[sizeof(validate->validation.environment.kernel)], path[4096];
	char cpus[sizeof(validate->validation.environment.cpus_allowed)];

	snprintf(kernel, sizeof(kernel), "%s", validate->validation.environment.kernel);
	snprintf(cpus, sizeof(cpus), "%s", validate->validation.environment.cpus_allowed);
	snprintf(path, sizeof(path), "%.4000s/" LOG_NAME, validate->resume);
	if (trial_log__read(path, &validate->validation, &validate->texts, &validate->rows, failure))
		return -1;
	if (strcmp(cpus, validate->validation.environment.cpus_allowed) != 0)
		return fail(failure, STATUS_USAGE, "%s is of CPUs %.60s: trials of others do not mix with them", path,
			    validate->validation.environment.cpus_allowed);
	if (strcmp(kernel, validate->validation.environment.kernel) != 0)
		return fail(failure, STATUS_USAGE, "%s is of another kernel (%.60s): trials of two do not mix", path,
			    validate->validation.environment.kernel);
	validate->directory = validate->resume;
	return 0;
}

static int open_outputs(struct validate *validate, struct failure *failure)
{
	if (validate->json_path && output__open(&validate->json_file, validate->json_path, &validate->caller, failure))
		return -1;
	if (!validate->directory)
		return 0;
	if (output__append_in(&validate->log, validate->directory, LOG_NAME, validate->resume != NULL,
			      &validate->caller, failure) ||
	    output__open_in(&validate->directory_file, validate->directory, "validation.json", &validate->caller,
			    failure))
		return -1;
	if (!validate->resume && trial_log__begin(validate->log.file, &validate->validation, &validate->texts)) {
		fail(failure, STATUS_USAGE, "cannot write %s: %s", validate->log.path, strerror(errno));
		unlink(validate->log.path); /* half a header is nothing to go on with */
		return -1;
	}
	return 0;
}

/* The claim that a trial is for, and the state of its verdict. */
static const char *for_claim(char room[160], const struct claim_finding *finding)
{
	size_t decided = 0, blocks = 0;

	if (!finding)
		return "the controls";
	for (size_t i = 0; i < finding->claim->case_count; i++) {
		decided += !finding->cases[i].wanted;
		blocks = finding->cases[i].blocks > blocks ? finding->cases[i].blocks : blocks;
	}
	snprintf(room, 160, "%.80s, undecided after %zu (%zu of %zu cases decided)", finding->claim->id, blocks,
		 decided, finding->claim->case_count);
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
	snprintf(line, sizeof(line),
		 "%s %" PRIu32 ", trial %zu of %zu; %zu of %zu claims decided; at most %s left; %s: %s",
		 progress->block ? "block" : "warm-up, block", progress->block, progress->done + 1, progress->trials,
		 progress->decided, progress->claims, human__duration(left, progress->left_ns),
		 for_claim(claim, progress->claim), progress->command);
	if (terminal)
		fprintf(stderr, "\r%.*s\033[K", style__of(stderr).width - 1, line);
	else
		fprintf(stderr, "mptrace: %s\n", line);
}

static void announce(const struct validate *validate)
{
	char from[HUMAN], to[HUMAN];
	uint64_t least, most;

	schedule__estimate(&validate->schedule, &validate->claims, validate->validation.quick, &least, &most);
	fprintf(stderr, "mptrace: %zu different arms; about %s to %s in all", validate->schedule.arm_count,
		human__duration(from, least), human__duration(to, most));
	fprintf(stderr, validate->rows.count ? ", of which %zu trials have been run\n" : "\n", validate->rows.count);
}

static int compare(struct validate *validate, struct failure *failure)
{
	return validate->baseline ? validation__compare(&validate->validation, validate->baseline, failure) : 0;
}

static int run(struct validate *validate, struct failure *failure)
{
	struct campaign_options options = {.most_ns = validate->most_ns, .progress = draw_progress};
	int status;

	/* What it is compared with is looked at before the trials, so that they do not run in vain. */
	if (compare(validate, failure) || open_outputs(validate, failure))
		return -1;
	options.log = validate->log.file;
	announce(validate);
	trial__catch_signals();
	status = campaign__run(&validate->validation, &validate->schedule, &validate->rows, &options, failure);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return status;
}

static int write_all(struct validate *validate, struct failure *failure)
{
	const struct validation_format *json = validation_format__find("json", failure);
	struct style style = style__of(stdout);

	if (validate->json_file.file)
		output__commit(&validate->json_file,
			       json->write(validate->json_file.file, &validate->validation, style), failure);
	if (validate->directory_file.file)
		output__commit(&validate->directory_file,
			       json->write(validate->directory_file.file, &validate->validation, style), failure);
	if (validate->json && !validate->json_path)
		validate->format = json;
	if ((validate->format->write(stdout, &validate->validation, style) || fflush(stdout)) && !failure->status)
		fail(failure, STATUS_USAGE, "cannot write to standard output: %s", strerror(errno));
	return failure->status ? -1 : 0;
}

static int show(struct validate *validate, struct failure *failure)
{
	const struct claim *claim = claims__find(&validate->claims, validate->show);

	if (!claim)
		return claims__no_such(&validate->claims, validate->show, failure);
	claim__show(stdout, claim);
	return 0;
}

/* What is asked for, up to the report. */
static int act(struct validate *validate, struct failure *failure)
{
	int status;

	if (validate->show)
		return show(validate, failure);
	if (!validate->dry_run && geteuid())
		return fail(failure, STATUS_CANNOT, "validate needs root, for control groups and tracing: use sudo");
	if ((validate->resume && read_earlier(validate, failure)) ||
	    schedule__make(&validate->schedule, &validate->claims, failure))
		return -1;
	if (validate->dry_run)
		return schedule__print(stdout, &validate->schedule, &validate->validation, failure);
	status = run(validate, failure);
	/* What was measured before it failed is still written. */
	if (status && !validate->rows.count)
		return -1;
	return compare(validate, failure) || write_all(validate, failure) ? -1 : status;
}

static int exit_status(const struct validate *validate)
{
	if (validate->show || validate->dry_run)
		return STATUS_DONE;
	if (trial_stop_signal)
		return STATUS_SIGNAL + trial_stop_signal;
	return validation__status(&validate->validation, validate->strict);
}

static void clean(struct validate *validate)
{
	output__discard(&validate->json_file);
	output__discard(&validate->directory_file);
	output__discard(&validate->log);
	validation__free(&validate->validation);
	schedule__free(&validate->schedule);
	trial_rows__free(&validate->rows);
	claims__free(&validate->claims);
	claim_texts__free(&validate->texts);
}

int command__validate(int argc, char **argv)
{
	static struct validate validate;
	struct failure failure = {0};
	int status;

	validate = (struct validate){.seed = 1};
	validate.format = validation_format__find("text", &failure);
	/* What goes wrong is in the failure. */
	if (!parse(&validate, argc, argv, &failure)) {
		if (validate.help)
			return print_help();
		(void)act(&validate, &failure);
	}
	if (failure.status)
		fprintf(stderr, "mptrace: %s\n", failure.says);
	status = failure.status ? (int)failure.status : exit_status(&validate);
	clean(&validate);
	return status;
}
