/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording: a capture at one end, a trace file at the other. record makes one; verify makes one for each workload
 * on a capture that stays attached, because attaching is what takes time.
 */
#ifndef DIOSCOPE_RECORDING_H
#define DIOSCOPE_RECORDING_H

#include "reports/model/accounts.h"
#include "reports/text/cost_line.h"
#include "user/capture/capture.h"
#include "user/base/meta.h"
#include "user/capture/segments.h"
#include "user/base/util.h"

struct recording;

/* Lines of the header that the capture does not know; NULL: none. */
struct recording_words {
	const char *command;
	const char *device;
	const struct turns *turns; /* NULL: one file; outlives the recording */
};

struct recording_totals {
	uint64_t writes;     /* records in the trace */
	uint64_t entered;    /* writes that matched the filters */
	uint64_t fast;	     /* left out: they took less than --min-latency */
	uint64_t lost_ring;  /* the others are lost: the ring buffer was full, */
	uint64_t lost_state; /* or the state map was */
	uint64_t lost_steps;
	uint64_t in_flight;
	uint64_t other_fs, lost_syncs;
	uint64_t foreign;  /* completions that were no write's, and refused: some facts may be missing */
	uint64_t nameless; /* writes of unknown file or task: what told of these found the ring buffer full */
	uint64_t skipped;  /* runs of probes, not writes: writes or facts may be missing */
	struct cost_totals cost;
	struct accounts accounts;
};

/* @capture must outlive it. @fd is taken over, also on failure. */
int recording_open(struct recording **out, struct capture *capture, const struct recording_words *words, int fd,
		   struct errmsg *err);
/*
 * Move what the kernel has into the trace, waiting at most @timeout_ms. What came is in the file at the latest
 * TRACE_BLOCK_AGE_NS later, if it is pumped on, and a segment that is full is followed by the next.
 */
int recording_pump(struct recording *r, int timeout_ms, struct errmsg *err);
/* Bytes in the file that is written; the number of its segment, 1 where there are no turns. */
uint64_t recording_bytes(const struct recording *r);
unsigned int recording_segments(const struct recording *r);
/* What a trailer says of it; all zero without one. */
void recording_totals_load(struct recording_totals *totals, const struct meta *trailer);
/* Accounts begin empty, and expect what the hooks that were taken promise. */
void recording_accounts_init(struct accounts *accounts, const struct capture *capture);
/* Fill in what was counted since @before (NULL: since the capture began). */
void recording_count(struct recording_totals *totals, const struct capture *capture,
		     const struct capture_totals *before);
/* When all has been counted: do the totals themselves add up? */
void recording_balance(struct recording_totals *totals);
/* Take the rest, write the trailer. @exit_status of CMD, -1: there was none. Frees @r also on failure. */
int recording_close(struct recording *r, int exit_status, struct recording_totals *totals, struct errmsg *err);

#endif
