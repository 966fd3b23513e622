# SPDX-License-Identifier: GPL-2.0-only
scenario R07 there may be room by now
# The fifth extent asks for a block of the map, for which there is no room. With data=writeback the block of data that
# it was to point to is free again at once, so that there is one: the write tries three times more, and no commit
# comes.
device loop lbs=512 size=16M cache=writethrough
mount nobarrier,data=writeback
create filler
fallocate filler 0 16360k
punch filler 0 56k
create f
write f 28k 29184
write f 20k 8k
write f 0 20k
