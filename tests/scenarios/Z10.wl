# SPDX-License-Identifier: GPL-2.0-only
scenario Z10 mappings where there is next to no room
# Then nothing is only promised: a store into a mapping is given its blocks, here the cluster's, and where the map has no
# room for one of them it ends in SIGBUS.
device loop size=16M
mkfs -b 1024 -O bigalloc -C 16384

create filler
fallocate filler 0 16368k
punch filler 0 16k
create f
write f 0 1k
create h
write f 2k 2k
buffered f 5k 512
write h 0 1k
mmap-write f 3k 2k
