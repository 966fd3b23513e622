# SPDX-License-Identifier: GPL-2.0-only
scenario U40 a new block joins extents that were kept apart
# The write that faults leaves blocks 0 and 1 of f as two unwritten extents, so that 55 and 56 are a fifth one, for which
# there is a block of the map. Block 2 joins block 1, and the two of them block 0 (ext4_ext_try_to_merge): the extents are
# back in the inode, and the block of the map is what the last block of the last write comes from.
device loop size=16M
mkfs -b 4096
mount noatime
create filler
fallocate filler 0 16M
punch filler 88k 160k
create h
write h 115k 1k
create f
write f 200k 8k libaio
fallocate f 210k 8193
create g
fallocate g 152k 8k
write f 0 8k fault
write f 222k 4k
write g 0 96k
buffered f 9k 12k
