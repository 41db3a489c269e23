/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../arm/identity.h"
#include "../claim/show.h"
#include "command.h"
#include "session.h"

#define MAX_CLAIM_FILE (1 << 20)

static const struct session_kind kind = {"validate", "validation.json", false, validation_formats};

struct validate {
	struct session session; /* first: it is the context of its own options */
	const char *show;
	bool dry_run, strict, help;
};

static int set_show(void *context, const char *value, struct failure *failure)
{
	(void)failure;
	((struct validate *)context)->show = value;
	return 0;
}

static const struct option_row rows[] = {
	{0, "quick", ARGUMENT_NONE, NULL, "one look at 12 blocks instead of up to 40; of a scale only its two ends",
	 .flag = offsetof(struct validate, session.quick)},
	{.more = session_rows},
	{0, "format", ARGUMENT_NEEDED, "NAME", "text, json, markdown, junit or ktap", .set = session__set_format},
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
	else if (strlen(path) && (text[size] = '\0', claim_texts__add(&validate->session.texts, path, text, size)))
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

	for (size_t i = 0; !status && i < validate->session.texts.file_count; i++)
		status =
			claims__read(&own, validate->session.texts.files[i].name, validate->session.texts.files[i].text,
				     validate->session.texts.files[i].size, failure);
	for (size_t i = 0; !status && i < own.count; i++)
		if (claim_texts__select(&validate->session.texts, own.list[i]->id))
			status = fail(failure, STATUS_CANNOT, "out of memory");
	claims__free(&own);
	return status;
}

/* Controls run beside the claims that need them. */
static int refuse_controls(const struct validate *validate, struct failure *failure)
{
	for (size_t i = 0; i < validate->session.texts.selected_count; i++)
		if (claim__is_control(claims__find(&validate->session.claims, validate->session.texts.selected[i])))
			return fail(failure, STATUS_USAGE,
				    "%s is a control: it runs by itself beside the claims that need it",
				    validate->session.texts.selected[i]);
	for (size_t i = 0; i < validate->session.claims.count; i++) {
		const struct claim *claim = validate->session.claims.list[i];

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
				      : claim_texts__select(&validate->session.texts, words[i]))
			return fail(failure, STATUS_CANNOT, "out of memory");
	if (!validate->session.texts.selected_count && !validate->show && select_own(validate, failure))
		return -1;
	for (size_t i = 0; claims__catalogue_file(i, &name, &text, &size); i++)
		if (claim_texts__add(&validate->session.texts, name, text, size))
			return fail(failure, STATUS_CANNOT, "out of memory");
	if (claim_texts__read(&validate->session.texts, &validate->session.claims, failure) ||
	    refuse_controls(validate, failure))
		return -1;
	if (validate->session.quick)
		claims__shorten(&validate->session.claims);
	return 0;
}

/* What does not go with --resume; NULL: nothing. */
static const char *not_with_resume(const struct validate *validate, const char *word)
{
	return word			     ? word
	       : validate->session.directory ? "-o"
	       : validate->session.seeded    ? "--seed"
	       : validate->session.quick     ? "--quick"
	       : validate->show		     ? "--show"
					     : NULL;
}

static int parse(struct validate *validate, int argc, char **argv, struct failure *failure)
{
	char **given = calloc((size_t)argc + 1, sizeof(*given));
	struct session *session = &validate->session;
	int words, status = -1;

	if (!given)
		return fail(failure, STATUS_CANNOT, "out of memory");
	memcpy(given, argv, (size_t)argc * sizeof(*given)); /* options__parse moves them about */
	words = options__parse(rows, argc, argv, validate, failure);
	if (words >= 0 && session->resume && not_with_resume(validate, words ? argv[1] : NULL))
		fail(failure, STATUS_USAGE,
		     "--resume goes on with the claims, the directory and the blocks that it names: leave out %s",
		     not_with_resume(validate, words ? argv[1] : NULL));
	else if (words > 0 && validate->show && !is_file(argv[1]))
		fail(failure, STATUS_USAGE, "--show takes one claim, and files of your own: leave out %s", argv[1]);
	else if (words >= 0 && !validate->help && !identity__find(NULL, &session->caller, failure) &&
		 (session->resume || !gather_claims(validate, argv + 1, words, failure))) {
		session__describe(session, argc, given, session->quick ? QUICK_BLOCKS : 0);
		status = 0;
	}
	free(given);
	return validate->help ? 0 : status;
}

static int show(const struct validate *validate, struct failure *failure)
{
	const struct claim *claim = claims__find(&validate->session.claims, validate->show);

	if (!claim)
		return claims__no_such(&validate->session.claims, validate->show, failure);
	claim__show(stdout, claim);
	return 0;
}

/* What is asked for, up to the report. */
static int act(struct validate *validate, struct failure *failure)
{
	struct session *session = &validate->session;

	if (validate->show)
		return show(validate, failure);
	if (!validate->dry_run && (trial__check_place(kind.command, failure) || session__hold(session, failure)))
		return -1;
	if (session__plan(session, failure))
		return -1;
	return validate->dry_run ? schedule__print(stdout, &session->schedule, &session->validation, failure)
				 : session__run(session, failure);
}

int command__validate(int argc, char **argv)
{
	static struct validate validate;
	struct failure failure = {0};
	int status = STATUS_DONE;

	validate = (struct validate){0};
	session__begin(&validate.session, &kind);
	/* What goes wrong is in the failure. */
	if (!parse(&validate, argc, argv, &failure)) {
		if (validate.help)
			return print_help();
		(void)act(&validate, &failure);
	}
	if (failure.status)
		fprintf(stderr, "mptrace: %s\n", failure.says);
	if (failure.status)
		status = (int)failure.status;
	else if (!validate.show && !validate.dry_run)
		status = session__status(&validate.session, validate.strict);
	session__free(&validate.session);
	return status;
}
