# SPDX-License-Identifier: GPL-2.0-only
scenario Z08 a block that joins both its neighbours
# Blocks of one cluster are one run, whatever order they come in: no fifth extent, and no cluster for the map, though
# there are just the two that the last write takes.
device loop size=16M
mkfs -b 4096 -O bigalloc -C 16384

create filler
fallocate filler 0 16M
punch filler 0 72k
create f
fallocate f 4k 4k
fallocate f 12k 4k
fallocate f 8k 4k
fallocate f 20k 4k
fallocate f 28k 4k
fallocate f 24k 4k
write f 38400 12k
write f 0 32k
