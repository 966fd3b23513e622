/* SPDX-License-Identifier: GPL-2.0-only */
/* What a mapping of the file does, page by page: it is faulted in, and written to. */
#include "refimpl/ops_impl.h"

#include <errno.h>
#include <string.h>

#include "refimpl/path/path.h"

/* The part of one page that an operation is about. */
struct mapped {
	int64_t page;
	int64_t pos;
	size_t len;
};

static bool next_page(struct mapped *p, const struct workload_op *op)
{
	int64_t end = op->pos + op->len, page_end;

	p->pos = p->len ? p->pos + (int64_t)p->len : op->pos;
	p->page = p->pos / REF_PAGE * REF_PAGE;
	page_end = p->page + REF_PAGE;
	p->len = (size_t)((end < page_end ? end : page_end) - p->pos);
	return p->pos < end;
}

/* fs/ext4/readpage.c, ext4_mpage_readpages (6.1 6.12 6.18 7.1): where its blocks are, as far as the file goes. */
static int read_page(struct ref_env *env, struct ref_inode *inode, int64_t page)
{
	int64_t end = page + REF_PAGE < inode->i_size ? page + REF_PAGE : inode->i_size;
	bool cached = ref_filemap_range_has_page(inode, page, 1);
	int err = ref_page_cache_prepare(env, inode, page, 1);

	for (int64_t pos = page; !err && !cached && !inode->inline_size && pos < end; pos += ref_bs(env)) {
		struct ref_extent run;

		err = ref_lookup(env, inode, ref_blk(env, pos), 1, &run);
	}
	return err;
}

/* mm/filemap.c, filemap_fault (6.1 6.12 7.3) with VM_RAND_READ: the page alone, and SIGBUS beyond the last one. */
static int ref_filemap_fault(struct ref_mount *m, struct ref_inode *inode, const struct mapped *p)
{
	if (p->page >= inode->i_size)
		return -EFAULT;
	if (p->pos >= inode->i_size) /* nothing is asked of the rest of the last page */
		return 0;
	return read_page(m->env, inode, p->page);
}

int ref_op_mmap_read(struct ref_mount *m, const struct workload_op *op)
{
	struct mapped p = {0};
	struct ref_inode *inode;
	int err = ref_open_rdwr(m, op, &inode);

	while (!err && next_page(&p, op))
		err = ref_filemap_fault(m, inode, &p);
	return err;
}

static const struct ref_page *find_page(const struct ref_inode *inode, int64_t page)
{
	for (size_t i = 0; i < inode->cache.nr; i++)
		if (inode->cache.pages[i].index == page / REF_PAGE)
			return &inode->cache.pages[i];
	return NULL;
}

/* What is cached of [pos, end) becomes dirty as it is. */
static int dirty_pages(struct ref_env *env, struct ref_inode *inode, int64_t pos, int64_t end)
{
	uint8_t data[REF_PAGE];
	int err = 0;

	for (; pos < end && !err; pos += REF_PAGE) {
		const struct ref_page *page = find_page(inode, pos);

		if (!page)
			continue;
		memcpy(data, page->data, REF_PAGE);
		err = ref_page_cache_write(env, inode, pos, data,
					   end - pos < REF_PAGE ? (size_t)(end - pos) : REF_PAGE);
	}
	return err;
}

/*
 * fs/ext4/inode.c, ext4_page_mkwrite, and fs/buffer.c, block_page_mkwrite (6.1 6.12 6.18 7.2): all of the folio that is
 * inside the file becomes dirty, and has its place promised or given.
 */
static int ref_ext4_page_mkwrite(struct ref_mount *m, struct ref_inode *inode, const struct mapped *p,
				 const struct workload_op *op)
{
	const struct ref_page *page;
	bool delayed = ref_delays_allocation(m->env);
	int64_t first, end;
	int err, retries = 0;

	ref_journal_start(m->env);
	ref_journal_timestamp(m->env, inode); /* file_update_time() */
	err = ref_ext4_convert_inline_data(m->env, inode);
	page = find_page(inode, p->page);
	if (err || !page)
		return err && err != -ENOSPC ? err : -EFAULT; /* SIGBUS */
	first = page->folio * REF_PAGE;
	end = page->folio_end * REF_PAGE < inode->i_size ? page->folio_end * REF_PAGE : inode->i_size;
	do
		err = ref_block_write_begin(m->env, inode, first, end, delayed);
	while (err == -ENOSPC && ref_ext4_should_retry_alloc(m->env, &retries));
	if (err)
		return err == -ENOSPC ? -EFAULT : err; /* SIGBUS */
	workload_pattern(page->data + (p->pos - p->page), op->nr, p->pos,
			 (int64_t)p->len < end - p->pos ? p->len : (size_t)(end - p->pos));
	return dirty_pages(m->env, inode, first, end);
}

int ref_op_mmap_write(struct ref_mount *m, const struct workload_op *op)
{
	struct mapped p = {0};
	struct ref_inode *inode;
	int err = ref_open_rdwr(m, op, &inode);

	while (!err && next_page(&p, op)) {
		err = ref_filemap_fault(m, inode, &p);
		if (!err && p.pos < inode->i_size)
			err = ref_ext4_page_mkwrite(m, inode, &p, op);
	}
	return err;
}
