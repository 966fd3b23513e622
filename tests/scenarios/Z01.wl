# SPDX-License-Identifier: GPL-2.0-only
scenario Z01 appends to a file of clusters
# A cluster of 16 KiB is given out as a whole; only the blocks that are written are in the map.
device loop
mkfs -b 4096 -O bigalloc -C 16384

create f
write f 0 4k
write f 4k 4k
write f 8k 20k
write f 28k 512
write f 64k 4k
write f 200k 100k
write f 4k 8k
