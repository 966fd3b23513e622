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
	return type | (u64)steps << 8 | id << 16;
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

/* Of eight bytes. */
static __always_inline u64 how_bits(u64 how)
{
	how &= 0x0303030303030303;
	how = (how | how >> 6) & 0x000f000f000f000f;
	how = (how | how >> 12) & 0x000000ff000000ff;
	return (how | how >> 24) & 0xffff;
}

static __always_inline u64 how_word(const u64 *how)
{
	return how_bits(how[0]) | how_bits(how[1]) << 16 | how_bits(how[2]) << 32 | how_bits(how[3]) << 48;
}

/* --- what follows the steps; @n: where, in words[] --- */

/* Put together so far is complete at each barrier: nothing is kept for later, on the one stack of 512 bytes. */
#define PUT_BITS(member, first, bits)                                                                                  \
	small |= (u64)(r->member & ((1ull << (bits)) - 1)) << (first);                                                 \
	barrier_var(small);
#define PUT_OPTIONAL(member, type, usual)                                                                              \
	said = differs(r->member, usual);                                                                              \
	out->words[n & (RING_WORDS - 1)] = r->member;                                                                  \
	n += said;                                                                                                     \
	mask |= said << bit++;                                                                                         \
	barrier_var(mask);

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

/* 0 as well if it is that of the stage before, which a bit tells. */
static __always_inline u64 moment_is_said(const struct write_record *r, int stage, u64 *mask)
{
	u64 ns = r->stage_ns[stage], seen = differs(ns, 0), said = seen;

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

		far |= since >> 32 & -said;
		half[at & (2 * RING_WORDS - 1)] = since;
		at += said;
	}
	if (far)
		return put_moment_words(r, out, n, mask);
	return (at + 1) / 2;
}

/*
 * The words that the record has, from core[] on. A global function: the verifier walks through it once, and not for
 * each place that a write may end at.
 */
__weak __noinline int write_pack(const struct write_record *r, struct ring_out *out)
{
	u64 small = 0, mask = 0, moments, said;
	u32 n, bit = 0;
	const u64 *how;

	if (!r || !out)
		return 0;
	how = (const u64 *)r->how;
	RING_BITS(PUT_BITS)
	n = put_moments(r, out, out->nr_words & (RING_WORDS - 1), &moments);
	RING_OPTIONAL(PUT_OPTIONAL, r)
	out->core[CORE_ID] = ring_id(RING_WRITE, r->nr_inline, r->head.id);
	out->core[CORE_MASK] =
		mask | moments << RING_MOMENTS_AT | (how_bits(how[8]) | how_bits(how[9]) << 16) << RING_HOW_AT;
	out->core[CORE_REFS] = out->file | (u64)out->task << 32;
	out->core[CORE_HOW] = how_word(how);
	out->core[CORE_HOW_2] = how_word(how + 4);
	out->core[CORE_BITS] = small;
	out->core[CORE_ASKED] =
		(r->len & RING_LEN_MASK) | (u64)(r->addr_align & 4095) << 40 | (u64)(r->seg_align & 4095) << 52;
	out->core[CORE_POS] = r->pos;
	out->core[CORE_ISIZE] = r->isize;
	return RING_CORE + (n & (RING_WORDS - 1));
}

#endif
