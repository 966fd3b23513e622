/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cost the writes of a set most time, by reason, and what would change it.
 *
 * No reason's time is counted twice: where several reasons of a write would claim the same row of its time, the first
 * of why_rows[] has it; a write that failed spent all of its time for the reason that it failed for. What a write
 * waited for the lock was not its own doing: it is divided among the reasons of the exclusive writes of the same file,
 * by how long these held the lock.
 *
 * What the device took is told beside that, and is all of it: for writes that were made synchronous it is also what
 * their submitter waited for. The rest, which no reason claims, is told by row of time.
 */
#ifndef DIOSCOPE_ADVICE_H
#define DIOSCOPE_ADVICE_H

#include "reports/model/look.h"
#include "reports/model/why.h"

#define ADVICE_MAX 3 /* that views show */

struct advice {
	enum why why;
	size_t writes; /* that it held of, and that cost time for it; of the lock: that held it exclusively */
	uint64_t ns;
};

struct advice_list {
	struct advice rows[NR_WHYS]; /* those that cost any time, most first */
	size_t nr;
	uint64_t total_ns;		/* latencies of all writes: what shares are of */
	uint64_t device_ns;		/* of these, what the device took */
	uint64_t rest_ns[NR_TIME_ROWS]; /* what neither the device took nor a reason claimed */
};

/*
 * Adding up, one write at a time, in any order; what it keeps grows with the number of files. 0 or -ENOMEM; NULL when
 * memory is out.
 */
struct advice_sums;
struct advice_sums *advice_begin(void);
int advice_add(struct advice_sums *sums, const struct look *look);
void advice_settle(const struct advice_sums *sums, struct advice_list *list);
void advice_free(struct advice_sums *sums);

/* The same of a whole set. 0 or -ENOMEM. */
int advice_init(struct advice_list *list, const struct write_set *set);
/* How many of the first ADVICE_MAX are worth a line: a thousandth of the time, and more. */
size_t advice_worth(const struct advice_list *list);
/* In percent of all time. */
double advice_share(const struct advice_list *list, const struct advice *a);
/* What the writes of @a have to do with its time: "others waited for " that held a lock; "": it took them it. */
const char *advice_relation(const struct advice *a);
/* The rows of time without a reason that are worth a line, most first; how many. */
size_t advice_rest(const struct advice_list *list, enum time_row rows[NR_TIME_ROWS]);
double advice_rest_share(const struct advice_list *list, enum time_row row);
/* What is known to take that time: "the processor or the worker was late". */
const char *advice_rest_cause(enum time_row row);
#define ADVICE_REST_TITLE "time without a reason of the writes' own"
/* "write the range once in advance; or kernel 7.3". */
const char *advice_format(enum why why, char *buf, size_t size);

#endif
