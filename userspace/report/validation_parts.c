/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "validation_parts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "../comparison/comparison.h"
#include "human.h"

enum ending claim_finding__ending(const struct claim_finding *finding)
{
	switch (finding->verdict) {
	case VERDICT_INVALID:
		return ENDING_ERROR;
	case VERDICT_INCONCLUSIVE:
	case VERDICT_NOT_RUN:
		return ENDING_SKIPPED;
	default:
		return finding->contradicts ? ENDING_FAILURE : ENDING_PASS;
	}
}

struct tally validation__tally(const struct validation *validation, const char *source)
{
	struct tally tally = {0};

	for (size_t i = 0; i < validation->finding_count; i++) {
		const struct claim_finding *finding = &validation->findings[i];
		enum ending ending = claim_finding__ending(finding);

		if (source && strcmp(source, finding->claim->source))
			continue;
		tally.verdicts[finding->verdict]++;
		tally.endings[ending]++;
		if (!finding->claim->expects)
			continue;
		tally.as_expected += ending == ENDING_PASS;
		tally.not_expected += ending == ENDING_FAILURE;
		tally.open += ending == ENDING_SKIPPED || ending == ENDING_ERROR;
	}
	return tally;
}

const char *validation__expected(char room[SENTENCE], const struct tally *tally)
{
	size_t expecting = tally->as_expected + tally->not_expected + tally->open, all = 0;
	size_t length;

	for (int i = 0; i < ENDINGS; i++)
		all += tally->endings[i];
	length = (size_t)snprintf(room, SENTENCE, "%zu of %zu came out as expected", tally->as_expected, expecting);
	if (tally->not_expected)
		length += (size_t)snprintf(room + length, SENTENCE - length, ", %zu did not", tally->not_expected);
	if (tally->open)
		length += (size_t)snprintf(room + length, SENTENCE - length, ", %zu %s open", tally->open,
					   tally->open == 1 ? "is" : "are");
	if (all > expecting)
		snprintf(room + length, SENTENCE - length, "; of %zu nothing was expected", all - expecting);
	return room;
}

bool validation__begins_source(const struct validation *validation, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (!strcmp(validation->findings[i].claim->source, validation->findings[index].claim->source))
			return false;
	return true;
}

const struct case_finding *claim_finding__speaker(const struct claim_finding *finding)
{
	if (finding->verdict == VERDICT_CONDITIONAL || finding->verdict == VERDICT_NOT_RUN)
		return NULL;
	for (size_t i = 0; i < finding->claim->case_count; i++)
		if (finding->cases[i].verdict == finding->verdict)
			return &finding->cases[i];
	return NULL;
}

bool finding__is_measured(const struct finding *finding)
{
	return finding->condition && (finding->blocks || finding->opportunities || finding->violations);
}

const struct finding *case_finding__decider(const struct case_finding *finding)
{
	const struct finding *first = NULL;

	for (size_t i = 0; i < finding->of->rule_count; i++) {
		if (!finding__is_measured(&finding->rule[i]))
			continue;
		if (finding->rule[i].verdict == finding->verdict)
			return &finding->rule[i];
		first = first ? first : &finding->rule[i];
	}
	for (size_t i = 0; finding->verdict == VERDICT_INCONCLUSIVE && i < finding->of->provided_count; i++)
		if (finding->provided[i].verdict != VERDICT_CONFIRMED && finding__is_measured(&finding->provided[i]))
			return &finding->provided[i];
	return first;
}

/* Cuts the unit off @low where @high has the same, and off @high where @estimate has. */
static void say_unit_once(const char *before, char *after)
{
	const char *unit = strchr(before, ' ');
	char *same = strchr(after, ' ');

	if (unit && same && !strcmp(unit, same))
		*same = '\0';
}

const char *interval__says(char room[SENTENCE], struct interval interval, enum unit unit)
{
	char estimate[HUMAN], low[HUMAN], high[HUMAN];

	human__value(estimate, interval.estimate, unit);
	human__value(low, interval.low, unit);
	human__value(high, interval.high, unit);
	if (isnan(interval.estimate))
		snprintf(room, SENTENCE, "not measured");
	else if (!isfinite(interval.low) && !isfinite(interval.high))
		snprintf(room, SENTENCE, "%s (no interval)", estimate);
	else if (!isfinite(interval.low))
		snprintf(room, SENTENCE, "%s (%s or less)", estimate, high);
	else if (!isfinite(interval.high))
		snprintf(room, SENTENCE, "%s (%s or more)", estimate, low);
	else if (!strcmp(low, high))
		snprintf(room, SENTENCE, "%s", estimate);
	else {
		say_unit_once(high, low);
		say_unit_once(estimate, high);
		snprintf(room, SENTENCE, "%s (%s to %s)", estimate, low, high);
	}
	return room;
}

const char *finding__effect(char room[SENTENCE], const struct finding *finding)
{
	char violations[HUMAN], opportunities[HUMAN];

	if (finding->condition->comparison != COMPARE_HOLDS)
		return interval__says(room, finding->interval, condition__unit(finding->condition));
	human__count(violations, finding->violations);
	human__count(opportunities, finding->opportunities);
	if (finding->violations || !finding->opportunities)
		snprintf(room, SENTENCE, "%s of %s violated", violations, opportunities);
	else
		snprintf(room, SENTENCE, "0 of %s (< %.2g %%)", opportunities,
			 100 * rule_of_three(finding->opportunities));
	return room;
}

/* A bound as somebody wrote it: 2, not 2.00. */
static const char *bound(char room[HUMAN], double value, enum unit unit)
{
	if (unit == UNIT_NS || unit == UNIT_BYTES || fabs(value) >= 1000)
		return human__value(room, value, unit);
	snprintf(room, HUMAN, "%.4g", value);
	return room;
}

const char *condition__asks(char room[SENTENCE], const struct condition *condition)
{
	enum unit unit = condition->comparison == COMPARE_REGION ? condition__unit(condition) : UNIT_COUNT;
	char low[HUMAN], high[HUMAN];

	*room = '\0';
	if (condition->comparison == COMPARE_HOLDS)
		snprintf(room, SENTENCE, "never violated");
	if (condition->comparison != COMPARE_REGION)
		return room;
	bound(low, condition->low, unit);
	bound(high, condition->high, unit);
	if (!isfinite(condition->high))
		snprintf(room, SENTENCE, "%s %s", condition->open ? ">" : ">=", low);
	else if (!isfinite(condition->low))
		snprintf(room, SENTENCE, "%s %s", condition->open ? "<" : "<=", high);
	else
		snprintf(room, SENTENCE, "from %s to %s", low, high);
	return room;
}

const char *claim_finding__effect(char room[SENTENCE], const struct claim_finding *finding)
{
	const struct case_finding *speaker = claim_finding__speaker(finding);
	const struct finding *decider = speaker ? case_finding__decider(speaker) : NULL;
	size_t hold = 0, decided = 0;

	*room = '\0';
	if (decider)
		return finding__effect(room, decider);
	if (finding->verdict != VERDICT_CONDITIONAL)
		return room;
	for (size_t i = 0; i < finding->claim->case_count; i++) {
		hold += finding->cases[i].verdict == VERDICT_CONFIRMED;
		decided +=
			finding->cases[i].verdict == VERDICT_CONFIRMED || finding->cases[i].verdict == VERDICT_REFUTED;
	}
	snprintf(room, SENTENCE, "holds in %zu of %zu cases", hold, decided);
	return room;
}

const char *claim_finding__turns(char room[SENTENCE], const struct claim_finding *finding)
{
	size_t length = 0;

	*room = '\0';
	for (size_t i = 0; i < finding->turn_count && length < SENTENCE; i++)
		length += (size_t)snprintf(room + length, SENTENCE - length,
					   "%sby %.40s it turns between %.60s and %.60s", length ? "; " : "",
					   finding->turns[i].from->scale, finding->turns[i].from->name,
					   finding->turns[i].to->name);
	return room;
}

/* "holds for small parent; not for large parent; by the parent's memory it turns between the two". */
static const char *say_cases(char room[SENTENCE], const struct claim_finding *finding)
{
	static const struct {
		enum verdict verdict;
		const char *says;
	} groups[] = {
		{VERDICT_CONFIRMED, "holds for"}, {VERDICT_REFUTED, "not for"}, {VERDICT_INCONCLUSIVE, "open for"}};
	char turns[SENTENCE];
	size_t length = 0;

	*room = '\0';
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		bool first = true;

		for (size_t j = 0; j < finding->claim->case_count && length < SENTENCE; j++) {
			if (finding->cases[j].verdict != groups[i].verdict)
				continue;
			length += (size_t)snprintf(room + length, SENTENCE - length, "%s%s%s%.60s",
						   !first   ? ", "
						   : length ? "; "
							    : "",
						   first ? groups[i].says : "", first ? " " : "",
						   finding->claim->cases[j].name);
			first = false;
		}
	}
	if (finding->turn_count && length < SENTENCE)
		snprintf(room + length, SENTENCE - length, "; %s", claim_finding__turns(turns, finding));
	return room;
}

const char *claim_finding__why(char room[SENTENCE], const struct claim_finding *finding)
{
	const struct case_finding *speaker = claim_finding__speaker(finding);
	const struct finding *decider = speaker ? case_finding__decider(speaker) : NULL;
	char asks[SENTENCE] = "", word[32] = "";

	if (finding->verdict == VERDICT_CONDITIONAL)
		return say_cases(room, finding);
	if (decider)
		condition__asks(asks, decider->condition);
	if (speaker && speaker->sub_reason != REASON_NONE)
		snprintf(word, sizeof(word), "%s", sub_reason_names[speaker->sub_reason]);
	snprintf(room, SENTENCE, "%.200s%s%s%s%.300s", asks, *asks && *word ? ": " : "", word,
		 (*asks || *word) && *finding->reason ? "; " : "", finding->reason);
	return room;
}

const char *case_finding__mechanism(char room[SENTENCE], const struct claim *claim, const struct case_finding *finding)
{
	size_t length = 0;

	*room = '\0';
	if (!finding->blocks)
		return room;
	if (claim->because)
		length = (size_t)snprintf(room, SENTENCE, "%.300s", claim->because);
	for (size_t i = 0; i < finding->of->mechanism_count && length < SENTENCE; i++) {
		const struct finding *figure = &finding->mechanism[i];
		char says[SENTENCE];

		if (!finding__is_measured(figure))
			continue;
		length += (size_t)snprintf(room + length, SENTENCE - length, "%s%.100s = %.60s",
					   !length		  ? ""
					   : i || !claim->because ? "; "
								  : ": ",
					   figure->condition->text, finding__effect(says, figure));
	}
	return room;
}

const char *claim_finding__command(char room[SENTENCE], const struct validation *validation,
				   const struct claim_finding *finding)
{
	const char *file = claim__own_file(finding->claim);

	snprintf(room, SENTENCE, "sudo mptrace validate %.300s%s%.200s%s --seed %" PRIu64, file ? file : "",
		 file ? " " : "", finding->claim->id, validation->quick ? " --quick" : "", validation->seed);
	return room;
}

const char *claim__name(const struct claim *claim)
{
	return strcmp(claim->source, COMPARISON_SOURCE) ? claim->id : claim->english;
}

const char *validation__visible(char room[SENTENCE], const struct validation *validation)
{
	double least = INFINITY, most = 0;
	const char *best = NULL, *worst = NULL;

	*room = '\0';
	for (size_t i = 0; i < validation->finding_count; i++)
		for (size_t j = 0; j < validation->findings[i].claim->case_count; j++) {
			double visible = validation->findings[i].cases[j].smallest_visible;

			if (validation->findings[i].verdict == VERDICT_NOT_RUN || !isfinite(visible) || visible <= 0)
				continue;
			if (visible < least) {
				least = visible;
				best = claim__name(validation->findings[i].claim);
			}
			if (visible > most) {
				most = visible;
				worst = claim__name(validation->findings[i].claim);
			}
		}
	if (!best)
		return room;
	if (best == worst)
		snprintf(room, SENTENCE, "differences under %.2g %% are invisible here today", 100 * least);
	else
		snprintf(room, SENTENCE,
			 "differences under %.2g %% are invisible here today for %.100s, and under %.2g %% for %.100s; "
			 "the other %ss lie between",
			 100 * least, best, 100 * most, worst, validation__noun(validation));
	return room;
}

const char *validation__left_out(char room[SENTENCE], const struct validation *validation)
{
	size_t length = 0;

	*room = '\0';
	for (size_t i = 0; i < validation->finding_count; i++)
		for (size_t j = 0; j < validation->findings[i].claim->case_count && length < SENTENCE; j++) {
			const struct claim *claim = validation->findings[i].claim;

			if (claim->cases[j].left_out)
				length +=
					(size_t)snprintf(room + length, SENTENCE - length, "%s%.60s: %.60s",
							 length ? "; " : "left out: ", claim->id, claim->cases[j].name);
		}
	return room;
}

const char *validation__overhead(char room[SENTENCE], const struct validation *validation)
{
	char says[SENTENCE], per_switch[HUMAN] = "";
	size_t length = 0;

	if (isnan(validation->overhead.estimate))
		snprintf(room, SENTENCE, "what it costs was not measured");
	else
		snprintf(room, SENTENCE, "traced runs take %s times as long as untraced ones",
			 interval__says(says, validation->overhead, UNIT_RATIO));
	length = strlen(room);
	if (!isnan(validation->ns_per_switch))
		snprintf(room + length, SENTENCE - length, "; %s per context switch",
			 human__value(per_switch, validation->ns_per_switch, UNIT_NS));
	return room;
}

const char *validation__noun(const struct validation *validation)
{
	return comparison__is(validation) ? "comparison" : "claim";
}

const char *validation__how(char room[SENTENCE], const struct validation *validation)
{
	char trials[HUMAN], took[HUMAN], plan[64] = "full";

	if (validation->blocks)
		snprintf(plan, sizeof(plan), "%s%u blocks", validation->quick ? "quick, " : "",
			 (unsigned)validation->blocks);

	snprintf(room, SENTENCE,
		 "%s: %u planned look%s; a %s is misjudged at most %.3g %% of the time; %s trials in %s", plan,
		 validation->looks, validation->looks == 1 ? "" : "s", validation__noun(validation),
		 100 * validation->error, human__count(trials, validation->trials),
		 human__duration(took, validation->took_ns));
	return room;
}
