/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/owner.h"
#include "leftovers.h"

#define DEATH_TIMEOUT_MS 10000
#define DISMISS_TIMEOUT_MS 1000

static void close_all_but(int keep)
{
	if (keep > 0)
		close_range(0, (unsigned)keep - 1, 0);
	close_range((unsigned)keep + 1, ~0U, 0);
}

/* @owner is mptrace, whose descriptors are closed a moment before it is gone. */
_Noreturn static void guard(int pipe_fd, const char *owner)
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
	for (int waited = 0; !owner__is_gone(owner) && waited < DEATH_TIMEOUT_MS; waited++)
		usleep(1000);
	leftovers__clean();
	_exit(0);
}

/* Also one that is stopped. */
static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int guardian__start(struct guardian *guardian, struct failure *failure)
{
	char owner[OWNER_TEXT];
	int ends[2];

	owner__self(owner);
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
		guard(ends[0], owner);
	}
	close(ends[0]);
	guardian->pipe_fd = ends[1];
	return 0;
}

int guardian__renew(struct guardian *guardian, struct failure *failure)
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
	return guardian__start(guardian, failure);
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
