/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transaction ids. Whether an overwrite may be written with FUA, and whether an fsync commits or flushes, depends on
 * which transaction last changed the inode and whether it has been committed; that is all that is kept of jbd2.
 */
#include "refimpl/path/env.h"

void ref_journal_start(struct ref_env *env)
{
	struct ref_journal *j = &env->sb.j;

	if (env->sb.journal && !j->running)
		j->running = ++j->last;
}

/* fs/ext4/inode.c, __ext4_iget (6.1 6.12 7.3): the running transaction may hold what the disk does not say yet. */
void ref_journal_iget(struct ref_env *env, struct ref_inode *inode)
{
	const struct ref_journal *j = &env->sb.j;

	inode->sync_tid = inode->datasync_tid = inode->changed_tid = j->running ? j->running : j->committed;
}

/*
 * fs/ext4/fast_commit.c, ext4_fc_track_inode (6.1 6.12 6.18 7.3): once a fast commit cannot say all, nothing more is
 * noted for it. Then the inode is not on its list, and ext4_inode_datasync_dirty() takes it for clean.
 */
static void ref_ext4_fc_track_inode(struct ref_env *env, struct ref_inode *inode)
{
	struct ref_journal *j = &env->sb.j;

	if (ref_ext4_should_journal_data(env, inode))
		ref_ext4_fc_mark_ineligible(env);
	if (j->ineligible || inode->fc_listed == j->fast + 1)
		return;
	inode->fc_listed = j->fast + 1;
	inode->fc_next = j->changed;
	j->changed = inode;
}

void ref_journal_timestamp(struct ref_env *env, struct ref_inode *inode)
{
	if (!env->sb.journal)
		return;
	ref_journal_start(env);
	if (inode->sync_tid != env->sb.j.running)
		inode->fc_end = 0;
	inode->sync_tid = env->sb.j.running;
	ref_ext4_fc_track_inode(env, inode); /* by ext4_mark_inode_dirty() */
}

/* fs/ext4/ext4_jbd2.h, ext4_update_inode_fsync_trans (6.1 6.12 7.3). */
void ref_ext4_update_inode_fsync_trans(struct ref_env *env, struct ref_inode *inode, bool datasync)
{
	if (!env->sb.journal)
		return;
	ref_journal_timestamp(env, inode);
	inode->changed_tid = env->sb.j.running;
	if (datasync)
		inode->datasync_tid = env->sb.j.running;
}

/*
 * fs/ext4/ext4_jbd2.c, ext4_inode_journal_mode == EXT4_INODE_JOURNAL_DATA_MODE (6.1 6.12 6.18 7.3). From 6.19 on an
 * inode with the flag has no large folios: rules, large_folios_outrank_journal_flag.
 */
bool ref_ext4_should_journal_data(const struct ref_env *env, const struct ref_inode *inode)
{
	const struct ref_sb *sb = &env->sb;

	if (!sb->journal)
		return false;
	return sb->data_journal || (inode->journal_data && !sb->delalloc && !inode->large_folios);
}

/* fs/jbd2/journal.c, jbd2_transaction_committed (6.11 7.3). */
bool ref_jbd2_transaction_committed(const struct ref_env *env, uint32_t tid)
{
	return tid <= env->sb.j.committed;
}

/*
 * fs/ext4/inode.c, ext4_inode_datasync_dirty (6.1 6.12 7.3). A fast commit leaves the transaction open: then what was
 * changed since counts, timestamps too.
 */
bool ref_ext4_inode_datasync_dirty(const struct ref_env *env, const struct ref_inode *inode)
{
	if (!env->sb.journal)
		return inode->datasync_dirty || inode->private_list || inode->private_data;
	if (ref_jbd2_transaction_committed(env, inode->datasync_tid))
		return false;
	return !env->sb.fast_commit || inode->fc_listed == env->sb.j.fast + 1;
}

/* fs/ext4/fast_commit.c, ext4_fc_cleanup (6.1 6.12 6.18 7.3). */
static void fc_cleanup(struct ref_journal *j)
{
	j->changed = NULL;
	j->fast++;
}

/* fs/jbd2/commit.c, journal_submit_data_buffers, journal_finish_inode_data_buffers (6.1 6.12 6.18): they come first. */
static void submit_data(struct ref_env *env, struct ref_inode *inodes)
{
	for (struct ref_inode *next, *i = inodes; i; i = next) {
		next = i->ordered_next;
		(void)ref_write_ordered(env, i);
		i->ordered = (struct ref_hole){0, 1}; /* i_dirty_start, i_dirty_end: the first byte */
	}
}

void ref_jbd2_commit(struct ref_env *env)
{
	struct ref_journal *j = &env->sb.j;

	if (j->running) {
		struct ref_inode *ordered = j->ordered;

		j->committed = j->running;
		j->running = 0; /* what the data need is of the next */
		j->ordered = NULL;
		submit_data(env, ordered);
		j->begun = true;
		j->ineligible = false;
		fc_cleanup(j);
	}
	/* fs/ext4/mballoc.c, ext4_process_freed_data (6.1 6.12 7.3) */
	if (env->sb.free_pending && env->ops->committed)
		env->ops->committed(env);
	env->sb.free_pending = false;
}

/* fs/jbd2/transaction.c, jbd2_journal_file_inode (6.1 6.12 6.18): of an inode there is one range, from the first to the
 * last. */
void ref_ext4_jbd2_inode_add_write(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t end)
{
	struct ref_journal *j = &env->sb.j;
	struct ref_hole *o = &inode->ordered;

	if (!env->sb.journal || env->sb.data_writeback || env->sb.data_journal)
		return;
	ref_journal_start(env);
	if (inode->ordered_tid != j->running) {
		*o = (struct ref_hole){first, end};
		inode->ordered_next = j->ordered;
		j->ordered = inode;
	}
	inode->ordered_tid = j->running;
	o->start = first < o->start ? first : o->start;
	o->end = end > o->end ? end : o->end;
}

/*
 * fs/ext4/balloc.c, ext4_should_retry_alloc (6.1 6.12 7.3): what was freed is waited for. Where nothing waits for a
 * commit, it may have come by now: with data=writeback it has.
 */
bool ref_ext4_should_retry_alloc(struct ref_env *env, int *retries)
{
	if (!env->sb.journal || ++*retries > 3)
		return false;
	if (!env->sb.free_pending)
		return env->ops->clusters_left && env->ops->clusters_left(env, true) > env->sb.delayed;
	ref_jbd2_commit(env);
	return true;
}

/* fs/ext4/ext4_jbd2.h, ext4_handle_sync, and fs/jbd2/transaction.c, jbd2_journal_stop (6.1 6.12 7.3). */
void ref_ext4_handle_sync(struct ref_env *env, const struct ref_inode *inode)
{
	if (inode->sync || env->sb.synchronous)
		ref_jbd2_commit(env);
}

/* fs/ext4/fast_commit.c, ext4_fc_track_range (6.1 6.12 6.18 7.3). */
void ref_ext4_fc_track_range(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t last)
{
	if (!env->sb.fast_commit)
		return;
	if (inode->inline_size) /* EXT4_FC_REASON_XATTR */
		ref_ext4_fc_mark_ineligible(env);
	if (env->sb.j.ineligible)
		return;
	ref_ext4_update_inode_fsync_trans(env, inode, false);
	if (!inode->fc_end || inode->fc_first > first)
		inode->fc_first = first;
	if (inode->fc_end <= last)
		inode->fc_end = last + 1;
}

/*
 * fs/ext4/fast_commit.c, ext4_fc_write_inode_data (6.1 6.12 6.18): it looks the changed blocks up, and the holes among
 * them are cached from then on.
 */
static void ref_ext4_fc_write_inode_data(struct ref_env *env, struct ref_inode *inode)
{
	struct ref_extent run;

	for (uint32_t lblk = inode->fc_first; lblk < inode->fc_end; lblk += run.len)
		if (ref_lookup(env, inode, lblk, inode->fc_end - lblk, &run) || !run.len)
			break;
	inode->fc_end = 0;
}

/*
 * fs/ext4/fast_commit.c, ext4_fc_snapshot_inode_data (7.2 7.3): with the journal locked, what was changed is taken from
 * the extent status cache. What is not there, or only promised, the transaction has to commit.
 */
static bool ref_ext4_fc_snapshot_inodes(struct ref_env *env)
{
	for (struct ref_inode *i = env->sb.j.changed; i; i = i->fc_next) {
		if (!ref_ext4_es_has(env, i, i->fc_first, i->fc_end))
			return false;
		i->fc_end = 0;
	}
	return true;
}

/*
 * fs/ext4/fast_commit.c, ext4_fc_submit_inode_data_all (6.1 6.12), ext4_fc_flush_data (6.16 7.3): the ordered data of
 * all files that were changed. JI_WRITE_DATA stays set when a transaction is committed; the range it had does not.
 */
static void ref_ext4_fc_flush_data(struct ref_env *env)
{
	const struct ref_sb *sb = &env->sb;

	for (struct ref_inode *i = sb->j.changed; i; i = i->fc_next)
		if (i->ordered_tid && (i->ordered_tid == sb->j.running || sb->fc_first_page))
			(void)ref_write_ordered(env, i);
}

/* fs/ext4/fast_commit.c, ext4_fc_perform_commit (6.1 6.12 6.18 7.3): the data first, whatever comes of it. */
static bool ref_ext4_fc_perform_commit(struct ref_env *env)
{
	struct ref_journal *j = &env->sb.j;

	ref_ext4_fc_flush_data(env);
	if (env->sb.fc_snapshots && !ref_ext4_fc_snapshot_inodes(env))
		return false;
	for (struct ref_inode *i = j->changed; i && !env->sb.fc_snapshots; i = i->fc_next)
		ref_ext4_fc_write_inode_data(env, i);
	fc_cleanup(j);
	return true;
}

/*
 * fs/ext4/fast_commit.c, ext4_fc_commit, and fs/jbd2/journal.c, jbd2_fc_begin_commit (6.1 6.12 6.18 7.3): the first
 * commit after a mount is the transaction's, and so is one of what a fast commit cannot say.
 */
void ref_ext4_fc_commit(struct ref_env *env, uint32_t tid)
{
	struct ref_journal *j = &env->sb.j;

	if (ref_jbd2_transaction_committed(env, tid))
		return;
	if (!env->sb.fast_commit || !j->begun || j->ineligible || !ref_ext4_fc_perform_commit(env))
		ref_jbd2_commit(env);
}

/* fs/ext4/fast_commit.c, ext4_fc_mark_ineligible (6.1 6.12 6.18 7.3). */
void ref_ext4_fc_mark_ineligible(struct ref_env *env)
{
	env->sb.j.ineligible = true;
}

void ref_jbd2_mounted(struct ref_env *env)
{
	env->sb.j.begun = env->sb.j.ineligible = false;
}
