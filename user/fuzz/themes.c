// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/generate.h"

#include <string.h>

static const struct variant any_mkfs[] = {
	{40, "-b 4096"},
	{9, "-b 1024"},
	{5, "-b 2048"},
	{10, "-b 4096 -O ^extents,^64bit"},
	{12, "-b 4096 -O ^has_journal"},
	{3, "-b 1024 -O ^extents,^64bit"},
	{3, "-b 1024 -O ^has_journal"},
	{4, "-b 4096 -O ^has_journal,^extents,^64bit"},
	{3, "-b 4096 -I 128"},
	{3, "-b 4096 -O ^metadata_csum"},
	{3, "-b 4096 -O ^flex_bg"},
	{3, "-b 4096 -O fast_commit"},
	{},
};

static const struct variant with_inline_data[] = {
	{6, "-b 4096 -O inline_data"},
	{2, "-b 1024 -O inline_data"},
	{1, "-b 4096 -O inline_data,^has_journal"},
	{1, "-b 4096 -I 1024 -O inline_data"},
	{},
};

static const struct variant with_quota[] = {
	{6, "-b 4096 -O quota,project -E quotatype=usrquota:grpquota:prjquota"},
	{2, "-b 1024 -O quota"},
	{2, "-b 4096 -O quota,^has_journal"},
	{},
};

static const struct variant with_fast_commit[] = {
	{6, "-b 4096 -O fast_commit"},
	{2, "-b 1024 -O fast_commit"},
	{1, "-b 4096 -O fast_commit,^extents,^64bit"},
	{},
};

/* Everything on file systems with one feature. */
#define OF_A_FEATURE                                                                                                   \
	.ops = {[OP_CREATE] = 1,   [OP_FALLOCATE] = 9, [OP_PUNCH] = 7,	 [OP_TRUNCATE] = 7,                            \
		[OP_BUFFERED] = 9, [OP_FSYNC] = 6,     [OP_SYNC] = 4,	 [OP_CHATTR] = 3,                              \
		[OP_CHMOD] = 2,	   [OP_LIMIT] = 2,     [OP_REMOUNT] = 3, [OP_WRITE] = 49},                             \
	.mkfs_variants = 100, .variants = 25, .full = 5, .flags = 40, .async = 30, .unaligned = 35, .more_files = 20

const struct theme themes[] = {
	{.name = "all",
	 .about = "everything",
	 .ops = {[OP_CREATE] = 1,
		 [OP_FALLOCATE] = 9,
		 [OP_PUNCH] = 7,
		 [OP_TRUNCATE] = 7,
		 [OP_BUFFERED] = 9,
		 [OP_FSYNC] = 4,
		 [OP_SYNC] = 5,
		 [OP_CHATTR] = 3,
		 [OP_CHMOD] = 2,
		 [OP_LIMIT] = 2,
		 [OP_REMOUNT] = 2,
		 [OP_WRITE] = 49},
	 .mkfs = any_mkfs,
	 .mkfs_variants = 50,
	 .variants = 50,
	 .full = 5,
	 .flags = 30,
	 .async = 30,
	 .unaligned = 35,
	 .more_files = 20},
	{.name = "plain",
	 .about = "what most users have: the default file system, aligned, few flags",
	 .mkfs = any_mkfs,
	 .ops = {[OP_FALLOCATE] = 10,
		 [OP_TRUNCATE] = 4,
		 [OP_BUFFERED] = 4,
		 [OP_FSYNC] = 6,
		 [OP_SYNC] = 4,
		 [OP_WRITE] = 72},
	 .flags = 15,
	 .async = 40,
	 .unaligned = 5,
	 .more_files = 20},
	{.name = "edges",
	 .about = "parts of blocks over holes, unwritten and mixed extents, around EOF",
	 .ops = {[OP_FALLOCATE] = 18, [OP_PUNCH] = 12, [OP_TRUNCATE] = 10, [OP_SYNC] = 4, [OP_WRITE] = 56},
	 .mkfs = any_mkfs,
	 .mkfs_variants = 15,
	 .variants = 15,
	 .flags = 15,
	 .async = 20,
	 .unaligned = 70,
	 .more_files = 5},
	{.name = "cache",
	 .about = "beside dirty pages and delayed allocation",
	 .ops = {[OP_FALLOCATE] = 8,
		 [OP_PUNCH] = 6,
		 [OP_TRUNCATE] = 8,
		 [OP_BUFFERED] = 28,
		 [OP_FSYNC] = 4,
		 [OP_SYNC] = 4,
		 [OP_WRITE] = 42},
	 .mkfs = any_mkfs,
	 .mkfs_variants = 30,
	 .variants = 30,
	 .flags = 30,
	 .async = 30,
	 .unaligned = 40,
	 .more_files = 10},
	{.name = "sync",
	 .about = "what makes writes durable: O_DSYNC, sync inodes and mounts, barriers, journals, caches",
	 .ops = {[OP_FALLOCATE] = 8,
		 [OP_PUNCH] = 3,
		 [OP_TRUNCATE] = 4,
		 [OP_BUFFERED] = 4,
		 [OP_FSYNC] = 8,
		 [OP_SYNC] = 12,
		 [OP_CHATTR] = 6,
		 [OP_REMOUNT] = 4,
		 [OP_WRITE] = 51},
	 .mkfs = any_mkfs,
	 .mkfs_variants = 70,
	 .variants = 70,
	 .flags = 80,
	 .async = 25,
	 .unaligned = 15,
	 .more_files = 25},
	{.name = "full",
	 .about = "devices with next to no room",
	 .ops = {[OP_FALLOCATE] = 16,
		 [OP_PUNCH] = 10,
		 [OP_TRUNCATE] = 6,
		 [OP_BUFFERED] = 8,
		 [OP_SYNC] = 6,
		 [OP_WRITE] = 54},
	 .mkfs = any_mkfs,
	 .mkfs_variants = 30,
	 .variants = 30,
	 .full = 100,
	 .flags = 15,
	 .async = 20,
	 .unaligned = 25,
	 .more_files = 30},
	{.name = "fast-commit", .about = "mkfs -O fast_commit", OF_A_FEATURE, .mkfs = with_fast_commit},
	{.name = "inline-data", .about = "mkfs -O inline_data", OF_A_FEATURE, .mkfs = with_inline_data, .tiny = 60},
	{.name = "quota", .about = "mkfs -O quota", OF_A_FEATURE, .mkfs = with_quota},
	{.name = NULL},
};

const struct theme *theme_find(const char *name)
{
	for (const struct theme *t = themes; t->name; t++)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}
