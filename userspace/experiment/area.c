/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "area.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../base/owner.h"
#include "script.h"

uint64_t area__worker_room(const struct plan *plan)
{
	uint64_t chunks = plan->chunk ? (plan->tasks + plan->chunk - 1) / plan->chunk : 0;

	if (plan->workload == WORKLOAD_SERIAL)
		return 1;
	if (!workload_kinds[plan->workload].pooled)
		return plan->tasks;
	/* Workers that are replaced have rows of their own. */
	return plan->workers + (plan->max_tasks_per_child ? chunks / plan->max_tasks_per_child + 1 : 0);
}

const char *area__parent(void)
{
	const char *below = getenv("TMPDIR");

	return below && *below ? below : "/tmp";
}

static int make_scratch(struct area *area, const struct experiment *experiment, const struct identity *identity,
			struct failure *failure)
{
	char owner[OWNER_TEXT];
	int length, directory;
	bool failed;

	owner__self(owner);
	length = snprintf(area->scratch, sizeof(area->scratch), "%s/" AREA_PREFIX "%s-XXXXXX", area__parent(), owner);
	if (length < 0 || (size_t)length >= sizeof(area->scratch)) {
		area->scratch[0] = '\0';
		return fail(failure, STATUS_USAGE, "TMPDIR is too long: %s", area__parent());
	}
	if (!mkdtemp(area->scratch)) {
		int error = errno;

		area->scratch[0] = '\0';
		return fail(failure, STATUS_CANNOT, "cannot make a directory in %s: %s; set TMPDIR to a writable one",
			    area__parent(), strerror(error));
	}
	/* As long as only root can write there. */
	if (experiment->plan.engine == ENGINE_PYTHON && script__unpack(area->scratch, experiment, identity, failure))
		return -1;
	directory = open(area->scratch, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	failed = directory < 0 || fchown(directory, identity->user, identity->group);
	if (directory >= 0)
		close(directory);
	if (failed)
		return fail(failure, STATUS_CANNOT, "cannot give %s to %s: %s", area->scratch, identity->name,
			    strerror(errno));
	return 0;
}

static int make_journal(struct area *area, const struct plan *plan, struct failure *failure)
{
	uint64_t workers = area__worker_room(plan);

	area->journal_size = journal__size(workers, plan->tasks);
	area->journal_fd = memfd_create("mptrace-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	/* Allocated here, so that its pages are charged to us and not to the experiment's group. */
	if (area->journal_fd < 0 || ftruncate(area->journal_fd, (off_t)area->journal_size) ||
	    posix_fallocate(area->journal_fd, 0, (off_t)area->journal_size))
		return fail(failure, STATUS_CANNOT,
			    "cannot allocate %zu MiB for the task journal: %s; use fewer tasks (-t)",
			    (area->journal_size >> 20) + 1, strerror(errno));
	/* The workload holds it too: a journal that it cut short would end us with SIGBUS. */
	if (fcntl(area->journal_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return fail(failure, STATUS_CANNOT, "cannot seal the task journal: %s", strerror(errno));
	area->journal = mmap(NULL, area->journal_size, PROT_READ | PROT_WRITE, MAP_SHARED, area->journal_fd, 0);
	if (area->journal == MAP_FAILED) {
		area->journal = NULL;
		return fail(failure, STATUS_CANNOT, "cannot map the task journal: %s", strerror(errno));
	}
	area->journal->magic = JOURNAL_MAGIC;
	area->journal->worker_room = (uint32_t)workers;
	area->journal->plan = *plan;
	snprintf(area->journal->plan.scratch, sizeof(area->journal->plan.scratch), "%s", area->scratch);
	return 0;
}

int area__create(struct area *area, const struct experiment *experiment, const struct identity *identity,
		 struct failure *failure)
{
	memset(area, 0, sizeof(*area));
	area->journal_fd = -1;
	if (make_scratch(area, experiment, identity, failure) || make_journal(area, &experiment->plan, failure)) {
		area__remove(area);
		return -1;
	}
	return 0;
}

/* Removes what is in @directory, which is closed: tasks can make whole trees there. No link is followed. */
static void empty(int directory)
{
	DIR *list = directory < 0 ? NULL : fdopendir(directory);
	struct dirent *entry;

	if (!list) {
		if (directory >= 0)
			close(directory);
		return;
	}
	while ((entry = readdir(list))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (entry->d_type == DT_DIR)
			empty(openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
		unlinkat(directory, entry->d_name, entry->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	}
	closedir(list);
}

/* multiprocessing's semaphores, which mptrace_main.py names after @scratch: who was killed has not removed them. */
static void remove_semaphores(const char *scratch)
{
	const char *slash = strrchr(scratch, '/');
	char prefix[AREA_PATH + 8];
	DIR *list = opendir("/dev/shm");
	struct dirent *entry;

	snprintf(prefix, sizeof(prefix), "sem.%s-", slash ? slash + 1 : scratch);
	while (list && (entry = readdir(list)))
		if (!strncmp(entry->d_name, prefix, strlen(prefix)))
			unlinkat(dirfd(list), entry->d_name, 0);
	if (list)
		closedir(list);
}

void area__remove_scratch(const char *path)
{
	empty(open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	remove_semaphores(path);
	rmdir(path);
}

void area__remove(struct area *area)
{
	if (area->scratch[0])
		area__remove_scratch(area->scratch);
	if (area->journal)
		munmap(area->journal, area->journal_size);
	if (area->journal_fd >= 0)
		close(area->journal_fd);
	area->scratch[0] = '\0';
	area->journal = NULL;
	area->journal_fd = -1;
}
