/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All system calls of followed threads. Enabling this slows every system call of the whole machine, so it is neither
 * loaded nor attached unless it was asked for (--count-calls).
 */
#ifndef MPTRACE_BPF_CALLS_H
#define MPTRACE_BPF_CALLS_H

#include "state.h"

SEC("tp_btf/sys_enter")
int BPF_PROG(sys_enter, struct pt_regs *regs, long number)
{
	struct thread_state *thread = followed(bpf_get_current_task_btf());

	if (thread)
		thread->record.calls++;
	return 0;
}

#endif
