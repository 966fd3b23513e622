// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/stock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#include "user/fuzz/template.h"
#include "user/verify/loop_fs.h"

#define PAIRS_MAX     32 /* as many as the generator has kinds of devices */
#define TEMPLATES_MAX 192
#define BUDGET_MIN    (192ull << 20) /* a pair and its template of the largest that the generator makes */

/* A loop device and the memory that it is made of. */
struct medium {
	struct loop_device device;
	int file;
	uint8_t *bytes;
};

struct pair {
	uint64_t size;
	uint32_t lbs;
	bool writethrough;
	uint64_t used; /* when, for who has to go */
	struct medium live, reference;
};

/* What mkfs made of a device. */
struct kept {
	uint32_t lbs;
	uint64_t used;
	struct template template;
};

struct stock {
	struct pair pairs[PAIRS_MAX];
	size_t nr_pairs;
	struct kept kept[TEMPLATES_MAX];
	size_t nr_kept;
	uint64_t bytes, budget; /* of memory, for all of them */
	uint64_t clock;
};

/* A quarter of what is free: they are made anew where it does not last. */
static uint64_t memory_budget(void)
{
	struct sysinfo info;
	uint64_t quarter = sysinfo(&info) ? 0 : (uint64_t)info.freeram * info.mem_unit / 4;

	return quarter > BUDGET_MIN ? quarter : BUDGET_MIN;
}

int stock_open(struct stock **out, struct errmsg *err)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return fail(err, -ENOMEM, "out of memory");
	(*out)->budget = memory_budget();
	return 0;
}

/* --- media --- */

static void medium_release(struct medium *m, uint64_t size)
{
	loop_device_release(&m->device);
	if (m->bytes)
		munmap(m->bytes, size);
	closep(&m->file);
	*m = (struct medium){.device.fd = -1, .file = -1};
}

static int medium_init(struct medium *m, const struct pair *p, struct errmsg *err)
{
	char name[32]; /* in losetup: whose it is */

	snprintf(name, sizeof(name), "dioscope-fuzz-%d", getpid());
	*m = (struct medium){.device.fd = -1, .file = memfd_create(name, MFD_CLOEXEC)};
	if (m->file < 0 || ftruncate(m->file, (off_t)p->size))
		return fail(err, -errno, "no memory for a device of %llu MiB: %s", (unsigned long long)p->size >> 20,
			    strerror(errno));
	m->bytes = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, m->file, 0);
	if (m->bytes == MAP_FAILED) {
		m->bytes = NULL;
		return fail(err, -errno, "cannot map a device of %llu MiB: %s", (unsigned long long)p->size >> 20,
			    strerror(errno));
	}
	return loop_device_attach_file(&m->device, m->file, p->lbs, p->writethrough, err);
}

/* What the kernel keeps of the device goes; what was not written yet is written before. */
static int forget_cached(const struct medium *m, struct errmsg *err)
{
	return ioctl(m->device.fd, BLKFLSBUF, 0)
		       ? fail(err, -errno, "cannot empty the cache of %s: %s", m->device.path, strerror(errno))
		       : 0;
}

static int put_back(const struct medium *m, const struct template *t, struct errmsg *err)
{
	int ret = forget_cached(m, err);

	if (ret)
		return ret;
	template_put_back(t, m->bytes);
	/* somebody may have looked at it meanwhile */
	return forget_cached(m, err);
}

/* --- pairs of them --- */

static void pair_release(struct pair *p)
{
	medium_release(&p->live, p->size);
	medium_release(&p->reference, p->size);
}

static struct pair *find_pair(struct stock *s, const struct workload *wl)
{
	for (size_t i = 0; i < s->nr_pairs; i++) {
		struct pair *p = &s->pairs[i];

		if (p->size == wl->device_size && p->lbs == wl->lbs && p->writethrough == wl->writethrough)
			return p;
	}
	return NULL;
}

static void drop_oldest_pair(struct stock *s)
{
	struct pair *oldest = &s->pairs[0];

	for (size_t i = 1; i < s->nr_pairs; i++)
		if (s->pairs[i].used < oldest->used)
			oldest = &s->pairs[i];
	s->bytes -= 2 * oldest->size;
	pair_release(oldest);
	*oldest = s->pairs[--s->nr_pairs];
}

static struct pair *place_for_pair(struct stock *s, uint64_t size)
{
	while (s->nr_pairs && (s->nr_pairs == PAIRS_MAX || s->bytes + 2 * size > s->budget))
		drop_oldest_pair(s);
	s->bytes += 2 * size;
	return &s->pairs[s->nr_pairs++];
}

static int make_pair(struct stock *s, const struct workload *wl, struct pair **out, struct errmsg *err)
{
	struct pair *p = place_for_pair(s, wl->device_size);
	int ret;

	*p = (struct pair){.size = wl->device_size,
			   .lbs = wl->lbs,
			   .writethrough = wl->writethrough,
			   .live = {.device.fd = -1, .file = -1},
			   .reference = {.device.fd = -1, .file = -1}};
	ret = medium_init(&p->live, p, err);
	if (!ret)
		ret = medium_init(&p->reference, p, err);
	if (ret) {
		pair_release(p);
		s->bytes -= 2 * wl->device_size;
		s->nr_pairs--; /* it was the last */
		return ret;
	}
	*out = p;
	return 0;
}

/* --- templates --- */

static struct kept *find_kept(struct stock *s, const struct workload *wl)
{
	for (size_t i = 0; i < s->nr_kept; i++) {
		struct kept *k = &s->kept[i];

		if (k->template.size == wl->device_size && k->lbs == wl->lbs && !strcmp(k->template.mkfs, wl->mkfs))
			return k;
	}
	return NULL;
}

static void drop_kept(struct stock *s, struct kept *k)
{
	s->bytes -= k->template.kept;
	template_release(&k->template);
	*k = s->kept[--s->nr_kept];
}

static struct kept *oldest_kept(struct stock *s)
{
	struct kept *oldest = &s->kept[0];

	for (size_t i = 1; i < s->nr_kept; i++)
		if (s->kept[i].used < oldest->used)
			oldest = &s->kept[i];
	return oldest;
}

static struct kept *place_for_kept(struct stock *s)
{
	while (s->nr_kept && (s->nr_kept == TEMPLATES_MAX || s->bytes > s->budget))
		drop_kept(s, oldest_kept(s));
	return &s->kept[s->nr_kept++];
}

static int make_fs(const struct medium *m, const struct workload *wl, struct errmsg *err)
{
	int ret = forget_cached(m, err);

	template_fill(m->bytes, wl->device_size);
	if (!ret)
		ret = loop_fs_mkfs(m->device.path, 0, wl->mkfs, "nodiscard", err);
	return ret ? ret : forget_cached(m, err);
}

static int make_template(struct stock *s, const struct pair *p, const struct workload *wl, struct kept **out,
			 struct errmsg *err)
{
	int ret = make_fs(&p->live, wl, err);
	struct kept *k;

	if (ret)
		return ret;
	k = place_for_kept(s);
	k->lbs = p->lbs;
	ret = template_init(&k->template, p->size, wl->mkfs);
	if (!ret)
		ret = template_keep(&k->template, p->live.bytes);
	s->bytes += k->template.kept;
	if (ret) {
		drop_kept(s, k);
		return fail(err, -ENOMEM, "out of memory");
	}
	*out = k;
	return 0;
}

/* --- all of it --- */

int stock_take(struct stock *s, const struct workload *wl, struct stock_pair *out, struct errmsg *err)
{
	struct pair *p = find_pair(s, wl);
	struct kept *k = find_kept(s, wl);
	int ret = p ? 0 : make_pair(s, wl, &p, err);

	if (!ret && !k)
		ret = make_template(s, p, wl, &k, err);
	if (!ret)
		ret = put_back(&p->live, &k->template, err);
	if (!ret)
		ret = put_back(&p->reference, &k->template, err);
	if (ret)
		return ret;
	p->used = k->used = ++s->clock;
	*out = (struct stock_pair){&p->live.device, &p->reference.device};
	return 0;
}

void stock_close(struct stock *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr_pairs; i++)
		pair_release(&s->pairs[i]);
	for (size_t i = 0; i < s->nr_kept; i++)
		template_release(&s->kept[i].template);
	free(s);
}
