# SPDX-License-Identifier: GPL-2.0-only
scenario V18 a fault without delayed allocation
# What was allocated beyond the end of the file for the copy that faults is cut off again.
device loop
mkfs -b 4096
mount noatime,nodelalloc

create f
write f 24k 512
write f 25088 512 fault
write f 25088 32k fault
create g
truncate g 64k
write g 24k 32k fault
create h
fallocate h 0 26k
write h 24k 8k fault
write h 24k 1k fault
