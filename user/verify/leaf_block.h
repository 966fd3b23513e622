/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Four extents fit into an inode; with a fifth the tree has a block of its own. Without a journal that block is on the
 * inode's i_private_list until it is written, and the file is dirty for as long: no FUA, and a flush for an fdatasync.
 * So where the blocks of a file lie (placement.h) may decide how a write to it is made durable.
 */
#ifndef DIOSCOPE_LEAF_BLOCK_H
#define DIOSCOPE_LEAF_BLOCK_H

#include "refimpl/path/rules.h"
#include "reports/model/diff.h"
#include "user/workload/workload.h"

/*
 * Findings of @diff (live against the reference by @rules) about what is dirty become allowed, where the file's blocks
 * are seen to lie otherwise than the reference's by then and the live write follows the rules by its own mapping.
 * @pinned: as placement_excuse() takes it. 0 or -ENOMEM.
 */
int leaf_block_excuse(struct diff *diff, const struct workload *wl, const struct ref_rules *rules, bool pinned);

#endif
