/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/env/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define WORD 64

/* --- bytes --- */

static uint64_t nr_words(uint64_t size)
{
	return size / REF_MEMORY_CHUNK / WORD + 1;
}

int ref_memory_init(struct ref_memory *m, uint64_t size, ref_memory_first_fn *first, const void *ctx)
{
	uint8_t *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*m = (struct ref_memory){.size = size, .first = first, .ctx = ctx};
	if (bytes != MAP_FAILED)
		m->bytes = bytes;
	m->here = calloc(nr_words(size), sizeof(*m->here));
	return m->bytes && m->here ? 0 : -ENOMEM;
}

void ref_memory_release(struct ref_memory *m)
{
	if (m->bytes)
		munmap(m->bytes, m->size);
	free(m->here);
	*m = (struct ref_memory){0};
}

void ref_memory_reset(struct ref_memory *m)
{
	memset(m->here, 0, nr_words(m->size) * sizeof(*m->here));
}

static bool is_here(const struct ref_memory *m, uint64_t nr)
{
	return m->here[nr / WORD] & 1ull << nr % WORD;
}

const uint8_t *ref_memory_chunk(const struct ref_memory *m, uint64_t nr)
{
	return is_here(m, nr) ? m->bytes + nr * REF_MEMORY_CHUNK : m->first(m->ctx, nr);
}

static void bring(struct ref_memory *m, uint64_t nr)
{
	if (is_here(m, nr))
		return;
	memcpy(m->bytes + nr * REF_MEMORY_CHUNK, m->first(m->ctx, nr), REF_MEMORY_CHUNK);
	m->here[nr / WORD] |= 1ull << nr % WORD;
}

static bool has(const struct ref_memory *m, uint64_t addr, uint64_t len)
{
	return addr <= m->size && len <= m->size - addr;
}

const uint8_t *ref_memory_at(struct ref_memory *m, uint64_t addr, uint64_t len)
{
	if (!has(m, addr, len))
		return NULL;
	for (uint64_t nr = addr / REF_MEMORY_CHUNK; nr * REF_MEMORY_CHUNK < addr + len; nr++)
		bring(m, nr);
	return m->bytes + addr;
}

/* What is overwritten as a whole is not asked for before. */
static void bring_edges(struct ref_memory *m, uint64_t addr, uint64_t len)
{
	uint64_t end = addr + len, first = addr / REF_MEMORY_CHUNK, last = (end - 1) / REF_MEMORY_CHUNK;

	if (addr % REF_MEMORY_CHUNK)
		bring(m, first);
	if (end % REF_MEMORY_CHUNK)
		bring(m, last);
	for (uint64_t nr = first; nr <= last; nr++)
		m->here[nr / WORD] |= 1ull << nr % WORD;
}

int ref_memory_write(struct ref_memory *m, uint64_t addr, const void *data, size_t len)
{
	if (!has(m, addr, len))
		return -EIO;
	if (!len)
		return 0;
	bring_edges(m, addr, len);
	if (data)
		memcpy(m->bytes + addr, data, len);
	else
		memset(m->bytes + addr, 0, len);
	return 0;
}

int ref_memory_read(struct ref_memory *m, uint64_t addr, void *data, size_t len)
{
	const uint8_t *bytes = ref_memory_at(m, addr, len);

	if (!bytes)
		return -EIO;
	memcpy(data, bytes, len);
	return 0;
}

/* --- what the library asks for --- */

/* ext2fs_open() hands its manager a name and nothing else. */
static _Thread_local struct ref_memory *being_opened;

static errcode_t memory_close(io_channel channel)
{
	if (--channel->refcount > 0)
		return 0;
	free(channel->name);
	free(channel);
	return 0;
}

static errcode_t memory_set_blksize(io_channel channel, int blksize)
{
	channel->block_size = blksize;
	return 0;
}

/* A negative count is one of bytes. */
static size_t bytes_of(io_channel channel, int count)
{
	return count < 0 ? (size_t) - (int64_t)count : (size_t)count * (size_t)channel->block_size;
}

static errcode_t memory_read64(io_channel channel, unsigned long long block, int count, void *data)
{
	uint64_t addr = block * (uint64_t)channel->block_size;

	return ref_memory_read(channel->private_data, addr, data, bytes_of(channel, count)) ? EXT2_ET_SHORT_READ : 0;
}

static errcode_t memory_write64(io_channel channel, unsigned long long block, int count, const void *data)
{
	uint64_t addr = block * (uint64_t)channel->block_size;

	return ref_memory_write(channel->private_data, addr, data, bytes_of(channel, count)) ? EXT2_ET_SHORT_WRITE : 0;
}

static errcode_t memory_read(io_channel channel, unsigned long block, int count, void *data)
{
	return memory_read64(channel, block, count, data);
}

static errcode_t memory_write(io_channel channel, unsigned long block, int count, const void *data)
{
	return memory_write64(channel, block, count, data);
}

static errcode_t memory_zeroout(io_channel channel, unsigned long long block, unsigned long long count)
{
	uint64_t bs = (uint64_t)channel->block_size;

	return ref_memory_write(channel->private_data, block * bs, NULL, count * bs) ? EXT2_ET_SHORT_WRITE : 0;
}

static errcode_t memory_write_byte(io_channel channel, unsigned long offset, int count, const void *data)
{
	return ref_memory_write(channel->private_data, offset, data, (size_t)count) ? EXT2_ET_SHORT_WRITE : 0;
}

static errcode_t memory_flush(io_channel channel)
{
	(void)channel;
	return 0;
}

static errcode_t memory_open_channel(const char *name, int flags, io_channel *out);

static struct struct_io_manager memory_io_manager = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "dioscope memory",
	.open = memory_open_channel,
	.close = memory_close,
	.set_blksize = memory_set_blksize,
	.read_blk = memory_read,
	.write_blk = memory_write,
	.flush = memory_flush,
	.write_byte = memory_write_byte,
	.read_blk64 = memory_read64,
	.write_blk64 = memory_write64,
	.zeroout = memory_zeroout,
};

static errcode_t memory_open_channel(const char *name, int flags, io_channel *out)
{
	io_channel channel = calloc(1, sizeof(*channel));

	(void)flags;
	if (!channel)
		return EXT2_ET_NO_MEMORY;
	*channel = (struct struct_io_channel){
		.magic = EXT2_ET_MAGIC_IO_CHANNEL,
		.manager = &memory_io_manager,
		.name = strdup(name),
		.block_size = 1024,
		.refcount = 1,
		.private_data = being_opened,
	};
	if (!channel->name) {
		free(channel);
		return EXT2_ET_NO_MEMORY;
	}
	*out = channel;
	return 0;
}

errcode_t ref_memory_open(struct ref_memory *m, const char *name, int flags, ext2_filsys *fs)
{
	being_opened = m;
	return ext2fs_open(name, flags, 0, 0, &memory_io_manager, fs);
}
