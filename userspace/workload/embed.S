/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The native workload, a program of its own, as bytes in ours: unpacked into memory by experiment/launch.c. */
	.section .rodata
	.balign 16
	.global workload_program, workload_program_end
workload_program:
	.incbin WORKLOAD_PROGRAM
workload_program_end:
	.section .note.GNU-stack, "", %progbits
