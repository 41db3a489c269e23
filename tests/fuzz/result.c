/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as result.json: results that can be reported, or a sentence with the file's name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/report/report.h"
#include "../../userspace/result/judge.h"
#include "../../userspace/result/read.h"

static void write_all(const struct stored_results *results)
{
	static FILE *nowhere;
	const struct result **list = calloc(results->count + 1, sizeof(*list));

	nowhere = nowhere ? nowhere : fopen("/dev/null", "w");
	if (!nowhere || !list)
		abort();
	for (size_t i = 0; i < results->count; i++) {
		list[i] = &results->list[i]->result;
		(void)result__status(list[i]);
		if (report__text(nowhere, list[i], (struct style){.width = 80}))
			abort();
	}
	if (report__repeats(nowhere, list, results->count) || report__json(nowhere, list, results->count, true))
		abort();
	free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stored_results results = {0};
	struct failure failure = {0};
	/* As large as it is, so that a byte too far is seen; malloc(0) can be NULL. */
	char *text = malloc(size + !size);

	memcpy(text, data, size);
	if (!stored_results__read(&results, "result", text, size, &failure))
		write_all(&results);
	else if (failure.status != STATUS_USAGE || strncmp(failure.says, "result", 6) != 0)
		abort();
	stored_results__free(&results);
	free(text);
	return 0;
}
