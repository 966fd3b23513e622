// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/sync_list.h"

#include <errno.h>
#include <sys/stat.h>

#include "user/base/array.h"
#include "reports/model/stream.h"

void sync_list_init(struct sync_list *list, const char *path)
{
	struct stat st;

	*list = (struct sync_list){
		.path = path, .again = !stat(path, &st) && S_ISREG(st.st_mode), .want = SPAN_WANT_TIME(0, UINT64_MAX)};
}

void sync_list_window(struct sync_list *list, const struct span_want *want)
{
	list->want = *want;
}

void sync_list_release(struct sync_list *list)
{
	free(list->syncs);
	*list = (struct sync_list){0};
}

static bool is_kept(const struct sync_list *list, size_t nr)
{
	return !list->again || nr <= SYNC_LIST_KEPT;
}

static int keep(struct sync_list *list, const struct sync_record *sync)
{
	struct sync_record *syncs = array_grow(list->syncs, list->nr, sizeof(*syncs));

	if (!syncs)
		return -ENOMEM;
	list->syncs = syncs;
	syncs[list->nr++] = *sync;
	return 0;
}

int sync_list_add(struct sync_list *list, const struct sync_record *sync)
{
	if (is_kept(list, list->nr + 1))
		return keep(list, sync);
	free(list->syncs);
	list->syncs = NULL;
	list->nr++;
	return 0;
}

/* The trace may have grown since. */
static int read_again(const struct sync_list *list, struct write_stream *stream, sync_fn fn, void *ctx,
		      struct errmsg *err)
{
	struct stream_item item;
	size_t nr = 0;
	int ret = 1;

	while (nr < list->nr && (ret = stream_next(stream, &item, err)) > 0) {
		if (!item.sync)
			continue;
		fn(ctx, item.sync);
		nr++;
	}
	return ret < 0 ? ret : 0;
}

int sync_list_each(const struct sync_list *list, sync_fn fn, void *ctx, struct errmsg *err)
{
	struct write_stream *stream;
	int ret;

	for (size_t i = 0; is_kept(list, list->nr) && i < list->nr; i++)
		fn(ctx, &list->syncs[i]);
	if (is_kept(list, list->nr))
		return 0;
	ret = stream_open(&stream, list->path, STREAM_NO_WRITES, err);
	if (ret)
		return ret;
	stream_window(stream, &list->want);
	ret = read_again(list, stream, fn, ctx, err);
	stream_close(stream);
	return ret;
}
