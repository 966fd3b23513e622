// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel recorded of each scenario, held against the reference of that kernel and of others: which facts are
 * compared, which differ, which may differ and which cannot be observed is as ever. No root, no kernel:
 * tests/trace/6.18.tar.xz has the live traces (6.18, tracepoint tier), tests/trace/pairs.* what `diff -v` says of them.
 *
 * UPDATE=1 writes those anew; UPDATE=DIR first takes the live traces in DIR, as `verify --keep-traces DIR` leaves them.
 * PROFILES=all runs the reference of every kernel, for `make coverage`.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "refimpl/refimpl.h"
#include "reports/model/diff.h"
#include "reports/text/render.h"
#include "tests/unit/test.h"
#include "user/base/spawn.h"
#include "user/verify/moments.h"
#include "user/verify/order.h"

#define TRACES "tests/trace/6.18.tar.xz"

static char dir[PATH_MAX]; /* of this run */
static char **ids;
static size_t nr_ids;

/* --- a place to work in --- */

static bool shell(const char *command)
{
	const char *argv[] = {"sh", "-c", command, NULL};
	_cleanup_free_ char *said = NULL;
	struct errmsg err = {""};
	int ret = spawn_wait(argv, &said, &err);

	if (ret)
		printf("# %s: %s\n", command, ret < 0 ? err.text : said);
	return !ret;
}

static void take_traces(void)
{
	const char *from = getenv("UPDATE");
	struct stat st;
	_cleanup_free_ char *command = strf("cd '%s' && ls *.live.trace | tar --sort=name --owner=0 --group=0 "
					    "--mtime=@0 --no-recursion -cf - -T - | "
					    "xz -9e >$OLDPWD/" TRACES,
					    from ? from : "");

	if (from && !stat(from, &st) && S_ISDIR(st.st_mode))
		CHECK(shell(command));
}

static int is_scenario(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 3 && !strcmp(e->d_name + len - 3, ".wl");
}

static void list_scenarios(void)
{
	struct dirent **list;
	int nr = scandir("tests/scenarios", &list, is_scenario, alphasort);

	CHECK(nr > 100);
	ids = calloc((size_t)nr, sizeof(*ids));
	for (int i = 0; i < nr; i++) {
		list[i]->d_name[strlen(list[i]->d_name) - 3] = '\0';
		ids[nr_ids++] = strdup(list[i]->d_name);
		free(list[i]);
	}
	free(list);
}

static void begin(void)
{
	const char *tmp = getenv("TMPDIR");
	_cleanup_free_ char *unpack = NULL;

	if (!tmp || !*tmp)
		tmp = access("/dev/shm", W_OK) ? "/var/tmp" : "/dev/shm";
	if (dir[0])
		return;
	take_traces();
	snprintf(dir, sizeof(dir), "%s/pairs-XXXXXX", tmp);
	CHECK(mkdtemp(dir));
	unpack = strf("tar -C '%s' -xJf " TRACES, dir);
	CHECK(shell(unpack));
	list_scenarios();
}

__attribute__((destructor)) static void end(void)
{
	_cleanup_free_ char *remove = strf("rm -rf '%s'", dir);

	if (dir[0])
		shell(remove);
	for (size_t i = 0; i < nr_ids; i++)
		free(ids[i]);
	free(ids);
}

/* --- images --- */

/* Of two that are asked for alike the second is a copy of what mke2fs made. */
static struct template
{
	char *command;
	char *path;
}
templates[64];

static const char *template_for(const struct workload *wl)
{
	_cleanup_free_ char *path = NULL;
	char *command = strf("PATH=$PATH:/usr/sbin:/sbin mke2fs -q -F -t ext4 %s \"$0\" %lluk", wl->mkfs,
			     (unsigned long long)wl->device_size / 1024);
	size_t i = 0;

	for (; i < ARRAY_SIZE(templates) - 1 && templates[i].command; i++)
		if (!strcmp(templates[i].command, command)) {
			free(command);
			return templates[i].path;
		}
	path = strf("%s/template-%zu", dir, i);
	const char *argv[] = {"sh", "-c", command, path, NULL};
	struct errmsg err;

	if (spawn_wait(argv, NULL, &err))
		return NULL;
	templates[i] = (struct template){command, path};
	path = NULL;
	return templates[i].path;
}

/* What is a hole there is one here. */
static bool copy_sparse(const char *from, const char *to)
{
	static char buf[65536];
	_cleanup_close_ int in = open(from, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int out = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	off_t size = lseek(in, 0, SEEK_END), at = 0, hole;

	if (in < 0 || out < 0 || ftruncate(out, size))
		return false;
	for (; (at = lseek(in, at, SEEK_DATA)) >= 0 && at < size; at = hole) {
		hole = lseek(in, at, SEEK_HOLE);
		for (off_t done = at; done < hole;) {
			ssize_t n = pread(in, buf,
					  hole - done < (off_t)sizeof(buf) ? (size_t)(hole - done) : sizeof(buf), done);

			if (n <= 0 || pwrite(out, buf, (size_t)n, done) != n)
				return false;
			done += n;
		}
	}
	return true;
}

/* --- one pair --- */

static bool run_reference(const struct workload *wl, const struct ref_rules *rules, const struct write_set *live,
			  struct write_set *set)
{
	_cleanup_free_ struct op_result *results = calloc(wl->nr_ops + 1, sizeof(*results));
	_cleanup_free_ char *image = strf("%s/image", dir);
	_cleanup_free_ struct ref_moments *moments = moments_of(live, wl, NULL);
	const struct ref_target target = {.path = image,
					  .dma_mask = 511,
					  .lbs = wl->lbs,
					  .dev_cache = !wl->writethrough,
					  .moments = moments,
					  .go_on = true};
	const char *template = template_for(wl);
	struct errmsg err = {""};

	if (!template || !copy_sparse(template, image)) {
		printf("# %s: no image\n", wl->id);
		return false;
	}
	if (ref_run(wl, &target, rules, set, results, &err)) {
		printf("# %s: %s\n", wl->id, err.text);
		return false;
	}
	return true;
}

/* NULL rules: of 6.18, whose trace it is. */
static void compare(FILE *out, const char *id, const struct ref_rules *rules)
{
	_cleanup_free_ char *path = strf("tests/scenarios/%s.wl", id), *trace = strf("%s/%s.live.trace", dir, id);
	_cleanup_(set_release) struct write_set live = {0}, reference = {0};
	_cleanup_(workload_release) struct workload wl = {0};
	struct errmsg err = {""};
	struct diff d = {0};
	bool seen = !access(trace, F_OK); /* a scenario may be newer than the traces: every_scenario_has_a_trace */
	bool ready = !workload_load(&wl, path, &err) && (!seen || !set_load(&live, trace, &err));

	if (!ready)
		printf("# %s: %s\n", id, err.text);
	ready = ready && run_reference(&wl, rules, &live, &reference);
	CHECK(ready);
	if (!ready || !seen)
		return;
	CHECK_EQ(diff_sets(&d, &live, &reference), 0);
	CHECK_EQ(order_excuse(&d, &wl, &live, rules ? rules : ref_rules_find("6.18"), true), 0);
	render_diff(out, id, &d, &(struct side_names){"live", "reference"}, true);
	diff_release(&d);
}

/* --- all of them --- */

static char *said_of_all(const char *profile)
{
	const struct ref_rules *rules = ref_rules_find(profile);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	begin();
	for (size_t i = 0; i < nr_ids; i++)
		compare(out, ids[i], rules);
	fclose(out);
	return text;
}

/* The first line in which they differ, of both. */
static void print_difference(const char *wanted, const char *seen)
{
	const char *line = wanted, *other = seen;

	for (; *wanted && *wanted == *seen; wanted++, seen++)
		if (*wanted == '\n') {
			line = wanted + 1;
			other = seen + 1;
		}
	printf("# not: %.*s\n# but: %.*s\n", (int)strcspn(line, "\n"), line, (int)strcspn(other, "\n"), other);
}

/* @own: the kernel is its own reference, and nothing differs. */
static void check_golden(const char *profile, bool own)
{
	_cleanup_free_ char *path = strf("tests/trace/pairs.%s.txt", profile), *seen = said_of_all(profile),
			    *wanted = NULL;
	struct errmsg err = {""};
	bool same;
	size_t len;

	if (getenv("UPDATE")) {
		FILE *golden = fopen(path, "w");

		fputs(seen, golden);
		fclose(golden);
	}
	CHECK_EQ(read_file(path, 1 << 20, &wanted, &len, &err), 0);
	CHECK(!own || !strstr(seen, "; rule: "));
	same = wanted && !strcmp(wanted, seen);
	CHECK(same);
	if (wanted && !same)
		print_difference(wanted, seen);
}

TEST(of_6_18)
{
	check_golden("6.18", true);
}

TEST(of_6_1)
{
	check_golden("6.1", false);
}

TEST(of_6_12)
{
	check_golden("6.12", false);
}

TEST(of_7_3)
{
	check_golden("7.3", false);
}

TEST(every_scenario_has_a_trace)
{
	static char why[128];

	begin();
	for (size_t i = 0; i < nr_ids; i++) {
		_cleanup_free_ char *trace = strf("%s/%s.live.trace", dir, ids[i]);

		snprintf(why, sizeof(why),
			 "%s has none: dioscope verify --keep-traces DIR, UPDATE=DIR build/tests/test_pairs", ids[i]);
		if (access(trace, F_OK))
			SKIP(why);
	}
}

/* Of the others there are no goldens: they run. */
TEST(of_every_kernel)
{
	if (!getenv("PROFILES"))
		SKIP("PROFILES=all asks for it");
	for (const struct ref_rules *rules = ref_profiles; rules->name; rules++)
		free(said_of_all(rules->name));
}

TEST_MAIN()
