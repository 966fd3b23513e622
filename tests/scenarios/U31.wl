# SPDX-License-Identifier: GPL-2.0-only
scenario U31 a copy of nothing makes a block dirty
# The rest of the faulting write is tried through the page cache, in a folio of blocks 52 and 53. Nothing is copied, but
# the copy was to begin inside block 52, so that is dirty (block_commit_write), and the cut at EOF behind it cannot
# split the folio. The last write finds no room for block 53, and so leaves block 52 as it was, too (6.18, seen live).
device loop size=16M
mkfs -b 4096
mount noatime
create filler
fallocate filler 0 16M
punch filler 888k 76k
create g
write g 0 32k
create f
write f 172k 28k
write f 205k 12k fault
buffered f 216k 512
buffered f 202k 11776
