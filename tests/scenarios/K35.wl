# SPDX-License-Identifier: GPL-2.0-only
scenario K35 where little is left, what was promised stays so, and i_disksize follows
# A copy into a block that was promised before there was too little left gives it no place, but is the end of the file
# on the disk.
device loop cache=writethrough size=32M
mkfs -b 4096 -m 0 -J size=4
create f
write f 0 16k
sync
buffered f 16k 8k
create g
fallocate g 0 26600k
fsync g
buffered f 17k 1k
write f 0 4k dsync
