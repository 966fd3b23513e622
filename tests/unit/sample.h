/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Crafted writes for the tests of reports/. sample_init() is a 4 KiB overwrite under the shared lock, every fact
 * observed; tests change what they are about.
 */
#ifndef DIOSCOPE_SAMPLE_H
#define DIOSCOPE_SAMPLE_H

#include <stdio.h>
#include <string.h>

#include "reports/model/set.h"

struct sample {
	struct write_record rec;
	struct write_step steps[64];
	uint32_t nr;
};

static inline void sample_round(struct sample *s, enum map_type type, uint16_t flags, int64_t pos, uint64_t len)
{
	s->steps[s->nr++] = (struct write_step){.kind = STEP_ROUND,
						.role = (uint8_t)type,
						.map_flags = flags,
						.pos = pos,
						.len = len,
						.addr = type == MAP_HOLE ? ADDR_NONE : 0x100000 + (uint64_t)pos};
	s->rec.rounds++;
}

static inline void sample_bio(struct sample *s, enum bio_role role, uint32_t opf, int64_t pos, uint64_t len)
{
	s->steps[s->nr++] = (struct write_step){.kind = STEP_BIO,
						.role = (uint8_t)role,
						.opf = OPF_WRITE | OPF_SYNC | OPF_IDLE | opf,
						.pos = pos,
						.len = len,
						.addr = 0x100000 + (uint64_t)pos};
	s->rec.bios++;
}

static inline void sample_how(struct sample *s, enum write_fact fact, enum how how)
{
	s->rec.how[fact] = (uint8_t)how;
}

/* Without steps: for writes whose rounds and bios the test makes itself. */
static inline void sample_bare(struct sample *s, uint64_t id, const char *file, int64_t pos, uint64_t len)
{
	static const uint64_t at[NR_STAGES] = {
		[STAGE_ENTER] = 1000,  [STAGE_CHECK] = 1800,	 [STAGE_IOMAP] = 2500,	 [STAGE_SUBMIT] = 4000,
		[STAGE_DEVICE] = 4600, [STAGE_COMPLETE] = 74000, [STAGE_RETURN] = 75500,
	};

	memset(s, 0, sizeof(*s));
	memset(s->rec.how, HOW_OBSERVED, NR_FACTS);
	s->rec.head = (struct record_head){.type = RECORD_WRITE, .id = id};
	for (int i = 0; i < NR_STAGES; i++)
		s->rec.stage_ns[i] = at[i] ? at[i] + id * 100000 : 0;
	s->rec.pid = 4711;
	s->rec.tid = 4712;
	snprintf(s->rec.comm, sizeof(s->rec.comm), "fio");
	snprintf(s->rec.file, sizeof(s->rec.file), "%s", file);
	s->rec.ino = 12;
	s->rec.dev = 7u << 20;
	s->rec.attempts = 1;
	s->rec.asked_pos = s->rec.pos = pos;
	s->rec.asked_len = s->rec.len = len;
	s->rec.segments = 1;
	s->rec.lbs = 512;
	s->rec.dma_mask = 511;
	s->rec.isize = s->rec.disksize = s->rec.isize_after = 1 << 20;
	s->rec.blkbits = 12;
	s->rec.extents = s->rec.nosec = s->rec.dev_cache = s->rec.journal = s->rec.barrier = 1;
	s->rec.lock_first = s->rec.lock = LOCK_SHARED;
	s->rec.checks = 1;
	s->rec.ops = OPS_OVERWRITE;
	s->rec.data_bytes = len;
	s->rec.context = COMPLETE_SUBMITTER;
	s->rec.end_size = s->rec.dio_ret = s->rec.ret = (int64_t)len;
}

static inline void sample_init(struct sample *s, uint64_t id, const char *file, int64_t pos, uint64_t len)
{
	sample_bare(s, id, file, pos, len);
	sample_round(s, MAP_MAPPED, 0, pos, len);
	sample_bio(s, BIO_DATA, 0, pos, len);
}

/* 0, or what set_add() says. */
static inline int sample_add(struct write_set *set, const struct sample *s, uint32_t op)
{
	struct errmsg err;
	int ret = set_add(set, &s->rec, s->steps, s->nr, op, &err);

	if (ret)
		printf("# set_add: %s\n", err.text);
	return ret;
}

/* As a whole trace of @kernel, to @fd, which it closes as set_save() does. */
static inline int samples_save(const struct sample *samples, size_t nr, const char *kernel, int fd, struct errmsg *err)
{
	struct write_set set = {0};
	int ret = meta_setf(&set.header, META_RECORD_VERSION, "%d", WRITE_RECORD_VERSION);

	ret |= meta_set(&set.header, META_KERNEL, kernel);
	ret |= meta_setf(&set.trailer, META_WRITES, "%zu", nr);
	for (size_t i = 0; i < nr; i++)
		ret |= sample_add(&set, &samples[i], 0);
	ret = ret ? ret : set_save(&set, fd, err);
	set_release(&set);
	return ret;
}

/* The file of @s as a FILE record has it, whose name need not be cut. 0 or -ENOMEM. */
static inline int sample_file(struct write_set *set, const struct sample *s, const char *name, const char *parent)
{
	struct file_record file = {
		.head = {.type = RECORD_FILE, .len = sizeof(file)},
		.dev = s->rec.dev,
		.ino = s->rec.ino,
		.generation = s->rec.generation,
	};
	struct file_record *files = realloc(set->files, (set->nr_files + 1) * sizeof(*files));

	if (!files)
		return -1;
	snprintf(file.name, sizeof(file.name), "%s", name);
	snprintf(file.parent, sizeof(file.parent), "%s", parent);
	set->files = files;
	set->files[set->nr_files++] = file;
	return 0;
}

/* The application's fdatasync of the file of @s, which began after it and took so long, without a flush of its own. */
static inline struct sync_record *sample_sync(struct write_set *set, const struct sample *s, uint64_t ns)
{
	struct sync_record *syncs = realloc(set->syncs, (set->nr_syncs + 1) * sizeof(*syncs));
	struct sync_record *sync;

	if (!syncs)
		return NULL;
	set->syncs = syncs;
	sync = &syncs[set->nr_syncs++];
	*sync = (struct sync_record){
		.head = {.type = RECORD_SYNC, .len = sizeof(*sync)},
		.began_ns = s->rec.stage_ns[STAGE_RETURN],
		.ended_ns = s->rec.stage_ns[STAGE_RETURN] + ns,
		.ino = s->rec.ino,
		.dev = s->rec.dev,
		.generation = s->rec.generation,
		.pid = s->rec.pid,
		.tid = s->rec.tid,
		.sync = SYNC_FDATASYNC,
		.flush_how = HOW_OBSERVED,
		.journal = 1,
		.barrier = 1,
		.dev_cache = 1,
	};
	snprintf(sync->comm, sizeof(sync->comm), "%s", s->rec.comm);
	return sync;
}

/* --- some writes with a story --- */

/* Unaligned into a hole: upgraded, zeroed around, converted. */
static inline void sample_hole(struct sample *s, uint64_t id, const char *file)
{
	sample_bare(s, id, file, 4608, 1024);
	s->rec.lock = LOCK_EXCLUSIVE;
	s->rec.upgrade = 1;
	s->rec.upgrade_reason = UPGRADE_NOT_OVERWRITE;
	s->rec.checks = 2;
	s->rec.unaligned = s->rec.dio_wait = s->rec.force_wait = 1;
	s->rec.addr_align = s->rec.seg_align = 1024;
	s->rec.ops = OPS_IOMAP;
	s->rec.journal_starts = 1;
	s->rec.zero_head = 512;
	s->rec.zero_tail = 2560;
	s->rec.convert = 1;
	sample_round(s, MAP_UNWRITTEN, MAP_F_NEW, 4096, 4096);
	sample_bio(s, BIO_ZERO_HEAD, 0, 4096, 512);
	sample_bio(s, BIO_DATA, 0, 4608, 1024);
	sample_bio(s, BIO_ZERO_TAIL, 0, 5632, 2560);
}

/* O_DSYNC over clean blocks: FUA. */
static inline void sample_fua(struct sample *s, uint64_t id, const char *file)
{
	sample_bare(s, id, file, 8192, 4096);
	s->rec.flags = WRITE_DSYNC;
	s->rec.dev_fua = 1;
	s->rec.fua = FUA_ALL;
	sample_round(s, MAP_MAPPED, 0, 8192, 4096);
	sample_bio(s, BIO_DATA, OPF_FUA, 8192, 4096);
}

/* The same over a dirty mapping: fdatasync, with a commit. */
static inline void sample_dsync(struct sample *s, uint64_t id, const char *file)
{
	sample_bare(s, id, file, 8192, 4096);
	s->rec.flags = WRITE_DSYNC;
	s->rec.dev_fua = 1;
	s->rec.sync = SYNC_FDATASYNC;
	s->rec.commit = 1;
	s->rec.stage_ns[STAGE_SYNC] = s->rec.stage_ns[STAGE_COMPLETE] + 500;
	sample_round(s, MAP_MAPPED, MAP_F_DIRTY, 8192, 4096);
	sample_bio(s, BIO_DATA, 0, 8192, 4096);
}

/* libaio append: exclusive from the start. */
static inline void sample_append(struct sample *s, uint64_t id, const char *file)
{
	sample_bare(s, id, file, 1 << 20, 4096);
	s->rec.submit = SUBMIT_LIBAIO;
	s->rec.flags = WRITE_APPEND;
	s->rec.asked_pos = 0;
	s->rec.lock_first = s->rec.lock = LOCK_EXCLUSIVE;
	s->rec.extend = s->rec.force_wait = s->rec.orphan = 1;
	s->rec.ops = OPS_IOMAP;
	s->rec.journal_starts = 1;
	s->rec.convert = 1;
	s->rec.isize_after = (1 << 20) + 4096;
	sample_round(s, MAP_UNWRITTEN, MAP_F_NEW | MAP_F_DIRTY, 1 << 20, 4096);
	sample_bio(s, BIO_DATA, 0, 1 << 20, 4096);
}

/* A file that may not be written directly: all of it buffered, nothing of iomap reached. */
static inline void sample_buffered(struct sample *s, uint64_t id, const char *file)
{
	sample_bare(s, id, file, 0, 4096);
	for (int fact = FACT_LOCK; fact <= FACT_DIO_RET; fact++)
		sample_how(s, (enum write_fact)fact, HOW_NOT_REACHED);
	sample_how(s, FACT_ISIZE_AFTER, HOW_OBSERVED);
	memset(&s->rec.stage_ns[STAGE_IOMAP], 0, (STAGE_BUFFERED - STAGE_IOMAP) * sizeof(s->rec.stage_ns[0]));
	s->rec.stage_ns[STAGE_BUFFERED] = s->rec.stage_ns[STAGE_CHECK] + 900;
	s->rec.data_bytes = 0;
	s->rec.fallback = FALLBACK_WHOLE;
	s->rec.fallback_reason = FALLBACK_INELIGIBLE;
	s->rec.fallback_len = s->rec.fallback_ret = 4096;
}

/* Misaligned for the device: -EINVAL, no bio. */
static inline void sample_einval(struct sample *s, uint64_t id, const char *file)
{
	sample_bare(s, id, file, 100, 1024);
	s->rec.unaligned = 1;
	s->rec.addr_align = 100;
	s->rec.data_bytes = 0;
	s->rec.end_size = 0;
	s->rec.end_error = s->rec.dio_ret = s->rec.ret = -22;
	sample_round(s, MAP_MAPPED, 0, 0, 4096);
	for (int fact = FACT_DATA_BYTES; fact <= FACT_FUA; fact++)
		sample_how(s, (enum write_fact)fact, HOW_NOT_REACHED);
	s->rec.stage_ns[STAGE_SUBMIT] = s->rec.stage_ns[STAGE_DEVICE] = 0;
}

/* A header like that of a real recording. */
static inline void sample_header(struct write_set *set, const char *engine)
{
	meta_setf(&set->header, META_RECORD_VERSION, "%d", WRITE_RECORD_VERSION);
	meta_set(&set->header, META_ENGINE, engine);
	meta_set(&set->header, META_KERNEL, "6.18.15");
	meta_set(&set->header, META_MACHINE, "x86_64");
	meta_set(&set->header, META_TIER, "tracepoint");
	meta_set(&set->header, META_COMMAND, "dioscope record -o t -- fio job.fio");
	meta_set(&set->header, META_DEVICE, "loop0 (7:0)");
	meta_set(&set->header, META_HOOK "enter", "raw_tp:iomap_dio_rw_begin");
	meta_set(&set->header, META_HOOK "sync", "none: ext4_sync_file takes no fentry here");
}

/* One of each kind. */
static inline int sample_all(struct write_set *set)
{
	struct sample s;
	int ret = 0;

	sample_init(&s, 1, "data", 0, 4096);
	ret |= sample_add(set, &s, 1);
	sample_hole(&s, 2, "data");
	ret |= sample_add(set, &s, 2);
	sample_fua(&s, 3, "wal");
	ret |= sample_add(set, &s, 3);
	sample_dsync(&s, 4, "wal");
	ret |= sample_add(set, &s, 4);
	sample_append(&s, 5, "log");
	ret |= sample_add(set, &s, 5);
	sample_buffered(&s, 6, "inline");
	ret |= sample_add(set, &s, 6);
	sample_einval(&s, 7, "data");
	ret |= sample_add(set, &s, 7);
	return ret;
}

/* The recording ended in @stage. */
static inline void sample_in_flight(struct sample *s, enum stage stage)
{
	static const enum write_fact later[] = {FACT_CONTEXT, FACT_END_SIZE,	FACT_END_ERROR, FACT_RET,
						FACT_DIO_RET, FACT_ISIZE_AFTER, FACT_LATENCY};

	s->rec.state = WRITE_IN_FLIGHT;
	for (int i = (int)stage + 1; i < NR_STAGES; i++)
		s->rec.stage_ns[i] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(later); i++)
		s->rec.how[later[i]] = HOW_UNKNOWN;
}

/* An overwrite of written blocks as 6.12 does it, synchronous. */
static inline void sample_overwrite(struct sample *s, uint64_t id, int64_t pos, uint64_t len)
{
	sample_init(s, id, "f", pos, len);
	sample_how(s, FACT_UPGRADE_REASON, HOW_NOT_REACHED);
	s->rec.lookup = LOOKUP_WRITTEN;
	for (int f = FACT_FALLBACK_REASON; f <= FACT_FALLBACK_RET; f++)
		sample_how(s, (enum write_fact)f, HOW_NOT_REACHED);
	sample_how(s, FACT_FLUSH, HOW_NOT_REACHED);
	sample_how(s, FACT_COMMIT, HOW_NOT_REACHED);
}

#endif
