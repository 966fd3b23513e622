# SPDX-License-Identifier: GPL-2.0-only
scenario V41 without a journal, an overwrite of blocks that were promised is not DIRTY
# They were claimed with I_DIRTY_SYNC, which is no I_DIRTY_DATASYNC: no cache, so that FUA does, and nothing to sync. Until
# 6.6 the size that grew before is.
device loop cache=writethrough
mkfs -b 4096 -O ^has_journal
create f
write f 0 4k
fsync f
buffered f 4k 512
write f 4k 512
write f 0 512 dsync
