/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../cgroups/cgroup.h"
#include "../base/clock.h"
#include "../base/owner.h"
#include "../experiment/leftovers.h"
#include "../base/json.h"
#include "../trace/tracer.h"
#include "command.h"
#include "../arm/options.h"

#define MAX_FINDINGS 32
#define SPIN_NS 50000000ull
#define SPINS 3
/* Numbers as in linux/capability.h. */
static const struct {
	int number;
	const char *name;
} wanted_capabilities[] = {{21, "CAP_SYS_ADMIN"}, {39, "CAP_BPF"}, {38, "CAP_PERFMON"}};

struct finding {
	char name[40], says[200];
	const char *costs; /* what its lack costs; NULL when it is there */
};

struct doctor {
	struct finding findings[MAX_FINDINGS];
	size_t count;
	bool clean, json, help;
};

static void __attribute__((format(printf, 4, 5)))
find(struct doctor *doctor, const char *name, const char *costs, const char *format, ...)
{
	struct finding *finding = &doctor->findings[doctor->count < MAX_FINDINGS ? doctor->count++ : MAX_FINDINGS - 1];
	va_list arguments;

	snprintf(finding->name, sizeof(finding->name), "%s", name);
	finding->costs = costs;
	va_start(arguments, format);
	vsnprintf(finding->says, sizeof(finding->says), format, arguments);
	va_end(arguments);
}

static void look_at_kernel(struct doctor *doctor)
{
	struct utsname name;
	bool btf = !access("/sys/kernel/btf/vmlinux", R_OK), all = owner__sees_all();

	uname(&name);
	find(doctor, "kernel", NULL, "%s %s on %s", name.sysname, name.release, name.machine);
	find(doctor, "kernel types (BTF)", btf ? NULL : "nothing can be traced: run works with --no-trace only", "%s",
	     btf ? "/sys/kernel/btf/vmlinux" : "the kernel was built without CONFIG_DEBUG_INFO_BTF");
	find(doctor, "process numbers", all ? NULL : "run refuses: nothing can be followed, nor leftovers be known",
	     "%s", all ? "the machine's own" : "those of a pid namespace, or there is no /proc");
}

static void look_at_capabilities(struct doctor *doctor)
{
	char lacks[128] = "";
	size_t length = 0;

	for (size_t i = 0; i < sizeof(wanted_capabilities) / sizeof(*wanted_capabilities); i++)
		if (geteuid() || prctl(PR_CAPBSET_READ, wanted_capabilities[i].number) != 1)
			length += (size_t)snprintf(lacks + length, sizeof(lacks) - length, " %s",
						   wanted_capabilities[i].name);
	find(doctor, "capabilities", *lacks ? "probes cannot be loaded: use sudo" : NULL, "%s%s",
	     *lacks ? "missing:" : "root with all that tracing needs", lacks);
}

static void look_at_probes(struct doctor *doctor)
{
	const char *name;

	for (size_t i = 0; (name = tracer__probe_name(i)); i++) {
		struct failure failure = {0};
		bool works = !tracer__try_probe(i, &failure);
		char title[40];

		snprintf(title, sizeof(title), "probe %s", name);
		find(doctor, title, works ? NULL : tracer__probe_costs(i), "%s",
		     works ? "loads and attaches" : failure.says);
	}
}

static void look_at_cgroups(struct doctor *doctor)
{
	static const char *const costs[CONTROLLER_COUNT] = {
		[CONTROLLER_CPU] = "--cpu-limit is refused; throttling is not measured",
		[CONTROLLER_CPUACCT] = "the CPU time of the group is not measured",
		[CONTROLLER_CPUSET] = "--cpus binds threads by their affinity only",
		[CONTROLLER_MEMORY] = "--memory-limit is refused; the memory peak and OOM kills are not measured",
		[CONTROLLER_FREEZER] = "a workload that forks for ever is killed process by process",
		[CONTROLLER_PIDS] = "--max-processes is refused",
	};
	struct cgroup_support support;

	cgroup__probe(&support);
	find(doctor, "control groups", support.mode == CGROUP_NONE ? "run cannot isolate a workload: it refuses" : NULL,
	     "%s", cgroup_mode__name(support.mode));
	for (int i = 0; i < CONTROLLER_COUNT; i++) {
		char title[40];

		snprintf(title, sizeof(title), "controller %s", cgroup_controller__name(i));
		find(doctor, title, support.missing[i] ? costs[i] : NULL, "%s",
		     support.missing[i] ? support.missing[i] : "usable");
	}
}

/* Spins for SPIN_NS on one CPU; how many rounds that were comes back through @pipe_fd. */
_Noreturn static void spin(int cpu, int pipe_fd)
{
	volatile uint64_t rounds = 0;
	uint64_t end, total;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	for (end = clock_ns() + SPIN_NS; clock_ns() < end;)
		rounds++;
	total = rounds;
	_exit(write(pipe_fd, &total, sizeof(total)) != sizeof(total));
}

/* Rounds that spinners on these CPUs (second: -1 for none) make in the same time; 0: could not be measured. */
static uint64_t spin_on(int first, int second)
{
	int ends[2], cpus[] = {first, second};
	uint64_t total = 0, rounds;

	if (pipe(ends))
		return 0;
	for (int i = 0; i < 2; i++)
		if (cpus[i] >= 0 && !fork())
			spin(cpus[i], ends[1]);
	close(ends[1]);
	while (read(ends[0], &rounds, sizeof(rounds)) == sizeof(rounds))
		total += rounds;
	close(ends[0]);
	while (wait(NULL) > 0)
		;
	return total;
}

static void look_at_cpus(struct doctor *doctor)
{
	int cpus[2] = {-1, -1}, found = 0;
	uint64_t alone = 0, together = 0, rounds;
	cpu_set_t allowed;

	CPU_ZERO(&allowed);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			cpus[found++] = cpu;
	if (found < 2) {
		find(doctor, "CPUs", "nothing can run in parallel here", "1 CPU");
		return;
	}
	for (int i = 0; i < SPINS; i++) { /* in turns: the best of each is what nobody else disturbed */
		rounds = spin_on(cpus[0], -1);
		alone = rounds > alone ? rounds : alone;
		rounds = spin_on(cpus[0], cpus[1]);
		together = rounds > together ? rounds : together;
	}
	if (!alone) {
		find(doctor, "CPUs", "whether they run in parallel is not known", "the spinners could not be started");
		return;
	}
	find(doctor, "CPUs",
	     together < alone + alone / 2 ? "these CPUs do not run in parallel now: speed-ups will not show" : NULL,
	     "%d; two spinners on CPUs %d and %d did %.2f times the work of one", CPU_COUNT(&allowed), cpus[0], cpus[1],
	     (double)together / (double)alone);
}

static void note_leftover(const char *path, bool removed, void *context)
{
	find(context, "leftover", removed ? NULL : "it holds memory or disk, perhaps processes: mptrace doctor --clean",
	     "%s%s", path, removed ? " (removed)" : "");
}

static void look_at_leftovers(struct doctor *doctor)
{
	if (!leftovers__visit(doctor->clean, note_leftover, doctor))
		find(doctor, "leftovers", NULL, "none from earlier runs");
}

static void print_text(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->count; i++) {
		const struct finding *finding = &doctor->findings[i];

		printf("%-5s %-26s %s\n", finding->costs ? "LACKS" : "ok", finding->name, finding->says);
		if (finding->costs)
			printf("      %-26s -> %s\n", "", finding->costs);
	}
}

static int print_json(const struct doctor *doctor)
{
	struct json json = json__to(stdout);

	json__begin_object(&json, NULL);
	json__string(&json, "schema", "mptrace.doctor/1");
	json__begin_array(&json, "findings");
	for (size_t i = 0; i < doctor->count; i++) {
		const struct finding *finding = &doctor->findings[i];

		json__begin_object(&json, NULL);
		json__string(&json, "name", finding->name);
		json__boolean(&json, "ok", !finding->costs);
		json__string(&json, "says", finding->says);
		json__string(&json, "costs", finding->costs);
		json__end_object(&json);
	}
	json__end_array(&json);
	json__end_object(&json);
	return json__finish(&json);
}

static const struct option_row rows[] = {
	{0, "clean", ARGUMENT_NONE, NULL, "remove what earlier runs left: groups, processes, scratch",
	 .flag = offsetof(struct doctor, clean)},
	{'j', "json", ARGUMENT_NONE, NULL, "as JSON", .flag = offsetof(struct doctor, json)},
	{'h', "help", ARGUMENT_NONE, NULL, "this text", .flag = offsetof(struct doctor, help)},
	{0},
};

int command__doctor(int argc, char **argv)
{
	struct doctor doctor = {0};
	struct failure failure = {0};
	int words = options__parse(rows, argc, argv, &doctor, &failure);

	if (words > 0)
		words = fail(&failure, STATUS_USAGE, "doctor takes no words: '%s'", argv[1]);
	if (words < 0) {
		fprintf(stderr, "mptrace: %s\n", failure.says);
		return (int)failure.status;
	}
	if (doctor.help) {
		puts("Usage: mptrace doctor [options]\nWhat this machine can and cannot do, and what each lack "
		     "costs.\n");
		options__help(rows);
		return STATUS_DONE;
	}
	look_at_kernel(&doctor);
	look_at_capabilities(&doctor);
	look_at_probes(&doctor);
	look_at_cgroups(&doctor);
	look_at_cpus(&doctor);
	look_at_leftovers(&doctor);
	if (doctor.json)
		return print_json(&doctor) ? STATUS_USAGE : STATUS_DONE;
	print_text(&doctor);
	return STATUS_DONE;
}
