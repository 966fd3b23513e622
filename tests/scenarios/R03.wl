# SPDX-License-Identifier: GPL-2.0-only
scenario R03 a punch asks for a block of the map
# Four extents fill the inode. The punch takes the first block of the last one, but the extent is split first, and
# five need a block of their own: it comes from the reserve, and the block that was freed is no more than that. So
# there is no room for the last write, and after the commit that the punch is waiting for, there is none either: it
# tries twice.
device loop size=32M
create filler
fallocate filler 0 32M
punch filler 216k 68k
create f
write f 2244k 2560 segs=1024,1536
fallocate f 36k 8k
write f 4k 32k
buffered f 2301440 23040
punch f 2300416 8k
write f 0 512
