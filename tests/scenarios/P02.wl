# SPDX-License-Identifier: GPL-2.0-only
scenario P02 the block of the end before what fallocate and the page cache append
# The same from 6.13 on when a preallocation or a buffered write begins behind the end of the file; a preallocation that
# keeps the size leaves the block alone.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 512
fallocate f 8k 9000 keep
write f 0 512 nowait
fallocate f 8k 9000
write f 0 512 nowait
write f 8k 4k nowait
write f 16k 512 nowait
create g
write g 0 5120
buffered g 16k 100
write g 4k 512 nowait io_uring
write g 4k 512
