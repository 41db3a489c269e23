/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The catalogue's files as bytes in ours, and their table: struct catalogue_file in claim.c. */
	.macro claims path
	.section .rodata
.Lname\@:
	.asciz "\path"
.Ltext\@:
	.incbin "\path"
.Lend\@:
	.section .data.rel.ro, "aw"
	.quad .Lname\@, .Ltext\@, .Lend\@ - .Ltext\@
	.endm

	.section .data.rel.ro, "aw"
	.balign 8
	.global catalogue_files, catalogue_files_end
catalogue_files:
#include "catalogue.list" /* the Makefile's: a line "claims PATH" for each file of catalogue/ */
catalogue_files_end:
	.section .note.GNU-stack, "", %progbits
