/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kept.h"

#include <unistd.h>

#include "../report/pictures.h"
#include "../result/timeline_file.h"
#include "../validation/log.h"

int kept__open(struct kept *kept, const char *directory, bool timeline, bool several, const struct identity *owner,
	       struct failure *failure)
{
	*kept = (struct kept){.directory = directory, .several = several, .held = -1};
	if (!directory)
		return 0;
	kept->held = output__hold(directory, false, owner, failure);
	if (kept->held < 0)
		return -1;
	if (output__holds(directory, LOG_NAME))
		return fail(failure, STATUS_USAGE, "%s holds trials of several arms or claims: name another -o DIR",
			    directory);
	if (timeline && output__open_in(&kept->timeline, directory, TIMELINE_NAME, owner, failure))
		return -1;
	if (!several && output__open_in(&kept->page, directory, PAGE_NAME, owner, failure))
		return -1;
	return output__open_in(&kept->result, directory, RESULT_NAME, owner, failure);
}

/* Nothing is renamed before all that can be written is: killed in between, the directory has nothing of two runs. */
int kept__commit(struct kept *kept, const struct result *const *results, size_t count, struct failure *failure)
{
	FILE *timeline = kept->timeline.file, *page = kept->page.file;
	int status;

	if (!kept->directory)
		return 0;
	if (output__finish(&kept->result, report__json(kept->result.file, results, count, kept->several), failure))
		return -1;
	status = output__finish(&kept->timeline, timeline ? timeline_file__write(timeline, results[0]) : 0, failure);
	status |= output__finish(&kept->page, page ? report__page(page, results[0]) : 0, failure);
	output__remove(kept->directory, PAGE_NAME, kept->result.owner);
	output__remove(kept->directory, TIMELINE_NAME, kept->result.owner);
	if (output__place(&kept->result, failure))
		return -1;
	status |= output__place(&kept->timeline, failure);
	status |= output__place(&kept->page, failure);
	return status;
}

void kept__discard(struct kept *kept)
{
	output__discard(&kept->result);
	output__discard(&kept->timeline);
	output__discard(&kept->page);
	if (kept->directory && kept->held >= 0)
		close(kept->held);
}
