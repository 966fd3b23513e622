# SPDX-License-Identifier: GPL-2.0-only
scenario F08 nor does fallocate tell of a block that was written already
# As F06: the range that a fast commit has to tell of is that of the append alone, not stretched to block 2 and so over
# block 12, which is only promised: from 7.2 on the fdatasync of the other file would have the transaction committed for
# that, and the last mapping would not be dirty.
device loop lbs=512 size=16M
mkfs -b 1024 -O fast_commit

create f
buffered f 1k 8193
fsync f
buffered f 12k 512
fallocate f 2k 512
write f 32k 512
create h
write h 0 512 dsync
write f 512 512
