# SPDX-License-Identifier: GPL-2.0-only
scenario I19 the same with an fsync behind the move, and behind the write
# What is committed twice has moved out of the inode last.
device loop
mkfs -b 4096 -O inline_data
mount data=journal
create f
buffered f 0 65
truncate f 512
fsync f
write f 0 512
fsync f
