/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Grammar and meaning: expression.h. One function per rule of the grammar; they look one token ahead. */
#include "expression.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../arm/options.h"
#include "../statistics/statistics.h"
#include "token.h"

#define MAX_DEPTH 32 /* of parentheses */
#define MAX_OPERANDS 100 /* numbers, metrics and slopes: no tree is deeper */
#define MAX_NAMES 128 /* of all metrics */
#define MAX_POINTS 32 /* of a slope: condition__arms has as many bits */

enum operation { NUMBER, METRIC, SLOPE, ADD, SUBTRACT, MULTIPLY, DIVIDE };

struct expression {
	enum operation operation;
	struct dimension dimension;
	double number;
	const struct metric *metric, *over; /* of METRIC; of SLOPE: one metric over another */
	size_t arms[MAX_POINTS], arm_count; /* of METRIC (one) and SLOPE */
	const struct expression *left, *right; /* of ADD to DIVIDE */
};

static void *allocate(struct parser *parser, size_t size)
{
	void *memory = parser->reader->allocate(parser->reader->context, size);

	if (!memory)
		fail(parser->failure, STATUS_CANNOT, "out of memory");
	else
		memset(memory, 0, size);
	return memory;
}

/* Expressions */

static struct expression *new_operand(struct parser *parser, enum operation operation, size_t start)
{
	struct expression *operand;

	if (++parser->operands > MAX_OPERANDS)
		return parser__refuse(parser, start, "more than %d numbers and metrics", MAX_OPERANDS);
	operand = allocate(parser, sizeof(*operand));
	if (operand)
		operand->operation = operation;
	return operand;
}

static const struct metric *take_metric(struct parser *parser)
{
	struct token token = parser__peek(parser);
	const char *names[MAX_NAMES] = {NULL}, *meant;
	const struct metric *metric;
	char name[MAX_NAME];

	if (token.kind != TOKEN_WORD)
		return parser__refuse_token(parser, "a metric");
	snprintf(name, sizeof(name), "%.*s", (int)(token.length < MAX_NAME ? token.length : MAX_NAME - 1),
		 parser->text + token.start);
	metric = metric__find(name);
	if (metric) {
		parser__take(parser, token);
		return metric;
	}
	if (!strcmp(name, "holds"))
		return parser__refuse(parser, token.start, "holds(check, arm) is a condition of its own");
	for (size_t i = 0; i < metric_count && i + 1 < MAX_NAMES; i++)
		names[i] = metrics[i].name;
	meant = nearest(name, names);
	return meant ? parser__refuse(parser, token.start, "unknown metric %s: did you mean %s?", name, meant)
		     : parser__refuse(parser, token.start, "unknown metric %s: see mptrace list metrics", name);
}

static bool take_arm(struct parser *parser, size_t *arm)
{
	const struct condition_reader *reader = parser->reader;
	const char *names[MAX_NAMES] = {NULL}, *meant;
	size_t start = parser__past_blanks(parser);
	char name[MAX_NAME];

	if (!parser__take_name(parser, name, "an arm"))
		return false;
	for (*arm = 0; *arm < reader->arm_count; ++*arm) {
		if (!strcmp(reader->arms[*arm], name))
			return true;
		if (*arm + 1 < MAX_NAMES)
			names[*arm] = reader->arms[*arm];
	}
	meant = nearest(name, names);
	return meant ? parser__refuse(parser, start, "unknown arm %s: did you mean %s?", name, meant)
		     : parser__refuse(parser, start, "unknown arm %s", name);
}

/* metric "(" arm ")" */
static struct expression *read_metric(struct parser *parser)
{
	struct expression *operand = new_operand(parser, METRIC, parser__past_blanks(parser));

	if (!operand || !(operand->metric = take_metric(parser)) || !parser__expect(parser, "(") ||
	    !take_arm(parser, &operand->arms[0]) || !parser__expect(parser, ")"))
		return NULL;
	operand->arm_count = 1;
	operand->dimension = dimension__of(operand->metric->unit);
	return operand;
}

/* "slope(" metric "," metric { "," arm }2.. ")", of which the word is read */
static struct expression *read_slope(struct parser *parser, size_t start)
{
	struct expression *slope = new_operand(parser, SLOPE, start);
	struct dimension x;

	if (!slope || !parser__expect(parser, "(") || !(slope->metric = take_metric(parser)) ||
	    !parser__expect(parser, ",") || !(slope->over = take_metric(parser)))
		return NULL;
	while (parser__take_if(parser, ",")) {
		if (slope->arm_count == MAX_POINTS)
			return parser__refuse(parser, start, "a slope through more than %d arms", MAX_POINTS);
		if (!take_arm(parser, &slope->arms[slope->arm_count++]))
			return NULL;
	}
	if (!parser__expect(parser, ")"))
		return NULL;
	if (slope->arm_count < 2)
		return parser__refuse(parser, start, "a slope needs at least two arms: slope(y, x, a, b)");
	x = dimension__of(slope->over->unit);
	slope->dimension = dimension__of(slope->metric->unit);
	slope->dimension.time -= x.time;
	slope->dimension.size -= x.size;
	slope->dimension.whole = false;
	return slope;
}

static struct expression *read_sum(struct parser *parser);

static struct expression *read_parentheses(struct parser *parser, size_t start)
{
	struct expression *inside;

	if (parser->depth == MAX_DEPTH)
		return parser__refuse(parser, start, "more than %d parentheses in each other", MAX_DEPTH);
	parser->depth++;
	inside = read_sum(parser);
	parser->depth--;
	return inside && parser__expect(parser, ")") ? inside : NULL;
}

static struct expression *read_factor(struct parser *parser)
{
	struct token token = parser__peek(parser);
	struct number number = {0};
	struct expression *operand;

	if (parser__take_if(parser, "("))
		return read_parentheses(parser, token.start);
	if (parser__take_if(parser, "slope"))
		return read_slope(parser, token.start);
	if (token.kind == TOKEN_WORD)
		return read_metric(parser);
	if (!parser__take_number(parser, &number, "a number or metric(arm)"))
		return NULL;
	operand = new_operand(parser, NUMBER, token.start);
	if (operand) {
		operand->number = number.value;
		operand->dimension = number.dimension;
	}
	return operand;
}

static struct expression *combine(struct parser *parser, size_t start, enum operation operation,
				  const struct expression *left, const struct expression *right)
{
	struct dimension a = left->dimension, b = right->dimension, result = a;
	struct expression *both = allocate(parser, sizeof(*both));
	int sign = operation == DIVIDE ? -1 : 1;

	if (!both)
		return NULL;
	if (operation == ADD || operation == SUBTRACT) {
		if (!dimension__is_alike(a, b))
			return parser__refuse(parser, start, "%s and %s cannot be %s", dimension__name(a),
					      dimension__name(b), operation == ADD ? "added" : "subtracted");
	} else {
		result.time += sign * b.time;
		result.size += sign * b.size;
	}
	result.whole = a.whole && b.whole && operation != DIVIDE;
	both->operation = operation;
	both->dimension = result;
	both->left = left;
	both->right = right;
	return both;
}

/* One level of operations of the same rank: @signs and their @operations, between what @read reads. */
static struct expression *read_level(struct parser *parser, struct expression *(*read)(struct parser *),
				     const char *const signs[2], const enum operation operations[2])
{
	struct expression *left = read(parser), *right;

	while (left) {
		size_t start = parser__past_blanks(parser);
		int which = parser__take_if(parser, signs[0]) ? 0 : parser__take_if(parser, signs[1]) ? 1 : -1;

		if (which < 0)
			break;
		right = read(parser);
		left = right ? combine(parser, start, operations[which], left, right) : NULL;
	}
	return left;
}

static struct expression *read_term(struct parser *parser)
{
	return read_level(parser, read_factor, (const char *const[]){"*", "/"},
			  (const enum operation[]){MULTIPLY, DIVIDE});
}

static struct expression *read_sum(struct parser *parser)
{
	return read_level(parser, read_term, (const char *const[]){"+", "-"}, (const enum operation[]){ADD, SUBTRACT});
}

static unsigned arms_of(const struct expression *expression)
{
	unsigned arms = 0;

	if (!expression)
		return 0;
	for (size_t i = 0; i < expression->arm_count; i++)
		arms |= 1u << expression->arms[i];
	return arms | arms_of(expression->left) | arms_of(expression->right);
}

static bool counts(const struct expression *expression)
{
	if (!expression)
		return true;
	if (expression->metric && expression->metric->unit != UNIT_COUNT)
		return false;
	if (expression->over && expression->over->unit != UNIT_COUNT)
		return false;
	return counts(expression->left) && counts(expression->right);
}

/* Conditions */

/* The number that the expression is compared with, in its unit. A size needs no unit, and 0 never does. */
static bool take_limit(struct parser *parser, const struct condition *condition, double *limit)
{
	struct dimension of = condition->expression->dimension;
	struct number number = {0};

	if (!parser__take_number(parser, &number, "a number, such as 2, 5ms, 16M or 5%"))
		return false;
	*limit = number.value;
	if (condition->on_log && number.value <= 0)
		return parser__refuse(parser, number.start,
				      "a ratio or product is judged on its logarithm: compare it with "
				      "more than 0");
	if (dimension__is_alike(of, number.dimension) || (dimension__is_plain(number.dimension) && !number.percent &&
							  (number.value == 0 || dimension__unit(of) == UNIT_BYTES)))
		return true;
	if (dimension__is_plain(number.dimension) && dimension__unit(of) == UNIT_NS && !number.percent)
		return parser__refuse(parser, number.start,
				      "the left side is a time: this number needs ns, us, ms or s");
	return parser__refuse(parser, number.start, "the left side is %s, this is %s", dimension__name(of),
			      number.percent ? "a percentage" : dimension__name(number.dimension));
}

/* "within" number "%" "of" number, of which the word is read */
static bool read_within(struct parser *parser, struct condition *condition)
{
	struct number number = {0};
	double center;
	size_t start;

	if (!parser__take_number(parser, &number, "a percentage"))
		return false;
	if (!number.percent || number.value <= 0 || number.value > 1)
		return parser__refuse(parser, number.start,
				      "within needs a percentage of more than 0 and at most 100 %%");
	if (!parser__expect(parser, "of"))
		return false;
	start = parser__past_blanks(parser);
	if (!take_limit(parser, condition, &center))
		return false;
	if (center <= 0)
		return parser__refuse(parser, start, "a percentage of 0 is no width: compare with <= and >=");
	condition->margin = number.value;
	/* On the logarithm the region is as wide to both sides. */
	condition->low = condition->on_log ? center / (1 + number.value) : center * (1 - number.value);
	condition->high = center * (1 + number.value);
	return true;
}

static bool read_comparison(struct parser *parser, struct condition *condition)
{
	struct token token = parser__peek(parser);
	bool less = parser__is(parser, token, "<") || parser__is(parser, token, "<=");

	if (token.kind == TOKEN_END)
		return true;
	condition->comparison = COMPARE_REGION;
	if (parser__take_if(parser, "within"))
		return read_within(parser, condition);
	if (!less && !parser__is(parser, token, ">") && !parser__is(parser, token, ">="))
		return parser__refuse_token(parser, "<=, >=, <, > or within");
	parser__take(parser, token);
	condition->open = token.length == 1;
	condition->low = -INFINITY;
	condition->high = INFINITY;
	return take_limit(parser, condition, less ? &condition->high : &condition->low);
}

/* "holds(" check "," arm ")", of which the word is read */
static bool read_holds(struct parser *parser, struct condition *condition)
{
	const char *meant;
	char name[MAX_NAME];
	size_t start;

	condition->comparison = COMPARE_HOLDS;
	if (!parser__expect(parser, "("))
		return false;
	start = parser__past_blanks(parser);
	if (!parser__take_name(parser, name, "a check"))
		return false;
	for (size_t i = 0; check_ids[i]; i++)
		if (!strcmp(name, check_ids[i]))
			condition->check = check_ids[i];
	meant = nearest(name, check_ids);
	if (!condition->check)
		return meant ? parser__refuse(parser, start, "unknown check %s: did you mean %s?", name, meant)
			     : parser__refuse(parser, start, "unknown check %s", name);
	return parser__expect(parser, ",") && take_arm(parser, &condition->arm) && parser__expect(parser, ")");
}

static bool read_condition(struct parser *parser, struct condition *condition)
{
	struct expression *expression;
	size_t start = parser__past_blanks(parser);

	if (parser__take_if(parser, "holds"))
		return read_holds(parser, condition);
	condition->expression = expression = read_sum(parser);
	if (!expression)
		return false;
	condition->on_log = expression->operation == MULTIPLY || expression->operation == DIVIDE;
	condition->counts = counts(expression);
	if (!arms_of(expression))
		return parser__refuse(parser, start, "no metric in it: nothing would be measured");
	if (abs(expression->dimension.time) + abs(expression->dimension.size) > 1 || expression->dimension.time < 0 ||
	    expression->dimension.size < 0)
		return parser__refuse(parser, start, "this is %s", dimension__name(expression->dimension));
	return read_comparison(parser, condition);
}

struct condition *condition__read(const char *text, const struct condition_reader *reader, size_t *at,
				  struct failure *failure)
{
	struct parser parser = {.text = text, .reader = reader, .wrong = at, .failure = failure};
	struct condition *condition = allocate(&parser, sizeof(*condition));
	size_t size = strlen(text) + 1;
	char *copy = allocate(&parser, size);

	*at = 0;
	if (!condition || !copy)
		return NULL;
	condition->text = memcpy(copy, text, size);
	if (!read_condition(&parser, condition))
		return NULL;
	return parser__peek(&parser).kind == TOKEN_END ? condition : parser__refuse_token(&parser, "the end");
}

/* Values */

/* How a metric is asked for. */
struct figures {
	double (*metric)(void *context, const struct metric *metric, size_t arm);
	void *context;
};

static double slope_value(const struct expression *slope, const struct figures *figures)
{
	double x[MAX_POINTS], y[MAX_POINTS];

	for (size_t i = 0; i < slope->arm_count; i++) {
		x[i] = figures->metric(figures->context, slope->over, slope->arms[i]);
		y[i] = figures->metric(figures->context, slope->metric, slope->arms[i]);
		if (isnan(x[i]) || isnan(y[i]))
			return NAN;
	}
	return slope__theil_sen(x, y, slope->arm_count);
}

static double value_of(const struct expression *expression, const struct figures *figures)
{
	double left = expression->left ? value_of(expression->left, figures) : 0;
	double right = expression->right ? value_of(expression->right, figures) : 0;

	switch (expression->operation) {
	case NUMBER:
		return expression->number;
	case METRIC:
		return figures->metric(figures->context, expression->metric, expression->arms[0]);
	case SLOPE:
		return slope_value(expression, figures);
	case ADD:
		return left + right;
	case SUBTRACT:
		return left - right;
	case MULTIPLY:
		return left * right;
	default:
		return right == 0 ? NAN : left / right;
	}
}

double condition__value(const struct condition *condition,
			double (*metric)(void *context, const struct metric *metric, size_t arm), void *context)
{
	struct figures figures = {metric, context};
	double value = condition->expression ? value_of(condition->expression, &figures) : NAN;

	return isfinite(value) ? value : NAN;
}

enum unit condition__unit(const struct condition *condition)
{
	return condition->expression ? dimension__unit(condition->expression->dimension) : UNIT_COUNT;
}

unsigned condition__arms(const struct condition *condition)
{
	return condition->expression ? arms_of(condition->expression) : 1u << condition->arm;
}
