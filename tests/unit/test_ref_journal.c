// SPDX-License-Identifier: GPL-2.0-only
/* What is kept of the journal: which commits are fast ones, and what they leave dirty. */
#include "refimpl/env/env_mem.h"
#include "tests/unit/test.h"

static void change(struct mem_env *m, struct ref_inode *inode)
{
	ref_ext4_update_inode_fsync_trans(&m->env, inode, true);
}

/* As fdatasync does: was it the transaction's? */
static bool commits_whole(struct mem_env *m, const struct ref_inode *inode)
{
	ref_ext4_fc_commit(&m->env, inode->datasync_tid);
	return ref_jbd2_transaction_committed(&m->env, inode->datasync_tid);
}

static void mount_fast(struct mem_env *m, struct ref_inode *inode)
{
	mem_env_init(m);
	m->env.sb.fast_commit = m->env.sb.fc_caches_holes = true;
	*inode = (struct ref_inode){.ino = 12, .extents = true};
	ref_journal_iget(&m->env, inode);
}

TEST(only_the_first_commit_of_a_mount_is_the_transactions)
{
	struct ref_inode inode;
	struct mem_env m;

	mount_fast(&m, &inode);
	for (int i = 0; i < 3; i++) {
		change(&m, &inode);
		CHECK_EQ(commits_whole(&m, &inode), i == 0);
	}
	ref_jbd2_commit(&m.env);
	ref_jbd2_mounted(&m.env);
	change(&m, &inode);
	CHECK(commits_whole(&m, &inode));
}

TEST(what_a_fast_commit_cannot_say_takes_the_transaction_along_once)
{
	struct ref_inode inode;
	struct mem_env m;

	mount_fast(&m, &inode);
	change(&m, &inode);
	CHECK(commits_whole(&m, &inode));
	change(&m, &inode);
	ref_ext4_fc_mark_ineligible(&m.env);
	CHECK(commits_whole(&m, &inode));
	change(&m, &inode);
	CHECK(!commits_whole(&m, &inode));
}

TEST(after_a_fast_commit_only_what_changes_again_is_dirty)
{
	struct ref_inode inode;
	struct mem_env m;

	mount_fast(&m, &inode);
	change(&m, &inode);
	CHECK(ref_ext4_inode_datasync_dirty(&m.env, &inode));
	CHECK(commits_whole(&m, &inode));
	CHECK(!ref_ext4_inode_datasync_dirty(&m.env, &inode));
	change(&m, &inode);
	CHECK(!commits_whole(&m, &inode));
	CHECK(!ref_ext4_inode_datasync_dirty(&m.env, &inode));
	ref_ext4_update_inode_fsync_trans(&m.env, &inode, false);
	CHECK(ref_ext4_inode_datasync_dirty(&m.env, &inode));
}

/* The holes among the blocks that were changed are looked up, no others. */
TEST(a_fast_commit_looks_at_what_was_changed)
{
	struct ref_inode inode;
	struct mem_env m;

	mount_fast(&m, &inode);
	mem_env_set(&m, 4, 2, REF_WRITTEN);
	change(&m, &inode);
	CHECK(commits_whole(&m, &inode));
	change(&m, &inode);
	ref_ext4_fc_track_range(&m.env, &inode, 4, 5);
	CHECK(!commits_whole(&m, &inode));
	CHECK_EQ(inode.holes.nr, 0);
	ref_ext4_fc_track_range(&m.env, &inode, 5, 6);
	ref_ext4_fc_track_range(&m.env, &inode, 2, 4);
	CHECK(!commits_whole(&m, &inode));
	CHECK(inode.holes.nr == 2 && inode.holes.holes[0].end == 4 && inode.holes.holes[1].start == 6);
	ref_inode_release(&inode);
}

TEST_MAIN()
