/* SPDX-License-Identifier: GPL-2.0-only */
/* From the state of a write to its record in the ring: see bpf/ring_record.h. */
#ifndef DIOSCOPE_PACK_BPF_H
#define DIOSCOPE_PACK_BPF_H

#include "bpf/compat.bpf.h"
#include "bpf/ring_record.h"

/*
 * 1 or 0, and not by a branch. All that follows is without them: what may be left out is written all the same, and the
 * next one goes to the same place if it shall be. The verifier of 6.1 takes each way through the branches for another
 * one, for what they have counted differs, and with thirty of them comes to no end.
 */
static __always_inline u64 differs(u64 a, u64 b)
{
	u64 diff = a ^ b, minus = -diff;

	barrier_var(minus); /* the compiler knows that this is a comparison */
	return (diff | minus) >> 63;
}

static __always_inline u64 ring_id(enum ring_type type, u32 steps, u64 id)
{
	return type | (u64)steps << 3 | id << 16;
}

/* --- steps: packed when they are seen --- */

static __always_inline u64 round_tag(u32 type, u32 map_flags)
{
	return (u64)(type & 7) << STEP_TAG_ROLE | (u64)(map_flags & MAP_F_STABLE) << STEP_TAG_MAP;
}

static __always_inline u64 bio_tag(enum bio_role role, u32 opf)
{
	return (u64)role << STEP_TAG_ROLE | (u64)opf << STEP_TAG_OPF;
}

/* @with_addr: 1 if it does not follow from what is there already. */
static __always_inline void put_step(struct ring_out *out, const struct write_record *r, u64 tag, s64 pos, u64 len,
				     u64 addr, u64 with_addr)
{
	u64 with_pos = differs(pos, r->pos), with_len = differs(len, r->len);
	u32 n = out->nr_words;

	out->words[n++ & (RING_WORDS - 1)] =
		tag | with_pos << STEP_TAG_POS | with_len << STEP_TAG_LEN | with_addr << STEP_TAG_ADDR;
	out->words[n & (RING_WORDS - 1)] = pos;
	n += with_pos;
	out->words[n & (RING_WORDS - 1)] = len;
	n += with_len;
	out->words[n & (RING_WORDS - 1)] = addr;
	out->nr_words = n + with_addr;
}

/* --- how: two bits a fact --- */

/* Four words of a byte a fact that has two bits: each goes between those of the one before. */
static __always_inline u64 how_word(const u64 *how)
{
	return how[0] | how[1] << 2 | how[2] << 4 | how[3] << 6;
}

/* The last ones, which have no word of their own, side by side. */
static __always_inline u64 how_rest(u64 how)
{
	how = (how | how >> 6) & 0x000f000f000f000f;
	how = (how | how >> 12) & 0x000000ff000000ff;
	return (how | how >> 24) & 0xffff;
}

/* --- what follows the steps; @n: where, in words[] --- */

#define PUT_BITS(member, first, bits) small |= (u64)(r->member & ((1ull << (bits)) - 1)) << (first);

/* Eight members, the first of which is at @bytes. */
static __always_inline u64 bits_of_eight(const __u8 *bytes, u64 each, u32 first)
{
	return (*(const volatile u64 *)bytes & each * 0x0101010101010101) << first;
}

static __always_inline u64 small_bits(const struct write_record *r)
{
	u64 small = bits_of_eight(&r->queued, 0x03, 0) | bits_of_eight(&r->lock_first, 0x3f, 2);

	RING_BITS_SINGLE(PUT_BITS)
	return small;
}

/* Put together so far is complete at each barrier: nothing is kept for later, on the one stack of 512 bytes. */
#define PUT_OPTIONAL(member, type, usual)                                                                              \
	said = differs(r->member, usual);                                                                              \
	out->words[n & (RING_WORDS - 1)] = r->member;                                                                  \
	n += said;                                                                                                     \
	*mask |= said << bit++;                                                                                        \
	barrier_var(*mask);

#define DIFFER_OPTIONAL(member, type, usual) differ |= (u64)((type)r->member ^ (type)(usual));

/* Mostly none of them is: one branch then saves all that they take. */
static __always_inline bool all_usual(const struct write_record *r)
{
	u64 differ = 0;

	RING_OPTIONAL(DIFFER_OPTIONAL, r)
	return !differ;
}

static __always_inline u32 put_optional(const struct write_record *r, struct ring_out *out, u32 n, u64 *mask)
{
	u64 said;
	u32 bit = 0;

	if (all_usual(r))
		return n;
	barrier(); /* not to keep what was compared */
	RING_OPTIONAL(PUT_OPTIONAL, r)
	return n;
}

static __always_inline u32 put_moment_words(const struct write_record *r, struct ring_out *out, u32 n, u64 *mask)
{
	*mask = 1u << MOMENT_WORDS;
	for (int i = 0; i < NR_STAGES; i++) {
		u64 said = differs(r->stage_ns[i], 0);

		out->words[n & (RING_WORDS - 1)] = r->stage_ns[i];
		n += said;
		*mask |= said << i;
	}
	return n;
}

/* 0 as well if it is that of the stage before, which a bit tells. Below 2^63 what is not 0 has a negative one. */
static __always_inline u64 moment_is_said(const struct write_record *r, int stage, u64 *mask)
{
	u64 ns = r->stage_ns[stage], seen = -ns >> 63, said = seen;

	if (stage == STAGE_MAP) {
		said &= differs(ns, r->stage_ns[STAGE_IOMAP]);
		*mask |= (seen ^ said) << MOMENT_MAP_AT_IOMAP;
	}
	if (stage == STAGE_DEVICE) {
		said &= differs(ns, r->stage_ns[STAGE_SUBMIT]);
		*mask |= (seen ^ said) << MOMENT_DEVICE_AT_SUBMIT;
	}
	*mask |= said << stage;
	return said;
}

static __always_inline u32 put_moments(const struct write_record *r, struct ring_out *out, u32 n, u64 *mask)
{
	u64 enter = r->stage_ns[STAGE_ENTER], entered = differs(enter, 0), far = 0;
	u64 base = enter | (r->stage_ns[STAGE_IOMAP] & (entered - 1));
	u32 *half = (u32 *)out->words, at = 2 * n;

	*mask = entered << STAGE_ENTER;
	out->core[CORE_BASE] = base;
	for (int i = STAGE_ENTER + 1; i < NR_STAGES; i++) {
		u64 since = r->stage_ns[i] - base, said = moment_is_said(r, i, mask);

		far |= since & -said;
		half[at & (2 * RING_WORDS - 1)] = since;
		at += said;
	}
	if (far >> 32)
		return put_moment_words(r, out, n, mask);
	return (at + 1) / 2;
}

/*
 * The words that the record has, from core[] on. A global function: the verifier walks through it once, and not for
 * each place that a write may end at.
 */
__weak __noinline int write_pack(const struct write_record *r, struct ring_out *out)
{
	u64 mask = 0, moments;
	u32 n;
	const u64 *how;

	if (!r || !out)
		return 0;
	how = (const u64 *)r->how;
	n = put_moments(r, out, out->nr_words & (RING_WORDS - 1), &moments);
	n = put_optional(r, out, n, &mask);
	out->core[CORE_ID] = ring_id(RING_WRITE, r->nr_inline, r->head.id) | (u64)r->flags << 8;
	out->core[CORE_MASK] =
		mask | moments << RING_MOMENTS_AT | (how_rest(how[8]) | how_rest(how[9]) << 16) << RING_HOW_AT;
	out->core[CORE_REFS] = out->file | (u64)out->task << 32;
	out->core[CORE_HOW] = how_word(how);
	out->core[CORE_HOW_2] = how_word(how + 4);
	out->core[CORE_BITS] = small_bits(r);
	out->core[CORE_ASKED] = (r->len & RING_LEN_MASK) | (u64)r->attempts << 32 | (u64)(r->addr_align & 4095) << 40 |
				(u64)(r->seg_align & 4095) << 52;
	out->core[CORE_POS] = r->pos;
	out->core[CORE_ISIZE] = r->isize;
	return RING_CORE + (n & (RING_WORDS - 1));
}

#endif
