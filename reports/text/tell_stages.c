// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel did with a write, stage by stage. */
#include <errno.h>
#include <inttypes.h>

#include "reports/model/commit_reason.h"
#include "reports/model/coverage.h"
#include "reports/model/fields.h"
#include "reports/model/summary.h"
#include "reports/text/render.h"
#include "reports/text/tell_parts.h"

/* --- enter --- */

static void tell_unaligned(struct paragraph *p)
{
	if (tells(p, FACT_UNALIGNED))
		tell_facts(p, FACTS(FACT_UNALIGNED),
			   "position, length or a buffer is not a multiple of the file system's block");
	else
		tell_facts(p, FACTS(FACT_UNALIGNED), "it is aligned to the file system's block");
}

static void tell_workers(struct paragraph *p)
{
	if (tells(p, FACT_WORKER))
		tell_facts(p, FACTS(FACT_WORKER), "it was done in a worker of io_uring");
	if (field_known(&p->w->rec, FACT_ATTEMPTS) && p->w->rec.attempts > 1)
		tell_facts(p, FACTS(FACT_ATTEMPTS), "it was tried %u times", p->w->rec.attempts);
}

static void tell_enter(struct paragraph *p)
{
	const struct write_record *rec = &p->w->rec;
	char text[128];

	if (tells(p, FACT_FLAGS))
		tell_facts(p, FACTS(FACT_FLAGS), "it was asked for with %s",
			   field_format(rec, FACT_FLAGS, text, sizeof(text)));
	if (field_known(rec, FACT_SEGMENTS) && rec->segments > 1)
		tell_facts(p, FACTS(FACT_SEGMENTS), "it had %u buffers", rec->segments);
	tell_facts(p, FACTS(FACT_ISIZE, FACT_BLKBITS),
		   "the file had %" PRId64 " bytes, on a file system with blocks of %" PRIu64, (int64_t)rec->isize,
		   (uint64_t)1 << (rec->blkbits & 63));
	if (denies(p, FACT_EXTENTS))
		tell_facts(p, FACTS(FACT_EXTENTS), "it maps its blocks by indirect blocks, not by extents");
	tell_unaligned(p);
	if (tells(p, FACT_EXTEND))
		tell_facts(p, FACTS(FACT_EXTEND), "it ends beyond the end of the file");
	tell_workers(p);
	paragraph_end(p, "enter");
}

/* --- lock --- */

static void tell_mode(struct paragraph *p)
{
	switch ((enum lock_mode)p->w->rec.lock) {
	case LOCK_EXCLUSIVE:
		if (!tells(p, FACT_UPGRADE))
			tell_facts(p, FACTS(FACT_LOCK),
				   "it held i_rwsem exclusively, which keeps every other writer out");
		else
			tell_facts(
				p, FACTS(FACT_LOCK, FACT_UPGRADE),
				"it took i_rwsem shared, gave it up and took it exclusively, which keeps every other "
				"writer out");
		return;
	case LOCK_SHARED:
		tell_facts(p, FACTS(FACT_LOCK), "it held i_rwsem shared: other direct writes may go on beside it");
		return;
	case LOCK_NONE:
		tell_facts(p, FACTS(FACT_LOCK), "it did not get i_rwsem, and did not wait for it");
		return;
	}
}

static void tell_lock(struct paragraph *p)
{
	const struct write_record *rec = &p->w->rec;
	char time[32];

	tell_mode(p);
	if (tells(p, FACT_LOCK_WAIT))
		tell_facts(p, FACTS(FACT_LOCK_WAIT), "it waited %s for the lock",
			   format_time(rec->lock_wait_ns, time, sizeof(time)));
	else
		tell_facts(p, FACTS(FACT_LOCK_WAIT), "it did not wait for the lock");
	if (tells(p, FACT_DIO_WAIT))
		tell_facts(p, FACTS(FACT_DIO_WAIT),
			   "all other direct I/O of the file had to finish first, for inode_dio_wait()");
	if (tells(p, FACT_FORCE_WAIT))
		tell_facts(p, FACTS(FACT_FORCE_WAIT),
			   "it was made to wait for its data whatever the caller asked for, by IOMAP_DIO_FORCE_WAIT");
	paragraph_end(p, "lock");
}

/* --- map and submit --- */

static int tell_rounds(struct paragraph *p)
{
	_cleanup_(spans_release) struct spans spans = {0};
	_cleanup_free_ char *text = NULL;

	if (!tells(p, FACT_ROUNDS))
		return 0;
	if (coverage_rounds(&spans, p->w, MAP_F_NEW | MAP_F_DIRTY) || !(text = spans_format(&spans, SPAN_ROUND)))
		return -ENOMEM;
	tell_facts(p, FACTS(FACT_ROUNDS), "it was mapped in %s: %s%s", counted(p->w->rec.rounds, "round").text, text,
		   coverage_complete(p->w) ? "" : ", and what was lost of it");
	return 0;
}

static int tell_map(struct paragraph *p)
{
	char text[64];

	if (tells(p, FACT_INVALIDATE))
		tell_facts(p, FACTS(FACT_INVALIDATE), "cached pages of the range could not be dropped: %s",
			   field_format(&p->w->rec, FACT_INVALIDATE, text, sizeof(text)));
	if (tell_rounds(p))
		return -ENOMEM;
	if (field_known(&p->w->rec, FACT_OPS) && p->w->rec.ops == OPS_OVERWRITE)
		tell_facts(p, FACTS(FACT_OPS), "it was mapped by ext4_iomap_overwrite_ops, which never allocate");
	if (tells(p, FACT_JOURNAL_STARTS))
		tell_facts(p, FACTS(FACT_JOURNAL_STARTS), "the journal was started %s to map blocks",
			   p->w->rec.journal_starts == 1 ? "once" : counted(p->w->rec.journal_starts, "time").text);
	paragraph_end(p, "map");
	return 0;
}

/* Only of what there was: of the other side it may be unknown. */
static void tell_zeroes(struct paragraph *p)
{
	const struct write_record *rec = &p->w->rec;
	bool head = tells(p, FACT_ZERO_HEAD), tail = tells(p, FACT_ZERO_TAIL);

	if (head && tail)
		tell_facts(p, FACTS(FACT_ZERO_HEAD, FACT_ZERO_TAIL),
			   "beside it %" PRIu64 " bytes before and %" PRIu64 " bytes after the data were zeroed",
			   (uint64_t)rec->zero_head, (uint64_t)rec->zero_tail);
	else if (head)
		tell_facts(p, FACTS(FACT_ZERO_HEAD), "beside it %" PRIu64 " bytes before the data were zeroed",
			   (uint64_t)rec->zero_head);
	else if (tail)
		tell_facts(p, FACTS(FACT_ZERO_TAIL), "beside it %" PRIu64 " bytes after the data were zeroed",
			   (uint64_t)rec->zero_tail);
}

static void tell_submit(struct paragraph *p)
{
	const struct write_record *rec = &p->w->rec;
	const char *const fua[] = {[FUA_NONE] = "without FUA", [FUA_ALL] = "with FUA", [FUA_SOME] = "in part with FUA"};

	if (tells(p, FACT_BIOS))
		tell_facts(p, FACTS(FACT_BIOS, FACT_DATA_BYTES), "%s went to the device, %" PRIu64 " bytes of data",
			   counted(rec->bios, "bio").text, (uint64_t)rec->data_bytes);
	if (tells(p, FACT_BIOS) && rec->fua < ARRAY_SIZE(fua))
		tell_facts(p, FACTS(FACT_FUA), "the data went %s", fua[rec->fua]);
	tell_zeroes(p);
	paragraph_end(p, "submit");
}

/* --- complete and sync --- */

static void tell_context(struct paragraph *p)
{
	static const char *const where[] = {
		[COMPLETE_SUBMITTER] = "the task that submitted it completed it",
		[COMPLETE_WORKQUEUE] = "a workqueue completed it",
		[COMPLETE_INTERRUPT] = "the interrupt of its last bio completed it",
	};
	unsigned int context = p->w->rec.context;

	if (context < ARRAY_SIZE(where) && where[context])
		tell_facts(p, FACTS(FACT_CONTEXT), "%s", where[context]);
}

static void tell_complete(struct paragraph *p)
{
	const struct write_record *rec = &p->w->rec;

	tell_context(p);
	if (tells(p, FACT_CONVERT))
		tell_facts(p, FACTS(FACT_CONVERT), "unwritten extents were converted to written ones");
	if (field_known(rec, FACT_ISIZE) && field_known(rec, FACT_ISIZE_AFTER) && rec->isize != rec->isize_after)
		tell_facts(p, FACTS(FACT_ISIZE, FACT_ISIZE_AFTER), "the file has %" PRId64 " bytes now",
			   (int64_t)rec->isize_after);
	if (tells(p, FACT_ORPHAN))
		tell_facts(p, FACTS(FACT_ORPHAN), "its inode was on the orphan list meanwhile");
	if (tells(p, FACT_TRUNCATE))
		tell_facts(p, FACTS(FACT_TRUNCATE), "blocks beyond the size were cut again");
	paragraph_end(p, "complete");
}

static void tell_durability(struct paragraph *p, enum durability row)
{
	static const char *const texts[NR_DURABLE] = {
		[DURABLE_FUA] = "its data was durable by FUA, no sync was needed",
		[DURABLE_FLUSH] = "it was synced: there was nothing to commit, and the device's cache was flushed",
		[DURABLE_COMMIT] = "it was synced by a commit of the journal",
		[DURABLE_BOTH] = "it was synced by a commit of the journal and a flush of the device's cache",
		[DURABLE_SYNC] = "it was synced, without a flush or a commit that is known of",
		[DURABLE_NONE] = "neither FUA nor a sync made it durable",
		[DURABLE_FAILED] = "it failed: there was nothing to make durable",
		[DURABLE_UNKNOWN] = "what made it durable is not known",
	};

	if (row < NR_DURABLE)
		tell(p, "it asked for durability; %s", texts[row]);
}

static void tell_sync(struct paragraph *p)
{
	enum durability row;

	if (write_durability(&p->w->rec, &row))
		tell_durability(p, row);
	else if (field_known(&p->w->rec, FACT_FLAGS))
		tell(p, "it did not ask for durability");
	if (write_leaves_commit(p->w) == ANSWER_YES)
		tell(p, "the next fdatasync of the file has to commit for it (inferred)");
	paragraph_end(p, "sync");
}

static void tell_buffered(struct paragraph *p)
{
	const struct write_record *rec = &p->w->rec;
	char text[32];

	if (!tells(p, FACT_FALLBACK))
		return;
	tell_facts(p, FACTS(FACT_FALLBACK), "%s went through the page cache after all",
		   rec->fallback == FALLBACK_WHOLE ? "the whole write" : "the rest of the write");
	tell_facts(p, FACTS(FACT_FALLBACK_POS, FACT_FALLBACK_LEN, FACT_FALLBACK_RET),
		   "%" PRId64 " bytes from %" PRId64 " on were asked of it, and it gave %s", (int64_t)rec->fallback_len,
		   (int64_t)rec->fallback_pos, field_format(rec, FACT_FALLBACK_RET, text, sizeof(text)));
	paragraph_end(p, "buffered");
}

int tell_stages(FILE *out, const struct look *look)
{
	struct paragraph p = {.out = out, .w = look->write};

	tell_enter(&p);
	tell_lock(&p);
	if (tell_map(&p))
		return -ENOMEM;
	tell_submit(&p);
	tell_complete(&p);
	tell_buffered(&p);
	tell_sync(&p);
	return 0;
}
