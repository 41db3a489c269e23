/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control group layouts as they were recorded on v1, hybrid and v2 machines, and ones that make no sense. */
#include <string.h>

#include "../../cgroups/layout.h"
#include "tap.h"

static const char hybrid_mounts[] = "25 20 0:22 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
				    "26 25 0:23 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
				    "27 25 0:24 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n"
				    "28 25 0:25 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
				    "29 25 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
				    "30 25 0:27 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer\n"
				    "31 25 0:28 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
				    "32 25 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
static const char hybrid_own[] =
	"9:name=systemd:/\n6:freezer:/\n4:memory:/api/0356\n3:cpuset:/\n2:cpuacct:/\n1:cpu:/\n0::/\n";
static const char v1_mounts[] = "26 25 0:23 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
				"29 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
static const char v1_own[] = "4:memory:/user.slice\n2:cpu,cpuacct:/user.slice/a b\n";
static const char v2_mounts[] =
	"30 24 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
static const char v2_own[] = "0::/user.slice/user-1000.slice/session-2.scope\n";

static struct layout read_texts(const char *mounts, const char *own)
{
	FILE *first = fmemopen((void *)mounts, strlen(mounts), "r"), *second = fmemopen((void *)own, strlen(own), "r");
	struct layout layout;

	layout__read(&layout, first, second);
	fclose(first);
	fclose(second);
	return layout;
}

static const char *path_of(const struct layout *layout, enum controller controller)
{
	static char path[CGROUP_PATH];
	const struct hierarchy *h = layout__find(layout, controller);

	path[0] = '\0';
	if (h)
		layout__path(h, "mptrace", path);
	return path;
}

static void test_recorded(void)
{
	struct layout layout = read_texts(hybrid_mounts, hybrid_own);

	ok_if(layout.mode == CGROUP_HYBRID && layout.count == 6,
	      "hybrid: five hierarchies and v2, not the one of systemd: %zu", layout.count);
	ok_if(!strcmp(path_of(&layout, CONTROLLER_MEMORY), "/sys/fs/cgroup/memory/api/0356/mptrace"),
	      "hybrid: our place differs by hierarchy: %s", path_of(&layout, CONTROLLER_MEMORY));
	ok_if(!strcmp(path_of(&layout, CONTROLLER_CPU), "/sys/fs/cgroup/cpu/mptrace"), "hybrid: at the top of cpu");
	ok_if(!layout__find(&layout, CONTROLLER_PIDS), "hybrid: no pids there");
	layout = read_texts("27 25 0:30 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n", "8:pids:/a\n");
	ok_if(!strcmp(path_of(&layout, CONTROLLER_PIDS), "/sys/fs/cgroup/pids/a/mptrace"), "v1: pids alone");
	layout = read_texts(v1_mounts, v1_own);
	ok_if(layout.mode == CGROUP_V1 && layout.count == 2, "v1: two hierarchies");
	ok_if(layout__find(&layout, CONTROLLER_CPU) == layout__find(&layout, CONTROLLER_CPUACCT) &&
		      !strcmp(path_of(&layout, CONTROLLER_CPU), "/sys/fs/cgroup/cpu,cpuacct/user.slice/a b/mptrace"),
	      "v1: two controllers in one hierarchy, a blank in the path: %s", path_of(&layout, CONTROLLER_CPU));
	ok_if(!layout__find(&layout, CONTROLLER_CPUSET), "v1: no cpuset there");
	layout = read_texts(v2_mounts, v2_own);
	ok_if(layout.mode == CGROUP_V2 && layout.count == 1 &&
		      !strcmp(layout.hierarchies[0].place, "/user.slice/user-1000.slice/session-2.scope"),
	      "v2: one hierarchy, our place in it");
}

/* A container in a cgroup namespace of its own sees itself at the top; what it makes inside is below that. */
static void test_nested(void)
{
	static const char mounts[] = "733 720 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw\n";
	struct layout layout = read_texts(mounts, "0::/inner/deep\n");
	char path[CGROUP_PATH];

	layout__path(&layout.hierarchies[0], "mptrace", path);
	ok_if(layout.mode == CGROUP_V2 && !strcmp(path, "/sys/fs/cgroup/inner/deep/mptrace"),
	      "a group inside a container: %s", path);
	layout = read_texts(v1_mounts, "4:memory:/inner\n2:cpu,cpuacct:/\n");
	ok_if(!strcmp(path_of(&layout, CONTROLLER_MEMORY), "/sys/fs/cgroup/memory/inner/mptrace"),
	      "v1 inside a container: %s", path_of(&layout, CONTROLLER_MEMORY));
	ok_if(!strcmp(path_of(&layout, CONTROLLER_CPU), "/sys/fs/cgroup/cpu,cpuacct/mptrace"), "and at the top: %s",
	      path_of(&layout, CONTROLLER_CPU));
}

/* A bind mount of a group shows what is below it; mountinfo writes a blank in a path as \\040. */
static void test_mounts(void)
{
	static const char bound[] = "26 25 0:26 /box /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
	static const char blank[] = "26 25 0:26 / /mnt/my\\040groups\\134x rw - cgroup2 cgroup2 rw\n";
	struct layout layout = read_texts(bound, "4:memory:/box/inner\n");
	char path[CGROUP_PATH];

	ok_if(!strcmp(path_of(&layout, CONTROLLER_MEMORY), "/sys/fs/cgroup/memory/inner/mptrace"),
	      "a bind mount: our place is below its root: %s", path_of(&layout, CONTROLLER_MEMORY));
	layout = read_texts(bound, "4:memory:/boxes\n");
	ok_if(!strcmp(path_of(&layout, CONTROLLER_MEMORY), "/sys/fs/cgroup/memory/mptrace"),
	      "a bind mount that does not hold our place: at its top: %s", path_of(&layout, CONTROLLER_MEMORY));
	layout = read_texts(blank, "0::/\n");
	layout__path(&layout.hierarchies[0], "mptrace", path);
	ok_if(!strcmp(path, "/mnt/my groups\\x/mptrace"), "a blank and a backslash in the mount point: %s", path);
}

static void test_nonsense(void)
{
	struct layout layout = read_texts("\n", "\n");
	char many[4096] = "";

	ok_if(layout.mode == CGROUP_NONE && layout.count == 0, "nothing mounted: none");
	layout = read_texts("26 25 - cgroup\nx - cgroup2\n1 2 3 4 5 - cgroup a b\n", "0\n::\n1:cpu\n2:cpu:relative\n");
	ok_if(layout.mode == CGROUP_NONE, "lines that make no sense are left out");
	layout = read_texts(v2_mounts, "0::/\n");
	ok_if(layout.hierarchies[0].place[0] == '\0', "the root is an empty place");
	for (int i = 0; i < 20; i++)
		strcat(many, "26 25 0:23 / /x rw - cgroup cgroup rw,cpu\n");
	layout = read_texts(many, v1_own);
	ok_if(layout.count == 1, "one hierarchy mounted twenty times is one");
}

static void test_files(void)
{
	uint64_t value = 0;

	ok_if(cgroupfs__key("usage_usec 17\nthrottled_usec 18446744073709551615\n", "throttled_usec", &value) &&
		      value == UINT64_MAX,
	      "a key of a flat file");
	ok_if(!cgroupfs__key("oom 1\noom_kill_group 2\n", "oom_kill", &value), "a key is not the beginning of another");
	ok_if(!cgroupfs__key("", "oom", &value), "an empty file has no key");
}

int main(void)
{
	test_recorded();
	test_nested();
	test_mounts();
	test_nonsense();
	test_files();
	return tap_done();
}
