/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The environment: everything the reference's decisions ask of a file system and its device. The decisions are pure
 * over it; who answers is libext2fs on an image (fs.c), a table in memory (env_mem.c) or the facts of a recorded
 * write (env_trace.c).
 *
 * The environment answers about blocks and moves bytes. What the kernel keeps in memory beside them (i_size, S_NOSEC,
 * transaction ids, the page cache) is struct ref_inode and struct ref_sb, which the decisions read and write.
 *
 * Units: lblk and len of extents in file system blocks; pos, size and len elsewhere in bytes of the file; addr bytes
 * on the device. Functions return 0 or -errno.
 */
#ifndef DIOSCOPE_REF_ENV_H
#define DIOSCOPE_REF_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REF_PAGE 4096

enum ref_state {
	REF_HOLE,
	REF_UNWRITTEN,
	REF_WRITTEN,
};

/* A run of blocks of one state; pblk means nothing for a hole. */
struct ref_extent {
	uint32_t lblk;
	uint32_t len;
	uint64_t pblk;
	enum ref_state state;
	/* hole: all of the gap [gap_start, gap_end) that it is part of; of indirect blocks from @lblk on */
	uint64_t gap_start;
	uint64_t gap_end;
};
#define REF_GAP_END UINT32_MAX /* of the gap behind the last extent: EXT_MAX_BLOCKS */

/* A block of the tree that has extents: their number, in order; who asked for them frees them. */
struct ref_leaf {
	uint64_t block; /* 0: the inode */
	struct ref_extent *extents;
	size_t nr;
};

/* Cached ranges: [start, end), in order. */
struct ref_hole {
	uint64_t start;
	uint64_t end;
};

struct ref_holes {
	struct ref_hole *holes;
	size_t nr;
};

/* One cached page; bit b of dirty: its b-th file system block is newer than the disk. */
struct ref_page {
	int64_t index;
	int64_t folio;	   /* the first page of the folio it is part of, */
	int64_t folio_end; /* and the one behind it: a folio is written back, and dropped, as a whole */
	uint8_t dirty;
	uint8_t delay; /* BH_Delay of what is dirty: a hole when it became so, whatever is there now */
	uint8_t *data;
};

/* An address space: pages by index. */
struct ref_pages {
	struct ref_page *pages;
	size_t nr;
};

/* struct inode and struct ext4_inode_info, as far as the path looks at them. */
struct ref_inode {
	uint64_t ino;
	int64_t i_size;
	int64_t i_disksize;
	uint16_t mode;
	bool extents;	   /* EXT4_EXTENTS_FL */
	bool journal_data; /* EXT4_JOURNAL_DATA_FL */
	bool immutable;	   /* S_IMMUTABLE */
	bool sync;	   /* S_SYNC */
	bool nosec; /* S_NOSEC: no privilege to remove. In memory only, absent on an inode just read or created */
	bool times_current;  /* its timestamps need no update by this write: only a trace's may, the clock has ticked */
	bool orphan;	     /* on the orphan list */
	bool open;	     /* for writing: who is closed gets no blocks set aside */
	bool large_folios;   /* the mapping is set up for large folios: ref_ext4_set_inode_mapping_order() */
	bool datasync_dirty; /* without a journal: I_DIRTY_DATASYNC */
	bool private_list;   /* i_private_list: buffers of its map were changed without a journal, */
	bool private_data;   /* or that of the block to which its inline data went */
	bool may_inline;     /* EXT4_STATE_MAY_INLINE_DATA: a buffered write that fits goes into the inode */
	uint32_t inline_size; /* i_inline_size: the data are in the inode, which has room for so many bytes of them */
	bool da_alloc_close;  /* EXT4_STATE_DA_ALLOC_CLOSE: the next close has delayed blocks written */
	uint32_t sync_tid;    /* i_sync_tid, i_datasync_tid: the transaction that an fsync, fdatasync has to commit */
	uint32_t datasync_tid;
	uint32_t changed_tid; /* i_sync_tid, had no timestamp been due */
	/* of fast commits: */
	uint32_t fc_listed;	   /* i_fc_list: changed since this one, counted from 1, */
	struct ref_inode *fc_next; /* as was this inode */
	uint32_t fc_first;	   /* and blocks [fc_first, fc_end) may be mapped in another way */
	uint32_t fc_end;
	struct ref_pages cache;
	struct ref_holes holes;
	struct ref_holes blocks; /* those that have a place, and are cached */
	struct ref_holes leaves; /* blocks of its tree that were read before, BH_Verified */
	struct ref_holes kept;	 /* delayed, but no longer dirty: writeback met them beyond EOF */
	/* jinode: data=ordered, what is dirty of these blocks is written before this transaction is committed */
	struct ref_hole ordered;
	uint32_t ordered_tid;
	struct ref_inode *ordered_next; /* i_list: as are those of this inode */
};

/* jbd2 as far as durability is decided by it: nothing is journalled. */
struct ref_journal {
	uint32_t last;	    /* the last tid given out */
	uint32_t running;   /* 0: no transaction runs */
	uint32_t committed; /* j_commit_sequence */
	struct ref_inode *ordered; /* t_inode_list of the running one */
	/* fast commits: */
	bool begun;		   /* j_stats.ts_tid: a transaction has been committed since the mount */
	struct ref_inode *changed; /* s_fc_q */
	bool ineligible;	   /* EXT4_MF_FC_INELIGIBLE: the next one has to be a transaction's */
	uint32_t fast;		   /* how often the list of changed inodes was emptied */
};

/* struct super_block, struct ext4_sb_info, mount options and the queue limits of the device. */
struct ref_sb {
	uint8_t blkbits;
	uint8_t cluster_bits; /* s_cluster_bits: log2 of the blocks of a cluster; 0 without bigalloc */
	bool extents;	      /* new files are extent mapped */
	bool journal;
	bool fast_commit;
	bool writeback_commits;	 /* journalled data, before they go where they belong: rules, fsync_data_journal_... */
	bool ind_caches_holes;	 /* a lookup of indirect blocks does: rules->indirect_caches_holes */
	bool es_cache_replaces;	 /* rules->es_cache_replaces */
	bool writeback_nocache;	 /* rules->writeback_nocache */
	bool fc_first_page;	 /* a fast commit writes it: rules->fast_commit_writes_first_page */
	bool fc_snapshots;	 /* a fast commit takes what is cached: rules->fast_commit_snapshots */
	bool splits_before_io;	 /* what writeback finds unwritten: rules->splits_before_io */
	bool promise_serves_all; /* what was promised blocks need not ask for room: rules->promise_serves_all */
	bool large_folios;	 /* of regular files: rules->large_folios, and not ref_target.single_pages */
	uint32_t inline_max;	 /* ext4_get_max_inline_size(); 0: without inline_data */
	bool barrier;
	bool delalloc;
	bool auto_da_alloc;	 /* not -o noauto_da_alloc */
	bool dioread_nolock;	 /* not -o dioread_lock, */
	bool dioread_said;	 /* by an option; else it is the default, which depends on the kernel */
	bool data_journal;	 /* data=journal */
	bool data_writeback;	 /* data=writeback */
	bool synchronous;	 /* -o sync */
	int64_t maxbytes;	 /* s_maxbytes */
	int64_t bitmap_maxbytes; /* s_bitmap_maxbytes: of files without extents */
	int64_t limit;		 /* RLIMIT_FSIZE of the writer, or -1 */
	uint32_t lbs;
	uint32_t dma_mask;
	bool dev_fua;
	bool dev_cache;
	uint32_t delayed;      /* s_dirtyclusters_counter: clusters that were promised, and have no place yet */
	uint32_t watermark;    /* EXT4_FREECLUSTERS_WATERMARK */
	uint32_t stream_goals; /* s_mb_nr_global_goals: large files are placed behind the last of as many streams; 0: of
				  one */
	bool shared_run_is_given_up; /* see struct ref_rules */
	bool free_pending;	     /* s_mb_free_pending: blocks were freed that wait for a commit */
	struct ref_journal j;
};

struct ref_env;

#define REF_ALLOC_UNWRITTEN    0x1
#define REF_ALLOC_NO_NORMALIZE 0x2 /* fallocate: what is asked for and no more, EXT4_GET_BLOCKS_NO_NORMALIZE */
#define REF_ALLOC_PRE_IO       0x4 /* an extent of its own until the I/O is done, EXT4_GET_BLOCKS_PRE_IO */
#define REF_ALLOC_RESERVED     0x8 /* delayed: they were promised, and so were blocks for the map */

struct ref_env_ops {
	/*
	 * The run that begins at @lblk, at most @max blocks of it. Extents that follow each other logically and
	 * physically in one state are one run, as in the extent status cache.
	 */
	int (*lookup)(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t max,
		      struct ref_extent *run);
	/* Blocks for the hole at @lblk, REF_ALLOC_x: as many of @len as one allocation gives, at least one; -ENOSPC. */
	int (*allocate)(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, unsigned int flags,
			struct ref_extent *run);
	/* The extent of the tree that holds @lblk, from its first block on; NULL: the run that lookup finds is one. */
	int (*leaf)(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, struct ref_extent *extent);
	/* The leaf of the tree that has the place of @lblk; NULL: there is no tree, and what has a place is cached. */
	int (*siblings)(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, struct ref_leaf *leaf);
	/* An unwritten extent of the tree that goes across @lblk becomes two; NULL: there is no tree. */
	int (*split)(struct ref_env *env, struct ref_inode *inode, uint32_t lblk);
	/* What is unwritten in the range becomes written. */
	int (*convert)(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len);
	/* Free the blocks from @first to @last inclusive; sb.free_pending: not for use before the next commit. */
	int (*free_blocks)(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t last);
	/* With sb.inline_max: the data in the inode, those of [0, @len) put there, and no more of them there. */
	int (*inline_get)(struct ref_env *env, struct ref_inode *inode, uint8_t *data);
	int (*inline_set)(struct ref_env *env, struct ref_inode *inode, uint8_t *data, uint32_t len);
	int (*inline_end)(struct ref_env *env, struct ref_inode *inode);
	/* What the inode has got is behind its checksum: wrong until it is written for another reason. */
	int (*inline_unsummed)(struct ref_env *env, struct ref_inode *inode);
	/*
	 * A block of a file as metadata are written: to its place when the journal is emptied, and without one by
	 * sync_buffers (fs/buffer.c, sync_mapping_buffers), or with all others. Until then its place has what it had.
	 */
	int (*write_journalled)(struct ref_env *env, struct ref_inode *inode, uint64_t addr, const uint8_t *data);
	int (*sync_buffers)(struct ref_env *env, struct ref_inode *inode);
	/* A commit is over: what was freed before it may be used again. NULL: nothing ever waits for that. */
	void (*committed)(struct ref_env *env);
	/* Clusters that are free, @beside the reserve; NULL: more than anyone asks for. */
	uint64_t (*clusters_left)(const struct ref_env *env, bool beside);
	/* Put i_disksize into the inode on disk. */
	int (*set_disksize)(struct ref_env *env, struct ref_inode *inode);
	int (*orphan)(struct ref_env *env, struct ref_inode *inode, bool add);
	/* @data NULL: zeroes. */
	int (*write)(struct ref_env *env, uint64_t addr, const void *data, size_t len, bool fua);
	int (*read)(struct ref_env *env, uint64_t addr, void *data, size_t len);
	int (*flush)(struct ref_env *env);
	uint64_t (*now_ns)(struct ref_env *env); /* CLOCK_MONOTONIC */
};

struct ref_env {
	const struct ref_env_ops *ops;
	struct ref_sb sb;
	bool told; /* lookups say what a live write met, whatever it had cached */
};

static inline uint32_t ref_bs(const struct ref_env *env)
{
	return 1u << env->sb.blkbits;
}
static inline uint32_t ref_blk(const struct ref_env *env, int64_t pos)
{
	return (uint32_t)(pos >> env->sb.blkbits);
}
/* EXT4_MAX_BLOCKS: how many blocks [pos, pos + len) touches. */
static inline uint32_t ref_max_blocks(const struct ref_env *env, int64_t pos, uint64_t len)
{
	return (uint32_t)((pos + len - 1) >> env->sb.blkbits) - ref_blk(env, pos) + 1;
}

/* --- journal.c: transaction ids --- */

/* A handle was started: a transaction runs from now on. */
void ref_journal_start(struct ref_env *env);
/* The ids of an inode that was just read, or created. */
void ref_journal_iget(struct ref_env *env, struct ref_inode *inode);
/* The running transaction holds a change of @inode that an fsync needs, and with @datasync an fdatasync too. */
void ref_ext4_update_inode_fsync_trans(struct ref_env *env, struct ref_inode *inode, bool datasync);
/* The same for a timestamp that was due, if the clock has ticked: then fsync needs it. */
void ref_journal_timestamp(struct ref_env *env, struct ref_inode *inode);
/* What is written to the page cache goes through the journal. */
bool ref_ext4_should_journal_data(const struct ref_env *env, const struct ref_inode *inode);
/* IOMAP_F_DIRTY: a change that an fdatasync needs has not been committed. */
bool ref_ext4_inode_datasync_dirty(const struct ref_env *env, const struct ref_inode *inode);
/* With data=ordered: what is dirty of blocks [first, end) is written before the running transaction is committed. */
void ref_ext4_jbd2_inode_add_write(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t end);
/* Allocate for @inode again after -ENOSPC? If so, what was freed has been committed; *@retries counts. */
bool ref_ext4_should_retry_alloc(struct ref_env *env, int *retries);
bool ref_jbd2_transaction_committed(const struct ref_env *env, uint32_t tid);
/* As an fsync asks for it; after a fast commit the transaction is still open. */
void ref_ext4_fc_commit(struct ref_env *env, uint32_t tid);
/* The running transaction holds a change of the map of blocks @first to @last. */
void ref_ext4_fc_track_range(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t last);
/* What the running transaction holds is more than a fast commit can say. */
void ref_ext4_fc_mark_ineligible(struct ref_env *env);
/* The journal of a new mount. */
void ref_jbd2_mounted(struct ref_env *env);
/* The end of a handle that IS_SYNC(@inode) made synchronous. */
void ref_ext4_handle_sync(struct ref_env *env, const struct ref_inode *inode);
/* As sync(2) does. */
void ref_jbd2_commit(struct ref_env *env);

/* --- extent_status.c: the cache before the block map --- */

/* As the environment's lookup, limited by what is cached. */
int ref_lookup(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t max, struct ref_extent *run);
int ref_allocate(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, unsigned int flags,
		 struct ref_extent *run);
/* Forget cached holes in blocks [start, end); know all of them to be one. */
int ref_ext4_es_remove_extent(struct ref_inode *inode, uint64_t start, uint64_t end);
/* The same, but what has a place stays. */
int ref_ext4_es_remove_hole(struct ref_inode *inode, uint64_t start, uint64_t end);
int ref_ext4_es_insert_hole(struct ref_inode *inode, uint64_t start, uint64_t end);
/* Blocks [start, end), which have their places, are cached. */
int ref_ext4_es_insert_blocks(struct ref_inode *inode, uint64_t start, uint64_t end);
/*
 * fs/ext4/extents.c, ext4_ext_remove_space (6.1 6.12 6.18 7.1): blocks @first to @last are about to be cut out of the
 * tree, UINT32_MAX: all behind; the leaves that it reads are not cached then or later. 0 or -errno.
 */
int ref_ext4_ext_remove_space(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t last);
/* Are blocks [start, end) all cached, and none of them only promised? Of extents, what is allocated is. */
bool ref_ext4_es_has(struct ref_env *env, struct ref_inode *inode, uint32_t start, uint32_t end);

/* --- page_cache.c, writeback.c: cached pages and their way to the disk --- */

/* i_disksize follows what has its place on the disk up to @end, but never passes i_size. */
int ref_push_disksize(struct ref_env *env, struct ref_inode *inode, int64_t end);

/* Copy @len bytes into the cache and mark them dirty; i_size is the caller's. */
/*
 * mm/truncate.c, pagecache_isize_extended (6.18), by rules->extension_zeroes_folio: with blocks smaller than a page, what a
 * dirty folio has behind EOF at @from is zeroes from now on, up to @to, where EOF moves.
 */
void ref_pagecache_isize_extended(const struct ref_env *env, struct ref_inode *inode, int64_t from, int64_t to);
int ref_page_cache_write(struct ref_env *env, struct ref_inode *inode, int64_t pos, const uint8_t *data, size_t len);
/* The block of @pos, which is cached, is dirty from now on. */
void ref_page_cache_dirty(const struct ref_env *env, struct ref_inode *inode, int64_t pos);
/* The bytes of the first page, which is in the cache then; NULL: memory is out, or it cannot be read. */
uint8_t *ref_page_cache_first(struct ref_env *env, struct ref_inode *inode);
/* The folio that such a write begins in is in the cache: nothing has been copied into it yet. */
int ref_page_cache_prepare(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint64_t len);
/* Where the folio ends that a buffered write of @len bytes at @pos begins in. */
int64_t ref_folio_end(const struct ref_inode *inode, int64_t pos, uint64_t len);
/* ext4_block_zero_page_range, within one block: nothing happens in a hole or in unwritten blocks. */
int ref_ext4_block_zero_range(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint32_t len);
bool ref_block_is_dirty(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk);
/* Of a block without a place: it was promised one. */
bool ref_block_is_delayed(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk);
/* Such a block is clean from now on, and keeps its promise until it is cut off, or gets its place. */
int ref_keep_promise(struct ref_inode *inode, uint32_t lblk);
/* i_reserved_data_blocks: how many clusters there are to be for dirty blocks that have no place on the disk yet, or
 * -errno.
 */
int64_t ref_delayed_clusters(struct ref_env *env, struct ref_inode *inode);
bool ref_filemap_range_has_page(const struct ref_inode *inode, int64_t pos, uint64_t len);
/* Allocate what is delayed, write, convert, push i_disksize. Pages stay, clean. */
int ref_filemap_write_and_wait_range(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint64_t len);
/* As a commit does: what is dirty of inode->ordered and has a place is written. Unwritten and delayed blocks stay. */
int ref_write_ordered(struct ref_env *env, struct ref_inode *inode);
/* Before a copy: the blocks of [pos, end) get a place, or if @delayed, the promise of one. -ENOSPC: some may have. */
int ref_block_write_begin(struct ref_env *env, struct ref_inode *inode, int64_t pos, int64_t end, bool delayed);
/* Forget the pages that the range touches, dirty or not. */
void ref_invalidate_range(struct ref_inode *inode, int64_t pos, uint64_t len);
/* mm/truncate.c, invalidate_inode_pages2_range (6.1 6.12 6.18 7.2): the same, but -EBUSY for folios that are dirty. */
int ref_invalidate_inode_pages2_range(struct ref_inode *inode, int64_t pos, uint64_t len);
/* mm/truncate.c, invalidate_mapping_pages (6.18): forget the folios that lie in the pages of the range, if clean. */
void ref_invalidate_mapping_pages(struct ref_inode *inode, int64_t pos, uint64_t len);
/* What is cached of [from, to) is no longer part of the file: whole pages go, the rest of others becomes zeroes. */
void ref_truncate_pagecache_range(const struct ref_env *env, struct ref_inode *inode, int64_t from, int64_t to);
/*
 * The same from EOF at @from on, which has grown to there. What is clean of a page that stays is not zeroed: of most
 * pages nothing else was ever read, and it is read from the disk when it is needed.
 */
void ref_truncate_pagecache_up(struct ref_env *env, struct ref_inode *inode, int64_t from);
/* mm/truncate.c, truncate_inode_partial_folio (6.18): before a cut at @from by one who holds the folio at @pos. It
 * cannot be halved then, and goes as a whole if what stays of it is clean. */
void ref_drop_held_folio(const struct ref_env *env, struct ref_inode *inode, int64_t pos, int64_t from);
void ref_inode_release(struct ref_inode *inode);

/* --- unwritten.c: unwritten extents of the tree --- */

/* As the environment's leaf; where it knows no tree, what lookup finds from @lblk on. */
int ref_leaf(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, struct ref_extent *extent);
/* Blocks [lblk, lblk + len) get an extent of their own, as far as they lie in the one that holds @lblk. */
int ref_ext4_split_extent(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len);
/* Unwritten blocks of [lblk, lblk + len) become written, as their data are there. */
int ref_ext4_convert_unwritten_extents_endio(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len);
/* Unwritten blocks become written before there is data: how many from @lblk on, at most @len, or -errno. */
int64_t ref_ext4_ext_convert_to_initialized(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len);

/* --- inline_data.c: data in the inode --- */

#define REF_INLINE_MIN 60 /* EXT4_MIN_INLINE_DATA_SIZE: i_block */

/* A buffered write of [pos, end): 1: it is in the inode, 0: it has to go to blocks, or -errno. @data NULL: it faults.
 */
int ref_ext4_write_inline_data(struct ref_env *env, struct ref_inode *inode, int64_t pos, int64_t end,
			       const uint8_t *data, bool delayed);
/* Pages are about to be written: from now on the data have blocks. */
int ref_ext4_destroy_inline_data(struct ref_env *env, struct ref_inode *inode);
/* Before blocks are changed otherwise. */
int ref_ext4_convert_inline_data(struct ref_env *env, struct ref_inode *inode);
int ref_ext4_inline_data_truncate(struct ref_env *env, struct ref_inode *inode);

/* --- truncate.c --- */

/* Cut the file to i_size: blocks beyond it, and i_disksize. */
int ref_ext4_truncate(struct ref_env *env, struct ref_inode *inode);
/* Zeroes from @size to the end of its block. */
int ref_ext4_block_truncate_page(struct ref_env *env, struct ref_inode *inode, int64_t size);
/* Zeroes in those blocks that [pos, end) covers in part. */
int ref_ext4_zero_partial_blocks(struct ref_env *env, struct ref_inode *inode, int64_t pos, int64_t end);

struct ref_moments;
struct ref_memory;

/* What the reference runs on: an image file or loop device with an ext4 that nothing has mounted. */
struct ref_target {
	const char *path;
	struct ref_memory *memory; /* it is this, whatever the path says; NULL: it is not (env/memory.h) */
	uint32_t lbs;		   /* of the device; for an image file: as asked */
	uint32_t dma_mask;	   /* 511 on a loop device */
	bool dev_fua;
	bool dev_cache; /* volatile write cache */
	/* mapping_set_folio_order_range(): without CONFIG_TRANSPARENT_HUGEPAGE no folio is larger than a page */
	bool single_pages;
	/* By operation, when the live kernel did what; NULL: the threads of parallel blocks take turns. */
	const struct ref_moments *moments;
	bool go_on; /* a set-up operation that fails is a result, and the next one is run */
};

#endif
