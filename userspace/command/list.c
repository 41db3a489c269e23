/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "../result/metrics.h"
#include "command.h"
#include "../arm/options.h"

static const char *const unit_names[] = {"count", "ns", "bytes", "ratio"};

static void list_workloads(void)
{
	for (int i = 0; i < WORKLOAD_COUNT; i++)
		printf("%-12s %s\n", workload_kinds[i].name, workload_kinds[i].says);
}

static void list_metrics(void)
{
	for (size_t i = 0; i < metric_count; i++)
		printf("%-28s %-6s %s\n", metrics[i].name, unit_names[metrics[i].unit], metrics[i].means);
}

int command__list(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*list)(void);
	} lists[] = {{"workloads", list_workloads}, {"metrics", list_metrics}};
	static const char *const names[] = {"workloads", "metrics", NULL};
	const char *meant;

	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		puts("Usage: mptrace list workloads|metrics");
		return STATUS_DONE;
	}
	for (size_t i = 0; argc == 2 && i < sizeof(lists) / sizeof(*lists); i++)
		if (!strcmp(argv[1], lists[i].name)) {
			lists[i].list();
			return STATUS_DONE;
		}
	meant = argc == 2 ? nearest(argv[1], names) : NULL;
	fprintf(stderr, "mptrace: list what? mptrace list workloads|metrics%s%s%s\n", meant ? " (did you mean " : "",
		meant ? meant : "", meant ? "?)" : "");
	return STATUS_USAGE;
}
