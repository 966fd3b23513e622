// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/write_class.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "reports/model/commit_reason.h"
#include "reports/model/fields.h"
#include "reports/model/times.h"
#include "user/base/array.h"

#define SLOTS (2 * CLASSES_MAX)

/* --- what rules ask --- */

/*
 * Small facts are compared as they are, by the words of the record that they stand in, each under a mask; all else as
 * bits: what rules make of it.
 */
#define KEY_WORDS	24
#define ENDS_AT(member) (offsetof(struct write_record, member) + sizeof(((struct write_record *)0)->member))

static const struct span {
	size_t from, to; /* bytes */
} compared[] = {
	{offsetof(struct write_record, how), ENDS_AT(how)},
	{offsetof(struct write_record, submit), ENDS_AT(state)},
	{offsetof(struct write_record, lbs), ENDS_AT(lbs)},
	{offsetof(struct write_record, dma_mask), ENDS_AT(pad0)},
	{offsetof(struct write_record, invalidate), ENDS_AT(invalidate)},
	{offsetof(struct write_record, queued), ENDS_AT(commit)},
	{offsetof(struct write_record, end_error), ENDS_AT(pad1)},
	{offsetof(struct write_record, inode_flags), ENDS_AT(worker)},
};

struct mask {
	size_t word;
	uint64_t bits;
};

struct class_key {
	uint64_t words[KEY_WORDS];
	uint64_t hash;
};

/* Behind the words that are compared. */
enum {
	KEY_BITS = KEY_WORDS - 3,
	KEY_ERROR, /* of ret and dio_ret; 0: it is none */
	KEY_DIRECT_ERROR,
};

static uint64_t bits_of_word(size_t word)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < ARRAY_SIZE(compared); i++)
		for (size_t byte = 0; byte < 8; byte++)
			if (word * 8 + byte >= compared[i].from && word * 8 + byte < compared[i].to)
				bits |= 0xffull << 8 * byte;
	return bits;
}

/* Those that are not zero; what is left of @masks leaves nothing of a word. */
static void make_masks(struct mask masks[KEY_BITS])
{
	size_t nr = 0;

	for (size_t word = 0; word < sizeof(struct write_record) / 8; word++) {
		uint64_t bits = bits_of_word(word);

		if (!bits)
			continue;
		assert(nr < KEY_BITS);
		masks[nr++] = (struct mask){word, bits};
	}
}

/* Bit after bit. */
struct bits {
	uint64_t set;
	unsigned int nr;
};

static inline void ask(struct bits *b, bool bit)
{
	b->set |= (uint64_t)bit << b->nr++;
}

/* As rules add them up: a damaged record may say anything. */
static inline int64_t sum(int64_t pos, int64_t len)
{
	return (int64_t)((uint64_t)pos + (uint64_t)len);
}

/* The last says whether write_latency_ns() knows it. */
static inline void ask_stages(struct bits *b, const struct write_record *r)
{
	uint64_t begin = UINT64_MAX;

	for (int i = 0; i < NR_STAGES; i++) {
		uint64_t ns = r->stage_ns[i];

		ask(b, ns);
		begin = i < STAGE_RETURN && ns && ns < begin ? ns : begin;
	}
	ask(b, begin <= r->stage_ns[STAGE_RETURN]);
}

static inline void ask_amounts(struct bits *b, const struct write_record *r)
{
	ask(b, r->lock_wait_ns);
	ask(b, r->rounds);
	ask(b, r->rounds > 1);
	ask(b, r->journal_starts);
	ask(b, r->bios);
	ask(b, r->data_bytes);
	ask(b, r->zero_head);
	ask(b, r->zero_tail);
	ask(b, r->end_size);
	ask(b, r->fallback_pos);
	ask(b, r->fallback_len);
}

static inline bool divides(uint32_t block, uint64_t n)
{
	return block & (block - 1) ? n % block == 0 : !(n & (block - 1));
}

static inline void ask_alignment(struct bits *b, const struct write_record *r)
{
	uint32_t block = 1u << (r->blkbits & 31);
	uint64_t place = (uint64_t)r->pos | r->len;

	ask(b, (place | r->addr_align | r->seg_align) & (block - 1));
	ask(b, (place | r->seg_align) & (r->lbs - 1));
	ask(b, r->addr_align & r->dma_mask);
	ask(b, divides(r->lbs, (uint64_t)r->pos));
	ask(b, divides(r->lbs, r->len));
	ask(b, divides(r->lbs, r->seg_align));
}

static inline void ask_sizes(struct bits *b, const struct write_record *r)
{
	int64_t end = sum(r->pos, (int64_t)r->len);

	ask(b, sum(r->asked_pos, (int64_t)r->asked_len) > r->isize);
	ask(b, end > r->isize);
	ask(b, end > r->disksize);
}

static inline void ask_results(struct bits *b, const struct write_record *r)
{
	ask(b, r->ret > 0);
	ask(b, r->dio_ret > 0);
	ask(b, r->dio_ret >= (int64_t)r->len);
}

/* What went through the page cache; where it began and how much it was may be known, or follow from the direct part. */
static inline void ask_rest(struct bits *b, const struct write_record *r, int64_t direct)
{
	const int64_t from[] = {r->fallback_pos, sum(r->pos, direct)};
	const int64_t bytes[] = {r->fallback_ret, (int64_t)((uint64_t)r->ret - (uint64_t)direct)};

	ask(b, r->fallback_ret == (int64_t)(r->len - (uint64_t)direct));
	for (int i = 0; i < 2; i++) {
		ask(b, bytes[i] > 0);
		for (int k = 0; k < 2; k++)
			ask(b, sum(from[k], bytes[i]) > r->isize);
	}
}

static inline void ask_fallback(struct bits *b, const struct write *w)
{
	const struct write_record *r = &w->rec;

	ask(b, r->fallback_ret == r->fallback_len);
	/* of a file with extents no rule asks */
	ask(b, !(field_known(r, FACT_EXTENTS) && r->extents) && write_stopped_inside_a_round(w));
	ask_rest(b, r, r->dio_ret > 0 ? r->dio_ret : 0);
	ask_rest(b, r, 0);
}

/* Kinds of rounds: mapping.c and commit_reason.c. */
enum {
	ROUND_HOLE = 1,
	ROUND_FIRST_NEW = 2,
	ROUND_NEW = 4,
	ROUND_OLD_UNWRITTEN = 8,
	ROUND_WRITTEN = 16,
	/* beside one of these */
	ROUND_MARKED_NEW = 32,
	ROUND_MARKED_DIRTY = 64,
	ROUND_UNWRITTEN = 128,
	ROUND_BITS = 8,
};

static inline unsigned int kind_of_round(const struct write_step *s, bool first)
{
	if (s->role == MAP_HOLE || s->role == MAP_DELALLOC)
		return ROUND_HOLE;
	if (s->map_flags & MAP_F_NEW)
		return first ? ROUND_FIRST_NEW : ROUND_NEW;
	return s->role == MAP_UNWRITTEN ? ROUND_OLD_UNWRITTEN : ROUND_WRITTEN;
}

static inline void ask_steps(struct bits *b, const struct write *w)
{
	unsigned int kinds = 0;

	for (uint32_t i = 0; i < w->nr_steps; i++) {
		const struct write_step *s = &w->steps[i];

		if (s->kind != STEP_ROUND)
			continue;
		kinds |= kind_of_round(s, !kinds);
		kinds |= (s->map_flags & MAP_F_NEW ? ROUND_MARKED_NEW : 0) |
			 (s->map_flags & MAP_F_DIRTY ? ROUND_MARKED_DIRTY : 0) |
			 (s->role == MAP_UNWRITTEN ? ROUND_UNWRITTEN : 0);
	}
	b->set |= (uint64_t)kinds << b->nr;
	b->nr += ROUND_BITS;
	ask(b, w->nr_steps);
	ask(b, w->nr_steps == w->rec.steps_total);
}

static inline uint64_t bits_of(const struct write *w)
{
	struct bits b = {0, 0};

	ask_stages(&b, &w->rec);
	ask_amounts(&b, &w->rec);
	ask_alignment(&b, &w->rec);
	ask_sizes(&b, &w->rec);
	ask_results(&b, &w->rec);
	ask_steps(&b, w);
	ask_fallback(&b, w);
	return b.set;
}

/* Each word has a factor of its own, so that none need wait for the one before. */
static inline uint64_t factor(int i)
{
	return 0x9e3779b97f4a7c15ull * (2 * (uint64_t)i + 1);
}

static inline void put_word(struct class_key *key, int i, uint64_t word)
{
	key->words[i] = word;
	key->hash += word * factor(i);
}

static inline void make_key(struct class_key *key, const struct write *w, const struct mask *masks)
{
	const struct write_record *r = &w->rec;

	key->hash = 0;
	for (int i = 0; i < KEY_BITS; i++) {
		uint64_t word;

		memcpy(&word, (const char *)r + masks[i].word * 8, sizeof(word));
		put_word(key, i, word & masks[i].bits);
	}
	put_word(key, KEY_BITS, bits_of(w));
	put_word(key, KEY_ERROR, r->ret < 0 ? (uint64_t)r->ret : 0);
	put_word(key, KEY_DIRECT_ERROR, r->dio_ret < 0 ? (uint64_t)r->dio_ret : 0);
	key->hash = (key->hash ^ key->hash >> 32) * 0x9e3779b97f4a7c15ull >> 32;
}

/* --- the classes that there are --- */

struct entry {
	struct class_key key;
	struct write_class class;
};

struct write_classes {
	struct entry *slots[SLOTS]; /* by hash; the next free one is taken */
	size_t nr;
	struct mask masks[KEY_BITS];
};

struct write_classes *write_classes_new(void)
{
	struct write_classes *classes = calloc(1, sizeof(*classes));

	if (classes)
		make_masks(classes->masks);
	return classes;
}

void write_classes_free(struct write_classes *classes)
{
	for (size_t i = 0; classes && i < SLOTS; i++) {
		if (classes->slots[i])
			free(classes->slots[i]->class.sample.steps);
		free(classes->slots[i]);
	}
	free(classes);
}

static struct entry **find_entry(struct write_classes *classes, const struct class_key *key)
{
	for (size_t at = key->hash;; at++) {
		struct entry **slot = &classes->slots[at % SLOTS];

		if (!*slot || !memcmp(&(*slot)->key, key, sizeof(*key)))
			return slot;
	}
}

static enum why first_of(const struct write_class *class, enum why_group group)
{
	struct why_range range = why_range(group);

	for (int why = range.first; why < range.end; why++)
		if (class->holds[why])
			return (enum why)why;
	return NR_WHYS;
}

/* @w is the first. */
static struct entry *make(const struct class_key *key, struct write *w, const struct infer_rules *of)
{
	size_t steps = w->nr_steps * sizeof(*w->steps);
	struct entry *made = calloc(1, sizeof(*made));
	struct write_class *class = &made->class;

	if (!made)
		return NULL;
	made->key = *key;
	infer_first(w, of, &class->infer);
	write_whys(w, class->holds);
	class->holds[WHY_DROPS_CACHE] = false;
	class->error = first_of(class, WHY_GROUP_ERROR);
	class->lock = first_of(class, WHY_GROUP_LOCK);
	class->leaves_commit = write_leaves_commit(w) == ANSWER_YES;
	class->plan = time_plan_of(&w->rec);
	class->sample = *w;
	class->sample.class = class;
	class->sample.steps = steps ? malloc(steps) : NULL;
	if (steps && !class->sample.steps) {
		free(made);
		return NULL;
	}
	if (steps)
		memcpy(class->sample.steps, w->steps, steps);
	return made;
}

static void infer_alone(struct write *w, const struct infer_rules *of)
{
	struct inference made;

	infer_first(w, of, &made);
	w->class = NULL;
}

/* What it had come to is asked of each fact: fact_in_flight(). An error of the rest may be added to a result. */
static bool is_of_a_class(const struct write_record *r)
{
	return !(r->state & WRITE_IN_FLIGHT) && r->fallback_ret >= 0;
}

int write_classes_infer(struct write_classes *classes, struct write *w, const struct infer_rules *of)
{
	struct class_key key;
	struct entry **slot;

	if (!is_of_a_class(&w->rec))
		return infer_alone(w, of), 0;
	make_key(&key, w, classes->masks);
	slot = find_entry(classes, &key);
	if (!*slot && classes->nr == CLASSES_MAX)
		return infer_alone(w, of), 0;
	if (*slot) {
		infer_again(w, &(*slot)->class.infer);
	} else {
		*slot = make(&key, w, of);
		if (!*slot)
			return -ENOMEM;
		(*slot)->class.index = classes->nr++;
	}
	w->class = &(*slot)->class;
	return 0;
}

/* --- counts --- */

int class_counts_add_first(struct class_counts *c, const struct write_class *class)
{
	for (; c->nr <= class->index; c->nr++) {
		struct class_count *counts = array_grow(c->counts, c->nr, sizeof(*counts));

		if (!counts)
			return -ENOMEM;
		c->counts = counts;
		counts[c->nr] = (struct class_count){0};
	}
	return class_counts_add(c, class);
}

void class_counts_release(struct class_counts *c)
{
	free(c->counts);
	*c = (struct class_counts){0};
}
