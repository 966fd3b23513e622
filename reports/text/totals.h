/* SPDX-License-Identifier: GPL-2.0-only */
/* All that a report on the terminal shows, added up in one pass over the writes. */
#ifndef DIOSCOPE_TOTALS_H
#define DIOSCOPE_TOTALS_H

#include "reports/model/advice.h"
#include "reports/text/breakdown.h"
#include "reports/model/select.h"
#include "reports/model/summary.h"
#include "user/base/progress.h"

/* Which of it is wanted. */
#define TOTALS_SUMMARY	       0x1 /* summary and advice */
#define TOTALS_BREAKDOWN(kind) (0x2u << (kind))
#define TOTALS_ALL	       (TOTALS_SUMMARY | (TOTALS_BREAKDOWN(NR_BREAKDOWNS) - 2))

struct totals {
	struct summary summary;
	struct advice_list advice;
	struct breakdown breakdowns[NR_BREAKDOWNS];
};

void totals_release(struct totals *t);
/* Of a set: all of it. 0 or -ENOMEM; to be released even then. */
int totals_init(struct totals *t, const struct write_set *set);

/* Who else looks at what is added up, in the same pass, as it is recorded. 0 or -ENOMEM. */
struct onlooker {
	int (*write)(void *ctx, const struct look *look);
	int (*sync)(void *ctx, const struct sync_record *sync); /* of whatever file */
	void *ctx;
};

/*
 * Of what @sel leaves of the trace at @path, in memory that does not grow with its writes. @frame: all of the trace but
 * these (stream.h), to be released by set_release(). @onlooker and @progress may be NULL. 0, or -errno with a sentence
 * and nothing to be released.
 */
int totals_load(struct totals *t, const char *path, const struct selection *sel, unsigned int wanted,
		const struct onlooker *onlooker, struct progress *progress, struct write_set *frame,
		struct errmsg *err);

#endif
