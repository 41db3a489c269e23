/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that do nothing, or no more than read the time, on the hooks that ours use: their floor. */
#include "../../bpf/vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

const volatile bool read_clock;
__u64 now; /* written, so that the reading is not optimised away */

#define EMPTY(hook)                                                                                                    \
	SEC("tp_btf/" #hook)                                                                                           \
	int hook(void *context)                                                                                        \
	{                                                                                                              \
		if (read_clock)                                                                                        \
			now = bpf_ktime_get_ns();                                                                      \
		return 0;                                                                                              \
	}

EMPTY(sched_switch)
EMPTY(sched_waking)
EMPTY(task_newtask)
EMPTY(sched_process_exit)
EMPTY(page_fault_user)
EMPTY(page_fault_kernel)

char LICENSE[] SEC("license") = "GPL";
