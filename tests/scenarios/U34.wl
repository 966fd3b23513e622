# SPDX-License-Identifier: GPL-2.0-only
scenario U34 a cut after a write that failed is nothing for fdatasync
# There is no room for the second block; what the write might have left behind EOF is cut, but the size stays
# (ext4_do_update_inode). So the last write finds nothing uncommitted (no IOMAP_F_DIRTY), though a transaction has the
# inode.
device loop size=16M
mkfs -b 4096
mount noatime
create filler
fallocate filler 0 16M
punch filler 8k 4k
create f
write f 0 4k
sync
write f 4k 4k
write f 0 512 dsync
