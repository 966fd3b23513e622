/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels in the direct-write path, as data: one row a profile. Code asks for a behaviour
 * (rules->x), never for a version. "until 6.4" means that 6.4 still does it, "from 6.5" that 6.5 is the first; where
 * a stable tree carries a change earlier, the row says what Debian's kernel of that version does.
 */
#ifndef DIOSCOPE_RULES_H
#define DIOSCOPE_RULES_H

#include <stdbool.h>

/* What of the mapping makes a write give up the shared lock (ext4_dio_write_checks). */
enum ref_content_rule {
	/*
	 * Until 6.2: anything but one written extent over the whole range. Looked up only when nothing else has
	 * decided. An unaligned write is exclusive from the start, waits for others and is waited for.
	 */
	REF_CONTENT_WRITTEN,
	/*
	 * 6.3 "ext4: dio take shared inode lock when overwriting preallocated blocks": one allocated extent does, and
	 * 6.5 "ext4: allow concurrent unaligned dio overwrites": unaligned needs it to be written. Until 7.2.
	 */
	REF_CONTENT_ALLOCATED,
	/*
	 * 7.3 "ext4: skip overwrite check for aligned non-extending DIO writes" and "ext4: base unaligned DIO lock
	 * decision on partial block zeroing": only a partial block that has to be zeroed matters.
	 */
	REF_CONTENT_ZEROING,
};

/* When ext4_iomap_overwrite_ops are chosen: IOMAP_WRITE is hidden from ext4_iomap_begin then. */
enum ref_overwrite_ops {
	REF_OVERWRITE_OPS_SHARED,  /* until 6.2: whenever the lock is shared */
	REF_OVERWRITE_OPS_WRITTEN, /* 6.3 to 6.19: and the range is written */
	REF_OVERWRITE_OPS_NEVER,   /* 7.0 "ext4: remove useless ext4_iomap_overwrite_ops" */
};

/* How the buffer's addresses and segments are checked against the device. */
enum ref_buffer_rule {
	/* 6.0 "iomap: add support for dma aligned direct-io", until 6.17: all that is left of it, before any bio */
	REF_BUFFER_BEFORE,
	/* 6.18 "iomap: simplify direct io validity check": when the block layer splits the bio; one page is let pass */
	REF_BUFFER_SPLIT,
	/* 7.2: while the bio is filled */
	REF_BUFFER_FILL,
};

/* Which rounds ext4_iomap_end turns into -ENOTBLK, so that the page cache takes the rest: none that wrote anything. */
enum ref_iomap_end_rule {
	REF_IOMAP_END_EMPTY,  /* until 6.14: one without an error */
	REF_IOMAP_END_FAILED, /* 6.15 "iomap: support incremental iomap_iter advances": with or without an error */
	REF_IOMAP_END_GONE,   /* 6.17.4 "ext4: fail unaligned direct IO write with EINVAL": there is none */
};

struct ref_rules {
	const char *name; /* "6.12" */

	/* --- lock: ext4_dio_write_iter, ext4_dio_write_checks --- */
	enum ref_content_rule content;
	/* until 6.4: unaligned takes the lock exclusive at once, told from the position before O_APPEND is applied */
	bool unaligned_starts_exclusive;
	/* until 6.4: NOWAIT is tested for unaligned and extending writes after file_modified(), not before */
	bool nowait_after_modified;
	/* 7.3 "ext4: use kiocb_modified instead of file_modified in DIO/DAX write path": -EAGAIN if an update is due */
	bool nowait_refuses_timestamp;
	/*
	 * 6.16 to 6.18: chattr +j has no effect on a cached inode whose mapping supports large folios; later it takes
	 * these away
	 */
	bool large_folios_outrank_journal_flag;

	/* --- map: ext4_iomap_begin, ext4_iomap_alloc --- */
	enum ref_overwrite_ops overwrite_ops;
	/* 7.0 "ext4: avoid starting handle when dio writing an unwritten extent" */
	bool lookup_takes_unwritten;
	/* until 6.15: the request stays cut to the run that the lookup found; 6.16 restores it */
	bool lookup_cuts_request;
	/* until 6.19, "ext4: remove EXT4_GET_BLOCKS_IO_CREATE_EXT" (7.0): unwritten blocks asked for are NEW */
	bool unwritten_is_new;
	/* the same commit: an unwritten extent is split before the I/O, and stays so when that fails */
	bool splits_before_io;
	/* 7.3 "ext4: prevent sleeping allocation in NOWAIT write path" */
	bool nowait_refuses_allocation;

	/* --- submit: __iomap_dio_rw, iomap_dio_bio_iter --- */
	/* 6.5, kiocb_invalidate_pages(): any error of the pre-invalidation but -EAGAIN becomes -ENOTBLK */
	bool writeback_error_falls_back;
	enum ref_buffer_rule buffer;
	/* 6.6 "iomap: treat a write through cache the same as FUA" */
	bool no_cache_is_fua;
	/* 6.12 (iomap_dio_zero returns int) to 7.2 ("iomap: don't lose a failed direct I/O bio's error ...") */
	bool tail_zero_hides_error;
	enum ref_iomap_end_rule iomap_end;

	/* --- buffered --- */
	/*
	 * 6.16 "ext4: enable large folio for regular file": what one write brings into the cache goes as a whole. Not
	 * where the kernel was built without transparent huge pages, as those with PREEMPT_RT are: ref_target tells.
	 */
	bool large_folios;
	/* 6.17 (seen live), not 6.16: where there was no room for a folio, the next try is for what that would have
	 * held */
	bool retry_asks_for_less;
	/*
	 * until 6.6, 6.7 "ext4: do not mark inode dirty every time when appending using delalloc": a size that grows
	 * over promised blocks is something that fdatasync has to write
	 */
	bool growth_marks_inode;
	/*
	 * 6.12 "ext4: optimize the EXT4_GET_BLOCKS_DELALLOC_RESERVE flag set": what was promised a place is given that,
	 * whoever asks. Until then only writeback is: an fallocate or a direct write asks for room once more.
	 */
	bool promise_serves_all;
	/* 6.15 "filemap: Move prefaulting out of hot write path": a copy that faults leaves zeroes in new blocks */
	bool fault_leaves_zeroes;

	/* --- complete --- */
	/* 6.19 "iomap: support write completions from interrupt context" */
	bool completes_in_interrupt;

	/*
	 * 6.1 (source and live), not 6.12: without a journal, fdatasync of an inode with nothing but data to write does
	 * not flush the device; with data=journal it commits and does not flush either.
	 */
	bool fsync_skips_clean_inode;
	bool fsync_data_journal_only_commits;

	/* 6.13 and 6.12.y, "ext4: partial zero eof block on unaligned inode size extension": it stays dirty in the
	 * cache */
	bool extension_zeroes_eof;
	/*
	 * 6.13 (6.16 to 7.3 seen live, 6.12.117 not), "mm: zero range of eof folio in pagecache_isize_extended()":
	 * and so is, by a truncate, all that a dirty folio of several blocks has behind it; by a buffered write or fallocate
	 * behind EOF it is not (seen on 6.18)
	 */
	bool extension_zeroes_folio;
	/*
	 * 7.1 (source), 7.2 and 7.3, not 6.18 (seen live), ext4_write_checks(): a buffered write beyond EOF does so
	 * before it copies; and fallocate looks at that block alone (ext4_block_zero_eof), not at the last one, too
	 * (7.2 alone can show it)
	 */
	bool zeroes_eof_first;

	/*
	 * 7.3.4 and 6.12.117, not 7.2.12 and 6.18.44 (seen live): a lookup of indirect blocks, too, caches the hole
	 * that it finds, with all that has no table yet. Else each block behind one of the same table is found, and
	 * allocated, alone.
	 */
	bool indirect_caches_holes;

	/*
	 * 7.0 (source of 7.1), not 6.19, ext4_es_cache_extent(): what is read of the tree replaces what is cached of it
	 * in part. Before, it is not cached where anything of it is.
	 */
	bool es_cache_replaces;
	/* 6.16 (source of 6.17), not 6.12: what writeback reads of the tree is not cached but for what it asked for */
	bool writeback_nocache;

	/*
	 * 7.2 and 7.3 (source and live): a fast commit takes what was changed from the extent status cache, and where it
	 * is not there the commit is the transaction's. Before, it looks it up, and the holes that it meets are cached.
	 */
	bool fast_commit_snapshots;

	/*
	 * Until 7.0 (source; not 7.1; live on 6.1 and 6.18, not on 7.2 and 7.3): of a file that an earlier transaction
	 * had ordered data of, and this one has none, a fast commit writes byte 0 to byte 0 back, which is the first
	 * folio.
	 */
	bool fast_commit_writes_first_page;

	/* --- set-up operations --- */
	/* 6.15 and 6.12.43: ext4_fallocate() calls file_modified() before a punch sees that it is beyond EOF */
	bool fallocate_modifies_first;
	/* until 6.14, not 6.12.43: a punch has what is dirty in its range written first; later only with data=journal
	 */
	bool punch_writes_back;
	/* 6.18 and the stable trees of then, not 6.14 and 6.16: i_disksize reaches the end of a punch, also inside the
	 * file; else only where it ends at i_size or beyond */
	bool punch_pushes_disksize;
	/* 6.9 "ext4: add a hole extent entry in cache after punch": until then what was punched is looked up again */
	bool punch_caches_hole;
	/*
	 * 7.0 "ext4: convert inline data to extents when truncate exceeds inline size", in the stable trees of then
	 * from 6.18.21 and 6.12.80 on: the data go to a block; else they stay in the inode, however large the file is.
	 * (6.18.44 does and 6.18.15 does not, seen live; that it was 6.18.21 follows from the other tree's date alone.)
	 */
	bool truncate_moves_inline;
	/* from 6.8 on, seen in 6.12 and not in 6.1.192: dioread_nolock is the default also of blocks that are no pages
	 */
	bool small_blocks_nolock;
	/* read in 6.19 and 7.1, not in 6.18: a punch beyond EOF ends with the block of EOF, not with its page */
	bool punch_ends_with_block;
	/* read in 7.1, not in 6.19: S_SYNC and -o sync, too, commit an fallocate and write the zeroes that a punch
	 * leaves */
	bool fallocate_obeys_sync;
	/*
	 * 6.19 (source), 7.2 and 7.3, not 6.1 to 6.18 (seen live): chattr -j, too, has dirty data written first, as +j
	 * always had, and nothing of the file is cached behind either
	 */
	bool journal_flag_empties_cache;

	/* --- where blocks come from --- */
	/*
	 * 6.16.12 (seen live), not 6.12.117 and 6.17.13: a run for small files that is nowhere to be had whole is given
	 * up for what was asked for, before the third criterion; else the largest piece is taken. ac_orig_goal_len, to
	 * which the goal goes back then, is set of a large file's chunk only.
	 */
	bool shared_run_is_given_up;
	/* 6.17: each large file is placed behind the last stream of those that share its slot; before, of all files */
	bool many_stream_goals;

	/* --- before ext4 --- */
	/* FOP_DONTCACHE: absent in 6.16.12, present in 6.17.13 (seen live) */
	bool dontcache;
	/* until 7.2 "mm: kick writeback flusher for IOCB_DONTCACHE with targeted dirty tracking": the write itself, not the
	 * flusher, submits what it has copied (seen live on 6.18, and not on 7.2.12) */
	bool dontcache_submits;
};

extern const struct ref_rules ref_profiles[]; /* ended by a NULL name */

/* Their names in words, for help and errors; a unit test holds it against the table. */
#define REF_PROFILE_NAMES "6.1, 6.12, 6.14, 6.16, 6.17, 6.18, 6.19, 7.0, 7.2 or 7.3"

/* Why these rules: the first two are right, the others are the nearest that there are. */
enum ref_fit {
	REF_FIT_ASKED,	 /* by name */
	REF_FIT_OWN,	 /* of this very release */
	REF_FIT_BETWEEN, /* the release lies between two profiles */
	REF_FIT_NEWER,	 /* the release is newer than all */
	REF_FIT_OLDER,	 /* and older */
};

struct ref_choice {
	const struct ref_rules *rules; /* NULL: none fits */
	enum ref_fit fit;
};

/* By exact name; NULL when there is none. */
const struct ref_rules *ref_rules_find(const char *name);
/*
 * The profile of a `uname -r` ("6.18.15+deb13-cloud-amd64" has "6.18"), or the nearest: the one with most of its rules,
 * that of the lock first. None below 5.15 and for what is not a release.
 */
struct ref_choice ref_rules_for_release(const char *release);
bool ref_fit_is_right(enum ref_fit fit);
/* "this kernel's", "nearest to this kernel's, which is newer than all profiles" and so on. */
const char *ref_fit_words(enum ref_fit fit);

#endif
