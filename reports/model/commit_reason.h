/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a write changed that only a commit of the journal makes durable. When the write was synced itself that
 * is why its sync commits; when it was not, the next fdatasync of the file has to.
 *
 * ext4_fdatasync waits for the transaction in i_datasync_tid, which ext4_update_inode_fsync_trans() sets when
 * i_disksize grows and when an extent that is not unwritten is made: by allocation, or by conversion of an unwritten
 * one. A timestamp alone is no reason for fdatasync, but is one for fsync.
 */
#ifndef DIOSCOPE_COMMIT_REASON_H
#define DIOSCOPE_COMMIT_REASON_H

#include "reports/model/answer.h"
#include "reports/model/set.h"

#define COMMIT_EXTENDS	  0x1 /* it ended beyond i_size or i_disksize */
#define COMMIT_CONVERTS	  0x2 /* unwritten extents became written */
#define COMMIT_ALLOCATES  0x4 /* blocks were allocated for it */
#define COMMIT_OTHER	  0x8 /* none of these: other dirty metadata of the inode, also what came before the write */
#define NR_COMMIT_REASONS 4

/* Of a write that wrote something, directly or, which is inferred, through the page cache: COMMIT_* mask without COMMIT_OTHER. 0: none of it, or not known. */
unsigned int write_commit_changes(const struct write *w);
/* Why the sync of this write committed: as above, or COMMIT_OTHER. 0: it did not commit, or that is not known. */
unsigned int write_commit_reasons(const struct write *w);
/* Must the next fdatasync of the file commit because of this write? It is inferred. */
enum answer write_leaves_commit(const struct write *w);
/* "extended the file", ... by bit. */
const char *commit_reason_name(unsigned int bit);
/* For the totals of every view: "leaves a commit to the next fdatasync". */
#define LEAVES_COMMIT_LABEL "leaves a commit to the next fdatasync"

#endif
