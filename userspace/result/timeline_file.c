/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timeline_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"

/* As on x86: little-endian. */
struct header {
	char magic[16]; /* without a NUL */
	uint32_t version, event_bytes;
	uint64_t count;
	uint64_t of; /* fingerprint() of the result */
};

static const struct header begins = {
	.magic = {'m', 'p', 't', 'r', 'a', 'c', 'e', '.', 't', 'i', 'm', 'e', 'l', 'i', 'n', 'e'},
	.version = 2, /* 1 did not say of which result it was */
	.event_bytes = sizeof(struct timeline_event)};

/* Of its threads and their times: no two runs have the same. FNV-1a, a number at a time. */
static uint64_t fingerprint(const struct result *result)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < result->thread_count; i++) {
		const struct thread_record *record = &result->threads[i].record;
		const uint64_t numbers[] = {record->first_tid, record->on_cpu_ns, record->run_queue_ns};

		for (size_t j = 0; j < sizeof(numbers) / sizeof(*numbers); j++)
			sum = (sum ^ numbers[j]) * 0x100000001b3;
	}
	return sum;
}

int timeline_file__write(FILE *file, const struct result *result)
{
	struct header header = begins;

	header.count = result->timeline.count;
	header.of = fingerprint(result);
	fwrite(&header, sizeof(header), 1, file);
	fwrite(result->timeline.events, sizeof(*result->timeline.events), result->timeline.count, file);
	return ferror(file) ? -1 : 0;
}

static int check(const struct result *result, const char *text, size_t size, const char *path, struct failure *failure)
{
	struct header header;
	const struct timeline_event *events = (const void *)(text + sizeof(header));

	if (size < sizeof(header))
		return fail(failure, STATUS_USAGE, "%.200s: it is no timeline: %zu bytes", path, size);
	memcpy(&header, text, sizeof(header));
	if (memcmp(header.magic, begins.magic, sizeof(header.magic)) != 0)
		return fail(failure, STATUS_USAGE, "%.200s: it is no timeline", path);
	if (header.version != begins.version || header.event_bytes != begins.event_bytes)
		return fail(failure, STATUS_USAGE,
			    "%.200s: it is of version %" PRIu32 ", with %" PRIu32
			    " bytes an event: this mptrace reads version "
			    "%" PRIu32 " with %" PRIu32,
			    path, header.version, header.event_bytes, begins.version, begins.event_bytes);
	if (header.count != result->timeline.count || header.of != fingerprint(result))
		return fail(failure, STATUS_USAGE, "%.200s: it is not of this result, but of another run", path);
	if ((size - sizeof(header)) / sizeof(*events) != header.count || (size - sizeof(header)) % sizeof(*events))
		return fail(failure, STATUS_USAGE, "%.200s: it has %zu bytes, but %" PRIu64 " events", path, size,
			    header.count);
	for (size_t i = 0; i < header.count; i++)
		if (timeline__what(&events[i]) >= EVENT_COUNT || timeline__cause(&events[i]) >= CAUSE_COUNT)
			return fail(failure, STATUS_USAGE, "%.200s: event %zu is of no kind that there is", path, i);
	return 0;
}

int timeline_file__read(struct result *result, struct memory *memory, const char *path, struct failure *failure)
{
	size_t size = 0;
	char *text = file__read(path, &size, failure);
	int status = text ? check(result, text, size, path, failure) : -1;

	if (!status) {
		size -= sizeof(struct header);
		result->timeline.events = memory__take(memory, size + 1);
		if (result->timeline.events)
			memcpy(result->timeline.events, text + sizeof(struct header), size);
		else
			status = fail(failure, STATUS_CANNOT, "out of memory for a timeline");
	}
	free(text);
	return status;
}
