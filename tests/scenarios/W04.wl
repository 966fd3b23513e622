# SPDX-License-Identifier: GPL-2.0-only
scenario W04 a preallocation that begins in a delayed block
# A delayed extent is one of its own: what is preallocated from there on begins with as much as it has.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 512
buffered f 512 24k
fallocate f 26112 40k
write f 26112 4k
create g
chattr g -e

truncate g 512
write g 0 512
