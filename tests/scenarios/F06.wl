# SPDX-License-Identifier: GPL-2.0-only
scenario F06 a block that was there already is none that a fast commit has to tell of
# ext4_map_blocks() returns for it before it notes the range, so that the append does not stretch it over block 2, which
# is only promised: from 7.2 on the fdatasync would have the transaction committed for that, and the last mapping would
# not be dirty.
device loop lbs=512 size=16M
mkfs -b 4096 -O fast_commit

create f
write f 40k 512
truncate f 42496
fsync f
write f 0 512 append
buffered f 8k 512
write f 4k 512 dsync
write f 512 512
