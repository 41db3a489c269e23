/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "../arm/options.h"
#include "../base/utf8.h"
#include "../claim/claim.h"
#include "../report/report.h"
#include "../result/metrics.h"
#include "command.h"

static const char *const unit_names[] = {"count", "ns", "bytes", "ratio"};

static int list_workloads(void)
{
	for (int i = 0; i < WORKLOAD_COUNT; i++)
		printf("%-12s %s\n", workload_kinds[i].name, workload_kinds[i].says);
	return STATUS_DONE;
}

/* One line, cut to @room columns. */
static void print_cut(const char *text, size_t room)
{
	size_t line = strcspn(text, "\n"), fits = utf8__fit(text, room);

	if (line <= fits && !text[line])
		puts(text);
	else
		printf("%.*s...\n", (int)(line < fits ? line : utf8__fit(text, room - 3)), text);
}

static void print_claims(const struct claims *claims)
{
	int width = style__of(stdout).width, id = 0, source = 0;

	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = claims->list[i];

		id = (int)strlen(claim->id) > id ? (int)strlen(claim->id) : id;
		source = (int)strlen(claim->source) > source ? (int)strlen(claim->source) : source;
	}
	width -= id + source + 4;
	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = claims->list[i];

		if (claim__is_control(claim))
			continue;
		printf("%-*s  %-*s  ", id, claim->id, source, claim->source);
		print_cut(claim->english, width > 20 ? (size_t)width : 20);
	}
}

static int list_claims(void)
{
	struct claims claims = {0};
	struct failure failure = {0};

	if (claims__catalogue(&claims, &failure))
		fprintf(stderr, "mptrace: %s\n", failure.says);
	else
		print_claims(&claims);
	claims__free(&claims);
	return (int)failure.status;
}

static int list_metrics(void)
{
	for (size_t i = 0; i < metric_count; i++)
		printf("%-28s %-6s %s\n", metrics[i].name, unit_names[metrics[i].unit], metrics[i].means);
	return STATUS_DONE;
}

int command__list(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*list)(void);
	} lists[] = {{"workloads", list_workloads}, {"claims", list_claims}, {"metrics", list_metrics}};
	static const char *const names[] = {"workloads", "claims", "metrics", NULL};
	const char *meant;

	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		puts("Usage: mptrace list workloads|claims|metrics\n\n"
		     "  workloads  what can be run\n"
		     "  claims     what mptrace validate decides: id, source, and what was said\n"
		     "  metrics    what is measured, and what rules of claims are made of");
		return STATUS_DONE;
	}
	for (size_t i = 0; argc == 2 && i < sizeof(lists) / sizeof(*lists); i++)
		if (!strcmp(argv[1], lists[i].name))
			return lists[i].list();
	meant = argc == 2 ? nearest(argv[1], names) : NULL;
	fprintf(stderr, "mptrace: list what? mptrace list workloads|claims|metrics%s%s%s\n",
		meant ? " (did you mean " : "", meant ? meant : "", meant ? "?)" : "");
	return STATUS_USAGE;
}
