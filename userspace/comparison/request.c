/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../claim/words.h"
#include "comparison.h"

#define MAX_NAME 48 /* of a claim's arm */
#define NAME_LETTERS "_.-"
#define MAX_WORDS 256 /* of one arm's command */
#define MOST_POINTS 10000 /* planning as many takes seconds */

static bool is_of_arm(const struct option_row *row)
{
	return row && options__find(arm_rows, row->name) == row;
}

/* How long the value is that a list begins with: "range(3)" is one. */
static size_t item_length(const char *list)
{
	size_t length = strcspn(list, ",(");

	if (list[length] == '(')
		length += strcspn(list + length, ")");
	return length + strcspn(list + length, ",");
}

static bool is_list(const struct option_given *given)
{
	return is_of_arm(given->row) && given->row->sweeps && given->value && given->value[item_length(given->value)];
}

bool request__is(char *const *words, size_t count, const struct options_given *given)
{
	if (count > 1 || (count == 1 && strpbrk(words[0], "=:")))
		return true;
	for (size_t i = 0; i < given->count; i++)
		if (is_list(&given->list[i]))
			return true;
	return false;
}

static int out_of_memory(struct failure *failure)
{
	return fail(failure, STATUS_CANNOT, "out of memory");
}

/* "--option=value", or "--option". */
static char *option_word(struct request *request, const char *option, const char *value, size_t length)
{
	size_t size = strlen(option) + length + 4;
	char *word = memory__take(&request->memory, size);

	if (word)
		snprintf(word, size, value ? "--%s=%.*s" : "--%s", option, (int)length, value ? value : "");
	return word;
}

static int append(struct request *request, char ***list, size_t *count, char *text, struct failure *failure)
{
	char **grown = memory__take(&request->memory, (*count + 1) * sizeof(*grown));

	if (!text || !grown)
		return out_of_memory(failure);
	if (*count)
		memcpy(grown, *list, *count * sizeof(*grown));
	grown[(*count)++] = text;
	*list = grown;
	return 0;
}

/* Where the value of an option inside an arm ends: a comma counts where another option follows. */
static size_t value_length(const char *text)
{
	size_t length = strcspn(text, ",");

	while (text[length]) {
		const char *next = text + length + 1;
		size_t word = strspn(next, "abcdefghijklmnopqrstuvwxyz-");
		char name[MAX_NAME + 1];

		snprintf(name, sizeof(name), "%.*s", (int)word, next);
		if (word && (next[word] == '=' || !next[word] || next[word] == ',') &&
		    (next[word] == '=' || options__find(arm_rows, name)))
			break;
		length += 1 + strcspn(next, ",");
	}
	return length;
}

/* One option at @text, of at most all of it; *@length is what it takes. */
static int read_option(struct request *request, struct side *side, const char *text, size_t *length,
		       struct failure *failure)
{
	size_t word = strcspn(text, "=,");
	char name[MAX_NAME + 1];
	const char *names[64] = {NULL}, *meant, *value;
	size_t known = 0;

	snprintf(name, sizeof(name), "%.*s", (int)word, text);
	if (!options__find(arm_rows, name)) {
		for (const struct option_row *row = arm_rows; row->name && known < 63; row++)
			names[known++] = row->name;
		meant = nearest(name, names);
		return fail(failure, STATUS_USAGE, "arm %s: unknown option '%s'%s%s%s", side->name, name,
			    meant ? ": did you mean " : ": see mptrace run --help", meant ? meant : "",
			    meant ? "?" : "");
	}
	value = text[word] == '=' ? text + word + 1 : NULL;
	*length = value ? word + 1 + value_length(value) : word;
	return append(request, &side->options, &side->option_count,
		      option_word(request, name, value, value ? *length - word - 1 : 0), failure);
}

static int check_name(const char *name, const char *word, struct failure *failure)
{
	size_t length = 0;

	while (name[length] && (isalnum((unsigned char)name[length]) || (length && strchr(NAME_LETTERS, name[length]))))
		length++;
	if (name[length] || !length || length > MAX_NAME)
		return fail(failure, STATUS_USAGE,
			    "arm '%.100s': a name is 1 to %d letters, digits and, further on, any of " NAME_LETTERS,
			    word, MAX_NAME);
	return 0;
}

static int add_side(struct request *request, const struct side *side, struct failure *failure)
{
	if (request->side_count == MAX_SIDES)
		return fail(failure, STATUS_USAGE, "arm %s is one too many: at most %d are compared at once",
			    side->name, MAX_SIDES);
	for (size_t i = 0; i < request->side_count; i++)
		if (!strcmp(request->sides[i].name, side->name))
			return fail(failure, STATUS_USAGE,
				    "two arms are called %s: give one of them another name, like %s2=%s", side->name,
				    side->name, side->workload);
	request->sides[request->side_count++] = *side;
	return 0;
}

/* [NAME=]WORKLOAD[:option=value,...] */
static int read_side(struct request *request, const char *word, struct failure *failure)
{
	size_t colon = strcspn(word, ":"), equals = strcspn(word, "=");
	const char *workload = equals < colon ? word + equals + 1 : word, *at = word + colon;
	struct side side = {0};
	size_t length = 0;

	side.workload = memory__copy(&request->memory, workload, (size_t)(at - workload));
	side.name = equals < colon ? memory__copy(&request->memory, word, equals) : side.workload;
	if (!side.workload || !side.name)
		return out_of_memory(failure);
	if (check_name(side.name, word, failure))
		return -1;
	while (*at) {
		at++; /* the colon, or a comma */
		if (read_option(request, &side, at, &length, failure))
			return -1;
		at += length;
	}
	return add_side(request, &side, failure);
}

static bool is_swept(const struct request *request, const char *option)
{
	for (size_t i = 0; i < request->axis_count; i++)
		if (!strcmp(request->axes[i].option, option))
			return true;
	return false;
}

static int read_axis(struct request *request, const struct option_given *given, struct failure *failure)
{
	struct axis *axis = &request->axes[request->axis_count];
	const char *at = given->value;

	if (request->axis_count == MAX_AXES)
		return fail(failure, STATUS_USAGE, "--%s: more than %d lists of values", given->row->name, MAX_AXES);
	if (is_swept(request, given->row->name))
		return fail(failure, STATUS_USAGE, "there are two lists for --%s", given->row->name);
	request->axis_count++;
	axis->option = given->row->name;
	for (;;) {
		size_t length = item_length(at);
		char *value = memory__copy(&request->memory, at, length);

		if (!length)
			return fail(failure, STATUS_USAGE, "--%s %s: a value of the list is empty", given->row->name,
				    given->value);
		for (size_t i = 0; value && i < axis->count; i++)
			if (!strcmp(axis->values[i], value))
				return fail(failure, STATUS_USAGE, "--%s %s has %s twice", given->row->name,
					    given->value, value);
		if (append(request, &axis->values, &axis->count, value, failure))
			return -1;
		if (!at[length])
			return 0;
		at += length + 1;
	}
}

static int read_options(struct request *request, const struct options_given *given, struct failure *failure)
{
	for (size_t i = 0; i < given->count; i++) {
		const struct option_given *one = &given->list[i];

		if (!is_of_arm(one->row))
			continue;
		if (!is_list(one) && is_swept(request, one->row->name))
			return fail(failure, STATUS_USAGE, "--%s is a list and a single value: give one of them",
				    one->row->name);
		if (is_list(one) ? read_axis(request, one, failure)
				 : append(request, &request->options, &request->option_count,
					  option_word(request, one->row->name, one->value,
						      one->value ? strlen(one->value) : 0),
					  failure))
			return -1;
	}
	return 0;
}

static void number_name(char *name, size_t size, size_t number)
{
	size_t length = strnlen(name, MAX_NAME - sizeof("-10000") + 1);

	snprintf(name + length, size - length, "-%zu", number);
}

/* One arm and a list: its values are the arms. */
static int split_side(struct request *request, struct failure *failure)
{
	const struct side alone = request->sides[0];
	const struct axis axis = request->axes[0];

	request->side_count = 0;
	memmove(request->axes, request->axes + 1, --request->axis_count * sizeof(*request->axes));
	for (size_t i = 0; i < axis.count; i++) {
		struct side side = alone;
		char name[2 * MAX_NAME];

		snprintf(name, sizeof(name), "%s-%.*s", axis.option, MAX_NAME, axis.values[i]);
		for (char *letter = name; *letter; letter++)
			if (!isalnum((unsigned char)*letter) && !strchr(NAME_LETTERS, *letter))
				*letter = '_';
		/* Cut, or without its signs, one value can be called like another. */
		for (size_t j = 0; j < request->side_count; j++)
			if (!strncmp(request->sides[j].name, name, MAX_NAME))
				number_name(name, sizeof(name), i + 1);
		side.name = memory__copy(&request->memory, name, strnlen(name, MAX_NAME));
		if (!side.name)
			return out_of_memory(failure);
		if (append(request, &side.options, &side.option_count,
			   option_word(request, axis.option, axis.values[i], strlen(axis.values[i])), failure) ||
		    add_side(request, &side, failure))
			return -1;
	}
	return 0;
}

int request__read(struct request *request, char *const *words, size_t count, const struct options_given *given,
		  struct failure *failure)
{
	*request = (struct request){0};
	for (size_t i = 0; i < count; i++)
		if (read_side(request, words[i], failure))
			return -1;
	if (read_options(request, given, failure))
		return -1;
	if (request->side_count == 1 && request->axis_count && split_side(request, failure))
		return -1;
	if (request->side_count < 2)
		return fail(failure, STATUS_USAGE,
			    "one arm alone is compared with nothing: name another, or a list, like --workers 1,2,4 "
			    "(--quick, --blocks, --format and the like are for that)");
	return 0;
}

/* Row by row: the last list turns fastest. */
static const char *value_at(const struct request *request, size_t axis, size_t point)
{
	for (size_t i = request->axis_count; --i > axis;)
		point /= request->axes[i].count;
	return request->axes[axis].values[point % request->axes[axis].count];
}

static double point_count(const struct request *request)
{
	double points = 1;

	for (size_t i = 0; i < request->axis_count; i++)
		points *= (double)request->axes[i].count;
	return points;
}

/* The words of one arm at one point: what is said last counts. *@words is of @memory. */
static int words_of(const struct request *request, const struct side *side, size_t point, struct memory *memory,
		    char ***words, int *count, struct failure *failure)
{
	size_t most = 3 + request->option_count + request->axis_count + side->option_count;
	char **list = memory__take(memory, most * sizeof(*list));

	if (!list)
		return out_of_memory(failure);
	*count = 0;
	list[(*count)++] = "run";
	list[(*count)++] = (char *)side->workload;
	for (size_t i = 0; i < request->option_count; i++)
		list[(*count)++] = request->options[i];
	for (size_t i = 0; i < request->axis_count; i++) {
		const char *value = value_at(request, i, point);
		size_t size = strlen(request->axes[i].option) + strlen(value) + 4;
		char *word = memory__take(memory, size);

		if (!word)
			return out_of_memory(failure);
		snprintf(word, size, "--%s=%s", request->axes[i].option, value);
		list[(*count)++] = word;
	}
	for (size_t i = 0; i < side->option_count; i++)
		list[(*count)++] = side->options[i];
	*words = list;
	return 0;
}

static int check_side(const struct request *request, const struct side *side, size_t point, double *expected_ns,
		      struct failure *failure)
{
	struct memory memory = {0};
	struct failure inner = {0};
	struct arm arm;
	char **words = NULL;
	int count = 0, status = -1;

	if (!words_of(request, side, point, &memory, &words, &count, failure)) {
		status = arm__parse(&arm, count, words, &inner);
		if (status)
			fail(failure, inner.status, "arm %s: %s", side->name, inner.says);
		else
			*expected_ns += arm__expected_ns(&arm);
	}
	memory__free(&memory);
	return status;
}

int request__check(const struct request *request, uint32_t blocks, double *expected_ns, struct failure *failure)
{
	double points = point_count(request);
	size_t point = 0;

	*expected_ns = 0;
	/* Of more points the first are enough to know how long one takes. */
	for (; point < points && point < MOST_POINTS; point++)
		for (size_t i = 0; i < request->side_count; i++)
			if (check_side(request, &request->sides[i], point, expected_ns, failure))
				return -1;
	*expected_ns *= (blocks + 1) * points / (double)point;
	return 0;
}

/* @text as it stands between double quotes in YAML. */
static void write_escaped(FILE *file, const char *text)
{
	for (; *text; text++)
		if (strchr("\"\\", *text))
			fprintf(file, "\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			fprintf(file, "\\x%02x", (unsigned)*text);
		else
			putc(*text, file);
}

static void write_quoted(FILE *file, const char *text)
{
	putc('"', file);
	write_escaped(file, text);
	putc('"', file);
}

static void write_label(FILE *file, const struct request *request, size_t point)
{
	putc('"', file);
	for (size_t i = 0; i < request->axis_count; i++) {
		fprintf(file, "%s%s=", i ? ", " : "", request->axes[i].option);
		write_escaped(file, value_at(request, i, point));
	}
	fputs(request->axis_count ? "\"" : COMPARISON_NO_SWEEP "\"", file);
}

/* Any two arms are a case of their own. */
static void write_pairs(FILE *file, const struct request *request, char *const *commands)
{
	for (size_t i = 0; i < request->side_count; i++)
		for (size_t j = i + 1; j < request->side_count; j++) {
			const char *first = request->sides[i].name, *second = request->sides[j].name;

			fprintf(file,
				"      - name: %s and %s\n        may-fail: true\n        arms:\n          %s: ", first,
				second, first);
			write_quoted(file, commands[i]);
			fprintf(file, "\n          %s: ", second);
			write_quoted(file, commands[j]);
			fprintf(file,
				"\n        rule: [wall_ns(%s) / wall_ns(%s) within " COMPARISON_MARGIN "%% of 1]\n",
				second, first);
		}
}

/* Whether an earlier side has the same command. */
static bool is_there(char *const *commands, size_t side)
{
	for (size_t i = 0; commands[side] && i < side; i++)
		if (commands[i] && !strcmp(commands[i], commands[side]))
			return true;
	return false;
}

/* The same experiment under two names would be one: the seed, which a single run only records, tells them apart. */
static int command_of(const struct request *request, size_t side, size_t point, struct memory *memory, char **commands,
		      struct failure *failure)
{
	char **words = NULL, *told[MAX_WORDS], seed[32];
	int count = 0;

	if (words_of(request, &request->sides[side], point, memory, &words, &count, failure))
		return -1;
	if (count >= MAX_WORDS)
		return fail(failure, STATUS_USAGE, "arm %s has more than %d options", request->sides[side].name,
			    MAX_WORDS);
	for (int i = 0; i < count; i++)
		told[i] = words[i];
	commands[side] = command__join(memory, words, count);
	for (size_t number = side + 1; is_there(commands, side); number++) {
		snprintf(seed, sizeof(seed), "--seed=%zu", number);
		told[count] = seed;
		commands[side] = command__join(memory, told, count + 1);
	}
	return commands[side] ? 0 : out_of_memory(failure);
}

static int compose_point(const struct request *request, size_t point, struct claim_texts *texts,
			 struct failure *failure)
{
	struct memory memory = {0};
	char *commands[MAX_SIDES] = {NULL}, *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	int status = file ? 0 : out_of_memory(failure);

	for (size_t i = 0; !status && i < request->side_count; i++)
		status = command_of(request, i, point, &memory, commands, failure);
	if (!status) {
		fprintf(file,
			"source: {id: " COMPARISON_SOURCE "}\nclaims:\n  - id: point-%zu\n    english: ", point + 1);
		write_label(file, request, point);
		fputs("\n    reading: Any two arms take the same time.\n    cases:\n", file);
		write_pairs(file, request, commands);
	}
	if (file && fclose(file) && !status)
		status = out_of_memory(failure);
	if (!status && claim_texts__add(texts, COMPARISON_FILE, text, size))
		status = out_of_memory(failure);
	free(text);
	memory__free(&memory);
	return status;
}

int request__compose(const struct request *request, struct claim_texts *texts, struct failure *failure)
{
	double points = point_count(request);

	if (points > MOST_POINTS)
		return fail(failure, STATUS_USAGE, "the lists have %.0f combinations: at most %d are compared at once",
			    points, MOST_POINTS);
	for (size_t point = 0; point < (size_t)points; point++)
		if (compose_point(request, point, texts, failure))
			return -1;
	return 0;
}

void request__free(struct request *request)
{
	memory__free(&request->memory);
}
