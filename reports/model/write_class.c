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
 * How facts are known and small facts are compared as they are, the latter by the words of the record that they stand
 * in, each under a mask; all else as bits: what rules make of it.
 */
#define HOW_WORDS	(FACTS_MAX / 8)
#define SMALL_WORDS	11
#define ENDS_AT(member) (offsetof(struct write_record, member) + sizeof(((struct write_record *)0)->member))

static const struct span {
	size_t from, to; /* bytes */
} compared[] = {
	{offsetof(struct write_record, submit), ENDS_AT(state)},
	{offsetof(struct write_record, lbs), ENDS_AT(lbs)},
	{offsetof(struct write_record, dma_mask), ENDS_AT(pad0)},
	{offsetof(struct write_record, invalidate), ENDS_AT(invalidate)},
	{offsetof(struct write_record, queued), ENDS_AT(commit)},
	{offsetof(struct write_record, end_error), ENDS_AT(pad1)},
	{offsetof(struct write_record, inode_flags), ENDS_AT(worker)},
};

/* Part of a word. */
struct part {
	size_t word;
	uint64_t mask, bits;
};

struct class_key {
	uint64_t how[HOW_WORDS];
	uint64_t small[SMALL_WORDS];
	uint64_t bits;
	int64_t error, direct_error; /* ret and dio_ret; 0: it is none */
};

_Static_assert(FACTS_MAX % 8 == 0 && offsetof(struct write_record, how) % 8 == 0, "class_key.how");

static uint64_t bits_of_word(size_t word)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < ARRAY_SIZE(compared); i++)
		for (size_t byte = 0; byte < 8; byte++)
			if (word * 8 + byte >= compared[i].from && word * 8 + byte < compared[i].to)
				bits |= 0xffull << 8 * byte;
	return bits;
}

/* Those of which anything is compared; what is left of @parts compares nothing. */
static void make_parts(struct part parts[SMALL_WORDS])
{
	size_t nr = 0;

	for (size_t word = 0; word < sizeof(struct write_record) / 8; word++) {
		uint64_t mask = bits_of_word(word);

		if (!mask)
			continue;
		assert(nr < SMALL_WORDS);
		parts[nr++] = (struct part){.word = word, .mask = mask};
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

/* Whether write_latency_ns() knows it: there is one that it began before its end. Most often the first. */
static inline bool has_latency(const struct write_record *r)
{
	for (int i = 0; i < STAGE_RETURN; i++)
		if (r->stage_ns[i] && r->stage_ns[i] <= r->stage_ns[STAGE_RETURN])
			return true;
	return false;
}

static inline void ask_stages(struct bits *b, const struct write_record *r)
{
#pragma GCC unroll 16
	for (int i = 0; i < NR_STAGES; i++)
		ask(b, r->stage_ns[i]);
	ask(b, has_latency(r));
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

/* Of what was written directly, all of it, there is no rest, and no answer to ask_rest() that others do not give. */
static inline bool has_no_rest(const struct write_record *r)
{
	return r->dio_ret == (int64_t)r->len && r->ret == r->dio_ret && !r->fallback_ret && !r->fallback_len &&
	       field_known(r, FACT_DIO_RET);
}

static inline void ask_fallback(struct bits *b, const struct write *w)
{
	const struct write_record *r = &w->rec;

	/* of a file with extents no rule asks */
	ask(b, !(field_known(r, FACT_EXTENTS) && r->extents) && write_stopped_inside_a_round(w));
	ask(b, has_no_rest(r));
	if (has_no_rest(r))
		return;
	ask(b, r->fallback_ret == r->fallback_len);
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

static inline uint64_t word_of(const struct write_record *r, size_t word)
{
	uint64_t bits;

	memcpy(&bits, (const char *)r + word * 8, sizeof(bits));
	return bits;
}

static inline uint64_t how_word(const struct write_record *r, int i)
{
	return word_of(r, offsetof(struct write_record, how) / 8 + (size_t)i);
}

static inline int64_t error_of(int64_t ret)
{
	return ret < 0 ? ret : 0;
}

/* Each word has a factor of its own, so that none need wait for the one before. */
static inline uint64_t factor(int i)
{
	return 0x9e3779b97f4a7c15ull * (2 * (uint64_t)i + 1);
}

static uint64_t hash_of(const struct write_record *r, const struct part *parts, uint64_t bits)
{
	uint64_t sum = bits * factor(0);

#pragma GCC unroll 16
	for (int i = 0; i < HOW_WORDS; i++)
		sum += how_word(r, i) * factor(1 + i);
#pragma GCC unroll 16
	for (int i = 0; i < SMALL_WORDS; i++)
		sum += (word_of(r, parts[i].word) & parts[i].mask) * factor(1 + HOW_WORDS + i);
	return (sum ^ sum >> 32) * 0x9e3779b97f4a7c15ull >> 32;
}

static struct class_key key_of(const struct write_record *r, const struct part *parts, uint64_t bits)
{
	struct class_key key = {.bits = bits, .error = error_of(r->ret), .direct_error = error_of(r->dio_ret)};

	memcpy(key.how, r->how, sizeof(key.how));
	for (int i = 0; i < SMALL_WORDS; i++)
		key.small[i] = word_of(r, parts[i].word) & parts[i].mask;
	return key;
}

/* All of them are compared: whether two are alike is not known before the last. */
static inline bool has_key(const struct write_record *r, const struct part *parts, const struct class_key *key)
{
	uint64_t other =
		(uint64_t)(error_of(r->ret) ^ key->error) | (uint64_t)(error_of(r->dio_ret) ^ key->direct_error);

#pragma GCC unroll 16
	for (int i = 0; i < HOW_WORDS; i++)
		other |= how_word(r, i) ^ key->how[i];
#pragma GCC unroll 16
	for (int i = 0; i < SMALL_WORDS; i++)
		other |= (word_of(r, parts[i].word) & parts[i].mask) ^ key->small[i];
	return !other;
}

/* --- the classes that there are --- */

struct entry {
	struct class_key key;
	uint64_t hash;
	unsigned int nr_changes;
	struct part changes[SMALL_WORDS]; /* what inference made of small facts: the same of each write */
	struct write_class class;
};

struct write_classes {
	struct entry *slots[SLOTS]; /* by hash; the next free one is taken */
	struct entry *last;	    /* many writes are of the class of the one before */
	size_t nr;
	struct part parts[SMALL_WORDS];
};

struct write_classes *write_classes_new(void)
{
	struct write_classes *classes = calloc(1, sizeof(*classes));

	if (classes)
		make_parts(classes->parts);
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

static inline bool is_of(const struct entry *e, const struct write_record *r, const struct part *parts, uint64_t bits)
{
	return e->key.bits == bits && has_key(r, parts, &e->key);
}

static struct entry **find_entry(struct write_classes *classes, const struct write_record *r, uint64_t bits,
				 uint64_t hash)
{
	for (size_t at = hash;; at++) {
		struct entry **slot = &classes->slots[at % SLOTS];

		if (!*slot || ((*slot)->hash == hash && is_of(*slot, r, classes->parts, bits)))
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

static void find_changes(struct entry *e, const struct write_record *inferred, const struct part *parts)
{
	for (int i = 0; i < SMALL_WORDS; i++) {
		uint64_t bits = word_of(inferred, parts[i].word) & parts[i].mask;

		if (bits != e->key.small[i])
			e->changes[e->nr_changes++] = (struct part){parts[i].word, parts[i].mask, bits};
	}
}

/* @w is the first. */
static struct entry *make(const struct part *parts, struct write *w, uint64_t bits, uint64_t hash,
			  const struct infer_rules *of)
{
	size_t steps = w->nr_steps * sizeof(*w->steps);
	struct entry *made = calloc(1, sizeof(*made));
	struct write_class *class = &made->class;

	if (!made)
		return NULL;
	made->key = key_of(&w->rec, parts, bits);
	made->hash = hash;
	infer_first(w, of, &class->infer);
	find_changes(made, &w->rec, parts);
	write_whys(w, class->holds);
	class->holds[WHY_DROPS_CACHE] = false;
	why_list(class->holds, class->whys);
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

static void infer_as(const struct entry *e, struct write *w)
{
	for (unsigned int i = 0; i < e->nr_changes; i++) {
		const struct part *change = &e->changes[i];
		uint64_t word = (word_of(&w->rec, change->word) & ~change->mask) | change->bits;

		memcpy((char *)&w->rec + change->word * 8, &word, sizeof(word));
	}
	infer_again(w, &e->class.infer);
	w->class = &e->class;
}

/* It is not of the class of the one before. */
static int infer_by_hash(struct write_classes *classes, struct write *w, uint64_t bits, const struct infer_rules *of)
{
	uint64_t hash = hash_of(&w->rec, classes->parts, bits);
	struct entry **slot = find_entry(classes, &w->rec, bits, hash);

	if (!*slot && classes->nr == CLASSES_MAX)
		return infer_alone(w, of), 0;
	if (*slot) {
		infer_as(*slot, w);
	} else {
		*slot = make(classes->parts, w, bits, hash, of);
		if (!*slot)
			return -ENOMEM;
		(*slot)->class.index = classes->nr++;
		w->class = &(*slot)->class;
	}
	classes->last = *slot;
	return 0;
}

int write_classes_infer(struct write_classes *classes, struct write *w, const struct infer_rules *of)
{
	uint64_t bits;

	if (!is_of_a_class(&w->rec))
		return infer_alone(w, of), 0;
	bits = bits_of(w);
	if (!classes->last || !is_of(classes->last, &w->rec, classes->parts, bits))
		return infer_by_hash(classes, w, bits, of);
	infer_as(classes->last, w);
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
