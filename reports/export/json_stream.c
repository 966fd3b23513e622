// SPDX-License-Identifier: GPL-2.0-only
/* A trace as JSON in one pass over its writes. */
#include <errno.h>

#include "reports/export/export_json.h"

static int walked_begin(void *ctx, const struct write_set *frame)
{
	struct json_export *e = ctx;

	return json_export_begin(e, e->json.out, frame);
}

/* What nobody reads any more need not be made. */
static int walked_write(void *ctx, const struct write_set *frame, const struct write *w)
{
	struct json_export *e = ctx;

	return ferror(e->json.out) ? 1 : json_export_write(e, frame, w);
}

static int walked_sync(void *ctx, const struct write_set *frame, const struct sync_record *sync)
{
	json_export_sync(ctx, frame, sync);
	return 0;
}

static int walked_end(void *ctx, const struct write_set *frame)
{
	json_export_end(ctx, frame);
	return 0;
}

int export_json_trace(FILE *out, const char *path, const struct selection *sel, struct progress *progress,
		      struct walk_counts *counts, struct errmsg *err)
{
	static const struct walk_ops ops = {walked_begin, walked_write, walked_sync, walked_end};
	_cleanup_(json_export_release) struct json_export e = {.json = {.out = out}};

	return walk_trace(path, sel, &ops, &e, progress, counts, err);
}
