/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages' style and script as bytes in ours. */
	.macro asset name path
	.global \name, \name\()_end
\name:
	.incbin "\path"
\name\()_end:
	.byte 0
	.endm

	.section .rodata
	asset page_css userspace/report/assets/page.css
	asset page_js userspace/report/assets/page.js
	.section .note.GNU-stack, "", %progbits
