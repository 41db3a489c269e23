/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../experiment/host.h"
#include "../experiment/launch.h"

/* What the terminal and the shell gave us is the command's: only what we changed goes back. */
_Noreturn static void execute(char *const *command, const struct identity *identity, const char *cpus, int gate,
			      int error)
{
	char word;
	int number;

	for (number = 1; number < NSIG; number++) {
		struct sigaction action;

		if (!sigaction(number, NULL, &action) && action.sa_handler != SIG_IGN)
			signal(number, SIG_DFL);
	}
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	number = (cpus && host__run_on(cpus)) || launch__become(identity) ? errno : 0;
	if (read(gate, &word, 1) != 1) /* we are gone, or have changed our mind */
		_exit(127);
	if (!number) {
		execvp(command[0], command);
		number = errno;
	}
	/* Nobody reads it if we are gone. */
	_exit(write(error, &number, sizeof(number)) == sizeof(number) ? 127 : 126);
}

int child__start(struct child *child, char *const *command, const struct identity *identity, const char *cpus,
		 struct failure *failure)
{
	int gate[2], error[2];

	*child = (struct child){.pid = -1, .gate = -1, .error = -1};
	if (pipe2(gate, O_CLOEXEC))
		return fail(failure, STATUS_CANNOT, "cannot make a pipe: %s", strerror(errno));
	if (pipe2(error, O_CLOEXEC)) {
		close(gate[0]);
		close(gate[1]);
		return fail(failure, STATUS_CANNOT, "cannot make a pipe: %s", strerror(errno));
	}
	child->pid = fork();
	if (!child->pid) {
		close(gate[1]);
		execute(command, identity, cpus, gate[0], error[1]);
	}
	close(gate[0]);
	close(error[1]);
	child->gate = gate[1];
	child->error = error[0];
	if (child->pid > 0)
		return 0;
	fail(failure, STATUS_CANNOT, "cannot fork: %s", strerror(errno));
	child__drop(child);
	return -1;
}

static void shut(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

int child__go(struct child *child)
{
	ssize_t got;
	int number = 0;

	if (write(child->gate, "", 1) != 1)
		number = errno;
	do
		got = read(child->error, &number, sizeof(number));
	while (got < 0 && errno == EINTR);
	shut(&child->gate);
	shut(&child->error);
	if (number)
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
	return number;
}

void child__drop(struct child *child)
{
	shut(&child->gate);
	shut(&child->error);
	if (child->pid > 0)
		waitpid(child->pid, NULL, 0);
	child->pid = -1;
}
