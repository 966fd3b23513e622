# SPDX-License-Identifier: GPL-2.0-only
scenario V45 what fallocate of a synchronous inode commits may be a fast commit
# From 7.2 ext4_fallocate() obeys S_SYNC, by ext4_fc_commit(): with fast commits the transaction stays open, and what is
# allocated next (the hole below the file's blocks) is DIRTY for it.
mkfs -b 4096 -O fast_commit
create f
sync
chattr f +S
fallocate f 4k 512
write f 512 512
write f 0 4k
