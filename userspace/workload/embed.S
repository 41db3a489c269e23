/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workloads as bytes in ours: the native program (unpacked by experiment/launch.c), Python's files (script.c). */
	.macro embed name, path
	.balign 16
	.global \name, \name\()_end
\name:
	.incbin "\path"
\name\()_end:
	.endm

	.section .rodata
	embed workload_program, WORKLOAD_PROGRAM
	embed mptrace_api_py, userspace/workload/python/mptrace_api.py
	embed mptrace_exchange_py, userspace/workload/python/mptrace_exchange.py
	embed mptrace_journal_py, userspace/workload/python/mptrace_journal.py
	embed mptrace_main_py, userspace/workload/python/mptrace_main.py
	embed mptrace_pools_py, userspace/workload/python/mptrace_pools.py
	embed mptrace_shapes_py, userspace/workload/python/mptrace_shapes.py
	embed mptrace_steps_py, userspace/workload/python/mptrace_steps.py
	embed mptrace_worker_py, userspace/workload/python/mptrace_worker.py
	.section .note.GNU-stack, "", %progbits
