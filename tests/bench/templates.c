// SPDX-License-Identifier: GPL-2.0-only
#include "tests/bench/templates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "refimpl/env/env_mem.h"
#include "refimpl/path/path.h"

#define PROFILE	 "6.14"
#define NO_SPACE (-2)
#define MANY	 "M|M|M|M|M|M|M|M|M|M|M|M|M|M|M|M|M|M|M|M"

/* Blocks: M written, U unwritten, . hole, | a gap on the disk. */
static const struct scenario {
	const char *title;
	unsigned int weight;
	const char *blocks;
	int64_t pos, len;
	uint8_t flags;
	enum submit_kind submit;
	enum lookup_kind lookup;
	bool fua, fresh, indirect, dirty, data_journal, device_fails, fault, no_barrier;
	int64_t limit; /* of the file's size; NO_SPACE: nothing is left on the disk; 0: none */
} scenarios[] = {
	{"overwrite", 300, "MMMM", 0, 4096, .lookup = LOOKUP_WRITTEN},
	{"overwrite, 16k", 80, "MMMMMMMM", 0, 16384, .lookup = LOOKUP_WRITTEN},
	{"overwrite, libaio", 250, "MMMM", 0, 4096, .submit = SUBMIT_LIBAIO, .lookup = LOOKUP_WRITTEN},
	{"overwrite, io_uring", 150, "MMMM", 0, 8192, .submit = SUBMIT_IO_URING, .lookup = LOOKUP_WRITTEN},
	{"unaligned overwrite", 20, "MMMM", 512, 512, .lookup = LOOKUP_WRITTEN},
	{"overwrite of pieces", 5, MANY, 0, 20 * 4096, .lookup = LOOKUP_PART_WRITTEN},
	{"overwrite of an inode just read", 2, "MMMM", 0, 4096, .fresh = true, .lookup = LOOKUP_WRITTEN},
	{"append", 40, "MM", 8192, 4096, .lookup = LOOKUP_NONE},
	{"append, 512 bytes", 15, "MM", 8192, 512, .lookup = LOOKUP_NONE},
	{"append, libaio", 10, "MM", 8192, 4096, .submit = SUBMIT_LIBAIO},
	{"append, O_DSYNC", 25, "MM", 8192, 4096, .flags = WRITE_DSYNC},
	{"append, O_SYNC, 512 bytes", 5, "MM", 8192, 512, .flags = WRITE_SYNC},
	{"hole", 30, "M...M", 4096, 4096, .lookup = LOOKUP_HOLE},
	{"hole, with zero-outs", 10, "M...M", 4608, 1024, .lookup = LOOKUP_HOLE},
	{"hole, io_uring", 10, "M...M", 4096, 4096, .submit = SUBMIT_IO_URING, .lookup = LOOKUP_HOLE},
	{"unwritten", 40, "UUUU", 0, 4096, .lookup = LOOKUP_UNWRITTEN},
	{"unwritten, libaio", 20, "UUUU", 4096, 8192, .submit = SUBMIT_LIBAIO, .lookup = LOOKUP_UNWRITTEN},
	{"unwritten, unaligned", 8, "UUUU", 4608, 512, .lookup = LOOKUP_UNWRITTEN},
	{"border of written and unwritten", 8, "MMUU", 4096, 8192, .lookup = LOOKUP_PART_WRITTEN},
	{"O_DSYNC by FUA", 40, "MMMM", 0, 4096, .flags = WRITE_DSYNC, .fua = true, .lookup = LOOKUP_WRITTEN},
	{"O_DSYNC by a flush", 30, "MMMM", 0, 4096, .flags = WRITE_DSYNC, .lookup = LOOKUP_WRITTEN},
	{"O_DSYNC by a commit", 15, "MMMM", 0, 4096, .flags = WRITE_DSYNC, .dirty = true, .lookup = LOOKUP_WRITTEN},
	{"O_DSYNC without barriers", 1, "MMMM", 0, 4096, .flags = WRITE_DSYNC, .no_barrier = true,
	 .lookup = LOOKUP_WRITTEN},
	{"indirect hole", 4, "M..M", 4096, 4096, .indirect = true, .lookup = LOOKUP_HOLE},
	{"data=journal", 4, "MMMM", 0, 4096, .data_journal = true},
	{"page fault", 2, "MMMM", 0, 8192, .fault = true, .lookup = LOOKUP_WRITTEN},
	{"length is no multiple", 4, "MMMM", 0, 1000, .lookup = LOOKUP_WRITTEN},
	{"nowait, would need the lock", 6, "M..M", 4096, 4096, .flags = WRITE_NOWAIT, .lookup = LOOKUP_HOLE},
	{"no space", 1, "M..M", 4096, 4096, .limit = NO_SPACE, .lookup = LOOKUP_HOLE},
	{"file too large", 1, "MM", 8192, 4096, .limit = 8192},
	{"the device fails", 1, "MMMM", 0, 4096, .device_fails = true, .lookup = LOOKUP_WRITTEN},
};

/* --- what the reference is given --- */

static uint32_t set_blocks(struct mem_env *m, const char *blocks)
{
	static const enum ref_state states[128] = {['M'] = REF_WRITTEN, ['U'] = REF_UNWRITTEN, ['.'] = REF_HOLE};
	uint32_t lblk = 0;

	for (; *blocks; blocks++) {
		if (*blocks == '|')
			mem_env_gap(m);
		else
			mem_env_set(m, lblk++, 1, states[*blocks & 0x7f]);
	}
	return lblk;
}

static uint32_t set_env(struct mem_env *m, const struct scenario *s)
{
	struct ref_sb *sb = &m->env.sb;
	uint32_t blocks;

	mem_env_init(m);
	blocks = set_blocks(m, s->blocks);
	if (s->limit > 0)
		sb->limit = s->limit;
	if (s->limit == NO_SPACE)
		m->free_blocks = 0;
	sb->dev_fua = s->fua;
	sb->dma_mask = s->fua ? 3 : 511;
	sb->barrier = !s->no_barrier;
	sb->data_journal = s->data_journal;
	m->write_fails = s->device_fails;
	return blocks;
}

/* @inode stays where it is: the journal lists it. */
static void make_inode(struct ref_inode *inode, struct mem_env *m, const struct scenario *s, uint32_t blocks)
{
	*inode = (struct ref_inode){.ino = 12, .mode = 0100644, .extents = !s->indirect, .nosec = !s->fresh};

	inode->i_size = inode->i_disksize = (int64_t)blocks << m->env.sb.blkbits;
	ref_journal_iget(&m->env, inode);
	if (s->dirty)
		ref_ext4_update_inode_fsync_trans(&m->env, inode, true);
}

/* --- what a kernel tells and the reference does not --- */

static void know(struct write_record *rec, enum write_fact fact)
{
	rec->how[fact] = HOW_OBSERVED;
}

static void add_known(struct write_record *rec, const struct scenario *s)
{
	static const enum write_fact facts[] = {FACT_PID, FACT_TID,	    FACT_COMM,	    FACT_CGROUP,    FACT_DEV,
						FACT_INO, FACT_INODE_FLAGS, FACT_DATA_MODE, FACT_GENERATION};

	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		know(rec, facts[i]);
	rec->data_mode = s->data_journal ? DATA_JOURNAL : DATA_ORDERED;
	rec->lookup = (uint8_t)s->lookup;
	if (rec->stage_ns[STAGE_CHECK]) {
		know(rec, FACT_LOOKUP);
		know(rec, FACT_LOCK_WAIT);
	}
	if (rec->how[FACT_DIO_WAIT] == HOW_OBSERVED && rec->dio_wait)
		know(rec, FACT_DRAIN);
	if (rec->submit != SUBMIT_SYNC)
		know(rec, FACT_HELD);
	if (rec->submit == SUBMIT_IO_URING) {
		know(rec, FACT_WORKER);
		rec->worker = rec->attempts > 1;
	}
}

/* --- one --- */

static int make(struct template *t, const struct scenario *s, struct mem_env *m, const uint8_t *data)
{
	struct ref_inode inode;
	struct workload_op op = {.kind = OP_WRITE,
				 .nr = 1,
				 .file = "f",
				 .pos = s->pos,
				 .len = s->len,
				 .flags = s->flags,
				 .submit = s->submit,
				 .fault = s->fault,
				 .nr_segs = 1,
				 .segs = {(uint32_t)s->len}};
	struct ref_write w;

	make_inode(&inode, m, s, set_env(m, s));
	ref_write_init(&w, &m->env, ref_rules_find(PROFILE), &inode, &op, data);
	ref_vfs_write(&w, &op);
	ref_inode_release(&inode);
	if (w.out_of_memory || !w.entered) {
		ref_write_release(&w);
		return -ENOMEM;
	}
	*t = (struct template){s->title, s->weight, w.rec, w.steps, w.nr_steps};
	t->rec.steps_total = t->nr_steps;
	add_known(&t->rec, s);
	return 0;
}

/* --- all --- */

#define DATA_LEN (1u << 20)

int templates_init(struct templates *t)
{
	struct mem_env *m = malloc(sizeof(*m));
	uint8_t *data = aligned_alloc(REF_PAGE, DATA_LEN);
	int ret = 0;

	*t = (struct templates){.rows = calloc(ARRAY_SIZE(scenarios), sizeof(*t->rows))};
	if (!m || !data || !t->rows)
		ret = -ENOMEM;
	else
		memset(data, 1, DATA_LEN);
	for (size_t i = 0; i < ARRAY_SIZE(scenarios) && !ret; i++) {
		ret = make(&t->rows[i], &scenarios[i], m, data);
		t->nr += !ret;
		t->weight += scenarios[i].weight;
	}
	free(data);
	free(m);
	return ret;
}

void templates_release(struct templates *t)
{
	for (size_t i = 0; i < t->nr; i++)
		free(t->rows[i].steps);
	free(t->rows);
	*t = (struct templates){0};
}

const struct template *templates_draw(const struct templates *t, unsigned int ticket)
{
	const struct template *row = t->rows;

	for (; ticket >= row->weight; row++)
		ticket -= row->weight;
	return row;
}
