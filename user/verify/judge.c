// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/judge.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "refimpl/compare_images.h"
#include "reports/model/fields.h"
#include "reports/model/observed.h"
#include "user/base/meta.h"
#include "user/verify/complaint.h"
#include "user/verify/e2fsck.h"
#include "user/verify/leaf_block.h"
#include "user/verify/moments.h"
#include "user/verify/order.h"
#include "user/verify/parting.h"
#include "user/verify/placement.h"

static void compare_results(const struct judged *j)
{
	for (size_t i = 0; i < j->wl->nr_ops; i++) {
		int64_t live = j->live.results[i].ret, ref = j->reference.results[i].ret;
		_cleanup_free_ char *a = NULL;
		_cleanup_free_ char *b = NULL;

		if (live == ref)
			continue;
		a = live < 0 ? strf("-%s", errno_name(-live)) : strf("%lld", (long long)live);
		b = ref < 0 ? strf("-%s", errno_name(-ref)) : strf("%lld", (long long)ref);
		diff_add(&j->result->diff, VERDICT_DIFFERENT, j->wl->ops[i].nr, "result", a, b,
			 "the system call returns the same");
	}
}

/* What e2fsck says of a device. */
struct check {
	const struct loop_device *device;
	struct spawned e2fsck;
	char *complaint; /* NULL: it is clean */
};

static int check_begin(struct check *c, const struct loop_device *device, struct errmsg *err)
{
	c->device = device;
	ioctl(device->fd, BLKFLSBUF, 0);
	return e2fsck_start(&c->e2fsck, loop_device_bytes(device), err);
}

static int check_end(struct check *c, struct errmsg *err)
{
	int ret = e2fsck_finish(&c->e2fsck, loop_device_bytes(c->device), &c->complaint, err);

	return ret < 0 ? ret : 0;
}

static void check_release(struct check *c)
{
	free(c->complaint);
}

/* Both at once: they have nothing to do with each other. */
static int check_both(struct check *a, struct check *b, const struct judged *j, struct errmsg *err)
{
	struct errmsg late;
	int ret = check_begin(a, j->live.device, err), ended;

	if (ret)
		return ret;
	ret = check_begin(b, j->reference.device, err);
	ended = check_end(a, ret ? &late : err);
	if (ret)
		return ret;
	ret = check_end(b, ended ? &late : err);
	return ended ? ended : ret;
}

/* The first line in which the two differ, or the first of all, cut out of both. */
static void first_other_line(char **a, char **b)
{
	bool same = !strcmp(*a, *b);
	size_t len;

	while (!same && **a && **b && (len = strcspn(*a, "\n")) == strcspn(*b, "\n") && !strncmp(*a, *b, len)) {
		*a += len + ((*a)[len] == '\n');
		*b += len + ((*b)[len] == '\n');
	}
	(*a)[strcspn(*a, "\n")] = '\0';
	(*b)[strcspn(*b, "\n")] = '\0';
}

#define RULE_E2FSCK "e2fsck -fn finds nothing, or the same on both, but for where it is"

/*
 * Neither side may leave damage that the other does not: a kernel that leaves written blocks beyond i_size is followed
 * by its reference, which then has the same complaint. Where the blocks are that it is about, and in how many extents,
 * is placement.
 */
static int compare_complaints(const struct judged *j, const struct check *live, const struct check *ref)
{
	_cleanup_free_ char *a =
		complaint_shape(live->complaint ? live->complaint : "clean", loop_device_bytes(live->device));
	_cleanup_free_ char *b =
		complaint_shape(ref->complaint ? ref->complaint : "clean", loop_device_bytes(ref->device));
	int alike = a && b ? complaint_alike(a, b) : -ENOMEM;
	char *line_a = a, *line_b = b;

	if (alike < 0)
		return alike;
	first_other_line(&line_a, &line_b);
	return diff_add(&j->result->diff, alike ? VERDICT_ALLOWED : VERDICT_DIFFERENT, 0, "image", line_a, line_b,
			RULE_E2FSCK);
}

static int check_images(const struct judged *j, struct errmsg *err)
{
	_cleanup_(check_release) struct check live = {0};
	_cleanup_(check_release) struct check ref = {0};
	int ret = check_both(&live, &ref, j, err);

	if (ret || (!live.complaint && !ref.complaint))
		return ret;
	return compare_complaints(j, &live, &ref) ? fail(err, -ENOMEM, "out of memory") : 0;
}

/* The records, and which of their differences no rule decides. */
static int compare_writes(const struct judged *j, struct errmsg *err)
{
	struct diff *diff = &j->result->diff;
	int ret = diff_sets(diff, &j->result->live, &j->result->reference);

	if (!ret)
		ret = placement_excuse(diff, j->wl, j->profile->rules, !j->random);
	if (!ret)
		ret = leaf_block_excuse(diff, j->wl, j->profile->rules, !j->random);
	if (!ret)
		ret = order_excuse(diff, j->wl, &j->result->live, j->profile->rules, !j->random);
	return ret ? fail(err, ret, "cannot compare: %s", strerror(-ret)) : 0;
}

static int compare_contents(const struct judged *j, struct errmsg *err)
{
	int ret = check_images(j, err);

	return ret ? ret
		   : compare_images(loop_device_bytes(j->live.device), loop_device_bytes(j->reference.device),
				    &j->result->live, &j->result->diff, err);
}

static int compare(const struct judged *j, struct errmsg *err)
{
	int ret = compare_writes(j, err);

	if (ret)
		return ret;
	if (!ref_fit_is_right(j->profile->fit))
		j->result->diff.caution = ref_fit_words(j->profile->fit);
	compare_results(j);
	ret = compare_contents(j, err);
	if (!ret && j->random && parting_excuse(&j->result->diff, j->wl, j->profile->rules))
		return fail(err, -ENOMEM, "out of memory");
	return ret;
}

static int judge_observation(const struct judged *j, struct errmsg *err)
{
	struct verify_result *r = j->result;

	return observed_check(&r->diff, &r->live, j->promised, &r->not_observed) ? fail(err, -ENOMEM, "out of memory")
										 : 0;
}

int verify_judge(const struct judged *j, struct errmsg *err)
{
	int ret;

	moments_annotate(&j->result->live, j->wl, j->live.results);
	ret = compare(j, err);
	return ret ? ret : judge_observation(j, err);
}

bool judge_again(const struct verify_result *result, unsigned int nr)
{
	bool clean = !result->not_observed && !result->diff.by_verdict[VERDICT_DIFFERENT];

	return nr < JUDGE_TRIES && !clean && meta_u64(&result->live.trailer, META_SKIPPED, 0);
}
