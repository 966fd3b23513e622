# SPDX-License-Identifier: GPL-2.0-only
scenario D04 a truncate reads the block of its end alone
# It is zeroed in the page cache, and the blocks behind it, of the same page, are free: what a buffered write has there
# later is new, and so is what a mapping has.
mkfs -b 1024
create f
write f 0 8k
truncate f 5632
write f 8k 512
buffered f 4k 2560
create g
write g 0 8k
truncate g 5632
truncate g 8k
mmap-write g 6k 100
