// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building sets. A trace may come from anywhere, so nothing in a record is believed before check_record() and
 * join_steps() have looked at it: whatever is in a set, its texts end, its marks are enum how and its steps exist.
 */
#include "reports/set.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/array.h"
#include "reports/counts.h"
#include "reports/fields.h"
#include "reports/files.h"
#include "reports/infer.h"
#include "reports/record_v1.h"

/* --- one record --- */

static bool text_ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static int check_record(const struct write_record *rec, struct errmsg *err)
{
	if (!text_ends(rec->comm, sizeof(rec->comm)) || !text_ends(rec->file, sizeof(rec->file)))
		return fail(err, -EINVAL, "write %" PRIu64 " has a name without an end", (uint64_t)rec->head.id);
	for (size_t i = 0; i < NR_FACTS; i++) {
		if (rec->how[i] > HOW_NOT_REACHED)
			return fail(err, -EINVAL, "write %" PRIu64 " has a fact known in a way of a newer dioscope: %u",
				    (uint64_t)rec->head.id, rec->how[i]);
	}
	return 0;
}

static int check_steps(const struct write_record *rec, const struct write_step *steps, uint32_t nr, struct errmsg *err)
{
	for (uint32_t i = 0; i < nr; i++) {
		if (steps[i].kind != STEP_ROUND && steps[i].kind != STEP_BIO)
			return fail(err, -EINVAL,
				    "write %" PRIu64 " has a step of kind %u, which this dioscope does not know",
				    (uint64_t)rec->head.id, steps[i].kind);
	}
	return 0;
}

/* --- order --- */

static uint64_t entry_ns(const struct write *w)
{
	for (int i = 0; i < NR_STAGES; i++) {
		if (w->rec.stage_ns[i])
			return w->rec.stage_ns[i];
	}
	return 0;
}

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
	int cmp = by_u64(entry_ns(a), entry_ns(b));

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
	ret = check_record(&copy, err);
	if (!ret)
		ret = check_steps(&copy, steps, nr_steps, err);
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

bool set_is_whole(const struct write_set *set)
{
	return set->end == TRACE_COMPLETE && !set->end_why && !set->lost_records && !set->lost_steps;
}

/* --- loading --- */

/* A STEPS record that waits for its write. */
struct chunk {
	uint64_t id;
	uint32_t first;
	uint32_t nr;
	struct write_step steps[STEPS_INLINE];
};

struct chunks {
	struct chunk *chunks;
	size_t nr;
};

static int by_id_first(const void *a, const void *b)
{
	const struct chunk *x = a, *y = b;
	int cmp = by_u64(x->id, y->id);

	return cmp ? cmp : by_u64(x->first, y->first);
}

static int take_steps(struct chunks *chunks, const void *record, size_t len, struct errmsg *err)
{
	const struct steps_record *rec = record;
	struct chunk *c;

	if (len < sizeof(*rec) || rec->nr > STEPS_INLINE || len != sizeof(*rec) + rec->nr * sizeof(struct write_step))
		return fail(err, -EINVAL, "a record of steps of write %" PRIu64 " does not have the length it says",
			    (uint64_t)rec->head.id);
	c = array_grow(chunks->chunks, chunks->nr, sizeof(*c));
	if (!c)
		return fail(err, -ENOMEM, "out of memory after %zu records of steps", chunks->nr);
	chunks->chunks = c;
	c += chunks->nr++;
	c->id = rec->head.id;
	c->first = rec->first;
	c->nr = rec->nr;
	memcpy(c->steps, rec + 1, rec->nr * sizeof(struct write_step));
	return 0;
}

static int take_write(struct write_set *set, const void *record, size_t len, struct errmsg *err)
{
	const struct write_record *rec = record;
	int ret;

	if (len < sizeof(*rec) || rec->nr_inline > STEPS_INLINE ||
	    len != sizeof(*rec) + rec->nr_inline * sizeof(struct write_step))
		return fail(err, -EINVAL, "the record of write %" PRIu64 " does not have the length it says",
			    (uint64_t)((const struct record_head *)record)->id);
	ret = check_record(rec, err);
	return ret ? ret : append(set, rec, (const struct write_step *)(rec + 1), rec->nr_inline, err);
}

static int take_file(struct write_set *set, const void *record, size_t len, struct errmsg *err)
{
	const struct file_record *file = record;
	struct file_record *files;

	if (!file_record_is_sound(file, len))
		return fail(err, -EINVAL, "a record of a file does not have the length it says");
	files = array_grow(set->files, set->nr_files, sizeof(*files));
	if (!files)
		return fail(err, -ENOMEM, "out of memory after %zu files", set->nr_files);
	set->files = files;
	set->files[set->nr_files++] = *file;
	return 0;
}

static int take_sync(struct write_set *set, const void *record, size_t len, struct errmsg *err)
{
	const struct sync_record *sync = record;
	struct sync_record *syncs;

	if (len != sizeof(*sync) || !text_ends(sync->comm, COMM_LEN) || sync->flush_how > HOW_NOT_REACHED)
		return fail(err, -EINVAL, "a record of an fsync does not have the length it says");
	syncs = array_grow(set->syncs, set->nr_syncs, sizeof(*syncs));
	if (!syncs)
		return fail(err, -ENOMEM, "out of memory after %zu records of fsync", set->nr_syncs);
	set->syncs = syncs;
	set->syncs[set->nr_syncs++] = *sync;
	return 0;
}

static int take_record(struct write_set *set, struct chunks *chunks, const void *record, size_t len, struct errmsg *err)
{
	const struct record_head *head = record;

	switch ((enum record_type)head->type) {
	case RECORD_WRITE:
		return take_write(set, record, len, err);
	case RECORD_STEPS:
		return take_steps(chunks, record, len, err);
	case RECORD_FILE:
		return take_file(set, record, len, err);
	case RECORD_SYNC:
		return take_sync(set, record, len, err);
	}
	return fail(err, -EINVAL, "a record of type %u, which this dioscope does not know", head->type);
}

/* How many steps the @nr chunks hold, all of one write; a gap is a loss, an overlap is nonsense. */
static int count_steps(const struct chunk *c, size_t nr, uint32_t *total, struct errmsg *err)
{
	uint64_t end = 0;

	*total = 0;
	for (size_t i = 0; i < nr; i++) {
		if (c[i].first < end)
			return fail(err, -EINVAL, "write %" PRIu64 " has two records of the same steps", c[i].id);
		end = (uint64_t)c[i].first + c[i].nr;
		*total += c[i].nr;
	}
	return 0;
}

/* Put the steps of @nr chunks before the inline ones of @w. */
static int join_steps(struct write *w, const struct chunk *c, size_t nr, struct errmsg *err)
{
	struct write_step *steps;
	uint32_t before, at = 0;
	int ret;

	ret = count_steps(c, nr, &before, err);
	if (ret)
		return ret;
	if (before) {
		steps = malloc((before + w->nr_steps) * sizeof(*steps));
		if (!steps)
			return fail(err, -ENOMEM, "out of memory for the steps of write %" PRIu64, c->id);
		for (size_t i = 0; i < nr; at += c[i++].nr)
			memcpy(steps + at, c[i].steps, c[i].nr * sizeof(*steps));
		if (w->nr_steps)
			memcpy(steps + at, w->steps, w->nr_steps * sizeof(*steps));
		free(w->steps);
		w->steps = steps;
		w->nr_steps += before;
	}
	if (w->nr_steps > w->rec.steps_total)
		return fail(err, -EINVAL, "write %" PRIu64 " has %u steps but says %u", (uint64_t)w->rec.head.id,
			    w->nr_steps, w->rec.steps_total);
	return check_steps(&w->rec, w->steps, w->nr_steps, err);
}

/* Writes and chunks both by id: one walk over the two. Steps whose write was lost are part of that loss. */
static int join(struct write_set *set, struct chunks *chunks, struct errmsg *err)
{
	size_t at = 0, end;
	int ret = 0;

	if (chunks->nr)
		qsort(chunks->chunks, chunks->nr, sizeof(*chunks->chunks), by_id_first);
	if (set->nr)
		qsort(set->writes, set->nr, sizeof(*set->writes), by_id);
	for (size_t i = 0; i < set->nr && !ret; i++) {
		uint64_t id = set->writes[i].rec.head.id;

		if (i && set->writes[i - 1].rec.head.id == id)
			return fail(err, -EINVAL, "two writes have the id %" PRIu64, id);
		while (at < chunks->nr && chunks->chunks[at].id < id)
			at++;
		for (end = at; end < chunks->nr && chunks->chunks[end].id == id; end++)
			;
		ret = join_steps(&set->writes[i], chunks->nr ? &chunks->chunks[at] : NULL, end - at, err);
		at = end;
	}
	return ret;
}

static int copy_meta(struct meta *to, const struct meta *from)
{
	int ret = 0;

	for (size_t i = 0; from && i < from->nr && !ret; i++)
		ret = meta_set(to, from->lines[i].key, from->lines[i].value);
	return ret;
}

/* A sentence where the trace broke off, or where its end counts other than what is here. */
static int explain_end(struct write_set *set, const char *why)
{
	struct counts counts = {0};

	if (set->end != TRACE_COMPLETE) {
		set->end_why = strdup(why ? why : "the trace has no end");
		return set->end_why ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < set->nr; i++)
		counts_take(&counts, &set->writes[i].rec, set->writes[i].nr_steps);
	return counts_check(&counts, &set->trailer, &set->end_why);
}

static int take_end(struct write_set *set, const struct trace_reader *reader, struct errmsg *err)
{
	const struct meta *trailer = NULL;
	const char *why = NULL;

	set->end = trace_reader_end(reader, &trailer, &why);
	if (copy_meta(&set->trailer, trailer))
		return fail(err, -ENOMEM, "out of memory for the trailer");
	if (explain_end(set, why))
		return fail(err, -ENOMEM, "out of memory");
	set->lost_records = meta_u64(&set->trailer, META_LOST_RING, 0) + meta_u64(&set->trailer, META_LOST_STATE, 0);
	set->lost_steps = meta_u64(&set->trailer, META_LOST_STEPS, 0);
	return 0;
}

static int take_header(struct write_set *set, const struct trace_reader *reader, struct errmsg *err)
{
	if (copy_meta(&set->header, trace_reader_header(reader)))
		return fail(err, -ENOMEM, "out of memory for the header");
	return record_check_version(meta_u64(&set->header, META_RECORD_VERSION, 0), err);
}

static int load(struct write_set *set, struct chunks *chunks, struct trace_reader *reader, struct errmsg *err)
{
	struct record_buffer buf;
	unsigned int version;
	const void *record;
	size_t len;
	int ret;

	ret = take_header(set, reader, err);
	version = (unsigned int)meta_u64(&set->header, META_RECORD_VERSION, 0);
	while (!ret) {
		ret = trace_reader_next(reader, &record, &len, err);
		if (ret <= 0)
			break;
		ret = record_of_version(version, record, &len, &buf, &record, err);
		if (!ret)
			ret = take_record(set, chunks, record, len, err);
	}
	if (!ret)
		ret = join(set, chunks, err);
	if (!ret)
		ret = take_end(set, reader, err);
	if (ret)
		return ret;
	if (set->nr)
		qsort(set->writes, set->nr, sizeof(*set->writes), by_entry);
	if (set->nr_files)
		qsort(set->files, set->nr_files, sizeof(*set->files), by_identity);
	for (size_t i = 0; i < set->nr; i++)
		infer_write(&set->writes[i], &set->header);
	return set_name_files(set) ? fail(err, -ENOMEM, "out of memory for the names of files") : 0;
}

int set_load(struct write_set *set, const char *path, struct errmsg *err)
{
	struct write_set loaded = {0};
	struct chunks chunks = {0};
	struct trace_reader *reader;
	struct errmsg why = {""};
	int ret;

	ret = trace_reader_open(&reader, path, err);
	if (ret)
		return ret;
	ret = load(&loaded, &chunks, reader, &why);
	free(chunks.chunks);
	trace_reader_close(reader);
	if (ret) {
		set_release(&loaded);
		return fail(err, ret, "cannot read %s: %s", path, why.text);
	}
	*set = loaded;
	return 0;
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
	int ret = copy_meta(header, &set->header);

	return ret ? ret : meta_setf(header, META_RECORD_VERSION, "%d", WRITE_RECORD_VERSION);
}

/* A count that is there stays: it tells what is missing. */
static int save_trailer(const struct write_set *set, struct meta *trailer)
{
	int ret = copy_meta(trailer, &set->trailer);

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
