/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/env/env_trace.h"

#include <errno.h>
#include <string.h>

#include "reports/model/fields.h"

/* env is the first member. */
static struct trace_env *trace_of(struct ref_env *env)
{
	return (struct trace_env *)env;
}

static bool known(const struct trace_env *e, enum write_fact fact)
{
	return field_known(&e->live->rec, fact);
}

/* --- what the rounds say --- */

enum ref_state trace_round_state(const struct write_step *round, bool new_was_unwritten)
{
	switch (round->role) {
	case MAP_MAPPED:
		return round->map_flags & MAP_F_NEW ? REF_HOLE : REF_WRITTEN;
	case MAP_UNWRITTEN:
		return round->map_flags & MAP_F_NEW && !new_was_unwritten ? REF_HOLE : REF_UNWRITTEN;
	}
	return REF_HOLE;
}

static int64_t end_of(const struct write_step *s)
{
	return (int64_t)((uint64_t)s->pos + s->len);
}

static bool holds(const struct write_step *s, int64_t pos)
{
	return s->kind == STEP_ROUND && pos >= s->pos && pos < end_of(s);
}

/*
 * The round that mapped the byte at @pos. Where one began again behind a fault there are two: the one that is as many
 * rounds in as the replay is, or the last. They come in order.
 */
static const struct write_step *round_at(struct trace_env *e, int64_t pos)
{
	const struct write *live = e->live;
	const struct write_step *found = NULL;
	uint32_t nr = 0, done = e->replay ? e->replay->rec.rounds : 0;

	for (uint32_t i = 0; i < live->nr_steps; i++) {
		const struct write_step *s = &live->steps[i];

		nr += s->kind == STEP_ROUND;
		if (s->kind != STEP_ROUND || i < e->at || !holds(s, pos))
			continue;
		found = s;
		e->at = i;
		if (nr > done)
			break;
	}
	return found;
}

/* The first of them: what was there before. */
static const struct write_step *first_round_at(const struct write *live, int64_t pos)
{
	for (uint32_t i = 0; i < live->nr_steps; i++)
		if (holds(&live->steps[i], pos))
			return &live->steps[i];
	return NULL;
}

bool trace_has_round(const struct write *live, int64_t pos)
{
	return first_round_at(live, pos) != NULL;
}

static bool follows(const struct write_step *a, const struct write_step *b, enum ref_state state)
{
	return b->pos == end_of(a) && (state == REF_HOLE || b->addr == a->addr + a->len);
}

bool trace_first_run(const struct write *live, bool new_was_unwritten, struct trace_look *look)
{
	int64_t end = (int64_t)((uint64_t)live->rec.pos + live->rec.len);
	const struct write_step *last = NULL;

	for (uint32_t i = 0; i < live->nr_steps; i++) {
		const struct write_step *s = &live->steps[i];
		enum ref_state state = trace_round_state(s, new_was_unwritten);

		if (s->kind != STEP_ROUND)
			continue;
		if (last && (state != look->state || !follows(last, s, state)))
			break;
		look->state = state;
		last = s;
	}
	if (last)
		look->whole = end_of(last) >= end;
	return last != NULL;
}

/* --- the write, where it is --- */

enum phase {
	PHASE_CHECK,
	PHASE_INVALIDATE,
	PHASE_MAP,
	PHASE_BUFFERED,
};

static enum phase phase_of(const struct trace_env *e)
{
	const __u64 *stage_ns = e->replay ? e->replay->rec.stage_ns : NULL;

	if (!stage_ns)
		return PHASE_CHECK;
	if (stage_ns[STAGE_BUFFERED])
		return PHASE_BUFFERED;
	if (stage_ns[STAGE_MAP])
		return PHASE_MAP;
	return stage_ns[STAGE_IOMAP] ? PHASE_INVALIDATE : PHASE_CHECK;
}

/* The first block is as the look found it; of others only rounds tell. */
static void look(struct trace_env *e, int64_t pos, uint32_t max, struct ref_extent *run)
{
	const struct write_record *r = &e->live->rec;
	bool again = e->given->again_is_told && e->replay->rec.checks > 1;
	const struct trace_look *first = again ? &e->given->look_again : &e->given->look;
	bool at_start = run->lblk == ref_blk(&e->env, r->pos);
	const struct write_step *s = at_start || first->whole ? NULL : first_round_at(e->live, pos);

	run->state = s ? trace_round_state(s, e->given->new_was_unwritten) : first->state;
	if (!at_start && e->given->tail_is_told)
		run->state = e->given->tail;
	if (at_start && !first->whole && max > 1)
		run->len = max - 1; /* it ends inside: where does not matter to anybody */
	e->beyond |= !s && !at_start && !first->whole;
}

static uint32_t blocks_to(const struct trace_env *e, uint32_t lblk, const struct write_step *round)
{
	return (uint32_t)((end_of(round) - 1) >> e->env.sb.blkbits) - lblk + 1;
}

static void place(const struct trace_env *e, const struct write_step *round, struct ref_extent *run)
{
	uint32_t left = blocks_to(e, run->lblk, round), first = ref_blk(&e->env, round->pos);

	run->len = left < run->len ? left : run->len;
	run->pblk = (round->addr >> e->env.sb.blkbits) + run->lblk - first;
}

/* Another write's conversion came between the look for blocks and the handle: once, before each handle of the live one.
 */
static bool still_unwritten(struct trace_env *e, const struct write_step *round)
{
	bool early = e->given->converted_late && round->role == MAP_MAPPED && !(round->map_flags & MAP_F_NEW) &&
		     e->early != round && e->replay->rec.journal_starts < e->live->rec.journal_starts;

	if (early)
		e->early = round;
	return early;
}

/* As the live write met it; what it did not come to is a hole, and e->beyond says so once there is need of it. */
static void map(struct trace_env *e, int64_t pos, struct ref_extent *run)
{
	const struct write_step *s = round_at(e, pos);

	run->state = s ? trace_round_state(s, e->given->new_was_unwritten) : REF_HOLE;
	if (!s)
		return;
	place(e, s, run);
	if (still_unwritten(e, s))
		run->state = REF_UNWRITTEN;
}

/*
 * Nobody is told of one but by the result where the buffered part is all that there is. Once: what is cut after it can
 * be looked up.
 */
static int error_of_fallback(struct trace_env *e)
{
	const struct write_record *r = &e->live->rec;
	int64_t ret = known(e, FACT_FALLBACK_RET) ? r->fallback_ret : known(e, FACT_RET) ? r->ret : 0;

	if (e->refused || ret >= 0 || ret == -EFAULT)
		return 0;
	e->refused = true;
	return (int)ret;
}

static int trace_lookup(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t max,
			struct ref_extent *run)
{
	struct trace_env *e = trace_of(env);
	int64_t pos = (int64_t)lblk << env->sb.blkbits;

	(void)inode;
	*run = (struct ref_extent){.lblk = lblk, .len = max, .state = REF_WRITTEN};
	switch (phase_of(e)) {
	case PHASE_CHECK:
		if (e->replay)
			look(e, pos, max, run);
		break;
	case PHASE_INVALIDATE:
		return known(e, FACT_INVALIDATE) && e->live->rec.invalidate < 0 ? e->live->rec.invalidate : 0;
	case PHASE_MAP:
		map(e, pos, run);
		break;
	case PHASE_BUFFERED:
		return error_of_fallback(e);
	}
	run->gap_start = lblk;
	run->gap_end = (uint64_t)lblk + run->len;
	return 0;
}

/* Where the live write was given nothing, it is the error that it ended with. */
static int trace_allocate(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, unsigned int flags,
			  struct ref_extent *run)
{
	struct trace_env *e = trace_of(env);
	const struct write_step *s = round_at(e, (int64_t)lblk << env->sb.blkbits);

	*run = (struct ref_extent){
		.lblk = lblk, .len = len, .state = flags & REF_ALLOC_UNWRITTEN ? REF_UNWRITTEN : REF_WRITTEN};
	if (s) {
		/* unless it is the rest of a cluster that the file had, which no record tells */
		inode->datasync_dirty |= (s->map_flags & MAP_F_DIRTY) != 0;
		place(e, s, run);
		return 0;
	}
	if (known(e, FACT_DIO_RET) && e->live->rec.dio_ret < 0)
		return (int)e->live->rec.dio_ret;
	e->beyond = true;
	return -EIO;
}

/* --- the device --- */

/* Its answer came when all was on its way: what fails is the last of what the live write submitted. */
static int trace_write(struct ref_env *env, uint64_t addr, const void *data, size_t len, bool fua)
{
	struct trace_env *e = trace_of(env);
	const struct write_record *r = &e->live->rec;
	bool failed = known(e, FACT_END_ERROR) && r->end_error < 0 && known(e, FACT_DATA_BYTES);

	(void)addr;
	(void)data;
	(void)fua;
	e->submitted += len;
	return failed && r->data_bytes == r->len && e->submitted == r->data_bytes + r->zero_head + r->zero_tail
		       ? r->end_error
		       : 0;
}

static int trace_read(struct ref_env *env, uint64_t addr, void *data, size_t len)
{
	(void)env;
	(void)addr;
	memset(data, 0, len);
	return 0;
}

/* --- what needs no answer --- */

static int trace_blocks(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	(void)env;
	(void)inode;
	(void)lblk;
	(void)len;
	return 0;
}

static int trace_inode(struct ref_env *env, struct ref_inode *inode)
{
	(void)env;
	(void)inode;
	return 0;
}

static int trace_orphan(struct ref_env *env, struct ref_inode *inode, bool add)
{
	(void)env;
	(void)inode;
	(void)add;
	return 0;
}

static int trace_flush(struct ref_env *env)
{
	(void)env;
	return 0;
}

/*
 * The clock is also where time passes: the second stage to begin is the check under the lock, and whoever held the lock
 * before may have moved the sizes meanwhile.
 */
static uint64_t trace_now_ns(struct ref_env *env)
{
	struct trace_env *e = trace_of(env);

	if (++e->ticks == 2) {
		e->inode.i_size = e->given->isize_locked;
		e->inode.i_disksize = e->given->disksize_locked;
	}
	return e->ticks;
}

static const struct ref_env_ops trace_ops = {
	.lookup = trace_lookup,
	.allocate = trace_allocate,
	.convert = trace_blocks,
	.free_blocks = trace_blocks,
	.set_disksize = trace_inode,
	.orphan = trace_orphan,
	.write = trace_write,
	.read = trace_read,
	.flush = trace_flush,
	.now_ns = trace_now_ns,
};

/* --- what it begins with --- */

/* Had an earlier change of the inode not been committed? Only a mapping inside the file tells. */
static bool was_dirty(const struct write *live)
{
	const struct write_record *r = &live->rec;

	for (uint32_t i = 0; i < live->nr_steps; i++)
		if (live->steps[i].kind == STEP_ROUND)
			return live->steps[i].map_flags & MAP_F_DIRTY &&
			       (int64_t)((uint64_t)r->pos + r->len) <= r->isize;
	return false;
}

/* Two transactions: what is clean was committed with the first, what is dirty is in the second, which runs. */
static void init_journal(struct trace_env *e)
{
	bool dirty = was_dirty(e->live);

	e->env.sb.j = (struct ref_journal){.last = 2, .running = 2, .committed = 1};
	e->inode.sync_tid = e->inode.datasync_tid = dirty ? 2 : 1;
	e->inode.datasync_dirty = dirty && !e->given->dirty_map_only;
	e->inode.private_list = dirty && e->given->dirty_map_only;
}

/* Where a limit cut the write, or refused it. */
static int64_t limit_of(const struct trace_env *e)
{
	const struct write_record *r = &e->live->rec;

	if (field_known(r, FACT_RET) && r->ret == -EFBIG)
		return 0;
	if (field_known(r, FACT_LEN) && r->len < e->given->asked_len)
		return (int64_t)((uint64_t)r->pos + r->len);
	return -1;
}

static void init_sb(struct trace_env *e)
{
	const struct write_record *r = &e->live->rec;

	e->env.sb = (struct ref_sb){
		.blkbits = r->blkbits,
		.extents = true,
		.journal = r->journal,
		.barrier = r->barrier,
		.delalloc = e->given->delalloc,
		.data_journal = known(e, FACT_DATA_MODE) && r->data_mode == DATA_JOURNAL,
		.maxbytes = INT64_MAX,
		.bitmap_maxbytes = INT64_MAX,
		.limit = limit_of(e),
		.lbs = r->lbs,
		.dma_mask = r->dma_mask,
		.dev_fua = r->dev_fua,
		.dev_cache = r->dev_cache,
	};
}

static void init_inode(struct trace_env *e)
{
	const struct write_record *r = &e->live->rec;

	e->inode = (struct ref_inode){
		.ino = r->ino,
		.i_size = e->given->isize,
		.i_disksize = e->given->disksize,
		.extents = r->extents,
		.journal_data = known(e, FACT_INODE_FLAGS) && r->inode_flags & INODE_JOURNAL_DATA,
		.immutable = known(e, FACT_RET) && r->ret == -EPERM,
		.sync = r->inode_sync,
		.nosec = e->given->nosec,
		.times_current = e->given->times_current,
	};
}

/* Pages were in the way, and could not be dropped or, with RWF_NOWAIT, were not waited for. */
static int init_cache(struct trace_env *e)
{
	const struct write_record *r = &e->live->rec;
	int err;

	if (!known(e, FACT_INVALIDATE) || !r->invalidate)
		return 0;
	err = ref_page_cache_prepare(&e->env, &e->inode, r->pos, 1);
	if (!err)
		e->inode.cache.pages[0].dirty = 0xff;
	return err;
}

int trace_env_init(struct trace_env *e, const struct write *live, const struct trace_given *given)
{
	*e = (struct trace_env){.env = {.ops = &trace_ops, .told = true}, .live = live, .given = given};
	init_sb(e);
	init_inode(e);
	init_journal(e);
	return init_cache(e);
}

void trace_env_release(struct trace_env *e)
{
	ref_inode_release(&e->inode);
}
