/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/path/rules.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/*
 * A profile's rules are those of the one that it comes from, but for what is said after it: of two initialisers of a
 * member the later one counts.
 */
#pragma GCC diagnostic ignored "-Woverride-init"

/* clang-format off */

/* as Debian's 6.1.192: the size is updated in end_io */
#define RULES_6_1							\
	.content = REF_CONTENT_WRITTEN,					\
	.unaligned_starts_exclusive = true,				\
	.nowait_after_modified = true,					\
	.overwrite_ops = REF_OVERWRITE_OPS_SHARED,			\
	.lookup_cuts_request = true,					\
	.unwritten_is_new = true,					\
	.splits_before_io = true,					\
	.buffer = REF_BUFFER_BEFORE,					\
	.iomap_end = REF_IOMAP_END_EMPTY,				\
	.growth_marks_inode = true,					\
	.fsync_skips_clean_inode = true,				\
	.fsync_data_journal_only_commits = true,			\
	.fast_commit_writes_first_page = true,				\
	.punch_writes_back = true,					\
	.punch_pushes_disksize = true,					\
	.truncate_moves_inline = true

/* the seed, 6.13 and 6.14; 6.12 before it got its backport */
#define RULES_6_14							\
	RULES_6_1,							\
	.content = REF_CONTENT_ALLOCATED,				\
	.unaligned_starts_exclusive = false,				\
	.nowait_after_modified = false,					\
	.overwrite_ops = REF_OVERWRITE_OPS_WRITTEN,			\
	.writeback_error_falls_back = true,				\
	.no_cache_is_fua = true,					\
	.tail_zero_hides_error = true,					\
	.growth_marks_inode = false,					\
	.fsync_skips_clean_inode = false,				\
	.fsync_data_journal_only_commits = false,			\
	.extension_zeroes_eof = true,					\
	.extension_zeroes_folio = true,					\
	.small_blocks_nolock = true,					\
	.promise_serves_all = true,					\
	.punch_caches_hole = true,					\
	.punch_pushes_disksize = false,					\
	.truncate_moves_inline = false

/* from 6.12.43 on */
#define RULES_6_12							\
	RULES_6_14,							\
	.fallocate_modifies_first = true,				\
	.punch_writes_back = false,					\
	.punch_pushes_disksize = true,					\
	.truncate_moves_inline = true,					\
	.extension_zeroes_folio = false,				\
	.indirect_caches_holes = true

#define RULES_6_16							\
	RULES_6_14,							\
	.large_folios_outrank_journal_flag = true,			\
	.lookup_cuts_request = false,					\
	.iomap_end = REF_IOMAP_END_FAILED,				\
	.large_folios = true,						\
	.shared_run_is_given_up = true,					\
	.writeback_nocache = true,					\
	.fault_leaves_zeroes = true,					\
	.fallocate_modifies_first = true,				\
	.punch_writes_back = false

/* from 6.17.4 on */
#define RULES_6_17							\
	RULES_6_16,							\
	.iomap_end = REF_IOMAP_END_GONE,				\
	.dontcache = true,						\
	.dontcache_submits = true,					\
	.retry_asks_for_less = true,					\
	.many_stream_goals = true,					\
	.shared_run_is_given_up = false,				\
	.punch_pushes_disksize = true

/* from 6.18.21 on */
#define RULES_6_18							\
	RULES_6_17,							\
	.buffer = REF_BUFFER_SPLIT,					\
	.truncate_moves_inline = true

/* Debian's archive has 6.19, 7.0 and 7.1 no more: held against 6.19.14, 7.0.13 and 7.1.13 on NVMe drives */
#define RULES_6_19							\
	RULES_6_18,							\
	.large_folios_outrank_journal_flag = false,			\
	.completes_in_interrupt = true,					\
	.punch_ends_with_block = true,					\
	.journal_flag_empties_cache = true

#define RULES_7_0							\
	RULES_6_19,							\
	.overwrite_ops = REF_OVERWRITE_OPS_NEVER,			\
	.lookup_takes_unwritten = true,					\
	.unwritten_is_new = false,					\
	.es_cache_replaces = true,					\
	.splits_before_io = false

#define RULES_7_1							\
	RULES_7_0,							\
	.zeroes_eof_first = true,					\
	.fallocate_obeys_sync = true,					\
	.fast_commit_writes_first_page = false

#define RULES_7_2							\
	RULES_7_1,							\
	.buffer = REF_BUFFER_FILL,					\
	.dontcache_submits = false,					\
	.fast_commit_snapshots = true

#define RULES_7_3							\
	RULES_7_2,							\
	.content = REF_CONTENT_ZEROING,					\
	.nowait_refuses_timestamp = true,				\
	.nowait_refuses_allocation = true,				\
	.indirect_caches_holes = true,					\
	.tail_zero_hides_error = false

const struct ref_rules ref_profiles[] = {
	{.name = "6.1", RULES_6_1},
	{.name = "6.12", RULES_6_12},
	{.name = "6.14", RULES_6_14},
	{.name = "6.16", RULES_6_16},
	{.name = "6.17", RULES_6_17},
	{.name = "6.18", RULES_6_18},
	{.name = "6.19", RULES_6_19},
	{.name = "7.0", RULES_7_0},
	{.name = "7.2", RULES_7_2},
	{.name = "7.3", RULES_7_3},
	{.name = NULL},
};

/* What came later, and only set-up and buffered operations obey: no profile of its own, and another's name. */
static const struct ref_rules early_6_12 = {.name = "6.12", RULES_6_12, .truncate_moves_inline = false};
static const struct ref_rules early_6_18 = {.name = "6.18", RULES_6_18, .truncate_moves_inline = false};
static const struct ref_rules late_7_0 = {.name = "7.0", RULES_7_1};

/* The first release that has a profile, or only one near it; the newest first. */
static const struct {
	unsigned int from[3];
	const char *profile;
	enum ref_fit fit;
	const struct ref_rules *rules; /* NULL: the profile's as they are */
} releases[] = {
	{{7, 4, 0}, "7.3", REF_FIT_NEWER, NULL},
	{{7, 3, 0}, "7.3", REF_FIT_OWN, NULL},
	{{7, 2, 0}, "7.2", REF_FIT_OWN, NULL},
	{{7, 1, 0}, "7.0", REF_FIT_OWN, &late_7_0},
	{{7, 0, 0}, "7.0", REF_FIT_OWN, NULL},
	{{6, 19, 0}, "6.19", REF_FIT_OWN, NULL},
	{{6, 18, 21}, "6.18", REF_FIT_OWN, NULL},
	{{6, 18, 0}, "6.18", REF_FIT_OWN, &early_6_18},
	{{6, 17, 4}, "6.17", REF_FIT_OWN, NULL},
	{{6, 17, 0}, "6.16", REF_FIT_BETWEEN, NULL}, /* has RWF_DONTCACHE */
	{{6, 16, 0}, "6.16", REF_FIT_OWN, NULL},
	{{6, 15, 0}, "6.16", REF_FIT_BETWEEN, NULL}, /* has no large folios, and cuts the request */
	{{6, 13, 0}, "6.14", REF_FIT_OWN, NULL},
	{{6, 12, 80}, "6.12", REF_FIT_OWN, NULL},
	{{6, 12, 43}, "6.12", REF_FIT_OWN, &early_6_12},
	{{6, 5, 0}, "6.14", REF_FIT_BETWEEN, NULL},
	{{6, 2, 0}, "6.1", REF_FIT_BETWEEN, NULL},
	{{6, 1, 0}, "6.1", REF_FIT_OWN, NULL},
	{{5, 15, 0}, "6.1", REF_FIT_OLDER, NULL},
};

/* clang-format on */

const struct ref_rules *ref_rules_find(const char *name)
{
	for (const struct ref_rules *r = ref_profiles; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

static bool not_before(const unsigned int v[3], const unsigned int from[3])
{
	size_t k = 0;

	while (k < 2 && v[k] == from[k])
		k++;
	return v[k] >= from[k];
}

static struct ref_choice rules_of_row(size_t i)
{
	const struct ref_rules *rules = releases[i].rules;

	return (struct ref_choice){rules ? rules : ref_rules_find(releases[i].profile), releases[i].fit};
}

struct ref_choice ref_rules_for_release(const char *release)
{
	unsigned int v[3] = {0};

	if (sscanf(release, "%u.%u.%u", &v[0], &v[1], &v[2]) < 2)
		return (struct ref_choice){0};
	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++)
		if (not_before(v, releases[i].from))
			return rules_of_row(i);
	return (struct ref_choice){0};
}

bool ref_fit_is_right(enum ref_fit fit)
{
	return fit == REF_FIT_ASKED || fit == REF_FIT_OWN;
}

const char *ref_fit_words(enum ref_fit fit)
{
	switch (fit) {
	case REF_FIT_ASKED:
		return "asked for";
	case REF_FIT_OWN:
		return "this kernel's";
	case REF_FIT_BETWEEN:
		return "nearest to this kernel's, which lies between two profiles";
	case REF_FIT_NEWER:
		return "nearest to this kernel's, which is newer than all profiles";
	case REF_FIT_OLDER:
		return "nearest to this kernel's, which is older than all profiles";
	}
	return "";
}
