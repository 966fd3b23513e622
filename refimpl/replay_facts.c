/* SPDX-License-Identifier: GPL-2.0-only */
/* Which facts of a record are decided on the path, and which records hold enough to decide from. */
#include "refimpl/replay_impl.h"

#include <errno.h>

#define FALLBACK_MAX (16u << 20) /* what goes through the page cache is held in memory */

/* --- which facts are whose --- */

const enum write_fact replay_decided[] = {
	FACT_LOCK_FIRST,
	FACT_LOCK,
	FACT_UPGRADE,
	FACT_UPGRADE_REASON,
	FACT_CHECKS,
	FACT_UNALIGNED,
	FACT_EXTEND,
	FACT_DIO_WAIT,
	FACT_FORCE_WAIT,
	FACT_OPS,
	FACT_ROUNDS,
	FACT_JOURNAL_STARTS,
	FACT_BIOS,
	FACT_DATA_BYTES,
	FACT_ZERO_HEAD,
	FACT_ZERO_TAIL,
	FACT_FUA,
	FACT_QUEUED,
	FACT_CONTEXT,
	FACT_END_SIZE,
	FACT_END_ERROR,
	FACT_CONVERT,
	FACT_ISIZE_AFTER,
	FACT_ORPHAN,
	FACT_TRUNCATE,
	FACT_SYNC,
	FACT_FLUSH,
	FACT_COMMIT,
	FACT_DIO_RET,
	FACT_FALLBACK,
	FACT_FALLBACK_REASON,
	FACT_FALLBACK_POS,
	FACT_FALLBACK_LEN,
	FACT_FALLBACK_RET,
	FACT_RET,
	NR_FACTS,
};

bool replay_decides(enum write_fact fact)
{
	for (const enum write_fact *f = replay_decided; *f != NR_FACTS; f++)
		if (*f == fact)
			return true;
	return false;
}

/* Without them there is nothing to decide from. */
static const enum write_fact needed[] = {
	FACT_SUBMIT,	FACT_LEN,   FACT_POS,	   FACT_FLAGS,	 FACT_SEGMENTS,	  FACT_ADDR_ALIGN,
	FACT_SEG_ALIGN, FACT_ISIZE, FACT_BLKBITS,  FACT_EXTENTS, FACT_INODE_SYNC, FACT_JOURNAL,
	FACT_BARRIER,	FACT_LBS,   FACT_DMA_MASK, FACT_DEV_FUA, FACT_DEV_CACHE,
};

/* --- what cannot be replayed --- */

static bool is_outside(const struct write *live)
{
	return live_knows(live, FACT_INODE_FLAGS) && live->rec.inode_flags & ~INODE_JOURNAL_DATA;
}

static bool is_atomic(const struct write *live)
{
	return live->rec.flags & WRITE_ATOMIC;
}

static bool has_no_size(const struct write *live)
{
	const struct write_record *r = &live->rec;

	return r->blkbits < 10 || r->blkbits > 12 || r->pos < 0 || r->isize < 0 || !r->len || r->len > REPLAY_LEN_MAX ||
	       r->pos >> r->blkbits > UINT32_MAX - (REPLAY_LEN_MAX >> 10) ||
	       (live_knows(live, FACT_ASKED_LEN) && r->asked_len > REPLAY_LEN_MAX);
}

static bool lost_steps(const struct write *live)
{
	return live->nr_steps != live->rec.steps_total;
}

static bool is_in_flight(const struct write *live)
{
	return live->rec.state & (WRITE_IN_FLIGHT | WRITE_REUSED);
}

/* Failed before ext4 decided anything that is replayed: a signal, a swap file, a file system that was shut down. */
static bool failed_elsewhere(const struct write *live)
{
	static const int ours[] = {EAGAIN, EINVAL, EFAULT, EIO, EPERM, EFBIG, ENOSPC, EOPNOTSUPP, EDQUOT};

	if (live_came_to_iomap(live) || !live_knows(live, FACT_RET) || live->rec.ret >= 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (live->rec.ret == -ours[i])
			return false;
	return true;
}

static bool buffers_much(const struct write *live)
{
	return !live_is(live, FACT_FALLBACK, FALLBACK_NONE) && live_knows(live, FACT_FALLBACK) &&
	       live->rec.len > FALLBACK_MAX;
}

/* Nobody comes to iomap without a check: a kernel that preempts did not enter the probe. */
static bool skipped_check(const struct write *live)
{
	return live_came_to_iomap(live) && live_is(live, FACT_CHECKS, 0);
}

static const struct {
	bool (*applies)(const struct write *live);
	const char *why;
} refusals[] = {
	{is_in_flight, "it was not over when the recording ended"},
	{lost_steps, "steps of it were lost"},
	{skipped_check, "a probe of its check was skipped"},
	{is_outside, "encryption, verity and inline data are outside the reference"},
	{is_atomic, "RWF_ATOMIC is outside the reference"},
	{has_no_size, "its block size, position or length is outside the reference"},
	{failed_elsewhere, "it failed outside of the path"},
	{buffers_much, "more than 16 MiB of it may have gone through the page cache"},
};

/* "its i_size is unknown": one text a fact, for good. */
static const char *unknown_text(size_t i)
{
	static char texts[ARRAY_SIZE(needed)][64];

	snprintf(texts[i], sizeof(texts[i]), "its %s is unknown", write_fields[needed[i]].label);
	return texts[i];
}

const char *replay_refuses(const struct write *live)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!live_knows(live, needed[i]))
			return unknown_text(i);
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (refusals[i].applies(live))
			return refusals[i].why;
	return NULL;
}
