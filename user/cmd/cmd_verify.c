// SPDX-License-Identifier: GPL-2.0-only
/* dioscope verify: workloads through the kernel and through the reference. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>

#include "refimpl/path/rules.h"
#include "reports/html/html.h"
#include "reports/export/checks.h"
#include "reports/export/junit.h"
#include "reports/text/render.h"
#include "user/capture/capture.h"
#include "user/cmd/command.h"
#include "user/cmd/stop.h"
#include "user/base/output.h"
#include "user/verify/verify.h"

enum {
	OPT_PROFILE,
	OPT_TIER,
	OPT_JUNIT,
	OPT_HTML,
	OPT_MARKDOWN,
	OPT_KEEP,
	OPT_VERBOSE
};

static const struct option_row options[] = {
	[OPT_PROFILE] = {"profile", 0, "VERSION", "rules of this kernel: " REF_PROFILE_NAMES " (of the running one)"},
	[OPT_TIER] = {"tier", 0, "TIER", "fentry, kprobe or tracepoint instead of the best that this kernel offers"},
	[OPT_JUNIT] = {"junit", 0, "FILE", "write the outcome as JUnit XML"},
	[OPT_HTML] = {"html", 0, "FILE", "write both sides and the findings as one HTML file"},
	[OPT_MARKDOWN] = {"markdown", 0, "FILE", "write the outcome as Markdown"},
	[OPT_KEEP] = {"keep-traces", 0, "DIR", "keep DIR/<id>.live.trace and DIR/<id>.reference.trace"},
	[OPT_VERBOSE] = {"verbose", 'v', NULL, "also what is allowed to differ, and what could not be observed"},
	{NULL, 0, NULL, NULL},
};

static int run_verify(int argc, char **argv);

const struct command cmd_verify = {
	.name = "verify",
	.arguments = "[--profile VERSION] [--tier TIER] [--junit FILE] [--html FILE] [--markdown FILE] [--keep-traces "
		     "DIR] [-v] "
		     "WORKLOAD...",
	.summary = "run workloads through the kernel and through the reference, and compare",
	.options = options,
	.run = run_verify,
};

struct verify_args {
	struct verify_options verify;
	enum hook_tier tier;
	const char *junit;
	const char *html;
	const char *markdown;
	bool verbose;
};

/* One workload and what became of it. */
struct job {
	struct workload wl;
	struct verify_result result;
	struct errmsg err;
	struct outcome outcome;
};

/* --- arguments --- */

static int take_tier(struct verify_args *a, const char *value)
{
	if (hook_tier_parse(value, &a->tier))
		return command_fail(&cmd_verify, -EINVAL, "'%s' is not a tier: fentry, kprobe or tracepoint", value);
	return 0;
}

static int take_profile(struct verify_args *a, const char *value)
{
	a->verify.profile = (struct ref_choice){ref_rules_find(value), REF_FIT_ASKED};
	if (!a->verify.profile.rules)
		return command_fail(&cmd_verify, -EINVAL, "there is no profile '%s': " REF_PROFILE_NAMES, value);
	return 0;
}

static int take_option(struct verify_args *a, int option, const char *value)
{
	switch (option) {
	case OPT_PROFILE:
		return take_profile(a, value);
	case OPT_TIER:
		return take_tier(a, value);
	case OPT_JUNIT:
		a->junit = value;
		return 0;
	case OPT_HTML:
		a->html = value;
		return 0;
	case OPT_MARKDOWN:
		a->markdown = value;
		return 0;
	case OPT_KEEP:
		a->verify.keep_traces = value;
		return 0;
	case OPT_VERBOSE:
		a->verbose = true;
		return 0;
	}
	return -EINVAL;
}

static int parse_args(struct verify_args *a, int argc, char **argv)
{
	struct utsname u;
	const char *value;
	int option;

	uname(&u);
	a->verify.profile = ref_rules_for_release(u.release);
	while ((option = command_next_option(&cmd_verify, argc, argv, &value)) >= 0)
		if (take_option(a, option, value))
			return -EINVAL;
	if (option == -2)
		return -EINVAL;
	if (optind == argc)
		return command_fail(&cmd_verify, -EINVAL, "at least one workload is needed");
	if (!a->verify.profile.rules)
		return command_fail(&cmd_verify, -EINVAL, "no profile fits kernel %s: choose one with --profile",
				    u.release);
	return 0;
}

/* Nothing that is read, and nothing that is written, is replaced. */
static int check_outputs(const struct verify_args *a, char **paths, size_t nr)
{
	const char *const outputs[] = {a->junit, a->html, a->markdown};

	for (size_t o = 1; o < ARRAY_SIZE(outputs); o++)
		for (size_t i = 0; i < o; i++)
			if (output_same(outputs[i], outputs[o]))
				return command_fail(&cmd_verify, -EINVAL, "'%s' cannot be both reports", outputs[i]);
	for (size_t i = 0; i < nr; i++)
		for (size_t o = 0; o < ARRAY_SIZE(outputs); o++)
			if (output_same(outputs[o], paths[i]))
				return command_fail(&cmd_verify, -EINVAL, "'%s' cannot be a report and a workload",
						    paths[i]);
	return 0;
}

/* --- the jobs --- */

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec + (now.tv_nsec - start->tv_nsec) / 1e9;
}

/* @capture: NULL when this kernel cannot be observed; then job->err says why. */
static void run_job(struct job *job, struct capture *capture, const struct verify_args *a)
{
	struct timespec start;
	int ret = -EPERM;

	clock_gettime(CLOCK_MONOTONIC, &start);
	if (capture)
		ret = verify_workload(&job->result, &job->wl, capture, &a->verify, &job->err);
	job->outcome = (struct outcome){
		.id = job->wl.id,
		.title = job->wl.title,
		.live = ret ? NULL : &job->result.live,
		.reference = ret ? NULL : &job->result.reference,
		.diff = ret ? NULL : &job->result.diff,
		.not_observed = capture ? job->result.not_observed : job->err.text,
		.trouble = capture && ret ? job->err.text : NULL,
		.seconds = seconds_since(&start),
	};
}

static void print_job(const struct job *job, bool verbose)
{
	const struct outcome *o = &job->outcome;

	if (o->diff)
		render_diff(stdout, o->id, o->diff, &(struct side_names){"live", "reference"}, verbose);
	else
		command_fail(&cmd_verify, 0, "%s: %s", o->id, o->trouble ? o->trouble : o->not_observed);
	fflush(stdout);
	if (o->diff && o->not_observed)
		command_fail(&cmd_verify, 0, "WARNING: %s: not observed: %s", o->id, o->not_observed);
}

/* That of the worst. */
static int exit_code(const struct job *jobs, size_t nr)
{
	enum outcome_result worst = OUTCOME_SAME;

	for (size_t i = 0; i < nr; i++)
		if (outcome_result(&jobs[i].outcome) > worst)
			worst = outcome_result(&jobs[i].outcome);
	return outcome_exit_code(worst);
}

/* --- reports --- */

static int html_verify(FILE *out, const char *title, const struct outcome *outcomes, size_t nr)
{
	return html_report(out, &(struct html_input){.title = title, .outcomes = outcomes, .nr = nr});
}

typedef int (*report_fn)(FILE *out, const char *title, const struct outcome *outcomes, size_t nr);

static int write_report(const char *path, report_fn fn, const struct outcome *outcomes, size_t nr)
{
	_cleanup_free_ char *title = NULL;
	struct output out;
	struct errmsg err;
	struct utsname u;

	if (!path)
		return 0;
	uname(&u);
	title = strf("dioscope verify, %s", u.release);
	if (!title || output_open(&out, path, &err))
		return command_fail(&cmd_verify, -EIO, "%s", title ? err.text : "out of memory");
	if (fn(out.file, title, outcomes, nr)) {
		output_discard(&out);
		return command_fail(&cmd_verify, -EIO, "cannot write '%s'", path);
	}
	return output_commit(&out, &err) ? command_fail(&cmd_verify, -EIO, "%s", err.text) : 0;
}

static int write_reports(const struct verify_args *a, const struct job *jobs, size_t nr)
{
	_cleanup_free_ struct outcome *outcomes = calloc(nr, sizeof(*outcomes));
	int ret;

	if (!outcomes)
		return command_fail(&cmd_verify, -ENOMEM, "out of memory");
	for (size_t i = 0; i < nr; i++)
		outcomes[i] = jobs[i].outcome;
	ret = write_report(a->junit, junit_report, outcomes, nr)
		      ?: write_report(a->markdown, markdown_report, outcomes, nr);
	return ret ? ret : write_report(a->html, html_verify, outcomes, nr);
}

/* --- all of it --- */

/* The traces are named after the ids. */
static int check_ids(const struct job *jobs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(jobs[i].wl.id, jobs[k].wl.id))
				return command_fail(&cmd_verify, -EINVAL,
						    "--keep-traces: '%s' and '%s' are both called %s", jobs[k].wl.path,
						    jobs[i].wl.path, jobs[i].wl.id);
	return 0;
}

/* Every workload is read before the first one runs: a mistake in the last costs nothing. */
static int load_jobs(struct job *jobs, char **paths, size_t nr, bool keep)
{
	struct errmsg err;

	for (size_t i = 0; i < nr; i++) {
		if (workload_load(&jobs[i].wl, paths[i], &err))
			return command_fail(&cmd_verify, -EINVAL, "%s", err.text);
		if (!jobs[i].wl.nr_writes)
			return command_fail(&cmd_verify, -EINVAL, "%s: there is no write in it", paths[i]);
	}
	return keep ? check_ids(jobs, nr) : 0;
}

static int check_directory(const char *dir)
{
	struct stat st;

	if (stat(dir, &st))
		return command_fail(&cmd_verify, -EINVAL, "--keep-traces: cannot use '%s': %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return command_fail(&cmd_verify, -EINVAL, "--keep-traces: '%s' is not a directory", dir);
	return 0;
}

static int check_kept(const char *dir, const struct job *jobs, size_t nr, struct errmsg *err)
{
	int ret = 0;

	for (size_t i = 0; i < NR_VERIFY_SIDES * nr && !ret; i++) {
		_cleanup_free_ char *path = verify_trace_path(dir, jobs[i / NR_VERIFY_SIDES].wl.id,
							      (enum verify_side)(i % NR_VERIFY_SIDES));

		ret = path ? output_check(path, err) : fail(err, -ENOMEM, "out of memory");
	}
	return ret;
}

/* What is to be written at the end can be: the run may take long. */
static int check_writable(const struct verify_args *a, const struct job *jobs, size_t nr)
{
	const char *kept = a->verify.keep_traces;
	struct errmsg err;
	int ret = kept ? check_directory(kept) : 0;

	if (ret)
		return ret;
	ret = output_check(a->junit, &err);
	if (!ret)
		ret = output_check(a->html, &err) ?: output_check(a->markdown, &err);
	if (!ret && kept)
		ret = check_kept(kept, jobs, nr, &err);
	return ret ? command_fail(&cmd_verify, ret, "%s", err.text) : 0;
}

/* NULL, and why, when this kernel cannot be observed by us. */
static struct capture *open_capture(const struct verify_args *a, struct errmsg *why)
{
	struct capture_options how = {.tier = a->tier, .by_pid = true};
	struct capture *capture;

	return capture_open(&capture, &how, why) ? NULL : capture;
}

/* Whose rules the reference follows; loud where a finding may be the difference between two kernels. */
static void print_profile(const struct ref_choice *profile)
{
	const char *name = profile->rules->name, *words = ref_fit_words(profile->fit);

	printf("profile %s: %s\n", name, words);
	fflush(stdout);
	if (!ref_fit_is_right(profile->fit))
		command_fail(&cmd_verify, 0, "WARNING: the rules of %s are the %s: findings may come of that", name,
			     words);
}

static int run_jobs(struct verify_args *a, struct job *jobs, size_t nr)
{
	struct errmsg why = {0};
	struct capture *capture = open_capture(a, &why);
	unsigned int said = 0;

	for (size_t i = 0; i < nr && !stop_signal; i++) {
		jobs[i].err = why;
		run_job(&jobs[i], capture, a);
		if (jobs[i].outcome.diff && !said++)
			print_profile(&a->verify.profile);
		print_job(&jobs[i], a->verbose);
	}
	capture_close(capture);
	if (stop_signal)
		return 128 + stop_signal;
	return write_reports(a, jobs, nr) ? EXIT_TROUBLE : exit_code(jobs, nr);
}

static int run_verify(int argc, char **argv)
{
	struct verify_args args = {0};
	struct job *jobs;
	size_t nr;
	int code;

	if (parse_args(&args, argc, argv))
		return EXIT_TROUBLE;
	nr = argc - optind;
	if (check_outputs(&args, argv + optind, nr))
		return EXIT_TROUBLE;
	jobs = calloc(nr, sizeof(*jobs));
	if (!jobs)
		return command_fail(&cmd_verify, EXIT_TROUBLE, "out of memory");
	stop_on_signals();
	if (load_jobs(jobs, argv + optind, nr, args.verify.keep_traces) || check_writable(&args, jobs, nr))
		code = EXIT_TROUBLE;
	else
		code = run_jobs(&args, jobs, nr);
	for (size_t i = 0; i < nr; i++) {
		workload_release(&jobs[i].wl);
		verify_result_release(&jobs[i].result);
	}
	free(jobs);
	return code;
}
