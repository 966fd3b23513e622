// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>

#include "bpf/settings.h"
#include "bpf/write_record.h"
#include "probes.skel.h"
#include "user/capture/access.h"
#include "user/capture/blind.h"
#include "user/capture/cost.h"
#include "user/capture/privilege.h"
#include "user/capture/tallies.h"
#include "user/capture/libbpf_words.h"
#include "user/capture/unpack.h"

#define DRAIN_MAX	   1024
#define RING_BYTES_DEFAULT (4u << 20)
#define RETRIES_MAX	   40 /* programs that a kernel may refuse one after the other */

struct capture {
	struct probes *skel;
	struct ring_buffer *ring;
	struct attached {
		const char *name; /* of the program */
		struct bpf_link *link;
	} attached[128];
	size_t nr_attached;
	const char *unattached; /* the program that the kernel would not attach */
	struct hook_plan plan;
	struct cost cost;
	struct unpack unpack;
	uint64_t in_flight; /* found open by capture_settle() */
	struct capture_totals settled;
	/* of the drain under way */
	capture_fn fn;
	void *ctx;
	unsigned int budget; /* records it may still take */
};

/* --- libbpf's words: its callback has no context --- */

static struct libbpf_words said;

static int listen(enum libbpf_print_level level, const char *fmt, va_list args)
{
	char text[512];
	va_list again;

	va_copy(again, args);
	if (level == LIBBPF_WARN && vsnprintf(text, sizeof(text), fmt, again) > 0)
		libbpf_words_hear(&said, text);
	va_end(again);
	return getenv("DIOSCOPE_LIBBPF_DEBUG") ? vfprintf(stderr, fmt, args) : 0;
}

/* --- programs --- */

typedef int (*program_fn)(struct capture *c, struct bpf_program *prog, const char *name);

static unsigned int nr_programs(const struct hook_candidate *taken)
{
	unsigned int nr = 0;

	while (taken && taken->progs[nr])
		nr++;
	return nr;
}

/* Every program that the plan took, backwards, the entry of a write last: what begins is then seen by all the others.
 */
static int for_each_taken(struct capture *c, program_fn fn)
{
	int ret = 0;

	for (unsigned int i = nr_hook_points; i-- && !ret;) {
		const struct hook_candidate *taken = c->plan.choices[i].taken;

		for (unsigned int p = nr_programs(taken); p-- && !ret;)
			ret = fn(c, bpf_object__find_program_by_name(c->skel->obj, taken->progs[p]), taken->progs[p]);
	}
	return ret;
}

static int select_program(struct capture *c, struct bpf_program *prog, const char *name)
{
	(void)c;
	(void)name;
	bpf_program__set_autoload(prog, true);
	return 0;
}

static void select_programs(struct capture *c)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, c->skel->obj) bpf_program__set_autoload(prog, false);
	bpf_program__set_autoload(c->skel->progs.iter_task, true);
	for_each_taken(c, select_program);
}

static bool is_attached(struct capture *c, const char *name)
{
	for (size_t i = 0; i < c->nr_attached; i++)
		if (!strcmp(c->attached[i].name, name))
			return true;
	return false;
}

static uint32_t ring_size(uint32_t bytes)
{
	uint32_t size = sysconf(_SC_PAGESIZE);

	while (size < bytes && size < 1u << 30)
		size <<= 1;
	return size;
}

static void set_options(struct capture *c, const struct capture_options *o)
{
	uint32_t asked = o->ring_bytes ? o->ring_bytes : RING_BYTES_DEFAULT;
	uint32_t bytes = ring_size(o->aggregate ? 0 : asked); /* of tallies nothing goes through it */
	struct settings *s = (struct settings *)&c->skel->rodata->settings;

	*s = c->plan.settings;
	s->dev = o->dev;
	s->ino = o->ino;
	s->by_generation = o->by_generation;
	s->generation = o->generation;
	s->by_pid = o->by_pid;
	s->cgroup = o->cgroup;
	s->min_latency_ns = o->min_latency_ns;
	s->aggregate = o->aggregate;
	s->by_file = o->tally_files > 0;
	if (o->comm)
		strncpy((char *)s->comm, o->comm, COMM_LEN - 1);
	s->wake_bytes = bytes / 4;
	bpf_map__set_max_entries(c->skel->maps.ring, bytes);
	if (o->tally_files) {
		bpf_map__set_max_entries(c->skel->maps.tally_files, o->tally_files);
		bpf_map__set_max_entries(c->skel->maps.tallies, TALLIES_MAX + o->tally_files * TALLIES_OF_FILE);
	}
}

/* Every write begins as a copy of this one. */
static int prepare_fresh(struct capture *c)
{
	uint32_t zero = 0;
	size_t size = bpf_map__value_size(c->skel->maps.fresh);
	_cleanup_free_ struct write_record *fresh = calloc(1, size);

	if (!fresh)
		return -ENOMEM;
	hooks_fresh_how(&c->plan, fresh->how);
	return bpf_map_update_elem(bpf_map__fd(c->skel->maps.fresh), &zero, fresh, BPF_ANY) ? -errno : 0;
}

/* The entry first: what has not begun need not end. */
static void detach_all(struct capture *c)
{
	while (c->nr_attached)
		bpf_link__destroy(c->attached[--c->nr_attached].link);
}

/* --- load and attach, until the kernel takes what the plan says --- */

/* What a program needs to have been in the object when it was opened is gone with it: all begins anew. */
static void unload(struct capture *c)
{
	detach_all(c);
	probes__destroy(c->skel);
	c->skel = NULL;
}

/* A program that the kernel refused is one that the plan can do without; else it is ours, or libbpf's, to mend. */
static int explain_load(struct capture *c, int error, struct errmsg *err)
{
	if (said.refused[0])
		return hooks_refuse(&c->plan, said.refused, "loaded", error, err) ?: 1;
	return fail(err, error, "libbpf cannot load the BPF programs: %s: %s (DIOSCOPE_LIBBPF_DEBUG=1 shows all)",
		    said.first, strerror(-error));
}

/* 0, 1 when the plan is now another one, or an error. */
static int load(struct capture *c, const struct capture_options *options, struct errmsg *err)
{
	int ret;

	c->skel = probes__open();
	if (!c->skel)
		return fail(err, -errno, "cannot open the BPF object: %s", strerror(errno));
	select_programs(c);
	set_options(c, options);
	said = (struct libbpf_words){0};
	ret = probes__load(c->skel);
	if (ret)
		return explain_load(c, ret, err);
	ret = prepare_fresh(c);
	return ret ? fail(err, ret, "cannot fill a BPF map: %s", strerror(-ret)) : 0;
}

static int attach_program(struct capture *c, struct bpf_program *prog, const char *name)
{
	struct bpf_link *link;

	if (is_attached(c, name) || c->nr_attached == ARRAY_SIZE(c->attached))
		return 0;
	link = bpf_program__attach(prog);
	if (!link) {
		c->unattached = name;
		return -errno;
	}
	c->attached[c->nr_attached++] = (struct attached){.name = name, .link = link};
	return 0;
}

static int attach(struct capture *c, struct errmsg *err)
{
	int ret = for_each_taken(c, attach_program);

	if (!ret) {
		c->skel->links.iter_task = bpf_program__attach(c->skel->progs.iter_task);
		return c->skel->links.iter_task
			       ? 0
			       : fail(err, -ENOSYS, "this kernel has no BPF task iterator: %s", strerror(errno));
	}
	ret = hooks_refuse(&c->plan, c->unattached, "attached", ret, err);
	return ret ? ret : 1;
}

static int load_and_attach(struct capture *c, const struct capture_options *options, struct errmsg *err)
{
	for (int i = 0; i < RETRIES_MAX; i++) {
		int ret = load(c, options, err);

		if (!ret)
			ret = attach(c, err);
		if (ret <= 0)
			return ret;
		unload(c);
	}
	return fail(err, -ENOSYS, "the kernel refused %d BPF programs one after the other", RETRIES_MAX);
}

static int ring_record(void *ctx, void *data, size_t size)
{
	struct capture *c = ctx;
	int ret = unpack_record(&c->unpack, data, size, c->fn, c->ctx);

	/* libbpf goes on for as long as the kernel fills the ring; the caller wants to look at its signals and its
	 * clock */
	return ret ? ret : --c->budget ? 0 : -EINTR;
}

static int open_all(struct capture *c, const struct capture_options *options, struct errmsg *err)
{
	const struct hook_options hooks = {
		.tier = options->tier, .aggregate = options->aggregate, .no_syscalls = options->no_syscalls};
	int ret = hooks_plan(&c->plan, &hooks, err);

	if (!ret)
		ret = load_and_attach(c, options, err);
	if (ret)
		return ret;
	c->skel->bss->armed = 1;
	c->ring = ring_buffer__new(bpf_map__fd(c->skel->maps.ring), ring_record, c, NULL);
	if (!c->ring)
		return fail(err, -errno, "cannot map the ring buffer: %s", strerror(errno));
	return 0;
}

int capture_open(struct capture **out, const struct capture_options *options, struct errmsg *err)
{
	struct capture *c;
	int ret;

	libbpf_set_print(listen);
	ret = access_check(err);
	if (ret)
		return ret;
	c = calloc(1, sizeof(*c));
	if (!c)
		return fail(err, -ENOMEM, "out of memory");
	cost_init(&c->cost);
	ret = open_all(c, options, err);
	if (ret) {
		capture_close(c);
		return ret;
	}
	*out = c;
	return 0;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	ring_buffer__free(c->ring);
	unpack_release(&c->unpack);
	cost_release(&c->cost);
	unload(c);
	free(c);
}

int capture_confine(struct capture *c, bool with_command, struct errmsg *err)
{
	int ret = cost_delegate(&c->cost);

	return ret ? fail(err, ret, "cannot fork: %s", strerror(-ret)) : privilege_drop(with_command, err);
}

int capture_add_pid(struct capture *c, pid_t pid, struct errmsg *err)
{
	uint32_t key = pid;
	uint8_t one = 1;

	if (bpf_map_update_elem(bpf_map__fd(c->skel->maps.pids), &key, &one, BPF_ANY))
		return fail(err, -errno, "cannot follow process %d: %s", pid, strerror(errno));
	return 0;
}

static uint64_t entered(const struct capture *c)
{
	return c->skel->bss->totals[TOTAL_ENTERED];
}

void capture_tick(struct capture *c)
{
	cost_tick(&c->cost, c->skel->obj, entered(c));
}

int capture_drain(struct capture *c, int timeout_ms, capture_fn fn, void *ctx)
{
	int ret;

	capture_tick(c);
	c->fn = fn;
	c->ctx = ctx;
	c->budget = DRAIN_MAX;
	ret = ring_buffer__poll(c->ring, timeout_ms);
	if (ret < 0 && ret != -EINTR)
		return ret;
	/* most records do not wake us: take those, too */
	ret = c->budget ? ring_buffer__consume(c->ring) : 0;
	return ret < 0 && ret != -EINTR ? ret : 0;
}

/* A write that the kernel still holds: either its end has no hook, or it has not ended. */
static int finish_open_write(struct capture *c, struct open_write *w, capture_fn fn, void *ctx)
{
	if (!(w->rec.state & WRITE_LATE) && !w->rec.stage_ns[STAGE_RETURN]) {
		w->rec.state |= WRITE_IN_FLIGHT;
		c->in_flight++;
	}
	return unpack_open_write(&c->unpack, w, fn, ctx);
}

static int finish_hashed(struct capture *c, struct open_write *w, capture_fn fn, void *ctx)
{
	int fd = bpf_map__fd(c->skel->maps.writes), ret = 0;
	uint64_t key;

	while (!bpf_map_get_next_key(fd, NULL, &key)) {
		if (!ret && !bpf_map_lookup_elem(fd, &key, w))
			ret = finish_open_write(c, w, fn, ctx);
		bpf_map_delete_elem(fd, &key);
		__sync_fetch_and_add(&c->skel->bss->nr_hashed, -1);
	}
	return ret;
}

/* Synchronous writes are in the frames of their tasks: a walk over all tasks puts them into the ring. */
static int emit_frames(struct capture *c)
{
	_cleanup_close_ int fd = bpf_iter_create(bpf_link__fd(c->skel->links.iter_task));
	char nothing[64];
	ssize_t n;

	if (fd < 0)
		return -errno;
	do
		n = read(fd, nothing, sizeof(nothing));
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

static int finish_open_writes(struct capture *c, capture_fn fn, void *ctx)
{
	_cleanup_free_ struct open_write *w = calloc(1, bpf_map__value_size(c->skel->maps.writes));

	return w ? finish_hashed(c, w, fn, ctx) : -ENOMEM;
}

void capture_detach(struct capture *c)
{
	cost_end(&c->cost, c->skel->obj, entered(c));
	if (c->nr_attached)
		c->skel->bss->closing = 1;
	detach_all(c);
}

static int drain_all(struct capture *c, capture_fn fn, void *ctx)
{
	int ret;

	do
		ret = capture_drain(c, 0, fn, ctx);
	while (!ret && !c->budget);
	return ret;
}

int capture_settle(struct capture *c, capture_fn fn, void *ctx)
{
	int ret = drain_all(c, fn, ctx);

	if (!ret)
		ret = emit_frames(c);
	if (!ret)
		ret = drain_all(c, fn, ctx);
	if (!ret)
		ret = finish_open_writes(c, fn, ctx);
	capture_totals(c, &c->settled);
	return ret;
}

void capture_settled_totals(const struct capture *c, struct capture_totals *totals)
{
	*totals = c->settled;
}

void capture_totals(const struct capture *c, struct capture_totals *totals)
{
	const unsigned long long *counted = c->skel->bss->totals;

	*totals = (struct capture_totals){
		.entered = counted[TOTAL_ENTERED],
		.fast = counted[TOTAL_FAST],
		.lost_ring = counted[TOTAL_LOST_RING],
		.lost_state = counted[TOTAL_LOST_STATE],
		.lost_steps = counted[TOTAL_LOST_STEPS],
		.foreign = counted[TOTAL_FOREIGN],
		.other_fs = counted[TOTAL_OTHER_FS],
		.lost_syncs = counted[TOTAL_LOST_SYNCS],
		.lost_pids = counted[TOTAL_LOST_PIDS],
		.in_flight = c->in_flight + counted[TOTAL_IN_FLIGHT],
		.nameless = c->unpack.nameless,
		.skipped = programs_skipped_runs(c->skel->obj),
		.cost = c->cost.total,
		.ring_high = c->skel->bss->ring_high,
		.ring_bytes = bpf_map__max_entries(c->skel->maps.ring),
	};
}

const struct hook_plan *capture_plan(const struct capture *c)
{
	return &c->plan;
}

int capture_tallies(const struct capture *c, struct tally_table *table)
{
	return tallies_read(bpf_map__fd(c->skel->maps.tallies), bpf_map__fd(c->skel->maps.tally_files), table);
}

int capture_describe(const struct capture *c, struct meta *header)
{
	struct utsname u;
	int ret;

	uname(&u);
	ret = meta_setf(header, META_RECORD_VERSION, "%d", WRITE_RECORD_VERSION);
	if (!ret)
		ret = meta_set(header, META_ENGINE, "kernel");
	if (!ret)
		ret = meta_set(header, META_KERNEL, u.release);
	if (!ret)
		ret = meta_set(header, META_MACHINE, u.machine);
	if (!ret)
		ret = meta_set(header, META_TIER, c->plan.tier);
	if (!ret)
		ret = blind_describe(&c->plan, header);
	return ret ? ret : hooks_describe(&c->plan, header);
}
