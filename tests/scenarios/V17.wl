# SPDX-License-Identifier: GPL-2.0-only
scenario V17 a fault over a block that holds the end of the file
# The page cache has prepared the whole block when the copy faults: unwritten or a hole, it is zeroes, and dirty. What
# was prepared beyond the end of the file gets no place.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 512
write f 512 512 fault
create g
truncate g 512
write g 512 8k fault
write g 0 4k
create h
fallocate h 0 4k
write h 4k 4k fault
truncate h 16k
