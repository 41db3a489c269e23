/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../workload/journal.h"
#include "../../bpf/abi.h"
#include "host.h"

#define PROGRAM_FD 5

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

int launch__become(const struct identity *identity)
{
	const struct passwd *entry;

	if (identity->user == geteuid())
		return 0;
	entry = getpwuid(identity->user);
	if (entry && (setenv("HOME", entry->pw_dir, 1) || setenv("USER", entry->pw_name, 1) ||
		      setenv("LOGNAME", entry->pw_name, 1)))
		return -1;
	return initgroups(identity->name, identity->group) || setgid(identity->group) || setuid(identity->user);
}

/* The program of the child: never returns. */
_Noreturn static void execute(const struct launch *launch, int program)
{
	extern char **environ;

	if (launch->interpreter) {
		char *const arguments[] = {(char *)launch->interpreter,
					   launch->isolated ? (char[]){"-IB"} : (char[]){"-B"}, (char *)launch->script,
					   NULL};

		/* spawn and forkserver execute it again: everything must then lie where it lay, or the GIL is lost. */
		personality(ADDR_NO_RANDOMIZE);
		execve(launch->interpreter, arguments, environ);
	} else {
		char *const arguments[] = {(char[]){"mptrace-workload"}, NULL};

		fexecve(program, arguments, environ);
	}
	dprintf(2, "mptrace: cannot execute %s: %s\n",
		launch->interpreter ? launch->interpreter : "the native workload", strerror(errno));
	_exit(1);
}

_Noreturn static void child(const struct launch *launch, int start_fd, int program, int gate_fd, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), journal_fd = launch->journal_fd;
	char word;

	if (read(start_fd, &word, 1) != 1)
		_exit(1);
	signal(SIGXFSZ, SIG_DFL); /* ignored by us: what is ignored stays so across exec */
	signal(SIGPIPE, SIG_DFL);
	/* A task that signals its process group must not meet us, or the shell that called us. */
	setpgid(0, 0);
	/* After setuid: changing ids clears the death signal. */
	if ((launch->cpus && host__run_on(launch->cpus)) || launch__become(launch->identity) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(1);
	/* All of them may already be a number that is to be filled: move them up first. */
	journal_fd = fcntl(journal_fd, F_DUPFD_CLOEXEC, 10);
	gate_fd = fcntl(gate_fd, F_DUPFD_CLOEXEC, 10);
	program = program < 0 ? null : fcntl(program, F_DUPFD_CLOEXEC, 10);
	if (null < 0 || dup2(null, 0) < 0 || (launch->quiet && dup2(null, 2) < 0) || dup2(2, 1) < 0 ||
	    dup2(journal_fd, JOURNAL_DESCRIPTOR) < 0 || dup2(gate_fd, GATE_DESCRIPTOR) < 0 ||
	    dup3(program, PROGRAM_FD, O_CLOEXEC) < 0)
		_exit(1);
	close_range(PROGRAM_FD + 1, ~0U, 0);
	if (launch->open_files && setrlimit(RLIMIT_NOFILE, &(struct rlimit){launch->open_files, launch->open_files})) {
		dprintf(2, "mptrace: cannot set --open-files: %s\n", strerror(errno));
		_exit(1);
	}
	execute(launch, PROGRAM_FD);
}

static pid_t start(struct control_group *cgroup, const struct launch *launch, int program, int gate_fd,
		   struct failure *failure)
{
	pid_t parent = getpid(), pid;
	int begin[2];

	if (pipe2(begin, O_CLOEXEC))
		return fail(failure, STATUS_CANNOT, "cannot make a pipe: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		close(begin[1]);
		child(launch, begin[0], program, gate_fd, parent);
	}
	close(begin[0]);
	if (pid < 0)
		fail(failure, STATUS_CANNOT, "cannot fork: %s", strerror(errno));
	else if (!cgroup__enter(cgroup, pid, failure) && write(begin[1], "", 1) == 1) {
		close(begin[1]);
		return pid;
	}
	/* The end of the pipe makes the child leave. */
	close(begin[1]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return -1;
}

pid_t launch__start(struct control_group *cgroup, struct launch *launch, struct failure *failure)
{
	int program = launch->interpreter ? -1 : program_file(failure), gate[2];
	pid_t pid = -1;

	if (program < 0 && !launch->interpreter)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate)) {
		fail(failure, STATUS_CANNOT, "cannot make a pair of sockets: %s", strerror(errno));
	} else {
		pid = start(cgroup, launch, program, gate[0], failure);
		close(gate[0]);
		if (pid < 0)
			close(gate[1]);
		else
			launch->gate_fd = gate[1];
	}
	if (program >= 0)
		close(program);
	return pid;
}
