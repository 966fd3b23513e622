/* SPDX-License-Identifier: GPL-2.0-only */
/* A workload, operation by operation, and the set of its writes. */
#include "refimpl/refimpl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "refimpl/ops.h"
#include "refimpl/path/path.h"
#include "refimpl/turns.h"
#include "user/trace/trace_file.h"

struct run {
	const struct workload *wl;
	struct ref_mount mount;
	bool go_on;
	struct write_set *set;
	struct errmsg *err;
};

static uint64_t now_ns(const struct run *r)
{
	return r->mount.env->ops->now_ns(r->mount.env);
}

/* The file is not there, or may not be opened, or a set-up operation says no. */
static int op_refused(const struct run *r, const struct workload_op *op, int code, struct op_result *result)
{
	result->ret = code;
	if (!code || (r->go_on && code != -ENOMEM))
		return 0;
	return fail(r->err, code, "%s:%u: %s%s%s: %s", r->wl->path, op->line, op_name(op->kind), op->file[0] ? " " : "",
		    op->file, strerror(-code));
}

/* --- one write --- */

/* What the write's buffer holds, aligned for the device. */
static int pages_fill(uint8_t **pages, const struct workload_op *op)
{
	*pages = aligned_alloc(REF_PAGE, ((size_t)op->len + REF_PAGE) / REF_PAGE * REF_PAGE);
	if (!*pages)
		return -ENOMEM;
	workload_pattern(*pages, op->nr, op->pos, (size_t)op->len);
	return 0;
}

static int keep_record(const struct run *r, const struct ref_write *w, const struct workload_op *op)
{
	if (!w->entered)
		return 0;
	if (w->out_of_memory)
		return fail(r->err, -ENOMEM, "out of memory after %zu writes", r->set->nr);
	return set_add(r->set, &w->rec, w->steps, w->nr_steps, op->nr, r->err);
}

static int open_direct(struct ref_mount *m, const char *name, struct ref_inode **inode, uint8_t *flags)
{
	struct ref_file *file;
	int err = ref_open_direct(m, name, &file);

	if (err)
		return err;
	*inode = file->inode;
	*flags = file->flags;
	return 0;
}

/* @beside: others at the same time, or NULL. */
static int run_write(struct run *r, struct ref_beside *beside, const struct workload_op *asked,
		     struct op_result *result)
{
	_cleanup_free_ uint8_t *pages = NULL;
	struct workload_op with_flags = *asked;
	const struct workload_op *op = &with_flags;
	struct ref_inode *inode;
	struct ref_write w;
	uint8_t flags = 0;
	int ret = open_direct(&r->mount, op->file, &inode, &flags);

	if (!ret)
		ret = pages_fill(&pages, op);
	if (ret)
		return op_refused(r, op, ret, result);
	with_flags.flags |= flags;
	ref_write_init(&w, r->mount.env, r->mount.rules, inode, op, pages);
	w.beside = beside;
	w.found_committed = ref_found_committed(&r->mount, op);
	result->begin_ns = now_ns(r);
	result->ret = ref_vfs_write(&w, op);
	result->end_ns = now_ns(r);
	ret = keep_record(r, &w, op);
	ref_write_release(&w);
	return ret;
}

/* --- all of them --- */

static int run_setup(struct run *r, const struct workload_op *op, struct op_result *result)
{
	int ret;

	result->begin_ns = now_ns(r);
	ret = ref_setup(&r->mount, op);
	result->end_ns = now_ns(r);
	return op_refused(r, op, ret, result);
}

static int run_op(void *ctx, struct ref_beside *beside, const struct workload_op *op, struct op_result *result)
{
	struct run *r = ctx;

	ref_count_delayed(&r->mount);
	return op->kind == OP_WRITE ? run_write(r, beside, op, result) : run_setup(r, op, result);
}

/* Files are open before the threads begin; what cannot be opened each of them will see. */
static int run_group(struct run *r, size_t first, size_t nr, struct op_result *results)
{
	const struct workload_op *ops = &r->wl->ops[first];
	struct ref_inode *inode;
	uint8_t flags;
	int ret;

	for (size_t i = 0; i < nr; i++)
		if (ops[i].kind == OP_WRITE && open_direct(&r->mount, ops[i].file, &inode, &flags) == -ENOMEM)
			return fail(r->err, -ENOMEM, "out of memory");
	ret = ref_turns_run(ops, nr, results, r->mount.moments ? &r->mount.moments[first] : NULL, run_op, r);
	return ret == -EAGAIN ? fail(r->err, ret, "cannot start a thread: %s", strerror(-ret)) : ret;
}

static int run_ops(struct run *r, struct op_result *results)
{
	size_t nr;
	int ret = 0;

	for (size_t i = 0; i < r->wl->nr_ops && !ret; i += nr) {
		const struct workload_op *op = &r->wl->ops[i];

		nr = op->group ? workload_group_len(r->wl, i) : 1;
		results[i] = (struct op_result){0};
		ret = op->group ? run_group(r, i, nr, &results[i]) : run_op(r, NULL, op, &results[i]);
	}
	return ret;
}

/* --- what the set says about itself --- */

static int describe_set(struct write_set *set, const struct ref_target *target, const struct ref_rules *rules,
			uint64_t start_ns)
{
	struct utsname host;
	char started[64];
	time_t now = time(NULL);
	struct tm local;
	int ret;

	uname(&host);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%S%z", localtime_r(&now, &local));
	ret = meta_setf(&set->header, META_RECORD_VERSION, "%d", WRITE_RECORD_VERSION);
	if (!ret)
		ret = meta_set(&set->header, META_ENGINE, "reference");
	if (!ret)
		ret = meta_set(&set->header, META_PROFILE, rules->name);
	if (!ret)
		ret = meta_set(&set->header, META_KERNEL, host.release);
	if (!ret)
		ret = meta_set(&set->header, META_MACHINE, host.machine);
	if (!ret)
		ret = meta_set(&set->header, META_DEVICE, target->path);
	if (!ret)
		ret = meta_set(&set->header, META_STARTED, started);
	return ret ? ret : meta_setf(&set->header, META_START_NS, "%" PRIu64, start_ns);
}

static int describe_end(struct write_set *set)
{
	static const char *const zeroes[] = {META_LOST_RING, META_LOST_STATE, META_LOST_STEPS, META_IN_FLIGHT};
	int ret = meta_setf(&set->trailer, META_WRITES, "%zu", set->nr);

	if (!ret)
		ret = meta_setf(&set->trailer, META_ENTERED, "%zu", set->nr);
	for (size_t i = 0; i < ARRAY_SIZE(zeroes) && !ret; i++)
		ret = meta_set(&set->trailer, zeroes[i], "0");
	set->end = TRACE_COMPLETE;
	return ret;
}

#define MM_IN_SYSFS "/sys/kernel/mm"

bool ref_kernel_has_single_pages(void)
{
	return !access(MM_IN_SYSFS, F_OK) && access(MM_IN_SYSFS "/transparent_hugepage", F_OK);
}

/* What of a mount depends on the kernel, how it was built, and on how many processors there may be. */
static void of_kernel(struct ref_sb *sb, const struct ref_rules *rules, const struct ref_target *target)
{
	static _Thread_local uint32_t processors;
	uint32_t nr = processors ? processors : (processors = (uint32_t)sysconf(_SC_NPROCESSORS_CONF)),
		 batch = nr > 16 ? 2 * nr : 32; /* percpu_counter_batch */

	sb->watermark = 4 * batch * nr;
	if (rules->many_stream_goals)
		sb->stream_goals = nr;
	/* fs/ext4/super.c, ext4_fill_super (6.1): only if a block is a page */
	if (!rules->small_blocks_nolock && !sb->dioread_said && 1u << sb->blkbits < REF_PAGE)
		sb->dioread_nolock = false;
	sb->shared_run_is_given_up = rules->shared_run_is_given_up;
	sb->writeback_commits = !rules->fsync_data_journal_only_commits;
	sb->es_cache_replaces = rules->es_cache_replaces;
	sb->writeback_nocache = rules->writeback_nocache;
	sb->ind_caches_holes = rules->indirect_caches_holes;
	sb->fc_first_page = rules->fast_commit_writes_first_page;
	sb->fc_snapshots = rules->fast_commit_snapshots;
	sb->splits_before_io = rules->splits_before_io;
	sb->promise_serves_all = rules->promise_serves_all;
	sb->large_folios = rules->large_folios && !target->single_pages;
}

int ref_run(const struct workload *wl, const struct ref_target *target, const struct ref_rules *rules,
	    struct write_set *set, struct op_result *results, struct errmsg *err)
{
	struct run r = {.wl = wl,
			.set = set,
			.err = err,
			.go_on = target->go_on,
			.mount = {.rules = rules, .moments = target->moments}};
	int ret, umounted;

	memset(set, 0, sizeof(*set));
	ret = ref_fs_open(&r.mount.fs, target, wl->mount, err);
	if (ret)
		return ret;
	r.mount.env = ref_fs_env(r.mount.fs);
	of_kernel(&r.mount.env->sb, rules, target);
	ret = describe_set(set, target, rules, now_ns(&r));
	if (ret)
		fail(err, ret, "out of memory");
	if (!ret)
		ret = run_ops(&r, results);
	/* after an error, too: the image is to be whole */
	umounted = ref_umount(&r.mount);
	if (umounted && !ret)
		ret = fail(err, umounted, "%s: cannot write it back: %s", target->path, strerror(-umounted));
	if (!ret && describe_end(set))
		ret = fail(err, -ENOMEM, "out of memory");
	ref_mount_release(&r.mount);
	if (ret)
		set_release(set);
	return ret;
}
