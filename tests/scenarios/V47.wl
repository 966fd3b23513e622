# SPDX-License-Identifier: GPL-2.0-only
scenario V47 data=journal: the writeback commits what an fdatasync needs, and no more
# There is no room for the second page. The first try waits for a commit of what the punch freed, and what it undoes after
# that, nothing, is in another transaction: for an fdatasync all is committed, so that the writeback commits nothing, and
# fsync commits the other one, which has the flush.
device loop lbs=512 size=16M
mount data=journal
create filler
fallocate filler 0 16380k
punch filler 0 44k
create f
write f 0 512
fallocate f 32k 4097
buffered f 4k 24577
write f 45k 12k sync
