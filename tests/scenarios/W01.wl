# SPDX-License-Identifier: GPL-2.0-only
scenario W01 an unwritten extent that was split for nothing
# Until 6.19 the blocks of a write get an extent of their own before the I/O, which is refused here: the pieces stay, and
# so do the rounds of the write after it, which comes as far as they are whole sectors. A hole that was allocated for
# such a write is not joined to its neighbour either.
device loop
mkfs -b 4096
mount noatime

create g
fallocate g 0 64k
write g 32k 100
write g 0 60000
create h
fallocate h 0 16k
truncate h 64k
write h 16k 100
write h 0 23000
write h 0 24k
