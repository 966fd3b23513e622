# SPDX-License-Identifier: GPL-2.0-only
scenario I06 a file that is truncated to more than its inode has room for, to less than it was
# ext4_setattr() looks at the new size alone: what does not fit into the room that the inode has now leaves it, whether
# the file grows or shrinks. 6.16, 6.17 and 6.18 before .21 leave it there.
device loop
mkfs -b 4096 -O inline_data
mount noatime
create f
buffered f 0 74
buffered f 8k 512               # does not fit any more
truncate f 8k
write f 4k 4k
create g
truncate g 512                  # no data yet
buffered g 0 13
truncate g 147                  # room for 60
write g 4k 4k
create h
buffered h 0 64
write h 0 512
truncate h 0
punch h 0 512                   # nothing of it is dirty any more: a block all the same
write h 0 512
