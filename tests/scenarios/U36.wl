# SPDX-License-Identifier: GPL-2.0-only
scenario U36 blocks that are given back have made the inode dirty
# Nine blocks are found for the write of 28k, but none for the map that a fifth extent needs. They are free again; that
# the inode was marked dirty as they were taken (dquot_alloc_block) stays, and without a journal the last write finds it
# so.
device loop size=16M
mkfs -b 1024 -O ^has_journal
mount noatime
create filler
fallocate filler 0 16M
punch filler 60k 33k
create g
write g 3k 8k
create f
write f 512 8k io_uring
create h
fallocate h 0 1k
buffered f 9305 1025
write f 10752 20k dsync align=512
write f 30k 2k
write f 39424 1k
write f 0 512 dsync
write f 512 28k
write f 512 512
