# SPDX-License-Identifier: GPL-2.0-only
scenario G01 a log in four shapes
# O_DSYNC to the end of an empty file, into preallocated blocks, into blocks kept beyond the end, and over what was
# written in advance: exclusive and a commit for the size, shared and a commit for the conversion, exclusive again, and
# shared with a flush alone.
device loop
mkfs -b 4096
mount noatime

create append
create alloc
create keep
create full
fallocate alloc 0 256k
fallocate keep 0 256k keep
write full 0 256k
sync
write append 0 4k dsync
write append 4k 4k dsync
write alloc 0 4k dsync
write alloc 4k 4k dsync
write keep 0 4k dsync
write keep 4k 4k dsync
write full 0 4k dsync
write full 4k 4k dsync
