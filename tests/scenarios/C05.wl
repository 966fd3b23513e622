# SPDX-License-Identifier: GPL-2.0-only
scenario C05 without a journal, truncate and chmod make the next mapping dirty
# ext4_setattr() ends in mark_inode_dirty(), which says I_DIRTY_DATASYNC whatever was changed.
mkfs -b 4096 -O ^has_journal
create f
write f 0 512
fsync f
truncate f 512
write f 0 512
fsync f
chmod f 600
write f 0 512
fsync f
write f 0 512
