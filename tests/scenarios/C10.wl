# SPDX-License-Identifier: GPL-2.0-only
scenario C10 fast commits: is the inode of a synchronous write dirty
# A timestamp puts the inode on the list of fast commits, and whether one is due is a matter of the clock's tick. A clean
# one is written with FUA, and from 6.19 on its interrupt completes it; a dirty one has a sync to do, in the workqueue.
device loop cache=writethrough
mkfs -O fast_commit
mount sync
create f
buffered f 0 512
write f 0 512 libaio
