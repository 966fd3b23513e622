// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/ref_stock.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "user/fuzz/template.h"
#include "user/verify/loop_fs.h"

#define IMAGES_MAX 128 /* more than any theme has */

_Static_assert(TEMPLATE_CHUNK == REF_MEMORY_CHUNK, "what is kept is what is looked at");

/* What mkfs made of an image, and the memory that is worked on. */
struct image {
	struct template template;
	struct ref_image image;
	uint64_t used; /* when, for who has to go */
};

/* A file in memory, for programs that want a path. */
struct scratch {
	int fd;
	char path[64];
	uint64_t size;
	uint8_t *bytes;
};

struct ref_stock {
	struct image images[IMAGES_MAX];
	size_t nr;
	uint64_t clock;
	/* of the image that is worked on: one for all, which stays in the cache of the processor */
	struct ref_memory memory;
	struct scratch mkfs, copy;
};

/* --- scratch --- */

static void scratch_release(struct scratch *s)
{
	if (s->bytes)
		munmap(s->bytes, s->size);
	closep(&s->fd);
	*s = (struct scratch){.fd = -1};
}

static int scratch_map(struct scratch *s, uint64_t size, struct errmsg *err)
{
	uint8_t *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);

	if (bytes == MAP_FAILED)
		return fail(err, -errno, "cannot map an image: %s", strerror(errno));
	if (s->bytes)
		munmap(s->bytes, s->size);
	s->bytes = bytes;
	s->size = size;
	return 0;
}

/* As large as the largest that was asked for: what is there stays, and is not made again for each. */
static int scratch_grow(struct scratch *s, uint64_t size, struct errmsg *err)
{
	if (s->size >= size)
		return 0;
	if (s->fd < 0)
		s->fd = memfd_create("dioscope-fuzz", MFD_CLOEXEC);
	if (s->fd < 0 || ftruncate(s->fd, (off_t)size))
		return fail(err, -errno, "no memory for an image of %llu MiB: %s", (unsigned long long)size >> 20,
			    strerror(errno));
	/* for other programs, too, as long as this process is there */
	snprintf(s->path, sizeof(s->path), "/proc/%d/fd/%d", (int)getpid(), s->fd);
	return scratch_map(s, size, err);
}

int ref_stock_open(struct ref_stock **out, struct errmsg *err)
{
	struct ref_stock *s = calloc(1, sizeof(*s));

	if (!s)
		return fail(err, -ENOMEM, "out of memory");
	s->mkfs.fd = s->copy.fd = -1;
	*out = s;
	return 0;
}

/* --- one image --- */

static void image_release(struct image *i)
{
	template_release(&i->template);
	image_books_release(&i->image.books);
	*i = (struct image){0};
}

static int grow_used_disk(struct ref_stock *s, uint64_t size, struct errmsg *err)
{
	uint64_t at = s->mkfs.size;
	int ret = scratch_grow(&s->mkfs, size, err);

	if (!ret && at < size)
		template_fill(s->mkfs.bytes + at, size - at);
	return ret;
}

static int make_fs(struct template *t, struct ref_stock *s, struct errmsg *err)
{
	int ret = grow_used_disk(s, t->size, err), made = ret;

	if (!made)
		made = loop_fs_mkfs(s->mkfs.path, t->size, t->mkfs, "nodiscard", err);
	if (!ret)
		ret = template_keep(t, s->mkfs.bytes) ? fail(err, -ENOMEM, "out of memory") : 0;
	return made ? made : ret;
}

static const uint8_t *made_at(const void *image, uint64_t nr)
{
	return template_chunk(&((const struct image *)image)->template, nr);
}

/* The memory is @i's from now on, as mkfs left it. */
static int begin_work(struct ref_stock *s, struct image *i, struct errmsg *err)
{
	struct ref_memory *m = &i->image.memory;

	if (s->memory.size < i->template.size) {
		ref_memory_release(&s->memory);
		if (ref_memory_init(&s->memory, i->template.size, made_at, i))
			return fail(err, -ENOMEM, "no memory for an image of %llu MiB",
				    (unsigned long long)i->template.size >> 20);
	}
	*m = s->memory;
	m->size = i->template.size;
	m->ctx = i;
	ref_memory_reset(m);
	return 0;
}

static int image_init(struct image *i, struct ref_stock *s, const struct workload *wl, struct errmsg *err)
{
	int ret = template_init(&i->template, wl->device_size, wl->mkfs) ? fail(err, -ENOMEM, "out of memory")
									 : make_fs(&i->template, s, err);

	if (!ret)
		ret = begin_work(s, i, err);
	return ret ? ret : image_books_init(&i->image.books, &i->image.memory, err);
}

/* --- all of them --- */

static struct image *find(struct ref_stock *s, const struct workload *wl)
{
	for (size_t n = 0; n < s->nr; n++) {
		const struct template *t = &s->images[n].template;

		if (t->mkfs && t->size == wl->device_size && !strcmp(t->mkfs, wl->mkfs))
			return &s->images[n];
	}
	return NULL;
}

/* A free place, or that of the image that was not used for longest. */
static struct image *place(struct ref_stock *s)
{
	struct image *oldest = &s->images[0];

	if (s->nr < IMAGES_MAX)
		return &s->images[s->nr++];
	for (size_t n = 1; n < s->nr; n++)
		if (s->images[n].used < oldest->used)
			oldest = &s->images[n];
	image_release(oldest);
	return oldest;
}

int ref_stock_take(struct ref_stock *s, const struct workload *wl, struct ref_image **image, struct errmsg *err)
{
	struct image *i = find(s, wl);
	int ret = 0;

	if (!i) {
		i = place(s);
		ret = image_init(i, s, wl, err);
	}
	if (ret) {
		image_release(i); /* its place stays empty until it is the oldest */
		return ret;
	}
	i->used = ++s->clock;
	*image = &i->image;
	return begin_work(s, i, err);
}

/* Of what was there before mkfs it has zeroes: that e2fsck does not read, and most of an image is of it. */
int ref_stock_copy(struct ref_stock *s, const struct ref_image *image, const char **path, struct errmsg *err)
{
	const struct ref_memory *m = &image->memory;
	int ret = scratch_grow(&s->copy, m->size, err);

	if (ret)
		return ret;
	if (ftruncate(s->copy.fd, 0) || ftruncate(s->copy.fd, (off_t)m->size))
		return fail(err, -errno, "cannot empty an image: %s", strerror(errno));
	for (uint64_t nr = 0; nr < m->size / TEMPLATE_CHUNK; nr++) {
		const uint8_t *bytes = ref_memory_chunk(m, nr);

		if (!template_is_plain(bytes))
			memcpy(s->copy.bytes + nr * TEMPLATE_CHUNK, bytes, TEMPLATE_CHUNK);
	}
	*path = s->copy.path;
	return 0;
}

void ref_stock_close(struct ref_stock *s)
{
	if (!s)
		return;
	for (size_t n = 0; n < s->nr; n++)
		image_release(&s->images[n]);
	ref_memory_release(&s->memory);
	scratch_release(&s->mkfs);
	scratch_release(&s->copy);
	free(s);
}
