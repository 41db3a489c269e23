/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

#define JOURNAL_FD 3
#define PROGRAM_FD 4

/* userspace/workload/embed.S */
extern const char workload_program[], workload_program_end[];

/* The program as a file in memory: nothing to install, and no path that the user may not read. */
static int program_file(struct failure *failure)
{
	size_t size = (size_t)(workload_program_end - workload_program), done = 0;
	int file = memfd_create("mptrace-workload", MFD_CLOEXEC);

	while (file >= 0 && done < size) {
		ssize_t written = write(file, workload_program + done, size - done);

		if (written <= 0) {
			close(file);
			file = -1;
			break;
		}
		done += (size_t)written;
	}
	if (file < 0)
		return fail(failure, STATUS_CANNOT, "cannot unpack the native workload: %s", strerror(errno));
	return file;
}

static int become(const struct identity *identity)
{
	if (identity->user == geteuid())
		return 0;
	return initgroups(identity->name, identity->group) || setgid(identity->group) || setuid(identity->user);
}

_Noreturn static void child(int start_fd, int program, int journal_fd, const struct identity *identity,
			    const char *cpus, pid_t parent)
{
	char *const arguments[] = {(char[]){"mptrace-workload"}, (char[]){"3"}, NULL};
	extern char **environ;
	char word;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (read(start_fd, &word, 1) != 1)
		_exit(1);
	/* After setuid: changing ids clears the death signal. */
	if ((cpus && host__run_on(cpus)) || become(identity) || prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(1);
	/* Both descriptors may already be 3 or 4: move them up first. */
	journal_fd = fcntl(journal_fd, F_DUPFD_CLOEXEC, 10);
	program = fcntl(program, F_DUPFD_CLOEXEC, 10);
	if (null < 0 || dup2(null, 0) < 0 || dup2(2, 1) < 0 || dup2(journal_fd, JOURNAL_FD) < 0 ||
	    dup3(program, PROGRAM_FD, O_CLOEXEC) < 0)
		_exit(1);
	close_range(PROGRAM_FD + 1, ~0U, 0);
	fexecve(PROGRAM_FD, arguments, environ);
	dprintf(2, "mptrace: cannot execute the native workload: %s\n", strerror(errno));
	_exit(1);
}

pid_t launch__native(struct control_group *cgroup, const struct identity *identity, const char *cpus, int journal_fd,
		     struct failure *failure)
{
	int program = program_file(failure), start[2];
	pid_t parent = getpid(), pid;

	if (program < 0)
		return -1;
	if (pipe2(start, O_CLOEXEC)) {
		close(program);
		return fail(failure, STATUS_CANNOT, "cannot make a pipe: %s", strerror(errno));
	}
	pid = fork();
	if (!pid) {
		close(start[1]);
		child(start[0], program, journal_fd, identity, cpus, parent);
	}
	close(start[0]);
	close(program);
	if (pid < 0)
		fail(failure, STATUS_CANNOT, "cannot fork: %s", strerror(errno));
	else if (!cgroup__enter(cgroup, pid, failure) && write(start[1], "", 1) == 1) {
		close(start[1]);
		return pid;
	}
	/* The end of the pipe makes the child leave. */
	close(start[1]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return fail(failure, STATUS_CANNOT, "cannot start the workload");
}
