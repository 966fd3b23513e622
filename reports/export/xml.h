/* SPDX-License-Identifier: GPL-2.0-only */
/* Text for XML and HTML. */
#ifndef DIOSCOPE_XML_H
#define DIOSCOPE_XML_H

#include <stdio.h>

/*
 * @text as character data or inside a quoted attribute: markup escaped, and as \xNN, as in a terminal, what is not
 * UTF-8 and control characters other than tab and newline (XML 1.0 has no way to write them).
 */
void xml_text(FILE *out, const char *text);

#endif
