/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/path/rule_rows.h"

#include <stdio.h>
#include <string.h>

#define ROW(member, function_)                                                                                         \
	.name = #member, .function = function_, .offset = offsetof(struct ref_rules, member),                          \
	.size = sizeof(((struct ref_rules *)0)->member)

/* In the order of struct ref_rules. */
const struct ref_rule_row ref_rule_rows[] = {
	{ROW(content, "ext4_dio_write_checks()"),
	 .values = {{"anything but one written extent over the whole range is exclusive", NULL},
		    {"one allocated extent over the range does for the shared lock; unaligned, it has to be written",
		     "6.3 \"ext4: dio take shared inode lock when overwriting preallocated blocks\", 6.5 \"ext4: allow "
		     "concurrent unaligned dio overwrites\""},
		    {"only a partial block that has to be zeroed is exclusive",
		     "7.3 \"ext4: skip overwrite check for aligned non-extending DIO writes\", \"ext4: base unaligned "
		     "DIO lock decision on partial block zeroing\""}}},
	{ROW(unaligned_starts_exclusive, "ext4_dio_write_iter()"),
	 .values = {{"an unaligned write tries the shared lock first",
		     "6.5 \"ext4: allow concurrent unaligned dio overwrites\""},
		    {"an unaligned write takes the lock exclusive at once", NULL}}},
	{ROW(nowait_after_modified, "ext4_dio_write_checks()"),
	 .values = {{"RWF_NOWAIT is refused before file_modified()", "6.5"},
		    {"RWF_NOWAIT is refused after file_modified()", NULL}}},
	{ROW(nowait_refuses_timestamp, "file_modified()"),
	 .values = {{"RWF_NOWAIT updates a timestamp that is due", NULL},
		    {"RWF_NOWAIT ends where a timestamp is due",
		     "7.3 \"ext4: use kiocb_modified instead of file_modified in DIO/DAX write path\""}}},
	{ROW(large_folios_outrank_journal_flag, "ext4_inode_journal_mode()"),
	 .values = {{"chattr +j is obeyed", "6.19"},
		    {"chattr +j has no effect on a cached inode with large folios", "6.16"}}},
	{ROW(overwrite_ops, "ext4_dio_write_iter()"),
	 .values = {{"a shared lock means ext4_iomap_overwrite_ops", NULL},
		    {"a shared lock and a written range mean ext4_iomap_overwrite_ops",
		     "6.3 \"ext4: dio take shared inode lock when overwriting preallocated blocks\""},
		    {"there are no ext4_iomap_overwrite_ops",
		     "7.0 \"ext4: remove useless ext4_iomap_overwrite_ops\""}}},
	{ROW(lookup_takes_unwritten, "ext4_iomap_begin()"),
	 .values = {{"unwritten blocks are mapped with a transaction", NULL},
		    {"unwritten blocks are mapped without a transaction",
		     "7.0 \"ext4: avoid starting handle when dio writing an unwritten extent\""}}},
	{ROW(lookup_cuts_request, "ext4_iomap_begin()"),
	 .values = {{"an allocation is asked for all that is left", "6.16"},
		    {"an allocation is asked for what the lookup found", NULL}}},
	{ROW(unwritten_is_new, "ext4_map_blocks()"), .values = {{"unwritten blocks that were there are not new",
								 "7.0 \"ext4: remove EXT4_GET_BLOCKS_IO_CREATE_EXT\""},
								{"unwritten blocks that were there are new", NULL}}},
	{ROW(splits_before_io, "ext4_map_blocks()"),
	 .values = {{"an unwritten extent is split when its part has been written",
		     "7.0 \"ext4: remove EXT4_GET_BLOCKS_IO_CREATE_EXT\""},
		    {"an unwritten extent is split before the I/O, and stays so when that fails", NULL}}},
	{ROW(nowait_refuses_allocation, "ext4_iomap_alloc()"),
	 .values = {{"RWF_NOWAIT allocates", NULL},
		    {"RWF_NOWAIT does not allocate",
		     "7.3 \"ext4: prevent sleeping allocation in NOWAIT write path\""}}},
	{ROW(writeback_error_falls_back, "kiocb_invalidate_pages()"),
	 .values = {{"an error of writeback before the write is the write's", NULL},
		    {"an error of writeback before the write sends it through the page cache", "6.5"}}},
	{ROW(buffer, "iomap_dio_bio_iter()"),
	 .values = {{"the buffer is checked before any bio", "6.0 \"iomap: add support for dma aligned direct-io\""},
		    {"the buffer is checked as the block layer splits the bio",
		     "6.18 \"iomap: simplify direct io validity check\""},
		    {"the buffer is checked as the bio is filled", "7.2"}}},
	{ROW(no_cache_is_fua, "iomap_dio_bio_iter()"),
	 .values = {{"a device without a volatile cache needs FUA", NULL},
		    {"a device without a volatile cache needs no FUA",
		     "6.6 \"iomap: treat a write through cache the same as FUA\""}}},
	{ROW(tail_zero_hides_error, "iomap_dio_bio_iter()"),
	 .values = {{"zeroes behind the data leave its error",
		     "7.3 \"iomap: don't lose a failed direct I/O bio's error\""},
		    {"zeroes behind the data hide its error", "6.12"}}},
	{ROW(iomap_end, "ext4_iomap_end()"),
	 .values = {{"a round that wrote nothing, without an error, sends the rest through the page cache", NULL},
		    {"a round that wrote nothing sends the rest through the page cache, whatever the error",
		     "6.15 \"iomap: support incremental iomap_iter advances\""},
		    {"a round that wrote nothing ends with its error",
		     "6.17.4 \"ext4: fail unaligned direct IO write with EINVAL\""}}},
	{ROW(large_folios, "ext4_set_inode_mapping_order()"),
	 .values = {{"cached pages go one by one", NULL},
		    {"cached pages go by folios", "6.16 \"ext4: enable large folio for regular file\""}}},
	{ROW(retry_asks_for_less, "ext4_da_write_begin()"),
	 .values = {{"after a folio for which there was no room comes one as large", NULL},
		    {"after a folio for which there was no room comes one for what it would have held", "6.17"}}},
	{ROW(growth_marks_inode, "ext4_da_write_end()"),
	 .values = {{"a size that grows over promised blocks is nothing for fdatasync to write",
		     "6.7 \"ext4: do not mark inode dirty every time when appending using delalloc\""},
		    {"a size that grows over promised blocks is something for fdatasync to write", NULL}}},
	{ROW(promise_serves_all, "ext4_ext_map_blocks()"),
	 .values = {{"what was promised a block asks for room once more when it is not writeback that allocates", NULL},
		    {"what was promised a block is given it, whoever allocates",
		     "6.12 \"ext4: optimize the EXT4_GET_BLOCKS_DELALLOC_RESERVE flag set\""}}},
	{ROW(fault_leaves_zeroes, "generic_perform_write()"),
	 .values = {{"a buffer that faults is seen before pages are taken", NULL},
		    {"a copy that faults leaves zeroes in new blocks",
		     "6.15 \"filemap: Move prefaulting out of hot write path\""}}},
	{ROW(completes_in_interrupt, "iomap_dio_bio_end_io()"),
	 .values = {{"a workqueue completes what was queued", NULL},
		    {"the interrupt completes an overwrite",
		     "6.19 \"iomap: support write completions from interrupt context\""}}},
	{ROW(fsync_skips_clean_inode, "ext4_fsync_nojournal()"),
	 .values = {{"fdatasync flushes without a journal, too", "6.12"},
		    {"fdatasync of a clean inode without a journal does not flush", NULL}}},
	{ROW(fsync_data_journal_only_commits, "ext4_sync_file()"),
	 .values = {{"data=journal commits and flushes", "6.12"}, {"data=journal commits and does not flush", NULL}}},
	{ROW(extension_zeroes_eof, "ext4_setattr()"),
	 .values = {{"the block of EOF is left alone when the file grows", NULL},
		    {"the rest of the block of EOF is zeroed in the cache when the file grows",
		     "6.13 \"ext4: partial zero eof block on unaligned inode size extension\""}}},
	{ROW(extension_zeroes_folio, "pagecache_isize_extended()"),
	 .values = {{"what a folio has behind the block of EOF is left alone when a truncate makes the file grow",
		     NULL},
		    {"what a dirty folio has behind EOF is zeroed when a truncate makes the file grow",
		     "6.13 \"mm: zero range of eof folio in pagecache_isize_extended()\""}}},
	{ROW(zeroes_eof_first, "ext4_write_checks()"),
	 .values = {{"the block of EOF is zeroed behind the copy", NULL},
		    {"the block of EOF is zeroed, and in the cache, before the copy", "7.2"}}},
	{ROW(indirect_caches_holes, "ext4_ind_map_blocks()"),
	 .values = {{"a hole of indirect blocks is not cached", NULL},
		    {"a lookup caches holes of indirect blocks", "7.3, and 6.12 by backport"}}},
	{ROW(es_cache_replaces, "ext4_es_cache_extent()"),
	 .values = {{"what is read of the tree is not cached where anything of it is", NULL},
		    {"what is read of the tree replaces what is cached of it in part", "7.0"}}},
	{ROW(writeback_nocache, "mpage_map_one_extent()"),
	 .values = {{"writeback caches all of the leaf that it reads", NULL},
		    {"writeback caches of the leaf that it reads no more than it asked for", "6.16"}}},
	{ROW(fast_commit_snapshots, "ext4_fc_snapshot_inode_data()"),
	 .values = {{"a fast commit caches the holes among the blocks that were changed", NULL},
		    {"what was changed and is not in the extent status cache is committed with its transaction",
		     "7.2"}}},
	{ROW(fast_commit_writes_first_page, "jbd2_submit_inode_data()"),
	 .values = {{"a fast commit writes no data that were ordered before another transaction", "7.2"},
		    {"a fast commit writes the first folio of a file that had data ordered before another transaction",
		     NULL}}},
	{ROW(fallocate_modifies_first, "ext4_fallocate()"),
	 .values = {{"a punch beyond EOF modifies nothing", NULL},
		    {"a punch beyond EOF updates timestamps", "6.15 and 6.12.43"}}},
	{ROW(punch_writes_back, "ext4_punch_hole()"),
	 .values = {{"a punch drops what is dirty in its range",
		     "6.15 and 6.12.43 \"ext4: don't write back data before punch hole in nojournal mode\""},
		    {"a punch has what is dirty in its range written first", NULL}}},
	{ROW(punch_pushes_disksize, "ext4_update_disksize_before_punch()"),
	 .values = {{"a punch that ends inside the file leaves i_disksize alone", NULL},
		    {"i_disksize reaches the end of a punch",
		     "6.18, and 6.17, 6.12 and 6.1 by backport \"ext4: increase i_disksize to offset + len in "
		     "ext4_update_disksize_before_punch()\""}}},
	{ROW(punch_caches_hole, "ext4_punch_hole()"),
	 .values = {{"what was punched is not cached", NULL},
		    {"what was punched is cached as a hole",
		     "6.9 \"ext4: add a hole extent entry in cache after punch\""}}},
	{ROW(truncate_moves_inline, "ext4_setattr()"),
	 .values = {{"data in the inode stay there when the file outgrows it", NULL},
		    {"data in the inode go to a block when the file outgrows it",
		     "7.0, and 6.18, 6.12 and 6.1 by backport \"ext4: convert inline data to extents when truncate "
		     "exceeds inline size\""}}},
	{ROW(small_blocks_nolock, "ext4_fill_super()"),
	 .values = {{"dioread_nolock is the default only where a block is a page", NULL},
		    {"dioread_nolock is the default",
		     "6.8 \"ext4: enable dioread_nolock as default for bs < ps case\""}}},
	{ROW(punch_ends_with_block, "ext4_punch_hole()"),
	 .values = {{"a punch beyond EOF ends with the page of EOF", NULL},
		    {"a punch beyond EOF ends with the block of EOF", "6.19"}}},
	{ROW(fallocate_obeys_sync, "ext4_fallocate()"),
	 .values = {{"fallocate of a synchronous inode does not commit", NULL},
		    {"fallocate of a synchronous inode commits", "7.2"}}},
	{ROW(journal_flag_empties_cache, "ext4_change_inode_journal_flag()"),
	 .values = {{"chattr +j has what is dirty written first; -j leaves the cache alone", NULL},
		    {"chattr +j and -j empty the cache, and what is dirty is written first", "6.19"}}},
	{ROW(shared_run_is_given_up, "ext4_mb_choose_next_group()"),
	 .values = {{"small files share the largest run that there is", NULL},
		    {"small files share a whole run, or none", "6.16"}}},
	{ROW(many_stream_goals, "ext4_mb_regular_allocator()"),
	 .values = {{"a large file is placed behind the last of all", NULL},
		    {"a large file is placed behind the last of those that share its slot",
		     "6.17 \"ext4: utilize multiple global goals to reduce contention\""}}},
	{ROW(dontcache, "kiocb_set_rw_flags()"),
	 .values = {{"RWF_DONTCACHE is refused", NULL}, {"RWF_DONTCACHE is taken", "6.17"}}},
	{ROW(dontcache_submits, "generic_write_sync()"),
	 .values = {{"what RWF_DONTCACHE copied into the cache is left to the flusher",
		     "7.2 \"mm: kick writeback flusher for IOCB_DONTCACHE with targeted dirty tracking\""},
		    {"what RWF_DONTCACHE copied into the cache is submitted at once", "6.17"}}},
	{NULL},
};

unsigned int ref_rule_value(const struct ref_rules *rules, const struct ref_rule_row *row)
{
	const char *at = (const char *)rules + row->offset;
	unsigned int value;

	if (row->size == sizeof(bool))
		return *(const bool *)at;
	memcpy(&value, at, sizeof(value));
	return value;
}

struct ref_rules ref_rules_with(const struct ref_rules *rules, const struct ref_rule_row *row, unsigned int value)
{
	struct ref_rules other = *rules;
	char *at = (char *)&other + row->offset;

	if (row->size == sizeof(bool))
		*(bool *)at = value;
	else
		memcpy(at, &value, sizeof(value));
	return other;
}

const char *ref_rule_versions(const struct ref_rule_row *row, unsigned int value, char *buf, size_t size)
{
	const struct ref_rules *first = NULL;
	size_t at = 0;

	buf[0] = '\0';
	for (const struct ref_rules *p = ref_profiles; at < size; p++) {
		bool has = p->name && ref_rule_value(p, row) == value;

		if (has && !first)
			first = p;
		if (!has && first) {
			at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? ", " : "", first->name);
			if (p - first > 1 && at < size)
				at += (size_t)snprintf(buf + at, size - at, " to %s", p[-1].name);
			first = NULL;
		}
		if (!p->name)
			break;
	}
	if (!at)
		snprintf(buf, size, "no profile");
	return buf;
}

static size_t first_profile(const struct ref_rule_row *row, unsigned int value)
{
	size_t i = 0;

	while (ref_profiles[i].name && ref_rule_value(&ref_profiles[i], row) != value)
		i++;
	return i;
}

const char *ref_rule_change(const struct ref_rule_row *row, unsigned int a, unsigned int b)
{
	unsigned int later = first_profile(row, a) > first_profile(row, b) ? a : b;
	const char *change = row->values[later].change;

	return change ? change : "a change without a title here";
}
