/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One direct write on its way through the reference, and the functions of the path in the order in which they run.
 * A function named ref_X is the kernel's X; a comment at its definition says where X is and in which versions.
 *
 * A fact of the record is noted at the moment it is decided, and counts as not reached until then. The conventions
 * are those of reports/model/infer.c: lock and map facts from the first check resp. __iomap_dio_rw on, rounds and bios
 * once the cached pages are out of the way, completion facts once the dio completes, details of an upgrade, a sync or a
 * fallback only where there was one.
 */
#ifndef DIOSCOPE_REF_PATH_H
#define DIOSCOPE_REF_PATH_H

#include "bpf/write_record.h"
#include "refimpl/path/env.h"
#include "refimpl/path/rules.h"
#include "user/workload/workload.h"

/* struct kiocb. */
struct ref_kiocb {
	int64_t pos;
	uint8_t flags; /* IOCB_x as WRITE_x; RWF_SYNC has set WRITE_DSYNC too */
	bool nowait;   /* IOCB_NOWAIT, the caller's or io_uring's own */
	bool sync;     /* ki_complete is NULL */
};

/* struct iov_iter: segments back to back in one buffer that begins @align bytes into a page. */
struct ref_iter {
	const uint8_t *data; /* what the buffer holds; aligned for the device whatever @align says */
	size_t count;	     /* bytes left */
	size_t done;	     /* bytes behind us */
	size_t readable;     /* a fault comes at this byte; SIZE_MAX: never */
	uint32_t align;
	uint32_t nr_segs;
	const uint32_t *segs;
};

/* What ext4_dio_write_checks knows of the range under the lock it holds. */
struct ref_checks {
	bool shared; /* i_rwsem is held shared */
	bool unaligned;
	bool extend;
	bool overwrite; /* one allocated extent covers the range */
	bool unwritten; /* and is unwritten */
	bool needs_zeroing;
	bool force_wait;
};

/* Other writers at the same time: who calls one of these goes on when it is his turn. */
struct ref_beside {
	void (*stage)(struct ref_beside *b, enum stage stage); /* is about to begin */
	/* i_rwsem */
	void (*lock)(struct ref_beside *b, const struct ref_inode *inode, enum lock_mode mode);
	void (*unlock)(struct ref_beside *b, const struct ref_inode *inode);
};

struct ref_write {
	struct ref_beside *beside; /* NULL: it is alone */
	struct ref_env *env;
	const struct ref_rules *rules;
	struct ref_inode *inode;
	struct ref_kiocb iocb;
	struct ref_iter from;
	struct ref_checks checks;
	enum fallback_reason rest_reason; /* why a remainder, if there is one, is left to the page cache */
	bool queued;			  /* -EIOCBQUEUED: the submitter is gone when the dio completes */
	bool entered;			  /* ext4 was called: there is a record */
	bool found_committed;		  /* on the live kernel its fsync did: no timestamp was due */
	uint32_t data_bios, fua_bios;
	struct write_record rec;
	struct write_step *steps;
	uint32_t nr_steps;
	bool out_of_memory; /* steps are missing */
};

/* --- write.c: the record, and what lies between the system call and ext4 --- */

#define NOTE(w, fact, member, value)                                                                                   \
	do {                                                                                                           \
		(w)->rec.member = (value);                                                                             \
		(w)->rec.how[FACT_##fact] = HOW_OBSERVED;                                                              \
	} while (0)

/* @data holds what is written: op->len bytes from op->pos on. */
void ref_write_init(struct ref_write *w, struct ref_env *env, const struct ref_rules *rules, struct ref_inode *inode,
		    const struct workload_op *op, const uint8_t *data);
void ref_write_release(struct ref_write *w);
/* The system call: bytes or -errno as its caller gets it; w->entered says whether w->rec is a write. */
int64_t ref_vfs_write(struct ref_write *w, const struct workload_op *op);
/* One call of ext4_file_write_iter, as a replay of a recorded attempt needs it, and the result that its caller gets. */
int64_t ref_write_attempt(struct ref_write *w, const struct workload_op *op, bool nowait);
void ref_write_end(struct ref_write *w, int64_t ret);
/* The moment at which @stage begins, the first time. */
void ref_stage(struct ref_write *w, enum stage stage);
/* i_rwsem: inode_lock() or inode_lock_shared(), and their end. */
void ref_inode_lock(struct ref_write *w, enum lock_mode mode);
void ref_inode_unlock(struct ref_write *w);
void ref_add_step(struct ref_write *w, const struct write_step *step);
bool ref_iocb_is_dsync(const struct ref_write *w);
/* Number, addresses and lengths of the segments that hold what is left to write, which checks may cut. */
void ref_note_buffer(struct ref_write *w);

/* --- dio_write.c: fs/ext4/file.c --- */

int64_t ref_ext4_file_write_iter(struct ref_write *w);
int64_t ref_ext4_generic_write_checks(struct ref_write *w);
int ref_file_modified(struct ref_write *w);
bool ref_is_sxid(uint16_t mode);
int64_t ref_ext4_buffered_write_iter(struct ref_write *w);
/* Is a block only promised by who writes to the cache now? */
bool ref_delays_allocation(const struct ref_env *env);

/* --- ext4_iomap.c: fs/ext4/inode.c --- */

/* struct iomap; type and flags as in write_step. */
struct ref_iomap {
	int64_t offset;
	uint64_t length;
	uint64_t addr;
	uint8_t type;	/* enum map_type */
	uint16_t flags; /* MAP_F_x */
};

struct ref_dio;

/* struct ext4_map_blocks. */
struct ref_map {
	uint32_t lblk;
	uint32_t len;
	uint64_t pblk;
	unsigned int flags; /* REF_MAP_x */
};
#define REF_MAP_NEW	  0x1
#define REF_MAP_MAPPED	  0x2
#define REF_MAP_UNWRITTEN 0x4

/* EXT4_GET_BLOCKS_x. */
#define REF_GET_CREATE 0x1
#define REF_GET_UNWRIT 0x2

/* How many blocks the result covers, 0 for a hole (then map->len is the hole's), or -errno. */
int64_t ref_ext4_map_blocks(struct ref_write *w, struct ref_map *map, unsigned int get);
int ref_ext4_iomap_begin(struct ref_write *w, enum iomap_ops_kind ops, int64_t offset, uint64_t length,
			 struct ref_iomap *iomap);

/* --- iomap_iter.c: fs/iomap/iter.c --- */

struct ref_iomap_iter {
	int64_t pos;
	uint64_t len;
	int64_t processed; /* bytes, or the error, of the round that is over */
	bool mapped;	   /* a round is over */
	enum iomap_ops_kind ops;
	struct ref_iomap iomap;
};

/* 1: a mapping for the rest; 0: done; or -errno. */
int ref_iomap_iter(struct ref_write *w, struct ref_iomap_iter *iter);

/* --- dio_bio.c: fs/iomap/direct-io.c --- */

/* struct iomap_dio. */
struct ref_dio {
	int64_t size; /* bytes submitted */
	int64_t unwritten; /* where the first that go to unwritten blocks come; INT64_MAX: none do */
	int64_t i_size;
	int error;
	int hidden; /* the error that the zeroes behind a piece have hidden */
	/* flags */
	bool need_sync;
	bool write_through;
	bool comp_work; /* IOMAP_DIO_COMP_WORK: may not complete in interrupt context */
};

/* Bytes, or -errno; w->queued when it went on without its submitter. */
int64_t ref_iomap_dio_rw(struct ref_write *w, enum iomap_ops_kind ops, bool force_wait);

/* --- complete.c: completion, size, sync --- */

int64_t ref_iomap_dio_complete(struct ref_write *w, struct ref_dio *dio);
int ref_ext4_orphan_add(struct ref_write *w);
void ref_ext4_inode_extension_cleanup(struct ref_write *w, bool need_trunc);
/* @ret, or the error of syncing the @ret bytes before @end. */
int64_t ref_generic_write_sync(struct ref_write *w, int64_t end, int64_t ret);
int ref_ext4_sync_file(struct ref_write *w, int64_t pos, uint64_t len, bool datasync);

#endif
