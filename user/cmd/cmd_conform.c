// SPDX-License-Identifier: GPL-2.0-only
/* dioscope conform: recorded writes against the rules of a kernel. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "refimpl/conform.h"
#include "reports/export/checks.h"
#include "reports/export/export_predict.h"
#include "reports/export/junit.h"
#include "reports/text/conform_text.h"
#include "user/base/output.h"
#include "user/cmd/command.h"

enum {
	OPT_PROFILE,
	OPT_AS,
	OPT_FORMAT,
	OPT_JUNIT,
	OPT_MARKDOWN,
	OPT_VERBOSE
};

static const struct option_row options[] = {
	[OPT_PROFILE] = {"profile", 0, "VERSION",
			 "rules of this kernel: " REF_PROFILE_NAMES " (of the one that recorded the trace)"},
	[OPT_AS] = {"as", 0, "VERSION", "say what this kernel would have done, instead of what is wrong"},
	[OPT_FORMAT] = {"format", 0, "FORMAT", "of that answer: text, or json, an object a trace (text)"},
	[OPT_JUNIT] = {"junit", 0, "FILE", "write the outcome, or the answer, as JUnit XML"},
	[OPT_MARKDOWN] = {"markdown", 0, "FILE", "write the outcome as Markdown"},
	[OPT_VERBOSE] = {"verbose", 'v', NULL, "also each fact that could not be checked"},
	{NULL, 0, NULL, NULL},
};

static int run_conform(int argc, char **argv);

const struct command cmd_conform = {
	.name = "conform",
	.arguments =
		"[--profile VERSION] [-v] [--junit FILE] [--markdown FILE] TRACE... | --as VERSION [--format FORMAT] "
		"[--junit FILE] TRACE...",
	.summary = "hold every write of traces against the rules of its kernel",
	.options = options,
	.run = run_conform,
};

struct conform_args {
	struct ref_choice profile;  /* no rules: of each trace's own kernel */
	const struct ref_rules *as; /* NULL: not asked */
	bool json;		    /* the answer */
	const char *junit, *markdown;
	bool verbose;
};

/* One trace and what became of it. */
struct job {
	const char *path;
	struct conform conform;
	struct diff diff; /* for JUnit: a finding a group, */
	char **rules;	  /* and what it says of the rule */
	struct errmsg err;
	struct outcome outcome;
};

/* --- one trace --- */

/* A group is a failure: what a build is to show is what differs, not how often. */
static int add_group(struct job *job, size_t i)
{
	const struct conform_group *g = &job->conform.groups[i];
	_cleanup_free_ char *live = strf("%s in %s", g->live, counted(g->writes, "write").text);

	job->rules[i] = conform_group_text(&job->conform, g);
	return live && job->rules[i]
		       ? diff_add(&job->diff, VERDICT_DIFFERENT, 0, g->what, live, g->reference, job->rules[i])
		       : -ENOMEM;
}

static int fill_diff(struct job *job)
{
	const struct conform *c = &job->conform;
	int ret = 0;

	job->diff.pairs = c->replayed;
	job->diff.compared = c->compared;
	job->rules = calloc(c->nr_groups + 1, sizeof(*job->rules));
	if (!job->rules)
		return -ENOMEM;
	for (size_t i = 0; i < c->nr_groups && !ret; i++)
		ret = add_group(job, i);
	return ret;
}

static void run_job(struct job *job, const struct conform_args *a)
{
	int ret = conform_trace(&job->conform, job->path, a->profile, &job->err);

	if (!ret && fill_diff(job))
		ret = fail(&job->err, -ENOMEM, "out of memory");
	job->outcome = (struct outcome){
		.id = job->path,
		.diff = ret ? NULL : &job->diff,
		.not_observed = !ret && !job->conform.compared ? "nothing could be checked" : NULL,
		.trouble = ret ? job->err.text : NULL,
		.profile = ret ? NULL : job->conform.rules.rules->name,
		.fit = ret ? NULL : ref_fit_words(job->conform.rules.fit),
	};
}

static void warn_of_fit(const struct conform *c, const char *path)
{
	if (!ref_fit_is_right(c->rules.fit))
		command_fail(&cmd_conform, 0, "WARNING: %s: the rules of %s are the %s: findings may come of that",
			     path, c->rules.rules->name, ref_fit_words(c->rules.fit));
}

static void warn_of_unobserved(const struct job *job)
{
	if (job->outcome.not_observed)
		command_fail(&cmd_conform, 0, "WARNING: %s: %s", job->path, job->outcome.not_observed);
}

static int print_job(struct job *job, const struct conform_args *a)
{
	if (job->outcome.trouble)
		return command_fail(&cmd_conform, EXIT_TROUBLE, "%s", job->outcome.trouble);
	warn_of_fit(&job->conform, job->path);
	if (render_conform(stdout, job->path, &job->conform, a->verbose))
		return command_fail(&cmd_conform, EXIT_TROUBLE, "out of memory");
	fflush(stdout);
	warn_of_unobserved(job);
	return 0;
}

/* --- all of them --- */

/* As verify's: that of the worst. */
static int exit_code(const struct job *jobs, size_t nr)
{
	enum outcome_result worst = OUTCOME_SAME;

	for (size_t i = 0; i < nr; i++)
		if (outcome_result(&jobs[i].outcome) > worst)
			worst = outcome_result(&jobs[i].outcome);
	return outcome_exit_code(worst);
}

typedef int (*report_fn)(FILE *out, const char *title, const struct outcome *outcomes, size_t nr);

static int write_report(const char *path, report_fn fn, const struct job *jobs, size_t nr)
{
	_cleanup_free_ struct outcome *outcomes = calloc(nr, sizeof(*outcomes));
	struct output out;
	struct errmsg err;

	if (!path)
		return 0;
	if (!outcomes || output_open(&out, path, &err))
		return command_fail(&cmd_conform, -EIO, "%s", outcomes ? err.text : "out of memory");
	for (size_t i = 0; i < nr; i++)
		outcomes[i] = jobs[i].outcome;
	if (fn(out.file, "dioscope conform", outcomes, nr)) {
		output_discard(&out);
		return command_fail(&cmd_conform, -EIO, "cannot write '%s'", path);
	}
	return output_commit(&out, &err) ? command_fail(&cmd_conform, -EIO, "%s", err.text) : 0;
}

static void jobs_release(struct job *jobs, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		for (size_t k = 0; jobs[i].rules && k < jobs[i].conform.nr_groups; k++)
			free(jobs[i].rules[k]);
		free(jobs[i].rules);
		conform_release(&jobs[i].conform);
		diff_release(&jobs[i].diff);
	}
	free(jobs);
}

static int run_jobs(const struct conform_args *a, char **paths, size_t nr)
{
	struct job *jobs = calloc(nr, sizeof(*jobs));
	int code;

	if (!jobs)
		return command_fail(&cmd_conform, EXIT_TROUBLE, "out of memory");
	for (size_t i = 0; i < nr; i++) {
		jobs[i].path = paths[i];
		run_job(&jobs[i], a);
		print_job(&jobs[i], a);
	}
	code = exit_code(jobs, nr);
	if (write_report(a->junit, junit_report, jobs, nr) || write_report(a->markdown, markdown_report, jobs, nr))
		code = EXIT_TROUBLE;
	jobs_release(jobs, nr);
	return code;
}

/* --- what another kernel would do --- */

static int print_prediction(const struct conform_args *a, const char *path, const struct predict *p)
{
	int ret = a->json ? export_predict_json(stdout, path, p) : render_predict(stdout, path, p);

	fflush(stdout);
	return ret;
}

static enum outcome_result predict_one(const struct conform_args *a, struct job *job)
{
	struct predict p;
	int ret;

	job->outcome = (struct outcome){.id = job->path, .trouble = job->err.text};
	if (predict_trace(&p, job->path, a->as, &job->err))
		return command_fail(&cmd_conform, OUTCOME_TROUBLE, "%s", job->err.text);
	if (!ref_fit_is_right(p.recorded.fit))
		command_fail(&cmd_conform, 0, "WARNING: %s: it is read by the rules of %s, which are the %s", job->path,
			     p.recorded.rules->name, ref_fit_words(p.recorded.fit));
	ret = print_prediction(a, job->path, &p);
	if (!ret)
		ret = export_predict_diff(&job->diff, &p);
	job->outcome = (struct outcome){.id = job->path,
					.diff = &job->diff,
					.not_observed = p.replayed == p.strange ? "nothing could be replayed" : NULL};
	predict_release(&p);
	if (ret)
		return command_fail(&cmd_conform, OUTCOME_TROUBLE, "out of memory");
	warn_of_unobserved(job);
	return job->outcome.not_observed ? OUTCOME_NOT_OBSERVED : OUTCOME_SAME;
}

/* An answer is no finding. */
static int predict_all(const struct conform_args *a, char **paths, size_t nr)
{
	struct job *jobs = calloc(nr, sizeof(*jobs));
	enum outcome_result worst = OUTCOME_SAME;

	if (!jobs)
		return command_fail(&cmd_conform, EXIT_TROUBLE, "out of memory");
	for (size_t i = 0; i < nr; i++) {
		enum outcome_result result;

		jobs[i].path = paths[i];
		result = predict_one(a, &jobs[i]);
		worst = result > worst ? result : worst;
	}
	if (write_report(a->junit, junit_report, jobs, nr))
		worst = OUTCOME_TROUBLE;
	jobs_release(jobs, nr);
	return outcome_exit_code(worst);
}

/* --- arguments --- */

static int take_rules(const struct ref_rules **rules, const char *value)
{
	*rules = ref_rules_find(value);
	return *rules ? 0 : command_fail(&cmd_conform, -EINVAL, "there is no profile '%s': " REF_PROFILE_NAMES, value);
}

static int take_option(struct conform_args *a, int option, const char *value)
{
	switch (option) {
	case OPT_PROFILE:
		a->profile.fit = REF_FIT_ASKED;
		return take_rules(&a->profile.rules, value);
	case OPT_AS:
		return take_rules(&a->as, value);
	case OPT_FORMAT:
		a->json = !strcmp(value, "json");
		return a->json || !strcmp(value, "text")
			       ? 0
			       : command_fail(&cmd_conform, -EINVAL, "--format: '%s' is not text or json", value);
	case OPT_JUNIT:
		a->junit = value;
		return 0;
	case OPT_MARKDOWN:
		a->markdown = value;
		return 0;
	case OPT_VERBOSE:
		a->verbose = true;
		return 0;
	}
	return -EINVAL;
}

static int check_outputs(const struct conform_args *a, char **paths, size_t nr)
{
	struct errmsg err;

	for (size_t i = 0; i < nr; i++)
		if (output_same(a->junit, paths[i]) || output_same(a->markdown, paths[i]))
			return command_fail(&cmd_conform, -EINVAL, "'%s' cannot be a report and a trace", paths[i]);
	return output_check(a->junit, &err) || output_check(a->markdown, &err)
		       ? command_fail(&cmd_conform, -EINVAL, "%s", err.text)
		       : 0;
}

static int run_conform(int argc, char **argv)
{
	struct conform_args args = {0};
	const char *value;
	int option;

	while ((option = command_next_option(&cmd_conform, argc, argv, &value)) >= 0)
		if (take_option(&args, option, value))
			return EXIT_TROUBLE;
	if (option == -2)
		return EXIT_TROUBLE;
	if (optind == argc)
		return command_fail(&cmd_conform, EXIT_TROUBLE, "a trace is needed");
	if (args.as && (args.profile.rules || args.markdown || args.verbose))
		return command_fail(&cmd_conform, EXIT_TROUBLE,
				    "--as answers, it checks nothing: not with --profile, --markdown or -v");
	if (args.json && !args.as)
		return command_fail(&cmd_conform, EXIT_TROUBLE, "--format is of what --as answers");
	if (check_outputs(&args, argv + optind, (size_t)(argc - optind)))
		return EXIT_TROUBLE;
	return (args.as ? predict_all : run_jobs)(&args, argv + optind, (size_t)(argc - optind));
}
