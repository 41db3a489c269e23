/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000ull

static FILE *open_proc(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return fopen(path, "re");
}

/* Copies the value of "KEY<separators>VALUE" of a /proc file; false if it is not there. */
static bool read_key(FILE *file, const char *key, char *value, size_t room)
{
	char line[512];
	size_t length = strlen(key);

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, length) && strchr(" \t:", line[length])) {
			snprintf(value, room, "%s", line + length + strspn(line + length, " \t:"));
			value[strcspn(value, "\n")] = '\0';
			return true;
		}
	return false;
}

static void read_one_line(const char *path, char *text, size_t room)
{
	FILE *file = fopen(path, "re");

	text[0] = '\0';
	if (file && fgets(text, (int)room, file))
		text[strcspn(text, "\n")] = '\0';
	if (file)
		fclose(file);
}

/* The CPU's own word for it, in its flags. */
static bool is_virtual(void)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (!found && file && getline(&line, &room, file) > 0)
		found = !strncmp(line, "flags", 5) && strstr(line, " hypervisor") != NULL;
	free(line);
	if (file)
		fclose(file);
	return found;
}

void host__describe(struct environment *environment)
{
	struct utsname name;
	FILE *status = open_proc(getpid(), "status");

	uname(&name);
	snprintf(environment->kernel, sizeof(environment->kernel), "%s %s", name.sysname, name.release);
	snprintf(environment->machine, sizeof(environment->machine), "%s", name.machine);
	read_one_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", environment->clock,
		      sizeof(environment->clock));
	read_one_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", environment->governor,
		      sizeof(environment->governor));
	if (!*environment->governor)
		snprintf(environment->governor, sizeof(environment->governor), "none");
	snprintf(environment->version, sizeof(environment->version), "%s", MPTRACE_VERSION);
	environment->virtual_machine = is_virtual();
	/* cpu_core: where there are two kinds of cores */
	environment->hardware_counters = !access("/sys/bus/event_source/devices/cpu", F_OK) ||
					 !access("/sys/bus/event_source/devices/cpu_core", F_OK);
	environment->cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	read_key(status, "Cpus_allowed_list", environment->cpus_allowed, sizeof(environment->cpus_allowed));
	if (status)
		fclose(status);
}

/* One number of a list; -1: there is none, or none that can be a CPU. */
static long read_cpu(const char **at)
{
	char *end;
	unsigned long cpu;

	if (**at < '0' || **at > '9')
		return -1;
	cpu = strtoul(*at, &end, 10);
	*at = end;
	return cpu < 1000000 ? (long)cpu : -1;
}

/* Calls @visit for each number of a list like 0,2-3. -1: it is no list; else 0, or 1 + the CPU that @visit refused. */
static long each_cpu(const char *list, int (*visit)(unsigned long cpu, void *context), void *context)
{
	for (;; list++) {
		long first = read_cpu(&list), last = first;

		if (first >= 0 && *list == '-') {
			list++;
			last = read_cpu(&list);
		}
		if (first < 0 || last < first || (*list && *list != ','))
			return -1;
		for (; first <= last; first++)
			if (visit((unsigned long)first, context))
				return first + 1;
		if (!*list)
			return 0;
	}
}

static int add_to_set(unsigned long cpu, void *context)
{
	if (cpu >= CPU_SETSIZE)
		return 1;
	CPU_SET(cpu, (cpu_set_t *)context);
	return 0;
}

/* One line of /proc/stat; what it counts is added if it is of one of the @wanted CPUs (NULL: any). */
static void add_cpu_line(const char *line, const cpu_set_t *wanted, struct cpu_times *ticks)
{
	unsigned long long user, nice, system, interrupt, soft, steal;
	int cpu;

	if (strncmp(line, "cpu", 3) != 0 || line[3] < '0' || line[3] > '9')
		return; /* the sum of all CPUs: %d would take its first figure for a number of a CPU */
	if (sscanf(line, "cpu%d %llu %llu %llu %*u %*u %llu %llu %llu", &cpu, &user, &nice, &system, &interrupt, &soft,
		   &steal) != 7 ||
	    (wanted && (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, wanted))))
		return;
	ticks->busy_ns += user + nice + system + interrupt + soft;
	ticks->steal_ns += steal;
	ticks->cpus++;
}

void host__cpu_set(const char *cpus, cpu_set_t *set)
{
	CPU_ZERO(set);
	if (cpus)
		each_cpu(cpus, add_to_set, set);
	else
		sched_getaffinity(0, sizeof(*set), set);
}

void host__cpu_times(const cpu_set_t *cpus, struct cpu_times *times)
{
	uint64_t tick_ns = NS_PER_SECOND / (uint64_t)sysconf(_SC_CLK_TCK);
	FILE *file = fopen("/proc/stat", "re");
	char line[512];

	*times = (struct cpu_times){0};
	while (file && fgets(line, sizeof(line), file))
		add_cpu_line(line, cpus, times);
	if (file)
		fclose(file);
	times->busy_ns *= tick_ns;
	times->steal_ns *= tick_ns;
	times->own_ns = host__cpu_ns_of(RUSAGE_SELF);
}

double host__foreign_share(const struct cpu_times *before, const struct cpu_times *after, uint64_t watched_ns,
			   uint64_t passed_ns)
{
	/* Any of the kernel's counters can go back by a tick. */
	double busy = (double)after->busy_ns - (double)before->busy_ns;
	double own = (double)after->own_ns - (double)before->own_ns + (double)watched_ns;

	if (!after->cpus || after->cpus != before->cpus || !passed_ns)
		return NAN;
	return busy > own ? (busy - own) / ((double)passed_ns * after->cpus) : 0;
}

bool host__has_coarse_clock(void)
{
	char sources[128], *rest = sources, *source;
	bool any = false;

	read_one_line("/sys/devices/system/clocksource/clocksource0/available_clocksource", sources, sizeof(sources));
	while ((source = strtok_r(rest, " \n", &rest))) {
		if (!strcmp(source, "tsc"))
			return false;
		any = true;
	}
	return any;
}

uint64_t host__cpu_ns_of(int whose)
{
	struct rusage usage;

	getrusage(whose, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_SECOND +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* What a process sleeps in: "NUMBER ARGUMENT ...", as /proc/PID/syscall has it; "running" else. */
static void read_syscall(pid_t pid, char text[64])
{
	FILE *file = open_proc(pid, "syscall");

	if (!file || !fgets(text, 64, file))
		snprintf(text, 64, "running");
	if (file)
		fclose(file);
}

bool host__asleep(pid_t pid)
{
	char text[64], state[32] = "";
	FILE *status;

	read_syscall(pid, text);
	if (!strncmp(text, "running", 7))
		return false;
	/* Who waits for a page or a disk (D) is on its way and goes on by itself. */
	status = open_proc(pid, "status");
	read_key(status, "State", state, sizeof(state));
	if (status)
		fclose(status);
	return *state == 'S';
}

bool host__reads(pid_t pid, int descriptor)
{
	char text[64], read[32];

	read_syscall(pid, text);
	snprintf(read, sizeof(read), "%d %#x ", SYS_read, (unsigned)descriptor);
	return !strncmp(text, read, strlen(read));
}

struct figure host__switches(pid_t pid)
{
	FILE *file = open_proc(pid, "status");
	char voluntary[32], involuntary[32];
	bool found = read_key(file, "voluntary_ctxt_switches", voluntary, sizeof(voluntary)) &&
		     read_key(file, "nonvoluntary_ctxt_switches", involuntary, sizeof(involuntary));

	if (file)
		fclose(file);
	if (!found)
		return not_measured("/proc/PID/status cannot be read");
	return measured(strtoull(voluntary, NULL, 10) + strtoull(involuntary, NULL, 10));
}

struct figure host__exec_runtime_ns(pid_t pid)
{
	FILE *file = open_proc(pid, "schedstat");
	unsigned long long runtime;
	bool found = file && fscanf(file, "%llu", &runtime) == 1;

	if (file)
		fclose(file);
	return found ? measured(runtime) : not_measured("/proc/PID/schedstat cannot be read");
}

/* Fills @bytes with the value of @key, which /proc gives in kB. */
static bool read_size(FILE *file, const char *key, uint64_t *bytes)
{
	char text[64];
	bool found = read_key(file, key, text, sizeof(text));

	if (found)
		*bytes = strtoull(text, NULL, 10) * 1024;
	return found;
}

static bool count_descriptors(pid_t pid, uint64_t *count)
{
	char path[64];
	struct dirent *entry;
	DIR *list;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	list = opendir(path);
	*count = 0;
	while (list && (entry = readdir(list)))
		*count += entry->d_name[0] != '.';
	if (list)
		closedir(list);
	return list != NULL;
}

bool host__memory(pid_t pid, struct host_memory *memory)
{
	FILE *rollup = open_proc(pid, "smaps_rollup"), *status = open_proc(pid, "status");
	/* In the order in which they stand there. */
	bool found = read_size(rollup, "Rss", &memory->rss_bytes) && read_size(rollup, "Pss", &memory->pss_bytes) &&
		     read_size(status, "VmData", &memory->data_bytes) && count_descriptors(pid, &memory->open_files);

	if (rollup)
		fclose(rollup);
	if (status)
		fclose(status);
	return found;
}

bool host__is_in_group(pid_t pid, const char *name)
{
	FILE *file = open_proc(pid, "cgroup");
	char line[512];
	bool found = false;

	while (!found && file && fgets(line, sizeof(line), file))
		found = strstr(line, name) != NULL;
	if (file)
		fclose(file);
	return found;
}

static int is_offline(unsigned long cpu, void *context)
{
	return cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, (cpu_set_t *)context);
}

bool host__is_cpu_list(const char *cpus, struct failure *failure)
{
	cpu_set_t named;

	CPU_ZERO(&named);
	if (each_cpu(cpus, add_to_set, &named) >= 0)
		return true;
	fail(failure, STATUS_USAGE, "--cpus '%s' is not a list of CPUs: write it like 0,2-3", cpus);
	return false;
}

bool host__cpus_exist(const char *cpus, struct failure *failure)
{
	char list[256];
	cpu_set_t online;
	long bad;

	if (!host__is_cpu_list(cpus, failure))
		return false;
	CPU_ZERO(&online);
	read_one_line("/sys/devices/system/cpu/online", list, sizeof(list));
	if (!*list) /* no sysfs: as many as the C library knows */
		snprintf(list, sizeof(list), "0-%ld", sysconf(_SC_NPROCESSORS_CONF) - 1);
	each_cpu(list, add_to_set, &online);
	bad = each_cpu(cpus, is_offline, &online);
	if (bad > 0)
		fail(failure, STATUS_USAGE, "--cpus '%s': there is no CPU %ld; online here: %s", cpus, bad - 1, list);
	return bad == 0;
}

uint32_t host__cpu_count(const char *cpus)
{
	cpu_set_t set;

	host__cpu_set(cpus, &set);
	return (uint32_t)CPU_COUNT(&set);
}

int host__run_on(const char *cpus)
{
	cpu_set_t named;

	host__cpu_set(cpus, &named);
	return sched_setaffinity(0, sizeof(named), &named);
}
