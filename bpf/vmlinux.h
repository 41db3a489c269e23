/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only the kernel types that are read; CO-RE finds the real offsets at load time. */
#ifndef MPTRACE_BPF_VMLINUX_H
#define MPTRACE_BPF_VMLINUX_H

#include <linux/bpf.h> /* map types, flags and helper numbers: stable uapi */
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	unsigned long dx, si, di, r10, ax, orig_ax;
};

typedef struct {
	int counter;
} atomic_t;

struct task_struct;

struct rq {
	__u64 clock;
	struct task_struct *curr;
};

struct cfs_rq {
	struct rq *rq;
};

struct sched_entity {
	__u64 sum_exec_runtime;
	unsigned char sched_delayed; /* from 6.12 on */
	struct cfs_rq *cfs_rq; /* only with CONFIG_FAIR_GROUP_SCHED */
};

struct sched_info {
	unsigned long long run_delay;
	unsigned long long last_queued; /* on its run queue's clock; 0: it does not wait for a CPU */
};

struct task_io_accounting {
	__u64 rchar, wchar;
	__u64 syscr, syscw;
};

struct signal_struct {
	atomic_t live;
	unsigned long maxrss;
};

struct mm_struct {
	unsigned long total_vm;
};

struct super_block {
	unsigned int s_dev;
};

struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
	struct super_block *i_sb;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct inode *f_inode;
	struct path f_path;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct bpf_local_storage {
	int unused;
};

/* Whole: its size counts. */
struct upid {
	int nr;
	struct pid_namespace *ns;
};

/* Of numbers there are level + 1, one for each namespace. */
struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct thread_info {
	unsigned int cpu;
};

struct task_struct {
	struct thread_info thread_info; /* without cpu before 5.16, which had it here: */
	unsigned int cpu;
	unsigned int __state;
	unsigned int flags;
	int on_cpu, on_rq;
	int pid, tgid;
	int exit_code;
	unsigned int policy;
	unsigned long nvcsw, nivcsw;
	unsigned long min_flt, maj_flt;
	__u64 start_time;
	struct sched_entity se;
	struct sched_info sched_info;
	struct task_io_accounting ioac;
	struct signal_struct *signal;
	struct mm_struct *mm, *active_mm;
	struct task_struct *group_leader;
	struct files_struct *files;
	struct pid *thread_pid;
	struct bpf_local_storage *bpf_storage;
	char comm[16];
};

struct seq_file {
	unsigned long count;
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

#endif
