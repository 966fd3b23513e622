# SPDX-License-Identifier: GPL-2.0-only
scenario F05 what a fast commit does not find in the extent status cache is committed with its transaction
# The block that the first write was given is taken back, and not looked at again. From 7.2 on the fsync wants it from
# the cache (ext4_fc_snapshot_inode_data()), and has the transaction committed: what the punch freed can be given out,
# and the last write, for which there is nothing left, has nothing to wait for. Before it waits for that commit, and tries
# once more.
device loop lbs=512 size=16M
mkfs -b 4096 -O fast_commit

create filler
fallocate filler 0 16348k
sync
punch filler 0 12k
create f
write f 0 512 align=4
fsync f
buffered f 5632 8k
write f 0 512
