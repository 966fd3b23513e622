// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/live_view.h"

#include <errno.h>
#include <string.h>

#include "user/cmd/command.h"

/* What the trace is of, too. */
static char *title_of(const struct view *v, const struct view_options *o)
{
	const char *recorded = meta_get(&v->one.header, META_COMMAND);

	if (!o->follow)
		return strf("%s", o->command);
	return recorded ? strf("%s: %s", o->follow, recorded) : strf("%s", o->follow);
}

int view_open(struct view *v, const struct view_options *o, struct errmsg *err)
{
	v->interval_ns = o->interval_ns;
	v->selection = &o->selection;
	v->drawn_ns = v->began_ns = monotonic_ns();
	if (!o->interval_ns) {
		screen_open(&v->screen, false);
		live_print_header(stdout, v->screen.colour);
		return 0;
	}
	v->top = top_new();
	v->what = title_of(v, o);
	if (!v->top || !v->what)
		return fail(err, -ENOMEM, "out of memory");
	screen_open(&v->screen, true);
	return 0;
}

void view_release(struct view *v)
{
	screen_close(&v->screen);
	set_release(&v->one);
	top_free(v->top);
	free(v->what);
}

/* Nobody reads any more, or the disk is full: it is over, in order. */
static void check_stdout(struct view *v)
{
	if (v->error || (!fflush(stdout) && !ferror(stdout)))
		return;
	v->error = errno ? errno : EIO;
	session_stop();
}

/* A trace may be read in much less time, or much later, than it was recorded in: its own clock counts. */
static uint64_t elapsed_ns(const struct view *v)
{
	uint64_t start = meta_u64(&v->one.header, META_START_NS, 0);

	if (v->capture)
		return monotonic_ns() - v->began_ns;
	if (v->watched_ns)
		return v->watched_ns;
	return v->newest_ns > start ? v->newest_ns - start : 0;
}

static void count_losses_and_cost(const struct view *v, struct top_status *status)
{
	struct capture_totals totals = {
		.lost_ring = v->totals.lost_ring, .lost_state = v->totals.lost_state, .cost = v->totals.cost.sample};

	if (v->capture)
		capture_totals(v->capture, &totals);
	status->lost = totals.lost_ring + totals.lost_state;
	status->lost_known = v->capture || v->ended;
	status->cost_ns = totals.cost.run_ns;
	status->cost_of_ns = totals.cost.ns;
}

static double per_second(uint64_t nr, uint64_t ns)
{
	return ns ? (double)nr * 1e9 / (double)ns : 0;
}

/* Rates are of the time since the last table; those of the last table of all the time. */
static struct top_status status_of(struct view *v, bool last)
{
	struct top_status status = {.what = v->what, .elapsed_ns = elapsed_ns(v)};
	struct pace now = {.at_ns = status.elapsed_ns}, since = last ? (struct pace){0} : v->last;
	uint64_t ns;

	top_sum(v->top, &now.writes, &now.bytes);
	ns = now.at_ns - since.at_ns;
	status.writes_per_s = per_second(now.writes - since.writes, ns);
	status.bytes_per_s = per_second(now.bytes - since.bytes, ns);
	status.keys = v->screen.keys ? SCREEN_KEYS : NULL;
	count_losses_and_cost(v, &status);
	v->last = now;
	return status;
}

static void draw_top(struct view *v, bool last)
{
	struct top_screen screen = {.status = status_of(v, last),
				    .columns = v->screen.columns,
				    .order = v->order,
				    .colour = v->screen.drawn && v->screen.colour};

	if (v->error)
		return;
	errno = 0;
	screen_clear(&v->screen);
	screen.lines = v->screen.drawn ? v->screen.lines - 1 : 0;
	top_print(stdout, v->top, &screen);
	if (!v->screen.drawn && !last)
		fputc('\n', stdout);
	check_stdout(v);
	v->drawn_ns = monotonic_ns();
}

/* Whether the table is to be drawn anew for what was typed. */
static bool obey_keys(struct view *v)
{
	bool sorted = false;

	for (char key; (key = screen_key(&v->screen));) {
		if (key == 'q' || key == 'Q')
			session_stop();
		if (!strchr(TOP_ORDERS, key))
			continue;
		v->order = key;
		sorted = true;
	}
	return sorted;
}

void view_tick(struct view *v)
{
	bool anew;

	if (!v->top)
		return;
	anew = obey_keys(v);
	if (screen_resized(&v->screen) || anew || monotonic_ns() - v->drawn_ns >= v->interval_ns)
		draw_top(v, false);
}

static void note_end(struct view *v, const struct write_record *rec)
{
	if (rec->stage_ns[STAGE_RETURN] > v->newest_ns)
		v->newest_ns = rec->stage_ns[STAGE_RETURN];
}

int view_take(void *ctx, const void *record, size_t len)
{
	const struct record_head *head = record;
	struct view *v = ctx;
	int ret = live_take(&v->one, record, head->len < len ? head->len : len, &v->why);

	if (ret <= 0)
		return ret;
	note_end(v, &v->one.writes[0].rec);
	counts_take(&v->counts, &v->one.writes[0].rec, v->one.writes[0].rec.steps_total);
	accounts_take(&v->totals.accounts, record);
	if (!selection_takes(v->selection, &v->one, &v->one.writes[0]))
		return 0;
	v->totals.writes++;
	if (v->top)
		return top_add(v->top, v->one.names, &v->one.writes[0]) ? fail(&v->why, -ENOMEM, "out of memory") : 0;
	if (v->error)
		return 0;
	errno = 0;
	live_print(stdout, &v->one, &v->one.writes[0], &v->clock, v->screen.colour);
	check_stdout(v);
	return 0;
}

static void say_end(const struct view *v, const struct session *s)
{
	if (v->open_end)
		fprintf(stderr, "dioscope live: %s so far; the trace has no end yet: what it lost is not known\n",
			counted(v->totals.writes, "write").text);
	else
		session_say_totals(s, "", &v->totals, &v->one.header);
}

int view_end(struct view *v, const struct session *s)
{
	screen_close(&v->screen);
	if (v->top)
		draw_top(v, true);
	if (v->error && v->error != EPIPE)
		return command_fail(s->command, EXIT_TROUBLE, "cannot write to stdout: %s", strerror(v->error));
	if (v->error && !freopen("/dev/null", "w", stdout))
		return EXIT_TROUBLE;
	if (!v->error)
		say_end(v, s);
	return s->child.status;
}

void view_watched(struct view *v)
{
	v->watched_ns = elapsed_ns(v);
	v->capture = NULL;
	v->ended = true;
}
