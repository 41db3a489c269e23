/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has changed since an earlier validation, judged from its own trials. */
#include <stdlib.h>
#include <string.h>

#include "log.h"

static const struct claim_finding *find(const struct validation *validation, const char *id)
{
	for (size_t i = 0; i < validation->finding_count; i++)
		if (!strcmp(validation->findings[i].claim->id, id))
			return &validation->findings[i];
	return NULL;
}

static int note_flips(struct validation *validation, const struct validation *earlier, struct failure *failure)
{
	free(validation->flips);
	validation->flip_count = validation->compared = 0;
	validation->flips = calloc(validation->finding_count + 1, sizeof(*validation->flips));
	if (!validation->flips)
		return fail(failure, STATUS_CANNOT, "out of memory");
	for (size_t i = 0; i < validation->finding_count; i++) {
		const struct claim_finding *now = &validation->findings[i], *before = find(earlier, now->claim->id);

		validation->compared += before != NULL;
		if (before && before->verdict != now->verdict)
			validation->flips[validation->flip_count++] =
				(struct flip_row){now->claim, before->verdict, now->verdict};
	}
	return 0;
}

static void note_change(struct validation *validation, const char *what, const char *before, const char *now)
{
	struct change_row *change = &validation->changes[validation->change_count];

	if (!strcmp(before, now))
		return;
	validation->change_count++;
	change->what = what;
	snprintf(change->before, sizeof(change->before), "%s", before);
	snprintf(change->now, sizeof(change->now), "%s", now);
}

static void note_changes(struct validation *validation, const struct validation *earlier)
{
	const struct environment *before = &earlier->environment, *now = &validation->environment;

	validation->change_count = 0;
	note_change(validation, "kernel", before->kernel, now->kernel);
	note_change(validation, "machine", before->machine, now->machine);
	note_change(validation, "CPUs", before->cpus_allowed, now->cpus_allowed);
	note_change(validation, "clock", before->clock, now->clock);
	note_change(validation, "control groups", before->cgroup_mode, now->cgroup_mode);
	note_change(validation, "Python", earlier->interpreter, validation->interpreter);
	note_change(validation, "mptrace", before->version, now->version);
	note_change(validation, "blocks", earlier->quick ? "quick" : "full", validation->quick ? "quick" : "full");
}

int validation__compare(struct validation *validation, const char *directory, struct failure *failure)
{
	struct claims claims = {0};
	struct validation earlier = {.claims = &claims};
	struct claim_texts texts = {0};
	struct trial_rows rows = {0};
	char path[4096];
	int status;

	snprintf(validation->baseline, sizeof(validation->baseline), "%s", directory);
	snprintf(path, sizeof(path), "%.4000s/" LOG_NAME, directory);
	status = trial_log__read(path, &earlier, &texts, &rows, failure);
	if (!status)
		status = validation__judge(&earlier, rows.list, rows.count, failure);
	if (!status)
		status = note_flips(validation, &earlier, failure);
	if (!status)
		note_changes(validation, &earlier);
	validation__free(&earlier);
	trial_rows__free(&rows);
	claims__free(&claims);
	claim_texts__free(&texts);
	return status;
}
