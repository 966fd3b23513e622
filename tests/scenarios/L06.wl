# SPDX-License-Identifier: GPL-2.0-only
scenario L06 RLIMIT_FSIZE cuts the buffer, too
# What is left of it has other segments: a length that was a multiple is none any more, or the other way round.
device loop
mkfs -b 4096
mount noatime

create f
limit 13k
write f 12800 1k
write f 8k 8k segs=4096,1024,3072
write f 8k 8k segs=4096,4096 align=512
write f 12k 8k nowait
write f 12k 8k append
limit none
write f 0 16k
