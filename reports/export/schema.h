/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The JSON Schema (2020-12) of a line of dioscope export: header, write, sync or trailer. Made from write_fields[],
 * why_rows[] and the names of stages and rows of time, so that it says what export says.
 */
#ifndef DIOSCOPE_SCHEMA_H
#define DIOSCOPE_SCHEMA_H

#include <stdio.h>

/* 0, or -EIO when @out could not take it all. */
int schema_print(FILE *out);

#endif
