/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a file to claims: one table of keys per level, and one function per key that needs more than its text. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "words.h"
#include "yaml.h"

#define MAX_KEYS 16
#define MAX_NAME 48 /* of claims and arms */

struct reader {
	struct claims *claims;
	struct memory *memory;
	struct yaml_file file;
	struct failure *failure;
	const char *source;
};

/* A key of a level. Keys are read in the order of their table, whatever the file's is. */
struct key_row {
	const char *name;
	bool needed;
	enum node_kind kind;
	/* Stores the value in what its level is read into. NULL: a text, its pointer is stored at @text. */
	int (*read)(struct reader *reader, const struct node *node, void *into);
	size_t text;
};

/* A level: how it is called in errors, and its keys. */
struct level {
	const char *what;
	const struct key_row *keys; /* ended by a row without a name */
};

/* yaml__refuse for all of @node. */
#define REFUSE(reader, node, ...)                                                                                      \
	yaml__refuse(&(reader)->file, (node)->line, (node)->column, (reader)->failure, __VA_ARGS__)

static struct place_in_file place_of(const struct reader *reader, const struct node *node)
{
	return (struct place_in_file){reader->file.name, node->line, node->column};
}

static int check_key(struct reader *reader, const struct node *key, const struct level *level)
{
	const char *names[MAX_KEYS + 1] = {NULL}, *meant;

	for (size_t i = 0; level->keys[i].name && i < MAX_KEYS; i++) {
		names[i] = level->keys[i].name;
		if (!strcmp(key->text, names[i]))
			return 0;
	}
	meant = nearest(key->text, names);
	return meant ? REFUSE(reader, key, "unknown key %s of %s: did you mean %s?", key->text, level->what, meant)
		     : REFUSE(reader, key, "unknown key %s of %s", key->text, level->what);
}

static int check_kind(struct reader *reader, const struct node *node, const char *name, enum node_kind kind)
{
	static const char *const kinds[] = {"text", "a list", "a map"};

	if (node->kind != kind)
		return REFUSE(reader, node, "%s must be %s, not %s", name, kinds[kind], kinds[node->kind]);
	if (kind == NODE_TEXT && !node->text[strspn(node->text, " \t\n")])
		return REFUSE(reader, node, "%s is empty", name);
	return 0;
}

static int read_key(struct reader *reader, const struct node *node, const struct key_row *row, void *into)
{
	if (check_kind(reader, node, row->name, row->kind))
		return -1;
	if (row->read)
		return row->read(reader, node, into);
	*(const char **)((char *)into + row->text) = node->text;
	return 0;
}

static int read_level(struct reader *reader, const struct node *node, const struct level *level, void *into)
{
	if (check_kind(reader, node, level->what, NODE_MAP))
		return -1;
	for (const struct node *item = node->items; item; item = item->next)
		if (check_key(reader, item->key, level))
			return -1;
	for (const struct key_row *row = level->keys; row->name; row++) {
		const struct node *item = yaml__item(node, row->name);

		if (!item && row->needed)
			return REFUSE(reader, node, "%s needs the key %s", level->what, row->name);
		if (item && read_key(reader, item, row, into))
			return -1;
	}
	return 0;
}

/* The items of a list with at least one. */
static int check_items(struct reader *reader, const struct node *node, const char *name, size_t most)
{
	if (!node->count)
		return REFUSE(reader, node, "%s is empty", name);
	return node->count > most ? REFUSE(reader, node, "more than %zu items in %s", most, name) : 0;
}

static int check_name(struct reader *reader, const struct node *node, const char *others)
{
	size_t length = 0;

	while (node->text[length] &&
	       (isalnum((unsigned char)node->text[length]) || (length && strchr(others, node->text[length]))))
		length++;
	if (node->text[length] || !length || length > MAX_NAME)
		return REFUSE(reader, node, "a name is 1 to %d letters, digits and, further on, any of %s", MAX_NAME,
			      others);
	return 0;
}

static int read_one_of(struct reader *reader, const struct node *node, const char *const *names, int *value)
{
	char known[200] = "";
	size_t length = 0;

	for (*value = 0; names[*value]; ++*value)
		if (!strcmp(node->text, names[*value]))
			return 0;
	for (size_t i = 0; names[i] && length < sizeof(known); i++)
		length += (size_t)snprintf(known + length, sizeof(known) - length, "%s%s", i ? ", " : "", names[i]);
	return REFUSE(reader, node, "%s is not known here: there are %s", node->text, known);
}

static int read_number(struct reader *reader, const struct node *node, uint64_t most, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(node->text, &end, 10);
	if (!isdigit((unsigned char)*node->text) || *end || errno || !*value || *value > most)
		return REFUSE(reader, node, "%s is no whole number from 1 to %llu", node->text,
			      (unsigned long long)most);
	return 0;
}

/* Cases */

static int read_decide(struct reader *reader, const struct node *node, void *into)
{
	static const char *const names[] = {[DECIDE_BLOCKS] = "blocks", [DECIDE_TRIALS] = "trials", NULL};
	int decide;

	if (read_one_of(reader, node, names, &decide))
		return -1;
	((struct claim_case *)into)->decide = (enum decide)decide;
	return 0;
}

static int read_cpus(struct reader *reader, const struct node *node, void *into)
{
	uint64_t cpus;

	if (read_number(reader, node, MAX_WORKERS, &cpus))
		return -1;
	((struct claim_needs *)into)->cpus = (uint32_t)cpus;
	return 0;
}

/* A key that is there or not: its only value is true. */
static int read_true(struct reader *reader, const struct node *node, bool *into)
{
	static const char *const names[] = {"true", NULL};
	int value;

	if (read_one_of(reader, node, names, &value))
		return -1;
	*into = true;
	return 0;
}

static int read_may_fail(struct reader *reader, const struct node *node, void *into)
{
	return read_true(reader, node, &((struct claim_case *)into)->may_fail);
}

static int read_free_threaded(struct reader *reader, const struct node *node, void *into)
{
	return read_true(reader, node, &((struct claim_needs *)into)->free_threaded);
}

static int read_needs(struct reader *reader, const struct node *node, void *into)
{
	static const struct key_row keys[] = {
		{"cpus", false, NODE_TEXT, read_cpus, 0},
		{"free-threaded", false, NODE_TEXT, read_free_threaded, 0},
		{0},
	};

	return read_level(reader, node, &(struct level){"needs", keys}, &((struct claim_case *)into)->needs);
}

/* What `run` takes and an arm does not: a better sentence than that it is unknown. */
static const char *of_run_alone(char **words, int count)
{
	static const char *const options[] = {"--repeat", "--output", "-o", "--json", "-j", "--help", "-h"};

	for (int i = 1; i < count; i++)
		for (size_t j = 0; j < sizeof(options) / sizeof(*options); j++) {
			size_t length = strlen(options[j]);

			if (!strncmp(words[i], options[j], length) && (!words[i][length] || words[i][length] == '='))
				return options[j];
		}
	return NULL;
}

static int parse_arm(struct reader *reader, const struct node *node, char **words, int count)
{
	struct failure inner = {0};
	struct arm arm;
	const char *alone = of_run_alone(words, count);

	if (strcmp(words[0], "run"))
		return REFUSE(reader, node, "an arm is what follows mptrace: run WORKLOAD [options]");
	if (!arm__parse(&arm, count, words, &inner))
		return 0;
	if (alone)
		return REFUSE(reader, node, "arm %s: %s is no option of an arm", node->key->text, alone);
	return inner.status == STATUS_USAGE ? REFUSE(reader, node, "arm %s: %s", node->key->text, inner.says)
					    : fail(reader->failure, inner.status, "%s", inner.says);
}

static int read_arm(struct reader *reader, const struct node *node, struct claim_arm *arm)
{
	struct failure inner = {0};
	char **words;
	int count, status;

	if (check_name(reader, node->key, "_.-") || check_kind(reader, node, "an arm", NODE_TEXT))
		return -1;
	if (command__words(node->text, &words, &count, &inner))
		return REFUSE(reader, node, "arm %s: %s", node->key->text, inner.says);
	arm->name = node->key->text;
	arm->place = place_of(reader, node);
	arm->command = command__join(reader->memory, words, count);
	status = arm->command ? parse_arm(reader, node, words, count)
			      : fail(reader->failure, STATUS_CANNOT, "out of memory");
	free(words);
	return status;
}

static int read_arms(struct reader *reader, const struct node *node, void *into)
{
	struct claim_case *of = into;

	if (check_items(reader, node, "arms", MAX_ARMS))
		return -1;
	for (const struct node *item = node->items; item; item = item->next)
		if (read_arm(reader, item, &of->arms[of->arm_count++]))
			return -1;
	return 0;
}

static void *take(void *context, size_t size)
{
	return memory__take(context, size);
}

static struct condition *read_condition(struct reader *reader, const struct node *node, const struct claim_case *of)
{
	const char *arms[MAX_ARMS];
	struct condition_reader how = {arms, of->arm_count, take, reader->memory};
	struct failure inner = {0};
	struct condition *condition;
	size_t at;

	for (size_t i = 0; i < of->arm_count; i++)
		arms[i] = of->arms[i].name;
	if (check_kind(reader, node, "a condition", NODE_TEXT))
		return NULL;
	condition = condition__read(node->text, &how, &at, &inner);
	if (!condition && inner.status == STATUS_USAGE)
		yaml__refuse_within(&reader->file, node, at, reader->failure, "%s", inner.says);
	else if (!condition)
		fail(reader->failure, inner.status, "%s", inner.says);
	return condition;
}

/* The conditions of a list: with a comparison, unless they are a mechanism. */
static int read_conditions(struct reader *reader, const struct node *node, const struct claim_case *of, bool compare,
			   struct condition **conditions, size_t *count)
{
	if (check_items(reader, node, node->key->text, MAX_CONDITIONS))
		return -1;
	for (const struct node *item = node->items; item; item = item->next) {
		struct condition *condition = read_condition(reader, item, of);

		if (!condition)
			return -1;
		if (compare != (condition->comparison != COMPARE_NONE))
			return REFUSE(reader, item,
				      compare ? "nothing is compared here: write <=, >=, <, >, within or holds()"
					      : "a mechanism is shown, not compared: write the left side alone");
		conditions[(*count)++] = condition;
	}
	return 0;
}

static int read_provided(struct reader *reader, const struct node *node, void *into)
{
	struct claim_case *of = into;

	return read_conditions(reader, node, of, true, of->provided, &of->provided_count);
}

static int read_rule(struct reader *reader, const struct node *node, void *into)
{
	struct claim_case *of = into;

	return read_conditions(reader, node, of, true, of->rule, &of->rule_count);
}

static int read_mechanism(struct reader *reader, const struct node *node, void *into)
{
	struct claim_case *of = into;

	return read_conditions(reader, node, of, false, of->mechanism, &of->mechanism_count);
}

static int read_opportunities(struct reader *reader, const struct node *node, void *into)
{
	struct claim_case *of = into;

	for (size_t i = 0; i < of->rule_count; i++)
		if (of->rule[i]->comparison == COMPARE_HOLDS)
			return read_number(reader, node, MAX_TASKS, &of->opportunities);
	return REFUSE(reader, node, "opportunities are for holds(): this rule has none");
}

static unsigned arms_of(struct condition *const *conditions, size_t count)
{
	unsigned arms = 0;

	for (size_t i = 0; i < count; i++)
		arms |= condition__arms(conditions[i]);
	return arms;
}

/* An arm that nothing is read from costs time and decides nothing. */
static int check_arms_used(struct reader *reader, const struct claim_case *of)
{
	unsigned used = arms_of(of->provided, of->provided_count) | arms_of(of->rule, of->rule_count) |
			arms_of(of->mechanism, of->mechanism_count);

	for (size_t i = 0; i < of->arm_count; i++)
		if (!(used & 1u << i))
			return yaml__refuse(&reader->file, of->arms[i].place.line, of->arms[i].place.column,
					    reader->failure, "no condition uses arm %s", of->arms[i].name);
	return 0;
}

static int read_case(struct reader *reader, const struct node *node, struct claim_case *of)
{
	static const struct key_row keys[] = {
		{"name", true, NODE_TEXT, NULL, offsetof(struct claim_case, name)},
		{"scale", false, NODE_TEXT, NULL, offsetof(struct claim_case, scale)},
		{"decide", false, NODE_TEXT, read_decide, 0},
		{"may-fail", false, NODE_TEXT, read_may_fail, 0},
		{"needs", false, NODE_MAP, read_needs, 0},
		{"arms", true, NODE_MAP, read_arms, 0},
		{"provided", false, NODE_LIST, read_provided, 0},
		{"rule", true, NODE_LIST, read_rule, 0},
		{"opportunities", false, NODE_TEXT, read_opportunities, 0},
		{"mechanism", false, NODE_LIST, read_mechanism, 0},
		{0},
	};

	of->place = place_of(reader, node);
	if (read_level(reader, node, &(struct level){"a case", keys}, of))
		return -1;
	return check_arms_used(reader, of);
}

/* Claims */

static int read_cases(struct reader *reader, const struct node *node, void *into)
{
	struct claim *claim = into;

	if (check_items(reader, node, "cases", MAX_CASES))
		return -1;
	claim->cases = memory__take(reader->memory, node->count * sizeof(*claim->cases));
	if (!claim->cases)
		return fail(reader->failure, STATUS_CANNOT, "out of memory");
	for (const struct node *item = node->items; item; item = item->next) {
		struct claim_case *of = &claim->cases[claim->case_count++];

		if (read_case(reader, item, of))
			return -1;
		for (struct claim_case *other = claim->cases; other < of; other++)
			if (!strcmp(other->name, of->name))
				return REFUSE(reader, yaml__item(item, "name"), "claim %s has two cases of this name",
					      claim->id);
	}
	return 0;
}

static int read_expect(struct reader *reader, const struct node *node, void *into)
{
	static const char *const names[] = {"CONFIRMED", "REFUTED", "CONDITIONAL", NULL};
	struct claim *claim = into;
	int expect;

	if (read_one_of(reader, node, names, &expect))
		return -1;
	claim->expects = true;
	claim->expect = (enum verdict)expect;
	return 0;
}

static int read_id(struct reader *reader, const struct node *node, void *into)
{
	struct claim *claim = into;
	const struct claim *other = claims__find(reader->claims, node->text);

	if (check_name(reader, node, "_.-"))
		return -1;
	if (other && claim__own_file(other) && claims__catalogue_has(reader->file.name))
		return fail(reader->failure, STATUS_USAGE,
			    "%s:%u: error: the catalogue has a claim %s too: call it something else", other->place.file,
			    other->place.line, node->text);
	if (other)
		return REFUSE(reader, node, "there is a claim %s already, in %s:%u", node->text, other->place.file,
			      other->place.line);
	claim->id = node->text;
	return 0;
}

static struct claim *add_claim(struct reader *reader)
{
	struct claims *claims = reader->claims;
	struct claim **list = realloc(claims->list, (claims->count + 1) * sizeof(struct claim *));
	struct claim *claim = memory__take(reader->memory, sizeof(*claim));

	if (list)
		claims->list = list;
	if (!list || !claim) {
		fail(reader->failure, STATUS_CANNOT, "out of memory");
		return NULL;
	}
	return claim;
}

static int read_claim(struct reader *reader, const struct node *node)
{
	static const struct key_row keys[] = {
		{"id", true, NODE_TEXT, read_id, 0},
		{"quote", false, NODE_TEXT, NULL, offsetof(struct claim, quote)},
		{"english", true, NODE_TEXT, NULL, offsetof(struct claim, english)},
		{"reading", true, NODE_TEXT, NULL, offsetof(struct claim, reading)},
		{"confounders", false, NODE_TEXT, NULL, offsetof(struct claim, confounders)},
		{"note", false, NODE_TEXT, NULL, offsetof(struct claim, note)},
		{"because", false, NODE_TEXT, NULL, offsetof(struct claim, because)},
		{"expect", false, NODE_TEXT, read_expect, 0},
		{"cases", true, NODE_LIST, read_cases, 0},
		{0},
	};
	struct claim *claim = add_claim(reader);

	if (!claim)
		return -1;
	claim->source = reader->source;
	claim->place = place_of(reader, node);
	if (read_level(reader, node, &(struct level){"a claim", keys}, claim))
		return -1;
	if (claim->expects && claim->expect == VERDICT_CONDITIONAL && claim->case_count == 1)
		return REFUSE(reader, yaml__item(node, "expect"), "one case alone cannot come out CONDITIONAL");
	reader->claims->list[reader->claims->count++] = claim;
	return 0;
}

static int read_claims(struct reader *reader, const struct node *node, void *into)
{
	(void)into;
	if (check_items(reader, node, "claims", YAML_MAX_ITEMS))
		return -1;
	for (const struct node *item = node->items; item; item = item->next)
		if (read_claim(reader, item))
			return -1;
	return 0;
}

/* A document's title and language are for who reads the file. */
struct source {
	const char *id, *title, *language;
};

static int read_source_id(struct reader *reader, const struct node *node, void *into)
{
	((struct source *)into)->id = node->text;
	return check_name(reader, node, "_.-");
}

static int read_source(struct reader *reader, const struct node *node, void *into)
{
	static const struct key_row keys[] = {
		{"id", true, NODE_TEXT, read_source_id, 0},
		{"title", false, NODE_TEXT, NULL, offsetof(struct source, title)},
		{"language", false, NODE_TEXT, NULL, offsetof(struct source, language)},
		{0},
	};
	struct source source = {0};

	(void)into;
	if (read_level(reader, node, &(struct level){"source", keys}, &source))
		return -1;
	reader->source = source.id;
	return 0;
}

static int read_file(struct reader *reader)
{
	static const struct key_row keys[] = {
		{"source", true, NODE_MAP, read_source, 0},
		{"claims", true, NODE_LIST, read_claims, 0},
		{0},
	};
	size_t before = reader->claims->count;
	const struct node *root = yaml__read(&reader->file, reader->memory, reader->failure);

	if (root && !read_level(reader, root, &(struct level){"a claim file", keys}, NULL))
		return 0;
	reader->claims->count = before;
	return -1;
}

int claims__read(struct claims *claims, const char *name, const char *text, size_t size, struct failure *failure)
{
	struct reader reader = {.claims = claims, .failure = failure};

	if (!claims->memory)
		claims->memory = calloc(1, sizeof(struct memory));
	if (!claims->memory)
		return fail(failure, STATUS_CANNOT, "out of memory");
	reader.memory = claims->memory;
	/* Places in the file are kept longer than the caller's name of it. */
	name = memory__copy(reader.memory, name, strlen(name));
	if (!name)
		return fail(failure, STATUS_CANNOT, "out of memory");
	reader.file = (struct yaml_file){name, text, size};
	return read_file(&reader);
}
