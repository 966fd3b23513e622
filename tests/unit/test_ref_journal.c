// SPDX-License-Identifier: GPL-2.0-only
/* What is kept of the journal: which commits are fast ones, and what they leave dirty. */
#include "refimpl/env/env_mem.h"
#include "refimpl/env/page_cache.h"
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
	m->env.sb.fast_commit = true;
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

/* From 7.2 on nothing is looked up: what is not known has to be the transaction's. */
TEST(a_fast_commit_of_what_is_not_cached_is_the_transactions)
{
	struct ref_inode inode;
	struct mem_env m;

	mount_fast(&m, &inode);
	m.env.sb.fc_snapshots = true;
	mem_env_set(&m, 4, 2, REF_WRITTEN);
	change(&m, &inode);
	CHECK(commits_whole(&m, &inode));
	change(&m, &inode);
	ref_ext4_fc_track_range(&m.env, &inode, 4, 5);
	CHECK(!commits_whole(&m, &inode));
	change(&m, &inode);
	ref_ext4_fc_track_range(&m.env, &inode, 4, 6);
	CHECK(commits_whole(&m, &inode));
	CHECK_EQ(inode.holes.nr, 0);
	CHECK_EQ(ref_ext4_es_insert_hole(&inode, 6, 8), 0);
	change(&m, &inode);
	ref_ext4_fc_track_range(&m.env, &inode, 4, 7);
	CHECK(!commits_whole(&m, &inode));
	change(&m, &inode);
	ref_ext4_fc_track_range(&m.env, &inode, 4, 8);
	CHECK(commits_whole(&m, &inode));
	ref_inode_release(&inode);
}

static bool is_dirty(const struct mem_env *m, const struct ref_inode *inode, uint32_t lblk)
{
	return ref_next_dirty_run(&m->env, inode, &lblk, lblk + 1);
}

/* The ordered data of this transaction; of an earlier one's only the first folio, and until 7.0. */
TEST(a_fast_commit_writes_ordered_data)
{
	static const uint8_t data[4 * 4096];

	for (int first_page = 0; first_page < 2; first_page++) {
		struct ref_inode inode;
		struct mem_env m;

		mount_fast(&m, &inode);
		m.env.sb.fc_first_page = first_page;
		mem_env_set(&m, 0, 4, REF_WRITTEN);
		inode.i_size = sizeof(data);
		change(&m, &inode);
		CHECK(commits_whole(&m, &inode));
		CHECK_EQ(ref_page_cache_write(&m.env, &inode, 0, data, sizeof(data)), 0);
		change(&m, &inode);
		CHECK(!commits_whole(&m, &inode));
		CHECK(is_dirty(&m, &inode, 0) && is_dirty(&m, &inode, 1));
		change(&m, &inode);
		ref_ext4_jbd2_inode_add_write(&m.env, &inode, 1, 2);
		ref_ext4_jbd2_inode_add_write(&m.env, &inode, 2, 3);
		CHECK(!commits_whole(&m, &inode));
		CHECK(is_dirty(&m, &inode, 0) && !is_dirty(&m, &inode, 1));
		CHECK(!is_dirty(&m, &inode, 2) && is_dirty(&m, &inode, 3));
		ref_jbd2_commit(&m.env);
		change(&m, &inode);
		CHECK(!commits_whole(&m, &inode));
		CHECK_EQ(is_dirty(&m, &inode, 0), !first_page);
		CHECK(is_dirty(&m, &inode, 3));
		ref_inode_release(&inode);
	}
}

/* Of a hole that is cached, what a buffered write was promised is not; of indirect blocks what nobody asked for. */
TEST(what_is_promised_or_indirect_is_not_always_cached)
{
	struct ref_inode inode;
	struct mem_env m;
	static const uint8_t data[4096];
	struct ref_extent run;

	mount_fast(&m, &inode);
	CHECK_EQ(ref_ext4_es_insert_hole(&inode, 0, 8), 0);
	CHECK(ref_ext4_es_has(&m.env, &inode, 0, 8));
	CHECK_EQ(ref_page_cache_write(&m.env, &inode, 4 * 4096, data, sizeof(data)), 0);
	CHECK(ref_ext4_es_has(&m.env, &inode, 0, 4));
	CHECK(!ref_ext4_es_has(&m.env, &inode, 0, 5));
	CHECK(!ref_ext4_es_has(&m.env, &inode, 4, 5));
	CHECK(ref_ext4_es_has(&m.env, &inode, 5, 8));
	ref_inode_release(&inode);

	inode = (struct ref_inode){.ino = 13};
	mem_env_set(&m, 4, 2, REF_WRITTEN);
	CHECK(!ref_ext4_es_has(&m.env, &inode, 4, 6));
	CHECK_EQ(ref_lookup(&m.env, &inode, 4, 1, &run), 0);
	CHECK(ref_ext4_es_has(&m.env, &inode, 4, 5));
	CHECK(!ref_ext4_es_has(&m.env, &inode, 4, 6));
	ref_inode_release(&inode);
}

TEST_MAIN()
