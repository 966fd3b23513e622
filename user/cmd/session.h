/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session: from the moment the probes are attached, or a trace is open, until Ctrl-C, the end of the time or of the
 * command. record and live differ in what they do with what comes; that is their pump.
 */
#ifndef DIOSCOPE_SESSION_H
#define DIOSCOPE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "user/cmd/child.h"
#include "user/cmd/filters.h"
#include "user/capture/recording.h"
#include "user/base/util.h"

/* Take what there is, waiting at most @timeout_ms for something to come. 1: no more will come, -errno: trouble. */
typedef int (*pump_fn)(void *ctx, int timeout_ms, struct errmsg *err);

/* The moment at which there is something to keep: the command runs, or there is none. */
typedef int (*started_fn)(void *ctx, struct errmsg *err);

struct session {
	const struct command *command;
	const struct filters *filters;
	struct capture *capture; /* NULL: records come from a file */
	struct child child;
	bool stdout_taken;  /* what the command prints goes to stderr */
	started_fn started; /* NULL: nothing to be done */
	pump_fn pump;
	void *ctx;
};

/*
 * Before anything else: a ready file of an earlier run is removed, signals end the session instead of the program, the
 * filters' command is forked.
 */
int session_prepare(struct session *s, struct errmsg *err);
/*
 * Follow the filters' processes, let the command go, say that it begins, and pump until the end. A command that
 * outlives the session is ended; s->child.status is 0 then. 1: the command cannot be run, and has said so.
 */
int session_run(struct session *s, struct errmsg *err);
/* As if Ctrl-C had been pressed. */
void session_stop(void);
/*
 * "dioscope record: 132 writes in t, 0 lost" on stderr, what by its @header the recording could not see, what it cost,
 * and a warning where the accounts do not balance. @where: " in t", or "".
 */
void session_say_totals(const struct session *s, const char *where, const struct recording_totals *t,
			const struct meta *header);
/* The cost alone. */
void session_say_cost(const struct session *s, const struct recording_totals *t);

uint64_t monotonic_ns(void);

#endif
