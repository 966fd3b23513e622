# SPDX-License-Identifier: GPL-2.0-only
scenario Z05 delayed blocks and clusters
device loop
mkfs -b 4096 -O bigalloc -C 16384

create f
buffered f 0 4k
write f 4k 4k
write f 8k 8k
buffered f 20k 4k
buffered f 28k 4k
write f 16k 4k
sync
write f 16k 16k
buffered f 100k 50k
write f 160k 4k
write f 96k 100k
remount
write f 0 200k
