/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "owner.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_PID_NAMESPACE 0xEFFFFFFCu /* PROC_PID_INIT_INO of the kernel */

/* Field 22 of /proc/PID/stat (proc(5)), 0 if there is no such process, or only its parent has not reaped it yet. */
static unsigned long long start_time(int pid)
{
	char path[32], text[1024] = "", *at;
	unsigned long long start = 0;
	char state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	at = strrchr(text, ')'); /* the name may hold anything */
	if (at)
		sscanf(at + 2, "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		       &state, &start);
	return state == 'Z' || state == 'X' ? 0 : start;
}

void owner__self(char text[OWNER_TEXT])
{
	snprintf(text, OWNER_TEXT, "%d-%llu", getpid(), start_time(getpid()));
}

bool owner__sees_all(void)
{
	struct stat space;

	return !stat("/proc/self/ns/pid", &space) && space.st_ino == FIRST_PID_NAMESPACE;
}

bool owner__is_gone(const char *text)
{
	unsigned long long start;
	int pid, end = 0;

	if (!owner__sees_all() || sscanf(text, "%d-%llu%n", &pid, &start, &end) != 2 || pid <= 0 ||
	    (text[end] && text[end] != '-'))
		return false;
	return start_time(pid) != start;
}
