# SPDX-License-Identifier: GPL-2.0-only
scenario U50 from 6.19 on the end of a write is cut out of its extent when it is converted
# The inode has all four extents that it has room for. Blocks 2 to 6 are one unwritten extent when the write to block 2
# ends: it is cut in two (ext4_convert_unwritten_extents_endio(), the end first), the map needs a block for that, and
# what is converted joins the written extent before it. The block is free again, but waits for a commit, so that the
# last write finds one less. Earlier kernels cut it before the I/O.
device loop size=16M
mkfs -b 4096
create filler
fallocate filler 0 10880k
punch filler 8k 100k
sync
create f
fallocate f 0 28k
write f 0 8k
fallocate f 1M 4k
fallocate f 2056k 8k
write f 8k 4k
write f 4088k 64k
write f 4160k 32k
