// SPDX-License-Identifier: GPL-2.0-only
/* Building sets. What is in one has passed record_check.h: its texts end, its marks are enum how, its steps exist. */
#include "reports/model/set.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "user/base/array.h"
#include "reports/model/fields.h"
#include "reports/model/files.h"
#include "reports/model/record_check.h"
#include "reports/model/stream.h"
#include "reports/model/window.h"

/* --- order --- */

static int by_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_id(const void *a, const void *b)
{
	return by_u64(((const struct write *)a)->rec.head.id, ((const struct write *)b)->rec.head.id);
}

static int by_entry(const void *a, const void *b)
{
	int cmp = by_u64(write_entry_ns(&((const struct write *)a)->rec),
			 write_entry_ns(&((const struct write *)b)->rec));

	return cmp ? cmp : by_id(a, b);
}

static int by_identity(const void *a, const void *b)
{
	const struct file_record *x = a, *y = b;
	int cmp = by_u64(x->dev, y->dev);

	if (!cmp)
		cmp = by_u64(x->ino, y->ino);
	return cmp ? cmp : by_u64(x->generation, y->generation);
}

const struct file_record *set_file(const struct write_set *set, const struct write_record *rec)
{
	struct file_record key = {.dev = rec->dev, .ino = rec->ino, .generation = rec->generation};

	return set->nr_files ? bsearch(&key, set->files, set->nr_files, sizeof(key), by_identity) : NULL;
}

/* --- growing a set --- */

static struct write_step *copy_steps(const struct write_step *steps, uint32_t nr)
{
	struct write_step *copy = malloc(nr * sizeof(*copy));

	if (copy)
		memcpy(copy, steps, nr * sizeof(*copy));
	return copy;
}

static int append(struct write_set *set, const struct write_record *rec, const struct write_step *steps, uint32_t nr,
		  struct errmsg *err)
{
	struct write w = {.rec = *rec, .nr_steps = nr, .op = rec->op};
	struct write *writes = array_grow(set->writes, set->nr, sizeof(*writes));

	if (!writes)
		return fail(err, -ENOMEM, "out of memory after %zu writes", set->nr);
	set->writes = writes;
	if (nr) {
		w.steps = copy_steps(steps, nr);
		if (!w.steps)
			return fail(err, -ENOMEM, "out of memory after %zu writes", set->nr);
	}
	set->writes[set->nr++] = w;
	return 0;
}

int set_keep(struct write_set *set, const struct write *w)
{
	return append(set, &w->rec, w->steps, w->nr_steps, NULL);
}

/* The last write to its place: sets are built nearly in order, so this rarely moves anything. */
static void settle_last(struct write_set *set)
{
	struct write w = set->writes[set->nr - 1];
	size_t i = set->nr - 1;

	for (; i && by_entry(&set->writes[i - 1], &w) > 0; i--)
		set->writes[i] = set->writes[i - 1];
	set->writes[i] = w;
}

int set_add(struct write_set *set, const struct write_record *rec, const struct write_step *steps, uint32_t nr_steps,
	    uint32_t op, struct errmsg *err)
{
	struct write_record copy = *rec;
	int ret;

	if (!copy.head.id)
		copy.head.id = set->nr + 1;
	if (!copy.steps_total)
		copy.steps_total = nr_steps;
	if (copy.steps_total < nr_steps)
		return fail(err, -EINVAL, "write %" PRIu64 " has %u steps but says %u", (uint64_t)copy.head.id,
			    nr_steps, copy.steps_total);
	copy.op = op;
	ret = check_write_facts(&copy, err);
	if (!ret)
		ret = check_write_steps(&copy, steps, nr_steps, err);
	if (!ret)
		ret = append(set, &copy, steps, nr_steps, err);
	if (!ret)
		settle_last(set);
	return ret;
}

void set_release(struct write_set *set)
{
	for (size_t i = 0; i < set->nr; i++)
		free(set->writes[i].steps);
	free(set->writes);
	free(set->files);
	free(set->syncs);
	file_names_free(set->names);
	free(set->end_why);
	meta_release(&set->header);
	meta_release(&set->trailer);
	memset(set, 0, sizeof(*set));
}

/* NULL: there is no room for one more. */
static struct device *find_device(struct devices *d, uint32_t dev)
{
	for (size_t i = 0; i < d->nr; i++)
		if (d->list[i].dev == dev)
			return &d->list[i];
	if (d->nr == DEVICES_MAX)
		return NULL;
	d->list[d->nr] = (struct device){.dev = dev, .first_ns = UINT64_MAX};
	return &d->list[d->nr++];
}

void devices_add(struct devices *d, const struct write_record *rec)
{
	uint64_t entry_ns = write_entry_ns(rec);
	struct device *device;

	if (!field_known(rec, FACT_DEV))
		return;
	device = find_device(d, rec->dev);
	if (!device) {
		d->more++;
		return;
	}
	device->writes++;
	device->first_ns = entry_ns < device->first_ns ? entry_ns : device->first_ns;
}

static int by_first(const void *a, const void *b)
{
	return by_u64(((const struct device *)a)->first_ns, ((const struct device *)b)->first_ns);
}

void devices_sort(struct devices *d)
{
	if (d->nr)
		qsort(d->list, d->nr, sizeof(d->list[0]), by_first);
}

bool set_is_whole(const struct write_set *set)
{
	return set->end == TRACE_COMPLETE && !set->end_why && !set->lost_records && !set->lost_steps;
}

/* --- loading --- */

static int take_file(struct write_set *set, const struct file_record *file, struct errmsg *err)
{
	struct file_record *files = array_grow(set->files, set->nr_files, sizeof(*files));

	if (!files)
		return fail(err, -ENOMEM, "out of memory after %zu files", set->nr_files);
	set->files = files;
	set->files[set->nr_files++] = *file;
	return 0;
}

static int take_sync(struct write_set *set, const struct sync_record *sync, struct errmsg *err)
{
	struct sync_record *syncs = array_grow(set->syncs, set->nr_syncs, sizeof(*syncs));

	if (!syncs)
		return fail(err, -ENOMEM, "out of memory after %zu records of fsync", set->nr_syncs);
	set->syncs = syncs;
	set->syncs[set->nr_syncs++] = *sync;
	return 0;
}

static int take_item(struct write_set *set, const struct stream_item *item, struct errmsg *err)
{
	if (item->write)
		return append(set, &item->write->rec, item->write->steps, item->write->nr_steps, err);
	return item->file ? take_file(set, item->file, err) : take_sync(set, item->sync, err);
}

/* What the trace says about itself. */
static void take_frame(struct write_set *set, struct write_stream *stream)
{
	struct write_set frame = stream_release_frame(stream);

	set->header = frame.header;
	set->trailer = frame.trailer;
	set->end = frame.end;
	set->end_why = frame.end_why;
	set->lost_records = frame.lost_records;
	set->lost_steps = frame.lost_steps;
}

static int load(struct write_set *set, struct write_stream *stream, struct errmsg *err)
{
	struct stream_item item;
	int ret;

	while ((ret = stream_next(stream, &item, err)) > 0) {
		ret = take_item(set, &item, err);
		if (ret)
			return ret;
	}
	if (ret)
		return ret;
	take_frame(set, stream);
	if (set->nr)
		qsort(set->writes, set->nr, sizeof(*set->writes), by_entry);
	if (set->nr_files)
		qsort(set->files, set->nr_files, sizeof(*set->files), by_identity);
	return set_name_files(set) ? fail(err, -ENOMEM, "out of memory for the names of files") : 0;
}

int set_load_watched(struct write_set *set, const char *path, struct progress *progress, struct errmsg *err)
{
	struct write_set loaded = {0};
	struct write_stream *stream;
	int ret = stream_open(&stream, path, 0, err);

	if (ret)
		return ret;
	stream_watch(stream, progress);
	ret = load(&loaded, stream, err);
	stream_close(stream);
	if (ret) {
		set_release(&loaded);
		return ret;
	}
	*set = loaded;
	return 0;
}

int set_load(struct write_set *set, const char *path, struct errmsg *err)
{
	return set_load_watched(set, path, NULL, err);
}

/* --- saving --- */

static int save_steps(struct trace_writer *out, const struct write *w, uint32_t first, uint32_t nr, struct errmsg *err)
{
	struct {
		struct steps_record rec;
		struct write_step steps[STEPS_INLINE];
	} r = {.rec = {.head = {.type = RECORD_STEPS, .id = w->rec.head.id}, .first = first, .nr = nr}};

	r.rec.head.len = (uint32_t)(sizeof(r.rec) + nr * sizeof(r.steps[0]));
	memcpy(r.steps, w->steps + first, nr * sizeof(r.steps[0]));
	return trace_writer_append(out, &r, r.rec.head.len, err);
}

static int save_write(struct trace_writer *out, const struct write *w, struct errmsg *err)
{
	uint32_t nr_inline = w->nr_steps < STEPS_INLINE ? w->nr_steps : STEPS_INLINE;
	uint32_t before = w->nr_steps - nr_inline;
	struct {
		struct write_record rec;
		struct write_step steps[STEPS_INLINE];
	} r = {.rec = w->rec};

	r.rec.continuations = 0;
	for (uint32_t first = 0; first < before; first += STEPS_INLINE) {
		uint32_t nr = before - first < STEPS_INLINE ? before - first : STEPS_INLINE;
		int ret = save_steps(out, w, first, nr, err);

		if (ret)
			return ret;
		r.rec.continuations++;
	}
	r.rec.head.type = RECORD_WRITE;
	r.rec.head.len = (uint32_t)(sizeof(r.rec) + nr_inline * sizeof(r.steps[0]));
	r.rec.nr_inline = nr_inline;
	r.rec.op = w->op;
	if (nr_inline)
		memcpy(r.steps, w->steps + before, nr_inline * sizeof(r.steps[0]));
	return trace_writer_append(out, &r, r.rec.head.len, err);
}

static int save_header(const struct write_set *set, struct meta *header)
{
	int ret = meta_copy(header, &set->header);

	return ret ? ret : meta_setf(header, META_RECORD_VERSION, "%d", WRITE_RECORD_VERSION);
}

/* A count that is there stays: it tells what is missing. */
static int save_trailer(const struct write_set *set, struct meta *trailer)
{
	int ret = meta_copy(trailer, &set->trailer);

	return ret || meta_get(trailer, META_WRITES) ? ret : meta_setf(trailer, META_WRITES, "%zu", set->nr);
}

/* A set without an end stays one: what was lost after it broke off is not known, and a trailer would hide that. */
static int save_end(const struct write_set *set, struct trace_writer *out, const struct meta *trailer,
		    struct errmsg *err)
{
	int ret;

	if (set->end == TRACE_COMPLETE)
		return trace_writer_close(out, trailer, err);
	ret = trace_writer_flush(out, err);
	trace_writer_free(out);
	return ret;
}

static int save(const struct write_set *set, int fd, const struct meta *header, const struct meta *trailer,
		struct errmsg *err)
{
	struct trace_writer *out;
	int ret;

	ret = trace_writer_open(&out, fd, header, err);
	if (ret) {
		close(fd);
		return ret;
	}
	for (size_t i = 0; i < set->nr_files && !ret; i++)
		ret = trace_writer_append(out, &set->files[i], sizeof(set->files[i]), err);
	for (size_t i = 0; i < set->nr && !ret; i++)
		ret = save_write(out, &set->writes[i], err);
	for (size_t i = 0; i < set->nr_syncs && !ret; i++)
		ret = trace_writer_append(out, &set->syncs[i], sizeof(set->syncs[i]), err);
	if (!ret)
		return save_end(set, out, trailer, err);
	trace_writer_free(out);
	return ret;
}

int set_save(const struct write_set *set, int fd, struct errmsg *err)
{
	_cleanup_(meta_release) struct meta header = {0}, trailer = {0};

	if (save_header(set, &header) || save_trailer(set, &trailer)) {
		close(fd);
		return fail(err, -ENOMEM, "out of memory for the header of the trace");
	}
	return save(set, fd, &header, &trailer, err);
}
