# SPDX-License-Identifier: GPL-2.0-only
scenario I08 data leave the inode whenever a page of their file is written
# What does not fit any more is dirty in the page cache, and in the inode until writeback comes by, of whichever page:
# here the commit of another file's fsync, which writes the block of the old EOF that was zeroed (ordered data).
device loop
mkfs -b 1024 -O inline_data
mount noatime
create f
buffered f 0 72
buffered f 4k 512
create h
fsync h
write f 2560 512                # direct
create g
buffered g 0 72
buffered g 4k 512
write g 2560 512                # not
