# SPDX-License-Identifier: GPL-2.0-only
scenario R08 a fallocate that has room for its first block
# It fails, but the block is there, and so the inode is dirty for fdatasync, and the unwritten mapping is.
device loop lbs=512 size=16M
create filler
fallocate filler 0 16356k
punch filler 0 4k
create f
truncate f 52k
sync
fallocate f 0 56k
write f 512 512
