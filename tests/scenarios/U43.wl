# SPDX-License-Identifier: GPL-2.0-only
scenario U43 writeback converts when all has its place
# Blocks 8 to 10 of f join those before them when they are converted, but block 12 has been cut out of its extent by then,
# as the fifth. The block of the map for that is free again after the conversion, and waits for a commit, so that the write
# tries once more for block 11.
device loop size=16M
mkfs -b 4096
mount noatime
create filler
fallocate filler 0 16M
punch filler 108k 148k
create f
buffered f 8k 36353
write f 632k 32k
write f 12k 8k
create g
fallocate f 48k 24k
fallocate g 192k 96k
buffered f 48k 512
write f 36k 16k
