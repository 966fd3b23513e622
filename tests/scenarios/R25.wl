# SPDX-License-Identifier: GPL-2.0-only
scenario R25 a buffered write looks for its own blocks, not for all of its page
# Block 5 is written, of blocks 6 and 7 nothing is cached: the truncates leave no end of a hole for the last write.
device loop lbs=512 size=16M
mkfs -b 1024
create f
write f 5k 1k
truncate f 20k
remount
buffered f 5k 1k
truncate f 10k
truncate f 30k
write f 6k 14k
