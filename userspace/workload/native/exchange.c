/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../bpf/abi.h"
#include "../../base/clock.h"
#include "../formula.h"
#include "mutant.h"

#define PATIENCE_NS 100000000ull /* between processes ordinary memory never shows a message */
#define SPINS_PER_LOOK 1024 /* between looks at anything but the mailbox */

/* Where one partner gets its messages. A mailbox is 0 when it is empty. */
struct mailbox {
	_Alignas(WORK_LINE) uint64_t message;
	sem_t full;
	int pipe[2];
};

struct pair {
	struct mailbox to[2]; /* of the partner with the even number, and of the other */
	_Alignas(WORK_LINE) uint32_t abandoned; /* one of them will not come */
};

/* One partner in one step. */
struct partner {
	struct mailbox *mine, *other;
	const uint32_t *abandoned;
	uint64_t pair, expects, patience_ns; /* patience 0: for ever */
	enum channel channel;
	bool second;
	const char *set; /* its working set; NULL: none */
	uint64_t set_bytes;
};

static bool is_abandoned(const struct partner *partner)
{
	return __atomic_load_n(partner->abandoned, __ATOMIC_RELAXED);
}

static uint64_t take(struct mailbox *box)
{
	uint64_t message = __atomic_load_n(&box->message, __ATOMIC_ACQUIRE);

	if (message)
		__atomic_store_n(&box->message, 0, __ATOMIC_RELAXED); /* the answer that follows releases it */
	return message;
}

/* 0: none came. */
static uint64_t spin(const struct partner *partner)
{
	uint64_t until = partner->patience_ns ? clock_ns() + partner->patience_ns : UINT64_MAX, message;

	for (uint32_t spins = 1; !(message = take(partner->mine)); spins++) {
		__builtin_ia32_pause();
		if (spins % SPINS_PER_LOOK == 0 && (is_abandoned(partner) || clock_ns() > until))
			return 0;
	}
	return message;
}

static uint64_t receive(const struct partner *partner)
{
	uint64_t message = 0;
	ssize_t got;

	switch (partner->channel) {
	case CHANNEL_PIPE:
		do
			got = read(partner->mine->pipe[0], &message, sizeof(message));
		while (got < 0 && errno == EINTR);
		return got == sizeof(message) ? message : 0;
	case CHANNEL_SEMAPHORE:
		while (sem_wait(&partner->mine->full) && errno == EINTR)
			;
		return take(partner->mine);
	default:
		return spin(partner);
	}
}

static void send(const struct partner *partner, uint64_t message)
{
	/* A message that does not arrive is noticed by who waits for it. */
	if (partner->channel == CHANNEL_PIPE) {
		(void)!write(partner->other->pipe[1], &message, sizeof(message));
		return;
	}
	__atomic_store_n(&partner->other->message, message, __ATOMIC_RELEASE);
	if (partner->channel == CHANNEL_SEMAPHORE)
		sem_post(&partner->other->full);
}

static uint64_t read_working_set(const struct partner *partner)
{
	uint64_t sum = 0;

	for (uint64_t at = 0; at < partner->set_bytes; at += WORK_LINE)
		sum += *(const volatile uint64_t *)(partner->set + at);
	return sum;
}

static void answer(const struct partner *partner, uint64_t round)
{
	send(partner, formula_message(partner->pair, round, !partner->second, read_working_set(partner)));
}

/* 1: a right message; 0: none will ever come; -1: journal.says has the reason. */
static int await(struct native *native, const struct partner *partner, uint64_t round)
{
	uint64_t message = receive(partner), task = 2 * partner->pair + partner->second;

	/* The sender's working set says the same as ours. */
	if (message == formula_message(partner->pair, round, partner->second, partner->expects))
		return 1;
	if (is_abandoned(partner))
		return native__says(native, "task %" PRIu64 ": its partner, task %" PRIu64 ", failed or died", task,
				    task ^ 1);
	if (!message && partner->patience_ns)
		return 0;
	return native__says(native, "task %" PRIu64 ": message %" PRIu64 " of exchange is wrong", task, round + 1);
}

/* How many messages were right, or -1. The first partner begins; a round trip ends with the answer that it gets. */
static int64_t trade(struct native *native, const struct partner *partner, uint64_t rounds)
{
	for (uint64_t round = 0; round < rounds; round++) {
		int came;

		if (!partner->second)
			answer(partner, round);
		came = await(native, partner, round);
		if (came <= 0)
			return came ? -1 : (int64_t)round;
		if (partner->second)
			answer(partner, round);
	}
	return (int64_t)rounds;
}

static char *make_working_set(uint64_t bytes)
{
	uint64_t lines = (bytes + WORK_LINE - 1) / WORK_LINE;
	char *set = aligned_alloc(WORK_LINE, lines * WORK_LINE);

	for (uint64_t i = 0; set && i < lines; i++)
		*(uint64_t *)(set + i * WORK_LINE) = formula_word(i);
	return set;
}

int exchange__do(struct native *native, const struct step *step, uint64_t task)
{
	bool second = task % 2, apart = step->channel == CHANNEL_MEMORY && !mutant("share-memory");
	struct pair *shared = &native->shared->pairs[task / 2], *pair = apart ? &native->own_pairs[task / 2] : shared;
	char *set = step->working_set ? make_working_set(step->working_set) : NULL;
	struct partner partner = {.mine = &pair->to[second],
				  .other = &pair->to[!second],
				  .abandoned = &shared->abandoned,
				  .pair = task / 2,
				  .channel = (enum channel)step->channel,
				  .second = second,
				  .set = set,
				  .set_bytes = set ? step->working_set : 0};
	int64_t arrived;

	if (step->working_set && !set)
		return native__says(native, "task %" PRIu64 ": no memory for a working set of %" PRIu64 " bytes", task,
				    step->working_set);
	if (apart && workload_kinds[native->plan->workload].processes)
		partner.patience_ns = PATIENCE_NS;
	partner.expects = read_working_set(&partner);
	arrived = trade(native, &partner, step->amount);
	free(set);
	if (arrived < 0)
		return -1;
	native->tasks[task].messages += (uint64_t)arrived;
	return 0;
}

void exchange__abandon(struct native *native, uint64_t task)
{
	const uint64_t nothing = 0;
	struct pair *pair;
	struct mailbox *box;

	if (!native->shared->pairs)
		return;
	pair = &native->shared->pairs[task / 2];
	box = &pair->to[!(task % 2)];
	__atomic_store_n(&pair->abandoned, 1, __ATOMIC_SEQ_CST);
	sem_post(&box->full);
	if (box->pipe[1] > 0)
		(void)!write(box->pipe[1], &nothing, sizeof(nothing));
}

static bool uses(const struct task_spec *spec, enum channel channel)
{
	for (uint32_t i = 0; i < spec->group_count; i++)
		for (uint32_t j = 0; j < spec->groups[i].step_count; j++)
			if (spec->groups[i].steps[j].kind == STEP_EXCHANGE &&
			    spec->groups[i].steps[j].channel == channel)
				return true;
	return false;
}

static int make_mailbox(struct mailbox *box, bool pipes)
{
	if (sem_init(&box->full, 1, 0))
		return -1;
	return pipes ? pipe2(box->pipe, O_CLOEXEC) : 0;
}

int exchange__prepare(struct native *native)
{
	const struct plan *plan = native->plan;
	uint64_t pairs = plan->tasks / 2;
	bool pipes = uses(&plan->spec, CHANNEL_PIPE);
	size_t size = pairs * sizeof(struct pair);

	if (!task_spec__largest(&plan->spec, STEP_EXCHANGE))
		return 0;
	native->shared->pairs = native__share(native, size);
	native->own_pairs = aligned_alloc(WORK_LINE, size);
	if (!native->shared->pairs || !native->own_pairs)
		return native__says(native, "no memory for %" PRIu64 " pairs of tasks", pairs);
	memset(native->own_pairs, 0, size);
	for (uint64_t i = 0; i < 2 * pairs; i++)
		if (make_mailbox(&native->shared->pairs[i / 2].to[i % 2], pipes))
			return native__says(native, "cannot make pipes for %" PRIu64 " pairs of tasks: %s", pairs,
					    strerror(errno));
	native__place(native, native->shared->pairs, size, CAUSE_LOCK, "exchange");
	return 0;
}
