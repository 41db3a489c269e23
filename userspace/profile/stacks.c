/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stacks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/letter.h"
#include "../symbols/symbols.h"
#include "python_layout.h"

#define ANCESTORS 64
#define LOCKS_NAMED 100 /* those with the longest waits */

struct naming {
	const struct result *result;
	const struct tracer *tracer;
	const struct spaces *spaces;
	struct symbols *symbols;
};

/* The process whose maps hold for @pid: itself, or that which it was forked from and has not executed since. */
static pid_t mapped(const struct result *result, const struct spaces *spaces, uint32_t pid)
{
	for (int i = 0; i < ANCESTORS && pid && !spaces__of(spaces, (pid_t)pid); i++) {
		uint32_t parent = 0;

		for (size_t j = 0; j < result->thread_count && !parent; j++)
			if (result->threads[j].record.tgid == pid && result->threads[j].record.tid == pid &&
			    !result->threads[j].record.executed)
				parent = result->threads[j].record.parent_tgid;
		pid = parent;
	}
	return (pid_t)pid;
}

/* Of one frame; a semicolon would end it, a line feed the stack. */
static void put_frame(FILE *text, const struct symbol *symbol, bool kernel)
{
	char name[SYMBOL_NAME];

	snprintf(name, sizeof(name), "%s", symbol->name);
	letter__harmless(name);
	for (char *at = name; *at; at++)
		*at = *at == ';' ? ',' : *at;
	fprintf(text, "%s%s%s", ftell(text) ? ";" : "", name, kernel ? KERNEL_FRAME : "");
}

static bool is_in(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strncmp(name, *names, strlen(*names)))
			return true;
	return false;
}

static bool is_libc(const char *file)
{
	static const char *const files[] = {"libc.so", "libc-", "libpthread", "ld-linux", NULL};

	return is_in(file, files);
}

/* Python's functions, outermost first, as its own perf maps call them. How many there were. */
static size_t put_python(FILE *text, const struct naming *naming, uint32_t pid, uint64_t id)
{
	struct stack_frames stack;
	size_t count = tracer__frames(naming->tracer, id, &stack);

	for (size_t i = count; i-- > 0;) {
		struct symbol symbol = {.name = "py::[unknown]"};
		char name[SYMBOL_NAME / 2], file[SYMBOL_NAME / 2 - sizeof("py:::")];
		struct python_code code;

		if (stack.frames[i] == NO_FUNCTION)
			continue;
		if (tracer__python_code(naming->tracer, pid, stack.frames[i], &code)) {
			python_text__write(&code.name, name, sizeof(name));
			python_text__write(&code.file, file, sizeof(file));
			snprintf(symbol.name, sizeof(symbol.name), "py::%s:%s", name, file);
		}
		put_frame(text, &symbol, false);
	}
	return count;
}

/* How many of @frames are inside the innermost loop of an interpreter: what is around it are Python's functions. */
static size_t inside_python(const struct naming *naming, uint32_t pid, const uint64_t *frames, size_t count)
{
	pid_t of = mapped(naming->result, naming->spaces, pid);
	struct symbol symbol;

	for (size_t i = 0; i < count; i++) {
		symbols__of_process(naming->symbols, of, frames[i] - (i > 0), &symbol);
		if (!strcmp(symbol.name, "_PyEval_EvalFrameDefault"))
			return i;
	}
	return count;
}

/* User frames, outermost first. Whether the walk came to the end: to where the C library begins a thread. */
static bool put_user(FILE *text, const struct naming *naming, uint32_t pid, const uint64_t *frames, size_t count)
{
	static const char *const begins[] = {"_start", "clone", "__clone", "start_thread", "__libc_start", NULL};
	pid_t of = mapped(naming->result, naming->spaces, pid);
	bool whole = false, outside = false;
	struct symbol symbol;

	/* Without frame pointers the walk can stray: what is no code was no call. */
	for (size_t i = 1; i < count; i++)
		if (!symbols__may_be_code(naming->symbols, of, frames[i]))
			count = i;
	for (size_t i = count; i-- > 0;) {
		/* A return address belongs to the call before it. */
		symbols__of_process(naming->symbols, of, frames[i] - (i > 0), &symbol);
		if (i + 1 == count)
			whole = is_in(symbol.name, begins) || is_libc(symbol.file);
		outside |= *symbol.file && !is_libc(symbol.file);
		put_frame(text, &symbol, false);
	}
	/* The C library's own function in which it waits is no beginning. */
	return whole && outside && count < MAX_FRAMES;
}

/* Kernel frames, outermost first, without the scheduler's own and ours. */
static void put_kernel(FILE *text, const struct naming *naming, const uint64_t *frames, size_t count)
{
	static const char *const ours[] = {"bpf_",	 "__bpf_",    "__traceiter_sched_switch",
					   "__schedule", "schedule_", NULL};
	size_t first = 0;
	struct symbol symbol;

	for (size_t i = 0; i < count; i++) {
		symbols__of_kernel(naming->symbols, frames[i], &symbol);
		if (!is_in(symbol.name, ours) && strcmp(symbol.name, "schedule") != 0)
			break;
		first = i + 1;
	}
	for (size_t i = count; i-- > first;) {
		symbols__of_kernel(naming->symbols, frames[i], &symbol);
		put_frame(text, &symbol, true);
	}
}

static char *frames_of(const struct naming *naming, const struct stack_key *key, bool *cut)
{
	struct stack_frames stack;
	const uint64_t *frames = (const uint64_t *)stack.frames;
	size_t count = tracer__frames(naming->tracer, key->user, &stack), functions, size;
	char *all = NULL;
	FILE *text = open_memstream(&all, &size);

	if (!text)
		return NULL;
	functions = put_python(text, naming, key->tgid, key->python);
	if (functions)
		count = inside_python(naming, key->tgid, frames, count);
	*cut = count && !put_user(text, naming, key->tgid, frames, count);
	if (functions)
		*cut = functions == MAX_PYTHON_FRAMES;
	count = tracer__frames(naming->tracer, key->kernel, &stack);
	put_kernel(text, naming, frames, count);
	/* It has not run yet, or was off its CPU before it was followed. */
	if (!ftell(text))
		fputs("[not seen]", text);
	fclose(text);
	return all;
}

static int by_place(const void *a, const void *b)
{
	const struct stack_row *left = a, *right = b;
	int order = strcmp(left->comm, right->comm);

	if (!order)
		order = (left->pid > right->pid) - (left->pid < right->pid);
	if (!order)
		order = (left->cause > right->cause) - (left->cause < right->cause);
	return order ? order : strcmp(left->frames, right->frames);
}

static int by_time(const void *a, const void *b)
{
	const struct stack_row *left = a, *right = b;

	return left->ns != right->ns ? (left->ns < right->ns) - (left->ns > right->ns) : by_place(a, b);
}

/* Addresses in one function are one place. */
static void merge(struct result *result)
{
	size_t kept = 0;

	qsort(result->stacks, result->stack_count, sizeof(*result->stacks), by_place);
	for (size_t i = 0; i < result->stack_count; i++) {
		struct stack_row *row = &result->stacks[i], *last = kept ? &result->stacks[kept - 1] : NULL;

		if (last && !by_place(last, row)) {
			last->ns += row->ns;
			last->times += row->times;
			free((char *)row->frames);
		} else {
			result->stacks[kept++] = *row;
		}
	}
	result->stack_count = kept;
	qsort(result->stacks, result->stack_count, sizeof(*result->stacks), by_time);
}

static int add_all(struct result *result, const struct naming *naming, const struct stack_entry *entries, size_t count)
{
	result->stacks = calloc(count + 1, sizeof(*result->stacks));
	for (size_t i = 0; result->stacks && i < count; i++) {
		struct stack_row *row = &result->stacks[result->stack_count];

		memcpy(row->comm, entries[i].key.comm, sizeof(row->comm));
		row->comm[sizeof(row->comm) - 1] = '\0';
		letter__harmless(row->comm);
		row->pid = entries[i].key.tgid;
		row->cause = (enum cause)entries[i].key.cause;
		row->ns = entries[i].time.ns;
		row->times = entries[i].time.times;
		row->frames = frames_of(naming, &entries[i].key, &row->cut);
		if (!row->frames)
			return -1;
		result->stack_count++;
	}
	return result->stacks ? 0 : -1;
}

int stacks__harvest(struct result *result, const struct tracer *tracer, const struct spaces *spaces,
		    struct failure *failure)
{
	struct naming naming = {result, tracer, spaces, symbols__open(spaces)};
	struct stack_entry *entries = NULL;
	size_t count;
	int status = naming.symbols ? tracer__stacks(tracer, &entries, &count, failure) : -1;

	if (!status)
		status = add_all(result, &naming, entries, count);
	if (!status)
		merge(result);
	symbols__close(naming.symbols);
	free(entries);
	if (status && !failure->status)
		fail(failure, STATUS_CANNOT, "out of memory for stacks");
	result->with_stacks = !status;
	return status;
}

void stacks__name_locks(struct result *result, const struct spaces *spaces)
{
	struct symbols *symbols = symbols__open(spaces);

	for (size_t i = 0; symbols && i < result->lock_count && i < LOCKS_NAMED; i++) {
		struct lock_row *lock = &result->locks[i];
		struct symbol symbol;
		char name[SYMBOL_NAME + 24];

		if (lock->symbol || lock->shared)
			continue;
		symbols__of_process(symbols, mapped(result, spaces, lock->tgid), lock->address, &symbol);
		if (!symbol.named)
			continue;
		snprintf(name, sizeof(name), symbol.offset ? "%s+0x%" PRIx64 : "%s", symbol.name, symbol.offset);
		letter__harmless(name);
		lock->symbol = strdup(name);
	}
	symbols__close(symbols);
}
