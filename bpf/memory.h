/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page faults of followed threads, in user mode and in system calls. */
#ifndef MPTRACE_BPF_MEMORY_H
#define MPTRACE_BPF_MEMORY_H

#include "state.h"

/* present + write + user: a write to a page that is there but not writable: copy-on-write (or its
 * cheap end, when the last owner writes). x86 error codes. */
#define FAULT_COPY_ON_WRITE 7
#define FAULT_USER 4

static __always_inline int count_fault(unsigned long error_code)
{
	struct thread_state *thread = followed(bpf_get_current_task_btf());

	if (!thread)
		return 0;
	thread->record.faults += times(MUTATE_FAULTS);
	thread->record.cow_faults += (error_code | FAULT_USER) == FAULT_COPY_ON_WRITE;
	return 0;
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(page_fault_user, unsigned long address, struct pt_regs *regs, unsigned long error_code)
{
	return count_fault(error_code);
}

SEC("tp_btf/page_fault_kernel")
int BPF_PROG(page_fault_kernel, unsigned long address, struct pt_regs *regs, unsigned long error_code)
{
	return count_fault(error_code);
}

#endif
