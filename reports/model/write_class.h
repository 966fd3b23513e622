/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes that are alike. Most writes of a trace differ in who, where and when, and in nothing that a rule asks: all
 * that is decided of them (infer.h, why.h) is decided once for a class, and totals count how many there are of each.
 *
 * Of one class are those whose facts are known alike and have the same value where a rule asks for it, or, where a rule
 * compares positions, lengths and results, compare alike. What rules ask is gathered in class_key.c, and a test
 * (test_write_class.c) makes writes of all kinds and sees that what is decided of a class holds of each of its writes.
 *
 * What depends on how long something took is decided for each write: WHY_DROPS_CACHE.
 */
#ifndef DIOSCOPE_WRITE_CLASS_H
#define DIOSCOPE_WRITE_CLASS_H

#include "reports/model/infer.h"
#include "reports/model/times.h"
#include "reports/model/why.h"
#include "user/trace/trace_limits.h"

#define CLASSES_MAX USUALLY(4096, 64) /* writes of more classes are looked at one by one */

struct write_class {
	size_t index;		   /* 0, 1, ...: the order in which they were first seen */
	struct write sample;	   /* the first one, with its steps */
	struct inference infer;	   /* what was done to it */
	bool holds[NR_WHYS];	   /* write_whys(), but for WHY_DROPS_CACHE */
	uint8_t whys[NR_WHYS + 1]; /* why_list() of these */
	enum why error, lock;	   /* the first of these groups; NR_WHYS: none */
	bool leaves_commit;	   /* write_leaves_commit() says so */
	struct time_plan plan;
};

struct write_classes;

struct write_classes *write_classes_new(void);
void write_classes_free(struct write_classes *classes);
/*
 * Do to @w, as it is in its trace, what infer_write() does, and set w->class. A write that was not over, and one of too
 * many classes, is in none. 0 or -ENOMEM.
 */
int write_classes_infer(struct write_classes *classes, struct write *w, const struct infer_rules *of);

/* Whether all writes of a class have the same in the @len bytes of their records from @from on. */
bool class_decides(size_t from, size_t len);

/* How many there are of each. All zero: none. */
struct class_counts {
	struct class_count {
		const struct write_class *class;
		size_t nr;
	} * counts; /* by index */
	size_t nr;
};

int class_counts_add_first(struct class_counts *c, const struct write_class *class);
/* 0 or -ENOMEM. */
static inline int class_counts_add(struct class_counts *c, const struct write_class *class)
{
	if (class->index >= c->nr)
		return class_counts_add_first(c, class);
	c->counts[class->index].class = class;
	c->counts[class->index].nr++;
	return 0;
}
void class_counts_release(struct class_counts *c);

#endif
