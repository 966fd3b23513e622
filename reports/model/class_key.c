// SPDX-License-Identifier: GPL-2.0-only
/* What rules ask of a write. */
#include "reports/model/class_key.h"

#include <assert.h>

#include "reports/model/fields.h"
#include "reports/model/write_class.h"
#include "user/base/util.h"

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

/* What inference fills in there is the same, too: infer_again(). */
bool class_decides(size_t from, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(compared); i++)
		if (from >= compared[i].from && from + len <= compared[i].to)
			return true;
	return from >= offsetof(struct write_record, how) && from + len <= ENDS_AT(how);
}

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
void class_parts(struct part parts[SMALL_WORDS])
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

uint64_t class_bits(const struct write *w)
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

uint64_t class_hash(const struct write_record *r, const struct part *parts, uint64_t bits)
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

struct class_key class_key_of(const struct write_record *r, const struct part *parts, uint64_t bits)
{
	struct class_key key = {.bits = bits, .error = error_of(r->ret), .direct_error = error_of(r->dio_ret)};

	memcpy(key.how, r->how, sizeof(key.how));
	for (int i = 0; i < SMALL_WORDS; i++)
		key.small[i] = word_of(r, parts[i].word) & parts[i].mask;
	return key;
}
