/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the trials of one case to its verdict (statistics.md): looks, intervals against regions, enumeration. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "validation.h"

#define MOST_TRIALS 40 /* until there were enough chances to fail */
#define NEGLIGIBLE 0.05 /* a ratio whose interval lies within so much of 1 */
#define UNEVEN_P 0.05 /* voided trials that fall on one arm */

/** A block in which a trial is void. */
struct void_block {
	size_t after; /* so many good ones */
	unsigned arms; /* whose trials are void: bits, 1 << index */
	const struct trial_row *trial; /* one of them */
};

/** The case's blocks in which every arm has been run, in order; a voided trial voids its block. */
struct block_table {
	size_t count, voided; /* good ones; voided ones */
	const struct trial_row *good[MAX_BLOCKS][MAX_ARMS];
	struct void_block voids[MAX_BLOCKS];
	const struct trial_row *cannot;
};

static size_t arm_of(const struct claim_case *of, const char *command)
{
	size_t arm = 0;

	while (arm < of->arm_count && strcmp(of->arms[arm].command, command) != 0)
		arm++;
	return arm;
}

static void add_block(struct block_table *table, const struct trial_row *const *block, size_t arms)
{
	struct void_block a_void = {.after = table->count};

	for (size_t i = 0; i < arms; i++)
		if (!block[i])
			return;
	for (size_t i = 0; i < arms; i++)
		if (block[i]->voided[0]) {
			a_void.arms |= 1u << i;
			a_void.trial = block[i];
		}
	if (a_void.arms)
		table->voids[table->voided++] = a_void;
	else
		memcpy(table->good[table->count++], block, arms * sizeof(*block));
}

static int fill_table(struct block_table *table, const struct claim_case *of, const struct trial_row *rows,
		      size_t count, struct failure *failure)
{
	const struct trial_row *(*blocks)[MAX_ARMS] = calloc(MAX_BLOCKS + 1, sizeof(*blocks));

	if (!blocks)
		return fail(failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < count; i++) {
		size_t arm = arm_of(of, rows[i].command);

		if (arm == of->arm_count)
			continue;
		if (rows[i].cannot)
			table->cannot = &rows[i];
		else if (rows[i].block && rows[i].block <= MAX_BLOCKS)
			blocks[rows[i].block][arm] = &rows[i];
	}
	for (size_t i = 1; i <= MAX_BLOCKS; i++)
		add_block(table, blocks[i], of->arm_count);
	free(blocks);
	return 0;
}

static double metric_of(void *context, const struct metric *metric, size_t arm)
{
	const struct trial_row *const *block = context;

	return block[arm]->metrics[metric - metrics];
}

/** What a condition came to in each block. */
struct series {
	double values[MAX_BLOCKS];
	size_t count;
	bool logarithms;
};

/*
 * Its values in the first @blocks good blocks; a block in which a figure is missing does not count. Intervals of ratios
 * are taken on the logarithm; what is counted is left as it is.
 */
static void values_of(struct series *series, const struct condition *condition, const struct block_table *table,
		      size_t blocks, enum decide decide)
{
	series->count = 0;
	series->logarithms = condition->on_log && decide == DECIDE_BLOCKS;
	for (size_t i = 0; i < blocks && i < table->count; i++) {
		double value = condition__value(condition, metric_of, (void *)table->good[i]);

		if (isnan(value))
			continue;
		series->values[series->count++] = value;
		series->logarithms &= value > 0;
	}
	for (size_t i = 0; series->logarithms && i < series->count; i++)
		series->values[i] = log(series->values[i]);
}

static struct interval back(const struct series *series, struct interval interval)
{
	if (!series->logarithms)
		return interval;
	return (struct interval){exp(interval.estimate), isinf(interval.low) ? -INFINITY : exp(interval.low),
				 exp(interval.high)};
}

/* An end of a region where the values are; below all logarithms if it has none. */
static double end_of(double end, bool logarithms)
{
	return !logarithms ? end : end > 0 ? log(end) : -INFINITY;
}

/*
 * CONFIRMED: inside the region; REFUTED: the two have nothing in common. Compared on the scale of @interval, not back
 * from it: exp(log(3)) is more than 3.
 */
static enum verdict against_region(const struct condition *condition, struct interval interval, bool logarithms)
{
	double low = end_of(condition->low, logarithms), high = end_of(condition->high, logarithms);
	bool inside, apart;

	if (!isfinite(interval.estimate) || !isfinite(interval.low) || !isfinite(interval.high))
		return VERDICT_INCONCLUSIVE;
	inside = interval.low >= low && interval.high <= high;
	apart = interval.high < low || interval.low > high;
	if (condition->open) {
		inside = interval.low > low && interval.high < high;
		apart = interval.high <= low || interval.low >= high;
	}
	return inside ? VERDICT_CONFIRMED : apart ? VERDICT_REFUTED : VERDICT_INCONCLUSIVE;
}

/* Figures that never vary are known no better than they are counted. */
static struct interval widen(const struct condition *condition, const struct series *series, struct interval interval)
{
	if (series->count && interval.low == interval.high && condition->counts && !series->logarithms) {
		interval.low -= 0.5;
		interval.high += 0.5;
	}
	return interval;
}

/* Wilcoxon's p that the values lie on this side of @end by chance, two-sided. */
static double chance(const struct series *series, double end)
{
	double at = series->logarithms ? log(end) : end, above = 0, below = 0;
	size_t n = series->count;

	if (!n || n > SIGNED_RANK_MAX || !isfinite(at))
		return NAN;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++) {
			double walsh = (series->values[i] + series->values[j]) / 2 - at;

			above += walsh > 0 ? 1 : walsh < 0 ? 0 : 0.5;
			below += walsh < 0 ? 1 : walsh > 0 ? 0 : 0.5;
		}
	return fmin(1, 2 * signed_rank__probability(n, (size_t)ceil(fmin(above, below))));
}

/* Against the nearer end of the region. */
static double region_p(const struct condition *condition, const struct series *series)
{
	double low = chance(series, condition->low), high = chance(series, condition->high);

	return isnan(low) ? high : isnan(high) ? low : fmax(low, high);
}

/* Only of conditions that set one arm against another: a ratio against 1, a difference or a slope against 0. */
static double share_larger(const struct condition *condition, const struct series *series)
{
	unsigned arms = condition__arms(condition);
	double none = condition->on_log && !series->logarithms ? 1 : 0;
	size_t larger = 0;

	if (!series->count || !(arms & (arms - 1)))
		return NAN;
	for (size_t i = 0; i < series->count; i++)
		larger += series->values[i] > none;
	return (double)larger / (double)series->count;
}

static bool differs(enum verdict verdict, const struct condition *condition, struct interval interval, bool logarithms)
{
	return verdict != VERDICT_INCONCLUSIVE && against_region(condition, interval, logarithms) != verdict;
}

static void judge_interval(struct finding *finding, struct series *series, double error)
{
	const struct condition *condition = finding->condition;
	struct interval primary = interval__hodges_lehmann(series->values, series->count, error);
	struct interval student = interval__student(series->values, series->count, error);
	struct interval median = interval__median(series->values, series->count, error);

	primary = widen(condition, series, primary);
	finding->blocks = series->count;
	finding->interval = back(series, primary);
	finding->student = back(series, student);
	finding->median = back(series, median);
	finding->larger = share_larger(condition, series);
	if (condition->comparison != COMPARE_REGION)
		return;
	finding->verdict = against_region(condition, primary, series->logarithms);
	finding->p = region_p(condition, series);
	finding->fragile = differs(finding->verdict, condition, student, series->logarithms) ||
			   differs(finding->verdict, condition, median, series->logarithms);
}

/* By counting: one value outside refutes, and confirmed is what holds in every trial. */
static void judge_range(struct finding *finding, const struct series *series)
{
	const struct condition *condition = finding->condition;
	size_t outside = 0;

	finding->blocks = series->count;
	finding->interval = interval__range(series->values, series->count);
	finding->student = finding->median = finding->interval;
	if (condition->comparison != COMPARE_REGION || !series->count)
		return;
	for (size_t i = 0; i < series->count; i++) {
		double value = series->values[i];

		outside +=
			against_region(condition, (struct interval){value, value, value}, false) != VERDICT_CONFIRMED;
	}
	finding->verdict = outside			  ? VERDICT_REFUTED
			   : series->count < LEAST_TRIALS ? VERDICT_INCONCLUSIVE
							  : VERDICT_CONFIRMED;
}

static void judge_detector(struct finding *finding, const struct block_table *table, size_t blocks, uint64_t needed)
{
	const struct condition *condition = finding->condition;

	for (size_t i = 0; i < blocks && i < table->count; i++) {
		const struct trial_row *row = table->good[i][condition->arm];

		for (size_t j = 0; j < row->check_count; j++) {
			const struct check_count *check = &row->checks[j];

			if (strcmp(check->id, condition->check) != 0)
				continue;
			finding->blocks++;
			finding->opportunities += check->opportunities;
			finding->violations += check->violations;
			if (check->verdict == CHECK_FAIL && !finding->counterexample[0])
				snprintf(finding->counterexample, sizeof(finding->counterexample),
					 "block %" PRIu32 ": %" PRIu64 " of %" PRIu64 " chances to fail", row->block,
					 check->violations, check->opportunities);
		}
	}
	needed = needed ? needed : 1; /* what never had a chance to fail shows nothing */
	finding->verdict = finding->counterexample[0]	      ? VERDICT_REFUTED
			   : finding->opportunities >= needed ? VERDICT_CONFIRMED
							      : VERDICT_INCONCLUSIVE;
}

static void judge_condition(struct finding *finding, const struct condition *condition, const struct claim_case *of,
			    const struct block_table *table, size_t blocks, double error)
{
	static struct series series;

	*finding = (struct finding){.condition = condition,
				    .verdict = VERDICT_INCONCLUSIVE,
				    .p = NAN,
				    .larger = NAN,
				    .interval = {NAN, NAN, NAN},
				    .student = {NAN, NAN, NAN},
				    .median = {NAN, NAN, NAN}};
	if (condition->comparison == COMPARE_HOLDS) {
		judge_detector(finding, table, blocks, of->opportunities);
		return;
	}
	values_of(&series, condition, table, blocks, of->decide);
	if (of->decide == DECIDE_TRIALS)
		judge_range(finding, &series);
	else
		judge_interval(finding, &series, error);
}

/* All of them hold, or one does not. */
static enum verdict all_of(const struct finding *findings, size_t count)
{
	enum verdict verdict = VERDICT_CONFIRMED;

	for (size_t i = 0; i < count; i++) {
		if (findings[i].verdict == VERDICT_REFUTED)
			return VERDICT_REFUTED;
		if (findings[i].verdict == VERDICT_INCONCLUSIVE)
			verdict = VERDICT_INCONCLUSIVE;
	}
	return verdict;
}

/* One look, at the first @blocks good blocks. */
static void look(struct case_finding *finding, const struct block_table *table, size_t blocks, double error)
{
	const struct claim_case *of = finding->of;

	for (size_t i = 0; i < of->rule_count; i++)
		judge_condition(&finding->rule[i], of->rule[i], of, table, blocks, error);
	for (size_t i = 0; i < of->provided_count; i++)
		judge_condition(&finding->provided[i], of->provided[i], of, table, blocks, error);
	for (size_t i = 0; i < of->mechanism_count; i++)
		judge_condition(&finding->mechanism[i], of->mechanism[i], of, table, blocks, error);
	finding->blocks = blocks < table->count ? blocks : table->count;
	finding->looks++;
	finding->verdict = all_of(finding->provided, of->provided_count) == VERDICT_CONFIRMED
				   ? all_of(finding->rule, of->rule_count)
				   : VERDICT_INCONCLUSIVE;
}

/* The first that came out as @verdict, or NULL. */
static const struct finding *first(const struct finding *findings, size_t count, enum verdict verdict)
{
	for (size_t i = 0; i < count; i++)
		if (findings[i].verdict == verdict)
			return &findings[i];
	return NULL;
}

/* The guard that does not hold, or is not known to; NULL: all of them do. */
static const struct finding *failed_guard(const struct case_finding *finding)
{
	const struct finding *refuted = first(finding->provided, finding->of->provided_count, VERDICT_REFUTED);

	return refuted ? refuted : first(finding->provided, finding->of->provided_count, VERDICT_INCONCLUSIVE);
}

/* The condition that a sentence should name. If all hold, that is the one that is least sure. */
static const struct finding *decisive(const struct case_finding *finding)
{
	const struct finding *rule = finding->rule;
	const struct finding *decides = first(rule, finding->of->rule_count, finding->verdict);

	decides = decides ? decides : &rule[0];
	for (size_t i = 0; finding->verdict == VERDICT_CONFIRMED && i < finding->of->rule_count; i++)
		if (rule[i].p > decides->p)
			decides = &rule[i];
	return decides;
}

static enum sub_reason why(const struct case_finding *finding, const struct finding *of)
{
	const struct condition *condition = of->condition;
	bool ratio = condition->comparison == COMPARE_REGION && condition->on_log;
	double estimate = of->interval.estimate;

	if (finding->verdict == VERDICT_INCONCLUSIVE)
		return finding->wanted ? REASON_BUDGET : REASON_NOISE;
	if (finding->verdict != VERDICT_REFUTED || !ratio)
		return REASON_NONE;
	if (of->interval.low > 1 - NEGLIGIBLE && of->interval.high < 1 + NEGLIGIBLE)
		return REASON_NEGLIGIBLE;
	if (condition->low > 1 || (condition->low >= 1 && condition->open))
		return estimate < 1 ? REASON_OPPOSITE : REASON_WEAK;
	if (condition->high < 1 || (condition->high <= 1 && condition->open))
		return estimate > 1 ? REASON_OPPOSITE : REASON_WEAK;
	return REASON_NONE;
}

static void explain_detector(struct case_finding *finding, const struct finding *of)
{
	uint64_t needed = finding->of->opportunities ? finding->of->opportunities : 1;

	if (of->counterexample[0])
		snprintf(finding->reason, sizeof(finding->reason), "%s", of->counterexample);
	else if (of->opportunities < needed)
		snprintf(finding->reason, sizeof(finding->reason),
			 "%" PRIu64 " chances to fail, none did, but %" PRIu64 " are needed", of->opportunities,
			 needed);
	else
		snprintf(finding->reason, sizeof(finding->reason),
			 "%" PRIu64 " chances to fail, none did: under %.2g %% (rule of three)", of->opportunities,
			 100 * rule_of_three(of->opportunities));
}

/* Trials may fail where a limit is what an experiment is about: said wherever nothing else is. */
static void explain_failures(struct case_finding *finding, const struct block_table *table)
{
	const struct claim_case *of = finding->of;

	for (size_t i = 0; i < of->arm_count; i++) {
		const struct trial_row *failed = NULL;
		size_t count = 0;

		for (size_t j = 0; j < finding->blocks; j++) {
			const struct trial_row *row = table->good[j][i];

			if (!row || row->outcome == OUTCOME_OK)
				continue;
			failed = row;
			count++;
		}
		if (!failed)
			continue;
		snprintf(finding->reason, sizeof(finding->reason), "%zu of %zu trials of %.40s: %s: %.120s", count,
			 finding->blocks, of->arms[i].name, outcome_names[failed->outcome], failed->says);
		return;
	}
}

static void explain(struct case_finding *finding, const struct block_table *table)
{
	const struct finding *guard = failed_guard(finding), *main = decisive(finding);

	if (guard && finding->blocks)
		snprintf(finding->reason, sizeof(finding->reason), "its control %s: %s",
			 guard->verdict == VERDICT_REFUTED ? "does not hold" : "is not sure", guard->condition->text);
	else if (main->verdict == VERDICT_INCONCLUSIVE && main->blocks < LEAST_TRIALS &&
		 finding->blocks >= LEAST_TRIALS)
		snprintf(finding->reason, sizeof(finding->reason), "a figure of it was not measured: %s",
			 main->condition->text);
	else if (main->blocks && main->condition->comparison == COMPARE_HOLDS)
		explain_detector(finding, main);
	else if (finding->wanted)
		snprintf(finding->reason, sizeof(finding->reason), "%zu more are wanted", finding->wanted);
	else
		explain_failures(finding, table);
	finding->sub_reason = why(finding, main);
	finding->rule_p = main->p;
	if (main->condition->on_log && isfinite(main->interval.low) && isfinite(main->interval.high) &&
	    main->interval.low > 0)
		finding->smallest_visible = sqrt(main->interval.high / main->interval.low) - 1;
}

/* A decision stands whatever becomes of the blocks that other claims still need: their voids are not this case's. */
static void forget_voids_after(struct block_table *table, size_t blocks)
{
	while (table->voided && table->voids[table->voided - 1].after >= blocks)
		table->voided--;
}

static size_t voids_of(const struct block_table *table, size_t arm)
{
	size_t count = 0;

	for (size_t i = 0; i < table->voided; i++)
		count += table->voids[i].arms >> arm & 1;
	return count;
}

/* Voided trials that fall on one arm more than on another: what is left of that arm is a choice. */
static bool voids_are_uneven(const struct block_table *table, const struct claim_case *of)
{
	size_t trials = table->count + table->voided;

	for (size_t i = 0; i < of->arm_count; i++)
		for (size_t j = 0; j < i; j++) {
			size_t one = voids_of(table, i), other = voids_of(table, j);

			if (fisher__exact(one, trials - one, other, trials - other) < UNEVEN_P)
				return true;
		}
	return false;
}

/* Void blocks are replaced: half as many again may be run. */
static size_t with_replacements(size_t blocks)
{
	return blocks + (blocks + 1) / 2;
}

/* Whether gates leave anything to judge: else INVALID. */
static bool is_invalid(struct case_finding *finding, const struct block_table *table, size_t needed)
{
	const char *last = table->voided ? table->voids[table->voided - 1].trial->voided : "";

	if (table->count < needed && table->voided && table->count + table->voided >= with_replacements(needed))
		snprintf(finding->reason, sizeof(finding->reason), "%zu of %zu blocks are void: %.140s", table->voided,
			 table->count + table->voided, last);
	else if (table->voided && voids_are_uneven(table, finding->of))
		snprintf(finding->reason, sizeof(finding->reason), "one arm loses more trials than the others: %.140s",
			 last);
	else
		return false;
	finding->verdict = VERDICT_INVALID;
	finding->wanted = 0;
	return true;
}

static bool is_not_run(struct case_finding *finding, const struct block_table *table, uint32_t cpus)
{
	if (finding->of->left_out)
		snprintf(finding->reason, sizeof(finding->reason),
			 "left out by --quick: it lies between the ends of a scale");
	else if (finding->of->needs.cpus > cpus)
		snprintf(finding->reason, sizeof(finding->reason), "it needs %" PRIu32 " CPUs, here are %" PRIu32,
			 finding->of->needs.cpus, cpus);
	else if (table->cannot)
		snprintf(finding->reason, sizeof(finding->reason), "%s", table->cannot->says);
	else
		return false;
	finding->verdict = VERDICT_NOT_RUN;
	return true;
}

/* Chances to fail, but not as many as are needed: more trials bring more of them. */
static bool lacks_chances(const struct case_finding *finding)
{
	for (size_t i = 0; i < finding->of->rule_count; i++)
		if (finding->rule[i].verdict == VERDICT_INCONCLUSIVE && finding->rule[i].opportunities)
			return true;
	return false;
}

/*
 * After how many trials counting was done; SIZE_MAX: it is not. Others may have been run for the sake of other claims:
 * a counterexample among them counts, a void one does not.
 */
static size_t decided_after(struct case_finding *finding, const struct block_table *table)
{
	for (size_t trials = 1; trials <= table->count; trials++) {
		look(finding, table, trials, 0);
		if (finding->verdict == VERDICT_REFUTED ||
		    (trials >= LEAST_TRIALS && (finding->verdict == VERDICT_CONFIRMED || !lacks_chances(finding))))
			return trials;
	}
	return SIZE_MAX;
}

/* By counting: as soon as there are enough trials. */
static void judge_trials(struct case_finding *finding, struct block_table *table)
{
	forget_voids_after(table, decided_after(finding, table));
	look(finding, table, table->count, 0);
	finding->looks = 1;
	if (table->count < LEAST_TRIALS && finding->verdict != VERDICT_REFUTED) {
		finding->verdict = VERDICT_INCONCLUSIVE;
		if (table->count + table->voided < with_replacements(LEAST_TRIALS))
			finding->wanted = LEAST_TRIALS - table->count;
	} else if (finding->verdict == VERDICT_INCONCLUSIVE && lacks_chances(finding) && table->count < MOST_TRIALS)
		finding->wanted = 1;
	if (!is_invalid(finding, table, LEAST_TRIALS))
		explain(finding, table);
}

/* Of an arm that ends badly again and again there are no times to be had. */
static bool keeps_failing(const struct claim_case *of, const struct block_table *table)
{
	for (size_t i = 0; of->may_fail && i < of->arm_count; i++) {
		size_t failed = 0;

		for (size_t j = 0; j < table->count; j++)
			failed += table->good[j][i]->outcome != OUTCOME_OK;
		if (failed >= LEAST_TRIALS)
			return true;
	}
	return false;
}

static void judge_blocks(struct case_finding *finding, struct block_table *table, const struct look_plan *looks)
{
	finding->verdict = VERDICT_INCONCLUSIVE;
	for (unsigned i = 0; i < looks->count && finding->verdict == VERDICT_INCONCLUSIVE; i++) {
		if (table->count < looks->blocks[i]) {
			if (table->count + table->voided < with_replacements(looks->blocks[i]))
				finding->wanted = looks->blocks[i] - table->count;
			break;
		}
		look(finding, table, looks->blocks[i], looks->error);
	}
	if (!finding->looks) { /* what there is is shown, and decides nothing */
		look(finding, table, table->count, looks->error);
		finding->looks = 0;
		finding->verdict = VERDICT_INCONCLUSIVE;
	}
	if (keeps_failing(finding->of, table)) {
		finding->verdict = VERDICT_INCONCLUSIVE;
		finding->wanted = 0;
		explain_failures(finding, table);
		return;
	}
	if (finding->verdict != VERDICT_INCONCLUSIVE) {
		table->count = finding->blocks;
		forget_voids_after(table, table->count);
	}
	/* Undecided, it is the next look that voids may have made impossible. */
	if (!is_invalid(finding, table,
			looks->blocks[finding->verdict == VERDICT_INCONCLUSIVE && finding->looks < looks->count
					      ? finding->looks
					      : 0]))
		explain(finding, table);
}

struct look_plan look_plan__blocks(uint32_t blocks)
{
	return blocks ? (struct look_plan){.count = 1, .blocks = {blocks}}
		      : (struct look_plan){.count = 4, .blocks = {10, 20, 30, 40}};
}

size_t look_plan__least(double error)
{
	size_t blocks = 1;

	while (blocks < SIGNED_RANK_MAX && 2 * signed_rank__probability(blocks, 0) > error)
		blocks++;
	return blocks;
}

struct look_plan look_plan__make(uint32_t blocks, double overall)
{
	struct look_plan plan = look_plan__blocks(blocks);

	size_t least;

	plan.overall = overall;
	plan.error = looks__error(plan.count, overall);
	least = look_plan__least(plan.error);
	/* Looks that lie closer to each other than Pocock's err less often. */
	if (plan.count > 1 && plan.blocks[0] < least && least < plan.blocks[1])
		plan.blocks[0] = least;
	return plan;
}

int case__judge(struct case_finding *finding, const struct claim_case *of, uint32_t cpus, const struct look_plan *looks,
		const struct trial_row *rows, size_t count, struct failure *failure)
{
	struct block_table *table = calloc(1, sizeof(*table));

	if (!table)
		return fail(failure, STATUS_CANNOT, "out of memory");
	*finding = (struct case_finding){.of = of, .smallest_visible = NAN, .rule_p = NAN};
	if (fill_table(table, of, rows, count, failure)) {
		free(table);
		return -1;
	}
	if (!is_not_run(finding, table, cpus)) {
		if (of->decide == DECIDE_TRIALS)
			judge_trials(finding, table);
		else
			judge_blocks(finding, table, looks);
		finding->voided = table->voided;
	}
	free(table);
	return 0;
}
