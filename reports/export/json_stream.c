// SPDX-License-Identifier: GPL-2.0-only
/* A trace as JSON in one pass over its writes. */
#include <errno.h>

#include "reports/export/export_json.h"
#include "reports/model/skip.h"
#include "reports/model/stream.h"
#include "reports/model/sync_list.h"

struct pass {
	struct write_stream *stream;
	struct write_set *frame;
	struct json_export json;
	struct selector selector;
	struct sync_list syncs;
	bool some; /* only what is selected */
};

static int put_write(struct pass *p, const struct write *w)
{
	int taken = p->some ? selector_takes(&p->selector, p->frame, w) : 1;

	if (taken > 0)
		return json_export_write(&p->json, p->frame, w);
	p->frame->streamed--;
	p->frame->left_out++;
	return taken;
}

static int put_item(struct pass *p, const struct stream_item *item, struct errmsg *err)
{
	int ret = 0;

	if (item->write)
		ret = put_write(p, item->write);
	else if (item->sync)
		ret = sync_list_add(&p->syncs, item->sync);
	return ret ? fail(err, ret, "out of memory") : 0;
}

static void put_sync(void *ctx, const struct sync_record *sync)
{
	struct pass *p = ctx;

	if (!p->some || selector_takes_sync(&p->selector, p->frame, sync))
		json_export_sync(&p->json, p->frame, sync);
}

/* How many there are of how many is known at the end. */
static int say_selected(struct pass *p)
{
	_cleanup_free_ char *text = NULL;

	if (!p->some)
		return 0;
	text = selector_text(&p->selector, p->frame->streamed, p->frame->streamed + p->frame->left_out);
	return text ? meta_set(&p->frame->trailer, META_SELECTED, text) : -ENOMEM;
}

static int put_all(struct pass *p, FILE *out, struct errmsg *err)
{
	struct stream_item item;
	int ret = json_export_begin(&p->json, out, p->frame);

	if (ret)
		return fail(err, ret, "out of memory");
	while (!ferror(out) && (ret = stream_next(p->stream, &item, err)) > 0) {
		ret = put_item(p, &item, err);
		if (ret)
			return ret;
	}
	ret = ret < 0 ? ret : sync_list_each(&p->syncs, put_sync, p, err);
	if (ret)
		return ret;
	if (say_selected(p))
		return fail(err, -ENOMEM, "out of memory");
	json_export_end(&p->json, p->frame);
	return 0;
}

static void pass_release(struct pass *p)
{
	json_export_release(&p->json);
	sync_list_release(&p->syncs);
	selector_release(&p->selector);
	stream_close(p->stream);
}

int export_json_trace(FILE *out, const char *path, const struct selection *sel, struct progress *progress,
		      struct export_counts *counts, struct errmsg *err)
{
	_cleanup_(pass_release) struct pass p = {.some = !selection_is_empty(sel)};
	int ret;

	sync_list_init(&p.syncs, path);
	ret = stream_open(&p.stream, path, STREAM_BY_ENTRY | STREAM_NAMES, err);
	if (ret)
		return ret;
	p.frame = stream_frame(p.stream);
	stream_watch(p.stream, progress);
	if (p.some)
		ret = selector_init(&p.selector, sel, &p.frame->header, err);
	if (!ret && p.some)
		ret = selector_skip(&p.selector, p.stream, path, &p.syncs, err);
	if (!ret)
		ret = put_all(&p, out, err);
	*counts = (struct export_counts){p.frame->streamed, p.frame->left_out, stream_late(p.stream)};
	return ret;
}
