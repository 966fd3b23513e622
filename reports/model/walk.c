// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/walk.h"

#include <errno.h>

#include "reports/model/skip.h"
#include "reports/model/stream.h"
#include "reports/model/sync_list.h"

struct walk {
	const struct walk_ops *ops;
	void *ctx;
	struct write_stream *stream;
	struct write_set *frame;
	struct selector selector;
	struct sync_list syncs;
	bool some; /* only what is selected */
	int ret;   /* of the first sync that went wrong, or was enough */
};

static int walk_write(struct walk *k, const struct write *w)
{
	int taken = k->some ? selector_takes(&k->selector, k->frame, w) : 1;

	if (taken > 0)
		return k->ops->write(k->ctx, k->frame, w);
	k->frame->streamed--;
	k->frame->left_out++;
	return taken;
}

static int walk_item(struct walk *k, const struct stream_item *item)
{
	if (item->write)
		return walk_write(k, item->write);
	return item->sync && k->ops->sync ? sync_list_add(&k->syncs, item->sync) : 0;
}

static void walk_sync(void *ctx, const struct sync_record *sync)
{
	struct walk *k = ctx;

	if (!k->ret && (!k->some || selector_takes_sync(&k->selector, k->frame, sync)))
		k->ret = k->ops->sync(k->ctx, k->frame, sync);
}

/* How many there are of how many is known at the end. */
static int say_selected(struct walk *k)
{
	_cleanup_free_ char *text = NULL;

	if (!k->some)
		return 0;
	text = selector_text(&k->selector, k->frame->streamed, k->frame->streamed + k->frame->left_out);
	return text ? meta_set(&k->frame->trailer, META_SELECTED, text) : -ENOMEM;
}

/* 1: it is enough. */
static int walk_writes(struct walk *k, struct errmsg *err)
{
	struct stream_item item;
	int ret;

	while ((ret = stream_next(k->stream, &item, err)) > 0) {
		ret = walk_item(k, &item);
		if (ret)
			return ret < 0 ? fail(err, ret, "out of memory") : ret;
	}
	return ret;
}

static int walk_syncs(struct walk *k, struct errmsg *err)
{
	int ret = k->ops->sync ? sync_list_each(&k->syncs, walk_sync, k, err) : 0;

	return !ret && k->ret < 0 ? fail(err, k->ret, "out of memory") : ret ?: k->ret;
}

static int walk_end(struct walk *k)
{
	return say_selected(k) ?: k->ops->end ? k->ops->end(k->ctx, k->frame) : 0;
}

static int walk_all(struct walk *k, struct errmsg *err)
{
	int ret = k->ops->begin ? k->ops->begin(k->ctx, k->frame) : 0;

	if (ret)
		return fail(err, ret, "out of memory");
	ret = walk_writes(k, err) ?: walk_syncs(k, err);
	if (ret)
		return ret > 0 ? 0 : ret;
	ret = walk_end(k);
	return ret < 0 ? fail(err, ret, "out of memory") : 0;
}

static void walk_release(struct walk *k)
{
	sync_list_release(&k->syncs);
	selector_release(&k->selector);
	stream_close(k->stream);
}

int walk_trace(const char *path, const struct selection *sel, const struct walk_ops *ops, void *ctx,
	       struct progress *progress, struct walk_counts *counts, struct errmsg *err)
{
	_cleanup_(walk_release) struct walk k = {.ops = ops, .ctx = ctx, .some = !selection_is_empty(sel)};
	int ret;

	sync_list_init(&k.syncs, path);
	ret = stream_open(&k.stream, path, STREAM_BY_ENTRY | STREAM_NAMES, err);
	if (ret)
		return ret;
	k.frame = stream_frame(k.stream);
	stream_watch(k.stream, progress);
	if (k.some)
		ret = selector_init(&k.selector, sel, &k.frame->header, err);
	if (!ret && k.some)
		ret = selector_skip(&k.selector, k.stream, path, &k.syncs, err);
	if (!ret)
		ret = walk_all(&k, err);
	if (counts)
		*counts = (struct walk_counts){k.frame->streamed, k.frame->left_out, stream_late(k.stream)};
	return ret;
}
