# SPDX-License-Identifier: GPL-2.0-only
scenario M02 blocks of 1k, around a preallocation
# Eight groups, of which the first is for directories: requests of a power of two keep off it, others do not.
device loop
mkfs -b 1024
mount noatime

create g
fallocate g 10k 2k keep
write g 0 32k
write g 10k 8k
create h
write h 0 24k
fallocate h 100k 6k keep
write h 24k 90k
write h 20k 20k
