# SPDX-License-Identifier: GPL-2.0-only
scenario I03 data leave the inode while the write is synced
# It does not fit any more, and O_DSYNC has it written back at once: the file has no extents when the write enters, and
# has some when it ends.
device loop
mkfs -b 4096 -O inline_data
create f
buffered f 0 64
write f 0 512 dsync
create g
buffered g 0 64
write g 0 512
write f 0 512
create h
buffered h 0 64
write h 0 512 dsync io_uring
