/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kept.h"

#include "../report/pictures.h"
#include "../result/timeline_file.h"
#include "../validation/log.h"

int kept__open(struct kept *kept, const char *directory, bool timeline, bool several, const struct identity *owner,
	       struct failure *failure)
{
	*kept = (struct kept){.directory = directory, .several = several};
	if (!directory)
		return 0;
	if (output__holds(directory, LOG_NAME))
		return fail(failure, STATUS_USAGE, "%s holds trials of several arms or claims: name another -o DIR",
			    directory);
	if (timeline && output__open_in(&kept->timeline, directory, TIMELINE_NAME, owner, failure))
		return -1;
	if (!several && output__open_in(&kept->page, directory, PAGE_NAME, owner, failure))
		return -1;
	return output__open_in(&kept->result, directory, RESULT_NAME, owner, failure);
}

/* @written: see output__commit. */
static int commit(const struct kept *kept, struct output *output, const char *name, int written,
		  struct failure *failure)
{
	int status = output__commit(output, written, failure);

	if (status || !output->path[0])
		output__remove(kept->directory, name, kept->result.owner);
	return status;
}

int kept__commit(struct kept *kept, const struct result *const *results, size_t count, struct failure *failure)
{
	FILE *timeline = kept->timeline.file, *page = kept->page.file;
	int status;

	if (!kept->directory)
		return 0;
	if (output__commit(&kept->result, report__json(kept->result.file, results, count, kept->several), failure))
		return -1;
	status = commit(kept, &kept->timeline, TIMELINE_NAME, timeline ? timeline_file__write(timeline, results[0]) : 0,
			failure);
	status |= commit(kept, &kept->page, PAGE_NAME, page ? report__page(page, results[0]) : 0, failure);
	return status;
}

void kept__discard(struct kept *kept)
{
	output__discard(&kept->result);
	output__discard(&kept->timeline);
	output__discard(&kept->page);
}
