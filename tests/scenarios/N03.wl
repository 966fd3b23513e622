# SPDX-License-Identifier: GPL-2.0-only
scenario N03 two written extents are not one
# Each of two files lies in turns with the other, so that neither's extents can become one. What crosses from one to
# the next is locked exclusive until 7.2, though there is nothing to allocate; RWF_NOWAIT is refused, io_uring redone.
device loop
mkfs -b 4096
mount noatime

create a
create b
write a 0 64k
write b 0 64k
write a 64k 64k
write b 64k 64k
sync
write a 0 64k
write a 60k 8k
write a 60k 8k nowait
write a 0 128k libaio
write a 60k 8k io_uring
write b 60k 8k dsync
