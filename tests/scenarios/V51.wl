# SPDX-License-Identifier: GPL-2.0-only
scenario V51 what an unmount writes back is of a closed file: nothing is set aside for it
# Its one block goes where one block fits (ext4_mb_group_or_file(), EXT4_MB_HINT_NOPREALLOC), not to the place that it
# would have in a chunk of the file. What comes behind it later cannot join it: there are five extents, and so a block
# of the map, which without a journal stays with the inode until an fsync.
device loop lbs=512 size=16M
mkfs -b 4096 -O ^has_journal
create f
write f 0 1k sync
write f 24k 512
buffered f 700k 512
remount
write f 4k 512
write f 705k 8k
sync
write f 512 512
