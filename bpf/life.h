/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Birth and death: children are followed from the moment they exist; nothing else ever is. */
#ifndef MPTRACE_BPF_LIFE_H
#define MPTRACE_BPF_LIFE_H

#include "state.h"

#define PAGE_SIZE 4096
#define PF_IO_WORKER 0x10
#define PF_USER_WORKER 0x4000

/* A fork has its interpreter where its parent has it. */
static __always_inline void inherit_interpreter(__u32 child, __u32 parent)
{
	struct python_interpreter *python = bpf_map_lookup_elem(&interpreters, &parent), copy;

	if (!python)
		return;
	copy = *python;
	if (bpf_map_update_elem(&interpreters, &child, &copy, BPF_ANY))
		lose(LOST_LOCKS);
}

SEC("tp_btf/task_newtask")
int BPF_PROG(task_newtask, struct task_struct *child, __u64 clone_flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct thread_state *parent = followed(task), *thread;

	/* Helpers of io_uring and vhost: the kernel's, not the program's. */
	if (!parent || child->flags & (PF_IO_WORKER | PF_USER_WORKER))
		return 0;
	thread = bpf_task_storage_get(&threads, child, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (thread && thread->record.start_ns) /* it was met between its becoming visible and this */
		return 0;
	__sync_fetch_and_add(&started_threads, 1);
	if (!thread) {
		lose(LOST_THREADS);
		return 0;
	}
	thread->record.tgid = child->tgid;
	thread->record.first_tid = child->pid;
	thread->record.parent_tgid = task->tgid;
	thread->record.clone_flags = clone_flags;
	thread->record.start_ns = thread->since = bpf_ktime_get_ns();
	thread->counts = 1;
	thread->state = STATE_RUNNABLE;
	if (any_program && child->tgid != task->tgid)
		inherit_interpreter(child->tgid, task->tgid);
	return 0;
}

/* Of any program: another one is where the interpreter was, or an interpreter is there now. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(sched_process_exec, struct task_struct *task)
{
	struct thread_state *thread = followed(task);
	__u32 tgid = task->tgid;

	if (!thread)
		return 0;
	thread->record.executed = 1;
	thread->python_thread = 0;
	bpf_map_delete_elem(&interpreters, &tgid);
	if (bpf_map_push_elem(&executed, &tgid, 0))
		lose(LOST_LOCKS);
	return 0;
}

/* Of any program: what is followed by its cgroup may have come in. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(cgroup_attach_task)
{
	moved = 1;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(sched_process_exit, struct task_struct *task)
{
	struct thread_state *thread = followed(task);

	if (!thread)
		return 0;
	thread->record.exit_code = task->exit_code;
	thread->record.policy = task->policy;
	if (task->signal->live.counter)
		return 0;
	thread->record.peak_rss_bytes = task->signal->maxrss * PAGE_SIZE;
	if (any_program)
		bpf_map_delete_elem(&interpreters, &thread->record.tgid);
	return 0;
}

#endif
