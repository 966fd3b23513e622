# SPDX-License-Identifier: GPL-2.0-only
scenario K32 the look after the lock was changed sees more than the one before
# The indirect block is read, and its first block cached with the write to it. The look under the shared lock finds block
# 11 alone, whose place is in the inode; cached, it joins block 12, and the second look finds one mapping of both: an
# overwrite, for which nothing is drained.
device loop
mkfs -b 4096 -O ^extents,^64bit
create f
buffered f 44k 8k
remount
write f 48k 512
write f 45k 4k
