// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/totals.h"

#include <errno.h>
#include <string.h>

#include "reports/model/commits_left.h"
#include "reports/model/skip.h"
#include "reports/model/stream.h"

/* What is not wanted is NULL. */
struct sums {
	const struct onlooker *onlooker;
	struct summary_sums *summary;
	struct advice_sums *advice;
	struct breakdown_sums *breakdowns[NR_BREAKDOWNS];
	struct sync_sums syncs;
	struct commits_left left;
};

static int sums_init(struct sums *sums, unsigned int wanted)
{
	bool summary = wanted & TOTALS_SUMMARY, out_of_memory = false;

	*sums = (struct sums){0};
	sync_sums_init(&sums->syncs);
	commits_left_init(&sums->left);
	if (summary) {
		sums->summary = summary_begin();
		sums->advice = advice_begin();
		out_of_memory = !sums->summary || !sums->advice;
	}
	for (int kind = 0; kind < NR_BREAKDOWNS; kind++) {
		if (!(wanted & TOTALS_BREAKDOWN(kind)))
			continue;
		sums->breakdowns[kind] = breakdown_begin((enum breakdown_kind)kind);
		out_of_memory |= !sums->breakdowns[kind];
	}
	return out_of_memory ? -ENOMEM : 0;
}

static void sums_release(struct sums *sums)
{
	summary_free(sums->summary);
	advice_free(sums->advice);
	for (int kind = 0; kind < NR_BREAKDOWNS; kind++)
		breakdown_free(sums->breakdowns[kind]);
	sync_sums_release(&sums->syncs);
	commits_left_release(&sums->left);
}

static int add_write(struct sums *sums, const struct write *w)
{
	struct look look;
	int ret = 0;

	look_at(&look, w);
	if (sums->summary)
		ret = summary_add(sums->summary, &look) ?: advice_add(sums->advice, &look) ?:
		      commits_left_add(&sums->left, w);
	for (int kind = 0; kind < NR_BREAKDOWNS && !ret; kind++)
		if (sums->breakdowns[kind])
			ret = breakdown_add(sums->breakdowns[kind], &look);
	return ret || !sums->onlooker ? ret : sums->onlooker->write(sums->onlooker->ctx, &look);
}

static int settle(struct sums *sums, const struct write_set *set, struct totals *t)
{
	struct sync_totals syncs;
	int ret = sync_sums_settle(&sums->syncs, set, &syncs);

	if (ret)
		return ret;
	if (sums->summary) {
		advice_settle(sums->advice, &t->advice);
		ret = summary_settle(sums->summary, &syncs, &t->summary)
			      ?: commits_left_to_none(&sums->left, &sums->syncs, set, &t->summary.left_to_none);
	}
	for (int kind = 0; kind < NR_BREAKDOWNS && !ret; kind++)
		if (sums->breakdowns[kind])
			ret = breakdown_settle(sums->breakdowns[kind], &sums->syncs, set, &t->breakdowns[kind]);
	return ret;
}

void totals_release(struct totals *t)
{
	summary_release(&t->summary);
	for (int kind = 0; kind < NR_BREAKDOWNS; kind++)
		breakdown_release(&t->breakdowns[kind]);
}

int totals_init(struct totals *t, const struct write_set *set)
{
	_cleanup_(sums_release) struct sums sums;
	int ret = sums_init(&sums, TOTALS_ALL);

	*t = (struct totals){0};
	for (size_t i = 0; i < set->nr && !ret; i++)
		ret = add_write(&sums, &set->writes[i]);
	for (size_t i = 0; i < set->nr_syncs && !ret; i++)
		ret = sync_sums_add(&sums.syncs, &set->syncs[i]);
	return ret ? ret : settle(&sums, set, t);
}

/* --- of a trace --- */

struct pass {
	struct write_stream *stream;
	struct write_set *frame;
	struct selector selector;
	bool some; /* only what is selected */
	struct sums sums;
};

static void pass_release(struct pass *p)
{
	sums_release(&p->sums);
	selector_release(&p->selector);
	stream_close(p->stream);
}

static int take_write(struct pass *p, const struct write *w)
{
	int taken = p->some ? selector_takes(&p->selector, p->frame, w) : 1;

	if (taken <= 0) {
		p->frame->streamed--;
		p->frame->left_out++;
		return taken;
	}
	devices_add(&p->frame->devices, &w->rec);
	return add_write(&p->sums, w);
}

static int take_sync(struct pass *p, const struct sync_record *sync)
{
	const struct onlooker *onlooker = p->sums.onlooker;

	if (p->some && !selector_may_take_sync(&p->selector, sync))
		return 0;
	return sync_sums_add(&p->sums.syncs, sync) ?: onlooker ? onlooker->sync(onlooker->ctx, sync) : 0;
}

/* Which files were written is known at the end. */
static void leave_selected_syncs(struct pass *p)
{
	for (size_t i = 0; i < p->sums.syncs.keys.nr && p->some; i++)
		if (!selector_takes_sync(&p->selector, p->frame, &p->sums.syncs.groups[i].of))
			sync_group_clear(&p->sums.syncs.groups[i]);
}

static int take_all(struct pass *p, struct errmsg *err)
{
	struct stream_item item;
	int ret;

	while ((ret = stream_next(p->stream, &item, err)) > 0) {
		if (item.write)
			ret = take_write(p, item.write);
		else
			ret = item.sync ? take_sync(p, item.sync) : 0;
		if (ret)
			return fail(err, ret, "out of memory");
	}
	return ret;
}

static int say_selected(struct pass *p)
{
	size_t shown = p->frame->nr + p->frame->streamed;
	_cleanup_free_ char *text = NULL;

	if (!p->some)
		return 0;
	text = selector_text(&p->selector, shown, shown + p->frame->left_out);
	return text ? meta_set(&p->frame->header, META_SELECTED, text) : -ENOMEM;
}

static int finish(struct pass *p, struct totals *t, struct errmsg *err)
{
	leave_selected_syncs(p);
	if (!settle(&p->sums, p->frame, t) && !say_selected(p))
		return 0;
	totals_release(t);
	return fail(err, -ENOMEM, "out of memory");
}

int totals_load(struct totals *t, const char *path, const struct selection *sel, unsigned int wanted,
		const struct onlooker *onlooker, struct progress *progress, struct write_set *frame, struct errmsg *err)
{
	_cleanup_(pass_release) struct pass p = {.some = !selection_is_empty(sel)};
	int ret = stream_open(&p.stream, path, STREAM_NAMES, err);

	*t = (struct totals){0};
	if (ret)
		return ret;
	p.frame = stream_frame(p.stream);
	stream_watch(p.stream, progress);
	if (p.some)
		ret = selector_init(&p.selector, sel, &p.frame->header, err);
	if (!ret && p.some)
		ret = selector_skip(&p.selector, p.stream, path, NULL, err);
	if (!ret && sums_init(&p.sums, wanted))
		ret = fail(err, -ENOMEM, "out of memory");
	p.sums.onlooker = onlooker;
	ret = ret ?: take_all(&p, err) ?: finish(&p, t, err);
	if (!ret)
		*frame = stream_release_frame(p.stream);
	return ret;
}
