# SPDX-License-Identifier: GPL-2.0-only
scenario Z12 what is promised is clusters
# Of blocks as many would be more than may be promised of what is left; clusters are few, so all of it is delayed, and
# has no place yet when a direct write looks.
device loop size=16M
mkfs -b 4096 -O bigalloc -C 16384

create f
buffered f 0 3M
create g
buffered g 0 4k
write g 512 512
write f 3000k 512
chattr g -e
write g 512 512
