/* SPDX-License-Identifier: GPL-2.0-only */
/* An atlas, workload by workload: as text, as an object a write, or as rows of one table of a page. */
#ifndef DIOSCOPE_ATLAS_VIEW_H
#define DIOSCOPE_ATLAS_VIEW_H

#include <stdio.h>

#include "user/verify/atlas.h"

enum atlas_format {
	ATLAS_TEXT,
	ATLAS_JSON,
	ATLAS_HTML,
};

/* 0 or -EINVAL. */
int atlas_format_parse(const char *word, enum atlas_format *format);

/* Which scenarios a kernel was seen to do as the rules of a profile say. */
struct atlas_confirmed {
	char *ids; /* " S04 S05 ", one string a profile */
};

/*
 * @dir/KERNEL.txt, such as 6.12.txt or 6.12-plain.txt: ids of scenarios, one a line, without a finding on that kernel
 * by the rules of its series. An array by profile, to be released; a directory that is not there is an error.
 */
int atlas_confirmed_load(struct atlas_confirmed **confirmed, const char *dir, struct errmsg *err);
void atlas_confirmed_free(struct atlas_confirmed *confirmed);

void atlas_print_begin(FILE *out, enum atlas_format format);
/* @confirmed may be NULL. */
void atlas_print(FILE *out, enum atlas_format format, const struct workload *wl, const struct atlas *a,
		 const struct atlas_confirmed *confirmed);
void atlas_print_end(FILE *out, enum atlas_format format);

#endif
