# SPDX-License-Identifier: GPL-2.0-only
scenario R12 a block of the map waits for a commit, whatever the data does
# With data=writeback freed blocks of data are free at once, but the block that the map no longer needs when its extents
# have become one is not: the last write finds no room, has the transaction committed, and looks a second time.
device loop lbs=512 size=16M cache=writethrough
mount data=writeback
create filler
fallocate filler 0 16M
punch filler 56k 68k
create f
fallocate f 0 484k
write f 44k 512
write f 49664 8k
write f 68k 512
