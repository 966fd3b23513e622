/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/rules.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

const struct ref_rules ref_profiles[] = {
	{
		.name = "6.1", /* as Debian's 6.1.192: the size is updated in end_io */
		.content = REF_CONTENT_WRITTEN,
		.unaligned_starts_exclusive = true,
		.nowait_after_modified = true,
		.overwrite_ops = REF_OVERWRITE_OPS_SHARED,
		.lookup_cuts_request = true,
		.unwritten_is_new = true,
		.buffer = REF_BUFFER_BEFORE,
		.iomap_end_notblk = true,
		.fsync_skips_clean_inode = true,
		.fsync_data_journal_only_commits = true,
	},
	{
		.name = "6.12",
		.content = REF_CONTENT_ALLOCATED,
		.overwrite_ops = REF_OVERWRITE_OPS_WRITTEN,
		.lookup_cuts_request = true,
		.unwritten_is_new = true,
		.writeback_error_falls_back = true,
		.buffer = REF_BUFFER_BEFORE,
		.no_cache_is_fua = true,
		.tail_zero_hides_error = true,
		.iomap_end_notblk = true,
	},
	{
		.name = "6.14", /* the seed */
		.content = REF_CONTENT_ALLOCATED,
		.overwrite_ops = REF_OVERWRITE_OPS_WRITTEN,
		.lookup_cuts_request = true,
		.unwritten_is_new = true,
		.writeback_error_falls_back = true,
		.buffer = REF_BUFFER_BEFORE,
		.no_cache_is_fua = true,
		.tail_zero_hides_error = true,
		.iomap_end_notblk = true,
	},
	{
		.name = "6.18",
		.content = REF_CONTENT_ALLOCATED,
		.large_folios_outrank_journal_flag = true,
		.overwrite_ops = REF_OVERWRITE_OPS_WRITTEN,
		.unwritten_is_new = true,
		.writeback_error_falls_back = true,
		.buffer = REF_BUFFER_SPLIT,
		.no_cache_is_fua = true,
		.tail_zero_hides_error = true,
		.large_folios = true,
		.fault_leaves_zeroes = true,
		.fallocate_modifies_first = true,
		.dontcache = true,
	},
	{
		.name = "7.3",
		.content = REF_CONTENT_ZEROING,
		.nowait_refuses_timestamp = true,
		.overwrite_ops = REF_OVERWRITE_OPS_NEVER,
		.lookup_takes_unwritten = true,
		.nowait_refuses_allocation = true,
		.writeback_error_falls_back = true,
		.buffer = REF_BUFFER_FILL,
		.no_cache_is_fua = true,
		.large_folios = true,
		.fault_leaves_zeroes = true,
		.fallocate_modifies_first = true,
		.completes_in_interrupt = true,
		.dontcache = true,
	},
	{.name = NULL},
};

/* The first release that each profile stands for, newest first. 6.15 to 6.17.3 and 7.0 to 7.2 have no own one. */
static const struct {
	unsigned int major, minor, patch;
	const char *profile;
} releases[] = {
	{7, 3, 0, "7.3"}, {6, 17, 4, "6.18"}, {6, 13, 0, "6.14"}, {6, 5, 0, "6.12"}, {5, 15, 0, "6.1"},
};

const struct ref_rules *ref_rules_find(const char *name)
{
	for (const struct ref_rules *r = ref_profiles; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

const struct ref_rules *ref_rules_for_release(const char *release)
{
	unsigned int v[3] = {0};

	if (sscanf(release, "%u.%u.%u", &v[0], &v[1], &v[2]) < 2)
		return NULL;
	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
		const unsigned int from[3] = {releases[i].major, releases[i].minor, releases[i].patch};
		size_t k = 0;

		while (k < 2 && v[k] == from[k])
			k++;
		if (v[k] >= from[k])
			return ref_rules_find(releases[i].profile);
	}
	return NULL;
}
