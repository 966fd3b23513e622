// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "refimpl/refimpl.h"
#include "user/capture/follow.h"
#include "user/verify/judge.h"
#include "user/verify/loop_fs.h"
#include "user/verify/moments.h"
#include "user/verify/output_set.h"
#include "user/verify/pin.h"
#include "user/capture/recording.h"
#include "user/workload/run_workload.h"
#include "user/base/spawn.h"

#define PUMP_MS 5

/* What the process that issues the workload tells the one that records it. */
struct runner {
	struct errmsg err;
	int ret;
	struct op_result results[];
};

struct verify {
	const struct workload *wl;
	struct capture *capture;
	const struct verify_options *options;
	struct loop_fs live_fs;
	struct loop_fs ref_fs;
	struct runner *runner; /* shared memory */
	struct op_result *ref_results;
	struct verify_result *result;
};

/* --- the live side --- */

static size_t runner_size(const struct workload *wl)
{
	return sizeof(struct runner) + wl->nr_ops * sizeof(struct op_result);
}

static void runner_main(struct verify *v, int go)
{
	struct run_env env = {.dir = v->live_fs.dir, .remount = loop_fs_remount, .ctx = &v->live_fs, .go_on = true};
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "dioscope-run");
	if (read(go, &byte, 1) != 1)
		_exit(0);
	v->runner->ret = pin_to_processor(&v->runner->err);
	if (!v->runner->ret)
		v->runner->ret = loop_fs_mount(&v->live_fs, &v->runner->err);
	if (!v->runner->ret)
		v->runner->ret = run_workload(v->wl, &env, v->runner->results, &v->runner->err);
	_exit(0);
}

/* The runner waits for a byte on @go: it must not write before it is followed. */
static pid_t runner_fork(struct verify *v, int *go, struct errmsg *err)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return fail(err, -errno, "cannot make a pipe: %s", strerror(errno));
	v->runner->ret = -ECANCELED;
	pid = fork();
	if (!pid) {
		close(fds[1]);
		runner_main(v, fds[0]);
	}
	close(fds[0]);
	*go = fds[1];
	return pid < 0 ? fail(err, -errno, "cannot fork: %s", strerror(errno)) : pid;
}

static int pump_until_exit(struct recording *r, pid_t pid, struct errmsg *err)
{
	int ret = 0, status;

	while (!ret && !waitpid(pid, &status, WNOHANG))
		ret = recording_pump(r, PUMP_MS, err);
	if (ret) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	return ret;
}

static int record_runner(struct verify *v, struct recording *r, struct errmsg *err)
{
	_cleanup_close_ int go = -1;
	pid_t pid = runner_fork(v, &go, err);
	int ret;

	if (pid < 0)
		return pid;
	ret = follow_process(v->capture, pid, err);
	if (!ret && write(go, "", 1) != 1)
		ret = fail(err, -errno, "cannot start the workload: %s", strerror(errno));
	if (ret)
		closep(&go), go = -1; /* without its byte it ends */
	if (!ret)
		ret = pump_until_exit(r, pid, err);
	else
		waitpid(pid, NULL, 0);
	if (!ret && v->runner->ret)
		ret = fail(err, v->runner->ret == -ECANCELED ? -EIO : v->runner->ret, "%s",
			   v->runner->err.text[0] ? v->runner->err.text : "the process that ran the workload died");
	return ret;
}

static int record_live(struct verify *v, int fd, struct errmsg *err)
{
	struct recording_words words = {.command = "dioscope verify", .device = v->live_fs.device.path};
	struct recording_totals totals;
	struct errmsg late;
	struct recording *r;
	int ret = recording_open(&r, v->capture, &words, fd, err);

	if (ret)
		return ret;
	ret = record_runner(v, r, err);
	if (recording_close(r, -1, &totals, &late) && !ret)
		ret = fail(err, -EIO, "%s", late.text);
	return ret;
}

/* A trace without a name: it is read back through /proc and goes away by itself. */
static int open_trace_file(char *path, size_t size, struct errmsg *err)
{
	const char *dir = getenv("TMPDIR");
	int fd = open(dir && *dir ? dir : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(err, -errno, "cannot create a temporary trace: %s", strerror(errno));
	snprintf(path, size, "/proc/self/fd/%d", fd);
	return fd;
}

static int run_live(struct verify *v, struct errmsg *err)
{
	char path[64];
	_cleanup_close_ int fd = open_trace_file(path, sizeof(path), err);
	int ret;

	if (fd < 0)
		return fd;
	ret = record_live(v, dup(fd), err);
	if (!ret)
		ret = loop_fs_unmounted(&v->live_fs, err);
	return ret ? ret : set_load(&v->result->live, path, err);
}

/* --- the reference side --- */

static int run_reference(struct verify *v, struct errmsg *err)
{
	_cleanup_free_ struct ref_moments *moments = NULL;
	struct ref_target target;
	int ret;

	moments_annotate(&v->result->live, v->wl, v->runner->results);
	moments = moments_of(&v->result->live, v->wl, v->runner->results);
	if (!moments)
		return fail(err, -ENOMEM, "out of memory");
	loop_fs_target(&v->ref_fs, v->wl, &target);
	target.moments = moments;
	ret = ref_run(v->wl, &target, v->options->profile.rules, &v->result->reference, v->ref_results, err);
	if (!ret && meta_set(&v->result->reference.header, META_FIT, ref_fit_words(v->options->profile.fit)))
		ret = fail(err, -ENOMEM, "out of memory");
	return ret;
}

static int judge(const struct verify *v, struct errmsg *err)
{
	struct accounts promises;
	const struct judged j = {.wl = v->wl,
				 .promised = promises.promised,
				 .profile = &v->options->profile,
				 .live = {&v->live_fs.device, v->runner->results},
				 .reference = {&v->ref_fs.device, v->ref_results},
				 .result = v->result};

	recording_accounts_init(&promises, v->capture);
	return verify_judge(&j, err);
}

/* --- what is kept --- */

static int keep_trace(const struct write_set *set, const char *path, struct errmsg *err)
{
	struct output out;
	int ret = output_open(&out, path, err);

	return ret ? ret : output_commit_set(&out, set, err);
}

char *verify_trace_path(const char *dir, const char *id, enum verify_side side)
{
	static const char *const names[NR_VERIFY_SIDES] = {"live", "reference"};

	return strf("%s/%s.%s.trace", dir, id, names[side]);
}

static int keep_traces(struct verify *v, struct errmsg *err)
{
	const struct write_set *sets[NR_VERIFY_SIDES] = {&v->result->live, &v->result->reference};

	for (int i = 0; v->options->keep_traces && i < NR_VERIFY_SIDES; i++) {
		_cleanup_free_ char *path = verify_trace_path(v->options->keep_traces, v->wl->id, (enum verify_side)i);
		int ret = path ? keep_trace(sets[i], path, err) : fail(err, -ENOMEM, "out of memory");

		if (ret)
			return ret;
	}
	return 0;
}

/* --- all of it --- */

static int allocate(struct verify *v, struct errmsg *err)
{
	v->ref_results = calloc(v->wl->nr_ops + 1, sizeof(*v->ref_results));
	v->runner = mmap(NULL, runner_size(v->wl), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (v->runner == MAP_FAILED)
		v->runner = NULL;
	return v->ref_results && v->runner ? 0 : fail(err, -ENOMEM, "out of memory");
}

static void release(struct verify *v)
{
	loop_fs_release(&v->live_fs);
	loop_fs_release(&v->ref_fs);
	free(v->ref_results);
	if (v->runner)
		munmap(v->runner, runner_size(v->wl));
}

static int attempt(struct verify_result *result, const struct workload *wl, struct capture *capture,
		   const struct verify_options *options, struct errmsg *err)
{
	struct verify v = {.wl = wl,
			   .capture = capture,
			   .options = options,
			   .result = result,
			   .live_fs = LOOP_FS_NONE,
			   .ref_fs = LOOP_FS_NONE};
	int ret = allocate(&v, err);

	memset(result, 0, sizeof(*result));
	if (!ret)
		ret = loop_fs_create(&v.live_fs, wl, err);
	if (!ret)
		ret = loop_fs_create(&v.ref_fs, wl, err);
	if (!ret)
		ret = run_live(&v, err);
	if (!ret)
		ret = run_reference(&v, err);
	if (!ret)
		ret = judge(&v, err);
	if (!ret)
		ret = keep_traces(&v, err);
	release(&v);
	if (ret)
		verify_result_release(result);
	return ret;
}

int verify_workload(struct verify_result *result, const struct workload *wl, struct capture *capture,
		    const struct verify_options *options, struct errmsg *err)
{
	int ret = attempt(result, wl, capture, options, err);

	for (unsigned int nr = 1; !ret && judge_again(result, nr); nr++) {
		verify_result_release(result);
		ret = attempt(result, wl, capture, options, err);
	}
	return ret;
}
