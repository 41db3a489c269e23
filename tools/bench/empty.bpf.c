/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that do nothing, on the hooks that ours use: the floor that ours are measured against. */
#include "../../bpf/vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define EMPTY(hook)                                                                                                    \
	SEC("tp_btf/" #hook)                                                                                           \
	int hook(void *context)                                                                                        \
	{                                                                                                              \
		return 0;                                                                                              \
	}

EMPTY(sched_switch)
EMPTY(sched_waking)
EMPTY(task_newtask)
EMPTY(sched_process_exit)
EMPTY(page_fault_user)
EMPTY(page_fault_kernel)

char LICENSE[] SEC("license") = "GPL";
