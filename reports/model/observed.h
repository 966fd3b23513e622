/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a comparison without a finding is a pass: only where the live side was observed, as its hooks promise. */
#ifndef DIOSCOPE_OBSERVED_H
#define DIOSCOPE_OBSERVED_H

#include <stdbool.h>

#include "bpf/write_record.h"
#include "reports/model/diff.h"
#include "reports/model/set.h"

/*
 * @d: of @live against a reference. @promised: enum how of each fact, by the hooks that were taken. *@why: what was
 * lost or not seen, with the numbers, one sentence, malloc'ed; NULL: all of it was observed. 0 or -ENOMEM.
 */
int observed_check(const struct diff *d, const struct write_set *live, const unsigned char promised[FACTS_MAX],
		   char **why);

/*
 * May this write not tell a fact that a hook tells of the others? One of io_uring's, whose first attempt was not seen;
 * after the end, one that a thread of the kernel took through the page cache, or that a worker of io_uring wrote, which
 * makes no system call that would end what it did for the write; and on a device without a volatile cache,
 * where bios have lost their FUA by the time they are seen.
 */
bool observed_may_withhold(const struct write_record *rec, enum write_fact fact);

#endif
