// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/rig.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "refimpl/refimpl.h"
#include "user/capture/follow.h"
#include "user/capture/recording.h"
#include "user/fuzz/byte_check.h"
#include "user/fuzz/kernel_log.h"
#include "user/fuzz/stock.h"
#include "user/verify/judge.h"
#include "user/verify/loop_fs.h"
#include "user/verify/moments.h"
#include "user/verify/pin.h"
#include "user/workload/run_workload.h"

struct rig {
	struct capture *capture;
	const struct ref_choice *profile;
	struct stock *stock;
	int stats; /* BPF_STATS_RUN_TIME, held: to switch it for each recording would patch the kernel's code */
};

/* One workload on its way. */
struct turn {
	struct rig *rig;
	const struct workload *wl;
	struct loop_fs live_fs, ref_fs;
	struct op_result *live_results, *ref_results;
	char *log; /* what the kernel said meanwhile */
	struct verify_result *result;
};

int rig_open(struct rig **out, struct capture *capture, const struct ref_choice *profile, struct errmsg *err)
{
	struct rig *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return fail(err, -ENOMEM, "out of memory");
	r->stats = -1;
	ret = stock_open(&r->stock, err);
	if (!ret)
		ret = pin_to_processor(err);
	if (!ret)
		ret = follow_process(capture, getpid(), err);
	if (ret) {
		rig_close(r);
		return ret;
	}
	r->stats = bpf_enable_stats(BPF_STATS_RUN_TIME); /* without it each recording tries for itself */
	r->capture = capture;
	r->profile = profile;
	*out = r;
	return 0;
}

void rig_close(struct rig *r)
{
	if (!r)
		return;
	stock_close(r->stock);
	closep(&r->stats);
	free(r);
}

/* --- the live side --- */

static int issue(struct turn *t, struct errmsg *err)
{
	const struct run_env env = {
		.remount = loop_fs_remount, .ctx = &t->live_fs, .dir = t->live_fs.dir, .go_on = true};
	int ret = loop_fs_mount(&t->live_fs, err);

	if (!ret)
		ret = run_workload(t->wl, &env, t->live_results, err);
	closep(&t->live_fs.mount);
	t->live_fs.mount = -1;
	return ret;
}

static int record(struct turn *t, int fd, struct errmsg *err)
{
	const struct recording_words words = {.command = "dioscope fuzz", .device = t->live_fs.device.path};
	struct recording_totals totals;
	struct errmsg late;
	struct recording *r;
	int ret = recording_open(&r, t->rig->capture, &words, fd, err);

	if (ret)
		return ret;
	ret = issue(t, err);
	if (recording_close(r, -1, &totals, &late) && !ret)
		ret = fail(err, -EIO, "%s", late.text);
	return ret;
}

static int run_live(struct turn *t, struct errmsg *err)
{
	_cleanup_close_ int fd = memfd_create("dioscope-trace", MFD_CLOEXEC), log = kernel_log_open();
	char path[64];
	int ret;

	if (fd < 0)
		return fail(err, -errno, "no memory for a trace: %s", strerror(errno));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = record(t, dup(fd), err);
	if (!ret)
		ret = loop_fs_unmounted(&t->live_fs, err);
	t->log = kernel_log_read(log);
	return ret ? ret : set_load(&t->result->live, path, err);
}

/* --- the reference side --- */

static int run_reference(struct turn *t, struct errmsg *err)
{
	_cleanup_free_ struct ref_moments *moments = NULL;
	struct ref_target target;

	moments_annotate(&t->result->live, t->wl, t->live_results);
	moments = moments_of(&t->result->live, t->wl, t->live_results);
	if (!moments)
		return fail(err, -ENOMEM, "out of memory");
	loop_fs_target(&t->ref_fs, t->wl, &target);
	target.moments = moments;
	return ref_run(t->wl, &target, t->rig->profile->rules, &t->result->reference, t->ref_results, err);
}

/* What the kernel did and the reference cannot do is a finding, not the machine's trouble. */
static int reference_gave_up(struct turn *t, const struct errmsg *why, struct errmsg *err)
{
	return diff_add(&t->result->diff, VERDICT_DIFFERENT, 0, "reference", "ran", why->text,
			"what the kernel does the reference can do")
		       ? fail(err, -ENOMEM, "out of memory")
		       : 0;
}

/* --- both --- */

static int judge(const struct turn *t, struct errmsg *err)
{
	struct accounts promises;
	const struct judged j = {.wl = t->wl,
				 .promised = promises.promised,
				 .profile = t->rig->profile,
				 .live = {&t->live_fs.device, t->live_results},
				 .reference = {&t->ref_fs.device, t->ref_results},
				 .random = true,
				 .result = t->result};
	int ret;

	recording_accounts_init(&promises, t->rig->capture);
	ret = verify_judge(&j, err);
	return ret ? ret : byte_check(&j, t->log, err);
}

static int take_devices(struct turn *t, struct errmsg *err)
{
	struct stock_pair pair;
	int ret = stock_take(t->rig->stock, t->wl, &pair, err);

	if (!ret)
		ret = loop_fs_on(&t->live_fs, pair.live, t->wl, err);
	return ret ? ret : loop_fs_on(&t->ref_fs, pair.reference, t->wl, err);
}

static int attempt(struct rig *r, const struct workload *wl, struct verify_result *result, struct errmsg *err)
{
	struct turn t = {.rig = r,
			 .wl = wl,
			 .live_results = calloc(wl->nr_ops + 1, sizeof(struct op_result)),
			 .ref_results = calloc(wl->nr_ops + 1, sizeof(struct op_result)),
			 .result = result};
	struct errmsg why;
	int ret = t.live_results && t.ref_results ? 0 : fail(err, -ENOMEM, "out of memory");

	memset(result, 0, sizeof(*result));
	if (!ret)
		ret = take_devices(&t, err);
	if (!ret)
		ret = run_live(&t, err);
	if (!ret)
		ret = run_reference(&t, &why) ? reference_gave_up(&t, &why, err) : judge(&t, err);
	free(t.live_results);
	free(t.ref_results);
	free(t.log);
	if (ret)
		verify_result_release(result);
	return ret;
}

int rig_run(void *rig, const struct workload *wl, enum fuzz_effort effort, struct verify_result *result,
	    struct errmsg *err)
{
	struct rig *r = rig;
	int ret = attempt(r, wl, result, err);

	(void)effort; /* nothing of it costs more than the workload itself */
	for (unsigned int nr = 1; !ret && judge_again(result, nr); nr++) {
		verify_result_release(result);
		ret = attempt(r, wl, result, err);
	}
	return ret;
}
