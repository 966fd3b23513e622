/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * why_rows[]: the one place where a reason has a name: why a write was serialised, buffered, slow, not durable, or
 * failed. Text, page, JSON, live, the advice at the end of a report and the man page walk it.
 *
 * A reason holds of a write only where the facts say so: what is unknown is no reason. Where the facts tell that there
 * is one, but not which, the group has a row that says just that.
 */
#ifndef DIOSCOPE_WHY_H
#define DIOSCOPE_WHY_H

#include "reports/model/set.h"

enum why_group {
	WHY_GROUP_LOCK,	    /* held i_rwsem exclusively */
	WHY_GROUP_BUFFERED, /* went through the page cache */
	WHY_GROUP_SYNC,	    /* asked for durability: what that took, or why there is none */
	WHY_GROUP_WAIT,	    /* an asynchronous write that was not, or one that waited for others */
	WHY_GROUP_WORK,	    /* what had to be done beside writing the data */
	WHY_GROUP_ERROR,
	NR_WHY_GROUPS,
};

/* By group; within one, the earlier row is the better answer to "what would change it?". */
enum why {
	WHY_EXTENDS,
	WHY_EXTENDS_DISK,
	WHY_WAS_BEYOND,
	WHY_HOLE,
	WHY_DELALLOC,
	WHY_BORDER,
	WHY_EXTENTS,
	WHY_UNWRITTEN,
	WHY_NOT_WRITTEN,
	WHY_NOT_ONE_EXTENT,
	WHY_NOT_OVERWRITE,
	WHY_UNALIGNED_UNWRITTEN,
	WHY_ZEROING,
	WHY_UNALIGNED,
	WHY_NOT_NOSEC,
	WHY_BEYOND_OR_CONTENT,
	WHY_LOCK_UNKNOWN,

	WHY_DATA_JOURNAL,
	WHY_JOURNAL_FLAG,
	WHY_ENCRYPTED,
	WHY_VERITY,
	WHY_INLINE_DATA,
	WHY_INELIGIBLE,
	WHY_CACHED_STAYED,
	WHY_INDIRECT_HOLE,
	WHY_MISALIGNED,
	WHY_FAULT_REST,
	WHY_BUFFERED_UNKNOWN,

	WHY_NO_BARRIER,
	WHY_NO_FLUSH,
	WHY_COMMIT_EXTENDS, /* these four in the order of COMMIT_*: commit_reason.h */
	WHY_COMMIT_CONVERTS,
	WHY_COMMIT_ALLOCATES,
	WHY_COMMIT_OTHER,
	WHY_COMMIT_TIMES,
	WHY_FLUSH_ONLY,
	WHY_FLUSH_ONLY_SYNC,
	WHY_SYNC_UNKNOWN,

	WHY_DRAINED,
	WHY_ASYNC_EXTENDS,
	WHY_ASYNC_UNALIGNED,
	WHY_ASYNC_BUFFERED,
	WHY_HELD_LOCK,
	WHY_HELD_MAP,
	WHY_WORKER,
	WHY_WORKER_ASKED,

	WHY_ALLOCATES,
	WHY_MAPS_NEW,
	WHY_CONVERTS,
	WHY_ZEROES,
	WHY_DROPS_CACHE,

	/* in the order of the kernel's tests */
	WHY_ATOMIC_SHAPE,
	WHY_LENGTH,
	WHY_POSITION,
	WHY_ADDRESS,
	WHY_SEGMENT,
	WHY_FAULT,
	WHY_NOWAIT_EXCLUSIVE,
	WHY_NOWAIT_TAKEN,
	WHY_NOWAIT_TIMES,
	WHY_NOWAIT_CACHED,
	WHY_NOWAIT_ALLOCATION,
	WHY_NOWAIT_CHECKS,
	WHY_NOWAIT_LOCK,
	WHY_ATOMIC_CACHED,
	WHY_FBIG,
	WHY_NOSPC,
	WHY_DQUOT,
	WHY_PERM,
	WHY_TXTBSY,
	WHY_ATOMIC_UNSUPPORTED,
	WHY_NOWAIT_INELIGIBLE,
	WHY_NOWAIT_REST,
	WHY_IO_DEVICE,
	WHY_IO_SHUTDOWN,
	NR_WHYS,
};

struct why_row {
	enum why_group group;
	int err;	      /* the error that it explains, positive; 0 in other groups */
	const char *key;      /* for machines, and for columns that are short of room */
	const char *of;	      /* what it is a case of, for people: "not an overwrite"; NULL: of nothing */
	const char *name;     /* for people */
	const char *function; /* of the kernel, that decides it */
	bool (*holds)(const struct write *w);
	uint32_t costs;	    /* rows of time that it costs, as a mask of 1 << enum time_row; an error: all of them */
	const char *change; /* what would change it */
	const char *until; /* the first kernel in which it is no reason any more, as refimpl/path/rules.h says; NULL: none */
};

extern const struct why_row why_rows[NR_WHYS];

/* The rows of a group: from first up to before end. */
struct why_range {
	int first, end;
};
struct why_range why_range(enum why_group group);

/* What WHY_DROPS_CACHE, alone of all, asks of the times of a write that came to STAGE_MAP. */
bool takes_long_to_drop(const uint64_t ns[NR_TIME_ROWS]);
/* Which hold of @w. */
void write_whys(const struct write *w, bool holds[NR_WHYS]);
/* Those that hold, in their order, and NR_WHYS behind them. */
void why_list(const bool holds[NR_WHYS], uint8_t list[NR_WHYS + 1]);
/* The first of @group that holds; NR_WHYS: none does. */
enum why write_first_why(const struct write *w, enum why_group group);
/* Why a write that did not want to wait would have had to: reasons of the lock, for WHY_NOWAIT_EXCLUSIVE alone. */
void write_refused_for(const struct write *w, bool holds[NR_WHYS]);

/* "not an overwrite: hole". */
const char *why_format(enum why why, char *buf, size_t size);
/*
 * Why @w failed, with its numbers: "length 512 is not a multiple of 4096", "nowait: would need the exclusive lock: not
 * one extent"; "" when it did not, or the facts do not tell.
 */
const char *error_format(const struct write *w, char *buf, size_t size);
/* "nowait: would need the exclusive lock: hole", for all writes that were refused for @lock. */
const char *refusal_format(enum why lock, char *buf, size_t size);
/* "why_lock", "why_buffered", ...: the key of a group in JSON. "why exclusive", ...: its title. */
const char *why_group_key(enum why_group group);
const char *why_group_title(enum why_group group);

#endif
