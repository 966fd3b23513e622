// SPDX-License-Identifier: GPL-2.0-only
/* dioscope fuzz: workloads, mostly random ones, through the kernel and through the reference. */
#include <cap-ng.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "refimpl/path/rules.h"
#include "user/capture/capture.h"
#include "user/cmd/command.h"
#include "user/cmd/stop.h"
#include "user/fuzz/fuzz.h"
#include "user/fuzz/ref_rig.h"
#include "user/fuzz/rig.h"

#define SHRINK_TRIES 150
#define JOBS_MAX     256
#define KNOWN_MAX    8

enum {
	OPT_ENGINE,
	OPT_JOBS,
	OPT_SEED,
	OPT_FROM,
	OPT_WRITES,
	OPT_TIME,
	OPT_THEME,
	OPT_PROFILE,
	OPT_TIER,
	OPT_KNOWN,
	OPT_OUTPUT,
	OPT_DRY_RUN,
};

static const struct option_row options[] = {
	[OPT_ENGINE] = {"engine", 0, "NAME",
			"both, or ref: the reference alone, in memory, against what has to hold; no root (both)"},
	[OPT_JOBS] = {"jobs", 'j', "N", "of --engine ref: as many processes (one for each processor)"},
	[OPT_SEED] = {"seed", 0, "N", "the same workloads for the same number (1)"},
	[OPT_FROM] = {"from", 0, "N", "begin with the Nth workload of the seed (1)"},
	[OPT_WRITES] = {"writes", 0, "N", "end after so many writes"},
	[OPT_TIME] = {"time", 0, "TIME", "end after this time: 30s, 10m (without either: at Ctrl-C)"},
	[OPT_THEME] = {"theme", 0, "NAME", "what the workloads are about: " THEME_NAMES " (all)"},
	[OPT_PROFILE] = {"profile", 0, "VERSION", "rules of this kernel: " REF_PROFILE_NAMES " (of the running one)"},
	[OPT_TIER] = {"tier", 0, "TIER", "fentry, kprobe or tracepoint instead of the best that this kernel offers"},
	[OPT_KNOWN] = {"known", 0, "FILE",
		       "differences that are known, a line 'KEY # CAUSE' each: counted, no findings; may be repeated"},
	[OPT_OUTPUT] = {"output", 'o', "DIR", "keep the smallest workload of each kind of finding as DIR/<id>.wl"},
	[OPT_DRY_RUN] = {"dry-run", 0, NULL, "print the workloads instead of running them; needs --writes"},
	{NULL, 0, NULL, NULL},
};

static int run_fuzz(int argc, char **argv);

const struct command cmd_fuzz = {
	.name = "fuzz",
	.arguments = "[--engine NAME] [--seed N] [--writes N | --time TIME] [--theme NAME] [--profile VERSION] [-o "
		     "DIR] [OPTION...] "
		     "[WORKLOAD...]",
	.summary = "run random workloads through the kernel and the reference, and shrink what differs",
	.options = options,
	.run = run_fuzz,
};

struct fuzz_args {
	bool ref_alone;
	struct fuzz_options fuzz;
	struct ref_choice profile;
	enum hook_tier tier;
	const char *known[KNOWN_MAX];
	size_t nr_known;
	bool dry_run;
};

/* --- arguments --- */

static int take_known(struct fuzz_args *a, const char *value)
{
	if (a->nr_known == KNOWN_MAX)
		return command_fail(&cmd_fuzz, -EINVAL, "--known: more than %d of them", KNOWN_MAX);
	a->known[a->nr_known++] = value;
	return 0;
}

static int take_number(const char *name, const char *value, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(value, &end, 10);
	if (errno || *end || end == value || *value == '-')
		return command_fail(&cmd_fuzz, -EINVAL, "--%s: '%s' is not a number", name, value);
	return 0;
}

static int take_time(struct fuzz_args *a, const char *value)
{
	if (parse_duration(value, &a->fuzz.time_ns) || !a->fuzz.time_ns)
		return command_fail(&cmd_fuzz, -EINVAL, "--time: '%s' is not a time (such as 30s, 10m)", value);
	return 0;
}

static int take_theme(struct fuzz_args *a, const char *value)
{
	a->fuzz.theme = theme_find(value);
	return a->fuzz.theme ? 0 : command_fail(&cmd_fuzz, -EINVAL, "there is no theme '%s': " THEME_NAMES, value);
}

static int take_profile(struct fuzz_args *a, const char *value)
{
	a->profile = (struct ref_choice){ref_rules_find(value), REF_FIT_ASKED};
	if (!a->profile.rules)
		return command_fail(&cmd_fuzz, -EINVAL, "there is no profile '%s': " REF_PROFILE_NAMES, value);
	return 0;
}

static int take_tier(struct fuzz_args *a, const char *value)
{
	if (hook_tier_parse(value, &a->tier))
		return command_fail(&cmd_fuzz, -EINVAL, "'%s' is not a tier: fentry, kprobe or tracepoint", value);
	return 0;
}

static int take_engine(struct fuzz_args *a, const char *value)
{
	a->ref_alone = !strcmp(value, "ref");
	if (!a->ref_alone && strcmp(value, "both") != 0)
		return command_fail(&cmd_fuzz, -EINVAL, "--engine: '%s' is neither both nor ref", value);
	return 0;
}

static int take_jobs(struct fuzz_args *a, const char *value)
{
	uint64_t jobs;
	int ret = take_number("jobs", value, &jobs);

	if (!ret && (!jobs || jobs > JOBS_MAX))
		ret = command_fail(&cmd_fuzz, -EINVAL, "--jobs: '%s' is not 1 to %d", value, JOBS_MAX);
	a->fuzz.jobs = ret ? 0 : (unsigned int)jobs;
	return ret;
}

static int take_option(struct fuzz_args *a, int option, const char *value)
{
	switch (option) {
	case OPT_ENGINE:
		return take_engine(a, value);
	case OPT_JOBS:
		return take_jobs(a, value);
	case OPT_SEED:
		return take_number("seed", value, &a->fuzz.seed);
	case OPT_FROM:
		return take_number("from", value, &a->fuzz.from);
	case OPT_WRITES:
		return take_number("writes", value, &a->fuzz.writes);
	case OPT_TIME:
		return take_time(a, value);
	case OPT_THEME:
		return take_theme(a, value);
	case OPT_PROFILE:
		return take_profile(a, value);
	case OPT_TIER:
		return take_tier(a, value);
	case OPT_KNOWN:
		return take_known(a, value);
	case OPT_OUTPUT:
		a->fuzz.out = value;
		return 0;
	case OPT_DRY_RUN:
		a->dry_run = true;
		return 0;
	}
	return -EINVAL;
}

static int check_directory(const char *dir)
{
	struct stat st;

	if (dir && stat(dir, &st))
		return command_fail(&cmd_fuzz, -EINVAL, "-o: cannot use '%s': %s", dir, strerror(errno));
	if (dir && !S_ISDIR(st.st_mode))
		return command_fail(&cmd_fuzz, -EINVAL, "-o: '%s' is not a directory", dir);
	return 0;
}

static int check_args(const struct fuzz_args *a)
{
	struct utsname u;

	uname(&u);
	if (a->fuzz.nr_files && (a->dry_run || a->fuzz.writes || a->fuzz.time_ns))
		return command_fail(&cmd_fuzz, -EINVAL,
				    "'%s' is run once: --dry-run, --writes and --time are not for it",
				    a->fuzz.files[0]);
	if (a->ref_alone && a->tier)
		return command_fail(&cmd_fuzz, -EINVAL, "--tier is of the kernel's side, which --engine ref has not");
	if (!a->ref_alone && a->fuzz.jobs)
		return command_fail(&cmd_fuzz, -EINVAL,
				    "--jobs is of --engine ref: the kernel runs one workload at a time");
	if (a->dry_run && !a->fuzz.writes)
		return command_fail(&cmd_fuzz, -EINVAL, "--dry-run needs --writes: there is no end otherwise");
	if (!a->profile.rules)
		return command_fail(&cmd_fuzz, -EINVAL, "no profile fits kernel %s: choose one with --profile",
				    u.release);
	return check_directory(a->fuzz.out);
}

static int parse_args(struct fuzz_args *a, int argc, char **argv)
{
	struct utsname u;
	const char *value;
	int option;

	uname(&u);
	a->profile = ref_rules_for_release(u.release);
	while ((option = command_next_option(&cmd_fuzz, argc, argv, &value)) >= 0)
		if (take_option(a, option, value))
			return -EINVAL;
	a->fuzz.files = argv + optind;
	a->fuzz.nr_files = (size_t)(argc - optind);
	return option == -2 ? -EINVAL : check_args(a);
}

/* --- what it says --- */

static double per_second(uint64_t n, uint64_t ns)
{
	return ns ? (double)n * 1e9 / (double)ns : 0;
}

/* On a terminal alone, and over itself. */
static void print_progress(const struct fuzz_totals *t, const struct clusters *found)
{
	fprintf(stderr, "\r%" PRIu64 " workloads (%.1f/s), %" PRIu64 " writes, %zu kinds of findings \r", t->workloads,
		per_second(t->workloads, t->ns), t->writes, clusters_unlisted(found));
}

static void print_found(const struct cluster *c)
{
	printf("FINDING %s\n%s%s\n", c->key, c->facts, c->text);
	fflush(stdout);
}

static void print_clusters(const struct clusters *found, bool known)
{
	for (size_t i = 0; i < found->nr; i++) {
		const struct cluster *c = &found->all[i];

		if (!c->nr || (c->cause != NULL) != known)
			continue;
		printf("  %6zu  %s", c->nr, c->key);
		if (known)
			printf(" # %s", c->cause);
		printf("\n");
	}
}

static void print_summary(const struct fuzz *f)
{
	const struct fuzz_totals *t = &f->totals;

	printf("%s", counted(t->workloads, "workload").text);
	if (!f->options->nr_files)
		printf(" of theme %s, seed %" PRIu64, f->options->theme->name, f->options->seed);
	printf(": %s, %" PRIu64 " facts compared, %.1f workloads and %.0f writes a second\n",
	       counted(t->writes, "write").text, t->facts, per_second(t->workloads, t->ns),
	       per_second(t->writes, t->ns));
	if (!f->options->nr_files && !f->options->journal_data)
		printf("chattr +j was left out: CAP_SYS_RESOURCE is missing\n");
	if (t->unreached)
		printf("%s no write of which came to the path as far as a hook\n", counted(t->unreached, "workload").text);
	if (t->unobserved)
		printf("%s not observed, first %s\n", counted(t->unobserved, "workload").text, t->unobserved_first);
	printf("%s of findings, in %s with differences\n", counted(clusters_unlisted(&f->clusters), "kind").text,
	       counted(t->differing, "workload").text);
	print_clusters(&f->clusters, false);
	print_clusters(&f->clusters, true);
}

/* --- all of it --- */

static int dry_run(const struct fuzz_options *o)
{
	uint64_t writes = 0;

	for (uint64_t nr = o->from; writes < o->writes; nr++) {
		_cleanup_(workload_release) struct workload wl = {0};
		_cleanup_free_ char *text = generate_workload(o->theme, o->seed, nr, true);
		struct errmsg err;

		if (!text || workload_parse(&wl, "fuzz.wl", text, strlen(text), &err))
			return command_fail(&cmd_fuzz, EXIT_TROUBLE, "%s", text ? err.text : "out of memory");
		printf("%s\n", text);
		writes += wl.nr_writes;
	}
	return EXIT_SAME;
}

static void print_profile(const struct ref_choice *profile)
{
	printf("profile %s: %s\n", profile->rules->name, ref_fit_words(profile->fit));
	fflush(stdout);
	if (!ref_fit_is_right(profile->fit))
		command_fail(&cmd_fuzz, 0, "WARNING: the rules of %s are the %s: findings may come of that",
			     profile->rules->name, ref_fit_words(profile->fit));
}

static int fuzz_with(struct fuzz *f, const struct fuzz_args *a, fuzz_engine_fn *run, void *engine)
{
	struct errmsg err;
	int ret;

	f->run = run;
	f->engine = engine;
	print_profile(&a->profile);
	ret = fuzz_run(f, &err);
	print_summary(f);
	return ret ? command_fail(&cmd_fuzz, EXIT_TROUBLE, "%s", err.text) : fuzz_exit_code(f);
}

static int fuzz_ref(struct fuzz *f, const struct fuzz_args *a)
{
	struct ref_rig *rig;
	struct errmsg err;
	int code;

	if (ref_rig_open(&rig, &a->profile, &err))
		return command_fail(&cmd_fuzz, EXIT_TROUBLE, "%s", err.text);
	f->sides = (struct side_names){"reference", "what has to hold"};
	code = fuzz_with(f, a, ref_rig_run, rig);
	ref_rig_close(rig);
	return code;
}

static int fuzz_captured(struct fuzz *f, const struct fuzz_args *a, struct capture *capture)
{
	struct rig *rig;
	struct errmsg err;
	int code;

	if (rig_open(&rig, capture, &a->profile, &err))
		return command_fail(&cmd_fuzz, EXIT_TROUBLE, "%s", err.text);
	f->sides = (struct side_names){"live", "reference"};
	f->observes = true;
	code = fuzz_with(f, a, rig_run, rig);
	rig_close(rig);
	return code;
}

static int fuzz_both(struct fuzz *f, const struct fuzz_args *a)
{
	struct capture_options how = {.tier = a->tier, .by_pid = true};
	struct capture *capture;
	struct errmsg err;
	int code;

	if (capture_open(&capture, &how, &err))
		return command_fail(&cmd_fuzz, EXIT_UNOBSERVED, "%s", err.text);
	code = fuzz_captured(f, a, capture);
	capture_close(capture);
	return code;
}

static int load_known(struct clusters *c, const struct fuzz_args *a, struct errmsg *err)
{
	int ret = 0;

	for (size_t i = 0; i < a->nr_known && !ret; i++)
		ret = clusters_load_known(c, a->known[i], err);
	return ret;
}

static int fuzz(const struct fuzz_args *a)
{
	struct fuzz f = {.options = &a->fuzz,
			 .stop = &stop_signal,
			 .progress = isatty(STDERR_FILENO) ? print_progress : NULL,
			 .found = print_found};
	struct errmsg err;
	int code;

	if (load_known(&f.clusters, a, &err))
		code = command_fail(&cmd_fuzz, EXIT_TROUBLE, "%s", err.text);
	else
		code = a->ref_alone ? fuzz_ref(&f, a) : fuzz_both(&f, a);
	fuzz_release(&f);
	return code;
}

/* That this process may run on. */
static unsigned int processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : (unsigned int)CPU_COUNT(&set);
}

static int run_fuzz(int argc, char **argv)
{
	struct fuzz_args args = {.fuzz = {.theme = &themes[0], .seed = 1, .from = 1, .tries = SHRINK_TRIES}};

	capng_get_caps_process();
	args.fuzz.journal_data = capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_RESOURCE);
	if (parse_args(&args, argc, argv))
		return EXIT_TROUBLE;
	args.fuzz.journal_data |= args.ref_alone;
	if (args.ref_alone && !args.fuzz.jobs)
		args.fuzz.jobs = processors();
	if (args.dry_run)
		return dry_run(&args.fuzz);
	stop_on_signals();
	return fuzz(&args);
}
