/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "side_by_side.h"

#include <string.h>

#include "../arm/identity.h"
#include "../arm/values.h"
#include "../comparison/request.h"
#include "../report/comparison_report.h"
#include "../report/human.h"
#include "session.h"

#define LEAST_BLOCKS 8 /* fewer have no interval at 1 % */
#define UNASKED_NS 3600e9 /* what may take longer needs --max-time */

static const struct session_kind kind = {"run", "comparison.json", true, comparison_formats};

struct side_by_side {
	struct session session; /* first: it is the context of its own options */
	uint64_t blocks;
	struct request request;
};

static int set_blocks(void *context, const char *value, struct failure *failure)
{
	return value__count("--blocks", value, LEAST_BLOCKS, SIGNED_RANK_MAX, &((struct side_by_side *)context)->blocks,
			    failure);
}

const struct option_row side_by_side_rows[] = {
	{0, "quick", ARGUMENT_NONE, NULL, "one look at 12 blocks instead of up to 40",
	 .flag = offsetof(struct side_by_side, session.quick)},
	{0, "blocks", ARGUMENT_NEEDED, "N", "one look at N blocks", .set = set_blocks},
	{.more = session_block_rows},
	{0, "format", ARGUMENT_NEEDED, "NAME", "text, json, csv or markdown", .set = session__set_format},
	{0},
};

static const struct option_row rows[] = {{.more = session_rows}, {.more = side_by_side_rows}, {0}};

bool side_by_side__is_asked(char *const *words, size_t count, const struct options_given *given)
{
	for (size_t i = 0; i < given->count; i++)
		if (options__find(side_by_side_rows, given->list[i].row->name))
			return true;
	return request__is(words, count, given);
}

/* Applies what is ours; the rest is of the arms and stays in @given. */
static int take_options(struct side_by_side *asked, struct options_given *given, struct failure *failure)
{
	size_t kept = 0;

	for (size_t i = 0; i < given->count; i++) {
		const struct option_row *own = options__find(rows, given->list[i].row->name);
		const struct option_given one = {own, given->list[i].value};

		if (!strcmp(given->list[i].row->name, "repeat"))
			return fail(failure, STATUS_USAGE,
				    "--repeat is for one experiment: side by side, --blocks says how often");
		if (!strcmp(given->list[i].row->name, "timeline"))
			return fail(failure, STATUS_USAGE, "--timeline is for one experiment: trials keep none");
		if (!own)
			given->list[kept++] = given->list[i];
		else if (option__apply(&one, asked, failure))
			return -1;
	}
	given->count = kept;
	return 0;
}

static int refuse_with_resume(const struct side_by_side *asked, const char *word, const struct options_given *given,
			      struct failure *failure)
{
	const struct session *session = &asked->session;
	const char *what = word			? word
			   : given->count	? given->list[0].row->name
			   : session->directory ? "output"
			   : session->seeded	? "seed"
			   : session->quick	? "quick"
			   : asked->blocks	? "blocks"
						: NULL;

	return what ? fail(failure, STATUS_USAGE,
			   "--resume goes on with the arms, the directory and the blocks that it names: leave out %s%s",
			   word ? "" : "--", what)
		    : 0;
}

static int refuse_long(const struct side_by_side *asked, double expected_ns, struct failure *failure)
{
	char took[HUMAN];

	if (expected_ns <= UNASKED_NS || asked->session.most_ns)
		return 0;
	return fail(failure, STATUS_USAGE,
		    "this may take %s: give it a limit, --max-time SECONDS, or fewer values or --quick",
		    human__duration(took, expected_ns < 1e18 ? (uint64_t)expected_ns : (uint64_t)1e18));
}

/* One look must be able to decide all pairs: they share the error. */
static int refuse_few(const struct side_by_side *asked, uint32_t blocks, struct failure *failure)
{
	size_t arms = asked->request.side_count, pairs = arms * (arms - 1) / 2;
	size_t least = look_plan__least(SESSION_ERROR / (double)pairs);

	if (!blocks || blocks >= least)
		return 0;
	return fail(failure, STATUS_USAGE, "%u blocks cannot tell %zu arms apart: it takes --blocks %zu",
		    (unsigned)blocks, arms, least);
}

/* One look at so many; 0: as many as it takes. */
static uint32_t planned_blocks(const struct side_by_side *asked)
{
	return asked->blocks ? (uint32_t)asked->blocks : asked->session.quick ? QUICK_BLOCKS : 0;
}

static int gather(struct side_by_side *asked, char *const *words, size_t count, const struct options_given *given,
		  struct failure *failure)
{
	struct session *session = &asked->session;
	uint32_t blocks = planned_blocks(asked);
	struct look_plan looks = look_plan__blocks(blocks);
	const char *name, *text;
	double expected_ns;
	size_t size;

	if (asked->blocks && session->quick)
		return fail(failure, STATUS_USAGE, "--quick is --blocks %d: give one of them", QUICK_BLOCKS);
	if (request__read(&asked->request, words, count, given, failure) ||
	    request__check(&asked->request, (uint32_t)looks.blocks[looks.count - 1], &expected_ns, failure) ||
	    refuse_few(asked, blocks, failure) || refuse_long(asked, expected_ns, failure) ||
	    request__compose(&asked->request, &session->texts, failure))
		return -1;
	for (size_t i = 0; claims__catalogue_file(i, &name, &text, &size); i++)
		if (!strcmp(name, CONTROLS_FILE) && claim_texts__add(&session->texts, name, text, size))
			return fail(failure, STATUS_CANNOT, "out of memory");
	return claim_texts__read(&session->texts, &session->claims, failure);
}

static int act(struct side_by_side *asked, char *const *words, size_t count, struct options_given *given, int argc,
	       char *const *argv, struct failure *failure)
{
	struct session *session = &asked->session;

	if (take_options(asked, given, failure) || identity__find(NULL, &session->caller, failure))
		return -1;
	if (session->resume ? refuse_with_resume(asked, count ? words[0] : NULL, given, failure)
			    : gather(asked, words, count, given, failure))
		return -1;
	session__describe(session, argc, argv, planned_blocks(asked));
	return trial__check_place(kind.command, failure) || session__hold(session, failure) ||
			       session__plan(session, failure) || session__run(session, failure)
		       ? -1
		       : 0;
}

int side_by_side__run(char *const *words, size_t count, struct options_given *given, int argc, char *const *argv)
{
	static struct side_by_side asked;
	struct failure failure = {0};
	int status;

	asked = (struct side_by_side){0};
	session__begin(&asked.session, &kind);
	(void)act(&asked, words, count, given, argc, argv, &failure); /* what goes wrong is in the failure */
	if (failure.status)
		fprintf(stderr, "mptrace: %s\n", failure.says);
	status = failure.status ? (int)failure.status : session__status(&asked.session, false);
	if (status == STATUS_DONE)
		status = comparison__status(&asked.session.validation);
	request__free(&asked.request);
	session__free(&asked.session);
	return status;
}
