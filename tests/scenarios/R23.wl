# SPDX-License-Identifier: GPL-2.0-only
scenario R23 a leaf that a truncate has read is never cached as a whole
# It reads without caching, and who comes later does not read the leaf again: each lookup caches what it asked for. Then
# the second write finds no one mapping of its range.
device loop lbs=512 size=16M
mkfs -b 1024
mount nodelalloc
create f
write f 0 5120
write f 10240 5120
write f 20480 5120
write f 30720 5120
write f 40960 5120
write f 51200 5120
remount
truncate f 54k
write f 0 1024
write f 0 5120
write f 10240 1024
write f 10240 5120
