/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files that tell a trace in sentences (tell.h); no interface for others. */
#ifndef DIOSCOPE_TELL_PARTS_H
#define DIOSCOPE_TELL_PARTS_H

#include "refimpl/path/rules.h"
#include "reports/model/look.h"
#include "reports/text/tell.h"

/* --- a paragraph: sentences after a label, in lines of at most 100 columns --- */

#define PARAGRAPH_LEN 4096

struct paragraph {
	FILE *out;
	const struct write *w; /* whose facts are told */
	size_t len;
	char text[PARAGRAPH_LEN]; /* what does not fit is cut */
};

/* One more sentence; it begins large and ends with a full stop by itself. */
void tell(struct paragraph *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * The same, if each of these facts of the write has a value; "; inferred" is added where one was not observed. false:
 * it was not said.
 */
#define FACTS(...) ((const enum write_fact[]){__VA_ARGS__, NR_FACTS})
bool tell_facts(struct paragraph *p, const enum write_fact *facts, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Known, and not 0; known, and 0. */
bool tells(const struct paragraph *p, enum write_fact fact);
bool denies(const struct paragraph *p, enum write_fact fact);
/* Print it, if there is anything, and begin the next. */
void paragraph_end(struct paragraph *p, const char *label);

/* --- the parts --- */

/* "What the kernel did": a paragraph for each stage that it came to. 0 or -ENOMEM. */
int tell_stages(FILE *out, const struct look *look);
/* Whose rules: of the trace. */
struct teller {
	FILE *out;
	const struct write_set *frame;
	struct ref_choice rules;
	char *kernel;
};
/* A reason: its name after @rank, what it is told of (@told, may be NULL), function, rule, and what would change it. */
void tell_reason(const struct teller *t, int rank, enum why why, const char *told);
/* Whether it follows from a rule that differs between kernels. */
bool tell_has_rule(enum why why);
/* One write, whole. 0 or -ENOMEM. */
int tell_write(const struct teller *t, const struct look *look);
/* "41.0 % (563 ms)" of @of. */
const char *format_share(uint64_t ns, uint64_t of, char *buf, size_t size);

#endif
