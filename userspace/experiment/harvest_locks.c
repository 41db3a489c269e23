/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Futex waits by address become locks with a kind and a name, waits for I/O files with a name. */
#include <stdlib.h>
#include <string.h>

#include "../base/letter.h"
#include "harvest_parts.h"

/* What the operations at an address show; they cannot tell all kinds apart (bpf/abi.h, lock_evidence). */
enum lock_kind harvest_lock_kind(uint64_t seen, bool neighbour)
{
	uint64_t waits = seen & (SEEN_WAIT_TWO | SEEN_WAIT_OTHER | SEEN_BITSET_ZERO | SEEN_BITSET_OTHER | SEEN_PI |
				 SEEN_JOIN | SEEN_WAIT_OWNED);

	if (waits == SEEN_JOIN)
		return LOCK_JOIN;
	if (waits == SEEN_PI || waits == SEEN_WAIT_OWNED)
		return LOCK_MUTEX;
	/* A barrier waits alike, but its waker wakes all. */
	if (waits == SEEN_WAIT_TWO && (seen & SEEN_WAKE_ONE) && !(seen & SEEN_WAKE_MANY))
		return LOCK_MUTEX;
	/* glibc's condition variable alternates between two neighbouring words; a semaphore has one. */
	if (waits == SEEN_BITSET_ZERO && neighbour)
		return LOCK_CONDITION;
	return LOCK_UNKNOWN;
}

/*
 * What the workload calls the lock: allocated, or NULL. A spawned process can have another lock where its parent has
 * one: the waits were charged to the cause of the one that was told last.
 */
static char *symbol_of(const struct journal *journal, uint64_t address, enum cause cause)
{
	for (uint32_t i = 0; journal && i < journal->place_count && i < JOURNAL_PLACES; i++) {
		const struct journal_place *place = &journal->places[i];
		char *name;

		if (address < place->low || address >= place->high || place->cause != cause)
			continue;
		name = strndup(place->name, sizeof(place->name));
		if (name)
			letter__harmless(name);
		return name;
	}
	return NULL;
}

static bool has_neighbour(const struct lock_entry *entries, size_t count, size_t at)
{
	const struct lock_key *key = &entries[at].key;

	if (key->address % 8 == 4)
		return true;
	for (size_t i = 0; i < count; i++)
		if (entries[i].key.space == key->space && entries[i].key.address == (key->address ^ 4) &&
		    (entries[i].record.seen & SEEN_BITSET_ZERO))
			return true;
	return false;
}

static int by_wait(const void *a, const void *b)
{
	const struct lock_row *left = a, *right = b;

	return (left->wait_ns < right->wait_ns) - (left->wait_ns > right->wait_ns);
}

/* Words that belong to one lock are one row: @row takes @entry if it is another of its words. */
static bool merge_lock(struct lock_row *row, const struct lock_row *entry)
{
	if (row->kind != entry->kind || row->tgid != entry->tgid || row->address != entry->address ||
	    row->cause != entry->cause)
		return false;
	row->waits += entry->waits;
	row->wait_ns += entry->wait_ns;
	row->timeouts += entry->timeouts;
	row->hand_overs += entry->hand_overs;
	if (entry->most_times > row->most_times) {
		row->most_from = entry->most_from;
		row->most_to = entry->most_to;
		row->most_times = entry->most_times;
	}
	return true;
}

static void add_lock(struct result *result, const struct lock_row *lock)
{
	if (lock->kind == LOCK_CONDITION || lock->kind == LOCK_GIL)
		for (size_t i = 0; i < result->lock_count; i++)
			if (merge_lock(&result->locks[i], lock)) {
				free((char *)lock->symbol);
				return;
			}
	result->locks[result->lock_count++] = *lock;
}

static int compare_things(uint64_t address, uint32_t space, const struct hand_over *pair)
{
	if (address != pair->address)
		return address < pair->address ? -1 : 1;
	return (space > pair->space) - (space < pair->space);
}

static int by_thing(const void *a, const void *b)
{
	const struct hand_over_entry *left = a;

	return compare_things(left->key.address, left->key.space, &((const struct hand_over_entry *)b)->key);
}

/* Between whom the lock was handed over most often: @pairs are sorted by lock. */
static void note_most(struct lock_row *row, const struct lock_key *key, const struct hand_over_entry *pairs,
		      size_t count)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare_things(key->address, key->space, &pairs[middle].key) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < count && !compare_things(key->address, key->space, &pairs[low].key); low++)
		if (pairs[low].count > row->most_times) {
			row->most_from = pairs[low].key.from;
			row->most_to = pairs[low].key.to;
			row->most_times = pairs[low].count;
		}
}

static int by_file_wait(const void *a, const void *b)
{
	const struct file_row *left = a, *right = b;

	return (left->wait_ns < right->wait_ns) - (left->wait_ns > right->wait_ns);
}

static void add_file(struct result *result, const struct tracer *tracer, const struct lock_entry *entry)
{
	struct file_row *row = &result->files[result->file_count++];

	*row = (struct file_row){.inode = entry->key.address,
				 .device = entry->key.space,
				 .waits = entry->record.waits,
				 .wait_ns = entry->record.wait_ns};
	while (row->kind + 1 < IO_KINDS && !(entry->record.seen >> row->kind & 1))
		row->kind++;
	if (!tracer__file_name(tracer, row->inode, row->device, row->name))
		row->name[0] = '\0';
	row->name[FILE_NAME - 1] = '\0';
	letter__harmless(row->name);
}

int harvest_locks(struct result *result, const struct journal *journal, const struct tracer *tracer,
		  const struct place_range *gil, struct failure *failure)
{
	struct lock_entry *entries = NULL;
	struct hand_over_entry *pairs = NULL;
	size_t count, pair_count;

	if (tracer__locks(tracer, &entries, &count, failure) ||
	    tracer__hand_overs(tracer, &pairs, &pair_count, failure)) {
		free(entries);
		return -1;
	}
	qsort(pairs, pair_count, sizeof(*pairs), by_thing);
	result->locks = calloc(count + 1, sizeof(*result->locks));
	result->files = calloc(count + 1, sizeof(*result->files));
	for (size_t i = 0; result->locks && result->files && i < count; i++) {
		const struct lock_record *record = &entries[i].record;
		struct lock_row row;

		if (entries[i].key.cause == CAUSE_IO) {
			add_file(result, tracer, &entries[i]);
			continue;
		}
		row = (struct lock_row){.address = entries[i].key.address,
					.shared = !entries[i].key.space,
					.tgid = entries[i].key.space,
					.cause = (enum cause)entries[i].key.cause,
					.kind = harvest_lock_kind(record->seen, has_neighbour(entries, count, i)),
					.waits = record->waits,
					.wait_ns = record->wait_ns,
					.timeouts = record->timeouts,
					.hand_overs = record->hand_overs};

		note_most(&row, &entries[i].key, pairs, pair_count);
		if (row.kind == LOCK_CONDITION)
			row.address &= ~4ull;
		row.symbol = symbol_of(journal, entries[i].key.address, entries[i].key.cause);
		if (row.cause == CAUSE_GIL) {
			/* Its condition variable, the mutex of that, and the pair that hands it over: all one lock. */
			row.kind = LOCK_GIL;
			row.address = gil ? gil->low : 0; /* of any program, each has its own */
			free((char *)row.symbol);
			row.symbol = strdup("GIL");
		}
		add_lock(result, &row);
	}
	free(entries);
	free(pairs);
	if (!result->locks || !result->files)
		return -1;
	qsort(result->locks, result->lock_count, sizeof(*result->locks), by_wait);
	qsort(result->files, result->file_count, sizeof(*result->files), by_file_wait);
	return 0;
}
