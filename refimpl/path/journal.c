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

	inode->sync_tid = inode->datasync_tid = j->running ? j->running : j->committed;
}

/* fs/ext4/ext4_jbd2.h, ext4_update_inode_fsync_trans (6.1 6.12 7.3). */
void ref_ext4_update_inode_fsync_trans(struct ref_env *env, struct ref_inode *inode, bool datasync)
{
	if (!env->sb.journal)
		return;
	ref_journal_start(env);
	inode->sync_tid = env->sb.j.running;
	inode->fc_listed = env->sb.j.fast + 1; /* ext4_mark_inode_dirty(): ext4_fc_track_inode() */
	if (datasync)
		inode->datasync_tid = env->sb.j.running;
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
		return inode->datasync_dirty || inode->private_list;
	if (ref_jbd2_transaction_committed(env, inode->datasync_tid))
		return false;
	return !env->sb.fast_commit || inode->fc_listed == env->sb.j.fast + 1;
}

void ref_jbd2_commit(struct ref_env *env)
{
	struct ref_journal *j = &env->sb.j;

	if (j->running) {
		j->committed = j->running;
		j->begun = true;
		j->ineligible = false;
		j->fast++;
	}
	j->running = 0;
	/* fs/ext4/mballoc.c, ext4_process_freed_data (6.1 6.12 7.3) */
	if (env->sb.free_pending && env->ops->committed)
		env->ops->committed(env);
	env->sb.free_pending = false;
}

/* fs/ext4/balloc.c, ext4_should_retry_alloc (6.1 6.12 7.3), as long as blocks wait for a commit. */
bool ref_ext4_should_retry_alloc(struct ref_env *env, int *retries)
{
	if (!env->sb.free_pending || ++*retries > 3)
		return false;
	ref_jbd2_commit(env);
	return true;
}

/* fs/ext4/ext4_jbd2.h, ext4_handle_sync, and fs/jbd2/transaction.c, jbd2_journal_stop (6.1 6.12 7.3). */
void ref_ext4_handle_sync(struct ref_env *env, const struct ref_inode *inode)
{
	if (inode->sync || env->sb.synchronous)
		ref_jbd2_commit(env);
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
	if (env->sb.fast_commit && j->begun && !j->ineligible)
		j->fast++;
	else
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
