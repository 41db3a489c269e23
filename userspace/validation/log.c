/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"

#define MAX_TRIALS 1000000
#define LEAST_ERROR 1e-6 /* the looks' numbers are no more precise */
#define MOST_ERROR 0.2

struct trial_row *trial_rows__add(struct trial_rows *rows)
{
	if (rows->count == rows->room) {
		size_t room = rows->room ? 2 * rows->room : 256;
		struct trial_row *grown = realloc(rows->list, room * sizeof(*grown));

		if (!grown)
			return NULL;
		rows->list = grown;
		rows->room = room;
	}
	memset(&rows->list[rows->count], 0, sizeof(*rows->list));
	return &rows->list[rows->count++];
}

void trial_rows__free(struct trial_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		trial_row__free(&rows->list[i]);
	free(rows->list);
	*rows = (struct trial_rows){0};
}

int claim_texts__add(struct claim_texts *texts, const char *name, const char *text, size_t size)
{
	struct claim_text *grown = realloc(texts->files, (texts->file_count + 1) * sizeof(*grown)), *file;

	if (!grown)
		return -1;
	texts->files = grown;
	file = &texts->files[texts->file_count++];
	*file = (struct claim_text){strdup(name), calloc(1, size + 1), size};
	if (!file->name || !file->text)
		return -1;
	memcpy(file->text, text, size); /* all of it: who reads it has to see a zero byte, and refuse it */
	return 0;
}

int claim_texts__select(struct claim_texts *texts, const char *id)
{
	char **grown = realloc(texts->selected, (texts->selected_count + 1) * sizeof(*grown));

	if (!grown)
		return -1;
	texts->selected = grown;
	texts->selected[texts->selected_count] = strdup(id);
	return texts->selected[texts->selected_count++] ? 0 : -1;
}

void claim_texts__free(struct claim_texts *texts)
{
	for (size_t i = 0; i < texts->file_count; i++) {
		free(texts->files[i].name);
		free(texts->files[i].text);
	}
	for (size_t i = 0; i < texts->selected_count; i++)
		free(texts->selected[i]);
	free(texts->files);
	free(texts->selected);
	*texts = (struct claim_texts){0};
}

static bool is_selected(const struct claim_texts *texts, const struct claim *claim)
{
	bool selected = !texts->selected_count || claim__is_control(claim);

	for (size_t i = 0; i < texts->selected_count; i++)
		selected |= !strcmp(texts->selected[i], claim->id);
	return selected;
}

int claim_texts__read(const struct claim_texts *texts, struct claims *claims, struct failure *failure)
{
	size_t kept = 0;

	for (size_t i = 0; i < texts->file_count; i++)
		if (claims__read(claims, texts->files[i].name, texts->files[i].text, texts->files[i].size, failure))
			return -1;
	for (size_t i = 0; i < texts->selected_count; i++)
		if (!claims__find(claims, texts->selected[i]))
			return claims__no_such(claims, texts->selected[i], failure);
	for (size_t i = 0; i < claims->count; i++)
		if (is_selected(texts, claims->list[i]))
			claims->list[kept++] = claims->list[i];
	claims->count = kept;
	return 0;
}

static void write_texts(struct json *json, const struct claim_texts *texts)
{
	json__begin_array(json, "files");
	for (size_t i = 0; i < texts->file_count; i++) {
		json__begin_object(json, NULL);
		json__string(json, "name", texts->files[i].name);
		json__string(json, "text", texts->files[i].text);
		json__end_object(json);
	}
	json__end_array(json);
	json__begin_array(json, "selected");
	for (size_t i = 0; i < texts->selected_count; i++)
		json__string(json, NULL, texts->selected[i]);
	json__end_array(json);
}

int trial_log__begin(FILE *file, const struct validation *validation, const struct claim_texts *texts)
{
	const struct environment *environment = &validation->environment;
	struct json json = json__line_to(file);

	json__begin_object(&json, NULL);
	json__string(&json, "schema", LOG_SCHEMA);
	json__string(&json, "mptrace", environment->version);
	json__string(&json, "started", validation->started);
	json__string(&json, "kernel", environment->kernel);
	json__string(&json, "machine", environment->machine);
	json__string(&json, "clock", environment->clock);
	json__string(&json, "governor", environment->governor);
	json__string(&json, "cgroup_mode", environment->cgroup_mode);
	json__string(&json, "cpus_allowed", environment->cpus_allowed);
	json__integer(&json, "cpus", environment->cpus);
	json__boolean(&json, "virtual_machine", environment->virtual_machine);
	json__boolean(&json, "hardware_counters", environment->hardware_counters);
	json__string(&json, "interpreter", validation->interpreter);
	json__integer(&json, "seed", validation->seed);
	json__boolean(&json, "quick", validation->quick);
	json__integer(&json, "blocks", validation->blocks);
	json__number(&json, "error", validation->error);
	json__string(&json, "command", validation->command);
	write_texts(&json, texts);
	json__end_object(&json);
	return json__finish(&json);
}

int trial_log__append(FILE *file, const struct trial_row *row)
{
	if (trial_row__write(file, row))
		return -1;
	/* A pipe or a memory stream has nothing to synchronise. */
	return fileno(file) >= 0 && fdatasync(fileno(file)) && errno != EINVAL && errno != EROFS ? -1 : 0;
}

/* The texts of the header into @room. */
static int copy(const json_t *header, const char *key, char *room, size_t size, struct failure *failure)
{
	const json_t *value = json_object_get(header, key);

	if (!json_is_string(value))
		return fail(failure, STATUS_USAGE, "the header's \"%s\" is no text", key);
	snprintf(room, size, "%s", json_string_value(value));
	return 0;
}

static int copy_texts(const json_t *header, struct validation *validation, struct failure *failure)
{
	struct environment *environment = &validation->environment;
	const struct {
		const char *key;
		char *room;
		size_t size;
	} texts[] = {
		{"mptrace", environment->version, sizeof(environment->version)},
		{"started", validation->started, sizeof(validation->started)},
		{"kernel", environment->kernel, sizeof(environment->kernel)},
		{"machine", environment->machine, sizeof(environment->machine)},
		{"clock", environment->clock, sizeof(environment->clock)},
		{"cgroup_mode", environment->cgroup_mode, sizeof(environment->cgroup_mode)},
		{"cpus_allowed", environment->cpus_allowed, sizeof(environment->cpus_allowed)},
		{"interpreter", validation->interpreter, sizeof(validation->interpreter)},
		{"command", validation->command, sizeof(validation->command)},
	};

	/* Earlier versions did not look for it. */
	if (json_object_get(header, "governor") &&
	    copy(header, "governor", environment->governor, sizeof(environment->governor), failure))
		return -1;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (copy(header, texts[i].key, texts[i].room, texts[i].size, failure))
			return -1;
	return 0;
}

/* Earlier versions had none but those of --quick. */
static int copy_blocks(const json_t *header, struct validation *validation, struct failure *failure)
{
	const json_t *blocks = json_object_get(header, "blocks");

	validation->blocks = validation->quick ? QUICK_BLOCKS : 0;
	if (blocks && (!json_is_integer(blocks) || json_integer_value(blocks) < 0 ||
		       json_integer_value(blocks) > SIGNED_RANK_MAX))
		return fail(failure, STATUS_USAGE, "the header's blocks are no number from 0 to %d", SIGNED_RANK_MAX);
	if (blocks)
		validation->blocks = (uint32_t)json_integer_value(blocks);
	validation->looks = look_plan__blocks(validation->blocks).count;
	return 0;
}

static int copy_numbers(const json_t *header, struct validation *validation, struct failure *failure)
{
	const json_t *cpus = json_object_get(header, "cpus"), *seed = json_object_get(header, "seed");
	const json_t *quick = json_object_get(header, "quick"), *error = json_object_get(header, "error");
	const json_t *virtual = json_object_get(header, "virtual_machine");
	const json_t *counters = json_object_get(header, "hardware_counters");

	if (!json_is_boolean(virtual) || !json_is_boolean(counters))
		return fail(failure, STATUS_USAGE, "the header does not say whether it is a virtual machine");
	validation->environment.virtual_machine = json_is_true(virtual);
	validation->environment.hardware_counters = json_is_true(counters);
	if (!json_is_integer(cpus) || json_integer_value(cpus) < 1 || json_integer_value(cpus) > 1 << 20 ||
	    !json_is_integer(seed) || json_integer_value(seed) < 0 || !json_is_boolean(quick) || !json_is_number(error))
		return fail(failure, STATUS_USAGE, "the header's cpus, seed, quick or error is not what it should be");
	validation->environment.cpus = (uint32_t)json_integer_value(cpus);
	validation->seed = (uint64_t)json_integer_value(seed);
	validation->quick = json_is_true(quick);
	validation->error = json_number_value(error);
	if (!(validation->error >= LEAST_ERROR && validation->error <= MOST_ERROR))
		return fail(failure, STATUS_USAGE, "the header's error is %g: from %g to %g is possible",
			    validation->error, LEAST_ERROR, MOST_ERROR);
	return copy_blocks(header, validation, failure);
}

static const char *const file_keys[] = {"name", "text", NULL};

static int copy_claims(const json_t *header, struct claim_texts *texts, struct unknown_keys *unknown,
		       struct failure *failure)
{
	const json_t *files = json_object_get(header, "files"), *selected = json_object_get(header, "selected");

	if (!json_is_array(files) || !json_is_array(selected))
		return fail(failure, STATUS_USAGE, "the header lacks its lists of files and selected claims");
	for (size_t i = 0; i < json_array_size(files); i++) {
		json_t *file = json_array_get(files, i);
		const json_t *name = json_object_get(file, "name"), *text = json_object_get(file, "text");

		if (!json_is_string(name) || !json_is_string(text))
			return fail(failure, STATUS_USAGE, "the header's file %zu has no name or no text", i + 1);
		if (claim_texts__add(texts, json_string_value(name), json_string_value(text), json_string_length(text)))
			return fail(failure, STATUS_CANNOT, "out of memory");
		unknown_keys__of(unknown, "files", file, file_keys);
	}
	for (size_t i = 0; i < json_array_size(selected); i++) {
		const char *id = json_string_value(json_array_get(selected, i));

		if (!id)
			return fail(failure, STATUS_USAGE, "the header's selected claim %zu is no text", i + 1);
		if (claim_texts__select(texts, id))
			return fail(failure, STATUS_CANNOT, "out of memory");
	}
	return 0;
}

static const char *const header_keys[] = {"schema",
					  "mptrace",
					  "started",
					  "kernel",
					  "machine",
					  "clock",
					  "governor",
					  "cgroup_mode",
					  "cpus_allowed",
					  "cpus",
					  "virtual_machine",
					  "hardware_counters",
					  "interpreter",
					  "seed",
					  "quick",
					  "blocks",
					  "error",
					  "command",
					  "files",
					  "selected",
					  NULL};

static int read_header(const char *line, size_t size, struct validation *validation, struct claim_texts *texts,
		       struct failure *failure)
{
	json_error_t error;
	json_t *header = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
	const char *schema = json_string_value(json_object_get(header, "schema"));
	int status = -1;

	if (!header)
		fail(failure, STATUS_USAGE, "the header is no JSON: column %d: %s", error.column, error.text);
	else if (!schema__is(schema, LOG_SCHEMA))
		fail(failure, STATUS_USAGE, "the header's schema is '%.40s': this mptrace reads " LOG_SCHEMA,
		     schema ? schema : "(none)");
	else if (!copy_texts(header, validation, failure) && !copy_numbers(header, validation, failure) &&
		 !copy_claims(header, texts, &validation->unknown, failure))
		status = claim_texts__read(texts, validation->claims, failure);
	if (!status && validation->quick)
		claims__shorten(validation->claims);
	unknown_keys__of(&validation->unknown, "", header, header_keys);
	json_decref(header);
	return status;
}

static int by_trial(const void *a, const void *b)
{
	const struct trial_row *left = *(const struct trial_row *const *)a,
			       *right = *(const struct trial_row *const *)b;
	int commands = strcmp(left->command, right->command);

	if (left->block != right->block)
		return left->block < right->block ? -1 : 1;
	return commands ? commands : (left > right) - (left < right);
}

/* The first trial that its block has already, wherever; NULL: there is none. -1: out of memory. */
static int find_repeated(const struct trial_rows *rows, const struct trial_row **repeated, struct failure *failure)
{
	const struct trial_row **order = calloc(rows->count + 1, sizeof(*order));
	size_t count = 0;

	*repeated = NULL;
	if (!order)
		return fail(failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < rows->count; i++)
		/* Each session has warmed up. */
		if (!rows->list[i].cannot && rows->list[i].block)
			order[count++] = &rows->list[i];
	qsort(order, count, sizeof(*order), by_trial);
	for (size_t i = 1; i < count; i++)
		if (order[i - 1]->block == order[i]->block && !strcmp(order[i - 1]->command, order[i]->command) &&
		    (!*repeated || order[i] < *repeated))
			*repeated = order[i];
	free(order);
	return 0;
}

static int read_trial(const char *line, size_t size, struct trial_rows *rows, struct unknown_keys *unknown,
		      struct failure *failure)
{
	struct trial_row *row = rows->count < MAX_TRIALS ? trial_rows__add(rows) : NULL;

	if (!row)
		return fail(failure, STATUS_CANNOT, "there are more than %d trials, or memory is out", MAX_TRIALS);
	if (trial_row__read(row, line, size, unknown, failure)) {
		rows->count--;
		return -1;
	}
	return 0;
}

/* Puts "name:line: " before what is wrong: of several lines the first, as the others show the text of a claim. */
static int locate(const char *name, size_t line, const struct failure *inner, struct failure *failure)
{
	return fail(failure, inner->status, "%.200s:%zu: %.*s", name, line, (int)strcspn(inner->says, "\n"),
		    inner->says);
}

static int refuse_repeated(const char *name, const struct trial_rows *rows, struct failure *failure)
{
	const struct trial_row *repeated;
	struct failure inner = {0};

	if (find_repeated(rows, &repeated, failure))
		return -1;
	if (!repeated)
		return 0;
	fail(&inner, STATUS_USAGE, "block %" PRIu32 " has '%.80s' twice", repeated->block, repeated->command);
	return locate(name, (size_t)(repeated - rows->list) + 2, &inner, failure); /* line 1 is the header */
}

int trial_log__parse(const char *name, const char *text, size_t size, struct validation *validation,
		     struct claim_texts *texts, struct trial_rows *rows, struct failure *failure)
{
	const char *end = text + size, *at = text;

	for (size_t line = 1; at < end; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		struct failure inner = {0};
		int wrong;

		if (!newline && line == 1)
			return fail(failure, STATUS_USAGE,
				    "%.200s:1: the header was cut off: there is nothing to go on with", name);
		if (!newline) /* it was being written when the run was killed */
			break;
		wrong = line == 1 ? read_header(at, (size_t)(newline - at), validation, texts, &inner)
				  : read_trial(at, (size_t)(newline - at), rows, &validation->unknown, &inner);
		if (wrong)
			return locate(name, line, &inner, failure);
		at = newline + 1;
	}
	return at == text ? fail(failure, STATUS_USAGE, "%s is empty", name) : refuse_repeated(name, rows, failure);
}

int trial_log__read(const char *path, struct validation *validation, struct claim_texts *texts, struct trial_rows *rows,
		    struct failure *failure)
{
	size_t size;
	char *text = file__read(path, &size, failure);
	int status = text ? trial_log__parse(path, text, size, validation, texts, rows, failure) : -1;

	free(text);
	return status;
}
