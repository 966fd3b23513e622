// SPDX-License-Identifier: GPL-2.0-only
#include "reports/html/page_sums.h"

#include <errno.h>

int page_sums_init(struct page_sums *s, const struct kept_limits *limits)
{
	*s = (struct page_sums){.timeline = timeline_new(), .kept = kept_new(limits)};
	return s->timeline && s->kept ? 0 : -ENOMEM;
}

void page_sums_release(struct page_sums *s)
{
	timeline_free(s->timeline);
	kept_free(s->kept);
	*s = (struct page_sums){0};
}

int page_sums_add(struct page_sums *s, const struct look *look)
{
	return timeline_add(s->timeline, look) ?: kept_offer(s->kept, look);
}

void page_sums_add_sync(struct page_sums *s, const struct sync_record *sync)
{
	size_t at = s->nr_syncs;

	if (at == PAGE_SYNCS && sync_ns(sync) <= sync_ns(&s->syncs[0]))
		return;
	if (at == PAGE_SYNCS) /* the fastest makes room */
		for (at = 0; at + 1 < PAGE_SYNCS; at++)
			s->syncs[at] = s->syncs[at + 1];
	else
		s->nr_syncs++;
	for (; at && sync_ns(&s->syncs[at - 1]) > sync_ns(sync); at--)
		s->syncs[at] = s->syncs[at - 1];
	s->syncs[at] = *sync;
}

static int add_write(void *ctx, const struct look *look)
{
	return page_sums_add(ctx, look);
}

static int add_sync(void *ctx, const struct sync_record *sync)
{
	page_sums_add_sync(ctx, sync);
	return 0;
}

struct onlooker page_sums_onlooker(struct page_sums *s)
{
	return (struct onlooker){.write = add_write, .sync = add_sync, .ctx = s};
}
