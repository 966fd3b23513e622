// SPDX-License-Identifier: GPL-2.0-only
/* A trace, a reason or a write of it in sentences. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "refimpl/conform.h"
#include "reports/model/advice.h"
#include "reports/model/fields.h"
#include "reports/model/histogram.h"
#include "reports/model/summary.h"
#include "reports/model/walk.h"
#include "reports/text/origin.h"
#include "reports/text/render.h"
#include "reports/text/render_row.h"
#include "reports/text/tell_parts.h"
#include "user/base/utf8.h"

/* The writes of which a reason holds. */
struct of_reason {
	size_t writes;
	uint64_t slowest_id, slowest_ns;
	struct histogram times;	  /* these two of reasons that are asked for */
	struct write_set slowest; /* one write */
};

struct telling {
	const struct tell *asked;
	struct teller teller;
	bool found; /* the write that was asked for */
	struct summary_sums *summary;
	struct advice_sums *advice;
	struct sync_sums syncs;
	struct of_reason reasons[NR_WHYS];
};

static int telling_init(struct telling *t, FILE *out, const struct tell *asked)
{
	*t = (struct telling){.asked = asked, .teller.out = out};
	sync_sums_init(&t->syncs);
	t->summary = summary_begin();
	t->advice = advice_begin();
	return t->summary && t->advice ? 0 : -ENOMEM;
}

static void telling_release(struct telling *t)
{
	summary_free(t->summary);
	advice_free(t->advice);
	sync_sums_release(&t->syncs);
	free(t->teller.kernel);
	for (int why = 0; why < NR_WHYS; why++) {
		histogram_release(&t->reasons[why].times);
		set_release(&t->reasons[why].slowest);
	}
}

static int telling_begin(void *ctx, const struct write_set *frame)
{
	struct telling *t = ctx;

	t->teller.frame = frame;
	t->teller.rules = conform_recorded(&frame->header);
	t->teller.kernel = conform_kernel(&frame->header);
	return t->teller.kernel ? 0 : -ENOMEM;
}

/* --- each write --- */

static bool is_asked(const struct tell *asked, enum why why)
{
	for (size_t i = 0; i < asked->nr_reasons; i++)
		if (asked->reasons[i] == why)
			return true;
	return false;
}

/* The copy has no class: that goes with the stream. */
static int keep_slowest(struct of_reason *r, const struct look *look)
{
	set_release(&r->slowest);
	r->slowest = (struct write_set){0};
	return set_keep(&r->slowest, look->write);
}

static int add_reason(struct telling *t, enum why why, const struct look *look)
{
	struct of_reason *r = &t->reasons[why];
	bool slower = !r->writes++ || (look->timed && look->latency_ns > r->slowest_ns);

	if (slower) {
		r->slowest_id = look->write->rec.head.id;
		r->slowest_ns = look->timed ? look->latency_ns : 0;
	}
	if (!is_asked(t->asked, why))
		return 0;
	return (look->timed ? histogram_add(&r->times, look->latency_ns) : 0) ?: slower ? keep_slowest(r, look) : 0;
}

static int add_write(struct telling *t, const struct look *look)
{
	int ret = summary_add(t->summary, look) ?: advice_add(t->advice, look);

	for (enum why why = look_next_why(look, 0, NR_WHYS); why < NR_WHYS && !ret;
	     why = look_next_why(look, (int)why + 1, NR_WHYS))
		ret = add_reason(t, why, look);
	return ret;
}

static int telling_write(void *ctx, const struct write_set *frame, const struct write *w)
{
	struct telling *t = ctx;
	struct look look;

	(void)frame;
	if (t->asked->id && w->rec.head.id != t->asked->id)
		return 0;
	look_at(&look, w);
	if (!t->asked->id)
		return add_write(t, &look);
	t->found = true;
	return tell_write(&t->teller, &look) ?: 1;
}

static int telling_sync(void *ctx, const struct write_set *frame, const struct sync_record *sync)
{
	struct telling *t = ctx;

	(void)frame;
	return sync_sums_add(&t->syncs, sync);
}

/* --- a reason that holds of some --- */

/* "512 of 2560 writes; 61.9 % (563 ms) of all time; the slowest is write 17, 38.7 ms". */
static void tell_found(const struct telling *t, int rank, enum why why, const struct advice *cost,
		       const struct advice_list *list, size_t of)
{
	const struct of_reason *r = &t->reasons[why];
	char share[64], cost_text[128] = "", time[32], text[320];

	if (cost)
		snprintf(cost_text, sizeof(cost_text), "; %s%s of all time", advice_relation(cost),
			 format_share(cost->ns, list->total_ns, share, sizeof(share)));
	snprintf(text, sizeof(text), "%zu of %s%s; %s write %" PRIu64 "%s%s", r->writes, counted(of, "write").text,
		 cost_text, r->slowest_ns ? "the slowest is" : "the first is", r->slowest_id, r->slowest_ns ? ", " : "",
		 r->slowest_ns ? format_time(r->slowest_ns, time, sizeof(time)) : "");
	tell_reason(&t->teller, rank, why, text);
}

static const struct advice *cost_of(const struct advice_list *list, enum why why)
{
	for (size_t i = 0; i < list->nr; i++)
		if (list->rows[i].why == why)
			return &list->rows[i];
	return NULL;
}

/* Those that cost time, most first, then the others. */
static void tell_reasons(const struct telling *t, const struct summary *s, const struct advice_list *list)
{
	int rank = 0;

	fputs("\nwhy, and what it cost\n", t->teller.out);
	for (size_t i = 0; i < list->nr; i++)
		if (t->reasons[list->rows[i].why].writes)
			tell_found(t, ++rank, list->rows[i].why, &list->rows[i], list, s->writes);
	for (int why = 0; why < NR_WHYS; why++)
		if (t->reasons[why].writes && !cost_of(list, (enum why)why))
			tell_found(t, ++rank, (enum why)why, NULL, list, s->writes);
	if (!rank)
		fputs("  none of the reasons for a lock, a wait, a fallback, a sync or a failure holds of any write\n",
		      t->teller.out);
}

/* --- the whole --- */

/* "shared in 2048 (80.0 %), exclusive in 512 (20.0 %)" of the rows that are not empty. */
static void list_rows(char *buf, size_t size, const size_t *nr, int rows, const char *(*name)(int), size_t of)
{
	size_t at = 0;

	buf[0] = '\0';
	for (int row = 0; row < rows && at < size; row++)
		if (nr[row])
			at += (size_t)snprintf(buf + at, size - at, "%s%s in %zu (%.1f %%)", at ? ", " : "", name(row),
					       nr[row], 100.0 * (double)nr[row] / (double)of);
}

static const char *lock_name_at(int row)
{
	return lock_row_name((enum lock_row)row);
}

static const char *durability_name_at(int row)
{
	return durability_name((enum durability)row);
}

static const char *mapping_name_at(int row)
{
	return mapping_row_name((enum mapping_row)row);
}

static void tell_sums(const struct telling *t, const struct summary *s, const struct advice_list *list)
{
	struct paragraph p = {.out = t->teller.out};
	char rows[512], share[64];

	list_rows(rows, sizeof(rows), s->lock, NR_LOCK_ROWS, lock_name_at, s->writes);
	tell(&p, "how i_rwsem was held: %s", rows);
	paragraph_end(&p, "lock");
	list_rows(rows, sizeof(rows), s->mapping, NR_MAPPING_ROWS, mapping_name_at, s->writes);
	tell(&p, "what was there before: %s", rows);
	paragraph_end(&p, "map");
	tell(&p, "the device took %s of the time of all writes",
	     format_share(list->device_ns, list->total_ns, share, sizeof(share)));
	paragraph_end(&p, "device");
	if (s->fallbacks)
		tell(&p, "%s went through the page cache, whole or in part", counted(s->fallbacks, "write").text);
	else
		tell(&p, "none went through the page cache");
	paragraph_end(&p, "buffered");
	if (s->durable_asked) {
		list_rows(rows, sizeof(rows), s->durable, NR_DURABLE, durability_name_at, s->durable_asked);
		tell(&p, "%s asked for durability: %s", counted(s->durable_asked, "write").text, rows);
	}
	if (s->leaves_commit[ANSWER_YES])
		tell(&p, "%s left a commit to the next fdatasync (inferred)",
		     counted(s->leaves_commit[ANSWER_YES], "write").text);
	paragraph_end(&p, "sync");
	tell(&p, s->failed ? "%zu of them failed" : "none of them failed", s->failed);
	paragraph_end(&p, "result");
}

static void tell_unseen(void *ctx, const char *sentence)
{
	render_wrapped(ctx, 2, sentence);
}

static int tell_not_known(const struct telling *t, const struct summary *s, const struct advice_list *list)
{
	FILE *out = t->teller.out;
	enum time_row rows[NR_TIME_ROWS];
	char share[64], text[256];

	fputs("\nwhat is not known\n", out);
	if (unseen_sentences(&t->teller.frame->header, &t->teller.frame->trailer, tell_unseen, out))
		return -ENOMEM;
	for (size_t i = 0, nr = advice_rest(list, rows); i < nr; i++) {
		snprintf(text, sizeof(text), "%s of the time was '%s' without a reason: %s",
			 format_share(list->rest_ns[rows[i]], list->total_ns, share, sizeof(share)),
			 time_row_name(rows[i]), advice_rest_cause(rows[i]));
		render_wrapped(out, 2, text);
	}
	for (int fact = 0; fact < NR_FACTS; fact++)
		if (s->unknown[fact])
			fprintf(out, "  %s, in %s\n", write_fields[fact].label,
				counted(s->unknown[fact], "write").text);
	return 0;
}

static int tell_heading(const struct telling *t, const struct summary *s, const struct advice_list *list)
{
	_cleanup_free_ char *completeness = set_completeness(t->teller.frame, NULL);
	const char *selected = meta_get(&t->teller.frame->trailer, META_SELECTED);
	FILE *out = t->teller.out;
	char time[32], bytes[32];

	if (!completeness)
		return -ENOMEM;
	fprintf(out, "%s, %s written, which took %s together\n", counted(s->writes, "write").text,
		format_bytes(s->bytes, bytes, sizeof(bytes)), format_time(list->total_ns, time, sizeof(time)));
	if (selected) {
		fputs("shown: ", out);
		utf8_print(out, selected);
		fputc('\n', out);
	}
	fputs("the trace is ", out);
	utf8_print(out, completeness);
	fputs("\non ", out);
	utf8_print(out, t->teller.kernel);
	fputc('\n', out);
	return 0;
}

static int tell_all(const struct telling *t, const struct summary *s, const struct advice_list *list)
{
	if (tell_heading(t, s, list))
		return -ENOMEM;
	if (s->writes) {
		fputs("\nwhat the kernel did\n", t->teller.out);
		tell_sums(t, s, list);
		tell_reasons(t, s, list);
	}
	return tell_not_known(t, s, list);
}

/* --- a reason --- */

static int tell_slowest(const struct telling *t, const struct of_reason *r)
{
	struct look look;

	fprintf(t->teller.out, "\nthe %s of them\n\n", r->slowest_ns ? "slowest" : "first");
	look_at(&look, &r->slowest.writes[0]);
	return tell_write(&t->teller, &look);
}

static void tell_times(FILE *out, const struct stage_times *times)
{
	char time[32], text[256];
	int at;

	if (!times->nr)
		return;
	at = snprintf(text, sizeof(text), "these writes took %s together;",
		      format_time(times->total_ns, time, sizeof(time)));
	for (int q = 0; q < NR_QUANTILES; q++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, "%s %s %s", q ? "," : "",
			       quantile_name((enum quantile)q), format_time(times->at_ns[q], time, sizeof(time)));
	render_wrapped(out, 5, text);
}

static int tell_asked(struct telling *t, const struct summary *s, const struct advice_list *list)
{
	FILE *out = t->teller.out;
	struct stage_times times;

	if (tell_heading(t, s, list))
		return -ENOMEM;
	for (size_t i = 0; i < t->asked->nr_reasons; i++) {
		enum why why = t->asked->reasons[i];
		struct of_reason *r = &t->reasons[why];

		fputc('\n', out);
		if (!r->writes) {
			tell_reason(&t->teller, (int)i + 1, why, "it holds of no write of this trace");
			continue;
		}
		tell_found(t, (int)i + 1, why, cost_of(list, why), list, s->writes);
		histogram_settle(&r->times, &times);
		tell_times(out, &times);
		if (tell_slowest(t, r))
			return -ENOMEM;
	}
	return 0;
}

static int telling_end(void *ctx, const struct write_set *frame)
{
	_cleanup_(summary_release) struct summary s = {0};
	struct telling *t = ctx;
	struct sync_totals syncs;
	struct advice_list list;

	if (t->asked->id)
		return 0;
	if (sync_sums_settle(&t->syncs, frame, &syncs) || summary_settle(t->summary, &syncs, &s))
		return -ENOMEM;
	advice_settle(t->advice, &list);
	return t->asked->nr_reasons ? tell_asked(t, &s, &list) : tell_all(t, &s, &list);
}

int tell_trace(FILE *out, const struct tell *tell, struct errmsg *err)
{
	static const struct walk_ops ops = {telling_begin, telling_write, telling_sync, telling_end};
	_cleanup_(telling_release) struct telling t;
	int ret = telling_init(&t, out, tell);

	if (ret)
		return fail(err, ret, "out of memory");
	ret = walk_trace(tell->path, tell->sel, &ops, &t, tell->progress, NULL, err);
	if (!ret && tell->id && !t.found)
		return fail(err, -ENOENT, "there is no write %" PRIu64 " in %s: dioscope export lists their ids",
			    tell->id, tell->path);
	return ret;
}
