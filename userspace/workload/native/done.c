/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../../bpf/abi.h"
#include "native.h"

int done__prepare(struct native *native, uint64_t room)
{
	struct done_list *done = native__share(native, sizeof(*done) + room * sizeof(done->items[0]));

	if (!done)
		return -1;
	native->shared->done = done;
	native__place(native, &done->word, sizeof(done->word), CAUSE_CHILD, "results");
	return 0;
}

void done__append(struct native *native, uint32_t item)
{
	struct done_list *done = native->shared->done;
	uint32_t at = __atomic_fetch_add(&done->put, 1, __ATOMIC_RELAXED);

	__atomic_store_n(&done->items[at], item + 1, __ATOMIC_RELEASE);
	__atomic_fetch_add(&done->word, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &done->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

bool done__take(struct native *native, uint32_t *item)
{
	struct done_list *done = native->shared->done;

	for (;;) {
		uint32_t word = __atomic_load_n(&done->word, __ATOMIC_SEQ_CST);

		*item = __atomic_load_n(&done->items[done->taken], __ATOMIC_ACQUIRE);
		if (*item) {
			--*item;
			done->taken++;
			return true;
		}
		if (__atomic_load_n(&native->child_died, __ATOMIC_SEQ_CST))
			return false;
		/* A signal handler changes the word as well: nothing is missed between the looks and the sleep. */
		syscall(SYS_futex, &done->word, FUTEX_WAIT, word, NULL, NULL, 0);
	}
}
