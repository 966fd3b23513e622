# SPDX-License-Identifier: GPL-2.0-only
scenario U49 blocks that become the front of the extent that follows need no block of the map
# Four extents are all that the inode holds, and what is left is room for the three blocks alone.
device loop size=16M
mkfs -b 4096 -O ^has_journal
create filler
fallocate filler 0 16M
punch filler 256k 64k
create f
write f 176k 8k
fallocate f 164k 8k
fallocate f 0 36k
write f 0 4k
fallocate f 152k 12k
write f 152k 4k
