// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/ref_rig.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "refimpl/refimpl.h"
#include "user/fuzz/image_check.h"
#include "user/fuzz/ref_stock.h"
#include "user/fuzz/sense_check.h"
#include "user/verify/complaint.h"
#include "user/verify/e2fsck.h"

#define RULE_RUNS   "the reference can do what a workload asks for"
#define RULE_E2FSCK "e2fsck -fn finds nothing"

#define MEMORY_KEPT (32 << 20)

struct ref_rig {
	const struct ref_choice *profile;
	struct ref_stock *stock;
};

/* One workload on its way. */
struct turn {
	struct ref_rig *rig;
	const struct workload *wl;
	struct ref_image *image;
	struct op_result *results;
	struct verify_result *result;
	enum fuzz_effort effort;
};

/* What a workload gives back the next one takes: to have the kernel clear it each time is a tenth of all time. */
static void keep_memory(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, MEMORY_KEPT);
	mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
#endif
}

int ref_rig_open(struct ref_rig **out, const struct ref_choice *profile, struct errmsg *err)
{
	struct ref_rig *r = calloc(1, sizeof(*r));
	int ret = r ? ref_stock_open(&r->stock, err) : fail(err, -ENOMEM, "out of memory");

	if (ret) {
		free(r);
		return ret;
	}
	keep_memory();
	r->profile = profile;
	*out = r;
	return 0;
}

void ref_rig_close(struct ref_rig *r)
{
	if (!r)
		return;
	ref_stock_close(r->stock);
	free(r);
}

static int differ(const struct turn *t, const char *what, const char *seen, const char *expected, const char *rule,
		  struct errmsg *err)
{
	return diff_add(&t->result->diff, VERDICT_DIFFERENT, 0, what, seen, expected, rule)
		       ? fail(err, -ENOMEM, "out of memory")
		       : 0;
}

/* --- e2fsck --- */

/* Of an image with which nothing else is wrong. */
static bool asks_e2fsck(const struct turn *t)
{
	return t->effort == FUZZ_THOROUGH && !t->result->diff.by_verdict[VERDICT_DIFFERENT];
}

/* The first line that names neither the program nor a pass. */
static const char *first_complaint(char *said)
{
	for (char *save, *line = strtok_r(said, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "e2fsck ", 7) != 0 && strncmp(line, "Pass ", 5) != 0)
			return line;
	return "it has no words for it";
}

static int check_e2fsck(const struct turn *t, struct errmsg *err)
{
	_cleanup_free_ char *said = NULL, *shape = NULL;
	struct spawned e2fsck;
	const char *path;
	int ret = ref_stock_copy(t->rig->stock, t->image, &path, err);

	if (!ret)
		ret = e2fsck_start(&e2fsck, path, err);
	if (!ret)
		ret = e2fsck_finish(&e2fsck, path, &said, err);
	if (ret <= 0)
		return ret;
	shape = complaint_shape(said, path);
	return shape ? differ(t, "image", first_complaint(shape), "clean", RULE_E2FSCK, err)
		     : fail(err, -ENOMEM, "out of memory");
}

/* --- all of it --- */

static int run(const struct turn *t, struct errmsg *err)
{
	const struct ref_target target = {.path = "the image",
					  .memory = &t->image->memory,
					  .lbs = t->wl->lbs,
					  .dma_mask = 511,
					  .dev_cache = !t->wl->writethrough,
					  .go_on = true};
	struct errmsg why;
	int ret = ref_run(t->wl, &target, t->rig->profile->rules, &t->result->reference, t->results, &why);

	if (ret == -ENOMEM)
		return fail(err, ret, "%s", why.text);
	return ret ? differ(t, "reference", why.text, "runs", RULE_RUNS, err) : 0;
}

static int check(const struct turn *t, struct errmsg *err)
{
	struct diff *diff = &t->result->diff;
	int ret = sense_check(&t->result->reference, t->rig->profile->rules, t->wl, t->results, diff, err);

	if (!ret)
		ret = image_check(&t->image->books, &t->image->memory, t->wl, t->results, diff, err);
	return !ret && asks_e2fsck(t) ? check_e2fsck(t, err) : ret;
}

int ref_rig_run(void *rig, const struct workload *wl, enum fuzz_effort effort, struct verify_result *result,
		struct errmsg *err)
{
	_cleanup_free_ struct op_result *results = calloc(wl->nr_ops + 1, sizeof(*results));
	struct turn t = {.rig = rig, .wl = wl, .results = results, .result = result, .effort = effort};
	int ret = results ? 0 : fail(err, -ENOMEM, "out of memory");

	memset(result, 0, sizeof(*result));
	if (!ret)
		ret = ref_stock_take(t.rig->stock, wl, &t.image, err);
	if (!ret)
		ret = run(&t, err);
	if (!ret && !result->diff.nr)
		ret = check(&t, err);
	if (ret)
		verify_result_release(result);
	return ret;
}
