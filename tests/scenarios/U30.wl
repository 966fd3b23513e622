# SPDX-License-Identifier: GPL-2.0-only
scenario U30 a block of the map is needed only while an extent is converted
# Blocks 8 to 11 are unwritten until they are written back: an extent of their own is one too many for the inode, until
# it joins the written one before it. The block that held the map meanwhile is free again, but waits for a commit, so
# that the last write, for which there is no room, tries once more (6.18, seen live).
device loop size=16M
mkfs -b 4096
mount noatime
create filler
fallocate filler 0 16M
punch filler 8k 60k
sync
create f
buffered f 24k 24577
write f 24k 512
fallocate f 52k 44k
write f 32k 512
write f 0 512
