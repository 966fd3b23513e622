# SPDX-License-Identifier: GPL-2.0-only
scenario G02 records of one sector in a log in three shapes
# As G01 with 512 bytes: the first of a block finds it new or unwritten and zeroes the rest, the next a written one.
device loop
mkfs -b 4096
mount noatime

create append
create alloc
create full
fallocate alloc 0 64k
write full 0 64k
sync
write append 0 512 dsync
write append 512 512 dsync
write alloc 0 512 dsync
write alloc 512 512 dsync
write full 0 512 dsync
write full 512 512 dsync
write append 1k 512 sync
write alloc 1k 512 sync
write full 1k 512 sync
