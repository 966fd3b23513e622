/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An environment made of what was observed of one recorded write. It answers with what the live write met: mapping
 * rounds tell what each block was before, the error that it ended with tells what failed, the result of the
 * invalidation whether pages were cached. Nothing is written anywhere, and there is no image.
 *
 * What a record does not tell is in struct trace_given: whoever makes one says what he assumes (refimpl/replay.c).
 */
#ifndef DIOSCOPE_ENV_TRACE_H
#define DIOSCOPE_ENV_TRACE_H

#include "refimpl/path/path.h"
#include "reports/model/set.h"

/* What the look at the mapping under the first lock finds at the first block. */
struct trace_look {
	enum ref_state state;
	bool whole; /* one extent of it holds all of the write */
};

struct trace_given {
	int64_t asked_pos;
	uint32_t asked_len;   /* bytes; more than the record has: a limit cut it there */
	uint32_t seg_ends[2]; /* bytes, ascending: where segments end, but the last. 0: there is one less */
	uint32_t addr_align;  /* of the first segment; the others follow it in memory */
	bool nowait;	     /* IOCB_NOWAIT, the caller's or io_uring's own */
	bool waits;	     /* ki_complete is NULL */
	bool nosec;
	bool delalloc;
	bool times_current;
	int64_t isize;	      /* at the entry, bytes, */
	int64_t disksize;     /* both; */
	int64_t isize_locked; /* and when the lock is held */
	int64_t disksize_locked;
	struct trace_look look;
	struct trace_look look_again; /* and under the second one, if that is told */
	bool again_is_told;
	bool tail_is_told;	/* the last block when it was looked at by itself was not as the first, but */
	enum ref_state tail;	/* this */
	bool dirty_map_only;	/* without a journal: it was a block of the map that made the mapping dirty */
	bool new_was_unwritten; /* a round that is new and unwritten: its blocks were there, and not a hole */
	bool converted_late;	/* a round that is written: it was unwritten until the handle to map it was started */
};

struct trace_env {
	struct ref_env env;
	const struct write *live;
	const struct trace_given *given;
	const struct ref_write *replay; /* whose path tells what is asked for, and why */
	struct ref_inode inode;
	uint64_t submitted;		/* bytes in bios so far */
	uint32_t at;			/* the step that was found last */
	const struct write_step *early; /* the round that was said to be unwritten still */
	unsigned int ticks;
	bool refused; /* the page cache was told the error that it ended with */
	bool beyond;  /* blocks were asked for that the live write did not map: the answer is made up */
};

/* @live and @given must outlive @e; e->replay is to be set before the write runs. 0 or -ENOMEM. */
int trace_env_init(struct trace_env *e, const struct write *live, const struct trace_given *given);
void trace_env_release(struct trace_env *e);

/* What blocks were before a round was mapped. */
enum ref_state trace_round_state(const struct write_step *round, bool new_was_unwritten);
/* Does a round of @live hold the byte at @pos? */
bool trace_has_round(const struct write *live, int64_t pos);
/* What @live's rounds say of its first block before it was mapped; false when it has none. */
bool trace_first_run(const struct write *live, bool new_was_unwritten, struct trace_look *look);

#endif
