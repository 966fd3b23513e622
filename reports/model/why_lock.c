// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why i_rwsem was held exclusively. ext4_dio_write_iter() takes it so at once when the position asked plus the length
 * lies beyond i_size (and, until 6.4, when the write is unaligned); ext4_dio_write_checks() gives a shared one up for
 * what FACT_UPGRADE_REASON says. That mask says "not an overwrite" of all that is not one extent: what it was instead
 * is told by the look at the mapping under the shared lock and by the rounds of the mapping itself.
 *
 * A write that would not wait ends there and then: what it would have needed the lock for follows from what was seen.
 */
#include <errno.h>

#include "reports/model/mapping.h"
#include "reports/model/why_rules.h"

static bool is_exclusive(const struct write *w)
{
	return fact_is(w, FACT_LOCK, LOCK_EXCLUSIVE);
}

static bool was_upgraded(const struct write *w)
{
	return is_exclusive(w) && fact_is_set(w, FACT_UPGRADE);
}

/* Refused before iomap because it asked not to wait: a lock that would do would have let it pass. */
static bool was_refused(const struct write *w)
{
	return failed_with(w, EAGAIN) && asked_for(w, WRITE_NOWAIT) && !w->rec.stage_ns[STAGE_IOMAP];
}

static bool upgrade_says(const struct write *w, unsigned int bit)
{
	return (was_upgraded(w) || was_refused(w)) && field_known(&w->rec, FACT_UPGRADE_REASON) &&
	       w->rec.upgrade_reason & bit;
}

/* --- the end of the file --- */

static bool known_end(const struct write *w, int64_t *end)
{
	const struct write_record *r = &w->rec;

	if (!field_known(r, FACT_POS) || !field_known(r, FACT_LEN))
		return false;
	*end = (int64_t)((uint64_t)r->pos + r->len);
	return true;
}

static bool ends_beyond(const struct write *w, enum write_fact size)
{
	int64_t end;

	return known_end(w, &end) && field_known(&w->rec, size) && end > field_value(&w->rec, size);
}

static bool may_extend(const struct write *w)
{
	if (was_refused(w))
		return ends_beyond(w, FACT_ISIZE) || ends_beyond(w, FACT_DISKSIZE);
	return is_exclusive(w) && (fact_is_set(w, FACT_EXTEND) || upgrade_says(w, UPGRADE_EXTEND));
}

static bool is_inside_size(const struct write *w)
{
	return field_known(&w->rec, FACT_ISIZE) && !ends_beyond(w, FACT_ISIZE) && ends_beyond(w, FACT_DISKSIZE);
}

bool why_extends(const struct write *w)
{
	return may_extend(w) && !is_inside_size(w);
}

bool why_extends_disk(const struct write *w)
{
	return may_extend(w) && is_inside_size(w);
}

/*
 * As the kernel asks before it has the lock, and O_APPEND is applied. With tracepoints alone that is not seen, but
 * those kernels, from 6.5 on, take the exclusive lock at once for nothing else.
 */
static bool may_have_asked_beyond(const struct write *w)
{
	const struct write_record *r = &w->rec;

	if (!field_known(r, FACT_ASKED_POS) || !field_known(r, FACT_ASKED_LEN))
		return true;
	return field_known(r, FACT_ISIZE) && (int64_t)((uint64_t)r->asked_pos + r->asked_len) > r->isize;
}

/* As the kernel asks: position, length, addresses and segments against the block. False, too, when it is not known. */
static bool is_unaligned(const struct write *w)
{
	const struct write_record *r = &w->rec;
	uint32_t block = 1u << (r->blkbits & 31);

	if (field_known(r, FACT_UNALIGNED))
		return r->unaligned;
	return field_known(r, FACT_BLKBITS) && field_known(r, FACT_SEG_ALIGN) && field_known(r, FACT_ADDR_ALIGN) &&
	       (((uint32_t)r->pos | (uint32_t)r->len | r->addr_align | r->seg_align) & (block - 1));
}

static bool is_from_the_start(const struct write *w)
{
	return is_exclusive(w) && fact_is(w, FACT_UPGRADE, 0) && !may_extend(w);
}

bool why_was_beyond(const struct write *w)
{
	return is_from_the_start(w) && may_have_asked_beyond(w);
}

bool why_unaligned(const struct write *w)
{
	bool began_exclusive = was_refused(w) && fact_is(w, FACT_LOCK_FIRST, LOCK_EXCLUSIVE) && !may_extend(w);

	return (is_from_the_start(w) || began_exclusive) && !may_have_asked_beyond(w) && is_unaligned(w);
}

/* Whether it began shared was not seen, or only follows from what was not seen, and what it met does not tell. */
bool why_beyond_or_content(const struct write *w)
{
	bool guessed = is_from_the_start(w) && field_how(&w->rec, FACT_UPGRADE) == HOW_INFERRED && !why_was_beyond(w) &&
		       !why_unaligned(w);

	return guessed || (is_exclusive(w) && !field_known(&w->rec, FACT_UPGRADE) && !may_extend(w));
}

/* --- not an overwrite --- */

/* Of the kinds of rounds that there were, which of them is in the way of one extent. */
static enum why why_of_rounds(const struct write *w)
{
	unsigned int mask = write_mapping_mask(w), written = mask & 1u << MAPPING_OVERWRITE;

	if (!mask)
		return WHY_NOT_OVERWRITE;
	if (written)
		return mask == written ? (w->rec.rounds > 1 ? WHY_EXTENTS : WHY_NOT_OVERWRITE) : WHY_BORDER;
	if (mask == 1u << MAPPING_UNWRITTEN)
		return w->rec.rounds > 1 ? WHY_EXTENTS : WHY_UNWRITTEN;
	return mask == 1u << MAPPING_HOLE ? WHY_HOLE : WHY_NOT_WRITTEN;
}

/* A part was in one extent; the rounds tell what came after it. */
static enum why why_of_part(const struct write *w)
{
	unsigned int mask = write_mapping_mask(w), written = mask & 1u << MAPPING_OVERWRITE;

	if (!mask)
		return WHY_NOT_ONE_EXTENT;
	if (mask == written || (!written && w->rec.lookup == LOOKUP_PART_UNWRITTEN && !(mask & 1u << MAPPING_HOLE)))
		return WHY_EXTENTS;
	return WHY_BORDER;
}

static enum why why_of_lookup(const struct write *w)
{
	switch ((enum lookup_kind)w->rec.lookup) {
	case LOOKUP_HOLE:
		return WHY_HOLE;
	case LOOKUP_DELALLOC:
		return WHY_DELALLOC;
	case LOOKUP_UNWRITTEN:
		return WHY_UNWRITTEN;
	case LOOKUP_PART_WRITTEN:
	case LOOKUP_PART_UNWRITTEN:
		return why_of_part(w);
	case LOOKUP_NONE:
	case LOOKUP_WRITTEN:
		break;
	}
	return why_of_rounds(w);
}

/* Refused, and the look tells that it is no overwrite: until 7.2, where an aligned one may be unwritten from 6.3 on. */
static bool was_refused_for_content(const struct write *w)
{
	return was_refused(w) && field_known(&w->rec, FACT_LOOKUP) && w->rec.lookup > LOOKUP_WRITTEN &&
	       !why_unaligned_unwritten(w);
}

/* Which of the rows below; NR_WHYS: it was one. Beyond the end there is nothing to overwrite: that it extends is why.
 */
static enum why content_of(const struct write *w)
{
	if (!upgrade_says(w, UPGRADE_NOT_OVERWRITE) && !was_refused_for_content(w))
		return NR_WHYS;
	if (why_extends(w) && ends_beyond(w, FACT_ISIZE))
		return NR_WHYS;
	return field_known(&w->rec, FACT_LOOKUP) ? why_of_lookup(w) : why_of_rounds(w);
}

bool why_hole(const struct write *w)
{
	return content_of(w) == WHY_HOLE;
}

bool why_delalloc(const struct write *w)
{
	return content_of(w) == WHY_DELALLOC;
}

bool why_border(const struct write *w)
{
	return content_of(w) == WHY_BORDER;
}

bool why_extents(const struct write *w)
{
	return content_of(w) == WHY_EXTENTS;
}

bool why_unwritten(const struct write *w)
{
	return content_of(w) == WHY_UNWRITTEN;
}

bool why_not_written(const struct write *w)
{
	return content_of(w) == WHY_NOT_WRITTEN;
}

bool why_not_one_extent(const struct write *w)
{
	return content_of(w) == WHY_NOT_ONE_EXTENT;
}

bool why_not_overwrite(const struct write *w)
{
	return content_of(w) == WHY_NOT_OVERWRITE;
}

/* --- the rest --- */

bool why_unaligned_unwritten(const struct write *w)
{
	return upgrade_says(w, UPGRADE_UNALIGNED_UNWRITTEN) ||
	       (was_refused(w) && fact_is(w, FACT_LOOKUP, LOOKUP_UNWRITTEN) && is_unaligned(w));
}

bool why_zeroing(const struct write *w)
{
	return upgrade_says(w, UPGRADE_NEEDS_ZEROING);
}

bool why_not_nosec(const struct write *w)
{
	return upgrade_says(w, UPGRADE_NOT_NOSEC) || (was_refused(w) && fact_is(w, FACT_NOSEC, 0));
}

static bool any_holds(const struct write *w)
{
	for (int why = 0; why < WHY_LOCK_UNKNOWN; why++)
		if (why_rows[why].holds(w))
			return true;
	return false;
}

bool why_lock_unknown(const struct write *w)
{
	return is_exclusive(w) && !was_refused(w) && !any_holds(w);
}

bool why_would_be_exclusive(const struct write *w)
{
	return was_refused(w) && any_holds(w);
}
