# SPDX-License-Identifier: GPL-2.0-only
scenario V53 without a journal: an extent that is split is in a block of the map, which stays with the inode
# The write into the middle of the unwritten extent splits it (ext4_split_convert_extents(), ext4_ext_dirty()): there are
# more extents than the inode has room for, and the block of the map that they go to is on the inode's list until an
# fsync, whatever mount -o sync has written meanwhile.
device loop
mkfs -b 4096 -O ^has_journal
mount sync
create f
write f 0 512
fallocate f 12k 12k
buffered f 4k 512
write f 16k 512
write f 12k 512
