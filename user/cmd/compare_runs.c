// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/compare_runs.h"

#include <errno.h>
#include <string.h>

#include "reports/export/checks.h"
#include "reports/model/diff_traces.h"
#include "reports/text/compare_text.h"
#include "user/base/output.h"
#include "user/base/utf8.h"
#include "user/cmd/progress_line.h"

int conditions_take(struct conditions *c, int option, const char *value, struct errmsg *err)
{
	switch (option) {
	case CONDITION_FAIL_IF:
		if (c->nr == FAIL_IF_MAX)
			return fail(err, -EINVAL, "there are more than %d conditions", FAIL_IF_MAX);
		return fail_if_parse(value, &c->list[c->nr++], err);
	case CONDITION_JUNIT:
		c->junit = value;
		return 0;
	case CONDITION_MARKDOWN:
		c->markdown = value;
		return 0;
	}
	return -EINVAL;
}

/* --- conditions --- */

static int check_against(const struct conditions *c, const struct command *cmd, const char *a)
{
	for (size_t i = 0; i < c->nr && !a; i++)
		if (c->list[i].against_a)
			return command_fail(cmd, EXIT_TROUBLE, "'%s' is against a first trace: give two",
					    c->list[i].text);
	return EXIT_SAME;
}

int conditions_check(const struct conditions *c, const struct command *cmd, const char *a, const char *b)
{
	const char *const outputs[] = {c->junit, c->markdown};
	struct errmsg err;

	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		if (output_same(outputs[i], a) || output_same(outputs[i], b))
			return command_fail(cmd, EXIT_TROUBLE, "'%s' is a trace: choose another output", outputs[i]);
		if (output_check(outputs[i], &err))
			return command_fail(cmd, EXIT_TROUBLE, "%s", err.text);
	}
	return check_against(c, cmd, a);
}

struct tried {
	struct fail_result results[FAIL_IF_MAX];
	struct check_row rows[FAIL_IF_MAX];
};

static int try_all(const struct conditions *c, const struct run *a, const struct run *b, struct tried *t)
{
	for (size_t i = 0; i < c->nr; i++) {
		struct fail_result *r = &t->results[i];

		if (fail_if_try(&c->list[i], a, b, r))
			return -ENOMEM;
		t->rows[i] = (struct check_row){.name = c->list[i].text,
						.result = r->failed    ? OUTCOME_DIFFERENT
							  : r->unknown ? OUTCOME_NOT_OBSERVED
								       : OUTCOME_SAME,
						.text = r->text};
	}
	return 0;
}

static int print_all(const struct conditions *c, const struct tried *t)
{
	static const char *const words[NR_OUTCOMES] = {
		[OUTCOME_SAME] = "passed", [OUTCOME_NOT_OBSERVED] = "not observed", [OUTCOME_DIFFERENT] = "FAILED"};
	enum outcome_result worst = OUTCOME_SAME;

	if (c->nr)
		fputs("\nconditions\n", stdout);
	for (size_t i = 0; i < c->nr; i++) {
		fputs("  ", stdout);
		utf8_print(stdout, t->rows[i].name);
		printf(": %s: %s\n", words[t->rows[i].result], t->rows[i].text);
		worst = t->rows[i].result > worst ? t->rows[i].result : worst;
	}
	return outcome_exit_code(worst);
}

static int write_one(const struct compare_job *job, const char *path, const struct check_list *list,
		     int (*write)(FILE *out, const struct check_list *list))
{
	struct output out;
	struct errmsg err;

	if (!path)
		return 0;
	if (output_open(&out, path, &err))
		return command_fail(job->cmd, -EIO, "%s", err.text);
	write(out.file, list);
	return output_commit(&out, &err) ? command_fail(job->cmd, -EIO, "%s", err.text) : 0;
}

static int write_all_of(const struct compare_job *job, const struct tried *t)
{
	_cleanup_free_ char *title = job->a ? strf("dioscope %s: %s and %s", job->cmd->name, job->a, job->b)
					    : strf("dioscope %s: %s", job->cmd->name, job->b);
	struct check_list list = {.title = title ? title : job->cmd->name, .rows = t->rows, .nr = job->conditions->nr};

	return write_one(job, job->conditions->junit, &list, checks_junit)
		       ?: write_one(job, job->conditions->markdown, &list, checks_markdown);
}

int conditions_try(const struct compare_job *job, const struct run *a, const struct run *b)
{
	struct tried tried;
	int code;

	if (try_all(job->conditions, a, b, &tried))
		return command_fail(job->cmd, EXIT_TROUBLE, "out of memory");
	code = print_all(job->conditions, &tried);
	return write_all_of(job, &tried) ? EXIT_TROUBLE : code;
}

/* --- the runs --- */

struct runs {
	struct run a, b;
	struct diff_traces matched;
	bool same; /* they are */
};

static void runs_release(struct runs *r)
{
	run_release(&r->a);
	run_release(&r->b);
	if (r->same)
		diff_traces_release(&r->matched);
	free(r);
}

/* Traces that can be read only once are compared by distribution. */
static bool is_readable_again(const char *path)
{
	return progress_size(path) > 0;
}

bool compare_can_match(const struct compare_job *job, const struct run *a, const struct run *b)
{
	return compare_same_workload(a, b) && selection_is_empty(job->sel) && is_readable_again(job->a) &&
	       is_readable_again(job->b);
}

static int load(const struct compare_job *job, struct runs *r, struct progress *progress, struct errmsg *err)
{
	int ret = job->a ? run_load(&r->a, job->a, job->sel, progress, err) : 0;

	if (!ret)
		ret = run_load(&r->b, job->b, job->sel, progress, err);
	if (ret || !job->a || !compare_can_match(job, &r->a, &r->b))
		return ret;
	r->same = true;
	return diff_traces(&r->matched, job->a, job->b, &(struct diff_limits){.progress = progress}, err);
}

static int load_watched(const struct compare_job *job, struct runs *r)
{
	struct progress_line line;
	struct errmsg err;
	int ret, stopped;

	progress_line_begin(&line, job->cmd->name,
			    job->a ? 3 * (progress_size(job->a) + progress_size(job->b)) : progress_size(job->b),
			    job->quiet);
	ret = load(job, r, &line.progress, &err);
	stopped = progress_line_end(&line);
	if (stopped)
		return stopped;
	return ret ? command_fail(job->cmd, EXIT_TROUBLE, "%s", err.text) : EXIT_SAME;
}

static int show(const struct compare_job *job, const struct runs *r)
{
	struct compare_input in = {
		.names = {job->a, job->b}, .a = &r->a, .b = &r->b, .diff = r->same ? &r->matched.diff : NULL};

	if (job->a && render_compare(stdout, &in))
		return command_fail(job->cmd, EXIT_TROUBLE, "out of memory");
	return conditions_try(job, job->a ? &r->a : NULL, &r->b);
}

int compare_runs(const struct compare_job *job)
{
	struct runs *r;
	int code = conditions_check(job->conditions, job->cmd, job->a, job->b);

	if (code)
		return code;
	r = calloc(1, sizeof(*r));
	if (!r)
		return command_fail(job->cmd, EXIT_TROUBLE, "out of memory");
	code = load_watched(job, r) ?: show(job, r);
	runs_release(r);
	return code;
}
