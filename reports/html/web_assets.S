/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of reports/html/web/ as NUL-terminated strings in the program, the scripts as one: see web_assets.h. */

.macro asset name, path
	.section .rodata.\name, "a"
	.global \name
	.type \name, @object
\name:
	.incbin "\path"
	.byte 0
	.size \name, . - \name
.endm

asset web_page_html, "reports/html/web/page.html"
asset web_style_css, "reports/html/web/style.css"
asset web_script_js, "page.js"

	.section .note.GNU-stack, "", @progbits
