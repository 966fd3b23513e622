// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/write_class.h"

#include <errno.h>
#include <string.h>

#include "reports/model/class_key.h"
#include "reports/model/commit_reason.h"
#include "reports/model/fields.h"
#include "reports/model/times.h"
#include "user/base/array.h"

#define SLOTS (2 * CLASSES_MAX)

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
		class_parts(classes->parts);
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
	return e->key.bits == bits && class_has_key(r, parts, &e->key);
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
	made->key = class_key_of(&w->rec, parts, bits);
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
	uint64_t hash = class_hash(&w->rec, classes->parts, bits);
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
	bits = class_bits(w);
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
