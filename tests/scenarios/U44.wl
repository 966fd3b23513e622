# SPDX-License-Identifier: GPL-2.0-only
scenario U44 blocks that are given back have the inode's fsync commit
# The last allocation of f finds a block, and none for the extent tree, and gives it back until a commit. The inode is marked
# dirty by then (dquot_alloc_block), so that fsync commits, and h has nothing to wait for and tries once.
device loop lbs=1024 size=16M
create filler
fallocate filler 0 16360k
punch filler 0 52k
sync
create f
write f 52k 4k
write f 0 52k
fsync f
create h
write h 0 8k
