# SPDX-License-Identifier: GPL-2.0-only
scenario Z07 the map needs a block though it ends with no more extents
# A block between one that it cannot be joined to and one that it can: it is put into the map first, which needs a block
# of its own for a fifth extent, and joined then. There is no cluster left for that.
device loop size=16M
mkfs -b 1024 -O bigalloc -C 16384

create filler
fallocate filler 0 16376k
punch filler 0 27k
create f
write f 0 512
truncate f 14k
fallocate f 4k 512
write f 11k 512
write f 13824 4k
fallocate f 12k 512
write f 12k 1k
