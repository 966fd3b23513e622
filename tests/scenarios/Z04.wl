# SPDX-License-Identifier: GPL-2.0-only
scenario Z04 holes and ends that leave parts of clusters
# A cluster goes with its last block: what is left of one keeps it, and a write beside that finds its place again.
device loop
mkfs -b 4096 -O bigalloc -C 16384

create f
write f 0 128k
punch f 4k 4k
write f 4k 4k
punch f 20k 36k
write f 24k 4k
write f 32k 16k
punch f 0 16k
write f 0 8k
truncate f 100k
write f 112k 4k
truncate f 70k
write f 68k 30k
punch f 64k 4k
punch f 68k 60k
write f 64k 64k
sync
remount
write f 0 4k
write f 12k 64k
write f 128k 4k
