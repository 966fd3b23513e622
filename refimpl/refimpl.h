/* SPDX-License-Identifier: GPL-2.0-only */
/* clang-format off */
/*
 * The reference: the ext4 direct-write path in userspace, decision by decision, producing write records.
 *
 * Which file implements which stage, from which kernel functions, described for which versions (all from
 * kernel-semantics.md, which cites what was read and what was seen live), and how much of it:
 *
 *  stage          file             kernel functions                               versions         state
 *  before ext4    write.c          kiocb_set_rw_flags, rw_verify_area,            6.1 6.12 7.3     no polled ring,
 *                                  aio_prep_rw, io_write                                           no atomic unit
 *  enter, lock,   dio_write.c      ext4_file_write_iter, ext4_dio_write_iter,     6.1 6.12 6.18    no encryption,
 *  check                           ext4_dio_write_checks, ext4_overwrite_io,      7.3              verity, DAX;
 *                                  ext4_dio_needs_zeroing, file_modified,                          writer is root
 *                                  ext4_generic_write_checks
 *  map            iomap_iter.c     iomap_iter, ext4_iomap_end                     6.1 6.12 6.18    whole
 *                 ext4_iomap.c     ext4_iomap_begin, ext4_iomap_alloc,            6.1 6.12 6.18    whole
 *                                  ext4_set_iomap, ext4_map_blocks                7.3
 *                 extent_status.c  ext4_es_insert_extent, ext4_es_remove_extent   6.12 6.18 7.3    never shrunk
 *                 extent_tree.c    __read_extent_tree_block, ext4_cache_extents   6.1 6.12 6.18    leaves split where
 *                                                                                 7.1              libext2fs does
 *  submit,        dio_bio.c        __iomap_dio_rw, iomap_dio_bio_iter,            6.1 6.12 6.18    one bio a mapping;
 *  device                          iomap_dio_zero, kiocb_invalidate_pages         7.3              they end in order
 *  complete,      complete.c       iomap_dio_complete, ext4_dio_write_end_io,     6.1.192 6.12     whole
 *  sync                            ext4_inode_extension_cleanup, ext4_sync_file   6.18 7.3
 *                 journal.c        ext4_inode_datasync_dirty, ext4_fc_commit      6.1 6.12 7.3     ids only, nothing in
 *                                                                                                  the background
 *  buffered       buffered.c,      ext4_buffered_write_iter, mm's                 6.1 6.12 6.18    nothing in the
 *                 page_cache.c     generic_perform_write, __filemap_get_folio     7.3              background
 *                 delalloc.c       ext4_block_write_begin, ext4_da_reserve_space  6.1 6.12 7.3     the same
 *                 writeback.c      mpage_map_and_submit_extent                    6.1 6.12 7.3     the same
 *                 inline_data.c    ext4_try_to_write_inline_data,                 6.1 6.12 6.18    no other attributes
 *                                  ext4_convert_inline_data                                        in the inode
 *  (failures)     truncate.c       ext4_truncate                                  6.1 6.12 7.3     whole
 *  (set-up)       ops_space.c      ext4_fallocate, ext4_punch_hole, ext4_setattr  6.1 6.12 6.18    what a workload
 *                 ops.c            ext4_ioctl_setflags, notify_change             6.1 6.12 6.18    can say
 *                 ops_mapped.c     filemap_fault, ext4_page_mkwrite               6.1 6.12 7.3     without readahead
 *  (several       turns.c          i_rwsem                                        6.1 6.12 7.3     synchronous writes
 *   writers)
 *  (allocation)   fs_alloc.c       ext4_ext_map_blocks, ext4_mb_new_blocks and      6.12 7.3         one processor
 *                                  what that sets aside
 *                 fs_free.c        ext4_claim_free_clusters, ext4_process_freed_data   6.12 7.3         the same
 *                 fs_search.c      ext4_mb_regular_allocator, over buddies           6.12 7.3         no stripes
 *  (books)        fs_quota.c       dquot_alloc_block, v2_write_dquot              6.1 6.12 7.3     usage, no limits
 *  (environment)  fs.c and fs_map.c over libext2fs, device.c over O_DIRECT, or memory.c; env_mem.c: a table
 *
 * (the table is part of this header: keep it true)
 *
 * To read it: rules.h says what differs between kernels, env.h what is asked of a file system, path.h what happens in
 * between, in path order.
 */
/* clang-format on */
#ifndef DIOSCOPE_REFIMPL_H
#define DIOSCOPE_REFIMPL_H

#include "refimpl/path/env.h"
#include "refimpl/path/rules.h"
#include "reports/model/set.h"
#include "user/workload/run_workload.h"
#include "user/workload/workload.h"

/*
 * What only time decides, as it was on the live kernel. The times at which a write came to its stages, CLOCK_MONOTONIC;
 * 0: it did not, or nobody saw.
 */
struct ref_moments {
	uint64_t stage_ns[NR_STAGES];
	uint64_t begin_ns;    /* of the system call */
	bool found_committed; /* its fsync had nothing to commit */
};

/* Of the running kernel, as ref_target.single_pages; what sysfs does not tell is taken for the usual, false. */
bool ref_kernel_has_single_pages(void);

/*
 * Run all operations of @wl on @target with @rules, each write as one record of @set (op = its workload operation's
 * nr), results[i] as run_workload() gives them (times are real). A set-up operation that fails is an error unless
 * target->go_on. Refuses a mounted target, and one that is not ext4,
 * or that has a feature outside the reference, with one sentence. @set needs no initialization and is empty on error.
 */
int ref_run(const struct workload *wl, const struct ref_target *target, const struct ref_rules *rules,
	    struct write_set *set, struct op_result *results, struct errmsg *err);

#endif
