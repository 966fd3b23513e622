# SPDX-License-Identifier: GPL-2.0-only
scenario W05 writeback's blocks beside an extent that was split for nothing
# Until 6.18 writeback, too, gives its blocks an extent of their own until the I/O is done (EXT4_GET_BLOCKS_PRE_IO): they
# are not joined to the unwritten ones before them, nor these to each other. The next write cuts one more, and the tree no
# longer fits into the inode.
device loop
mkfs -b 4096 -O ^has_journal
create f
write f 40k 512
write f 12k 24k fault
buffered f 36k 512
remount
write f 12k 512
