# SPDX-License-Identifier: GPL-2.0-only
scenario K37 the same with dioread_lock, and blocks that were kept
# The size on the disk is that of the last copy.
device loop cache=writethrough size=16M
mkfs -b 4096 -O ^has_journal -m 0
mount dioread_lock
create f
write f 0 16k
fallocate f 16k 16k keep
sync
buffered f 16k 4k
create g
fallocate g 0 14600k
buffered f 17k 1k
write f 0 4k dsync
