/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folded stacks: what flamegraph.pl, inferno and speedscope read. Times in ns. */
#include <inttypes.h>

#include "report.h"

int report__folded(FILE *file, const struct result *result)
{
	for (size_t i = 0; i < result->stack_count; i++) {
		const struct stack_row *stack = &result->stacks[i];

		for (const char *at = stack->comm; *at; at++)
			putc(*at == ';' ? ',' : *at, file);
		fprintf(file, ";[%s]%s%s %" PRIu64 "\n", cause_names[stack->cause], *stack->frames ? ";" : "",
			stack->frames, stack->ns);
	}
	return ferror(file) ? -1 : 0;
}
