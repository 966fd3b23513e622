# SPDX-License-Identifier: GPL-2.0-only
scenario I12 what was promised to pages of a file whose data wait to leave its inode stays promised
# The copy finds no room for its second folio, and what it was promised beyond EOF is cut: but ext4_truncate() ends at
# the data in the inode, before it comes to the delayed blocks. The room is missing until the inode goes.
device loop lbs=2048 size=64M
mkfs -b 4096 -I 1024 -O inline_data
mount noatime
create filler
fallocate filler 0 65532k
punch filler 0 16k
create f
buffered f 0 9
fsync f
write f 8k 16k
write f 232k 16k
write f 0 8k
write filler 64k 4k
