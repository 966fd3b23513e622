/* SPDX-License-Identifier: GPL-2.0-only */
/* Text for XML and HTML. */
#ifndef DIOSCOPE_XML_H
#define DIOSCOPE_XML_H

#include <stdio.h>

/*
 * @text as character data or inside a quoted attribute: markup escaped, control characters other than tab and newline
 * dropped (XML 1.0 has no way to write them), bytes that are not UTF-8 as U+FFFD.
 */
void xml_text(FILE *out, const char *text);

#endif
