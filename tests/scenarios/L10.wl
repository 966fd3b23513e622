# SPDX-License-Identifier: GPL-2.0-only
scenario L10 a file of indirect blocks is not as long as one of extents
# s_bitmap_maxbytes and s_maxbytes, of blocks of 1024: 16 GiB and some, and 4 TiB less a block.
device loop
mkfs -b 1024
mount noatime
create f
create g
chattr g -e
truncate f 17408M
truncate g 17408M
truncate f 1k
write f 0 4k
write g 0 4k
