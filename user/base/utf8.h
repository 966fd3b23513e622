/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * File and process names are any bytes. Every view asks here which of them are text, and shows the rest as \xNN; where
 * the backslash itself is shown so, too, the name can be had back: json.h, field_format().
 */
#ifndef DIOSCOPE_UTF8_H
#define DIOSCOPE_UTF8_H

#include <stddef.h>
#include <stdio.h>

/*
 * Length of the well-formed UTF-8 sequence (RFC 3629) at the NUL-terminated @s: 1 to 4; 0 when its first byte begins
 * none, and at the end. Control characters (C0, DEL, C1) are well-formed; see utf8_control().
 */
size_t utf8_len(const char *s);
/* Whether the sequence of @len bytes at @s is a control character, which a terminal may obey. */
int utf8_control(const char *s, size_t len);
/*
 * Length of the sequence at @s if a terminal may see it as it is; 0 when it must be escaped: no UTF-8, a control
 * character, or one that turns the direction of what follows.
 */
size_t utf8_harmless(const char *s);
/* Columns of a text that is harmless already: one for each character. */
unsigned int utf8_columns(const char *text);
/* @text for a terminal, with \xNN for each byte of what is not harmless. Returns the columns. */
int utf8_print(FILE *out, const char *text);
/*
 * The same into @buf, and \x5c for a backslash, so that no name can be taken for another; four times its bytes and one
 * are room enough for any.
 */
const char *utf8_escape(const char *text, char *buf, size_t size);

#endif
