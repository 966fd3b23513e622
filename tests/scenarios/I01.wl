# SPDX-License-Identifier: GPL-2.0-only
scenario I01 a file whose data are in its inode
# It is no file for direct I/O: all of the write goes through the page cache. What does not fit into the inode gets blocks
# when it is written back, and only then a direct write is one. A file without data has none in its inode, and will not
# have any once a direct write came by; nor after a remount.
device loop
mkfs -b 4096 -O inline_data
mount noatime

create a
write a 0 4k                    # empty: direct
buffered a 4k 100
write a 4k 4k
create b
buffered b 0 100
write b 0 4k                    # does not fit any more
write b 0 512                   # but is not written back
sync
write b 4k 4k                   # direct
create c
buffered c 0 128
write c 512 512
fsync c
write c 0 512
create d
buffered d 0 129                # one more than there is room for
write d 0 512
create e
remount
buffered e 0 30                 # has blocks
write e 0 512
create f
buffered f 0 128
truncate f 30
buffered f 30 30
write f 0 4k
