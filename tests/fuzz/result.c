/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as result.json: results that can be reported, or a sentence with the file's name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/report/pictures.h"
#include "../../userspace/report/report.h"
#include "../../userspace/result/judge.h"
#include "../../userspace/result/read.h"

/* The same bytes as events, of threads that there are. */
static void write_pictures(FILE *nowhere, struct result *result, const char *text, size_t size)
{
	struct failure failure = {0};
	struct spans spans;

	result->timeline.count = result->thread_count ? size / sizeof(*result->timeline.events) : 0;
	result->timeline.events = malloc(size + 1);
	memcpy(result->timeline.events, text, size);
	for (size_t i = 0; i < result->timeline.count; i++) {
		struct timeline_event *event = &result->timeline.events[i];
		uint32_t tid = result->threads[event->who % result->thread_count].record.tid;

		event->who = timeline_who(tid & 0x3fffff, timeline__what(event) % EVENT_COUNT,
					  timeline__cause(event) % CAUSE_COUNT);
		event->when_cpu &= 0xffffffffffff;
	}
	if (spans__of(&spans, result, &failure) || report__html(nowhere, result, &spans) ||
	    report__perfetto(nowhere, result, &spans) ||
	    report__timeline(nowhere, result, &spans, (struct style){.width = 100}))
		abort();
	spans__free(&spans);
	free(result->timeline.events);
	result->timeline.events = NULL;
}

static void write_all(const struct stored_results *results, const char *text, size_t size)
{
	static FILE *nowhere;
	const struct result **list = calloc(results->count + 1, sizeof(*list));

	nowhere = nowhere ? nowhere : fopen("/dev/null", "w");
	if (!nowhere || !list)
		abort();
	for (size_t i = 0; i < results->count; i++) {
		list[i] = &results->list[i]->result;
		(void)result__status(list[i]);
		if (report__text(nowhere, list[i], (struct style){.width = 80}) || report__csv(nowhere, list[i]) ||
		    report__markdown(nowhere, list[i]) || report__html(nowhere, list[i], NULL))
			abort();
		write_pictures(nowhere, &results->list[i]->result, text, size);
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
		write_all(&results, text, size);
	else if (failure.status != STATUS_USAGE || strncmp(failure.says, "result", 6) != 0)
		abort();
	stored_results__free(&results);
	free(text);
	return 0;
}
