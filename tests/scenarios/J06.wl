# SPDX-License-Identifier: GPL-2.0-only
scenario J06 a preallocation of a synchronous inode
# From 7.2 on it is committed at once, and zeroes that a punch leaves in a block are written; before, only for O_SYNC.
device loop cache=writethrough
mkfs -b 4096
mount noatime,sync

create f
write f 0 84k
fallocate f 0 200k
write f 0 4k
buffered f 8k 8k
punch f 9k 5k
write f 8k 4k
write f 12k 4k
