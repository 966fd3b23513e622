# SPDX-License-Identifier: GPL-2.0-only
scenario P07 a segment is looked at whole, also behind the mapping at hand
# From 7.2 on the buffer is checked as the bio is filled: of a segment that is begun, its address and all of its length. The
# first mapping ends within the first segment, whose length is no multiple of 512, so that nothing is written; on 6.18 that
# piece is, and the next one is refused; until 6.17 all of the buffer is looked at first.
device loop
mkfs -b 4096
create f
write f 0 4k
write f 8k 4k
write f 16k 4k
write f 0 20k segs=4352,16128
write f 0 20k segs=12288,4352,3840
write f 26k 2k
write f 10752 6656 segs=3328,3328
