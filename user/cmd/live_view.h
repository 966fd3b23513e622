/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What live shows: a line a write, or a table that is drawn again and again. Where the records come from is not its
 * business, but for what was lost, which only a running capture can tell before the end.
 */
#ifndef DIOSCOPE_LIVE_VIEW_H
#define DIOSCOPE_LIVE_VIEW_H

#include "reports/model/counts.h"
#include "reports/text/live.h"
#include "reports/text/top.h"
#include "user/capture/capture.h"
#include "user/capture/recording.h"
#include "user/cmd/screen.h"
#include "user/cmd/selection.h"
#include "user/cmd/session.h"

/* What the table's line of rates is made of. */
struct pace {
	uint64_t at_ns; /* since it began */
	size_t writes;
	uint64_t bytes;
};

struct view_options {
	uint64_t interval_ns;	    /* between two tables; 0: lines */
	const char *follow;	    /* the trace; NULL: the running kernel */
	struct selection selection; /* which writes of that trace */
	const char *command;	    /* the whole line */
};

struct view {
	struct write_set one; /* the write at hand; its header is that of the source */
	struct live_clock clock;
	const struct selection *selection;
	struct recording_totals totals;
	struct counts counts;	       /* --follow: what the trace holds */
	const struct capture *capture; /* NULL: --follow */
	struct top *top;	       /* NULL: lines */
	char *what;		       /* the table's title */
	struct screen screen;
	char order;	  /* of its rows: the key that was typed last */
	struct pace last; /* when the table was drawn last */
	uint64_t interval_ns, drawn_ns, began_ns;
	uint64_t watched_ns; /* when that is over */
	uint64_t newest_ns;  /* end of the last write, by the records' clock */
	bool ended;	     /* its trailer was read */
	bool open_end;	     /* a trace without a trailer: what was lost is not known */
	int error;	     /* of stdout: nothing more is printed */
	struct errmsg why;   /* of a record that view_take() refused */
};

/* The source's header is in v->one by then. */
int view_open(struct view *v, const struct view_options *o, struct errmsg *err);
void view_release(struct view *v);
/* A capture_fn. What comes after stdout failed is counted only. */
int view_take(void *ctx, const void *record, size_t len);
/* Between two portions of records. */
void view_tick(struct view *v);
/* v->capture is to be closed: its totals are in v->totals. */
void view_watched(struct view *v);
/* The last table and the totals. A reader of stdout that went away is no trouble. Returns the exit code. */
int view_end(struct view *v, const struct session *s);

#endif
