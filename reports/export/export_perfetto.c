// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace in the trace event format, which ui.perfetto.dev and chrome://tracing open. Times are microseconds of
 * CLOCK_MONOTONIC, with nanoseconds as a fraction.
 *
 *  - A process of the trace is a process of the viewer. Who waits for its writes has them as slices of its thread, with
 * the stages as slices inside, and fsync and fdatasync beside them. Asynchronous writes, and what would lie across
 * another slice of the thread, are nestable async events of the process.
 *  - Each file is a process of its own: its writes and syncs are async events.
 *  - So is each device: a bio is an async event from the moment that the first bio of its write was submitted until its
 * last one ended, which is all that is known of it.
 *  - A write whose end was not seen is an instant.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/export/export.h"
#include "reports/export/json.h"
#include "reports/model/fields.h"
#include "reports/model/files.h"
#include "reports/model/key_index.h"
#include "reports/model/look.h"
#include "reports/model/syncs.h"
#include "user/base/array.h"

/* Ids of what is no process: above those that a kernel gives (2^22). */
#define FILE_PID   0x40000000u /* + file_name.index */
#define DEVICE_PID 0x60000000u /* + number of the device */

struct perfetto {
	struct export_job *job;
	struct json json;
	struct key_index pids, tids, files, devices; /* that were named */
	uint64_t *busy_ns;			     /* by number of the thread: until when it has a slice */
};

/* --- one event --- */

static void put_key_word(struct json *j, const char *key, const char *word)
{
	json_word_key(j, key);
	json_word(j, word);
}

static void put_key_uint(struct json *j, const char *key, uint64_t n)
{
	json_word_key(j, key);
	json_uint(j, n);
}

/* Microseconds; a double has all of these digits for a machine that is up for a hundred days. */
static void put_us(struct json *j, const char *key, uint64_t ns)
{
	char text[40];

	snprintf(text, sizeof(text), "%" PRIu64 ".%03u", ns / 1000, (unsigned int)(ns % 1000));
	json_word_key(j, key);
	json_number(j, text);
}

static void event_begin(struct perfetto *p, const char *phase, uint64_t pid, uint64_t tid)
{
	json_open(&p->json, '{');
	put_key_word(&p->json, "ph", phase);
	put_key_uint(&p->json, "pid", pid);
	put_key_uint(&p->json, "tid", tid);
}

/* Each on a line of its own: the comma is at its beginning. */
static void event_end(struct perfetto *p)
{
	json_close(&p->json, '}');
	json_newline(&p->json);
	p->json.comma = true;
}

static void put_name(struct perfetto *p, const char *name)
{
	json_word_key(&p->json, "name");
	json_name(&p->json, name);
}

/* "process_name", "thread_name". */
static void put_metadata(struct perfetto *p, const char *what, uint64_t pid, uint64_t tid, const char *name)
{
	struct json *j = &p->json;

	event_begin(p, "M", pid, tid);
	put_name(p, what);
	json_word_key(j, "args");
	json_open(j, '{');
	put_name(p, name);
	json_close(j, '}');
	event_end(p);
}

/* --- names, once --- */

/* 1: it is new, 0, or -ENOMEM. */
static int is_new(struct key_index *index, uint64_t key, size_t *at)
{
	size_t nr = index->nr;

	return key_index_get(index, &key, at) ? -ENOMEM : *at == nr;
}

static int name_thread(struct perfetto *p, uint32_t pid, uint32_t tid, const char *comm, size_t *thread)
{
	size_t at;
	int ret = is_new(&p->pids, pid, &at);
	uint64_t *busy_ns;

	if (ret > 0)
		put_metadata(p, "process_name", pid, pid, comm);
	ret = ret < 0 ? ret : is_new(&p->tids, tid, thread);
	if (ret <= 0)
		return ret;
	busy_ns = array_grow(p->busy_ns, *thread, sizeof(*busy_ns));
	if (!busy_ns)
		return -ENOMEM;
	p->busy_ns = busy_ns;
	p->busy_ns[*thread] = 0;
	put_metadata(p, "thread_name", pid, tid, comm);
	return 0;
}

static int name_file(struct perfetto *p, const struct file_name *file)
{
	char label[FILE_LABEL_LEN], text[FILE_LABEL_LEN + 8];
	size_t at;
	int ret = is_new(&p->files, file->index, &at);

	if (ret <= 0)
		return ret;
	snprintf(text, sizeof(text), "file %s", file_name_label(file, label, sizeof(label)));
	put_metadata(p, "process_name", FILE_PID + file->index, FILE_PID + file->index, text);
	return 0;
}

static int name_device(struct perfetto *p, uint32_t dev, uint64_t *pid)
{
	char text[48];
	size_t at;
	int ret = is_new(&p->devices, dev, &at);

	if (ret < 0)
		return ret;
	*pid = DEVICE_PID + at;
	snprintf(text, sizeof(text), "bios of %u:%u", dev >> 20, dev & 0xfffff);
	if (ret)
		put_metadata(p, "process_name", *pid, *pid, text);
	return 0;
}

/* --- what is on the tracks --- */

/* A slice: on its thread, or, with @cat and @id, an async one that nests by them. */
struct track {
	uint64_t pid, tid;
	const char *cat; /* NULL: a thread */
	const char *id;
};

static void put_edge(struct perfetto *p, const struct track *t, const char *phase, const char *name, uint64_t ns)
{
	event_begin(p, phase, t->pid, t->tid);
	put_key_word(&p->json, "cat", t->cat ? t->cat : "write");
	if (t->id)
		put_key_word(&p->json, "id", t->id);
	put_name(p, name);
	put_us(&p->json, "ts", ns);
}

/* It stays open for its arguments: slice_end(). */
static void slice_begin(struct perfetto *p, const struct track *t, const char *name, uint64_t from, uint64_t to)
{
	put_edge(p, t, t->cat ? "b" : "X", name, from);
	if (!t->cat)
		put_us(&p->json, "dur", to - from);
}

/* A thread's slice has said its end. */
static void slice_close(struct perfetto *p, const struct track *t, const char *name, uint64_t to)
{
	if (!t->cat)
		return;
	put_edge(p, t, "e", name, to);
	event_end(p);
}

static void slice(struct perfetto *p, const struct track *t, const char *name, uint64_t from, uint64_t to)
{
	slice_begin(p, t, name, from, to);
	event_end(p);
	slice_close(p, t, name, to);
}

/* --- a write --- */

static void put_args(struct perfetto *p, const struct look *look)
{
	static const enum write_fact facts[] = {
		FACT_POS,    FACT_LEN, FACT_FLAGS,    FACT_LOCK, FACT_UPGRADE, FACT_LOCK_WAIT, FACT_EXTEND,
		FACT_ROUNDS, FACT_FUA, FACT_FALLBACK, FACT_SYNC, FACT_RET,     FACT_LATENCY,
	};
	const struct write_record *rec = &look->write->rec;
	struct json *j = &p->json;

	json_word_key(j, "args");
	json_open(j, '{');
	put_key_uint(j, "write", rec->head.id);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		if (!field_known(rec, facts[i]))
			continue;
		json_word_key(j, write_fields[facts[i]].key);
		json_fact(j, rec, facts[i]);
	}
	json_word_key(j, "why");
	json_open(j, '[');
	for (enum why why = look_next_why(look, 0, NR_WHYS); why < NR_WHYS;
	     why = look_next_why(look, (int)why + 1, NR_WHYS))
		json_word(j, why_rows[why].key);
	json_close(j, ']');
	json_close(j, '}');
}

/* The stages that were seen, in time. */
static int order_stages(const struct write_record *rec, enum stage order[NR_STAGES])
{
	int nr = 0, at;

	for (int i = 0; i < NR_STAGES; i++) {
		if (!rec->stage_ns[i])
			continue;
		for (at = nr++; at && rec->stage_ns[order[at - 1]] > rec->stage_ns[i]; at--)
			order[at] = order[at - 1];
		order[at] = (enum stage)i;
	}
	return nr;
}

/*
 * Each until the next; what was before the first is the wait for the lock. One that took no time is no slice: a viewer
 * would show it inside the one before.
 */
static void put_stages(struct perfetto *p, const struct track *t, const struct write_record *rec, uint64_t from,
		       uint64_t to)
{
	enum stage order[NR_STAGES];
	int nr = order_stages(rec, order);

	if (nr && rec->stage_ns[order[0]] > from)
		slice(p, t, time_row_name(TIME_LOCK), from, rec->stage_ns[order[0]]);
	for (int i = 0; i < nr && order[i] != STAGE_RETURN; i++) {
		uint64_t end = i + 1 < nr ? rec->stage_ns[order[i + 1]] : to;

		end = end < to ? end : to;
		if (end > rec->stage_ns[order[i]])
			slice(p, t, stage_name(order[i]), rec->stage_ns[order[i]], end);
	}
}

static void put_write_slice(struct perfetto *p, const struct track *t, const struct look *look, const char *name,
			    uint64_t from, uint64_t to)
{
	slice_begin(p, t, name, from, to);
	put_args(p, look);
	event_end(p);
	put_stages(p, t, &look->write->rec, from, to);
	slice_close(p, t, name, to);
}

static void put_instant(struct perfetto *p, const struct look *look, const char *name)
{
	const struct write_record *rec = &look->write->rec;
	enum stage order[NR_STAGES];
	struct track t = {.pid = rec->pid, .tid = rec->tid};

	if (!order_stages(rec, order))
		return;
	put_edge(p, &t, "i", name, rec->stage_ns[order[0]]);
	put_key_word(&p->json, "s", "t");
	put_args(p, look);
	event_end(p);
}

/* All of a write's bios have the same times. */
static int put_bios(struct perfetto *p, const struct write *w)
{
	uint64_t from = w->rec.stage_ns[STAGE_SUBMIT],
		 to = w->rec.stage_ns[STAGE_ENDED] ?: w->rec.stage_ns[STAGE_COMPLETE], pid;
	char id[48], name[80];

	if (!from || to < from)
		return 0;
	if (name_device(p, w->rec.dev, &pid))
		return -ENOMEM;
	for (uint32_t i = 0; i < w->nr_steps; i++) {
		const struct write_step *step = &w->steps[i];
		struct track t = {.pid = pid, .tid = pid, .cat = "bio", .id = id};

		if (step->kind != STEP_BIO)
			continue;
		snprintf(id, sizeof(id), "b%" PRIu64 ".%u", (uint64_t)w->rec.head.id, i);
		snprintf(name, sizeof(name), "%s %" PRIu64 " at %" PRIu64 "%s", bio_role_name(step->role),
			 (uint64_t)step->len, (uint64_t)step->addr, step->opf & OPF_FUA ? " FUA" : "");
		slice(p, &t, name, from, to);
	}
	return 0;
}

/* Where it would lie across the one before it, it is no slice of its thread. */
static bool fits_thread(struct perfetto *p, size_t thread, uint64_t from, uint64_t to)
{
	if (from < p->busy_ns[thread])
		return false;
	p->busy_ns[thread] = to;
	return true;
}

static bool waits_in_its_thread(const struct write_record *rec)
{
	return field_known(rec, FACT_SUBMIT) && rec->submit == SUBMIT_SYNC;
}

static int put_write(struct perfetto *p, const struct look *look, const struct file_name *file, size_t thread)
{
	const struct write_record *rec = &look->write->rec;
	uint64_t to = rec->stage_ns[STAGE_RETURN], from = to - look->latency_ns;
	char id[32], name[NAME_LEN + 32];
	struct track own = {.pid = rec->pid, .tid = rec->tid};
	struct track of_file = {.pid = FILE_PID + file->index, .tid = FILE_PID + file->index, .cat = "file", .id = id};

	snprintf(id, sizeof(id), "w%" PRIu64, (uint64_t)rec->head.id);
	snprintf(name, sizeof(name), "write %s", file->name[0] ? file->name : file->seen_as);
	if (!look->timed) {
		put_instant(p, look, name);
		return put_bios(p, look->write);
	}
	if (!waits_in_its_thread(rec) || !fits_thread(p, thread, from, to)) {
		own.cat = "write";
		own.id = id;
	}
	put_write_slice(p, &own, look, name, from, to);
	snprintf(name, sizeof(name), "write %" PRId64 " + %" PRIu64, (int64_t)rec->pos, (uint64_t)rec->len);
	slice(p, &of_file, name, from, to);
	return put_bios(p, look->write);
}

static int perfetto_write(void *ctx, const struct write_set *frame, const struct write *w)
{
	const struct file_name *file = file_names_of_write(frame->names, &w->rec);
	struct perfetto *p = ctx;
	struct look look;
	size_t thread;

	if (ferror(p->job->out))
		return 1;
	if (!file || name_file(p, file) || name_thread(p, w->rec.pid, w->rec.tid, w->rec.comm, &thread))
		return -ENOMEM;
	look_at(&look, w);
	return put_write(p, &look, file, thread);
}

/* --- an fsync --- */

static int perfetto_sync(void *ctx, const struct write_set *frame, const struct sync_record *sync)
{
	const struct file_name *file;
	struct perfetto *p = ctx;
	char id[48], name[NAME_LEN + 32];
	size_t thread;

	if (!sync_is_of_a_written_file(frame, sync))
		return 0;
	file = file_names_of_sync(frame->names, sync);
	if (name_file(p, file) || name_thread(p, sync->pid, sync->tid, sync->comm, &thread))
		return -ENOMEM;
	snprintf(id, sizeof(id), "s%u.%" PRIu64, sync->tid, (uint64_t)sync->began_ns);
	snprintf(name, sizeof(name), "%s %s", sync_row_name(sync_row_of(sync)),
		 file->name[0] ? file->name : file->seen_as);
	slice(p, &(struct track){.pid = sync->pid, .tid = sync->tid}, name, sync->began_ns, sync->ended_ns);
	slice(p, &(struct track){.pid = FILE_PID + file->index, .tid = FILE_PID + file->index, .cat = "file", .id = id},
	      sync_row_name(sync_row_of(sync)), sync->began_ns, sync->ended_ns);
	return 0;
}

/* --- all of it --- */

static int perfetto_begin(void *ctx, const struct write_set *frame)
{
	struct perfetto *p = ctx;

	(void)frame;
	json_open(&p->json, '{');
	put_key_word(&p->json, "displayTimeUnit", "ns");
	json_word_key(&p->json, "traceEvents");
	json_open(&p->json, '[');
	return 0;
}

static void put_meta(struct json *j, const struct meta *m)
{
	for (size_t i = 0; i < m->nr; i++) {
		json_key(j, m->lines[i].key);
		json_name(j, m->lines[i].value);
	}
}

static int perfetto_end(void *ctx, const struct write_set *frame)
{
	struct perfetto *p = ctx;
	struct json *j = &p->json;

	json_close(j, ']');
	json_word_key(j, "otherData");
	json_open(j, '{');
	put_key_word(j, "complete", set_is_whole(frame) ? "yes" : "no");
	put_meta(j, &frame->header);
	put_meta(j, &frame->trailer);
	json_close(j, '}');
	json_close(j, '}');
	json_newline(j);
	json_end(j);
	return 0;
}

int export_perfetto(struct export_job *job, struct errmsg *err)
{
	static const struct walk_ops ops = {perfetto_begin, perfetto_write, perfetto_sync, perfetto_end};
	struct perfetto p = {.job = job, .json = {.out = job->out}};
	struct key_index *const all[] = {&p.pids, &p.tids, &p.files, &p.devices};
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		key_index_init(all[i], sizeof(uint64_t));
	ret = walk_trace(job->path, job->sel, &ops, &p, job->progress, &job->counts, err);
	json_end(&p.json);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		key_index_release(all[i]);
	free(p.busy_ns);
	return ret;
}
