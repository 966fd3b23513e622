# SPDX-License-Identifier: GPL-2.0-only
scenario P01 the block of the end that a truncate leaves dirty
# From 6.13 on a size that grows from inside a block has the rest of that block zeroed in the page cache: a NOWAIT write
# there is -EAGAIN until another has dropped the page. Growing from a block's border brings nothing into the cache.
device loop
mkfs -b 4096
mount noatime

create g
write g 0 512
truncate g 1k
write g 0 512 nowait
write g 0 512
write g 0 512 nowait
create h
write h 0 4k
truncate h 100k
write h 0 4k nowait
