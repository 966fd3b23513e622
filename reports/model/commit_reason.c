// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/commit_reason.h"

#include "reports/model/fields.h"
#include "reports/model/why.h"

static bool is(const struct write_record *rec, enum write_fact fact)
{
	return field_known(rec, fact) && field_value(rec, fact);
}

static bool is_not(const struct write_record *rec, enum write_fact fact)
{
	return field_how(rec, fact) == HOW_NOT_REACHED || (field_known(rec, fact) && !field_value(rec, fact));
}

static bool wrote_directly(const struct write_record *rec)
{
	return field_known(rec, FACT_DIO_RET) && rec->dio_ret > 0;
}

static bool allocated(const struct write *w)
{
	for (uint32_t i = 0; i < w->nr_steps; i++)
		if (w->steps[i].kind == STEP_ROUND && w->steps[i].map_flags & MAP_F_NEW)
			return true;
	return false;
}

/* What the look under the first lock found is what the page cache had to fill: the hole is known by it, or by why. */
static bool buffered_into_a_hole(const struct write_record *rec)
{
	bool looked = field_known(rec, FACT_LOOKUP) && (rec->lookup == LOOKUP_HOLE || rec->lookup == LOOKUP_DELALLOC);

	return looked || (field_known(rec, FACT_FALLBACK_REASON) && rec->fallback_reason == FALLBACK_INDIRECT_HOLE);
}

/* A damaged record may say anything: wrap, do not overflow. */
static int64_t buffered_bytes(const struct write_record *rec)
{
	int64_t direct = wrote_directly(rec) ? rec->dio_ret : 0;

	if (!is(rec, FACT_FALLBACK))
		return 0;
	if (field_known(rec, FACT_FALLBACK_RET))
		return rec->fallback_ret;
	return field_known(rec, FACT_RET) && rec->ret > 0 ? (int64_t)((uint64_t)rec->ret - (uint64_t)direct) : 0;
}

static bool extended_buffered(const struct write_record *rec, int64_t bytes)
{
	return field_known(rec, FACT_FALLBACK_POS) && field_known(rec, FACT_ISIZE) &&
	       (int64_t)((uint64_t)rec->fallback_pos + (uint64_t)bytes) > rec->isize;
}

/* Allocation is delayed until a sync writes back: then it is in the same commit. */
static unsigned int buffered_changes(const struct write_record *rec)
{
	int64_t bytes = buffered_bytes(rec);

	if (bytes <= 0)
		return 0;
	return (extended_buffered(rec, bytes) ? COMMIT_EXTENDS : 0) |
	       (buffered_into_a_hole(rec) ? COMMIT_ALLOCATES : 0);
}

static unsigned int direct_changes(const struct write *w)
{
	const struct write_record *rec = &w->rec;

	if (!wrote_directly(rec))
		return 0;
	return (is(rec, FACT_EXTEND) ? COMMIT_EXTENDS : 0) | (is(rec, FACT_CONVERT) ? COMMIT_CONVERTS : 0) |
	       (allocated(w) ? COMMIT_ALLOCATES : 0);
}

unsigned int write_commit_changes(const struct write *w)
{
	return direct_changes(w) | buffered_changes(&w->rec);
}

unsigned int write_commit_reasons(const struct write *w)
{
	unsigned int changes;

	if (!is(&w->rec, FACT_SYNC) || !is(&w->rec, FACT_COMMIT))
		return 0;
	changes = write_commit_changes(w);
	return changes ? changes : COMMIT_OTHER;
}

/* It wrote nothing directly, or all that it could have changed is known and it did not. */
static bool changed_nothing(const struct write *w)
{
	const struct write_record *rec = &w->rec;

	if (!is_not(rec, FACT_FALLBACK))
		return false;
	if (field_known(rec, FACT_RET) && rec->ret < 0)
		return true;
	return is_not(rec, FACT_EXTEND) && is_not(rec, FACT_CONVERT) && w->nr_steps == rec->steps_total;
}

/* What a sync of its own made durable is left to nobody. */
static bool was_synced(const struct write_record *rec)
{
	return is(rec, FACT_SYNC) && field_known(rec, FACT_RET) && rec->ret >= 0;
}

enum answer write_leaves_commit(const struct write *w)
{
	const struct write_record *rec = &w->rec;

	if (was_synced(rec) || (field_known(rec, FACT_JOURNAL) && !rec->journal) || changed_nothing(w))
		return ANSWER_NO;
	if (!is_not(rec, FACT_SYNC) || !field_known(rec, FACT_JOURNAL))
		return ANSWER_UNKNOWN;
	return write_commit_changes(w) ? ANSWER_YES : ANSWER_UNKNOWN;
}

const char *commit_reason_name(unsigned int bit)
{
	return bit < NR_COMMIT_REASONS ? why_rows[WHY_COMMIT_EXTENDS + bit].name : "?";
}
