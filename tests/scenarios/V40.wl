# SPDX-License-Identifier: GPL-2.0-only
scenario V40 without a journal, blocks that were promised leave fdatasync nothing to write
# dquot_claim_block() marks the inode I_DIRTY_SYNC where dquot_alloc_block() says I_DIRTY: the hole of f is filled through
# the page cache, and 6.1 does not flush. Until 6.6 a size that grows (g) is I_DIRTY, too: a flush.
mkfs -b 4096 -O ^has_journal,^extents,^64bit
mount sync
create f
buffered f 4k 512
write f 0 512
create g
buffered g 4k 512
write g 0 8k
