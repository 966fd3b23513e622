# SPDX-License-Identifier: GPL-2.0-only
scenario Z10 mappings where there is next to no room
# Then nothing is only promised: a store into a mapping is given its blocks, here the cluster's; and where there is no
# cluster left it ends in SIGBUS.
device loop size=16M
mkfs -b 4096 -O bigalloc -C 16384

create filler
fallocate filler 0 16M
punch filler 60k 56k
create f
truncate f 80k
write f 8k 4k
mmap-write f 6656 24k
write f 28k 24k
mmap-write f 48k 4k
write f 8k 4k
