# SPDX-License-Identifier: GPL-2.0-only
scenario P06 when i_disksize follows
# A copy goes page by page: what ends in a block that has its place moves i_disksize at once, what is delayed does not.
# Writeback moves it only for blocks that are given their place by it.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 0 512
buffered f 12k 9728
fsync f
buffered f 20k 4097
write f 512 512
create g
write g 512 8k
buffered g 12k 512
write g 512 8k
write g 0 512
