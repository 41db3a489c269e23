/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as trials.jsonl: trials that can be judged and reported, or a sentence with their line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/report/comparison_report.h"
#include "../../userspace/validation/log.h"

static bool is_refused(const struct failure *failure)
{
	return (failure->status == STATUS_USAGE || failure->status == STATUS_CANNOT) &&
	       !strncmp(failure->says, "log", 3);
}

static void write_all(FILE *file, const struct validation_format *formats, const struct validation *validation)
{
	for (; formats->name; formats++)
		if (formats->write(file, validation, (struct style){.width = 80}))
			abort();
}

/* The same trials give the same verdicts. */
static void judge(struct validation *validation, const struct trial_rows *rows)
{
	static FILE *nowhere;
	struct failure failure = {0};
	enum verdict first;

	nowhere = nowhere ? nowhere : fopen("/dev/null", "w");
	if (!nowhere || validation__judge(validation, rows->list, rows->count, &failure))
		abort();
	first = validation->finding_count ? validation->findings[0].verdict : VERDICT_NOT_RUN;
	write_all(nowhere, comparison__is(validation) ? comparison_formats : validation_formats, validation);
	if (validation__judge(validation, rows->list, rows->count, &failure) ||
	    (validation->finding_count && validation->findings[0].verdict != first))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct claims claims = {0};
	struct validation validation = {.claims = &claims};
	struct claim_texts texts = {0};
	struct trial_rows rows = {0};
	struct failure failure = {0};
	/* As large as it is, so that a byte too far is seen; malloc(0) can be NULL. */
	char *text = malloc(size + !size);

	memcpy(text, data, size);
	if (!trial_log__parse("log", text, size, &validation, &texts, &rows, &failure))
		judge(&validation, &rows);
	else if (!is_refused(&failure))
		abort();
	validation__free(&validation);
	claims__free(&claims);
	claim_texts__free(&texts);
	trial_rows__free(&rows);
	free(text);
	return 0;
}
