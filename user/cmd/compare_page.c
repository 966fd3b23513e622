// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/compare_page.h"

#include <errno.h>

#include "reports/html/html.h"
#include "reports/model/diff_traces.h"
#include "user/base/output.h"
#include "user/cmd/page_file.h"
#include "user/cmd/progress_line.h"
#include "user/cmd/selection.h"

/* A run as the page wants it, all of it gathered in one pass over its trace. */
struct side {
	struct totals totals;
	struct write_set frame;
	struct page_sums sums;
	struct run run;
	struct run_sums run_sums;
};

struct sides {
	struct side of[2];
	struct diff_traces matched;
	bool same; /* they are */
};

static int look_at_write(void *ctx, const struct look *look)
{
	struct side *s = ctx;

	return page_sums_add(&s->sums, look) ?: run_sums_add(&s->run_sums, look);
}

static int look_at_sync(void *ctx, const struct sync_record *sync)
{
	struct side *s = ctx;

	page_sums_add_sync(&s->sums, sync);
	return 0;
}

static void side_release(struct side *s)
{
	run_sums_release(&s->run_sums);
	run_release(&s->run);
	page_sums_release(&s->sums);
	totals_release(&s->totals);
	set_release(&s->frame);
}

static void sides_free(struct sides *s)
{
	side_release(&s->of[0]);
	side_release(&s->of[1]);
	if (s->same)
		diff_traces_release(&s->matched);
	free(s);
}

/* Half of what a page of one run keeps is of each. */
static struct sides *sides_new(void)
{
	static const struct kept_limits whole = PAGE_KEPT;
	const struct kept_limits half = {whole.sample / 2, whole.slowest / 2, whole.by_reason / 2, whole.failed / 2,
					 whole.buffered / 2};
	struct sides *s = calloc(1, sizeof(*s));
	int ret = 0;

	for (int i = 0; i < 2 && s; i++) {
		run_sums_init(&s->of[i].run_sums, &s->of[i].run);
		ret = page_sums_init(&s->of[i].sums, &half) ?: ret;
	}
	if (!ret)
		return s;
	sides_free(s);
	return NULL;
}

static int load_side(const struct compare_job *job, struct side *s, const char *path, struct progress *progress,
		     struct errmsg *err)
{
	struct onlooker onlooker = {.write = look_at_write, .sync = look_at_sync, .ctx = s};
	int ret = totals_load(&s->totals, path, job->sel, TOTALS_ALL, &onlooker, progress, &s->frame, err);

	if (!ret && run_sums_settle(&s->run_sums, &s->frame))
		ret = fail(err, -ENOMEM, "out of memory");
	return ret;
}

static int load(const struct compare_job *job, struct sides *s, struct progress *progress, struct errmsg *err)
{
	int ret = load_side(job, &s->of[0], job->a, progress, err) ?: load_side(job, &s->of[1], job->b, progress, err);

	if (ret || !compare_can_match(job, &s->of[0].run, &s->of[1].run))
		return ret;
	s->same = true;
	return diff_traces(&s->matched, job->a, job->b, &(struct diff_limits){.progress = progress}, err);
}

static int load_watched(const struct compare_job *job, struct sides *s)
{
	struct progress_line line;
	struct errmsg err;
	int ret, stopped;

	progress_line_begin(&line, job->cmd->name, 3 * (progress_size(job->a) + progress_size(job->b)), job->quiet);
	ret = load(job, s, &line.progress, &err);
	stopped = progress_line_end(&line);
	if (stopped)
		return stopped;
	return ret ? command_fail(job->cmd, EXIT_TROUBLE, "%s", err.text) : EXIT_SAME;
}

static int write_page(const struct compare_job *job, struct sides *s, const char *path)
{
	_cleanup_free_ char *title = strf("dioscope report: %s against %s", job->a, job->b);
	struct html_pair pair = {.diff = s->same ? &s->matched.diff : NULL};

	if (!title)
		return command_fail(job->cmd, EXIT_TROUBLE, "out of memory");
	for (int i = 0; i < 2; i++)
		pair.sides[i] = (struct html_side){.name = i ? job->b : job->a,
						   .trace = &s->of[i].frame,
						   .totals = &s->of[i].totals,
						   .sums = &s->of[i].sums,
						   .run = &s->of[i].run};
	return page_write(job->cmd, &(struct html_input){.title = title, .pair = &pair}, path);
}

static void say_none(const struct compare_job *job, const struct write_set *frame, const char *trace)
{
	selection_say_none(job->cmd, frame->nr + frame->streamed, frame->left_out, trace);
}

int compare_page(const struct compare_job *job, const char *path)
{
	struct sides *s;
	int code = conditions_check(job->conditions, job->cmd, job->a, job->b);

	if (code)
		return code;
	s = sides_new();
	if (!s)
		return command_fail(job->cmd, EXIT_TROUBLE, "out of memory");
	code = load_watched(job, s);
	if (!code) {
		say_none(job, &s->of[0].frame, job->a);
		say_none(job, &s->of[1].frame, job->b);
		code = write_page(job, s, path);
	}
	code = code ?: conditions_try(job, &s->of[0].run, &s->of[1].run);
	sides_free(s);
	return code;
}
