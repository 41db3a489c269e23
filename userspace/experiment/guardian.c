/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "area.h"

#define KILL_TIMEOUT_MS 10000
#define DISMISS_TIMEOUT_MS 1000

static void close_all_but(int keep)
{
	if (keep > 0)
		close_range(0, (unsigned)keep - 1, 0);
	close_range((unsigned)keep + 1, ~0U, 0);
}

_Noreturn static void guard(int pipe_fd, struct control_group *cgroup, const char *scratch)
{
	char word;
	ssize_t got;

	/* A terminal's Ctrl-C or hang-up is for mptrace; we only act when it is gone. */
	setsid();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_NAME, "mptrace-guard");
	close_all_but(pipe_fd);
	do
		got = read(pipe_fd, &word, 1);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		_exit(0);
	cgroup__kill(cgroup, KILL_TIMEOUT_MS);
	cgroup__remove(cgroup);
	if (scratch[0])
		area__remove_scratch(scratch);
	_exit(0);
}

/* Also one that is stopped. */
static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int guardian__start(struct guardian *guardian, struct control_group *cgroup, const char *scratch,
		    struct failure *failure)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return fail(failure, STATUS_CANNOT, "cannot make a pipe: %s", strerror(errno));
	guardian->pid = fork();
	if (guardian->pid < 0) {
		guardian->pid = 0;
		close(ends[0]);
		close(ends[1]);
		return fail(failure, STATUS_CANNOT, "cannot start the guardian process: %s", strerror(errno));
	}
	if (!guardian->pid) {
		close(ends[1]);
		guard(ends[0], cgroup, scratch);
	}
	close(ends[0]);
	guardian->pipe_fd = ends[1];
	return 0;
}

int guardian__renew(struct guardian *guardian, struct control_group *cgroup, const char *scratch,
		    struct failure *failure)
{
	int status;

	if (!guardian->pid || waitpid(guardian->pid, &status, WNOHANG | WUNTRACED) != guardian->pid)
		return 0;
	/* A stopped guardian guards nothing. */
	if (WIFSTOPPED(status))
		end(guardian->pid);
	close(guardian->pipe_fd);
	guardian->pid = 0;
	guardian->pipe_fd = -1;
	return guardian__start(guardian, cgroup, scratch, failure);
}

void guardian__dismiss(struct guardian *guardian)
{
	if (!guardian->pid)
		return;
	/* EPIPE if it was killed a moment ago: SIGPIPE is ignored while a trial runs. */
	while (write(guardian->pipe_fd, "", 1) < 0 && errno == EINTR)
		;
	close(guardian->pipe_fd);
	for (int waited = 0; waitpid(guardian->pid, NULL, WNOHANG) == 0; waited++) {
		usleep(1000);
		if (waited < DISMISS_TIMEOUT_MS)
			continue;
		end(guardian->pid);
		break;
	}
	guardian->pid = 0;
}
