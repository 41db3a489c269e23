/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel side: one object, one file per probe family. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "calls.h"
#include "iterate.h"
#include "life.h"
#include "memory.h"
#include "sched.h"

char LICENSE[] SEC("license") = "GPL";
