# SPDX-License-Identifier: GPL-2.0-only
scenario I10 NOWAIT of a file with data in its inode
# The write is one for the page cache, which knows no NOWAIT: -EOPNOTSUPP, of which io_uring makes -EAGAIN for who does
# not want it tried again.
device loop
mkfs -b 4096 -O inline_data
mount noatime
create f
buffered f 0 25
write f 0 512 nowait
write f 0 512 nowait io_uring
write f 0 512 noretry io_uring
create g
write g 0 4k
