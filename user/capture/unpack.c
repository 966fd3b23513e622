// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/unpack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64
#define TOLD_NAMES 16384

struct said_file {
	uint32_t number; /* 0: none */
	struct ring_file_facts facts;
	char name[FILE_NAME_LEN]; /* "": not known */
};

/* The name that the trace has of a file last: numbers come and go, and the same file is said under many of them. */
struct told_name {
	uint64_t ino;
	uint32_t dev;
	uint32_t generation;
	uint64_t names; /* hash of the whole of its name and its parent's */
};

struct said_task {
	uint32_t number;
	struct ring_task_facts facts;
};

/* A record of words that are taken one after the other. */
struct words {
	const uint64_t *at;
	size_t left;
	bool cut; /* more were asked for than there are */
};

static uint64_t take(struct words *w)
{
	if (!w->left) {
		w->cut = true;
		return 0;
	}
	w->left--;
	return *w->at++;
}

static uint64_t bits(uint64_t word, unsigned int first, unsigned int nr)
{
	return word >> first & ((1ull << nr) - 1);
}

/* --- files and tasks --- */

/* Room for @number among the last RING_KNOWN. */
static int make_room(void **table, uint32_t *room, size_t size, uint32_t number)
{
	uint32_t more = *room ? *room : FIRST_ROOM;
	void *grown;

	while (more <= number && more < RING_KNOWN)
		more *= 2;
	if (more == *room)
		return 0;
	grown = realloc(*table, more * size);
	if (!grown)
		return -ENOMEM;
	memset((char *)grown + *room * size, 0, (more - *room) * size);
	*table = grown;
	*room = more;
	return 0;
}

static const struct said_file *find_file(const struct unpack *u, uint32_t number)
{
	const struct said_file *f = u->files_room ? &u->files[number & (u->files_room - 1)] : NULL;

	return f && number && f->number == number ? f : NULL;
}

static const struct said_task *find_task(const struct unpack *u, uint32_t number)
{
	const struct said_task *t = u->tasks_room ? &u->tasks[number & (u->tasks_room - 1)] : NULL;

	return t && number && t->number == number ? t : NULL;
}

/* FNV-1a, of both names with their ends. */
static uint64_t hash_names(const struct ring_file *r)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (const char *text = r->name;; text = r->parent) {
		size_t len = strnlen(text, NAME_LEN);

		for (size_t i = 0; i <= len && i < NAME_LEN; i++)
			h = (h ^ (unsigned char)text[i]) * 0x100000001b3ull;
		if (text == r->parent)
			return h;
	}
}

static void copy_name(char *to, const char *from, size_t room)
{
	size_t len = strnlen(from, room - 1);

	memcpy(to, from, len);
	memset(to + len, 0, room - len);
}

static int give_file(const struct ring_file *r, unpack_fn fn, void *ctx)
{
	struct file_record out = {
		.head = {.type = RECORD_FILE, .len = sizeof(out)},
		.ino = r->facts.ino,
		.dev = r->facts.dev,
		.generation = r->facts.generation,
	};

	copy_name(out.name, r->name, sizeof(out.name));
	copy_name(out.parent, r->parent, sizeof(out.parent));
	return fn(ctx, &out, sizeof(out));
}

/*
 * What was told last of a file is remembered: one that is renamed and renamed back is told three times, as whoever
 * reads the trace goes by the last. That it has the same name twice does no harm. -ENOMEM, or whether it was told
 * before.
 */
static int note_told(struct unpack *u, const struct ring_file *r)
{
	const struct told_name name = {r->facts.ino, r->facts.dev, r->facts.generation, hash_names(r)};
	struct told_name *place;

	if (!u->told)
		u->told = calloc(TOLD_NAMES, sizeof(*u->told));
	if (!u->told)
		return -ENOMEM;
	place = &u->told[(name.ino ^ (uint64_t)name.dev << 32 ^ name.generation) * 0x9e3779b97f4a7c15ull >> 32 &
			 (TOLD_NAMES - 1)];
	if (!memcmp(place, &name, sizeof(name)))
		return 1;
	*place = name;
	return 0;
}

/* A FILE of the trace has names alone: when they are what they were, there is nothing to be told of it. */
static int tell_name(struct unpack *u, const struct ring_file *r, unpack_fn fn, void *ctx)
{
	int told = r->name[0] ? note_told(u, r) : 1;

	if (told)
		return told < 0 ? told : 0;
	return give_file(r, fn, ctx);
}

static int take_file(struct unpack *u, const struct ring_file *r, unpack_fn fn, void *ctx)
{
	struct said_file *f;

	if (make_room((void **)&u->files, &u->files_room, sizeof(*f), r->number))
		return -ENOMEM;
	f = &u->files[r->number & (u->files_room - 1)];
	*f = (struct said_file){.number = r->number, .facts = r->facts};
	copy_name(f->name, r->name, sizeof(f->name));
	return tell_name(u, r, fn, ctx);
}

static int take_task(struct unpack *u, const struct ring_task *r)
{
	struct said_task *t;

	if (make_room((void **)&u->tasks, &u->tasks_room, sizeof(*t), r->number))
		return -ENOMEM;
	t = &u->tasks[r->number & (u->tasks_room - 1)];
	*t = (struct said_task){.number = r->number, .facts = r->facts};
	return 0;
}

#define PUT_FACT(fact, member)                                                                                         \
	r->member = f->facts.member;                                                                                   \
	r->how[fact] = HOW_OBSERVED;
#define FORGET_FACT(fact, member)                                                                                      \
	r->member = 0;                                                                                                 \
	r->how[fact] = HOW_UNKNOWN;

static void put_file(struct write_record *r, const struct said_file *f)
{
	if (f) {
		RING_FILE_FACTS(PUT_FACT)
		memcpy(r->file, f->name, sizeof(r->file));
		r->how[FACT_FILE] = f->name[0] ? HOW_OBSERVED : HOW_UNKNOWN;
		return;
	}
	RING_FILE_FACTS(FORGET_FACT)
	memset(r->file, 0, sizeof(r->file));
	r->how[FACT_FILE] = HOW_UNKNOWN;
}

static void put_task(struct write_record *r, const struct said_task *t)
{
	static const struct said_task nobody;
	enum how how = t ? HOW_OBSERVED : HOW_UNKNOWN;

	if (!t)
		t = &nobody;
	r->pid = t->facts.pid;
	r->tid = t->facts.tid;
	r->cgroup = t->facts.cgroup;
	copy_name(r->comm, t->facts.comm, sizeof(r->comm));
	r->how[FACT_PID] = r->how[FACT_TID] = r->how[FACT_COMM] = r->how[FACT_CGROUP] = how;
}

static void put_refs(struct unpack *u, struct write_record *r, uint32_t file, uint32_t task)
{
	const struct said_file *f = find_file(u, file);
	const struct said_task *t = find_task(u, task);

	put_file(r, f);
	put_task(r, t);
	u->nameless += !f || !t;
}

/* --- steps --- */

/* @round: the last one of the same record, whose mapping leads from a position to an address. */
static void take_step(struct words *w, struct write_step *s, const struct write_step *round, int64_t pos, uint64_t len)
{
	uint64_t tag = take(w);

	*s = (struct write_step){
		.kind = bits(tag, STEP_TAG_KIND, 2),
		.role = bits(tag, STEP_TAG_ROLE, 3),
		.map_flags = bits(tag, STEP_TAG_MAP, 4),
		.opf = tag >> STEP_TAG_OPF,
	};
	s->pos = bits(tag, STEP_TAG_POS, 1) ? (int64_t)take(w) : pos;
	s->len = bits(tag, STEP_TAG_LEN, 1) ? take(w) : len;
	if (bits(tag, STEP_TAG_ADDR, 1))
		s->addr = take(w);
	else if (round)
		s->addr = round->addr + (uint64_t)s->pos - (uint64_t)round->pos;
}

static void take_steps(struct words *w, struct write_step *steps, size_t nr, int64_t pos, uint64_t len)
{
	const struct write_step *round = NULL;

	for (size_t i = 0; i < nr; i++) {
		take_step(w, &steps[i], round, pos, len);
		if (steps[i].kind == STEP_ROUND)
			round = &steps[i];
	}
}

/* They stand before what some of them follow from. */
static void skip_steps(struct words *w, size_t nr)
{
	while (nr--) {
		uint64_t tag = take(w);

		for (int word = STEP_TAG_POS; word <= STEP_TAG_ADDR; word++)
			if (bits(tag, word, 1))
				take(w);
	}
}

static int give_steps(struct words *w, unpack_fn fn, void *ctx)
{
	struct {
		struct steps_record rec;
		struct write_step steps[STEPS_INLINE];
	} out = {.rec.head.type = RECORD_STEPS};
	uint64_t id = take(w), pos, len;

	out.rec.head.id = id >> 16;
	out.rec.nr = bits(id, 3, 5);
	out.rec.first = take(w);
	pos = take(w);
	len = take(w);
	if (out.rec.nr > STEPS_INLINE)
		return -EBADMSG;
	take_steps(w, out.steps, out.rec.nr, pos, len);
	out.rec.head.len = sizeof(out.rec) + out.rec.nr * sizeof(struct write_step);
	return w->cut ? -EBADMSG : fn(ctx, &out, out.rec.head.len);
}

/* --- writes --- */

struct whole_write {
	struct write_record rec;
	struct write_step steps[STEPS_INLINE];
};

#define TAKE_BITS(member, first, nr) r->member = bits(word, first, nr);

static void take_small(struct write_record *r, uint64_t word)
{
	RING_BITS_COMPLETE(TAKE_BITS)
	RING_BITS_LOCK(TAKE_BITS)
	RING_BITS_SINGLE(TAKE_BITS)
}

static void take_how(struct write_record *r, uint64_t first, uint64_t second, uint64_t rest)
{
	for (unsigned int n = 0; n < 32; n++) {
		r->how[n] = bits(first, RING_HOW_BIT(n), 2);
		r->how[32 + n] = bits(second, RING_HOW_BIT(n), 2);
	}
	for (unsigned int fact = 64; fact < NR_FACTS; fact++)
		r->how[fact] = bits(rest, (fact - 64) * 2, 2);
}

static void take_moments(struct words *w, struct write_record *r, uint64_t base, uint32_t mask)
{
	bool whole = mask >> MOMENT_WORDS & 1;
	uint64_t word = 0;
	unsigned int nr = 0;

	if (mask >> STAGE_ENTER & 1)
		r->stage_ns[STAGE_ENTER] = whole ? take(w) : base;
	for (int i = STAGE_ENTER + 1; i < NR_STAGES; i++) {
		if (!(mask >> i & 1))
			continue;
		if (whole || nr++ % 2 == 0)
			word = take(w);
		r->stage_ns[i] = whole ? word : base + (uint32_t)word;
		word >>= 32;
	}
	if (mask >> MOMENT_MAP_AT_IOMAP & 1)
		r->stage_ns[STAGE_MAP] = r->stage_ns[STAGE_IOMAP];
	if (mask >> MOMENT_DEVICE_AT_SUBMIT & 1)
		r->stage_ns[STAGE_DEVICE] = r->stage_ns[STAGE_SUBMIT];
}

#define TAKE_OPTIONAL(member, type, usual)                                                                             \
	r->member = mask & bit ? (type)take(w) : (type)(usual);                                                        \
	bit <<= 1;

static void take_optional(struct words *w, struct write_record *r, uint32_t mask)
{
	uint32_t bit = 1;

	RING_OPTIONAL(TAKE_OPTIONAL, r)
}

static int seal(struct whole_write *out, unpack_fn fn, void *ctx)
{
	out->rec.head.type = RECORD_WRITE;
	out->rec.head.len = sizeof(out->rec) + out->rec.nr_inline * sizeof(struct write_step);
	return fn(ctx, out, out->rec.head.len);
}

static int give_write(struct unpack *u, const uint64_t *core, struct words *w, unpack_fn fn, void *ctx)
{
	struct whole_write out = {.rec.head.id = core[CORE_ID] >> 16};
	struct write_record *r = &out.rec;
	struct words steps = *w;

	r->nr_inline = bits(core[CORE_ID], 3, 5);
	if (r->nr_inline > STEPS_INLINE)
		return -EBADMSG;
	take_how(r, core[CORE_HOW], core[CORE_HOW_2], core[CORE_MASK] >> RING_HOW_AT);
	take_small(r, core[CORE_BITS]);
	r->flags = bits(core[CORE_ID], 8, 8);
	r->len = core[CORE_ASKED] & RING_LEN_MASK;
	r->attempts = bits(core[CORE_ASKED], 32, 8);
	r->addr_align = bits(core[CORE_ASKED], 40, 12);
	r->seg_align = bits(core[CORE_ASKED], 52, 12);
	r->pos = core[CORE_POS];
	r->isize = core[CORE_ISIZE];
	skip_steps(w, r->nr_inline);
	take_moments(w, r, core[CORE_BASE], bits(core[CORE_MASK], RING_MOMENTS_AT, RING_HOW_AT - RING_MOMENTS_AT));
	take_optional(w, r, bits(core[CORE_MASK], 0, RING_MOMENTS_AT));
	take_steps(&steps, out.steps, r->nr_inline, r->pos, r->len);
	put_refs(u, r, (uint32_t)core[CORE_REFS], core[CORE_REFS] >> 32);
	return w->cut ? -EBADMSG : seal(&out, fn, ctx);
}

int unpack_open_write(struct unpack *u, const struct open_write *w, unpack_fn fn, void *ctx)
{
	struct whole_write out = {.rec = w->rec};
	struct words words = {.at = (const uint64_t *)w->out.words, .left = w->out.nr_words};

	if (w->rec.nr_inline > STEPS_INLINE || w->out.nr_words > RING_WORDS)
		return -EBADMSG;
	take_steps(&words, out.steps, w->rec.nr_inline, w->rec.pos, w->rec.len);
	put_refs(u, &out.rec, w->out.file, w->out.task);
	if (words.cut) { /* it was copied while a step was added */
		out.rec.steps_lost += out.rec.nr_inline;
		out.rec.nr_inline = 0;
	}
	return seal(&out, fn, ctx);
}

/* --- */

int unpack_record(struct unpack *u, const void *record, size_t len, unpack_fn fn, void *ctx)
{
	struct words w = {.at = record, .left = len / sizeof(uint64_t)};

	if (!w.left)
		return -EBADMSG;
	switch ((enum ring_type)(w.at[0] & 7)) {
	case RING_WRITE:
		if (w.left < RING_CORE)
			break;
		w.at += RING_CORE;
		w.left -= RING_CORE;
		return give_write(u, record, &w, fn, ctx);
	case RING_STEPS:
		return give_steps(&w, fn, ctx);
	case RING_FILE:
		return len < sizeof(struct ring_file) ? -EBADMSG : take_file(u, record, fn, ctx);
	case RING_TASK:
		return len < sizeof(struct ring_task) ? -EBADMSG : take_task(u, record);
	case RING_SYNC:
		return len < sizeof(struct sync_record) ? -EBADMSG : fn(ctx, record, len);
	}
	return -EBADMSG;
}

void unpack_release(struct unpack *u)
{
	free(u->files);
	free(u->tasks);
	free(u->told);
	*u = (struct unpack){0};
}
