# SPDX-License-Identifier: GPL-2.0-only
scenario Z06 clusters of small blocks on a device without much room
device loop size=16M
mkfs -b 1024 -O bigalloc -C 65536

create f
write f 0 4M
write f 5M 1k
write f 4M 1M
create g
fallocate g 0 4M
write g 0 1M
create h
write h 0 8M
write h 100k 1k
punch f 0 1M
write h 4M 1M
sync
write h 4M 1M
write g 3M 3M
