// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two runs of the same kernel do not agree on everything: a journal commit in the background changes the DIRTY flag of
 * a mapping, a hole is allocated in one chunk or in two, an asynchronous write may be over before its submitter looks.
 * envelopes[] says for each such fact which differences are allowed, by which cause, and in which direction: where one
 * side is the reference, in which nothing happens in the background, only the other may be ahead.
 */
#include "reports/model/diff_allowed.h"

bool diff_is_verified(const struct pair *p)
{
	return p->diff->against_reference && p->a->op && p->b->op;
}

static bool either_is(const struct pair *p, enum write_fact fact, int64_t value)
{
	return (field_known(&p->a->rec, fact) && field_value(&p->a->rec, fact) == value) ||
	       (field_known(&p->b->rec, fact) && field_value(&p->b->rec, fact) == value);
}

static bool may_complete_anywhere(const struct pair *p)
{
	return (either_is(p, FACT_SUBMIT, SUBMIT_LIBAIO) || either_is(p, FACT_SUBMIT, SUBMIT_IO_URING)) &&
	       !either_is(p, FACT_FORCE_WAIT, 1);
}

/* The reference's submitter goes on before the device is done; a kernel's may find that it is. */
static enum verdict judge_queued(const struct pair *p)
{
	if (!may_complete_anywhere(p) || (diff_is_verified(p) && p->a->rec.queued))
		return VERDICT_DIFFERENT;
	return VERDICT_ALLOWED;
}

/* b follows rules: it is the reference's, or a replay. */
static bool follows_rules(const struct pair *p)
{
	return p->only || diff_is_verified(p);
}

static bool began_at(const struct write *w, int64_t pos)
{
	const struct write_record *r = &w->rec;

	return (field_known(r, FACT_ISIZE) && pos == r->isize) ||
	       (field_known(r, FACT_ASKED_POS) && pos == r->asked_pos);
}

/*
 * An append that did not come to iomap: the page cache, or a check that refused it, applied O_APPEND, and who is seen
 * only then is seen at the end of the file.
 */
static enum verdict judge_pos(const struct pair *p)
{
	bool append = p->a->rec.flags & p->b->rec.flags & WRITE_APPEND;
	bool direct = p->a->rec.stage_ns[STAGE_IOMAP] || p->b->rec.stage_ns[STAGE_IOMAP];
	const struct write *asked = field_known(&p->b->rec, FACT_ASKED_POS) ? p->b : p->a;

	return append && !direct && began_at(asked, p->a->rec.pos) && began_at(asked, p->b->rec.pos)
		       ? VERDICT_ALLOWED
		       : VERDICT_DIFFERENT;
}

/* BIO_MAX_VECS: as many pages fit into one bio however they lie in memory, but for one that the buffer may begin in. */
#define BIO_ALWAYS (255 << 12)

static bool has_large_round(const struct write *w)
{
	for (uint32_t i = 0; i < w->nr_steps; i++)
		if (w->steps[i].kind == STEP_ROUND && w->steps[i].len > BIO_ALWAYS)
			return true;
	return false;
}

static enum verdict judge_bios(const struct pair *p)
{
	if (either_is(p, FACT_BIOS, 0))
		return VERDICT_DIFFERENT;
	return diff_is_verified(p) && !has_large_round(p->a) ? VERDICT_DIFFERENT : VERDICT_ALLOWED;
}

static bool disksize_behind(const struct write *w)
{
	return field_known(&w->rec, FACT_ISIZE) && w->rec.disksize <= w->rec.isize;
}

/* A flusher that was early has moved it; the reference has none. */
static enum verdict judge_disksize(const struct pair *p)
{
	if (!disksize_behind(p->a) || !disksize_behind(p->b) || p->a->rec.isize != p->b->rec.isize)
		return VERDICT_DIFFERENT;
	return diff_is_verified(p) && p->a->rec.disksize < p->b->rec.disksize ? VERDICT_DIFFERENT : VERDICT_ALLOWED;
}

/*
 * A write that does not extend leaves i_size to those beside it. The operations of a workload are issued one by one:
 * there is nothing beside them.
 */
static enum verdict judge_isize_after(const struct pair *p)
{
	if (p->a->op || p->b->op || either_is(p, FACT_EXTEND, 1))
		return VERDICT_DIFFERENT;
	return VERDICT_ALLOWED;
}

/*
 * What was unwritten when the ops were chosen was written when it was mapped: writeback that nobody waited for, of a
 * close (EXT4_STATE_DA_ALLOC_CLOSE) or the flusher's, was about to convert it. In the reference it has.
 */
static enum verdict judge_ops(const struct pair *p)
{
	bool late = field_known(&p->a->rec, FACT_LOOKUP) && p->a->rec.lookup == LOOKUP_UNWRITTEN;
	bool same = p->rounds == SAME || p->rounds == SAME_BUT_DIRTY;

	return late && same && p->a->rec.ops == OPS_IOMAP && p->b->rec.ops == OPS_OVERWRITE ? VERDICT_ALLOWED
											    : VERDICT_DIFFERENT;
}

static enum verdict judge_rounds(const struct pair *p)
{
	switch (p->rounds) {
	case SAME:
	case SAME_BUT_DIRTY:
		return diff_is_verified(p) ? VERDICT_DIFFERENT : VERDICT_ALLOWED;
	case NOT_SAME:
		return VERDICT_DIFFERENT;
	case CANNOT_TELL:
		return VERDICT_UNOBSERVABLE;
	}
	return VERDICT_DIFFERENT;
}

static enum verdict judge_journal_starts(const struct pair *p)
{
	if (p->rounds == CANNOT_TELL)
		return VERDICT_UNOBSERVABLE;
	if (p->rounds == NOT_SAME || diff_is_verified(p))
		return VERDICT_DIFFERENT;
	return p->a->rec.rounds != p->b->rec.rounds ? VERDICT_ALLOWED : VERDICT_DIFFERENT;
}

/* Both sides counted them: what is missing then was lost, not invisible. */
bool diff_both_know(const struct pair *p, enum write_fact fact)
{
	return field_known(&p->a->rec, fact) && field_known(&p->b->rec, fact);
}

static bool has_fua(const struct write *w)
{
	return field_known(&w->rec, FACT_FUA) && w->rec.fua != FUA_NONE;
}

/* Where the mapping was clean, FUA did what a sync did on the other side. */
static enum verdict judge_durability(const struct pair *p)
{
	bool shape = has_fua(p->a) || (has_fua(p->b) && !diff_is_verified(p));

	return p->rounds == SAME_BUT_DIRTY && shape ? VERDICT_ALLOWED : VERDICT_DIFFERENT;
}

static bool completed_in(const struct write *w, enum complete_context context)
{
	return w->rec.context == context;
}

/* FUA did what the other side has a sync for, which an interrupt cannot do. */
static bool sync_was_spared(const struct pair *p)
{
	return completed_in(p->a, COMPLETE_INTERRUPT) && completed_in(p->b, COMPLETE_WORKQUEUE) &&
	       judge_durability(p) == VERDICT_ALLOWED;
}

/*
 * Who was last to hold it: the submitter or the device. What the device does with it is the kernel's rule, but for one
 * thing that no record tells: where pages of the file are cached anywhere, the interrupt leaves it to the workqueue.
 */
static enum verdict judge_context(const struct pair *p)
{
	bool less = completed_in(p->a, COMPLETE_SUBMITTER) ||
		    (completed_in(p->a, COMPLETE_WORKQUEUE) && completed_in(p->b, COMPLETE_INTERRUPT));
	bool more = completed_in(p->b, COMPLETE_SUBMITTER) ||
		    (completed_in(p->b, COMPLETE_WORKQUEUE) && completed_in(p->a, COMPLETE_INTERRUPT));

	if (!may_complete_anywhere(p) || either_is(p, FACT_CONTEXT, COMPLETE_NONE))
		return VERDICT_DIFFERENT;
	return less || (more && !follows_rules(p)) || sync_was_spared(p) ? VERDICT_ALLOWED : VERDICT_DIFFERENT;
}

/* As far as it is known. */
static bool may_be(const struct write *w, enum write_fact fact, bool value)
{
	return !field_known(&w->rec, fact) || (field_value(&w->rec, fact) != 0) == value;
}

/* Its transaction had been committed, so that it flushed, where that of @other had not. */
static bool was_committed(const struct write *w, const struct write *other)
{
	return may_be(w, FACT_FLUSH, true) && may_be(w, FACT_COMMIT, false) && may_be(other, FACT_FLUSH, false) &&
	       may_be(other, FACT_COMMIT, true);
}

/* Without a journal there is nothing to flush where nothing was dirty. */
static bool was_clean(const struct write *w, const struct write *other)
{
	return field_known(&w->rec, FACT_JOURNAL) && !w->rec.journal && may_be(w, FACT_FLUSH, false) &&
	       may_be(other, FACT_FLUSH, true);
}

/* fsync also writes the timestamps: whether one was due, a matter of the clock's tick, decides if there is a commit. */
static bool may_lack_a_timestamp(const struct pair *p)
{
	return diff_both_know(p, FACT_SYNC) && p->a->rec.sync == SYNC_FSYNC && p->b->rec.sync == SYNC_FSYNC;
}

/* The reference takes a timestamp to be due, and no commit to come in between: the kernel may have less to do. */
static enum verdict judge_how_synced(const struct pair *p)
{
	bool less = was_committed(p->a, p->b) || was_clean(p->a, p->b);
	bool more = was_committed(p->b, p->a) || was_clean(p->b, p->a);

	if (!may_lack_a_timestamp(p) && p->rounds != SAME_BUT_DIRTY)
		return VERDICT_DIFFERENT;
	return less || (more && !diff_is_verified(p)) ? VERDICT_ALLOWED : VERDICT_DIFFERENT;
}

#define POS_RULE                                                                                                       \
	"equal, unless an append did not come to iomap: then where it was asked for, or the end of the file, by who "  \
	"was seen first"
#define DURABILITY_RULE                                                                                                \
	"equal, unless the mappings differ in their DIRTY flag: a background commit clears it, and only a clean "      \
	"mapping can be written with FUA instead of a sync"
#define HOW_SYNCED_RULE                                                                                                \
	"equal, unless the mappings differ in their DIRTY flag (a background commit clears it), or O_SYNC met a "      \
	"timestamp that was due on one side only"

/* Called for values that differ. Every COMPARE_ENVELOPE fact has a row; an exact one may have an exception here. */
static const struct envelope {
	enum verdict (*judge)(const struct pair *p);
	const char *rule;
} envelopes[NR_FACTS] = {
	[FACT_POS] = {judge_pos, POS_RULE},
	[FACT_FALLBACK_POS] = {judge_pos, POS_RULE},
	[FACT_DISKSIZE] = {judge_disksize, "not beyond i_size, and i_size equal: when delayed allocations are written "
					   "back is up to the flusher"},
	[FACT_ISIZE_AFTER] = {judge_isize_after, "equal, unless neither write extends the file: others beside them "
						 "may"},
	[FACT_OPS] = {judge_ops, "equal, unless the range was unwritten when it was looked at, and written back by "
				 "others when it was mapped"},
	[FACT_ROUNDS] = {judge_rounds, "the reference's; of two recordings any number that covers the same ranges with "
				       "the same types: a hole may be allocated in several chunks"},
	[FACT_JOURNAL_STARTS] = {judge_journal_starts, "one for each chunk: equal, unless two recordings allocated in "
						       "another number of chunks"},
	[FACT_BIOS] = {judge_bios, "the reference's where each fits into one; else some on both sides or none: how "
				   "many depends on the pages of the buffer"},
	[FACT_QUEUED] = {judge_queued, "equal, unless the write is asynchronous and not forced to wait: it may be over "
				       "before its submitter looks"},
	[FACT_CONTEXT] = {judge_context,
			  "equal, unless the write is asynchronous and not forced to wait: then the last "
			  "to hold it completes it, and who has a sync to do leaves that to the workqueue"},
	[FACT_FUA] = {judge_durability, DURABILITY_RULE},
	[FACT_SYNC] = {judge_durability, DURABILITY_RULE},
	[FACT_FLUSH] = {judge_how_synced, HOW_SYNCED_RULE},
	[FACT_COMMIT] = {judge_how_synced, HOW_SYNCED_RULE},
};

enum verdict diff_allows(const struct pair *p, enum write_fact fact, const char **rule)
{
	const struct envelope *e = &envelopes[fact];

	if (!e->judge)
		return VERDICT_DIFFERENT;
	*rule = e->rule;
	return e->judge(p);
}

/* How it was synced is reached by the side that was. */
enum verdict diff_allows_unreached(const struct pair *p, enum write_fact fact, const char **rule)
{
	bool of_sync = fact == FACT_FLUSH || fact == FACT_COMMIT;

	if (!of_sync || !diff_both_know(p, FACT_SYNC) || p->a->rec.sync == p->b->rec.sync ||
	    judge_durability(p) != VERDICT_ALLOWED)
		return VERDICT_DIFFERENT;
	*rule = DURABILITY_RULE;
	return VERDICT_ALLOWED;
}

void diff_allow(struct diff *diff, struct finding *f, const char *rule)
{
	diff->by_verdict[f->verdict]--;
	f->verdict = VERDICT_ALLOWED;
	f->rule = rule;
	diff->by_verdict[f->verdict]++;
}
