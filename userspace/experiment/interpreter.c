/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "interpreter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "launch.h"

#define ANSWER_TIMEOUT_NS 10000000000ull
#define ANSWER_ROOM 8192
#define OLDEST "3.7"

/* What it says of itself, as one line of JSON. Works from Python 2 on, so that an old one can be named. */
static const char question[] =
	"import json, platform, sys, sysconfig\n"
	"import multiprocessing as m\n"
	"print(json.dumps([sys.executable, platform.python_implementation(), platform.python_version(),\n"
	"  sys.version_info[:2] >= (3, 7), bool(sysconfig.get_config_var('Py_GIL_DISABLED')),\n"
	"  int(round(getattr(sys, 'getswitchinterval', lambda: 0)() * 1e9)),\n"
	"  getattr(m, 'get_all_start_methods', list)(), getattr(sys, '_is_gil_enabled', lambda: True)(),\n"
	"  getattr(m, 'get_start_method', lambda: '')(), ' '.join(platform.python_build()) + ', ' +\n"
	"  platform.python_compiler()]))\n";

_Noreturn static void ask(const char *path, int answer_fd, const struct identity *identity)
{
	char *const arguments[] = {(char *)path, (char[]){"-I"}, (char[]){"-c"}, (char *)question, NULL};
	extern char **environ;
	int null = open("/dev/null", O_RDWR);

	if (setpgid(0, 0) || launch__become(identity) || prctl(PR_SET_PDEATHSIG, SIGKILL) || dup2(null, 0) < 0 ||
	    dup2(answer_fd, 1) < 0 || dup2(null, 2) < 0)
		_exit(127);
	execve(path, arguments, environ);
	_exit(127);
}

/* Reads until the end or @deadline; how many bytes, -1: it did not end in time. */
static ssize_t read_answer(int fd, char *text, size_t room, uint64_t deadline)
{
	size_t length = 0;

	for (;;) {
		struct pollfd answer = {.fd = fd, .events = POLLIN};
		uint64_t now = clock_ns();
		ssize_t got;

		if (now > deadline || trial_stop_signal)
			return -1;
		if (poll(&answer, 1, (int)((deadline - now) / 1000000) + 1) <= 0)
			continue;
		got = read(fd, text + length, room - 1 - length);
		if (got <= 0 || length + (size_t)got == room - 1) {
			text[length + (got > 0 ? (size_t)got : 0)] = '\0';
			return (ssize_t)length;
		}
		length += (size_t)got;
	}
}

/* Once it has ended, or at the deadline, its whole group is ended: helpers of a shim too. How it ended, as wait has it.
 */
static int finish(pid_t pid, uint64_t deadline)
{
	siginfo_t ended = {0};
	int status = 0;

	/* Not reaped before: until then the number is nobody else's. */
	while (!waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) && !ended.si_pid &&
	       clock_ns() < deadline && !trial_stop_signal)
		usleep(1000);
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

/* The answer of @path as text; false: it gave none. */
static bool answer_of(const char *path, const struct identity *identity, char text[ANSWER_ROOM])
{
	uint64_t deadline = clock_ns() + ANSWER_TIMEOUT_NS;
	int ends[2], status = 0;
	ssize_t length;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return false;
	pid = fork();
	if (!pid)
		ask(path, ends[1], identity);
	if (pid > 0)
		setpgid(pid, pid); /* whoever comes first: it must have its group when it is killed */
	close(ends[1]);
	length = pid < 0 ? -1 : read_answer(ends[0], text, ANSWER_ROOM, deadline);
	close(ends[0]);
	if (pid > 0)
		status = finish(pid, deadline);
	return length > 0 && WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool is_program(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISREG(status.st_mode) && !access(path, X_OK);
}

static int understand(struct interpreter *interpreter, const char *path, const char *text, struct failure *failure)
{
	json_t *answer = json_loads(text, 0, NULL), *methods = NULL, *method;
	const char *executable, *implementation, *version, *start_method, *build;
	int recent, free_threaded, gil_enabled;
	json_int_t switch_interval;
	size_t i;

	if (!answer || json_unpack(answer, "[sssbbIobss]", &executable, &implementation, &version, &recent,
				   &free_threaded, &switch_interval, &methods, &gil_enabled, &start_method, &build)) {
		json_decref(answer);
		return fail(failure, STATUS_CANNOT, "%s is no Python: it does not say what it is", path);
	}
	snprintf(interpreter->path, sizeof(interpreter->path), "%s", executable);
	snprintf(interpreter->version, sizeof(interpreter->version), "%s %s", implementation, version);
	snprintf(interpreter->start_method, sizeof(interpreter->start_method), "%s", start_method);
	snprintf(interpreter->build, sizeof(interpreter->build), "%s", build);
	interpreter->free_threaded = free_threaded;
	interpreter->gil = gil_enabled ? GIL_PRESENT : GIL_ABSENT;
	interpreter->switch_interval_ns = (uint64_t)switch_interval;
	json_array_foreach(methods, i, method)
	{
		if (json_is_string(method) && !strcmp(json_string_value(method), "forkserver"))
			interpreter->has_forkserver = true;
	}
	if (strcmp(implementation, "CPython"))
		fail(failure, STATUS_CANNOT, "%s is %s: only CPython " OLDEST " or later can be measured", path,
		     implementation);
	else if (!recent)
		fail(failure, STATUS_CANNOT, "%s is Python %s: " OLDEST " or later is needed", path, version);
	else if (!is_program(executable))
		fail(failure, STATUS_CANNOT, "%s says that it is '%s', which is no program", path, executable);
	json_decref(answer);
	return failure->status ? -1 : 0;
}

/* Fills @path with the first executable file of that name on PATH; a name with a slash is itself. */
static bool look_up(const char *name, char path[INTERPRETER_PATH])
{
	const char *folders = getenv("PATH");

	if (!*name)
		return false;
	if (strchr(name, '/')) {
		snprintf(path, INTERPRETER_PATH, "%s", name);
		return is_program(path);
	}
	for (; folders && *folders; folders += strcspn(folders, ":"), folders += *folders == ':') {
		snprintf(path, INTERPRETER_PATH, "%.*s/%s", (int)strcspn(folders, ":"), folders, name);
		if (is_program(path))
			return true;
	}
	return false;
}

int interpreter__find(struct interpreter *interpreter, const char *wanted, const struct identity *identity,
		      struct failure *failure)
{
	const char *set = getenv("MPTRACE_PYTHON");
	bool without_gil = wanted && !strcmp(wanted, "free-threaded");
	const char *chosen = without_gil ? getenv("MPTRACE_FREE_THREADED") : wanted ? wanted : set && *set ? set : NULL;
	char path[INTERPRETER_PATH], text[ANSWER_ROOM];
	bool found = chosen ? look_up(chosen, path) : look_up("/usr/bin/python3", path) || look_up("python3", path);
	bool answers;

	memset(interpreter, 0, sizeof(*interpreter));
	if (without_gil && !chosen)
		return fail(failure, STATUS_CANNOT,
			    "--python free-threaded: $MPTRACE_FREE_THREADED does not name one (make "
			    "check-free-threaded builds "
			    "one)");
	if (!found)
		return fail(failure, STATUS_CANNOT, "there is no Python %s: name one with --python PATH",
			    chosen ? chosen : "at /usr/bin/python3 or on PATH");
	answers = answer_of(path, identity, text);
	if (trial_stop_signal)
		return trial__fail_stopped(failure);
	if (!answers)
		return fail(failure, STATUS_CANNOT, "%s is no Python that answers user %s: name one with --python PATH",
			    path, identity->name);
	if (understand(interpreter, path, text, failure))
		return -1;
	return without_gil && interpreter->gil != GIL_ABSENT
		       ? fail(failure, STATUS_CANNOT, "--python free-threaded: %s (%s) runs with a GIL", path,
			      interpreter->version)
		       : 0;
}
