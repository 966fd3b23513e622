# SPDX-License-Identifier: GPL-2.0-only
scenario W03 writeback into unwritten extents under dioread_lock
# Delayed allocation stays, but its blocks are written from the beginning, and writeback into an unwritten extent
# converts a short one as a whole.
device loop
mkfs -b 4096
mount noatime,dioread_lock

create f
fallocate f 0 32k
write f 8k 4k
fsync f
buffered f 16k 100
write f 12k 4k
write f 16k 4k
create g
fallocate g 0 256k
buffered g 100k 10k
write g 120k 4k
buffered g 20k 80k
write g 0 256k
write g 0 256k
