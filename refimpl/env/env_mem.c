/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/env/env_mem.h"

#include <errno.h>
#include <string.h>

/* env is the first member. */
static struct mem_env *mem_of(struct ref_env *env)
{
	return (struct mem_env *)env;
}

static bool follows(const struct mem_env *m, uint32_t lblk)
{
	return m->blocks[lblk].state == m->blocks[lblk - 1].state &&
	       (m->blocks[lblk].state == REF_HOLE || m->blocks[lblk].pblk == m->blocks[lblk - 1].pblk + 1);
}

/* As ext_gap_start() in fs_map.c has it. */
static void find_gap(const struct mem_env *m, uint32_t lblk, struct ref_extent *run)
{
	for (uint32_t b = 0; b < MEM_BLOCKS; b++) {
		if (m->blocks[b].state == REF_HOLE)
			continue;
		if (b < lblk)
			run->gap_start = b + 1;
		else if (b > lblk && b < run->gap_end)
			run->gap_end = b;
	}
	if (!run->gap_start && run->gap_end != REF_GAP_END)
		run->gap_start = lblk;
}

static int mem_lookup(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t max, struct ref_extent *run)
{
	struct mem_env *m = mem_of(env);

	(void)inode;
	*run = (struct ref_extent){.lblk = lblk, .len = max, .state = REF_HOLE, .gap_end = REF_GAP_END};
	find_gap(m, lblk, run);
	if (lblk >= MEM_BLOCKS)
		return 0;
	run->len = 1;
	run->state = m->blocks[lblk].state;
	run->pblk = m->blocks[lblk].pblk;
	while (run->len < max && lblk + run->len < MEM_BLOCKS && follows(m, lblk + run->len))
		run->len++;
	return 0;
}

static int mem_allocate(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, unsigned int flags,
			struct ref_extent *run)
{
	struct mem_env *m = mem_of(env);

	if (lblk >= MEM_BLOCKS || !m->free_blocks)
		return -ENOSPC;
	if (len > m->free_blocks)
		len = (uint32_t)m->free_blocks;
	if (len > MEM_BLOCKS - lblk)
		len = MEM_BLOCKS - lblk;
	m->free_blocks -= len;
	inode->datasync_dirty = true; /* dquot_alloc_block() marks it I_DIRTY */
	mem_env_set(m, lblk, len, flags & REF_ALLOC_UNWRITTEN ? REF_UNWRITTEN : REF_WRITTEN);
	return mem_lookup(env, inode, lblk, len, run);
}

static int mem_convert(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	struct mem_env *m = mem_of(env);

	(void)inode;
	for (uint32_t b = lblk; b < lblk + len && b < MEM_BLOCKS; b++)
		if (m->blocks[b].state == REF_UNWRITTEN)
			m->blocks[b].state = REF_WRITTEN;
	return 0;
}

static int mem_free_blocks(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t last)
{
	struct mem_env *m = mem_of(env);

	(void)inode;
	for (uint32_t b = first; b <= last && b < MEM_BLOCKS; b++)
		m->blocks[b].state = REF_HOLE;
	return 0;
}

static int mem_set_disksize(struct ref_env *env, struct ref_inode *inode)
{
	(void)env;
	(void)inode;
	return 0;
}

static int mem_orphan(struct ref_env *env, struct ref_inode *inode, bool add)
{
	(void)env;
	(void)inode;
	(void)add;
	return 0;
}

static int mem_write(struct ref_env *env, uint64_t addr, const void *data, size_t len, bool fua)
{
	(void)addr;
	(void)data;
	(void)len;
	(void)fua;
	return mem_of(env)->write_fails ? -EIO : 0;
}

static int mem_read(struct ref_env *env, uint64_t addr, void *data, size_t len)
{
	(void)env;
	(void)addr;
	memset(data, 0, len);
	return 0;
}

static int mem_flush(struct ref_env *env)
{
	mem_of(env)->flushes++;
	return 0;
}

static uint64_t mem_now_ns(struct ref_env *env)
{
	return ++mem_of(env)->clock_ns;
}

static const struct ref_env_ops mem_ops = {
	.lookup = mem_lookup,
	.allocate = mem_allocate,
	.convert = mem_convert,
	.free_blocks = mem_free_blocks,
	.set_disksize = mem_set_disksize,
	.orphan = mem_orphan,
	.write = mem_write,
	.read = mem_read,
	.flush = mem_flush,
	.now_ns = mem_now_ns,
};

void mem_env_init(struct mem_env *m)
{
	*m = (struct mem_env){
		.env = {.ops = &mem_ops,
			.sb = {.blkbits = 12,
			       .extents = true,
			       .journal = true,
			       .barrier = true,
			       .delalloc = true,
			       .auto_da_alloc = true,
			       .dioread_nolock = true,
			       .maxbytes = INT64_MAX,
			       .bitmap_maxbytes = INT64_MAX,
			       .limit = -1,
			       .lbs = 512,
			       .dma_mask = 511,
			       .dev_cache = true}},
		.next_pblk = 1000,
		.free_blocks = 100000,
	};
}

void mem_env_set(struct mem_env *m, uint32_t lblk, uint32_t len, enum ref_state state)
{
	for (uint32_t b = lblk; b < lblk + len; b++) {
		m->blocks[b].state = state;
		m->blocks[b].pblk = state == REF_HOLE ? 0 : m->next_pblk++;
	}
}

void mem_env_gap(struct mem_env *m)
{
	m->next_pblk += 16;
}
